//! Rounds of barter under other rules of markets: what ann pays as a fee is not there for her offer any more, so the round is another one.

use std::sync::Arc;

use bartizan_engine::ledger::units::{AgentId, AssetId};
use bartizan_engine::realm::Realm;
use bartizan_engine::rounds::units::RoundId;
use bartizan_io::journal::Storage;
use bartizan_io::what_if::comparison::Comparison;
use bartizan_io::what_if::proposals::Proposals;
use bartizan_io::what_if::rules::Rules;
use bartizan_io::what_if::run::Outcomes;
use bartizan_io::what_if::tally::Barter;
use bartizan_io::what_if::{json, text};

use crate::logs::{attempted, solving, written};

/// Ann (1) has 100 coin, bob (2), cat (3) and dan (4) a thing each (asset 2 to 4), dan a grain (5) to sell; sol (5) organises and solves. The house is dan.
const FOUNDING: &[(u64, u32, &str)] = &[
    (0, 0, r#"{"RegisterAgent": {"name": "ann", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "bob", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "cat", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "dan", "roles": ["trader"]}}"#),
    (0, 0, r#"{"RegisterAgent": {"name": "sol", "roles": ["organiser", "solver"]}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "coin", "class": "Token", "supply": "Open"}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "book", "class": "Item", "supply": "Open"}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "cup", "class": "Item", "supply": "Open"}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "drum", "class": "Item", "supply": "Open"}}"#),
    (0, 0, r#"{"DefineAsset": {"name": "grain", "class": "Token", "supply": "Open"}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 6, "owner": 1, "asset": 1}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 7, "owner": 2, "asset": 2}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 8, "owner": 3, "asset": 3}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 9, "owner": 4, "asset": 4}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 10, "owner": 4, "asset": 5}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 11, "owner": 4, "asset": 1}}"#),
    (0, 0, r#"{"OpenAccount": {"account": 12, "owner": 1, "asset": 5}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 6, "amount": 100}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 7, "amount": 1}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 8, "amount": 1}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 9, "amount": 1}}"#),
    (0, 0, r#"{"IssueAsset": {"credit": 10, "amount": 1}}"#),
    (0, 0, r#"{"CreateMarket": {"name": "grain", "base": 5, "quote": 1, "fee_owner": 4}}"#),
    // Ann buys the grain for 50: she has 50 left, or, with a fee of a tenth, 45.
    (
        1,
        4,
        r#"{"NewOrder": {"market": 1, "order": {"ord_type": {"Limit": {"price": 50}}, "order_qty": 1, "side": "Sell"}}}"#,
    ),
    (
        2,
        1,
        r#"{"NewOrder": {"market": 1, "order": {"ord_type": {"Limit": {"price": 50}}, "order_qty": 1, "side": "Buy"}}}"#,
    ),
    (3, 5, r#"{"OpenRound": {"name": "fair", "objectives": ["Items"], "money": 1, "proposals_ns": 1000}}"#),
];

const FEE: &str = r#"{"markets": {"all": {"fees": {"taker_ppm": 100000}}}}"#;

const CLOSE: (u64, u32, &str) = (10, 5, r#"{"CloseRound": {"round": 1}}"#);
const SETTLE: (u64, u32, &str) = (20, 5, r#"{"SettleRound": {"round": 1}}"#);

/// Ann bids 50 for the book, which is not hers to bid once a fee is taken.
const ANN: (u64, u32, &str) = (
    4,
    1,
    r#"{"SubmitOffer": {"round": 1, "gives": {"Bid": {"most": 50}}, "wants": [{"wanted": {"Asset": {"asset": 2}}}]}}"#,
);
/// Bob sells the book for 20, or swaps it for the cup.
const BOB: (u64, u32, &str) = (
    5,
    2,
    r#"{"SubmitOffer": {"round": 1, "gives": {"Lot": {"asset": 2}}, "wants": [{"wanted": {"Money": {"price": 20}}}, {"wanted": {"Asset": {"asset": 3}}}]}}"#,
);
/// Cat swaps the cup for the drum, or for the book.
const CAT: (u64, u32, &str) = (
    6,
    3,
    r#"{"SubmitOffer": {"round": 1, "gives": {"Lot": {"asset": 3}}, "wants": [{"wanted": {"Asset": {"asset": 4}}}, {"wanted": {"Asset": {"asset": 2}}}]}}"#,
);
/// Dan swaps the drum for the cup.
const DAN: (u64, u32, &str) = (
    7,
    4,
    r#"{"SubmitOffer": {"round": 1, "gives": {"Lot": {"asset": 4}}, "wants": [{"wanted": {"Asset": {"asset": 3}}}]}}"#,
);

fn propose(takes: &str, value: i64, prices: &str) -> String {
    format!(
        r#"{{"ProposeSettlement": {{"round": 1, "takes": {takes}, "levels": [{{"objective": "Items", "value": {value}, "bound": {value}}}],
            "certificate": {{"prices": [{prices}]}}}}}}"#
    )
}

fn log(offers: &[(u64, u32, &str)], propose: &str) -> Arc<dyn Storage> {
    let proposed = [CLOSE, (15, 5, propose), SETTLE];
    written(&[FOUNDING, offers, &proposed].concat())
}

fn barter(outcomes: &Outcomes) -> [Barter; 2] {
    [&outcomes.baseline, &outcomes.other].map(|outcome| outcome.barter[&RoundId(1)])
}

fn settled(offers: u32, items: u32) -> Barter {
    Barter { offers: Some(offers), settled: Some(items), is_cancelled: false }
}

fn has(realm: &Realm, agent: u32, asset: u32) -> i128 {
    let ledger = realm.ledger();
    let account =
        ledger.account_of(AgentId(agent), AssetId(asset)).and_then(|account| ledger.account(account));
    account.map_or(0, |account| account.balance)
}

/// Ann's bid stands first and trades with nobody: bob wants the cup alone. Without it all items have other places. The proposal says the same
/// of the same offers, and proves it there.
#[test]
fn a_proposal_finds_its_offers_at_their_other_places() {
    let bob = (
        5,
        2,
        r#"{"SubmitOffer": {"round": 1, "gives": {"Lot": {"asset": 2}}, "wants": [{"wanted": {"Asset": {"asset": 3}}}]}}"#,
    );
    let storage = log(&[ANN, bob, CAT, DAN], &propose("[0, 1, 3, 2]", 2, "[-1, 0, 1, 0]"));
    let outcomes = solving(&storage, FEE, 1, false);
    assert_eq!(barter(&outcomes), [settled(4, 2), settled(3, 2)]);
    assert_eq!(outcomes.proposals, Proposals { fitted: 1, ..Proposals::default() });
    assert_eq!(outcomes.not_applicable, 0);
    for realm in [&outcomes.baseline.realm, &outcomes.other.realm] {
        assert_eq!(
            [has(realm, 3, 4), has(realm, 4, 3), has(realm, 2, 2)],
            [1, 1, 1],
            "cat and dan swapped, bob keeps his book"
        );
    }
}

/// Ann buys bob's book, cat and dan swap. Under the fee there is no ann: what was proposed does not apply, and nothing is settled. Solved anew, cat
/// and dan swap all the same.
#[test]
fn a_proposal_that_trades_what_is_not_there_does_not_apply_and_can_be_found_anew() {
    let storage = log(&[ANN, BOB, CAT, DAN], &propose("[1, 0, 3, 2]", 4, "[0, 0, 0, 0]"));
    let outcomes = solving(&storage, FEE, 1, false);
    assert_eq!(outcomes.proposals, Proposals { not_applicable: 1, ..Proposals::default() });
    let open = Barter { offers: Some(3), ..Barter::default() };
    assert_eq!((barter(&outcomes), outcomes.not_applicable), ([settled(4, 4), open], 1));
    let names: Vec<_> = outcomes.other.commands.refused.values().map(|(reject, _)| reject.name()).collect();
    assert_eq!(names, ["NoProposal", "InsufficientFunds", "ProposalInvalid"]);
    let told = text::lines(&Comparison::of(outcomes, None).unwrap()).join("\n");
    for line in ["round 1 fair", "  lots and bids traded", "  not applicable there"] {
        assert!(told.lines().any(|found| found.starts_with(line)), "{told}");
    }

    let outcomes = solving(&storage, FEE, 1, true);
    assert_eq!(outcomes.proposals, Proposals { solved: 1, ..Proposals::default() });
    assert_eq!((barter(&outcomes), outcomes.not_applicable), ([settled(4, 4), settled(3, 2)], 0));
    let there = &outcomes.other.realm;
    assert_eq!([has(there, 3, 4), has(there, 4, 3), has(there, 2, 2), has(there, 1, 1)], [1, 1, 1, 45]);
    let object = json::document(&Comparison::of(outcomes, None).unwrap(), &Rules::default());
    assert_eq!(object["proposals_for_other_offers"]["solved"], 1);
    let round = serde_json::json!({
        "round": 1, "name": "fair", "outcome": ["settled", "settled"], "offers": [4, 3], "change_hands": [4, 2],
    });
    assert_eq!(object["rounds"][0], round);
}

/// A proposal that claims too much is refused, and does not become true where its claims would be worked out anew.
#[test]
fn a_forged_proposal_is_forged_under_other_rules_too() {
    let forged = propose("[0, 1, 3, 2]", 3, "[-1, 0, 1, 0]");
    let bob = (
        5,
        2,
        r#"{"SubmitOffer": {"round": 1, "gives": {"Lot": {"asset": 2}}, "wants": [{"wanted": {"Asset": {"asset": 3}}}]}}"#,
    );
    let offers = [ANN, bob, CAT, DAN];
    let (storage, refused) = attempted(&[FOUNDING, &offers, &[CLOSE, (15, 5, &forged)]].concat());
    assert_eq!(refused, [(forged, 100)]);
    for solve in [false, true] {
        let outcomes = solving(&storage, FEE, 1, solve);
        assert_eq!(outcomes.proposals, Proposals::default());
        assert_eq!(outcomes.other.commands.refused[&100].1, 1);
        let best = outcomes.other.realm.rounds().get(RoundId(1)).and_then(|round| round.best());
        assert!(best.is_none(), "{best:?}");
    }
}

/// Under the same offers a proposal is what it was, and nothing is solved anew.
#[test]
fn a_round_with_the_same_offers_is_left_alone() {
    let storage = log(&[BOB, CAT, DAN], &propose("[0, 2, 1]", 2, "[0, 1, 0]"));
    for solve in [false, true] {
        let outcomes = solving(&storage, FEE, 1, solve);
        assert_eq!(outcomes.proposals, Proposals::default());
        assert_eq!(barter(&outcomes), [settled(3, 2), settled(3, 2)]);
    }
}

/// The rules may begin when the round is closed already, or with the proposal itself.
#[test]
fn the_realms_may_go_apart_at_any_time() {
    let storage = log(&[ANN, BOB, CAT, DAN], &propose("[1, 0, 3, 2]", 4, "[0, 0, 0, 0]"));
    for from in 1..=33 {
        let outcomes = solving(&storage, FEE, from, true);
        // The grain is bought by command 25.
        let solved = u64::from(from <= 25);
        assert_eq!(outcomes.proposals, Proposals { solved, ..Proposals::default() }, "from {from}");
        outcomes.other.realm.check();
    }
}
