//! Both realms through the log, command by command.

use std::collections::BTreeMap;
use std::sync::Arc;

use bartizan_engine::book::Phase;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::market::command::{AmendMarket, Mechanism};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::state::BarterRound;
use bartizan_engine::rounds::units::RoundId;
use hashbrown::{HashMap, HashSet};

use super::names::{Names, forget_ended};
use super::proposals::Proposals;
use super::rules::Rules;
use super::tally::{Barter, Commands, Dealings, Tally};
use super::translate::Translator;
use crate::journal::Storage;
use crate::node::history::{History, HistoryError, Moment};

/// What became of one of the two realms.
#[derive(Debug)]
pub struct Outcome {
    /// The realm after the last command.
    pub realm: Realm,
    /// Its commands since they went apart.
    pub commands: Commands,
    /// What happened in each of its markets since.
    pub dealings: BTreeMap<MarketId, Dealings>,
    /// What happened to each of its rounds of which something was told since.
    pub barter: BTreeMap<RoundId, Barter>,
}

/// What became of both.
#[derive(Debug)]
pub struct Outcomes {
    /// The first command under other rules.
    pub from: Sequence,
    /// What happened.
    pub baseline: Outcome,
    /// What would have happened.
    pub other: Outcome,
    /// Commands that name what the other realm does not have.
    pub not_applicable: u64,
    /// What became of proposals for rounds with other offers; those that do not apply are counted among the commands above.
    pub proposals: Proposals,
    /// Each market of the baseline with its number in the other realm.
    pub markets: Vec<(MarketId, Option<MarketId>)>,
}

/// Why nothing can be compared.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The log cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The log is shorter.
    #[error("sequence {from} is not there: the log ends at {end}")]
    Beyond {
        /// The first command asked for.
        from: u64,
        /// The last there is.
        end: u64,
    },
    /// Rates that do not go with those that a market has.
    #[error("{0}")]
    Rates(String),
    /// Rules of a market that never is.
    #[error("rules for market {market}, but the log has {count} markets")]
    UnknownMarket {
        /// Which.
        market: u32,
        /// How many there are at the end.
        count: usize,
    },
}

/// Runs the log in `storage` twice: as it is, and from command `from` on under `rules`. With `solve` rounds that come out with other offers are cleared
/// anew. `tell` hears how far it is.
///
/// # Errors
/// If the log cannot be read, does not reach `from`, has no market that the rules name, or one whose other fees do not go with theirs.
///
/// # Panics
/// It cannot: rules are checked when they are read, and laid over markets that are there.
pub fn run(
    storage: Arc<dyn Storage>,
    rules: &Rules,
    from: Sequence,
    solve: bool,
    mut tell: impl FnMut(Sequence),
) -> Result<Outcomes, RunError> {
    let history = History::from_start(storage)?;
    let mut limits = Tally::default();
    let begin = |realm: &Realm, limits| Pair::new(rules, realm, limits, solve);
    let mut pair = (from.0 <= 1).then(|| begin(history.realm(), Tally::default())).transpose()?;
    let mut refused = None;
    let (realm, _) = history.run(None, |moment| {
        match &mut pair {
            Some(pair) => pair.step(&moment),
            None => limits.follow(&moment.envelope.command, moment.events),
        }
        if moment.sequence.0 + 1 == from.0 {
            match begin(moment.realm, std::mem::take(&mut limits)) {
                Ok(begun) => pair = Some(begun),
                Err(error) => refused = Some(error),
            }
        }
        tell(moment.sequence);
    })?;
    if let Some(error) = refused {
        return Err(error);
    }
    let end = realm.sequence().0;
    let Some(pair) = pair.filter(|_| from.0 <= end) else {
        return Err(RunError::Beyond { from: from.0, end });
    };
    let count = realm.markets().iter().count();
    if let Some(market) = rules.markets.each.keys().find(|market| market.0 as usize > count) {
        return Err(RunError::UnknownMarket { market: market.0, count });
    }
    Ok(pair.finish(from, realm))
}

/// The other realm, and the sums of both.
struct Pair<'a> {
    rules: &'a Rules,
    other: Realm,
    events: Events,
    names: [Names; 2],
    tallies: [Tally; 2],
    not_applicable: u64,
    proposals: Proposals,
    /// The baseline's closed rounds as they were then, until they have ended in both. Never iterated.
    frozen: HashMap<RoundId, Frozen>,
    /// If rounds are cleared anew, those that were.
    solved: Option<HashSet<RoundId>>,
}

impl<'a> Pair<'a> {
    /// The realms go apart here: rules are laid over the markets that are there.
    fn new(rules: &'a Rules, realm: &Realm, limits: Tally, solve: bool) -> Result<Self, RunError> {
        let [mut baseline, mut other] = [limits.clone(), limits];
        baseline.start(realm);
        other.start(realm);
        let mut pair = Pair {
            rules,
            other: realm.clone(),
            events: Events::default(),
            names: Default::default(),
            tallies: [baseline, other],
            not_applicable: 0,
            proposals: Proposals::default(),
            frozen: HashMap::new(),
            solved: solve.then(HashSet::new),
        };
        for (round, _) in realm.rounds().iter() {
            pair.freeze(realm, round);
        }
        for (market, book) in realm.markets().iter() {
            if let Some(amend) =
                rules.of_market(market).amendment(market, book.fees()).map_err(RunError::Rates)?
            {
                pair.impose(&amend);
            }
        }
        Ok(pair)
    }

    /// Keeps a round of the baseline as solvers see it, if it is closed.
    fn freeze(&mut self, realm: &Realm, round: RoundId) {
        if let Some(frozen) = realm.frozen_round(round) {
            self.frozen.insert(round, frozen);
        }
    }

    /// Keeps the rounds that the baseline closed with the last command, and forgets those that have ended in both realms.
    fn keep_rounds(&mut self, moment: &Moment<'_>) {
        for event in &moment.events.list {
            if let Event::RoundClosed { round, .. } = *event {
                self.freeze(moment.realm, round);
            }
        }
    }

    fn forget_rounds(&mut self, moment: &Moment<'_>) {
        for event in moment.events.list.iter().chain(&self.events.list) {
            if let Event::RoundSettled { round, .. } | Event::RoundCancelled { round } = *event {
                let has_ended = |realm: &Realm| realm.rounds().get(round).is_none_or(BarterRound::is_ended);
                if has_ended(moment.realm) && has_ended(&self.other) {
                    self.frozen.remove(&round);
                }
            }
        }
    }

    /// The other realm hears what the baseline has just done.
    fn step(&mut self, moment: &Moment<'_>) {
        self.keep_rounds(moment);
        let [names, other_names] = &mut self.names;
        names.learn(moment.sequence, moment.events);
        let mut translator = Translator {
            rules: self.rules,
            events: moment.events,
            from: (moment.realm, names),
            to: (&self.other, other_names),
            frozen: &self.frozen,
            solving: self.solved.as_ref(),
            misses: false,
            proposals: Proposals::default(),
        };
        let Envelope { id, actor, command } = moment.envelope;
        let repeated = moment.events.list.last().filter(|event| matches!(event, Event::Repeated { .. }));
        let told = if repeated.is_some() { command.clone() } else { translator.translate(command) };
        let (mut misses, proposals) = (translator.misses, translator.proposals);
        self.proposals.add(proposals);
        if let (Some(solved), 1.., Command::ProposeSettlement(propose)) =
            (&mut self.solved, proposals.solved, command)
        {
            solved.insert(propose.round);
        }
        let envelope = Envelope { id: *id, actor: *actor, command: told };
        self.events.clear();
        let answer = self.other.apply(moment.sequence, moment.time, &envelope, &mut self.events);
        if let (Some(repeated), Some(last)) = (repeated, self.events.list.last_mut()) {
            // Under other numbers it is not word for word the same; it does nothing in either realm.
            *last = *repeated;
        } else {
            let unknown = Reject::UnknownTransfer.number();
            misses |= answer.0 == unknown && moment.answer.0 != unknown;
        }
        self.not_applicable += u64::from(misses);
        other_names.learn(moment.sequence, &self.events);
        self.tallies[0].add(Some(command), moment.events, moment.realm);
        self.tallies[1].add(Some(&envelope.command), &self.events, &self.other);
        let [names, other_names] = &mut self.names;
        forget_ended(names, other_names);
        self.forget_rounds(moment);
        if let Command::SetMarketPhase(set) = command {
            self.keep_calling(set.market, &envelope.command);
        }
    }

    /// Where the rules want calls, the continuous phase that the log sets is the next call.
    fn keep_calling(&mut self, market: MarketId, told: &Command) {
        let Some(mechanism @ Mechanism::FrequentCall { .. }) = self.rules.of_market(market).mechanism else {
            return;
        };
        let Command::SetMarketPhase(set) = told else { return };
        let book = self.other.markets().get(set.market);
        if book.is_some_and(|book| book.mechanism() == mechanism && book.book().phase() == Phase::Continuous)
        {
            self.impose(&AmendMarket { market: set.market, fees: None, mechanism: Some(mechanism) });
        }
    }

    fn impose(&mut self, amend: &AmendMarket) {
        self.events.clear();
        self.other.impose(&mut self.events, amend).expect("rules are checked, and the market is there");
        self.names[1].learn(self.other.sequence(), &self.events);
        self.tallies[1].add(None, &self.events, &self.other);
    }

    fn finish(self, from: Sequence, realm: Realm) -> Outcomes {
        let [names, other_names] = self.names;
        let markets = realm.markets().iter().map(|(market, _)| match names.markets.key(market) {
            Some(key) => (market, other_names.markets.id(key)),
            None => (market, Some(market)),
        });
        let markets = markets.collect();
        let [baseline, other] = self.tallies;
        let outcome = |tally: Tally, realm: Realm| {
            let (commands, dealings, barter) = tally.finish(&realm);
            Outcome { realm, commands, dealings, barter }
        };
        Outcomes {
            from,
            baseline: outcome(baseline, realm),
            other: outcome(other, self.other),
            not_applicable: self.not_applicable,
            proposals: self.proposals,
            markets,
        }
    }
}
