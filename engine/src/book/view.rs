//! What may be asked of a book between commands.

use super::command::{Phase, TimeInForce};
use super::pool::{Special, Wait};
use super::report::Reason;
use super::rules::{Bands, Rules};
use super::state::Book;
use super::units::{AccountId, ClientOrderId, GroupId, OrderId, Price, Quantity, Side, Time};

/// One price of a depth view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepthLevel {
    /// The price.
    pub price: Price,
    /// Displayed quantity.
    pub quantity: Quantity,
    /// Displayed orders.
    pub count: u32,
}

/// Where a live order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// In a queue of the displayed book.
    Displayed = 0,
    /// A stop, trailing or not, that waits for its stop price.
    Stop = 1,
    /// A stop that a trade elected, and whose turn to enter has not come.
    Elected = 2,
    /// Pegged.
    Pegged = 3,
    /// A market order that waits for the auction of the call.
    Auction = 4,
    /// An order at the close that waits for the closing call.
    Close = 5,
}

/// One live order as a query shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Its id.
    pub order: OrderId,
    /// The client's id of it.
    pub client: ClientOrderId,
    /// Whose it is.
    pub account: AccountId,
    /// Bid or ask.
    pub side: Side,
    /// Limit price; of a stop without one its stop price; otherwise [`Price::NONE`].
    pub price: Price,
    /// What is displayed; of a stop, a peg or a market order of a call zero.
    pub displayed: Quantity,
    /// What is open, reserve included.
    pub leaves: Quantity,
    /// What has traded.
    pub cumulative: Quantity,
    /// Where it is.
    pub place: Place,
    /// Of a stop that has not entered, the stop price as it stands now; otherwise [`Price::NONE`].
    pub stop: Price,
    /// Of a trailing stop that waits or a peg, its distance; otherwise zero.
    pub offset: Quantity,
    /// The most that an iceberg shows at a time; zero of another.
    pub display: Quantity,
    /// How long it stays: `Day`, `Gtd` until `expires`, `AtOpening` or `AtClose` for that auction alone, otherwise `Gtc`.
    pub time_in_force: TimeInForce,
    /// When it expires; zero: never.
    pub expires: Time,
    /// The group that it is cancelled with; zero: none.
    pub group: GroupId,
}

impl Book {
    /// Where the book is in its day.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The price of the last trade.
    pub fn last_trade(&self) -> Option<Price> {
        self.last_trade.map(Price)
    }

    /// Live orders of every kind.
    pub fn len(&self) -> usize {
        self.pool.live as usize
    }

    /// Whether no order is live.
    pub fn is_empty(&self) -> bool {
        self.pool.live == 0
    }

    /// The sequence numbers of the last report and of the last market data event: where a snapshot taken now belongs.
    pub fn sequences(&self) -> (u64, u64) {
        (self.report_sequence, self.market_sequence)
    }

    /// What is fixed about it.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The prices between which it trades, if they are bounded.
    pub fn bands(&self) -> Option<Bands> {
        self.bands
    }

    /// When the next good-till-date order expires.
    #[inline]
    pub fn next_expiry(&self) -> Option<Time> {
        (self.next_expiry != u64::MAX).then_some(Time(self.next_expiry))
    }

    /// The displayed levels of a side one by one, best first.
    pub fn levels(&self, side: Side) -> impl Iterator<Item = DepthLevel> {
        self.side(side).iter().map(DepthLevel::of)
    }

    /// The L2 snapshot: up to `levels` displayed levels of a side, best first.
    pub fn depth(&self, side: Side, levels: usize) -> Vec<DepthLevel> {
        self.levels(side).take(levels).collect()
    }

    /// What is displayed at one price.
    pub fn level(&self, side: Side, price: Price) -> Option<DepthLevel> {
        self.side(side).at(price.0).map(DepthLevel::of)
    }

    /// The L3 snapshot: the displayed orders of a side, best price first, then by place in the queue.
    pub fn orders(&self, side: Side) -> Vec<OrderView> {
        self.queued(side).collect()
    }

    /// The same one by one, for who needs only the first.
    pub fn queued(&self, side: Side) -> impl Iterator<Item = OrderView> {
        self.side(side).iter().flat_map(|level| self.queue(level)).map(|slot| self.view(slot))
    }

    /// The displayed order of a side that trades first: the first in the queue at the best price.
    pub fn front(&self, side: Side) -> Option<OrderView> {
        self.side(side).best_level().and_then(|level| self.queue(level).next()).map(|slot| self.view(slot))
    }

    /// Every live order, displayed or not, by rising slot.
    pub fn live_orders(&self) -> impl Iterator<Item = OrderView> {
        let live = |slot: &u32| self.pool.orders[*slot as usize].is_live();
        (0..self.pool.orders.len() as u32).filter(live).map(|slot| self.view(slot))
    }

    /// The slots from `first` on, each with its live order, if it has one: to go on where one left off, without a walk through what lies before.
    pub fn slots(&self, first: u32) -> impl Iterator<Item = (u32, Option<OrderView>)> {
        let live = |slot: u32| self.pool.orders[slot as usize].is_live();
        (first..self.pool.orders.len() as u32).map(move |slot| (slot, live(slot).then(|| self.view(slot))))
    }

    /// One live order.
    pub fn order(&self, order: OrderId) -> Option<OrderView> {
        self.pool.find(order).map(|slot| self.view(slot))
    }

    /// The id of an account's live order, by the client's id of it. Finds nothing unless
    /// [`super::Rules::index_client_ids`].
    pub fn find(&self, account: AccountId, client: ClientOrderId) -> Option<OrderId> {
        self.clients.get(&self.pool.orders, account.0, client.0).map(|slot| self.pool.id(slot))
    }

    fn view(&self, slot: u32) -> OrderView {
        let subject = self.subject(slot);
        let order = &self.pool.orders[slot as usize];
        let plain = OrderView {
            order: subject.order,
            client: ClientOrderId(subject.client),
            account: AccountId(subject.account),
            side: subject.side,
            price: Price(subject.price),
            displayed: Quantity(if order.is_resting() { order.open() } else { 0 }),
            leaves: Quantity(subject.leaves),
            cumulative: Quantity(subject.cumulative),
            place: Place::Displayed,
            stop: Price::NONE,
            offset: Quantity::ZERO,
            display: Quantity::ZERO,
            time_in_force: if order.is_day() { TimeInForce::Day } else { TimeInForce::Gtc },
            expires: Time(0),
            group: GroupId(0),
        };
        match self.pool.special(slot) {
            Some(special) => self.view_special(slot, special, plain),
            None => plain,
        }
    }

    fn view_special(&self, slot: u32, special: &Special, plain: OrderView) -> OrderView {
        let is_before_close = self.phase == Phase::PreClose || self.owed_call == Some(Phase::PreClose);
        let time_in_force = match special.wait {
            Wait::Close => TimeInForce::AtClose,
            _ if special.is_auction_only && is_before_close => TimeInForce::AtClose,
            _ if special.is_auction_only => TimeInForce::AtOpening,
            _ if special.expires != 0 => TimeInForce::Gtd,
            _ => plain.time_in_force,
        };
        let place = match special.wait {
            Wait::Nothing => Place::Displayed,
            Wait::Stop | Wait::TrailingStop => Place::Stop,
            Wait::Elected => Place::Elected,
            Wait::Peg(_) => Place::Pegged,
            Wait::Auction => Place::Auction,
            Wait::Close => Place::Close,
        };
        let is_stop = matches!(place, Place::Stop | Place::Elected);
        let has_offset = matches!(special.wait, Wait::TrailingStop | Wait::Peg(_));
        OrderView {
            place,
            stop: if is_stop { Price(self.stop_of(slot, special)) } else { Price::NONE },
            offset: Quantity(if has_offset { special.offset } else { 0 }),
            display: Quantity(special.display),
            time_in_force,
            expires: Time(special.expires),
            group: GroupId(special.group),
            ..plain
        }
    }
}

impl DepthLevel {
    fn of(level: &super::side::Level) -> Self {
        DepthLevel { price: Price(level.price), quantity: Quantity(level.shown), count: level.count }
    }
}

impl Reason {
    /// Whether a report of this reason says that a command was refused and changed nothing.
    pub fn is_rejection(self) -> bool {
        self as u8 >= 32
    }
}
