//! The two outcomes compared: market by market, agent by agent.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_engine::ledger::units::{AgentId, AssetId, Sequence};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::rounds::units::RoundId;

use super::equality::Gini;
use super::proposals::Proposals;
use super::run::{Outcome, Outcomes};
use super::tally::{Barter, Commands, Dealings};
use super::wealth::{Worth, holdings, usual_money, worths};

/// How many gainers, and losers, are named.
pub const NAMED: usize = 10;

/// Two outcomes, side by side. Of every pair the first is what happened, the second what would have happened.
#[derive(Debug)]
pub struct Comparison {
    /// The first command under other rules, and the last of the log.
    pub span: [Sequence; 2],
    /// What became of the commands.
    pub commands: [Commands; 2],
    /// Commands that name what the other realm does not have.
    pub not_applicable: u64,
    /// What became of proposals for rounds that have other offers under the other rules.
    pub proposals: Proposals,
    /// The markets.
    pub markets: Vec<MarketComparison>,
    /// The rounds of barter of which something was told since the realms went apart.
    pub rounds: Vec<RoundComparison>,
    /// The assets.
    pub assets: Vec<AssetComparison>,
    /// The agents.
    pub agents: Vec<AgentComparison>,
    /// Wealth in one asset, if there is any in which it can be told.
    pub wealth: Option<WealthComparison>,
}

/// One market.
#[derive(Debug)]
pub struct MarketComparison {
    /// Its number.
    pub market: MarketId,
    /// What people call it.
    pub name: String,
    /// What is bought and sold, and what it is paid with.
    pub assets: [AssetId; 2],
    /// What happened there; nothing of a market that the other realm does not have.
    pub dealings: [Option<Dealings>; 2],
}

/// One round of barter, which has the same number in both.
#[derive(Debug)]
pub struct RoundComparison {
    /// Its number.
    pub round: RoundId,
    /// What people call it.
    pub name: String,
    /// What happened to it.
    pub barter: [Barter; 2],
}

/// One asset.
#[derive(Debug)]
pub struct AssetComparison {
    /// Its number.
    pub asset: AssetId,
    /// What people call it.
    pub name: String,
    /// Its digits behind the decimal point.
    pub scale: u8,
    /// What one unit is worth in the asset of value.
    pub worth: Option<Worth>,
    /// How much of it is with agents.
    pub held: [i128; 2],
}

/// One agent.
#[derive(Debug)]
pub struct AgentComparison {
    /// Its number.
    pub agent: AgentId,
    /// What people call it.
    pub name: String,
    /// What it has of each asset of which it has something in either.
    pub holdings: Vec<(AssetId, [i128; 2])>,
    /// What it all is worth, of what has a price.
    pub wealth: Option<[i128; 2]>,
}

impl AgentComparison {
    /// How much richer it would have been.
    pub fn gain(&self) -> Option<i128> {
        self.wealth.map(|[was, would]| would.saturating_sub(was))
    }
}

/// Wealth of all.
#[derive(Debug)]
pub struct WealthComparison {
    /// In which asset it is told.
    pub asset: AssetId,
    /// Assets that somebody has and that have no price in it.
    pub left_out: Vec<AssetId>,
    /// All agents' wealth.
    pub holdings: [Vec<i128>; 2],
    /// How equal it is.
    pub gini: [Option<Gini>; 2],
    /// How many agents' wealth is below zero.
    pub negative: [usize; 2],
}

/// Wealth that cannot be told in the asset that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("what agents have is too much to be valued in asset {asset}: the sums outgrow 128 bits")]
pub struct TooLarge {
    /// The asset of value.
    asset: u32,
}

impl Comparison {
    /// Compares, with wealth told in `money`, or, if none is named, in the asset in which most money changed hands.
    ///
    /// # Errors
    /// If wealth outgrows 128 bits.
    pub fn of(outcomes: Outcomes, money: Option<AssetId>) -> Result<Self, TooLarge> {
        let Outcomes { from, baseline, other, not_applicable, proposals, markets } = outcomes;
        let money = money.or_else(|| usual_money(&baseline.realm, &baseline.dealings));
        let worths =
            money.map(|money| worths(&baseline.realm, &baseline.dealings, money)).unwrap_or_default();
        let held = [&baseline.realm, &other.realm].map(holdings);
        let agents = agents(&baseline.realm, &held, &worths);
        let agents = agents.ok_or(TooLarge { asset: money.map_or(0, |money| money.0) })?;
        let assets = assets(&baseline.realm, &agents, &worths);
        let wealth = money.map(|money| wealth(money, &agents, &assets));
        let rounds = rounds(&baseline, &other);
        let markets = markets.into_iter().map(|(market, there)| compare(&baseline, &other, market, there));
        Ok(Comparison {
            span: [from, baseline.realm.sequence()],
            markets: markets.collect(),
            commands: [baseline.commands, other.commands],
            not_applicable,
            proposals,
            rounds,
            assets,
            agents,
            wealth,
        })
    }

    /// An asset.
    pub fn asset(&self, asset: AssetId) -> Option<&AssetComparison> {
        self.assets.get((asset.0 as usize).checked_sub(1)?)
    }

    /// Why commands were refused, by number: the name, and how often in each.
    pub fn refusals(&self) -> Vec<(String, [u64; 2])> {
        let mut both: BTreeMap<u16, (String, [u64; 2])> = BTreeMap::new();
        for (side, commands) in self.commands.iter().enumerate() {
            for (&number, &(reject, count)) in &commands.refused {
                both.entry(number).or_insert_with(|| (reject.name(), [0; 2])).1[side] = count;
            }
        }
        both.into_values().collect()
    }

    /// Those who gain most, the most first; of equals the lower number first.
    pub fn gainers(&self) -> Vec<&AgentComparison> {
        self.ranked(|gain| gain > 0, |gain| -gain)
    }

    /// Those who lose most, the most first; of equals the lower number first.
    pub fn losers(&self) -> Vec<&AgentComparison> {
        self.ranked(|gain| gain < 0, |gain| gain)
    }

    fn ranked(&self, is_one: impl Fn(i128) -> bool, key: impl Fn(i128) -> i128) -> Vec<&AgentComparison> {
        let gain = |agent: &AgentComparison| agent.gain().unwrap_or(0);
        let mut ranked: Vec<_> = self.agents.iter().filter(|agent| is_one(gain(agent))).collect();
        ranked.sort_by_key(|agent| key(gain(agent)));
        ranked.truncate(NAMED);
        ranked
    }

    /// How many would have been richer, and how many poorer.
    pub fn sides(&self) -> [usize; 2] {
        let count = |is_one: fn(i128) -> bool| {
            self.agents.iter().filter_map(AgentComparison::gain).filter(|&gain| is_one(gain)).count()
        };
        [count(|gain| gain > 0), count(|gain| gain < 0)]
    }
}

fn rounds(baseline: &Outcome, other: &Outcome) -> Vec<RoundComparison> {
    let told: BTreeSet<RoundId> = baseline.barter.keys().chain(other.barter.keys()).copied().collect();
    let barter = |outcome: &Outcome, round| outcome.barter.get(&round).copied().unwrap_or_default();
    let compared = told.into_iter().map(|round| RoundComparison {
        round,
        name: baseline.realm.rounds().get(round).map_or(String::new(), |round| round.name.clone()),
        barter: [barter(baseline, round), barter(other, round)],
    });
    compared.collect()
}

fn compare(
    baseline: &Outcome,
    other: &Outcome,
    market: MarketId,
    there: Option<MarketId>,
) -> MarketComparison {
    let book = baseline.realm.markets().get(market).expect("the baseline's own market");
    let dealings = [Some(market), there].into_iter().zip([baseline, other]);
    let dealings =
        dealings.map(|(market, outcome)| Some(outcome.dealings.get(&market?).copied().unwrap_or_default()));
    let dealings: Vec<_> = dealings.collect();
    MarketComparison {
        market,
        name: book.name().to_owned(),
        assets: book.assets(),
        dealings: [dealings[0], dealings[1]],
    }
}

type Holdings = BTreeMap<(AgentId, AssetId), i128>;

/// None if wealth outgrows 128 bits.
fn agents(
    realm: &Realm,
    held: &[Holdings; 2],
    worths: &BTreeMap<AssetId, Worth>,
) -> Option<Vec<AgentComparison>> {
    let mut agents: Vec<AgentComparison> = realm
        .agents()
        .filter(|&(agent, _)| agent != AgentId::REALM)
        .map(|(id, agent)| AgentComparison {
            agent: id,
            name: agent.name.clone(),
            holdings: Vec::new(),
            wealth: (!worths.is_empty()).then_some([0; 2]),
        })
        .collect();
    let mut both: BTreeMap<(AgentId, AssetId), [i128; 2]> = BTreeMap::new();
    for (place, held) in held.iter().enumerate() {
        for (&key, &units) in held {
            both.entry(key).or_default()[place] = units;
        }
    }
    for ((owner, asset), units) in both.into_iter().filter(|(_, units)| *units != [0; 2]) {
        let agent = &mut agents[owner.0 as usize - 1];
        agent.holdings.push((asset, units));
        if let (Some(worth), Some(wealth)) = (worths.get(&asset), &mut agent.wealth) {
            for (sum, units) in wealth.iter_mut().zip(units) {
                *sum = sum.checked_add(worth.value(units)?)?;
            }
        }
    }
    Some(agents)
}

fn assets(
    realm: &Realm,
    agents: &[AgentComparison],
    worths: &BTreeMap<AssetId, Worth>,
) -> Vec<AssetComparison> {
    let mut assets: Vec<AssetComparison> = realm
        .ledger()
        .assets()
        .map(|(id, asset)| AssetComparison {
            asset: id,
            name: asset.name.clone(),
            scale: asset.scale,
            worth: worths.get(&id).copied(),
            held: [0; 2],
        })
        .collect();
    for &(asset, units) in agents.iter().flat_map(|agent| &agent.holdings) {
        let held = &mut assets[asset.0 as usize - 1].held;
        *held = [held[0] + units[0], held[1] + units[1]];
    }
    assets
}

fn wealth(money: AssetId, agents: &[AgentComparison], assets: &[AssetComparison]) -> WealthComparison {
    let side = |side: usize| {
        agents.iter().map(|agent| agent.wealth.map_or(0, |wealth| wealth[side])).collect::<Vec<_>>()
    };
    let holdings = [side(0), side(1)];
    let is_held = |asset: AssetId| agents.iter().any(|agent| agent.holdings.iter().any(|had| had.0 == asset));
    let left_out = assets.iter().filter(|asset| asset.worth.is_none() && is_held(asset.asset));
    WealthComparison {
        asset: money,
        left_out: left_out.map(|asset| asset.asset).collect(),
        gini: [Gini::of(&holdings[0]), Gini::of(&holdings[1])],
        negative: [0, 1].map(|side: usize| holdings[side].iter().filter(|&&wealth| wealth < 0).count()),
        holdings,
    }
}
