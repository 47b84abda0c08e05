//! That a refused command leaves no trace: all that it may not change, taken before it, compared after it. What time brings about at that moment
//! would have come anyway, so it is no trace of the command.

use bartizan_engine::book::{Bands, OrderView, Phase};
use bartizan_engine::codec::Codec;
use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::Agent;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::Rounds;

/// The bytes by which a book that refuses changes nevertheless: its report has a number, and it notes the time.
const A_REPORT: usize = 2 * size_of::<u64>();

/// All that a refused command may not change.
#[derive(Debug)]
pub struct Trace {
    ledger: Vec<u8>,
    markets: Vec<u8>,
    books: Vec<(Vec<OrderView>, Phase, Option<Bands>)>,
    rounds: Rounds,
    agents: Vec<Agent>,
}

impl Trace {
    /// What must be there after a refused command at `time`: what would be there if only time had passed.
    pub fn before(realm: &Realm, time: u64) -> Self {
        let mut idle = realm.clone();
        let envelope = Envelope {
            id: CommandId(u128::MAX),
            actor: AgentId::REALM,
            command: Command::AdvanceClock(AdvanceClock {}),
        };
        idle.apply(Sequence(realm.sequence().0 + 1), time, &envelope, &mut Events::default());
        Trace::of(&idle)
    }

    fn of(realm: &Realm) -> Self {
        let books = realm.markets().iter().map(|(_, market)| market.book());
        Trace {
            ledger: realm.ledger().to_bytes(),
            markets: realm.markets().to_bytes(),
            books: books.map(|book| (book.live_orders().collect(), book.phase(), book.bands())).collect(),
            rounds: realm.rounds().clone(),
            agents: realm.agents().map(|(_, agent)| agent.clone()).collect(),
        }
    }

    /// Compares with the realm after a command that was refused.
    ///
    /// # Panics
    /// If the command left a trace, saying where.
    pub fn is_all_there(&self, realm: &Realm, reject: Reject) {
        let after = Trace::of(realm);
        assert!(after.ledger == self.ledger, "{reject}: a trace in the ledger");
        let changed = after.markets.iter().zip(&self.markets).filter(|(one, other)| one != other).count();
        let may_change = if matches!(reject, Reject::Book(_)) { A_REPORT } else { 0 };
        let is_same = after.markets.len() == self.markets.len() && changed <= may_change;
        assert!(is_same, "{reject}: a trace in a market");
        assert!(after.books == self.books, "{reject}: a trace in a book");
        assert!(after.rounds == self.rounds, "{reject}: a trace in a round");
        assert!(after.agents == self.agents, "{reject}: a trace among the agents");
    }
}
