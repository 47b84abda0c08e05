//! Offers: their checks in order, lots, and "at most one of these".

use super::*;
use crate::limits::MAX_OFFER_WANTS;

fn offer(gives: &str, wants: &str) -> String {
    format!(r#"{{"SubmitOffer":{{"round":1,"gives":{gives},"wants":[{wants}]}}}}"#)
}

fn wanted(asset: u32) -> String {
    format!(r#"{{"wanted":{{"Asset":{{"asset":{asset}}}}}}}"#)
}

const APPLE_LOT: &str = r#"{"Lot":{"asset":2}}"#;

#[test]
fn what_an_offer_says_by_itself_is_checked_first() {
    let mut told = Told::with_round(OPEN);
    let many = vec![wanted(99); MAX_OFFER_WANTS + 1].join(",");
    let huge = 1_u128 << 94;
    for (gives, wants, reject) in [
        (r#"{"Lot":{"asset":99,"amount":0}}"#.to_owned(), many, Reject::ListOutOfRange),
        (
            format!(r#"{{"Lot":{{"asset":99,"amount":"{huge}"}}}}"#),
            r#"{"wanted":{"Money":{"price":0}}}"#.into(),
            Reject::AmountZero,
        ),
        (r#"{"Lot":{"asset":99,"amount":0}}"#.to_owned(), String::new(), Reject::AmountZero),
        (r#"{"Bid":{"most":0}}"#.to_owned(), String::new(), Reject::AmountZero),
        (
            r#"{"Bid":{"most":1000000001}}"#.to_owned(),
            [wanted(99), wanted(99)].join(","),
            Reject::AmountTooLarge,
        ),
        (APPLE_LOT.to_owned(), r#"{"wanted":{"Money":{"price":1000000001}}}"#.into(), Reject::AmountTooLarge),
        (
            APPLE_LOT.to_owned(),
            r#"{"wanted":{"Offer":{"offer":9,"price":1000000001}}}"#.into(),
            Reject::AmountTooLarge,
        ),
        (APPLE_LOT.to_owned(), r#"{"wanted":{"Asset":{"asset":99,"least":0}}}"#.into(), Reject::AmountZero),
        (APPLE_LOT.to_owned(), [wanted(99), wanted(99)].join(","), Reject::WantsInvalid),
        (APPLE_LOT.to_owned(), wanted(APPLE), Reject::WantsInvalid),
        (
            r#"{"Bid":{"most":5}}"#.to_owned(),
            r#"{"wanted":{"Money":{"price":5}}}"#.into(),
            Reject::WantsInvalid,
        ),
        (
            APPLE_LOT.to_owned(),
            r#"{"wanted":{"Offer":{"offer":9}}},{"wanted":{"Offer":{"offer":9,"price":3}},"cost":-1}"#.into(),
            Reject::WantsInvalid,
        ),
        (
            APPLE_LOT.to_owned(),
            r#"{"wanted":{"Asset":{"asset":99}},"cost":-1}"#.into(),
            Reject::CostOutOfRange,
        ),
        (
            APPLE_LOT.to_owned(),
            r#"{"wanted":{"Asset":{"asset":99}},"cost":1000000000001}"#.into(),
            Reject::CostOutOfRange,
        ),
    ] {
        let submit = offer(&gives, &wants).replace(r#""round":1"#, r#""round":8"#);
        assert_eq!(told.say(IDA, &submit), Some(reject), "{gives} for {}", &wants[..wants.len().min(99)]);
    }
}

#[test]
fn then_what_it_names_and_who_asks_and_what_there_is() {
    let mut told = Told::with_round(OPEN);
    let numbered = |round: u32, number: u32| {
        let wants = r#"{"wanted":{"Offer":{"offer":9}}},{"wanted":{"Asset":{"asset":99}}}"#;
        format!(
            r#"{{"SubmitOffer":{{"round":{round},"offer":{number},"gives":{{"Lot":{{"asset":3}}}},"wants":[{wants}]}}}}"#
        )
    };
    assert_eq!(told.say(IDA, &numbered(1, 2)), Some(Reject::NumberNotNext));
    assert_eq!(told.say(IDA, &numbered(1, 1)), Some(Reject::UnknownAsset));
    assert_eq!(told.say(IDA, &numbered(2, 2)), Some(Reject::UnknownAsset), "of that round nothing is next");
    let elsewhere = numbered(2, 2).replace("\"asset\":99", "\"asset\":4");
    assert_eq!(told.say(IDA, &elsewhere), Some(Reject::UnknownRound));
    let unknown = offer(r#"{"Lot":{"asset":3}}"#, r#"{"wanted":{"Offer":{"offer":9}}}"#);
    assert_eq!(told.say(IDA, &unknown), Some(Reject::UnknownOffer));
    assert_eq!(told.say(IDA, &lot(BOOK, &[CUP])), Some(Reject::NoAccount));
    told.done(IDA, &format!(r#"{{"OpenAccount":{{"owner":{IDA},"asset":{BOOK}}}}}"#));
    assert_eq!(told.say(IDA, &lot(BOOK, &[CUP])), Some(Reject::NotAllowed), "no trader");
    assert_eq!(told.say(0, &lot(BOOK, &[CUP])), Some(Reject::NotAllowed), "the realm trades nothing");
    told.done(ANN, &lot(APPLE, &[BOOK]));
    told.done(ANN, &offer("\"Dummy\"", &wanted(CUP)));
    let names = |number: u32| format!(r#"{{"wanted":{{"Offer":{{"offer":{number}}}}}}}"#);
    assert_eq!(told.say(ANN, &offer("\"Dummy\"", &names(1))), Some(Reject::NotAllowed), "her own lot");
    let book = r#"{"Lot":{"asset":3}}"#;
    assert_eq!(told.say(BOB, &offer(book, &names(2))), Some(Reject::NotAllowed), "another's dummy");
    assert_eq!(told.say(ANN, &lot(APPLE, &[CUP])), Some(Reject::ItemOffered));
    let asks = r#"{"wanted":{"Offer":{"offer":1,"price":3}}}"#;
    assert_eq!(told.say(BOB, &offer(r#"{"Lot":{"asset":3,"amount":2}}"#, asks)), Some(Reject::AskTooHigh));
    let money = r#"{"wanted":{"Money":{"price":3}}}"#;
    assert_eq!(told.say(BOB, &offer(r#"{"Lot":{"asset":3,"amount":2}}"#, money)), Some(Reject::NoMoney));
    assert_eq!(told.say(BOB, &offer(r#"{"Bid":{"most":3}}"#, "")), Some(Reject::NoMoney));
    let two = offer(r#"{"Lot":{"asset":3,"amount":2}}"#, &wanted(CUP));
    assert_eq!(told.say(BOB, &two), Some(Reject::InsufficientFunds));
    told.done(BOB, &offer(book, &names(1)));
}

#[test]
fn lots_are_whole_and_must_be_large_enough() {
    let mut told = Told::with_round(OPEN);
    let coins = |amount: u32| format!(r#"{{"Lot":{{"asset":{COIN},"amount":{amount}}}}}"#);
    told.done(ANN, &offer(&coins(40), &wanted(BOOK)));
    told.done(CAT, &offer(&coins(60), &wanted(BOOK)));
    let at_least = format!(r#"{{"wanted":{{"Asset":{{"asset":{COIN},"least":50}}}}}}"#);
    told.done(BOB, &offer(r#"{"Lot":{"asset":3}}"#, &at_least));
    assert_eq!(told.held(ANNS_COINS), 40);
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    let frozen = told.frozen();
    assert_eq!(frozen.round.check(), None);
    assert_eq!(frozen.round.wants.item, [2, 2, 1].map(ItemIndex), "ann's lot is too small");
    assert_eq!(frozen.round.items[0].title, "coin");
    let best = told.best();
    told.done(SOL, &best);
    told.done(CAT, r#"{"SettleRound":{"round":1}}"#);
    assert_eq!([ANN, BOB, CAT].map(|agent| told.has(agent, COIN)), [100, 160, 40]);
    assert_eq!(told.has(CAT, BOOK), 1);
    assert_eq!(told.held(ANNS_COINS), 0, "what did not trade is free");
}

#[test]
fn of_dummies_at_most_one_is_taken() {
    let open = r#"{"OpenRound":{"name":"x","objectives":["Items","Cost"],"proposals_ns":9}}"#;
    let mut told = Told::with_round(open);
    // Ann has two apples and would give both for one book, not for two.
    told.done(0, &format!(r#"{{"IssueAsset":{{"credit":{ANNS_APPLE},"amount":1}}}}"#));
    told.done(0, r#"{"IssueAsset":{"credit":6,"amount":1}}"#);
    told.done(ANN, &offer("\"Dummy\"", &wanted(BOOK)));
    let through = r#"{"wanted":{"Offer":{"offer":1}},"cost":COST}"#;
    told.done(ANN, &offer(APPLE_LOT, &through.replace("COST", "5")));
    told.done(ANN, &offer(APPLE_LOT, &through.replace("COST", "3")));
    told.done(BOB, &lot(BOOK, &[APPLE]));
    told.done(BOB, &lot(BOOK, &[APPLE]));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    assert_eq!(told.frozen().round.check(), None);
    let best = told.best();
    assert!(best.contains(r#""value":2,"bound":2"#) && best.contains(r#""value":4,"bound":4"#), "{best}");
    told.done(SOL, &best);
    told.done(ANN, r#"{"SettleRound":{"round":1}}"#);
    assert_eq!((told.has(ANN, APPLE), told.has(ANN, BOOK), told.has(BOB, APPLE)), (1, 1, 1));
}

#[test]
fn a_withdrawn_dummy_is_wanted_in_vain() {
    let mut told = Told::with_round(OPEN);
    told.done(ANN, &offer("\"Dummy\"", &wanted(BOOK)));
    told.done(ANN, &offer(APPLE_LOT, r#"{"wanted":{"Offer":{"offer":1}}}"#));
    told.done(ANN, r#"{"WithdrawOffer":{"round":1,"offer":1}}"#);
    told.done(BOB, &lot(BOOK, &[APPLE]));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    let frozen = told.frozen();
    assert_eq!((frozen.round.check(), &frozen.round.wants.item[..]), (None, &[ItemIndex(0)][..]));
    assert_eq!(solved(&frozen).levels[0].value, 0);
}

#[test]
fn a_round_grows_no_larger_than_it_can_be_judged() {
    let open = r#"{"OpenRound":{"name":"x","objectives":["Users","Cost"],"proposals_ns":9}}"#;
    let mut told = Told::with_round(open);
    let at =
        |cost: u64| offer(APPLE_LOT, &format!(r#"{{"wanted":{{"Asset":{{"asset":3}}}},"cost":{cost}}}"#));
    told.done(ANN, &at(1_000_000_000_000));
    let second = |cost: u64| {
        offer(r#"{"Lot":{"asset":3}}"#, &format!(r#"{{"wanted":{{"Asset":{{"asset":2}}}},"cost":{cost}}}"#))
    };
    let third = offer(r#"{"Lot":{"asset":4}}"#, r#"{"wanted":{"Asset":{"asset":2}},"cost":1000000000000}"#);
    told.done(BOB, &second(1_000_000_000_000));
    for _ in 0..8 {
        told.done(CAT, &offer("\"Dummy\"", ""));
    }
    assert_eq!(told.say(CAT, &third), Some(Reject::RoundFull));
    told.done(CAT, &third.replace("1000000000000", "7"));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    assert!(Model::new(&told.frozen().round).is_ok());
}
