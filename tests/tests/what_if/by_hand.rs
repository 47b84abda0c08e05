//! Small logs whose outcome is worked out by hand.

use std::sync::Arc;

use bartizan_engine::market::units::MarketId;
use bartizan_io::journal::Storage;
use bartizan_io::what_if::comparison::{AgentComparison, Comparison};
use bartizan_io::what_if::equality::Gini;

use crate::logs::{through, written};

/// Ann (1), bob (2) and cas (3) with 1000 coin and 10 grain each, the market's house (4) with nothing: in coin of two decimals, so 1000 coin are
/// 100000 units. One lot is one grain, one tick of it a coin.
const FOUNDING: [(u64, u32, &str); 21] = [
    (0, 0, r#"{"RegisterAgent": {"name": "ann", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "bob", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "cas", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "house"}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "grain", "class": "Token", "supply": "Open"}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "coin", "class": "Token", "scale": 2, "supply": "Open"}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 3, "owner": 1, "asset": 1}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 4, "owner": 1, "asset": 2}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 5, "owner": 2, "asset": 1}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 6, "owner": 2, "asset": 2}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 7, "owner": 3, "asset": 1}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 8, "owner": 3, "asset": 2}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 9, "owner": 4, "asset": 2}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 3, "amount": 10}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 4, "amount": 100000}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 5, "amount": 10}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 6, "amount": 100000}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 7, "amount": 10}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 8, "amount": 100000}}"#),
    (0, 0, r#"{"AdvanceClock": {}}"#),
    (
        0,
        0,
        r#"{"CreateMarket": {"name": "grain", "base": 1, "quote": 2, "quote_per_tick": 100, "fee_owner": 4}}"#,
    ),
];

fn after_founding(trade: &[(u64, u32, &str)]) -> Arc<dyn Storage> {
    written(&[&FOUNDING[..], trade].concat())
}

const BUY: &str = r#"{"NewOrder": {"market": 1, "order": {"ord_type": {"Limit": {"price": PRICE}}, "order_qty": LOTS, "side": "Buy"}}}"#;

fn order(side: &str, lots: u64, price: i64) -> String {
    BUY.replace("PRICE", &price.to_string()).replace("LOTS", &lots.to_string()).replace("Buy", side)
}

/// Cas bids 6, bob sells one at 5, ann bids 10, all before the second is over.
///
/// - As it was: bob's order takes cas's bid at 6, worth 6 - 5 = 1 to both; ann finds nobody.
/// - In a call at the end of the second ann's bid comes first: bob sells to ann, worth 10 - 5 = 5 to both. Any price from 7 to 10 leaves nobody
///   out who would trade at it.
#[test]
fn a_call_brings_together_who_gains_most() {
    let (cas, bob, ann) = (order("Buy", 1, 6), order("Sell", 1, 5), order("Buy", 1, 10));
    let clock = r#"{"AdvanceClock": {}}"#;
    let log = after_founding(&[(100, 3, &cas), (200, 2, &bob), (300, 1, &ann), (1_000_000, 0, clock)]);
    let rules = r#"{"markets": {"1": {"mechanism": {"FrequentCall": {"every": 1000000}}}}}"#;
    for from in [1, 22] {
        let outcomes = through(&log, rules, from);
        let dealings = [&outcomes.baseline, &outcomes.other].map(|side| side.dealings[&MarketId(1)]);
        assert_eq!(dealings.map(|dealings| dealings.trades), [1, 1], "from {from}");
        assert_eq!(dealings.map(|dealings| dealings.lots), [1, 1]);
        assert_eq!(dealings.map(|dealings| dealings.welfare), [100, 500], "in hundredths of a coin");
        let price = dealings[1].money / 100;
        assert!((7..=10).contains(&price), "{price}");
        let comparison = Comparison::of(outcomes, None).unwrap();
        // Wealth in coin, a grain at 6, the last price of what happened: cas had gained nothing by buying at 6, and loses nothing.
        let [_, bob, cas, house] = &comparison.agents[..] else { panic!("four agents") };
        assert_eq!(bob.gain(), Some((price as i128 - 6) * 100));
        assert_eq!((cas.gain(), house.gain()), (Some(0), Some(0)));
        assert_eq!(comparison.agents[0].gain(), Some((6 - price as i128) * 100));
    }
}

/// Bob sells 4 at 10 to ann, who takes: 40 coin. A taker's fee of 2.5 % is 1 coin, of which the maker gets 0.5 % = 0.20 back.
#[test]
fn fees_go_from_those_who_trade_to_the_house() {
    let (bob, ann) = (order("Sell", 4, 10), order("Buy", 4, 10));
    let log = after_founding(&[(100, 2, &bob), (200, 1, &ann)]);
    let rules = r#"{"markets": {"all": {"fees": {"maker_ppm": -5000, "taker_ppm": 25000}}}}"#;
    let outcomes = through(&log, rules, 1);
    let dealings = [&outcomes.baseline, &outcomes.other].map(|side| side.dealings[&MarketId(1)]);
    assert_eq!(dealings.map(|dealings| dealings.fees), [0, 80]);
    assert_eq!(dealings.map(|dealings| dealings.money), [4_000, 4_000]);
    let comparison = Comparison::of(outcomes, None).unwrap();
    let gains: Vec<_> = comparison.agents.iter().map(AgentComparison::gain).collect();
    assert_eq!(gains, [Some(-100), Some(20), Some(0), Some(80)]);
    for asset in &comparison.assets {
        assert_eq!(asset.held[0], asset.held[1], "of {} there is as much as before", asset.name);
    }
    // Wealth in hundredths of coin, a grain at 10: 0, 110000, 110000, 110000 before, of which the sum is 330000:
    // (2 * (2 + 3 + 4) * 110000 - 5 * 330000) / (4 * 330000) = 1/4. After it 80, 109900, 110000, 110020:
    // (2 * (80 + 219800 + 330000 + 440080) - 5 * 330000) / 1320000 = 329920 / 1320000.
    let wealth = comparison.wealth.unwrap();
    let gini = wealth.gini.map(|gini| gini.unwrap());
    assert_eq!(gini.map(Gini::shown), ["0.2500", "0.2499"]);
    assert_eq!((gini[1].numerator, gini[1].denominator), (329_920, 1_320_000));
    assert_eq!(wealth.negative, [0, 0]);
}

/// A call, told to nobody, trades when the clock is moved by a gift of ann's to the house: the gift is no fee. Bob sells 3 to ann, and both pay 1 % of
/// what changes hands.
#[test]
fn a_gift_to_the_house_is_no_fee() {
    let quiet = r#"{"CreateMarket": {"name": "quiet", "base": 1, "quote": 2, "quote_per_tick": 100, "fee_owner": 4,
        "channels": {"l1": false, "l2": false, "l3": false}}}"#;
    let [bob, ann] = [order("Sell", 3, 10), order("Buy", 3, 10)]
        .map(|order| order.replace(r#"market": 1"#, r#"market": 2"#));
    let gift = r#"{"CreateTransfer": {"debit": 4, "credit": 9, "amount": 5000}}"#;
    let log = after_founding(&[(100, 0, quiet), (200, 2, &bob), (300, 1, &ann), (2_000_000, 1, gift)]);
    let rules = r#"{"markets": {"all": {"mechanism": {"FrequentCall": {"every": 1000000}}, "fees": {"auction_ppm": 10000}}}}"#;
    let outcomes = through(&log, rules, 1);
    let dealings = [&outcomes.baseline, &outcomes.other].map(|side| side.dealings[&MarketId(2)]);
    assert_eq!(dealings.map(|dealings| dealings.money), [3_000, 3_000]);
    assert_eq!(dealings.map(|dealings| dealings.fees), [0, 60]);
}

/// Ann bids all she has, cancels that, bids again, and cancels that too. Where a fee is held on top she cannot afford the first bid, so the second
/// one gets the first one's number there, and is cancelled under it.
#[test]
fn orders_are_found_under_their_other_numbers() {
    let cancel = |number: u64| {
        r#"{"CancelOrder": {"market": 1, "order_id": NUMBER}}"#.replace("NUMBER", &number.to_string())
    };
    // A number is the slot, and, above 32 bits, how often it was used.
    let (first, second) = (cancel(1 << 32), cancel(2 << 32));
    let (all, one, bob) = (order("Buy", 100, 10), order("Buy", 1, 3), order("Buy", 1, 2));
    let log = after_founding(&[
        (100, 1, &all),
        (200, 1, &first),
        (300, 1, &one),
        (400, 2, &bob),
        (500, 1, &second),
    ]);
    let rules = r#"{"markets": {"1": {"fees": {"taker_ppm": 1000}}}}"#;
    let outcomes = through(&log, rules, 22);
    assert_eq!(outcomes.baseline.commands.refusals(), 0);
    let refused = outcomes.other.commands.refused.values();
    let refused: Vec<_> = refused.map(|(reject, count)| (reject.name(), *count)).collect();
    assert_eq!(refused, [("InsufficientFunds".to_owned(), 1), ("UnknownOrder".to_owned(), 1)]);
    assert_eq!(outcomes.not_applicable, 1, "the first cancellation has nothing to cancel");
    for outcome in [&outcomes.baseline, &outcomes.other] {
        let (_, market) = outcome.realm.markets().iter().next().unwrap();
        let open: Vec<_> = market.book().live_orders().map(|order| order.account.0).collect();
        assert_eq!(open, [2], "bob's bid alone is open");
    }
}
