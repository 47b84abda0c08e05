//! A comparison as a table on a terminal.

use bartizan_engine::ledger::units::AssetId;
use unicode_width::UnicodeWidthStr;

use super::comparison::{AgentComparison, Comparison, MarketComparison};
use super::equality::Gini;
use super::proposals::Proposals;
use super::tally::{Commands, Dealings};
use crate::amount::decimal;

/// What welfare is.
const WELFARE: &str = "Welfare: what buyers would have paid at most, less what sellers would have taken at least, by their orders' own limits; an order without \
                       one counts at its trade's price.";

/// The lines.
pub fn lines(comparison: &Comparison) -> Vec<String> {
    let [from, to] = comparison.span.map(|sequence| sequence.0);
    let mut lines =
        vec![format!("Sequences {from} to {to} as they were, and under other rules"), String::new()];
    let mut rows = vec![["", "as it was", "other rules", "change"].map(str::to_owned)];
    command_rows(comparison, &mut rows);
    for market in &comparison.markets {
        rows.push(Default::default());
        market_rows(comparison, market, &mut rows);
    }
    round_rows(comparison, &mut rows);
    wealth_rows(comparison, &mut rows);
    lines.extend(table(&rows));
    lines.extend(sides(comparison));
    if !comparison.markets.is_empty() {
        lines.push(String::new());
        lines.push(WELFARE.to_owned());
    }
    lines
}

/// A row of two whole numbers and their difference, written by `told`.
fn row(name: &str, [was, would]: [i128; 2], told: impl Fn(i128) -> String) -> [String; 4] {
    let change = would.saturating_sub(was);
    let change = if change == 0 { String::new() } else { signed(change, &told) };
    [name.to_owned(), told(was), told(would), change]
}

/// A row of one cell.
fn title(text: &str) -> [String; 4] {
    [text.to_owned(), String::new(), String::new(), String::new()]
}

fn signed(change: i128, told: impl Fn(i128) -> String) -> String {
    if change > 0 { format!("+{}", told(change)) } else { told(change) }
}

fn command_rows(comparison: &Comparison, rows: &mut Vec<[String; 4]>) {
    let count = |of: fn(&Commands) -> u64| {
        let [was, would] = &comparison.commands;
        [of(was).into(), of(would).into()]
    };
    let whole = |count: i128| count.to_string();
    rows.push(row("commands applied", count(|commands| commands.applied), whole));
    if count(|commands| commands.repeated) != [0, 0] {
        rows.push(row("commands repeated", count(|commands| commands.repeated), whole));
    }
    rows.push(row("commands refused", count(Commands::refusals), whole));
    for (name, counts) in comparison.refusals() {
        rows.push(row(&format!("  {name}"), counts.map(i128::from), whole));
    }
    let not_applicable = comparison.not_applicable.to_string();
    rows.push([
        "commands that name what is not there".to_owned(),
        "-".to_owned(),
        not_applicable,
        String::new(),
    ]);
}

fn market_rows(comparison: &Comparison, market: &MarketComparison, rows: &mut Vec<[String; 4]>) {
    let name = |asset: AssetId| comparison.asset(asset).map_or("", |asset| &asset.name);
    let scale = comparison.asset(market.assets[1]).map_or(0, |asset| asset.scale);
    let [base, quote] = market.assets.map(name);
    rows.push(title(&format!("market {} {}: {base} for {quote}", market.market.0, market.name)));
    if market.dealings[1].is_none() {
        rows.push(title("  not there under other rules"));
    }
    let both = market.dealings.map(Option::unwrap_or_default);
    let whole = |count: i128| count.to_string();
    let money = |units: i128| decimal(units, scale);
    let wide = |sum: u128| i128::try_from(sum).unwrap_or(i128::MAX);
    rows.push(row("  trades", both.map(|dealings| dealings.trades.into()), whole));
    if both.iter().any(|dealings| dealings.taken_back != 0) {
        rows.push(row("  trades taken back", both.map(|dealings| dealings.taken_back.into()), whole));
    }
    rows.push(row("  lots", both.map(|dealings| wide(dealings.lots)), whole));
    rows.push(row("  money", both.map(|dealings| wide(dealings.money)), money));
    rows.push(row("  fees paid", both.map(|dealings| dealings.fees), money));
    rows.push(row("  welfare", both.map(|dealings| dealings.welfare), money));
    for (name, of) in [
        ("  average price, ticks", Dealings::average_price as fn(&Dealings) -> Option<String>),
        ("  mean spread, ticks", Dealings::mean_spread),
    ] {
        let [was, would] = [&both[0], &both[1]].map(|dealings| of(dealings).unwrap_or_else(|| "-".into()));
        rows.push([name.to_owned(), was, would, String::new()]);
    }
}

fn round_rows(comparison: &Comparison, rows: &mut Vec<[String; 4]>) {
    for round in &comparison.rounds {
        let [was, would] = round.barter.map(|barter| barter.outcome().to_owned());
        let whole = |count: i128| count.to_string();
        rows.push(Default::default());
        rows.push(title(&format!("round {} {}", round.round.0, round.name)));
        rows.push(["  outcome".to_owned(), was, would, String::new()]);
        rows.push(row("  offers", round.barter.map(|barter| barter.offers.unwrap_or(0).into()), whole));
        let settled = round.barter.map(|barter| barter.settled.unwrap_or(0).into());
        rows.push(row("  lots and bids traded", settled, whole));
    }
    let Proposals { fitted, not_applicable, solved } = comparison.proposals;
    let told = [
        ("  fitted to the offers there", fitted),
        ("  not applicable there", not_applicable),
        ("  replaced by solving anew", solved),
    ];
    if told.iter().any(|(_, count)| *count != 0) {
        rows.push(Default::default());
        rows.push(title("proposals for rounds that have other offers under other rules"));
        let counted = told.into_iter().filter(|(_, count)| *count != 0);
        rows.extend(
            counted.map(|(name, count)| [name.to_owned(), "-".to_owned(), count.to_string(), String::new()]),
        );
    }
}

fn wealth_rows(comparison: &Comparison, rows: &mut Vec<[String; 4]>) {
    rows.push(Default::default());
    let Some(wealth) = &comparison.wealth else {
        rows.push(title("wealth: there is no market that gives prices"));
        return;
    };
    let asset = comparison.asset(wealth.asset).expect("the asset of value is one of them");
    let sum = |side: usize| wealth.holdings[side].iter().fold(0_i128, |sum, &had| sum.saturating_add(had));
    let told = format!(
        "wealth of {} agents in {}, at the last prices of what happened",
        comparison.agents.len(),
        asset.name
    );
    rows.push(row(&told, [sum(0), sum(1)], |units| decimal(units, asset.scale)));
    let [was, would] = wealth.gini.map(|gini| gini.map_or_else(|| "-".into(), Gini::shown));
    rows.push(["  Gini".into(), was, would, String::new()]);
    if wealth.negative != [0, 0] {
        let counts = wealth.negative.map(|count| count as i128);
        rows.push(row("  agents below zero", counts, |count| count.to_string()));
    }
    let counts = comparison.sides();
    rows.push(["  agents who gain".into(), String::new(), counts[0].to_string(), String::new()]);
    rows.push(["  agents who lose".into(), String::new(), counts[1].to_string(), String::new()]);
}

/// Who gains and who loses most, and by what; and what has no price.
fn sides(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    for (heading, agents) in [("gain most", comparison.gainers()), ("lose most", comparison.losers())] {
        if agents.is_empty() {
            continue;
        }
        lines.push(String::new());
        let mut rows = vec![[heading, "as it was", "other rules", "change"].map(str::to_owned)];
        let notes: Vec<String> = agents.iter().map(|agent| changes(comparison, agent)).collect();
        let scale = comparison.wealth.as_ref().and_then(|wealth| comparison.asset(wealth.asset));
        let scale = scale.map_or(0, |asset| asset.scale);
        for agent in agents {
            let name = format!("  {} {}", agent.agent.0, agent.name);
            let wealth = agent.wealth.expect("who gains or loses has wealth");
            rows.push(row(&name, wealth, |units| decimal(units, scale)));
        }
        let mut told = table(&rows).into_iter();
        lines.extend(told.next());
        lines.extend(told.zip(notes).map(|(line, note)| format!("{line}  ({note})")));
    }
    let left_out = comparison.wealth.as_ref().map(|wealth| &wealth.left_out[..]).unwrap_or_default();
    if !left_out.is_empty() {
        let names = left_out.iter().filter_map(|&asset| comparison.asset(asset));
        let names: Vec<String> = names.map(|asset| format!("{} {}", asset.asset.0, asset.name)).collect();
        lines.push(String::new());
        lines.push(format!("Left out of wealth, since they have no price in it: {}", names.join(", ")));
    }
    lines
}

/// What changes of an agent's holdings.
fn changes(comparison: &Comparison, agent: &AgentComparison) -> String {
    let changed = agent.holdings.iter().filter(|(_, [was, would])| was != would);
    let told = changed.map(|&(asset, [was, would])| {
        let asset = comparison.asset(asset).expect("what is held is one of the assets");
        let change = signed(would - was, |units| decimal(units, asset.scale));
        format!("{change} {}", asset.name)
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Columns as wide as their widest cell: the first to the left, numbers to the right. A row of one cell is as long as it likes.
fn table(rows: &[[String; 4]]) -> Vec<String> {
    let is_title = |row: &[String; 4]| row[1..].iter().all(String::is_empty);
    let widths: [usize; 4] = std::array::from_fn(|column| {
        rows.iter().filter(|row| !is_title(row)).map(|row| row[column].width()).max().unwrap_or(0)
    });
    let line = |row: &[String; 4]| {
        if is_title(row) {
            return row[0].clone();
        }
        let mut line = row[0].clone();
        line.push_str(&" ".repeat(widths[0] - row[0].width()));
        for column in 1..4 {
            line.push_str(&" ".repeat(2 + widths[column] - row[column].width()));
            line.push_str(&row[column]);
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
