//! How long a realm may be busy with one command: those that do the most at once, each over as much as there may be of it, in memory. Who waits behind
//! one waits so long.

use std::time::{Duration, Instant};

use bartizan_benches::market::{self, MARKET};
use bartizan_engine::book::{ClientOrderId, NewOrder, Phase, Price, Quantity, Side};
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::{CreateTransfer, IssueAsset, Pending};
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, Sequence};
use bartizan_engine::market::command::{Channels, MassCancelOrders, PlaceOrder, SetMarketPhase};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{
    AdvanceClock, Command, DefineAsset, Envelope, OpenAccount, RegisterAgent,
};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::rounds::command::{CancelRound, CloseRound, OpenRound, SettleRound, SubmitOffer};
use bartizan_engine::rounds::offer::{Gives, Want, Wanted};
use bartizan_engine::rounds::rules::Goal;
use bartizan_engine::rounds::units::RoundId;
use bartizan_io::clear::{Settings, clear};

/// The round.
const ROUND: RoundId = RoundId(1);

/// Where buyers end and sellers begin.
const MIDDLE: i64 = 100_000;

/// A realm that is timed.
struct Timed {
    realm: Realm,
    events: Events,
    /// The log's time.
    time: u64,
}

impl Timed {
    fn new() -> Self {
        Timed { realm: Realm::new(), events: Events::default(), time: 1 }
    }

    /// Carries a command out, and how long that takes.
    fn does(&mut self, actor: AgentId, command: Command) -> Duration {
        let sequence = Sequence(self.realm.sequence().0 + 1);
        let envelope = Envelope { id: CommandId(sequence.0.into()), actor, command };
        self.events.clear();
        let started = Instant::now();
        let answer = self.realm.apply(sequence, self.time, &envelope, &mut self.events);
        let taken = started.elapsed();
        assert!(answer.is_done(), "{answer:?}: {:?}", self.events.list.last());
        taken
    }

    /// The longest that one of these takes.
    fn longest(&mut self, commands: impl Iterator<Item = (AgentId, Command)>) -> Duration {
        commands.map(|(actor, command)| self.does(actor, command)).max().unwrap_or_default()
    }

    fn say(&self, what: &str, taken: Duration) {
        println!(
            "  {what:<72} {:>8.2} ms, {:>8} events",
            taken.as_secs_f64() * 1e3,
            self.events.list.len() + self.events.book.reports.len() + self.events.book.market.len()
        );
    }
}

/// Measures, and prints: over so many orders on a side, offers in a round, and holds.
pub(crate) fn print(orders: usize, agents: usize, offers_each: usize, holds: usize) {
    println!("the longest that one command keeps a realm, in memory");
    of_a_book(orders);
    of_a_round(agents, offers_each);
    of_holds(holds);
}

fn limit(side: Side, quantity: u64, price: i64) -> Command {
    let order = NewOrder::limit(ClientOrderId(0), side, Quantity(quantity), Price(price));
    Command::NewOrder(PlaceOrder { market: MARKET, order })
}

fn of_a_book(orders: usize) {
    const TRADERS: usize = 1_000;
    let channels = Channels { l1: true, l2: true, l3: true };
    let mut timed = Timed::new();
    let founding = market::founding(TRADERS as u32, channels);
    timed.longest(founding.into_iter().map(|command| (AgentId::REALM, command)));
    let organiser = AgentId::REALM;
    let phase = |phase| Command::SetMarketPhase(SetMarketPhase { market: MARKET, phase });
    let trader = |number: usize| AgentId((number % (TRADERS - 2)) as u32 + 3);
    // Of 10,000 prices on a side, beginning `away` from the middle.
    let side = |side: Side, away: i64| {
        (0..orders).map(move |number| {
            let depth = away + (number as i64 * 7_919) % 10_000;
            let price = if side == Side::Buy { MIDDLE - depth } else { MIDDLE + depth };
            (trader(number), limit(side, 1, price))
        })
    };
    for time in ["the first time, in fresh memory", "again"] {
        timed.longest(side(Side::Sell, 1));
        let sweep = timed.does(AgentId(2), limit(Side::Buy, orders as u64, 2 * MIDDLE));
        timed.say(&format!("an order that takes {orders} orders at 10,000 prices, {time}"), sweep);
    }

    let quotes = (0..orders).map(|number| (AgentId(2), limit(Side::Buy, 1, 1 + number as i64 % 10_000)));
    timed.longest(quotes);
    let cancel =
        MassCancelOrders { market: MARKET, account: bartizan_engine::book::AccountId(0), side: None };
    let cancelled = timed.does(AgentId(2), Command::MassCancelOrders(cancel));
    timed.say(&format!("a mass cancel of {orders} orders"), cancelled);

    timed.does(organiser, phase(Phase::Halted));
    timed.does(organiser, phase(Phase::Reopening));
    timed.longest(side(Side::Buy, -5_000));
    let collected = timed.longest(side(Side::Sell, -5_000));
    timed.say("an order that such a call collects, and its indicative price", collected);
    let call = timed.does(organiser, phase(Phase::Continuous));
    timed.say(&format!("a call auction of {orders} orders on each side, half of which trade"), call);
}

fn of_a_round(agents: usize, offers_each: usize) {
    let mut timed = Timed::new();
    let roles = Roles::of(&[Role::Organiser, Role::Trader, Role::Solver]);
    let numbers = 1..=agents as u32;
    let registered = numbers.clone().map(|number| {
        Command::RegisterAgent(RegisterAgent {
            agent: None,
            name: format!("agent {number}"),
            key: None,
            roles,
        })
    });
    let defined = numbers.clone().map(|number| {
        let (name, class) = (format!("asset {number}"), AssetClass::Item);
        Command::DefineAsset(DefineAsset { asset: None, name, class, scale: 0, supply: SupplyRule::Open })
    });
    let opened = numbers.clone().map(|number| {
        let (owner, asset, overdraft) = (AgentId(number), AssetId(number), Amount::ZERO);
        Command::OpenAccount(OpenAccount { account: None, owner, asset, overdraft, ceiling: None })
    });
    let issued = numbers.clone().map(|number| {
        let credit = AccountId((agents as u32) + number);
        Command::IssueAsset(IssueAsset { credit, amount: Amount(offers_each as u128) })
    });
    let founding = registered.chain(defined).chain(opened).chain(issued);
    timed.longest(founding.map(|command| (AgentId::REALM, command)));

    open(&mut timed, ROUND);
    let offers = || (0..offers_each * agents).map(move |number| offer(ROUND, number, agents));
    let submitted = timed.longest(offers());
    timed.say("an offer", submitted);
    let closed = timed.does(AgentId::REALM, Command::CloseRound(CloseRound { round: ROUND }));
    let frozen = timed.realm.frozen_round(ROUND).expect("it is closed");
    let (items, wants) = (frozen.round.items.len(), frozen.round.wants.item.len());
    timed.say(&format!("a round of {items} offers and {wants} wants closed"), closed);
    let cleared = clear(&frozen.round, &Settings::default(), &mut |_| ()).expect("it is sound");
    let proposal = frozen.proposal(ROUND, &cleared.outcome);
    let proposed = timed.does(AgentId(1), Command::ProposeSettlement(proposal));
    timed.say("its settlement proposed, with its proof", proposed);
    let settled = timed.does(AgentId::REALM, Command::SettleRound(SettleRound { round: ROUND }));
    timed.say("it settled", settled);

    let again = RoundId(2);
    open(&mut timed, again);
    timed.longest((0..offers_each * agents).map(|number| offer(again, number + 1, agents)));
    let cancelled = timed.does(AgentId::REALM, Command::CancelRound(CancelRound { round: again }));
    timed.say("one of as many offers cancelled", cancelled);
}

fn open(timed: &mut Timed, round: RoundId) {
    timed.does(
        AgentId::REALM,
        Command::OpenRound(OpenRound {
            round: Some(round),
            name: format!("round {}", round.0),
            objectives: vec![Goal::Items],
            nontrade_cost: 0,
            money: None,
            closes_at: None,
            proposals_ns: 1 << 40,
        }),
    );
}

/// An agent gives one of what it has, for any of what the next agent has. In a second round the goods have moved on by one agent.
fn offer(round: RoundId, number: usize, agents: usize) -> (AgentId, Command) {
    let own = number % agents;
    let asset = |number: usize| AssetId((number % agents) as u32 + 1);
    let moved = round.0 as usize - 1;
    let (gives, wants) = (asset(own), asset(own + 1));
    let wanted = Wanted::Asset { asset: wants, least: Amount(1) };
    let submit = SubmitOffer {
        round,
        offer: None,
        gives: Gives::Lot { asset: gives, amount: Amount(1) },
        wants: vec![Want { wanted, cost: 1 }],
    };
    (AgentId(((own + agents - moved) % agents) as u32 + 1), Command::SubmitOffer(submit))
}

fn of_holds(holds: usize) {
    let mut timed = Timed::new();
    let founding = market::founding(2, Channels::default());
    timed.longest(founding.into_iter().map(|command| (AgentId::REALM, command)));
    let ledger = timed.realm.ledger();
    let of = |agent| ledger.account_of(AgentId(agent), AssetId(2)).expect("it has money");
    let (debit, credit) = (of(1), of(2));
    let transfer =
        CreateTransfer { debit, credit, amount: Amount(1), pending: Some(Pending { expires: Some(1_000) }) };
    let held = timed.longest((0..holds).map(|_| (AgentId(1), Command::CreateTransfer(transfer))));
    timed.say("a transfer that waits", held);
    timed.time = 1_001;
    let (mut longest, mut commands) = (Duration::ZERO, 0);
    while timed.realm.due_at() <= timed.time {
        longest = longest.max(timed.does(AgentId::REALM, Command::AdvanceClock(AdvanceClock {})));
        commands += 1;
    }
    timed.say(&format!("the first of {commands} commands by which {holds} of these run out"), longest);
    let ended = timed.events.list.iter().filter(|event| matches!(event, Event::HoldEnded { .. })).count();
    assert!(ended > 0, "holds run out");
}
