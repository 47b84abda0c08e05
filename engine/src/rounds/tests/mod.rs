//! Rounds told through JSON commands. After each one the realm is also continued from its bytes, and must say and become the same; and
//! a reader who knows the postings alone must know every balance.

mod competing;
mod course;
mod money;
mod offers;

use std::collections::BTreeMap;

use bartizan_solver::Face;
use bartizan_solver::certify::{self, Certificate};

use super::freeze::Frozen;
use super::units::RoundId;
use crate::codec::Codec;
use crate::event::{Event, Events};
use crate::ledger::posting::PostingKind;
use crate::ledger::units::{AccountId, AgentId, Sequence};
use crate::realm::Realm;
use crate::realm::command::{Command, Envelope};
use crate::realm::ids::CommandId;
use crate::reject::Reject;
use crate::{ItemIndex, Level, Model, Outcome};

const ANN: u32 = 1;
const BOB: u32 = 2;
const CAT: u32 = 3;
const OLGA: u32 = 4;
const SOL: u32 = 5;
const SUE: u32 = 6;
/// Without any role.
const IDA: u32 = 7;

/// Money, and a thing of each trader.
const COIN: u32 = 1;
const APPLE: u32 = 2;
const BOOK: u32 = 3;
const CUP: u32 = 4;

/// The accounts of the things, and those of money; the first four are the issuer's.
const ANNS_APPLE: u32 = 5;
const ANNS_COINS: u32 = 8;

/// A round that nobody bids in.
const OPEN: &str = r#"{"OpenRound":{"name":"fair","objectives":["Items"],"proposals_ns":1000}}"#;

/// A realm, what it said last, and what its postings add up to.
struct Told {
    realm: Realm,
    events: Events,
    time: u64,
    books: BTreeMap<AccountId, (i128, i128, i128)>,
}

impl Told {
    /// Three traders with a thing and 100 coins each, an organiser, two solvers and a bystander.
    fn new() -> Self {
        let mut told =
            Told { realm: Realm::new(), events: Events::default(), time: 0, books: BTreeMap::new() };
        for (name, role) in [
            ("ann", "trader"),
            ("bob", "trader"),
            ("cat", "trader"),
            ("olga", "organiser"),
            ("sol", "solver"),
            ("sue", "solver"),
        ] {
            told.done(0, &format!(r#"{{"RegisterAgent":{{"name":"{name}","roles":["{role}"]}}}}"#));
        }
        told.done(0, r#"{"RegisterAgent":{"name":"ida"}}"#);
        told.done(0, r#"{"DefineAsset":{"name":"coin","class":"Token","scale":2,"supply":"Open"}}"#);
        for name in ["apple", "book", "cup"] {
            told.done(
                0,
                &format!(r#"{{"DefineAsset":{{"name":"{name}","class":"Item","supply":{{"Capped":5}}}}}}"#),
            );
        }
        for (owner, asset) in [(ANN, APPLE), (BOB, BOOK), (CAT, CUP), (ANN, COIN), (BOB, COIN), (CAT, COIN)] {
            told.done(0, &format!(r#"{{"OpenAccount":{{"owner":{owner},"asset":{asset}}}}}"#));
        }
        for (account, amount) in [(5, 1), (6, 1), (7, 1), (8, 100), (9, 100), (10, 100)] {
            told.done(0, &format!(r#"{{"IssueAsset":{{"credit":{account},"amount":{amount}}}}}"#));
        }
        told
    }

    /// With an open round.
    fn with_round(open: &str) -> Self {
        let mut told = Told::new();
        told.done(OLGA, open);
        told
    }

    /// With a closed round in which ann wants the book, bob the cup and cat the apple.
    fn with_ring() -> Self {
        let mut told = Told::with_round(OPEN);
        for (agent, gives, wants) in [(ANN, APPLE, BOOK), (BOB, BOOK, CUP), (CAT, CUP, APPLE)] {
            told.done(agent, &lot(gives, &[wants]));
        }
        told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
        told
    }

    /// Applies a command, and returns why it was refused, if it was.
    fn say(&mut self, actor: u32, command: &str) -> Option<Reject> {
        let command: Command = serde_json::from_str(command).unwrap_or_else(|e| panic!("{command}: {e}"));
        let again = serde_json::to_string(&command).unwrap();
        assert_eq!(serde_json::from_str::<Command>(&again).unwrap(), command);
        let next = Sequence(self.realm.sequence().0 + 1);
        let envelope = Envelope { id: CommandId(next.0.into()), actor: AgentId(actor), command };
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes()).as_ref(), Ok(&envelope));
        let before = self.realm.to_bytes();
        let mut twin = Realm::from_bytes(&before).unwrap();
        assert_eq!(twin.to_bytes(), before);
        self.events.clear();
        self.realm.apply(next, self.time, &envelope, &mut self.events);
        self.realm.check();
        let mut events = Events::default();
        twin.apply(next, self.time, &envelope, &mut events);
        assert_eq!(events.list, self.events.list);
        assert_eq!(twin.to_bytes(), self.realm.to_bytes());
        self.read_postings();
        match self.events.list.last() {
            Some(Event::Rejected { reject, .. }) => Some(*reject),
            _ => None,
        }
    }

    fn done(&mut self, actor: u32, command: &str) {
        assert_eq!(self.say(actor, command), None, "{command}");
    }

    fn read_postings(&mut self) {
        for posting in self.events.postings() {
            let amount = posting.amount.0 as i128;
            for (account, sign) in [(posting.debit, -1), (posting.credit, 1)] {
                let (balance, out, coming) = self.books.entry(account).or_default();
                let pending = if sign < 0 { out } else { coming };
                match posting.kind {
                    PostingKind::Posted => *balance += sign * amount,
                    PostingKind::Held => *pending += amount,
                    PostingKind::Released => *pending -= amount,
                }
            }
        }
        for (id, account) in self.realm.ledger().accounts() {
            let known = self.books.get(&id).copied().unwrap_or_default();
            let (out, coming) = (account.pending_out as i128, account.pending_in as i128);
            assert_eq!(known, (account.balance, out, coming), "account {}", id.0);
        }
    }

    fn at(&mut self, time: u64) {
        self.time = time;
        self.done(0, r#"{"AdvanceClock":{}}"#);
    }

    /// How much an agent has of an asset.
    fn has(&self, agent: u32, asset: u32) -> i128 {
        let ledger = self.realm.ledger();
        let asset = crate::ledger::units::AssetId(asset);
        ledger.account_of(AgentId(agent), asset).map_or(0, |id| ledger.account(id).unwrap().balance)
    }

    fn held(&self, account: u32) -> u128 {
        self.realm.ledger().account(AccountId(account)).unwrap().pending_out
    }

    fn frozen(&self) -> Frozen {
        self.realm.frozen_round(RoundId(1)).expect("the round is closed")
    }

    /// A proposal of this outcome, in JSON.
    fn proposal(&self, outcome: &Outcome) -> String {
        let propose = self.frozen().proposal(RoundId(1), outcome);
        serde_json::to_string(&Command::ProposeSettlement(propose)).unwrap()
    }

    /// The best outcome, in JSON.
    fn best(&self) -> String {
        self.proposal(&solved(&self.frozen()))
    }
}

/// An offer of one of a thing, for one of any of these.
fn lot(gives: u32, wants: &[u32]) -> String {
    let wants: Vec<String> =
        wants.iter().map(|asset| format!(r#"{{"wanted":{{"Asset":{{"asset":{asset}}}}}}}"#)).collect();
    let gives = format!(r#"{{"Lot":{{"asset":{gives}}}}}"#);
    format!(r#"{{"SubmitOffer":{{"round":1,"gives":{gives},"wants":[{}]}}}}"#, wants.join(","))
}

/// The best outcome of a round whose objectives are all linear.
fn solved(frozen: &Frozen) -> Outcome {
    let model = Model::new(&frozen.round).unwrap();
    assert!(model.problem.coupled.is_none());
    let mut face = Face::whole(&model.problem.graph);
    for gains in &model.problem.linear {
        face.optimise(&model.problem.graph, gains, 1);
    }
    packed(frozen, face.takes, face.prices)
}

/// An outcome that claims what it reaches and what its prices prove.
fn packed(frozen: &Frozen, takes: Vec<u32>, prices: Vec<Vec<i64>>) -> Outcome {
    let model = Model::new(&frozen.round).unwrap();
    let certificate = Certificate { prices, coupled: None };
    let reached = certify::check_circulation(&model.problem, &takes).unwrap();
    let proven = certify::bound(&model.problem, &certificate, &reached).unwrap();
    let claims = model.values(&takes).into_iter().zip(model.bounds(&takes, &proven));
    let levels = (frozen.round.objectives.iter().zip(claims))
        .map(|(&objective, (value, bound))| Level { objective, value, bound })
        .collect();
    Outcome { takes: takes.into_iter().map(ItemIndex).collect(), levels, certificate }
}
