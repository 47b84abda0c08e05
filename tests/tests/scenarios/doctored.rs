//! What a realm refuses only after more than a test can wait for: told by a realm whose bytes were doctored to have come so far.

use bartizan_engine::book::{MAX_OPEN, Quantity, Reason};
use bartizan_engine::codec::Codec;
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::{AccountId, AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::{Answer, Reject};

/// A realm with a market whose fees account 3 takes.
fn with_market() -> Realm {
    let mut realm = Realm::new();
    for command in [
        r#"{"RegisterAgent":{"name":"hal","roles":["trader"]}}"#,
        r#"{"DefineAsset":{"name":"apple","class":"Token","supply":"Open"}}"#,
        r#"{"DefineAsset":{"name":"euro","class":"Token","supply":"Open"}}"#,
        r#"{"OpenAccount":{"account":3,"owner":1,"asset":2}}"#,
        r#"{"OpenAccount":{"account":4,"owner":1,"asset":1}}"#,
        r#"{"IssueAsset":{"credit":4,"amount":100}}"#,
        r#"{"CreateMarket":{"name":"apples","base":1,"quote":2,"fee_owner":1}}"#,
    ] {
        assert!(say(&mut realm, command).is_done(), "{command}");
    }
    realm
}

fn say(realm: &mut Realm, command: &str) -> Answer {
    let command: Command = serde_json::from_str(command).expect("it is a command");
    let next = Sequence(realm.sequence().0 + 1);
    let envelope = Envelope { id: CommandId(next.0.into()), actor: AgentId::REALM, command };
    realm.apply(next, 1, &envelope, &mut Events::default())
}

/// The realm with one stretch of its bytes replaced, which must stand there once.
fn doctored(realm: &Realm, from: &[u8], to: &[u8]) -> Realm {
    let mut bytes = realm.to_bytes();
    let places: Vec<usize> = (0..bytes.len()).filter(|&place| bytes[place..].starts_with(from)).collect();
    assert_eq!(places.len(), 1, "one place is meant");
    bytes[places[0]..places[0] + from.len()].copy_from_slice(to);
    Realm::from_bytes(&bytes).expect("it is a realm still")
}

/// As many markets as can be counted pay into one account.
#[test]
fn no_more_markets_than_can_be_counted_pay_into_an_account() {
    let realm = with_market();
    let account = *realm.ledger().account(AccountId(3)).unwrap();
    let bytes = account.to_bytes();
    let mut full = bytes.clone();
    let place = bytes.len() - 3;
    assert_eq!(bytes[place..], [1, 0, 0], "one market, and not closed");
    full[place..place + 2].copy_from_slice(&u16::MAX.to_le_bytes());
    let mut realm = doctored(&realm, &bytes, &full);
    let create = r#"{"CreateMarket":{"name":"more","base":1,"quote":2,"fee_owner":1}}"#;
    assert_eq!(say(&mut realm, create).0, Reject::Full.number());
    assert_eq!(realm.markets().iter().count(), 1);
}

/// A book takes no more lots of one side than a sum can hold.
#[test]
fn a_book_takes_no_more_lots_than_a_sum_can_hold() {
    let realm = with_market();
    let mut realm = doctored(&realm, &MAX_OPEN.to_bytes(), &Quantity(10).to_bytes());
    let sell = |lots: u64| {
        format!(
            r#"{{"NewOrder":{{"market":1,"order":{{"account":1,"side":"Sell","ord_type":{{"Limit":{{"price":5}}}},"order_qty":{lots}}}}}}}"#
        )
    };
    assert_eq!(say(&mut realm, &sell(11)).0, Reject::Book(Reason::BookFull).number());
    assert!(say(&mut realm, &sell(10)).is_done());
    assert_eq!(say(&mut realm, &sell(1)).0, Reject::Book(Reason::BookFull).number());
    realm.check();
}
