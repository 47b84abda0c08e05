//! A comparison as one JSON object. Of every pair the first is what happened, the second what would have happened; amounts are whole numbers of the
//! smallest unit, as strings.

use serde_json::{Map, Value, json};

use super::comparison::{AgentComparison, Comparison, WealthComparison};
use super::equality::Gini;
use super::proposals::Proposals;
use super::rules::Rules;
use super::tally::{Barter, Commands, Dealings};

/// The object.
pub fn document(comparison: &Comparison, rules: &Rules) -> Value {
    let [from, to] = comparison.span;
    let refused = comparison.refusals().into_iter().map(|(name, counts)| (name, json!(counts)));
    let markets = comparison.markets.iter().map(|market| {
        json!({
            "market": market.market, "name": market.name,
            "base": market.assets[0], "quote": market.assets[1],
            "dealings": market.dealings.each_ref().map(|dealings| dealings.as_ref().map(dealt)),
        })
    });
    let rounds = comparison.rounds.iter().map(|round| {
        json!({
            "round": round.round, "name": round.name, "outcome": round.barter.map(Barter::outcome),
            "offers": round.barter.map(|barter| barter.offers),
            "change_hands": round.barter.map(|barter| barter.settled.unwrap_or(0)),
        })
    });
    let Proposals { fitted, not_applicable, solved } = comparison.proposals;
    let assets = comparison.assets.iter().map(|asset| {
        json!({
            "asset": asset.asset, "name": asset.name, "scale": asset.scale,
            "held": asset.held.map(|units| units.to_string()),
            "worth": asset.worth.map(|worth| [worth.numerator.to_string(), worth.denominator.to_string()]),
        })
    });
    let count = |of: fn(&Commands) -> u64| comparison.commands.each_ref().map(of);
    json!({
        "rules": rules,
        "from": from,
        "to": to,
        "commands": {
            "applied": count(|commands| commands.applied),
            "repeated": count(|commands| commands.repeated),
            "refused": count(Commands::refusals),
            "refused_by_name": Value::Object(refused.collect::<Map<_, _>>()),
            "not_applicable": comparison.not_applicable,
        },
        "markets": markets.collect::<Vec<_>>(),
        "rounds": rounds.collect::<Vec<_>>(),
        "proposals_for_other_offers": { "fitted": fitted, "not_applicable": not_applicable, "solved": solved },
        "assets": assets.collect::<Vec<_>>(),
        "agents": comparison.agents.iter().map(agent).collect::<Vec<_>>(),
        "wealth": comparison.wealth.as_ref().map(|wealth| self::wealth(comparison, wealth)),
    })
}

fn dealt(dealings: &Dealings) -> Value {
    json!({
        "trades": dealings.trades,
        "taken_back": dealings.taken_back,
        "lots": dealings.lots.to_string(),
        "money": dealings.money.to_string(),
        "fees": dealings.fees.to_string(),
        "welfare": dealings.welfare.to_string(),
        "average_price_ticks": dealings.average_price(),
        "mean_spread_ticks": dealings.mean_spread(),
    })
}

fn agent(agent: &AgentComparison) -> Value {
    let holdings = agent.holdings.iter().map(|(asset, [was, would])| {
        json!({
            "asset": asset, "held": [was.to_string(), would.to_string()],
            "change": (would - was).to_string(),
        })
    });
    json!({
        "agent": agent.agent,
        "name": agent.name,
        "holdings": holdings.collect::<Vec<_>>(),
        "wealth": agent.wealth.map(|wealth| wealth.map(|units| units.to_string())),
        "gain": agent.gain().map(|gain| gain.to_string()),
    })
}

fn wealth(comparison: &Comparison, wealth: &WealthComparison) -> Value {
    let numbers = |agents: Vec<&AgentComparison>| agents.iter().map(|agent| agent.agent).collect::<Vec<_>>();
    let exact = |gini: Gini| json!([gini.numerator.to_string(), gini.denominator.to_string()]);
    let [gain, lose] = comparison.sides();
    json!({
        "asset": wealth.asset,
        "left_out": wealth.left_out,
        "gini": wealth.gini.map(|gini| gini.map(Gini::shown)),
        "gini_exact": wealth.gini.map(|gini| gini.map(exact)),
        "below_zero": wealth.negative,
        "gain": gain,
        "lose": lose,
        "gain_most": numbers(comparison.gainers()),
        "lose_most": numbers(comparison.losers()),
    })
}
