//! The realm on which a scenario is played, and what may be said after each command whatever the scenario is about: that the realm is
//! sound, that its auditor foretold the answer, that a refused command left no trace, and that bytes are what they stand for.

use std::collections::BTreeMap;

use bartizan_engine::book::{ExecType, MatchId, OrderId};
use bartizan_engine::codec::Codec;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AccountId, AgentId, Sequence};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Answer;
use bartizan_tests::auditor::Auditor;
use bartizan_tests::trace::Trace;

use crate::notation::Names;

/// The words that stand for themselves.
const ROLES: [&str; 5] = ["operator", "issuer", "organiser", "trader", "solver"];

/// A realm with all that a scenario calls things by.
pub(crate) struct Stage {
    pub(crate) realm: Realm,
    pub(crate) events: Events,
    /// The log's time of what comes next.
    pub(crate) time: u64,
    /// None once there are too many commands for it.
    auditor: Option<Auditor>,
    /// All that was applied, each with its time; none of so many.
    pub(crate) log: Option<Vec<(u64, Envelope)>>,
    ids: BTreeMap<AgentId, u128>,
    labels: BTreeMap<String, Sequence>,
    /// Orders and trades, as they came: `order1` is the first.
    orders: Vec<(MarketId, OrderId)>,
    trades: Vec<(MarketId, MatchId)>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Stage {
            realm: Realm::new(),
            events: Events::default(),
            time: 1,
            auditor: Some(Auditor::default()),
            log: Some(Vec::new()),
            ids: BTreeMap::new(),
            labels: BTreeMap::new(),
            orders: Vec::new(),
            trades: Vec::new(),
        }
    }

    /// The next id of an agent that counts.
    pub(crate) fn next_id(&mut self, actor: AgentId) -> u128 {
        let id = self.ids.entry(actor).or_insert(0);
        *id += 1;
        *id
    }

    /// Calls the place of the next command by a name.
    pub(crate) fn label(&mut self, name: &str) {
        self.labels.insert(name.to_owned(), Sequence(self.realm.sequence().0 + 1));
    }

    /// What the place of a command is called.
    pub(crate) fn label_of(&self, sequence: Sequence) -> String {
        let label = self.labels.iter().find(|(_, labelled)| **labelled == sequence);
        label.map_or_else(|| format!("command {}", sequence.0), |(label, _)| label.clone())
    }

    /// Applies a command.
    pub(crate) fn play(&mut self, time: u64, envelope: &Envelope) -> Answer {
        assert_eq!(
            Envelope::from_bytes(&envelope.to_bytes()).as_ref(),
            Ok(envelope),
            "its bytes are the command"
        );
        let before = Trace::before(&self.realm, time);
        let answer = self.apply(time, envelope);
        self.realm.check();
        let sequence = self.realm.sequence();
        if let Some(auditor) = &mut self.auditor {
            auditor.follow((sequence, time), envelope, (answer, &self.events), &self.realm);
        }
        if let Some(Event::Rejected { reject, .. }) = self.events.list.last() {
            before.is_all_there(&self.realm, *reject);
        }
        self.learn();
        answer
    }

    fn apply(&mut self, time: u64, envelope: &Envelope) -> Answer {
        self.events.clear();
        if let Some(log) = &mut self.log {
            log.push((time, envelope.clone()));
        }
        let next = Sequence(self.realm.sequence().0 + 1);
        self.realm.apply(next, time, envelope, &mut self.events)
    }

    /// Applies a command many times, under ids that rise. The answer is the last one's.
    pub(crate) fn play_often(&mut self, count: u128, envelope: &Envelope) -> Answer {
        (self.auditor, self.log) = (None, None);
        let mut envelope = envelope.clone();
        for _ in 1..count {
            self.apply(self.time, &envelope);
            self.learn();
            envelope.id = CommandId(self.next_id(envelope.actor));
        }
        let answer = self.apply(self.time, &envelope);
        self.realm.check();
        self.learn();
        answer
    }

    /// Notes the orders and trades that there are now.
    fn learn(&mut self) {
        let mut reports = self.events.book.reports.iter();
        for event in &self.events.list {
            let Event::Reports { market, count } = *event else { continue };
            for report in reports.by_ref().take(count as usize) {
                let known = self.trades.contains(&(market, report.match_id()));
                match report.exec_type {
                    ExecType::New => self.orders.push((market, report.order)),
                    ExecType::Trade if !known => self.trades.push((market, report.match_id())),
                    _ => {}
                }
            }
        }
    }

    /// What an order is called.
    pub(crate) fn order(&self, market: MarketId, order: OrderId) -> String {
        called("order", self.orders.iter().position(|&known| known == (market, order)), order.0)
    }

    /// What a trade is called.
    pub(crate) fn trade(&self, market: MarketId, trade: MatchId) -> String {
        called("trade", self.trades.iter().position(|&known| known == (market, trade)), trade.0)
    }

    /// What an agent is called.
    pub(crate) fn agent(&self, agent: AgentId) -> String {
        let known = self.realm.agent(agent);
        known.map_or_else(|| format!("agent {}", agent.0), |known| known.name.clone())
    }

    /// What an account is called: by its owner and asset.
    pub(crate) fn account(&self, id: AccountId) -> String {
        let Some(account) = self.realm.ledger().account(id) else { return format!("account {}", id.0) };
        let asset = self.realm.ledger().asset(account.asset).expect("an account's asset exists");
        format!("{}.{}", self.agent(account.owner), asset.name)
    }

    /// The agent that acts: by name, or by number where there is none.
    pub(crate) fn actor(&self, word: &str) -> Result<AgentId, String> {
        let named = self.realm.agents().find(|(_, agent)| agent.name == word).map(|(id, _)| id);
        named.or_else(|| word.parse().ok().map(AgentId)).ok_or_else(|| format!("nobody is called {word}"))
    }

    fn find_account(&self, owner: &str, asset: &str) -> Option<u64> {
        let ledger = self.realm.ledger();
        let owner = self.actor(owner).ok()?;
        let (asset, _) = ledger.assets().find(|(_, known)| known.name == asset)?;
        let mine = |account: &&(AccountId, _)| {
            let known = ledger.account(account.0).expect("just listed");
            (known.owner, known.asset) == (owner, asset)
        };
        let all: Vec<(AccountId, bool)> =
            ledger.accounts().map(|(id, known)| (id, known.is_closed)).collect();
        let mut of_them = all.iter().filter(mine);
        let open = of_them.clone().find(|account| !account.1).or_else(|| of_them.next_back());
        open.map(|account| account.0.0.into())
    }

    fn find(&self, word: &str) -> Option<u64> {
        if let Some((owner, asset)) = word.split_once('.') {
            return self.find_account(owner, asset);
        }
        let numbered = |kind: &str| word.strip_prefix(kind)?.parse::<usize>().ok()?.checked_sub(1);
        let order = numbered("order").and_then(|place| self.orders.get(place)).map(|order| order.1.0);
        let trade = numbered("trade").and_then(|place| self.trades.get(place)).map(|trade| trade.1.0);
        let agent = self.realm.agents().find(|(_, agent)| agent.name == word).map(|(id, _)| id.0.into());
        let asset = self.realm.ledger().assets().find(|(_, asset)| asset.name == word);
        let market = self.realm.markets().iter().find(|(_, market)| market.name() == word);
        let round = self.realm.rounds().iter().find(|(_, round)| round.name == word);
        order
            .or(trade)
            .or(self.labels.get(word).map(|sequence| sequence.0))
            .or(agent)
            .or(asset.map(|(id, _)| id.0.into()))
            .or(market.map(|(id, _)| id.0.into()))
            .or(round.map(|(id, _)| id.0.into()))
    }
}

impl Names for Stage {
    fn resolve(&self, word: &str) -> Result<String, String> {
        if ROLES.contains(&word) {
            return Ok(format!("\"{word}\""));
        }
        let found = self.find(word).ok_or_else(|| format!("nothing is called {word}"))?;
        Ok(found.to_string())
    }
}

fn called(kind: &str, place: Option<usize>, number: u64) -> String {
    place.map_or_else(|| format!("{kind} {number}"), |place| format!("{kind}{}", place + 1))
}
