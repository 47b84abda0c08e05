//! Opening, closing, cancelling, and what time does.

use super::*;

const CLOSE: &str = r#"{"CloseRound":{"round":1}}"#;
const CANCEL: &str = r#"{"CancelRound":{"round":1}}"#;

#[test]
fn rules_are_checked_in_order() {
    let mut told = Told::new();
    told.done(0, r#"{"DefineAsset":{"name":"dust","class":"Token","scale":10,"supply":"Open"}}"#);
    told.at(50);
    let long = "x".repeat(129);
    for (fields, reject) in [
        (r#""round":2,"name":"","objectives":[],"proposals_ns":0"#.to_owned(), Reject::NumberNotNext),
        (r#""name":"","objectives":[],"proposals_ns":0"#.to_owned(), Reject::NameOutOfRange),
        (format!(r#""name":"{long}","objectives":[],"proposals_ns":0"#), Reject::NameOutOfRange),
        (r#""name":"x","objectives":[],"proposals_ns":0"#.to_owned(), Reject::ListOutOfRange),
        (
            format!(r#""name":"x","objectives":[{}],"proposals_ns":1"#, [r#""Items""#; 9].join(",")),
            Reject::ListOutOfRange,
        ),
        (
            r#""name":"x","objectives":["Items"],"proposals_ns":0,"nontrade_cost":-1"#.to_owned(),
            Reject::RoundRulesInvalid,
        ),
        (
            r#""name":"x","objectives":["Items","Cost","Items"],"proposals_ns":1"#.to_owned(),
            Reject::RoundRulesInvalid,
        ),
        (
            r#""name":"x","objectives":[{"Favor":99}],"proposals_ns":1,"nontrade_cost":-1"#.to_owned(),
            Reject::CostOutOfRange,
        ),
        (
            r#""name":"x","objectives":[{"Favor":99}],"proposals_ns":1,"money":99"#.to_owned(),
            Reject::UnknownAgent,
        ),
        (
            r#""name":"x","objectives":[{"Favor":1}],"proposals_ns":1,"money":99"#.to_owned(),
            Reject::UnknownAsset,
        ),
    ] {
        assert_eq!(told.say(OLGA, &format!(r#"{{"OpenRound":{{{fields}}}}}"#)), Some(reject), "{fields}");
    }
    let late =
        r#"{"OpenRound":{"name":"x","objectives":["Items"],"proposals_ns":1,"money":5,"closes_at":50}}"#;
    assert_eq!(told.say(ANN, late), Some(Reject::NotAllowed));
    assert_eq!(told.say(OLGA, late), Some(Reject::AlreadyExpired));
    let fine =
        r#"{"OpenRound":{"name":"x","objectives":["Items"],"proposals_ns":1,"money":5,"closes_at":51}}"#;
    assert_eq!(told.say(OLGA, fine), Some(Reject::MoneyTooFine));
    told.done(OLGA, OPEN);
    assert_eq!(told.events.list, [Event::RoundOpened { round: RoundId(1) }]);
}

#[test]
fn offers_come_and_go_while_a_round_is_open() {
    let mut told = Told::with_round(OPEN);
    told.done(ANN, &lot(APPLE, &[BOOK]));
    assert_eq!(told.held(ANNS_APPLE), 1);
    let withdraw = |round, offer| format!(r#"{{"WithdrawOffer":{{"round":{round},"offer":{offer}}}}}"#);
    assert_eq!(told.say(BOB, &withdraw(2, 9)), Some(Reject::UnknownRound));
    assert_eq!(told.say(BOB, &withdraw(1, 2)), Some(Reject::UnknownOffer));
    assert_eq!(told.say(BOB, &withdraw(1, 1)), Some(Reject::NotAllowed));
    told.done(ANN, &withdraw(1, 1));
    assert_eq!(told.held(ANNS_APPLE), 0);
    assert_eq!(told.say(ANN, &withdraw(1, 1)), Some(Reject::UnknownOffer), "it is gone");
    told.done(ANN, &lot(APPLE, &[BOOK]));
    told.done(OLGA, &withdraw(1, 2));
    told.done(BOB, &lot(BOOK, &[APPLE]));
    told.done(ANN, &lot(APPLE, &[BOOK]));
    told.done(OLGA, CLOSE);
    assert_eq!(told.events.list, [Event::RoundClosed { round: RoundId(1), offers: 2 }]);
    assert_eq!(told.say(ANN, &withdraw(1, 4)), Some(Reject::RoundNotOpen));
    assert_eq!(told.say(CAT, &lot(CUP, &[BOOK])), Some(Reject::RoundNotOpen));
    assert_eq!(told.frozen().offers.iter().map(|offer| offer.0).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(told.frozen().agents, [BOB, ANN].map(AgentId));
    let best = told.best();
    told.done(SOL, &best);
    told.done(BOB, r#"{"SettleRound":{"round":1}}"#);
    assert_eq!((told.has(ANN, BOOK), told.has(BOB, APPLE)), (1, 1));
    assert_eq!(told.say(CAT, &lot(CUP, &[BOOK])), Some(Reject::RoundEnded));
    assert_eq!(told.say(BOB, &withdraw(1, 3)), Some(Reject::UnknownOffer), "an ended round has no offers");
}

#[test]
fn closing_and_cancelling_are_the_organisers() {
    let mut told = Told::with_ring();
    assert_eq!(told.say(OLGA, r#"{"CloseRound":{"round":7}}"#), Some(Reject::UnknownRound));
    assert_eq!(told.say(ANN, CLOSE), Some(Reject::NotAllowed));
    assert_eq!(told.say(OLGA, CLOSE), Some(Reject::RoundNotOpen));
    assert_eq!(told.say(OLGA, r#"{"CancelRound":{"round":7}}"#), Some(Reject::UnknownRound));
    assert_eq!(told.say(ANN, CANCEL), Some(Reject::NotAllowed));
    let best = told.best();
    told.done(SOL, &best);
    told.done(OLGA, CANCEL);
    assert_eq!(told.events.list.last(), Some(&Event::RoundCancelled { round: RoundId(1) }));
    assert_eq!(told.held(ANNS_APPLE), 0);
    assert_eq!(told.has(ANN, APPLE), 1);
    assert_eq!(told.say(OLGA, CLOSE), Some(Reject::RoundEnded));
    assert_eq!(told.say(OLGA, CANCEL), Some(Reject::RoundEnded));
    assert_eq!(told.say(OLGA, r#"{"SettleRound":{"round":1}}"#), Some(Reject::RoundEnded));
    // An operator may as well.
    told.done(OLGA, OPEN);
    told.done(0, r#"{"CancelRound":{"round":2}}"#);
}

#[test]
fn time_closes_a_round_and_cancels_it_when_nobody_proposes() {
    let open = r#"{"OpenRound":{"name":"x","objectives":["Items"],"closes_at":500,"proposals_ns":100}}"#;
    let mut told = Told::with_round(open);
    told.done(ANN, &lot(APPLE, &[BOOK]));
    told.at(499);
    assert_eq!(told.events.list, []);
    told.at(520);
    assert_eq!(told.events.list, [Event::RoundClosed { round: RoundId(1), offers: 1 }]);
    told.at(619);
    assert_eq!(told.events.list, [], "the whole time from when it was closed");
    assert_eq!(told.held(ANNS_APPLE), 1);
    told.at(620);
    assert_eq!(told.events.list.last(), Some(&Event::RoundCancelled { round: RoundId(1) }));
    assert_eq!(told.held(ANNS_APPLE), 0);
    // Closed by hand before its time, and with a proposal: time alone does nothing more.
    let open = r#"{"OpenRound":{"name":"x","objectives":["Items"],"closes_at":900,"proposals_ns":100}}"#;
    told.done(OLGA, open);
    told.done(OLGA, r#"{"CloseRound":{"round":2}}"#);
    let frozen = told.realm.frozen_round(RoundId(2)).unwrap();
    let propose = Command::ProposeSettlement(frozen.proposal(RoundId(2), &solved(&frozen)));
    told.done(SOL, &serde_json::to_string(&propose).unwrap());
    told.at(10_000);
    assert_eq!(told.events.list, []);
    told.done(OLGA, r#"{"SettleRound":{"round":2}}"#);
}

#[test]
fn accounts_stay_fit_for_what_may_come_in() {
    let mut told = Told::with_round(OPEN);
    told.done(0, &format!(r#"{{"OpenAccount":{{"owner":{ANN},"asset":{BOOK},"ceiling":9}}}}"#));
    let account = told.realm.ledger().next_account().0 - 1;
    assert_eq!(told.say(ANN, &lot(APPLE, &[CUP, BOOK])), Some(Reject::CeilingInMarket));
    told.done(0, &format!(r#"{{"SetLimits":{{"account":{account}}}}}"#));
    told.done(ANN, &lot(APPLE, &[CUP, BOOK]));
    let ceiling = format!(r#"{{"SetLimits":{{"account":{account},"ceiling":9}}}}"#);
    assert_eq!(told.say(0, &ceiling), Some(Reject::CeilingInMarket));
    let open = format!(r#"{{"OpenAccount":{{"owner":{ANN},"asset":{CUP},"ceiling":9}}}}"#);
    assert_eq!(told.say(0, &open), Some(Reject::CeilingInMarket));
    let close = format!(r#"{{"CloseAccount":{{"account":{account}}}}}"#);
    assert_eq!(told.say(ANN, &close), Some(Reject::AccountInUse));
    let close_given = format!(r#"{{"CloseAccount":{{"account":{ANNS_APPLE}}}}}"#);
    assert_eq!(told.say(ANN, &close_given), Some(Reject::BalanceNotZero));
    let give_away = format!(r#"{{"RetireAsset":{{"debit":{ANNS_APPLE},"amount":1}}}}"#);
    assert_eq!(told.say(ANN, &give_away), Some(Reject::InsufficientFunds), "it is on hold");
    told.done(OLGA, CANCEL);
    told.done(0, &ceiling);
    told.done(0, &open);
    told.done(ANN, &close);
}

#[test]
fn spoilt_bytes_are_no_realm_or_a_sound_one() {
    let mut told = Told::with_ring();
    let best = told.best();
    told.done(SOL, &best);
    let bytes = told.realm.to_bytes();
    for at in 0..bytes.len() {
        for change in [1, 0x80, 0xff] {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= change;
            if let Ok(realm) = Realm::from_bytes(&spoilt) {
                assert_eq!(realm.to_bytes(), spoilt);
                let _ = realm.frozen_round(RoundId(1));
            }
        }
        assert!(Realm::from_bytes(&bytes[..at]).is_err());
    }
}
