//! First steps of a realm; what it does in full is told in the scenarios of the tests crate, and compared with its auditor there.

use super::Realm;
use super::command::{Command, Envelope};
use super::ids::CommandId;
use crate::codec::Codec;
use crate::event::{Event, Events};
use crate::ledger::units::{AccountId, AgentId, Sequence};
use crate::reject::Reject;

/// A realm, and what it said last.
struct Told {
    realm: Realm,
    events: Events,
}

impl Told {
    fn new() -> Self {
        let mut told = Told { realm: Realm::new(), events: Events::default() };
        for (id, line) in [
            r#"{"RegisterAgent":{"name":"ann"}}"#,
            r#"{"RegisterAgent":{"name":"bob"}}"#,
            r#"{"DefineAsset":{"name":"hour","class":"SkillHours","scale":2,"supply":{"Capped":1000}}}"#,
            r#"{"OpenAccount":{"account":2,"owner":1,"asset":1}}"#,
            r#"{"OpenAccount":{"account":3,"owner":2,"asset":1}}"#,
            r#"{"IssueAsset":{"credit":2,"amount":"700"}}"#,
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(told.say(0, id as u128 + 1, line), None, "{line}");
        }
        told
    }

    /// Applies a command, and returns why it was refused, if it was.
    fn say(&mut self, actor: u32, id: u128, command: &str) -> Option<Reject> {
        let command: Command = serde_json::from_str(command).unwrap();
        let envelope = Envelope { id: CommandId(id), actor: AgentId(actor), command };
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes()).as_ref(), Ok(&envelope));
        self.events.clear();
        let next = Sequence(self.realm.sequence().0 + 1);
        self.realm.apply(next, next.0 * 10, &envelope, &mut self.events);
        self.realm.check();
        match self.events.list.last() {
            Some(Event::Rejected { reject, .. }) => Some(*reject),
            _ => None,
        }
    }

    fn balances(&self) -> Vec<i128> {
        self.realm.ledger().accounts().map(|(_, account)| account.balance).collect()
    }
}

#[test]
fn a_hold_is_posted_in_part_and_the_rest_is_free() {
    let mut told = Told::new();
    let hold = r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":500,"pending":{}}}"#;
    assert_eq!(told.say(1, 1, hold), None);
    assert_eq!(told.balances(), [-700, 700, 0]);
    let more = r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":300}}"#;
    assert_eq!(told.say(1, 2, more), Some(Reject::InsufficientFunds));
    assert_eq!(told.say(2, 1, r#"{"PostPending":{"hold":1,"amount":120}}"#), None);
    assert_eq!(told.balances(), [-700, 580, 120]);
    assert_eq!(told.say(2, 2, r#"{"PostPending":{"hold":1}}"#), Some(Reject::HoldPosted));
    let account = told.realm.ledger().account(AccountId(2)).unwrap();
    assert_eq!((account.pending_out, account.pending_in), (0, 0));
}

#[test]
fn linked_steps_are_taken_back_together() {
    let mut told = Told::new();
    let before = told.realm.ledger().to_bytes();
    let linked = r#"{"LinkedTransfers":{"steps":[
        {"CreateTransfer":{"debit":2,"credit":3,"amount":10}},
        {"CreateTransfer":{"debit":2,"credit":3,"amount":20,"pending":{"expires":100000}}},
        {"CorrectTransfer":{"sequence":6}},
        {"CreateTransfer":{"debit":2,"credit":3,"amount":9999}}]}}"#;
    assert_eq!(told.say(0, 7, linked), Some(Reject::InsufficientFunds));
    assert_eq!(told.events.list, [Event::Rejected { reject: Reject::InsufficientFunds, step: Some(2) }]);
    assert_eq!(told.realm.ledger().to_bytes(), before, "nothing changed");
}

#[test]
fn a_group_reverses_what_was_before_it_and_not_what_it_did_itself() {
    let mut told = Told::new();
    let linked = |of: u64| {
        format!(
            r#"{{"LinkedTransfers":{{"steps":[
                {{"CreateTransfer":{{"debit":2,"credit":3,"amount":10}}}},
                {{"CorrectTransfer":{{"sequence":{of}}}}}]}}}}"#
        )
    };
    assert_eq!(told.say(0, 7, &linked(7)), Some(Reject::UnknownTransfer));
    assert_eq!(told.events.list, [Event::Rejected { reject: Reject::UnknownTransfer, step: Some(1) }]);
    assert_eq!(told.balances(), [-700, 700, 0]);
    assert_eq!(told.say(0, 8, r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":4}}"#), None);
    assert_eq!(told.say(0, 9, &linked(8)), None);
    assert_eq!(told.balances(), [-700, 690, 10]);
}

#[test]
fn the_same_id_is_answered_as_the_first_time() {
    let mut told = Told::new();
    let transfer = r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":1}}"#;
    assert_eq!(told.say(1, 5, transfer), None);
    assert_eq!(told.say(1, 5, transfer), None);
    assert!(
        matches!(told.events.list[..], [Event::Repeated { first: Sequence(7), answer, .. }] if answer.is_done())
    );
    assert_eq!(
        told.say(1, 5, r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":2}}"#),
        Some(Reject::IdReused)
    );
    assert_eq!(told.say(1, 4, transfer), None, "an id below the last, but new");
    assert_eq!(told.balances(), [-700, 698, 2]);
}

#[test]
fn a_realm_is_its_bytes() {
    let mut told = Told::new();
    told.say(1, 1, r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":500,"pending":{"expires":1000}}}"#);
    let bytes = told.realm.to_bytes();
    let again = Realm::from_bytes(&bytes).unwrap();
    assert_eq!(again.to_bytes(), bytes);
    told.realm = again;
    assert_eq!(told.say(0, 99, r#"{"AdvanceClock":{}}"#), None);
    assert_eq!(told.events.list, [], "not yet");
}

/// Two traders with goods (account 3 and 5) and money (4 and 6), and somebody for the fees (8), over market 1.
fn market() -> Told {
    let mut told = Told { realm: Realm::new(), events: Events::default() };
    let lines = [
        r#"{"RegisterAgent":{"name":"ann","roles":["trader"]}}"#,
        r#"{"RegisterAgent":{"name":"bob","roles":["trader"]}}"#,
        r#"{"RegisterAgent":{"name":"house"}}"#,
        r#"{"DefineAsset":{"name":"apple","class":"Token","supply":"Open"}}"#,
        r#"{"DefineAsset":{"name":"euro","class":"Token","scale":2,"supply":"Open"}}"#,
        r#"{"OpenAccount":{"account":3,"owner":1,"asset":1}}"#,
        r#"{"OpenAccount":{"account":4,"owner":1,"asset":2}}"#,
        r#"{"OpenAccount":{"account":5,"owner":2,"asset":1}}"#,
        r#"{"OpenAccount":{"account":6,"owner":2,"asset":2}}"#,
        r#"{"OpenAccount":{"account":7,"owner":3,"asset":2}}"#,
        r#"{"IssueAsset":{"credit":3,"amount":1000}}"#,
        r#"{"IssueAsset":{"credit":6,"amount":100000}}"#,
        r#"{"CreateMarket":{"market":1,"name":"apples","base":1,"quote":2,"fee_owner":3,
            "fees":{"maker_ppm":-1000,"taker_ppm":3000,"auction_ppm":2000}}}"#,
    ];
    for (id, line) in lines.into_iter().enumerate() {
        assert_eq!(told.say(0, id as u128 + 1, line), None, "{line}");
    }
    told
}

#[test]
fn an_order_holds_what_it_may_spend_and_fills_pay_it() {
    let mut told = market();
    let sell = r#"{"NewOrder":{"market":1,"order":{"side":"Sell","ord_type":{"Limit":{"price":500}},"order_qty":100}}}"#;
    assert_eq!(told.say(1, 1, sell), None);
    let buy = |price, quantity| {
        format!(
            r#"{{"NewOrder":{{"market":1,"order":{{"side":"Buy","ord_type":{{"Limit":{{"price":{price}}}}},"order_qty":{quantity}}}}}}}"#
        )
    };
    assert_eq!(told.say(2, 1, &buy(600, 167)), Some(Reject::InsufficientFunds), "100,200 and fees");
    assert_eq!(told.say(2, 2, &buy(600, 150)), None);
    // 100 traded at 500: 50,000, of which the taker pays 150 in fees and the maker gets 50; 50 rest at 600 with 90 for fees.
    let ledger = told.realm.ledger();
    let account = |number| *ledger.account(AccountId(number)).unwrap();
    assert_eq!((account(3).balance, account(5).balance), (900, 100));
    assert_eq!((account(4).balance, account(6).balance, account(7).balance), (50_050, 49_850, 100));
    assert_eq!((account(3).pending_out, account(6).pending_out), (0, 30_000 + 90));
    assert_eq!(told.say(0, 50, r#"{"BustTrade":{"market":1,"trade":3}}"#), None);
    assert_eq!(told.balances(), [-1000, -100_000, 1000, 0, 0, 100_000, 0]);
    assert_eq!(told.say(2, 3, r#"{"MassCancelOrders":{"market":1}}"#), None);
    assert_eq!(told.realm.ledger().account(AccountId(6)).unwrap().pending_out, 0);
}

#[test]
fn a_realm_with_a_market_is_its_bytes() {
    let mut told = market();
    for (id, terms) in [
        r#""side":"Sell","ord_type":{"Limit":{"price":500}},"order_qty":100,"display_qty":10"#,
        r#""side":"Sell","ord_type":{"Limit":{"price":501}},"order_qty":7"#,
        r#""side":"Sell","ord_type":{"Stop":{"stop":300}},"order_qty":9"#,
        r#""side":"Sell","ord_type":{"Pegged":{"reference":"Primary","offset":2}},"order_qty":9"#,
        r#""side":"Sell","ord_type":{"Limit":{"price":502}},"order_qty":7,"time_in_force":"Gtd","expire_time":900"#,
    ]
    .into_iter()
    .enumerate()
    {
        let order = format!(r#"{{"NewOrder":{{"market":1,"order":{{{terms}}}}}}}"#);
        assert_eq!(told.say(1, id as u128 + 1, &order), None, "{terms}");
    }
    assert_eq!(told.say(1, 9, r#"{"CancelOrder":{"market":1,"order_id":4294967297}}"#), None);
    let again = Realm::from_bytes(&told.realm.to_bytes()).unwrap();
    assert_eq!(again.to_bytes(), told.realm.to_bytes());
    let mut other = Told { realm: again, events: Events::default() };
    let sweep = r#"{"NewOrder":{"market":1,"order":{"side":"Buy","ord_type":"Market","order_qty":60}}}"#;
    for told in [&mut told, &mut other] {
        assert_eq!(told.say(2, 1, sweep), None);
    }
    assert_eq!(told.realm.to_bytes(), other.realm.to_bytes());
    assert_eq!(told.events.list, other.events.list);
}

/// More fees than an order can number: those that no order pays by are forgotten, and if all are paid by, no other is taken.
#[test]
fn a_market_that_changes_its_fees_more_often_than_can_be_numbered() {
    let mut told = Told::new();
    let setup = [
        r#"{"SetRoles":{"agent":1,"roles":["trader"]}}"#,
        r#"{"DefineAsset":{"name":"euro","class":"Token","supply":"Open"}}"#,
        r#"{"OpenAccount":{"account":5,"owner":1,"asset":2}}"#,
        r#"{"OpenAccount":{"account":6,"owner":2,"asset":2}}"#,
        r#"{"IssueAsset":{"credit":5,"amount":"1000000000"}}"#,
        r#"{"CreateMarket":{"name":"hours","base":1,"quote":2,"fee_owner":2}}"#,
    ];
    for (id, line) in (10..).zip(setup) {
        assert_eq!(told.say(0, id, line), None, "{line}");
    }
    let say = |told: &mut Told, actor: u32, line: &str| {
        let command: Command = serde_json::from_str(line).unwrap();
        let next = Sequence(told.realm.sequence().0 + 1);
        let envelope = Envelope { id: CommandId(u128::from(next.0) + 100), actor: AgentId(actor), command };
        told.events.clear();
        told.realm.apply(next, 0, &envelope, &mut told.events)
    };
    let order =
        r#"{"NewOrder":{"market":1,"order":{"side":"Buy","order_qty":1,"ord_type":{"Limit":{"price":10}}}}}"#;
    let amend = |ppm: u32| format!(r#"{{"AmendMarket":{{"market":1,"fees":{{"taker_ppm":{ppm}}}}}}}"#);
    let full = crate::reject::Answer::from(Err(Reject::Full));
    let mut ppm = 0;
    loop {
        ppm += 1;
        let answer = say(&mut told, 0, &amend(ppm));
        if answer == full {
            break;
        }
        assert_eq!(answer, crate::reject::Answer::DONE, "{ppm}");
        assert_eq!(say(&mut told, 1, order), crate::reject::Answer::DONE, "{ppm}");
        assert!(ppm < 70_000, "an order numbers no more");
    }
    assert_eq!(ppm, 65_535);
    told.realm.check();
    say(&mut told, 1, r#"{"MassCancelOrders":{"market":1}}"#);
    let (_, account) = told.realm.ledger().accounts().nth(4).expect("ann's euros");
    assert_eq!((account.balance, account.pending_out), (1_000_000_000, 0));
    assert_eq!(say(&mut told, 0, &amend(ppm)), crate::reject::Answer::DONE);
    told.realm.check();
}

#[test]
fn each_command_is_answered_with_the_number_of_what_it_made_and_so_again() {
    let mut told = Told::new();
    let roles = r#"{"SetRoles":{"agent":1,"roles":["trader","organiser"]}}"#;
    let hold = r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":1,"pending":{}}}"#;
    let step = r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":1,"pending":{}}}"#;
    let market = r#"{"CreateMarket":{"name":"m","base":1,"quote":2,"fee_owner":1}}"#;
    let order =
        r#"{"NewOrder":{"market":1,"order":{"side":"Sell","ord_type":{"Limit":{"price":5}},"order_qty":1}}}"#;
    let round = r#"{"OpenRound":{"name":"r","objectives":["Items"],"proposals_ns":9}}"#;
    let offer = r#"{"SubmitOffer":{"round":1,"gives":{"Lot":{"asset":1}},"wants":[]}}"#;
    let lines = [
        (0, r#"{"RegisterAgent":{"name":"cat"}}"#, Some(3)),
        (0, r#"{"DefineAsset":{"name":"euro","class":"Token","scale":2,"supply":"Open"}}"#, Some(2)),
        (0, r#"{"OpenAccount":{"owner":1,"asset":2}}"#, Some(5)),
        (0, roles, None),
        (1, r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":1}}"#, None),
        (1, hold, Some(1)),
        (1, &format!(r#"{{"LinkedTransfers":{{"steps":[{step},{step}]}}}}"#), Some(2)),
        (1, r#"{"PostPending":{"hold":1}}"#, None),
        (0, market, Some(1)),
        (1, order, Some(1 << 32)),
        (1, r#"{"CancelOrder":{"market":1,"order_id":4294967296}}"#, None),
        (0, round, Some(1)),
        (1, offer, Some(1)),
        (1, r#"{"CreateTransfer":{"debit":2,"credit":3,"amount":100000}}"#, None),
    ];
    for time in ["first", "again"] {
        for (id, (actor, line, made)) in (100..).zip(lines) {
            told.say(actor, id, line);
            assert_eq!(told.events.made, made, "{time}: {line}: {:?}", told.events.list);
        }
    }
}

/// Own commands of a node are many, and must not make an operator's ids too old.
#[test]
fn ids_of_a_node_are_remembered_apart() {
    let mut told = Told::new();
    let tick = r#"{"AdvanceClock":{}}"#;
    let command: Command = serde_json::from_str(tick).unwrap();
    for count in 1..=super::remembered::IDS_KEPT as u128 + 2_000 {
        let id = CommandId(CommandId::NODE.0 + count);
        let envelope = Envelope { id, actor: AgentId::REALM, command: command.clone() };
        told.events.clear();
        let next = Sequence(told.realm.sequence().0 + 1);
        assert!(told.realm.apply(next, 0, &envelope, &mut told.events).is_done());
    }
    assert_eq!(told.realm.ids_used(AgentId::REALM).unwrap().highest, CommandId(6));
    assert_eq!(told.say(0, 7, tick), None);
    assert_eq!(told.say(0, 6, tick), Some(Reject::IdReused), "what it was used for is still known");
    assert_eq!(told.say(0, CommandId::NODE.0 + 1, tick), Some(Reject::IdTooOld));
    assert_eq!(told.say(1, CommandId::NODE.0 + 1, tick), None, "of other agents they are ids as any");
}
