//! Orders that all go through matching and the ledger: eight that rest, at random prices, then eight that take exactly those; of 64 agents, in a book with
//! some standing depth.

use bartizan_benches::market::{self, MARKET};
use bartizan_engine::book::{ClientOrderId, NewOrder, Price, Quantity, Side, TimeInForce};
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::market::command::{Channels, PlaceOrder};
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;

/// Whose orders they are.
const AGENTS: u32 = 64;

/// Orders that stand on each side, away from where trades happen.
const STANDING: u128 = 2_000;

const MIDDLE: i64 = 10_000;

/// A realm's beginning: agents, funds, a market and its standing depth.
pub(crate) fn founding() -> Vec<Envelope> {
    let commands = market::founding(AGENTS, Channels { l1: true, l2: false, l3: false });
    let mut founding: Vec<Envelope> = (1..)
        .zip(commands)
        .map(|(id, command)| Envelope { id: CommandId(id), actor: AgentId::REALM, command })
        .collect();
    for number in 1..=STANDING {
        let away = 100 + (number % 200) as i64;
        let actor = AgentId(number as u32 % AGENTS + 1);
        for (id, side, price) in [(1, Side::Sell, MIDDLE + away), (2, Side::Buy, MIDDLE - away)] {
            founding.push(order(2 * number + id, actor, side, 5, price));
        }
    }
    founding
}

fn order(id: u128, actor: AgentId, side: Side, quantity: u64, price: i64) -> Envelope {
    let mut order = NewOrder::limit(ClientOrderId(0), side, Quantity(quantity), Price(price));
    order.time_in_force = TimeInForce::Gtc;
    Envelope { id: CommandId(id), actor, command: Command::NewOrder(PlaceOrder { market: MARKET, order }) }
}

/// Orders, without end. Each `stream` has ids of its own; four in a row have agents of their own.
pub(crate) fn orders(stream: u32) -> impl Iterator<Item = Envelope> {
    let mut state = 7 + u64::from(stream);
    let mut below = move |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let mut quantities = [0; 8];
    (0_u64..).map(move |number| {
        // Above all that came before of the same agent.
        let id = ((u128::from(stream) + 1) << 40) + u128::from(number);
        let place = (number % 8) as usize;
        let actor = AgentId(stream % 4 * (AGENTS / 4) + below(u64::from(AGENTS / 4)) as u32 + 1);
        if number % 16 < 8 {
            quantities[place] = 1 + below(100);
            return order(id, actor, Side::Sell, quantities[place], MIDDLE + below(16) as i64);
        }
        order(id, actor, Side::Buy, quantities[place], MIDDLE + 16)
    })
}
