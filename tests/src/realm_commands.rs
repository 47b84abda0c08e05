//! Random commands to a realm, with markets among them: few agents, assets and accounts, so that they meet; now and then something wrong,
//! something sent again, something with a used id.

use bartizan_engine::book::{
    AccountId as BookAccount, Bands, ClientOrderId, Counts, ExecType, MatchId, NewOrder, OrdType, OrderId,
    PegReference, Phase, PostOnly, Price, Quantity, Replace, SelfTrade, Side, Time, TimeInForce,
};
use bartizan_engine::event::Events;
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::{
    CorrectTransfer, CreateTransfer, IssueAsset, Pending, PostPending, RetireAsset, Step, VoidPending,
};
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, HoldId, Sequence};
use bartizan_engine::market::command::{
    AmendMarket, BustTrade, CancelOrder, Channels, CreateMarket, MassCancelOrders, Mechanism, PlaceOrder,
    ReduceOrder, ReplaceOrder, SetMarketBands, SetMarketPhase, SetMarketReference,
};
use bartizan_engine::market::fees::FeeSchedule;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{
    AdvanceClock, CloseAccount, Command, DefineAsset, Envelope, LinkedTransfers, OpenAccount, RegisterAgent,
    SetKey, SetLimits, SetRoles,
};
use bartizan_engine::realm::ids::CommandId;

use crate::commands::Source;

/// How many ids of orders and trades are kept to be named.
const KEPT: usize = 48;

/// A stream of envelopes, each with its time.
#[derive(Clone, Debug)]
pub struct RealmCommands<'b> {
    source: Source<'b>,
    now: u64,
    step: u64,
    last: Option<Envelope>,
    orders: Vec<(MarketId, u32, OrderId)>,
    trades: Vec<(MarketId, MatchId)>,
}

impl<'b> RealmCommands<'b> {
    /// A stream.
    pub fn new(source: Source<'b>) -> Self {
        RealmCommands { source, now: 1_000, step: 0, last: None, orders: Vec::new(), trades: Vec::new() }
    }

    /// Whether there is nothing left to choose by.
    pub fn is_over(&self) -> bool {
        self.source.is_over()
    }

    /// Learns which orders and trades there are to name.
    pub fn learn(&mut self, envelope: &Envelope, events: &Events) {
        let market = match &envelope.command {
            Command::NewOrder(place) => place.market,
            Command::ReplaceOrder(replace) => replace.market,
            _ => return,
        };
        for report in &events.book.reports {
            match report.exec_type {
                ExecType::New => self.orders.push((market, report.account.0, report.order)),
                ExecType::Trade => self.trades.push((market, report.match_id())),
                _ => {}
            }
        }
        self.orders.drain(..self.orders.len().saturating_sub(KEPT));
        self.trades.drain(..self.trades.len().saturating_sub(KEPT));
    }

    fn below(&mut self, count: usize) -> usize {
        self.source.below(count)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn agent(&mut self) -> AgentId {
        AgentId(self.below(7) as u32)
    }

    fn account(&mut self) -> AccountId {
        AccountId(self.below(16) as u32)
    }

    fn amount(&mut self) -> Amount {
        let small = self.below(60) as u128 * 7;
        Amount(match self.below(40) {
            0 => 0,
            1 => Amount::MAX.0,
            2 => Amount::MAX.0 + 1,
            3 => u128::MAX,
            _ => small + 1,
        })
    }

    /// The next envelope, and its time.
    pub fn next_envelope(&mut self) -> (u64, Envelope) {
        self.step += 1;
        self.now += self.below(30) as u64 * 1_000;
        if self.chance(4)
            && let Some(last) = self.last.clone()
        {
            return (self.now, last);
        }
        let founding = self.founding();
        let actor = if founding.is_some() || self.chance(50) { AgentId::REALM } else { self.agent() };
        let command = founding.unwrap_or_else(|| self.command());
        let id = match self.below(50) {
            0 => 0,
            1 => self.below(30) as u128 + 1,
            2 => u128::from(self.step) << 70,
            _ => u128::from(self.step) + 30,
        };
        let envelope = Envelope { id: CommandId(id), actor, command };
        self.last = Some(envelope.clone());
        (self.now, envelope)
    }

    /// What must be there before anything can happen: the first commands of a stream.
    fn founding(&mut self) -> Option<Command> {
        let register = |name: &str, roles: &[Role]| {
            Command::RegisterAgent(RegisterAgent {
                agent: None,
                name: name.into(),
                key: None,
                roles: Roles::of(roles),
            })
        };
        let define = |name: &str, class, scale, supply| {
            Command::DefineAsset(DefineAsset { asset: None, name: name.into(), class, scale, supply })
        };
        let trader = [Role::Trader];
        Some(match self.step {
            1 => register("ann", &trader),
            2 => register("bob", &trader),
            3 => register("cas", &trader),
            4 => register("issuer", &[Role::Issuer, Role::Organiser]),
            5 => define("goods", AssetClass::Token, 0, SupplyRule::Open),
            6 => define("money", AssetClass::Token, 2, SupplyRule::Capped(Amount(1 << 60))),
            7 => define("credit", AssetClass::SkillHours, 2, SupplyRule::MutualCredit),
            step @ 8..=16 => {
                let (owner, asset) = ((step - 8) / 3 + 1, (step - 8) % 3 + 1);
                let is_credit = asset == 3;
                Command::OpenAccount(OpenAccount {
                    account: None,
                    owner: AgentId(owner as u32),
                    asset: AssetId(asset as u32),
                    overdraft: Amount(if is_credit { 500 } else { 0 }),
                    ceiling: is_credit.then_some(Amount(500)),
                })
            }
            step @ 17..=22 => {
                let credit = AccountId([4, 5, 7, 8, 10, 11][step as usize - 17]);
                Command::IssueAsset(IssueAsset { credit, amount: Amount(50_000) })
            }
            23 => Command::CreateMarket(CreateMarket {
                market: None,
                name: "goods for money".into(),
                base: AssetId(1),
                quote: AssetId(2),
                base_per_lot: 1,
                quote_per_tick: 1,
                lot: 1,
                ticks: bartizan_engine::book::TickTable::default(),
                fees: FeeSchedule { maker_ppm: -1_500, taker_ppm: 7_000, auction_ppm: 3_333 },
                fee_owner: AgentId(3),
                mechanism: Mechanism::Continuous,
                unique_client_ids: false,
                channels: Channels::default(),
            }),
            _ => return None,
        })
    }

    fn command(&mut self) -> Command {
        match self.below(100) {
            0..20 => Command::CreateTransfer(self.transfer()),
            20..24 => Command::PostPending(self.post()),
            24..27 => Command::VoidPending(VoidPending { hold: self.hold() }),
            27..30 => {
                let (credit, amount) = (self.account(), self.amount());
                Command::IssueAsset(IssueAsset { credit, amount })
            }
            30..33 => {
                let (debit, amount) = (self.account(), self.amount());
                Command::RetireAsset(RetireAsset { debit, amount })
            }
            33..37 => Command::CorrectTransfer(self.correction()),
            37..42 => {
                let count = self.below(5);
                let steps = (0..count).map(|_| self.step()).collect();
                Command::LinkedTransfers(LinkedTransfers { steps })
            }
            42..44 => Command::AdvanceClock(AdvanceClock {}),
            44..48 => self.members(),
            48..80 => Command::NewOrder(PlaceOrder { market: self.market(), order: self.order() }),
            80..94 => self.change(),
            _ => self.organise(),
        }
    }

    fn transfer(&mut self) -> CreateTransfer {
        let (debit, credit, amount) = (self.account(), self.account(), self.amount());
        let expires = self.now + self.below(200) as u64 * 1_000;
        let pending = match self.below(4) {
            0 => Some(Pending { expires: Some(expires) }),
            1 => Some(Pending { expires: None }),
            _ => None,
        };
        CreateTransfer { debit, credit, amount, pending }
    }

    fn hold(&mut self) -> HoldId {
        HoldId(self.below(self.step as usize / 12 + 3) as u64)
    }

    fn post(&mut self) -> PostPending {
        let hold = self.hold();
        let amount = self.chance(50).then(|| self.amount());
        PostPending { hold, amount }
    }

    fn correction(&mut self) -> CorrectTransfer {
        let back = self.below(40) as u64;
        let step = if self.chance(20) { self.below(3) as u32 } else { 0 };
        CorrectTransfer { sequence: Sequence(self.step.saturating_sub(back)), step }
    }

    fn step(&mut self) -> Step {
        match self.below(8) {
            0 => Step::PostPending(self.post()),
            1 => Step::VoidPending(VoidPending { hold: self.hold() }),
            2 => Step::CorrectTransfer(self.correction()),
            3 => {
                let (credit, amount) = (self.account(), self.amount());
                Step::IssueAsset(IssueAsset { credit, amount })
            }
            4 => {
                let (debit, amount) = (self.account(), self.amount());
                Step::RetireAsset(RetireAsset { debit, amount })
            }
            _ => Step::CreateTransfer(self.transfer()),
        }
    }

    fn members(&mut self) -> Command {
        let account = self.account();
        match self.below(5) {
            0 => Command::CloseAccount(CloseAccount { account }),
            4 => Command::SetKey(SetKey { agent: self.agent(), key: self.chance(50).then_some([9; 32]) }),
            1 => {
                let (overdraft, ceiling) = (self.amount(), self.chance(30).then(|| self.amount()));
                Command::SetLimits(SetLimits { account, overdraft, ceiling })
            }
            2 => {
                let roles = self.pick(&[&[Role::Trader][..], &[], &[Role::Trader, Role::Issuer]]);
                Command::SetRoles(SetRoles { agent: self.agent(), roles: Roles::of(roles) })
            }
            _ => {
                let (owner, asset) = (self.agent(), AssetId(self.below(5) as u32));
                let overdraft = if self.chance(80) { Amount::ZERO } else { self.amount() };
                Command::OpenAccount(OpenAccount { account: None, owner, asset, overdraft, ceiling: None })
            }
        }
    }

    fn market(&mut self) -> MarketId {
        MarketId(if self.chance(97) { 1 } else { self.below(3) as u32 })
    }

    fn price(&mut self) -> Price {
        Price(if self.chance(97) {
            95 + self.below(11) as i64
        } else {
            self.pick(&[0, -3, 1, 1 << 60, i64::MIN])
        })
    }

    fn order(&mut self) -> NewOrder {
        let side = self.pick(&[Side::Buy, Side::Sell]);
        let quantity =
            Quantity(if self.chance(97) { 1 + self.below(30) as u64 } else { self.pick(&[0, 1 << 40, 600]) });
        let mut order = NewOrder::limit(ClientOrderId(self.step), side, quantity, self.price());
        order.account = BookAccount(self.below(5) as u32);
        order.ord_type = match self.below(20) {
            0 => OrdType::Market,
            1 => OrdType::Stop { stop: self.price() },
            2 => OrdType::StopLimit { stop: self.price(), price: self.price() },
            3 => OrdType::TrailingStop { offset: Quantity(self.below(6) as u64) },
            4 => OrdType::MarketToLimit,
            5 => {
                let reference =
                    self.pick(&[PegReference::Midpoint, PegReference::Market, PegReference::Primary]);
                let limit = if self.chance(50) { Price::NONE } else { self.price() };
                OrdType::Pegged { reference, offset: Quantity(self.below(4) as u64), limit }
            }
            _ => order.ord_type,
        };
        if self.chance(30) {
            order.time_in_force = self.pick(&[
                TimeInForce::Day,
                TimeInForce::Ioc,
                TimeInForce::Fok,
                TimeInForce::Gtd,
                TimeInForce::AtOpening,
                TimeInForce::AtClose,
            ]);
            order.expires = Time(self.now + self.below(100) as u64 * 1_000);
        }
        if self.chance(10) {
            order.display = Quantity(1 + self.below(4) as u64);
        }
        order.self_trade = self.pick(&[
            SelfTrade::Allow,
            SelfTrade::CancelNewest,
            SelfTrade::CancelOldest,
            SelfTrade::CancelBoth,
            SelfTrade::Decrement,
        ]);
        order.post_only =
            self.pick(&[PostOnly::No, PostOnly::No, PostOnly::No, PostOnly::Reject, PostOnly::Slide]);
        order
    }

    fn change(&mut self) -> Command {
        let known = if self.orders.is_empty() { None } else { Some(self.below(self.orders.len())) };
        let (market, owner, order_id) = known.map_or((MarketId(1), 0, OrderId(9)), |at| self.orders[at]);
        let account = BookAccount(if self.chance(90) { owner } else { 2 });
        match self.below(10) {
            0..4 => Command::CancelOrder(CancelOrder { market, account, order_id }),
            4..6 => {
                let by = Quantity(self.below(12) as u64);
                Command::ReduceOrder(ReduceOrder { market, account, order_id, by })
            }
            6..9 => {
                let (price, quantity) = (self.price(), Quantity(self.below(40) as u64));
                let stop = if self.chance(80) { Price::NONE } else { self.price() };
                let counts = self.pick(&[Counts::Whole, Counts::Open]);
                let client = ClientOrderId(0);
                let change = Replace { account, order: order_id, client, price, stop, quantity, counts };
                Command::ReplaceOrder(ReplaceOrder { market, change })
            }
            _ => Command::MassCancelOrders(MassCancelOrders { market, account, side: None }),
        }
    }

    fn organise(&mut self) -> Command {
        let market = self.market();
        match self.below(8) {
            0..4 => {
                let phase = self.pick(&[
                    Phase::Continuous,
                    Phase::Continuous,
                    Phase::PreOpen,
                    Phase::PreClose,
                    Phase::Halted,
                    Phase::Reopening,
                    Phase::Closed,
                ]);
                Command::SetMarketPhase(SetMarketPhase { market, phase })
            }
            4 => {
                let low = Price(self.below(100) as i64);
                let bands = self.chance(80).then(|| Bands { low, high: Price(100 + self.below(20) as i64) });
                Command::SetMarketBands(SetMarketBands { market, bands })
            }
            5 => Command::SetMarketReference(SetMarketReference { market, price: self.price() }),
            6 => {
                let maker_ppm = self.below(8_000) as i32 - 3_000;
                let fees = FeeSchedule { maker_ppm, taker_ppm: 4_000, auction_ppm: self.below(9_000) as i32 };
                let mechanism = self.chance(20).then_some(Mechanism::FrequentCall { every: 1_000_000 });
                let mechanism = mechanism.or(self.chance(50).then_some(Mechanism::Continuous));
                Command::AmendMarket(AmendMarket { market, fees: Some(fees), mechanism })
            }
            _ => {
                let known = if self.trades.is_empty() { None } else { Some(self.below(self.trades.len())) };
                let (market, trade) = known.map_or((market, MatchId(3)), |at| self.trades[at]);
                Command::BustTrade(BustTrade { market, trade })
            }
        }
    }
}
