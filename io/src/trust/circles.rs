//! Graphs of Circles v2, as `aboutcircles/circles-nethermind-plugin` keeps them for its tests: who trusts whose token, and who holds how much of which.
//!
//! Everybody has a token of its own. A holder may send a token that it holds to whoever trusts it; everybody takes its own. So each step is made in one of the sender's
//! holdings, and what arrives is a promise that the next step makes good in another. Who has asked for consented flow sends only to whom it trusts and who has asked for the same.
//! A group takes the tokens that it trusts and mints as much of its own for them: it is read as somebody who holds any amount of that. Wrapped holdings are passed over unless the
//! file says `withWrap`. Simulated balances come on top of the others, and no more than `maxFlow` is asked for. `fromTokens`, `toTokens` and `excludedTokens` hold; `maxTransfers`
//! is told of and not counted.
//!
//! Amounts are 10^-18 of a unit there; here they are rounded down to 10^-9.

use std::borrow::Cow;

use bartizan_solver::netting::MAX_AMOUNT;
use hashbrown::{HashMap, HashSet};
use serde::Deserialize;

use super::network::{Form, Network};
use crate::format::ReadError;
use crate::json;

/// Digits of an amount there that are rounded away.
const LOST_DIGITS: u32 = 9;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Graph<'a> {
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    sink: Cow<'a, str>,
    #[serde(default)]
    with_wrap: bool,
    #[serde(borrow, default)]
    simulated_balances: Option<Vec<Simulated<'a>>>,
    /// Tokens that may leave the source, if any are named; that may arrive at the sink, if any are; and that may not move at all.
    #[serde(borrow, default)]
    from_tokens: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    to_tokens: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    excluded_tokens: Vec<Cow<'a, str>>,
    #[serde(default)]
    max_transfers: Option<u64>,
    #[serde(borrow, default)]
    max_flow: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subgraph: Subgraph<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subgraph<'a> {
    /// Who trusts, and whose token.
    #[serde(borrow)]
    trust: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow)]
    balances: Vec<Balance<'a>>,
    #[serde(borrow, default)]
    groups: Vec<Cow<'a, str>>,
    /// Which group takes whose token.
    #[serde(borrow, default)]
    group_trusts: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow, default)]
    consented_avatars: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Balance<'a> {
    #[serde(borrow)]
    holder: Cow<'a, str>,
    #[serde(borrow)]
    token: Cow<'a, str>,
    #[serde(borrow)]
    amount: Cow<'a, str>,
    #[serde(default)]
    is_wrapped: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simulated<'a> {
    #[serde(borrow)]
    holder: Cow<'a, str>,
    #[serde(borrow)]
    token: Cow<'a, str>,
    #[serde(borrow)]
    amount: Cow<'a, str>,
}

/// Reads a graph.
///
/// # Errors
/// If it is none, or an amount is none.
pub fn read(text: &[u8]) -> Result<Network, ReadError> {
    let graph: Graph<'_> = json::read(text)?;
    let mut reader = Reader::default();
    let ends = [&graph.source, &graph.sink].map(|end| {
        reader.number(end);
        end.to_string()
    });
    let subgraph = &graph.subgraph;
    for (trusting, token) in subgraph.trust.iter().chain(&subgraph.group_trusts) {
        let trusting = reader.number(trusting);
        reader.trusted_by.entry(&**token).or_default().push(trusting);
        reader.trusts.insert((trusting, &**token));
    }
    let simulated = graph.simulated_balances.iter().flatten();
    let simulated = simulated.map(|held| (&held.holder, &held.token, &held.amount));
    let (real, wrapped): (Vec<_>, Vec<_>) =
        subgraph.balances.iter().partition(|held| graph.with_wrap || !held.is_wrapped);
    let real = real.into_iter().map(|held| (&held.holder, &held.token, &held.amount));
    let may_move = |holder: &str, token: &Cow<'_, str>| {
        let leaves =
            holder != graph.source || graph.from_tokens.is_empty() || graph.from_tokens.contains(token);
        leaves && !graph.excluded_tokens.contains(token)
    };
    let (held, stuck): (Vec<_>, Vec<_>) =
        real.chain(simulated).partition(|(holder, token, _)| may_move(holder, token));
    reader.network.rows = wrapped.len() + held.len() + stuck.len() + subgraph.groups.len();
    reader.left_out("they are wrapped, and the file does not say withWrap", wrapped.len());
    reader.left_out("by the file they do not move from there", stuck.len());
    for (holder, ..) in &held {
        reader.number(holder);
    }
    reader.consented = subgraph.consented_avatars.iter().map(|name| &**name).collect();
    for (holder, token, amount) in held {
        let amount = units(&format_args!("what {holder} holds of {token}"), amount)?;
        reader.hold(holder, token, amount);
    }
    for group in &subgraph.groups {
        reader.number(group);
        reader.hold(group, group, MAX_AMOUNT);
    }
    if !graph.to_tokens.is_empty() {
        let sink = reader.numbers[&*graph.sink];
        for (_, token, _, takers) in &mut reader.holdings {
            takers.retain(|&taker| taker != sink || graph.to_tokens.iter().any(|named| named == token));
        }
    }
    if let Some(most) = graph.max_transfers {
        reader.network.notices.push(format!(
            "the file asks for at most {most} transfers in all; they are not counted here: --max-hops limits the steps of each path"
        ));
    }
    if let Some(most) = &graph.max_flow {
        reader.network.asked = Some(units(&"maxFlow", most)?);
    }
    let [nothing, stuck] = [reader.nothing, reader.stuck];
    reader.left_out("nothing is held, after rounding down to 9 digits behind the point", nothing);
    reader.left_out("nobody takes them from there", stuck);
    let [from, to] = ends;
    reader.network.ends = Some((from, to));
    Ok(reader.finish())
}

/// An amount there, in units here; `what` it is of.
fn units(what: &dyn std::fmt::Display, text: &str) -> Result<i64, ReadError> {
    let amount = text.parse::<u128>().ok().map(|amount| amount / 10_u128.pow(LOST_DIGITS));
    let amount = amount.and_then(|amount| i64::try_from(amount).ok()).filter(|&amount| amount <= MAX_AMOUNT);
    amount.ok_or_else(|| {
        let message = format!(
            "{what}: expected a whole number up to {MAX_AMOUNT} and {LOST_DIGITS} digits, found {text:?}"
        );
        ReadError { line: 1, column: 1, message }
    })
}

#[derive(Default)]
struct Reader<'a> {
    network: Network,
    numbers: HashMap<&'a str, u32>,
    trusted_by: HashMap<&'a str, Vec<u32>>,
    trusts: HashSet<(u32, &'a str)>,
    consented: HashSet<&'a str>,
    /// Holder, token, how much, and to whom it may go.
    holdings: Vec<(u32, &'a str, i64, Vec<u32>)>,
    /// Of how many holdings nothing is left, and how many others nobody takes.
    nothing: usize,
    stuck: usize,
}

impl<'a> Reader<'a> {
    fn number(&mut self, name: &'a str) -> u32 {
        let names = &mut self.network.names;
        *self.numbers.entry(name).or_insert_with(|| {
            names.push(name.to_owned());
            names.len() as u32 - 1
        })
    }

    fn hold(&mut self, holder_name: &'a str, token: &'a str, amount: i64) {
        let holder = self.numbers[holder_name];
        let own = self.numbers.get(token).copied();
        let trusting = self.trusted_by.get(token).into_iter().flatten().copied();
        let mut takers: Vec<u32> = trusting.chain(own).filter(|&taker| taker != holder).collect();
        if self.consented.contains(holder_name) {
            takers.retain(|&taker| {
                let name = self.network.names[taker as usize].as_str();
                self.consented.contains(name) && self.trusts.contains(&(holder, name))
            });
        }
        takers.sort_unstable();
        takers.dedup();
        match (amount, takers.is_empty()) {
            (0, _) => self.nothing += 1,
            (_, true) => self.stuck += 1,
            _ => self.holdings.push((holder, token, amount, takers)),
        }
    }

    fn left_out(&mut self, why: &str, count: usize) {
        let told = (count > 0).then(|| format!("holdings left out, since {why}: {count}"));
        self.network.notices.extend(told);
    }

    fn finish(self) -> Network {
        let mut network = self.network;
        network.form = Form::Circles;
        network.used = self.holdings.len();
        network.decimals = 18 - LOST_DIGITS as u8;
        network.lines.nodes = network.names.len() + self.holdings.len();
        for (holder, token, amount, takers) in self.holdings {
            let node = (network.names.len() + network.holdings.len()) as u32;
            network.holdings.push(token.to_owned());
            network.lines.push(holder, node, amount, 0);
            for taker in takers {
                network.lines.push(node, taker, amount, 1);
            }
        }
        network
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ann holds bob's and her own token; cat trusts bob's, dan ann's; cat holds her own, which dan trusts.
    fn text(more: &str) -> String {
        let held = |holder: &str, token: &str, amount: &str| {
            format!(
                r#"{{"holder": "{holder}", "token": "{token}", "amount": "{amount}", "isWrapped": false, "isStatic": false}}"#
            )
        };
        let balances = [
            held("ann", "bob", "5000000000"),
            held("ann", "ann", "2999999999"),
            held("cat", "cat", "9000000000"),
        ];
        format!(
            r#"{{"id": "x", "source": "ann", "sink": "dan", {more} "subgraph": {{"trust": [["cat", "bob"], ["dan", "ann"], ["dan", "cat"]], "balances": [{}], "consentedAvatars": ["cat"]}}}}"#,
            balances.join(", ")
        )
    }

    #[test]
    fn holdings_go_to_those_who_trust_the_token_and_to_whose_it_is() {
        let network = read(text("").replace(r#"["cat"]}"#, "[]}").as_bytes()).unwrap();
        assert_eq!(network.names, ["ann", "dan", "cat"]);
        assert_eq!(network.holdings, ["bob", "ann", "cat"]);
        let lines = &network.lines;
        let all: Vec<_> =
            (0..lines.from.len()).map(|line| (lines.from[line], lines.to[line], lines.limit[line])).collect();
        assert_eq!(all, [(0, 3, 5), (3, 2, 5), (0, 4, 2), (4, 1, 2), (2, 5, 9), (5, 1, 9)]);
        assert_eq!(network.ends, Some(("ann".into(), "dan".into())));
        assert_eq!((network.rows, network.used, network.notices.len()), (3, 3, 0));
        assert_eq!(
            (network.through(&[0, 1, 4, 5]), network.tokens(&[0, 1, 4, 5])),
            (vec!["ann", "cat", "dan"], vec!["bob", "cat"])
        );
    }

    #[test]
    fn who_asked_for_consent_sends_to_none_that_it_does_not_trust() {
        let network = read(text("").as_bytes()).unwrap();
        assert_eq!(network.holdings, ["bob", "ann"], "cat's own is stuck");
        assert_eq!((network.rows, network.used), (3, 2));
        assert_eq!(network.notices, ["holdings left out, since nobody takes them from there: 1"]);
    }

    #[test]
    fn a_group_mints_its_own_for_what_it_trusts() {
        let text = text("").replace(r#"["dan", "ann"], "#, r#"["dan", "guild"], "#).replace(
            r#""consented"#,
            r#""groups": ["guild"], "groupTrusts": [["guild", "ann"]], "consented"#,
        );
        let network = read(text.as_bytes()).unwrap();
        let minted = network.holdings.iter().position(|token| token == "guild").unwrap();
        let guild = network.number("guild").unwrap();
        let node = (network.names.len() + minted) as u32;
        let lines = &network.lines;
        let all: Vec<_> = lines.from.iter().copied().zip(lines.to.iter().copied()).collect();
        for line in [(guild, node), (node, network.number("dan").unwrap())] {
            assert!(all.contains(&line), "{line:?}: {all:?}");
        }
        assert!(lines.to.contains(&guild), "ann's own goes to it");
    }

    #[test]
    fn simulated_balances_count_and_what_is_no_amount_is_refused() {
        let simulated =
            r#""simulatedBalances": [{"Holder": "ann", "Token": "cat", "Amount": "7000000000"}],"#;
        assert_eq!(read(text(simulated).as_bytes()).unwrap().holdings.len(), 3);
        assert_eq!(read(text(r#""maxFlow": "4000000000","#).as_bytes()).unwrap().asked, Some(4));
        let held = |more: &str| read(text(more).as_bytes()).unwrap().holdings;
        assert_eq!(held(r#""excludedTokens": ["bob"],"#), ["ann"]);
        assert_eq!(held(r#""fromTokens": ["bob"],"#), ["bob"]);
        let wrapped =
            text("").replace("\"5000000000\", \"isWrapped\": false", "\"5000000000\", \"isWrapped\": true");
        let network = read(wrapped.replace("2999999999", "999").as_bytes()).unwrap();
        let told = [
            "holdings left out, since they are wrapped, and the file does not say withWrap: 1",
            "holdings left out, since nothing is held, after rounding down to 9 digits behind the point: 1",
            "holdings left out, since nobody takes them from there: 1",
        ];
        assert_eq!((&network.notices[..], network.rows, network.used), (&told.map(str::to_owned)[..], 3, 0));
        let network = read(text(r#""toTokens": ["cat"], "maxTransfers": 1,"#).as_bytes()).unwrap();
        let sink = network.number("dan").unwrap();
        assert!(
            !network.lines.to.contains(&sink)
                && network.notices.iter().any(|told| told.contains("at most 1 transfers"))
        );
        let told = read(text("").replace("5000000000", "-5").as_bytes()).unwrap_err().to_string();
        assert!(told.contains("what ann holds of bob: expected a whole number"), "{told}");
        assert!(read(b"{\"source\": 1}").unwrap_err().to_string().contains("line 1, column 1"));
    }
}
