//! Our book inside a realm: every order checked against its owner's funds, which go on hold; fills posted, with fees; ids remembered; all
//! events told. The orders are of 64 agents in turn.

use std::hint::black_box;

use bartizan_engine::book::{AccountId, Command as BookCommand, Reason};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::IssueAsset;
use bartizan_engine::ledger::units::{AccountId as LedgerAccount, AgentId, Amount, AssetId, Sequence};
use bartizan_engine::market::command::{CancelOrder, Channels, CreateMarket, PlaceOrder, ReduceOrder};
use bartizan_engine::market::fees::FeeSchedule;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, DefineAsset, Envelope, OpenAccount, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;

use crate::engine::Engine;
use crate::workload::{Order, Step, Workload};

/// Whose orders they are.
const AGENTS: u32 = 64;

const MARKET: MarketId = MarketId(1);

/// A realm with one market.
pub(crate) struct InRealm {
    realm: Realm,
    events: Events,
    batch: usize,
}

impl InRealm {
    pub(crate) fn new(channels: Channels, batch: usize) -> Self {
        let mut made = InRealm { realm: Realm::new(), events: Events::default(), batch };
        for agent in 1..=AGENTS {
            let roles = Roles::of(&[Role::Trader]);
            made.say(Command::RegisterAgent(RegisterAgent {
                agent: Some(AgentId(agent)),
                name: format!("agent {agent}"),
                key: None,
                roles,
            }));
        }
        for name in ["goods", "money"] {
            let (class, supply) = (AssetClass::Token, SupplyRule::Open);
            made.say(Command::DefineAsset(DefineAsset {
                asset: None,
                name: name.into(),
                class,
                scale: 0,
                supply,
            }));
        }
        for owner in (1..=AGENTS).map(AgentId) {
            for asset in [AssetId(1), AssetId(2)] {
                let (account, overdraft, ceiling) = (None, Amount::ZERO, None);
                made.say(Command::OpenAccount(OpenAccount { account, owner, asset, overdraft, ceiling }));
                let credit = LedgerAccount(made.realm.ledger().next_account().0 - 1);
                made.say(Command::IssueAsset(IssueAsset { credit, amount: Amount(1 << 80) }));
            }
        }
        made.say(Command::CreateMarket(CreateMarket {
            market: Some(MARKET),
            name: "goods for money".into(),
            base: AssetId(1),
            quote: AssetId(2),
            base_per_lot: 1,
            quote_per_tick: 1,
            lot: 1,
            ticks: bartizan_engine::book::TickTable::default(),
            fees: FeeSchedule { maker_ppm: 100, taker_ppm: 300, auction_ppm: 200 },
            fee_owner: AgentId(1),
            mechanism: bartizan_engine::market::command::Mechanism::Continuous,
            unique_client_ids: false,
            channels,
        }));
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
