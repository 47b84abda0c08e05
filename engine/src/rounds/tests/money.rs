//! Bids: what is held, what is paid, and spending limits.

use super::*;

const OPEN: &str = r#"{"OpenRound":{"name":"x","objectives":["Items"],"money":1,"proposals_ns":9}}"#;

fn bid(most: u32, asset: u32) -> String {
    format!(
        r#"{{"SubmitOffer":{{"round":1,"gives":{{"Bid":{{"most":{most}}}}},"wants":[{{"wanted":{{"Asset":{{"asset":{asset}}}}}}}]}}}}"#
    )
}

fn sell(asset: u32, price: u32) -> String {
    format!(
        r#"{{"SubmitOffer":{{"round":1,"gives":{{"Lot":{{"asset":{asset}}}}},"wants":[{{"wanted":{{"Money":{{"price":{price}}}}}}}]}}}}"#
    )
}

fn limit(most: &str) -> String {
    format!(r#"{{"LimitSpending":{{"round":1,"most":{most}}}}}"#)
}

#[test]
fn what_is_asked_is_paid() {
    let mut told = Told::with_round(OPEN);
    told.done(ANN, &bid(30, BOOK));
    told.done(CAT, &bid(20, BOOK));
    assert_eq!(told.held(ANNS_COINS), 30);
    told.done(BOB, &sell(BOOK, 25));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    let frozen = told.frozen();
    assert_eq!(frozen.round.check(), None);
    assert_eq!((frozen.round.money_decimals, &frozen.round.wants.price[..]), (2, &[0, 0, 25][..]));
    let best = told.best();
    told.done(SOL, &best);
    told.done(BOB, r#"{"SettleRound":{"round":1}}"#);
    assert_eq!([ANN, BOB, CAT].map(|agent| told.has(agent, COIN)), [75, 125, 100]);
    assert_eq!((told.has(ANN, BOOK), told.held(ANNS_COINS)), (1, 0));
    assert!(matches!(told.events.list.last(), Some(Event::RoundSettled { items: 2, .. })));
}

#[test]
fn no_more_is_held_than_may_be_spent() {
    let mut told = Told::with_round(OPEN);
    told.done(ANN, &bid(60, BOOK));
    assert_eq!(told.say(ANN, &bid(50, CUP)), Some(Reject::InsufficientFunds), "110 of 100");
    told.done(ANN, &limit("80"));
    let set = Event::SpendingLimited {
        round: RoundId(1),
        agent: AgentId(ANN),
        most: Some(crate::ledger::units::Amount(80)),
    };
    assert_eq!(told.events.list, [set], "nothing more to hold");
    told.done(ANN, &bid(50, CUP));
    assert_eq!(told.held(ANNS_COINS), 80);
    assert_eq!(told.say(ANN, &limit("null")), Some(Reject::InsufficientFunds));
    told.done(ANN, &limit("70"));
    assert_eq!(told.held(ANNS_COINS), 70);
    told.done(ANN, &limit("90"));
    assert_eq!(told.held(ANNS_COINS), 90);
    told.done(ANN, r#"{"WithdrawOffer":{"round":1,"offer":1}}"#);
    assert_eq!(told.held(ANNS_COINS), 50);
    told.done(ANN, &limit("null"));
    told.done(ANN, r#"{"WithdrawOffer":{"round":1,"offer":2}}"#);
    assert_eq!(told.held(ANNS_COINS), 0);
}

#[test]
fn limits_are_checked_in_order() {
    let mut told = Told::with_round(super::OPEN);
    let elsewhere = |most: &str| limit(most).replace(r#""round":1"#, r#""round":3"#);
    assert_eq!(told.say(IDA, &elsewhere("0")), Some(Reject::AmountZero));
    assert_eq!(told.say(IDA, &elsewhere("1000000001")), Some(Reject::AmountTooLarge));
    assert_eq!(told.say(IDA, &elsewhere("1")), Some(Reject::UnknownRound));
    assert_eq!(told.say(IDA, &limit("1")), Some(Reject::NotAllowed));
    assert_eq!(told.say(ANN, &limit("1")), Some(Reject::NoMoney));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    assert_eq!(told.say(ANN, &limit("1")), Some(Reject::RoundNotOpen));
    told.done(OLGA, r#"{"CancelRound":{"round":1}}"#);
    assert_eq!(told.say(ANN, &limit("1")), Some(Reject::RoundEnded));
}

#[test]
fn a_limit_stands_in_the_frozen_round_and_is_kept() {
    let mut told = Told::with_round(OPEN);
    told.done(ANN, &bid(30, BOOK));
    told.done(ANN, &bid(30, CUP));
    told.done(ANN, &limit("30"));
    told.done(BOB, &sell(BOOK, 20));
    told.done(CAT, &sell(CUP, 25));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    let frozen = told.frozen();
    assert_eq!(frozen.round.users[0].limit, Some(30));
    let claims = |value: i64| vec![Level { objective: crate::Objective::Items, value, bound: 4 }];
    let groups = Model::new(&frozen.round).unwrap().problem.coupled.unwrap().groups.len();
    let leaf = certify::Tree::Leaf { multipliers: vec![0; groups], prices: vec![0; 4] };
    let certificate = Certificate { prices: Vec::new(), coupled: Some((1, leaf)) };
    let both = [2, 3, 0, 1].map(ItemIndex).to_vec();
    let both = Outcome { takes: both, levels: claims(4), certificate: certificate.clone() };
    let both = told.proposal(&both);
    assert_eq!(told.say(SOL, &both), Some(Reject::ProposalInvalid), "45 of 30");
    let cup = [0, 3, 2, 1].map(ItemIndex).to_vec();
    let cup = told.proposal(&Outcome { takes: cup, levels: claims(2), certificate });
    told.done(SOL, &cup);
    told.at(100);
    told.done(ANN, r#"{"SettleRound":{"round":1}}"#);
    assert_eq!([ANN, BOB, CAT].map(|agent| told.has(agent, COIN)), [75, 100, 125]);
}

/// Money for money would count as trade.
#[test]
fn a_bid_is_for_no_money_not_even_through_a_dummy() {
    let mut told = Told::with_round(OPEN);
    let submit = |gives: &str, wants: &str| {
        format!(r#"{{"SubmitOffer":{{"round":1,"gives":{gives},"wants":[{wants}]}}}}"#)
    };
    let of = |offer: u32| format!(r#"{{"wanted":{{"Offer":{{"offer":{offer},"price":0}}}}}}"#);
    let money = r#"{"wanted":{"Money":{"price":5}}}"#;
    let a_bid = r#"{"Bid":{"most":9}}"#;
    assert_eq!(told.say(ANN, &submit(a_bid, money)), Some(Reject::WantsInvalid));
    told.done(ANN, &submit("\"Dummy\"", money));
    told.done(ANN, &submit("\"Dummy\"", &of(1)));
    assert_eq!(told.say(ANN, &submit(a_bid, &of(2))), Some(Reject::NotAllowed), "a dummy of a dummy");
    told.done(CAT, &bid(20, BOOK));
    assert_eq!(told.say(ANN, &submit(a_bid, &of(3))), Some(Reject::NotAllowed), "another's bid");
    told.done(ANN, &submit("\"Dummy\"", &format!(r#"{{"wanted":{{"Asset":{{"asset":{BOOK}}}}}}}"#)));
    told.done(ANN, &submit(a_bid, &of(4)));
}
