//! One order of the twin.

use bartizan_engine::book::{
    self, AccountId, ClientOrderId, GroupId, OrderId, OrderView, PegReference, PostOnly, Price, Quantity,
    SelfTrade, Side, Time, TimeInForce,
};

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Displayed, behind those of its price that joined before.
    Queue(u64),
    /// A stop that waits.
    Stop,
    /// A stop that waits and follows the market.
    Trailing,
    /// A stop that a trade elected, and whose turn has not come.
    Elected,
    /// Pegged.
    Peg(PegReference),
    /// A market order that waits for an auction.
    Unpriced,
    /// An order at the close that waits for the closing call.
    Close,
    /// On its way in.
    Incoming,
}

/// One order.
#[derive(Clone, Debug)]
pub struct Order {
    /// The book's id of it.
    pub id: OrderId,
    /// The client's.
    pub client: u64,
    /// Whose it is.
    pub account: u32,
    /// Bid or ask.
    pub side: Side,
    /// Where it is.
    pub place: Place,
    /// The worst price it trades at, if it names one.
    pub limit: Option<i64>,
    /// Of a stop.
    pub stop: i64,
    /// Of a trailing stop or a peg.
    pub offset: u64,
    /// All that is open.
    pub open: u64,
    /// What of that is displayed; of a pegged or market order, all.
    pub shown: u64,
    /// The most it shows; zero: all.
    pub display: u64,
    /// What has traded and was not taken back.
    pub traded: u64,
    /// How long it stays.
    pub time_in_force: TimeInForce,
    /// When it expires.
    pub expires: Option<u64>,
    /// Cancelled with all of this number; zero: none.
    pub group: u32,
    /// What to do on meeting its own account.
    pub self_trade: SelfTrade,
    /// Whether it may take.
    pub post_only: PostOnly,
    /// Its place in the order of entry.
    pub entered: u64,
}

impl Order {
    /// The price that reports name: its limit, else the stop price of one that waits.
    pub fn named_price(&self) -> Option<i64> {
        let stop = matches!(self.place, Place::Stop | Place::Trailing | Place::Elected).then_some(self.stop);
        self.limit.or(stop)
    }

    /// Whether it goes when the book closes.
    pub fn is_day(&self) -> bool {
        self.time_in_force == TimeInForce::Day
    }

    /// Whether it goes after the next auction.
    pub fn is_auction_only(&self) -> bool {
        matches!(self.time_in_force, TimeInForce::AtOpening | TimeInForce::AtClose)
    }

    /// Shows as much as it may.
    pub fn show(&mut self) {
        self.shown = if self.display == 0 { self.open } else { self.display.min(self.open) };
    }

    /// In how many parts what it does not show is still to be shown.
    pub fn parts(&self) -> u64 {
        if self.display == 0 { 0 } else { (self.open - self.shown).div_ceil(self.display) }
    }

    /// Takes from what is open, from the reserve first.
    pub fn shorten(&mut self, by: u64) {
        self.open -= by;
        self.shown = self.shown.min(self.open);
    }

    /// As the book shows it.
    pub fn view(&self) -> OrderView {
        let is_displayed = matches!(self.place, Place::Queue(_));
        OrderView {
            order: self.id,
            client: ClientOrderId(self.client),
            account: AccountId(self.account),
            side: self.side,
            price: self.named_price().map_or(Price::NONE, Price),
            displayed: Quantity(if is_displayed { self.shown } else { 0 }),
            leaves: Quantity(self.open),
            cumulative: Quantity(self.traded),
            place: match self.place {
                Place::Stop | Place::Trailing => book::Place::Stop,
                Place::Elected => book::Place::Elected,
                Place::Peg(_) => book::Place::Pegged,
                Place::Unpriced => book::Place::Auction,
                Place::Close => book::Place::Close,
                Place::Queue(_) | Place::Incoming => book::Place::Displayed,
            },
            stop: match self.place {
                Place::Stop | Place::Trailing | Place::Elected => Price(self.stop),
                _ => Price::NONE,
            },
            offset: match self.place {
                Place::Trailing | Place::Peg(_) => Quantity(self.offset),
                _ => Quantity(0),
            },
            display: Quantity(self.display),
            time_in_force: self.time_in_force,
            expires: Time(self.expires.unwrap_or(0)),
            group: GroupId(self.group),
        }
    }
}
