//! What falls due at once is done over several commands, and is as good as done before its turn. After every command the books balance, and a realm read from
//! its bytes goes on as the one that was not.

use std::time::Instant;

use bartizan_engine::book::ExecType;
use bartizan_engine::codec::Codec;
use bartizan_engine::event::Event;
use bartizan_engine::ledger::hold::HoldEnd;
use bartizan_engine::ledger::units::AccountId;
use bartizan_engine::limits::MAX_DUE;
use bartizan_engine::realm::Realm;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::state::Stage;
use bartizan_engine::rounds::units::RoundId;

use crate::Told;

/// When all of it falls due.
const DUE: u64 = 1_000;

/// How much falls due: what takes five commands.
const MANY: usize = 4 * MAX_DUE + 1;

/// Ann (account 3 of hours, 5 of coins) and bob (4 and 6), and olga, who organises.
fn village() -> Told {
    let mut told = Told::default();
    told.all(&[
        (0, r#"{"RegisterAgent":{"name":"ann","roles":["trader"]}}"#),
        (0, r#"{"RegisterAgent":{"name":"bob","roles":["trader"]}}"#),
        (0, r#"{"RegisterAgent":{"name":"olga","roles":["organiser"]}}"#),
        (0, r#"{"DefineAsset":{"name":"hour","class":"Token","supply":"Open"}}"#),
        (0, r#"{"DefineAsset":{"name":"coin","class":"Token","supply":"Open"}}"#),
        (0, r#"{"OpenAccount":{"owner":1,"asset":1}}"#),
        (0, r#"{"OpenAccount":{"owner":2,"asset":1}}"#),
        (0, r#"{"OpenAccount":{"owner":1,"asset":2}}"#),
        (0, r#"{"OpenAccount":{"owner":2,"asset":2}}"#),
        (0, r#"{"OpenAccount":{"owner":3,"asset":2}}"#),
        (0, r#"{"IssueAsset":{"credit":3,"amount":"1000000"}}"#),
        (0, r#"{"IssueAsset":{"credit":6,"amount":"1000000"}}"#),
        (3, r#"{"CreateMarket":{"name":"hours","base":1,"quote":2,"fee_owner":3,"channels":{"l1":false,"l2":false,"l3":false}}}"#),
        (3, r#"{"CreateMarket":{"name":"more hours","base":1,"quote":2,"fee_owner":3}}"#),
    ]);
    told
}

/// The books balance; and the realm read from its bytes is the same. It is the one that goes on.
fn read_again(told: &mut Told) {
    told.realm.check();
    let bytes = told.realm.to_bytes();
    told.realm = Realm::from_bytes(&bytes).expect("a realm's bytes are a realm");
    assert!(told.realm.to_bytes() == bytes, "the same bytes again");
}

fn held(told: &Told, account: u32) -> u128 {
    told.realm.ledger().account(AccountId(account)).expect("it is open").pending_out
}

#[test]
fn holds_that_expire_together_do_so_over_several_commands() {
    let mut told = village();
    for _ in 0..MANY {
        let hold = r#"{"CreateTransfer":{"debit":3,"credit":4,"amount":1,"pending":{"expires":1000}}}"#;
        assert_eq!(told.says(1, hold), None);
    }
    told.time = DUE;
    let last = MANY;
    for turn in 1..=5 {
        // What is due last is as good as gone from the first command on, for its owner and for a stranger.
        let command = if turn % 2 == 1 { "PostPending" } else { "VoidPending" };
        let begun = Instant::now();
        let answer = told.says(2, &format!(r#"{{"{command}":{{"hold":{last}}}}}"#));
        println!("turn {turn}: {:?}", begun.elapsed());
        assert_eq!(answer, Some(Reject::HoldExpired), "turn {turn}");
        let ended = |event: &&Event| matches!(event, Event::HoldEnded { end: HoldEnd::Expired, .. });
        assert!(told.events.list.iter().filter(ended).count() <= MAX_DUE);
        assert_eq!(held(&told, 3), MANY.saturating_sub(turn * MAX_DUE) as u128, "turn {turn}");
        read_again(&mut told);
    }
    assert_eq!(told.says(2, &format!(r#"{{"PostPending":{{"hold":{last}}}}}"#)), Some(Reject::HoldExpired));
    assert_eq!(told.events.list.len(), 1, "nothing is left to expire");
}

#[test]
fn orders_that_expire_together_never_trade_and_their_market_waits() {
    let mut told = village();
    let sell = r#"{"NewOrder":{"market":1,"order":{"side":"Sell","ord_type":{"Limit":{"price":5}},"order_qty":1,"time_in_force":"Gtd","expire_time":1000}}}"#;
    for _ in 0..MANY {
        assert_eq!(told.says(1, sell), None);
    }
    told.time = DUE;
    let buy = |market: u32| {
        format!(
            r#"{{"NewOrder":{{"market":{market},"order":{{"side":"Buy","ord_type":{{"Limit":{{"price":5}}}},"order_qty":1}}}}}}"#
        )
    };
    let mut left = MANY;
    // A command about another market takes out as many as one may; one about this market as many again, and is refused if that is not all.
    for (market, gone, answer) in [
        (2, MAX_DUE, None),
        (1, 2 * MAX_DUE, Some(Reject::MarketBehind)),
        (1, MAX_DUE + 1, None),
        (1, 0, None),
    ] {
        let begun = Instant::now();
        assert_eq!(told.says(2, &buy(market)), answer);
        println!("{gone} orders expire in {:?}", begun.elapsed());
        let reports = &told.events.book.reports;
        assert_eq!(reports.iter().filter(|report| report.exec_type == ExecType::Expired).count(), gone);
        assert!(reports.iter().all(|report| report.exec_type != ExecType::Trade), "it is over");
        left -= gone;
        assert_eq!(held(&told, 3), left as u128);
        read_again(&mut told);
    }
    assert_eq!(left, 0);
}

#[test]
fn a_market_that_is_behind_holds_no_call_and_takes_back_nothing() {
    let mut told = village();
    assert_eq!(
        told.says(3, r#"{"AmendMarket":{"market":1,"mechanism":{"FrequentCall":{"every":1000000}}}}"#),
        None
    );
    let sell = r#"{"NewOrder":{"market":1,"order":{"side":"Sell","ord_type":{"Limit":{"price":5}},"order_qty":1,"time_in_force":"Gtd","expire_time":1000}}}"#;
    for _ in 0..=2 * MAX_DUE {
        assert_eq!(told.says(1, sell), None);
    }
    let buy =
        r#"{"NewOrder":{"market":1,"order":{"side":"Buy","ord_type":{"Limit":{"price":5}},"order_qty":1}}}"#;
    assert_eq!(told.says(2, buy), None);
    told.time = 1_000_000;
    for command in [
        r#"{"MassCancelOrders":{"market":1,"account":2}}"#,
        r#"{"SetMarketPhase":{"market":1,"phase":"Halted"}}"#,
    ] {
        let mut other = Told { realm: told.realm.clone(), time: told.time, ..Told::default() };
        assert_eq!(other.says(0, command), Some(Reject::MarketBehind), "{command}");
        read_again(&mut other);
        assert_eq!(other.says(0, command), None, "{command}");
        assert_eq!(held(&other, 3), 0);
    }
    let traded = told.says(0, r#"{"AdvanceClock":{}}"#);
    assert_eq!((traded, told.realm.markets().iter().count()), (None, 2));
    assert!(told.events.book.reports.iter().all(|report| report.exec_type == ExecType::Expired));
}

#[test]
fn rounds_that_close_together_do_so_over_several_commands_and_the_one_named_at_once() {
    let mut told = village();
    let open = r#"{"OpenRound":{"name":"fair","objectives":["Items"],"closes_at":1000,"proposals_ns":10}}"#;
    for _ in 0..MANY {
        assert_eq!(told.says(3, open), None);
    }
    told.time = DUE;
    let closed =
        |told: &Told| told.realm.rounds().iter().filter(|(_, round)| round.stage != Stage::Open).count();
    let last = RoundId(MANY as u32);
    let offer = format!(r#"{{"SubmitOffer":{{"round":{},"gives":{{"Lot":{{"asset":1}}}}}}}}"#, last.0);
    assert_eq!(told.says(1, &offer), Some(Reject::RoundNotOpen));
    assert_eq!(closed(&told), MAX_DUE + 1);
    read_again(&mut told);
    for turn in 2..=4 {
        assert_eq!(told.says(1, r#"{"AdvanceClock":{}}"#), None);
        assert_eq!(closed(&told), (turn * MAX_DUE + 1).min(MANY));
    }
    // The first to be closed are cancelled again by time before the last were closed, had it passed.
    told.time = DUE + 10;
    assert_eq!(told.says(1, &offer), Some(Reject::RoundEnded));
    assert_eq!(told.realm.rounds().get(last).expect("it is there").stage, Stage::Cancelled);
    read_again(&mut told);
}

#[test]
fn a_call_for_which_nothing_was_collected_is_not_told() {
    let mut told = village();
    assert_eq!(
        told.says(3, r#"{"AmendMarket":{"market":1,"mechanism":{"FrequentCall":{"every":1000000}}}}"#),
        None
    );
    told.time = 3_500_000;
    assert_eq!(told.says(0, r#"{"AdvanceClock":{}}"#), None);
    assert!(told.events.list.is_empty(), "{:?}", told.events.list);
    read_again(&mut told);
}
