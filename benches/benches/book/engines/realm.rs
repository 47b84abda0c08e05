//! Our book inside a realm: every order checked against its owner's funds, which go on hold; fills posted, with fees; ids remembered; all
//! events told. The orders are of 64 agents in turn.

use std::hint::black_box;

use bartizan_benches::market::{self, MARKET};
use bartizan_engine::book::{AccountId, Command as BookCommand, Reason};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::market::command::{CancelOrder, Channels, PlaceOrder, ReduceOrder};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;

use crate::engine::Engine;
use crate::workload::{Order, Step, Workload};

/// Whose orders they are.
const AGENTS: u32 = 64;

/// A realm with one market.
pub(crate) struct InRealm {
    realm: Realm,
    events: Events,
    batch: usize,
}

impl InRealm {
    pub(crate) fn new(channels: Channels, batch: usize) -> Self {
        let mut made = InRealm { realm: Realm::new(), events: Events::default(), batch };
        for command in market::founding(AGENTS, channels) {
            made.say(command);
        }
        made
    }

    fn say(&mut self, command: Command) {
        let id = CommandId(u128::from(self.realm.sequence().0) + 1);
        self.take(&[Envelope { id, actor: AgentId::REALM, command }]);
        assert!(!matches!(self.events.list.last(), Some(Event::Rejected { .. })), "{:?}", self.events.list);
    }

    #[inline]
    fn take(&mut self, commands: &[Envelope]) {
        self.events.clear();
        let first = Sequence(self.realm.sequence().0 + 1);
        self.realm.apply_batch(first, 0, commands, &mut self.events);
    }
}

fn agent(order: Order) -> AgentId {
    AgentId(order % AGENTS + 1)
}

impl Engine for InRealm {
    type Command = Envelope;

    #[inline]
    fn translate(&self, workload: &Workload, number: usize, commands: &mut Vec<Envelope>) {
        let (market, account) = (MARKET, AccountId(0));
        let (actor, command) = match (workload.steps[number], workload.command(number)) {
            (_, BookCommand::New(order)) => {
                (agent(number as Order), Command::NewOrder(PlaceOrder { market, order }))
            }
            (Step::Cancel { order }, BookCommand::Cancel { order: order_id, .. }) => {
                (agent(order), Command::CancelOrder(CancelOrder { market, account, order_id }))
            }
            (Step::Reduce { order, .. }, BookCommand::Reduce { order: order_id, by, .. }) => {
                (agent(order), Command::ReduceOrder(ReduceOrder { market, account, order_id, by }))
            }
            (step, command) => unreachable!("{step:?} is not {command:?}"),
        };
        commands.push(Envelope { id: CommandId(number as u128 + 1), actor, command });
    }

    #[inline]
    fn run(&mut self, commands: &[Envelope]) {
        for batch in commands.chunks(self.batch) {
            self.take(batch);
            black_box(&self.events);
        }
    }

    fn traded(&mut self, commands: &[Envelope]) -> u64 {
        let mut sum = 0;
        for batch in commands.chunks(self.batch) {
            self.take(batch);
            let refused = self.events.list.iter().find(|event| matches!(event, Event::Rejected { .. }));
            assert!(refused.is_none(), "{refused:?}");
            let trades =
                self.events.book.reports.iter().filter(|report| report.reason == Reason::AddedLiquidity);
            sum += trades.map(|report| report.quantity.0).sum::<u64>();
        }
        sum
    }
}
