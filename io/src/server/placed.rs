//! Orders that were placed on a connection whose orders end with it.
//!
//! They are the session's own. What becomes of its commands is said to it on the realm's thread, which must wait for nobody: through a channel that takes whatever is
//! sent, and in which no more waits than was answered since the session last took a frame, so no more than a window.

use std::collections::BTreeSet;

use bartizan_engine::book::{AccountId, OrderId};
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::market::command::CancelOrder;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use tokio::sync::mpsc;

use super::request::Answered;
use super::view::View;

/// An order, and whose it is.
pub(super) type Order = (MarketId, OrderId, AccountId);

/// What became of a batch: the orders that it made, and where its last command stands in the log.
type Said = (Vec<Order>, Sequence);

/// Orders that may still be open.
pub(super) struct Placed {
    orders: BTreeSet<Order>,
    /// Where the last of them stands in the log.
    last: Sequence,
    /// How many there may be before those that ended are looked for.
    most: usize,
    said: mpsc::UnboundedReceiver<Said>,
    say: mpsc::UnboundedSender<Said>,
}

/// As few orders as are never looked through for those that ended.
const FEW: usize = 4096;

/// Orders that are looked through at a time, while who follows the realm waits.
const LOOKED_THROUGH: usize = 512;

impl Placed {
    /// None yet.
    pub(super) fn new() -> Self {
        let (say, said) = mpsc::unbounded_channel();
        Placed { orders: BTreeSet::new(), last: Sequence(0), most: FEW, said, say }
    }

    /// What is to be called with the answers to these commands, on whatever thread; it waits for nobody.
    pub(super) fn teller(&self, envelopes: &[Envelope]) -> impl FnOnce(&[Answered]) + Send + use<> {
        let (say, placing) = (self.say.clone(), placing(envelopes));
        move |answers| {
            // One that was placed before goes with the connection over which it was placed, if with any.
            let made = |answered: &Answered| answered.made.filter(|_| !answered.is_repeated);
            let placed = placing.iter().zip(answers).filter_map(|(order, answered)| {
                order.zip(made(answered)).map(|((market, account), made)| (market, OrderId(made), account))
            });
            let last = answers.iter().map(|answered| answered.sequence).max().unwrap_or_default();
            // Who has gone looks for them no more.
            let _ = say.send((placed.collect(), last));
        }
    }

    /// Takes in what was said, and forgets orders that ended, if there are many.
    pub(super) fn look(&mut self, view: &View) {
        self.take_in();
        if self.orders.len() > self.most && view.reached() >= self.last {
            self.keep_open(view);
            self.most = FEW.max(2 * self.orders.len());
        }
    }

    fn take_in(&mut self) {
        while let Ok((orders, last)) = self.said.try_recv() {
            self.orders.extend(orders);
            self.last = self.last.max(last);
        }
    }

    fn keep_open(&mut self, view: &View) {
        let all: Vec<Order> = std::mem::take(&mut self.orders).into_iter().collect();
        for some in all.chunks(LOOKED_THROUGH) {
            let realm = view.read();
            self.orders.extend(some.iter().filter(|order| is_open(&realm, order)));
        }
    }

    /// Those that are still open, once everything was said. Who cannot see which are is given all: a cancel of what has ended does nothing.
    pub(super) async fn left(mut self, view: &View) -> Vec<Order> {
        self.take_in();
        if view.at_least(self.last).await {
            self.keep_open(view);
        }
        self.orders.into_iter().collect()
    }
}

fn is_open(realm: &Realm, &(market, order, _): &Order) -> bool {
    realm.markets().get(market).is_some_and(|market| market.book().order(order).is_some())
}

/// What cancels an order.
pub(super) fn cancel(&(market, order_id, account): &Order) -> Envelope {
    let command = Command::CancelOrder(CancelOrder { market, account, order_id });
    Envelope { id: CommandId(0), actor: AgentId::REALM, command }
}

/// Of each command that places an order: in which market, and whose.
fn placing(envelopes: &[Envelope]) -> Vec<Option<(MarketId, AccountId)>> {
    let order = |envelope: &Envelope| match &envelope.command {
        Command::NewOrder(place) => {
            let own = AccountId(envelope.actor.0);
            let account = if place.order.account == AccountId(0) { own } else { place.order.account };
            Some((place.market, account))
        }
        _ => None,
    };
    envelopes.iter().map(order).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bartizan_engine::book::{ClientOrderId, NewOrder, Price, Quantity, Side};
    use bartizan_engine::market::command::PlaceOrder;
    use bartizan_engine::reject::Answer;

    use super::*;

    fn sell(id: u128) -> Envelope {
        let order = NewOrder::limit(ClientOrderId(0), Side::Sell, Quantity(1), Price(100));
        let command = Command::NewOrder(PlaceOrder { market: MarketId(1), order });
        Envelope { id: CommandId(id), actor: AgentId(3), command }
    }

    fn answered(sequence: u64, made: Option<u64>, is_repeated: bool) -> Answered {
        let (sequence, answer) = (Sequence(sequence), Answer::DONE);
        Answered { sequence, time: 0, answer, is_repeated, made, events: None }
    }

    #[tokio::test]
    async fn what_was_placed_is_left_though_the_realm_cannot_be_looked_at() {
        let view = Arc::new(View::new(Realm::new()));
        let placed = Placed::new();
        let answers = [answered(1, Some(7), false), answered(1, Some(8), true), answered(2, None, false)];
        placed.teller(&[sell(1), sell(2), sell(3)])(&answers);
        view.end();
        assert_eq!(placed.left(&view).await, [(MarketId(1), OrderId(7), AccountId(3))]);
    }

    #[test]
    fn who_says_what_became_of_commands_waits_for_nobody_who_looks_through_orders() {
        let view = Arc::new(View::new(Realm::new()));
        let mut placed = Placed::new();
        let order = |made| answered(0, Some(made), false);
        let many: Vec<Envelope> = (1..=FEW as u128 + 1).map(sell).collect();
        placed.teller(&many)(&(1..=FEW as u64 + 1).map(order).collect::<Vec<_>>());
        let say = placed.teller(&[sell(1)]);
        let looking = Arc::clone(&view);
        // So that whoever looks through them is still at it.
        let writing = view.write();
        let looker = std::thread::spawn(move || {
            placed.look(&looking);
            placed
        });
        std::thread::sleep(std::time::Duration::from_millis(20));
        say(&[order(5)]);
        assert!(!looker.is_finished(), "it waits for the view");
        drop(writing);
        let mut placed = looker.join().expect("it looked through them");
        assert_eq!(placed.orders.len(), 0, "there is no such market, so they have ended");
        placed.look(&view);
        assert_eq!(placed.orders.len(), 1, "what was said meanwhile is not lost");
    }
}
