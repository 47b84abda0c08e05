//! The orders of a book: 32 bytes each in one array, linked into queues by index.
//!
//! A plain resting order needs nothing else until it first trades; then `whole` holds its full quantity. What only some orders
//! have (a reserve, an expiry, a stop price, a group) lies in a [`Special`] record, whose index then takes that place.
//! A slot freed is the next one given out, while its line is still in the cache.
#![expect(
    clippy::inline_always,
    reason = "calls between the short pieces of the common way cost a fifth of it"
)]

use super::command::{PegReference, PostOnly, SelfTrade};
use super::rules::Rules;
use super::units::{MAX_OPEN, OrderId, Side};

pub(super) mod stored;

/// No slot, or no special record.
pub(super) const NONE: u32 = u32::MAX;

/// Orders that there is room for once there are more than were expected.
const FIRST_GROWTH: usize = 1 << 17;

/// [`Order::level`] of an order that is in no queue of the displayed book (with its side in the lowest bit).
const PARKED: u32 = u32::MAX - 3;

/// [`Order::level`] of a slot that is free.
const FREE: u32 = u32::MAX;

const OPEN_BITS: u32 = 40;
const OPEN_MASK: u64 = (1 << OPEN_BITS) - 1;
const GENERATION_MASK: u64 = 0xffff << OPEN_BITS;
const FLAGS_SHIFT: u32 = 56;

const SPECIAL: u64 = 1 << FLAGS_SHIFT;
const TRADED: u64 = 2 << FLAGS_SHIFT;
const DAY: u64 = 4 << FLAGS_SHIFT;
const SELF_TRADE_SHIFT: u32 = FLAGS_SHIFT + 3;
const POST_ONLY_SHIFT: u32 = FLAGS_SHIFT + 6;

/// One order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    /// The order behind it in its queue.
    pub(super) next: u32,
    /// The order before it; of a free slot, the slot freed before it.
    pub(super) prev: u32,
    /// Twice its level's index, plus its side.
    level: u32,
    /// Whose it is.
    pub(super) account: u32,
    /// The client's id.
    pub(super) client: u64,
    /// From the lowest bit: 40 bits open and shown, 16 bits generation, 8 bits flags.
    packed: u64,
}

const _: () = assert!(size_of::<Order>() == 32, "two orders to a cache line");

impl Order {
    /// What is open and shown (of a parked order: open).
    #[inline]
    pub(super) fn open(&self) -> u64 {
        self.packed & OPEN_MASK
    }

    #[inline]
    pub(super) fn set_open(&mut self, open: u64) {
        debug_assert!(open <= OPEN_MASK, "checked at entry");
        self.packed = (self.packed & !OPEN_MASK) | open;
    }

    #[inline]
    fn generation(&self) -> u64 {
        (self.packed & GENERATION_MASK) >> OPEN_BITS
    }

    /// The id of the order in `slot`, which this is.
    #[inline]
    fn id(&self, slot: u32) -> OrderId {
        OrderId(self.generation() << 32 | u64::from(slot))
    }

    #[inline]
    pub(super) fn side(&self) -> Side {
        if self.level & 1 == 0 { Side::Buy } else { Side::Sell }
    }

    /// The index of its level among its side's; meaningless unless it rests.
    #[inline]
    pub(super) fn level(&self) -> u32 {
        self.level >> 1
    }

    #[inline]
    pub(super) fn set_level(&mut self, level: u32, side: Side) {
        self.level = level << 1 | side as u32;
    }

    /// Takes it out of the displayed book.
    #[inline]
    pub(super) fn park(&mut self, side: Side) {
        self.level = PARKED | side as u32;
    }

    #[inline]
    pub(super) fn is_live(&self) -> bool {
        self.level != FREE
    }

    /// Whether it is in a queue of the displayed book.
    #[inline]
    pub(super) fn is_resting(&self) -> bool {
        self.level < PARKED
    }

    #[inline]
    pub(super) fn is_special(&self) -> bool {
        self.packed & SPECIAL != 0
    }

    #[inline]
    pub(super) fn is_day(&self) -> bool {
        self.packed & DAY != 0
    }

    /// Whether `whole` holds its full quantity.
    #[inline]
    fn has_traded(&self) -> bool {
        self.packed & TRADED != 0
    }

    pub(super) fn self_trade(&self) -> SelfTrade {
        match self.packed >> SELF_TRADE_SHIFT & 7 {
            0 => SelfTrade::Allow,
            1 => SelfTrade::CancelNewest,
            2 => SelfTrade::CancelOldest,
            3 => SelfTrade::CancelBoth,
            _ => SelfTrade::Decrement,
        }
    }

    pub(super) fn post_only(&self) -> PostOnly {
        match self.packed >> POST_ONLY_SHIFT {
            0 => PostOnly::No,
            1 => PostOnly::Reject,
            _ => PostOnly::Slide,
        }
    }
}

/// What only some orders have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Special {
    /// Its full quantity, traded and open.
    pub(super) whole: u64,
    /// Open, but not shown.
    pub(super) reserve: u64,
    /// The most it shows; 0: all.
    pub(super) display: u64,
    /// When it expires; 0: never.
    pub(super) expires: u64,
    /// Its place in the order of entry.
    pub(super) entered: u64,
    /// Limit price of an order that waits; `i64::MIN`: none.
    pub(super) limit: i64,
    /// Stop price; of a trailing stop that waits, where it started.
    pub(super) stop: i64,
    /// Distance of a trailing stop or a peg; of an elected stop, its place in the order of election.
    pub(super) offset: u64,
    /// The group it is cancelled with; 0: none.
    pub(super) group: u32,
    /// What it waits for.
    pub(super) wait: Wait,
    /// Whether it goes after the next auction.
    pub(super) is_auction_only: bool,
}

impl Special {
    /// The parts in which its reserve is still to be shown.
    fn parts(&self) -> u64 {
        if self.display == 0 { 0 } else { self.reserve.div_ceil(self.display) }
    }
}

/// What an order waits for outside the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    /// Nothing: it is in a queue, or on its way in.
    Nothing,
    /// Its stop price.
    Stop,
    /// Its stop price, which follows the market.
    TrailingStop,
    /// Its turn among the stops that were elected.
    Elected,
    /// A price that a reference gives.
    Peg(PegReference),
    /// An auction, as a market order.
    Auction,
    /// The closing call.
    Close,
}

/// The flags of a new order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    pub(super) is_day: bool,
    pub(super) self_trade: SelfTrade,
    pub(super) post_only: PostOnly,
}

/// What there is to know of a resting order without a [`Special`] record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    pub(super) id: OrderId,
    pub(super) client: u64,
    pub(super) account: u32,
    pub(super) side: Side,
    pub(super) level: u32,
    pub(super) next: u32,
    pub(super) prev: u32,
    pub(super) open: u64,
    pub(super) traded: u64,
}

/// All orders of a book.
#[derive(Clone, Debug)]
pub(super) struct Pool {
    pub(super) orders: Vec<Order>,
    /// Of a special order the index of its record; of another that has traded, its full quantity.
    whole: Vec<u64>,
    specials: Vec<Special>,
    free_specials: Vec<u32>,
    free: u32,
    pub(super) live: u32,
    max: u32,
    /// By side: what is open of all live orders (of one on its way in: what was when it came).
    open: [u64; 2],
    max_open: u64,
    /// By side: in how many parts the reserves of icebergs are still to be shown.
    parts: [u64; 2],
    max_parts: u64,
}

impl Pool {
    pub(super) fn new(rules: &Rules) -> Self {
        let expected = rules.expected_orders;
        let (mut orders, mut whole) = (Vec::new(), Vec::new());
        // What is expected is no need: without the memory for it the book opens all the same.
        let _ = orders.try_reserve_exact(expected as usize);
        let _ = whole.try_reserve_exact(expected as usize);
        Pool {
            orders,
            whole,
            specials: Vec::new(),
            free_specials: Vec::new(),
            free: NONE,
            live: 0,
            max: rules.max_orders.min(1 << 31),
            open: [0; 2],
            max_open: rules.max_open.min(MAX_OPEN).0,
            parts: [0; 2],
            max_parts: rules.max_parts,
        }
    }

    /// Whether there is room for one more order of this side and quantity.
    #[inline]
    pub(super) fn has_room(&self, side: Side, quantity: u64) -> bool {
        let has_slot = self.live < self.max && (self.free != NONE || self.orders.len() < 1 << 31);
        has_slot && self.open[side as usize] + quantity <= self.max_open
    }

    /// Whether the side of an order has room for it to have `leaves` open instead of what it has.
    pub(super) fn has_room_to_change(&self, slot: u32, leaves: u64) -> bool {
        let open = self.open[self.orders[slot as usize].side() as usize];
        open - self.leaves(slot) + leaves <= self.max_open
    }

    /// Whether a side has room for one more iceberg that is to be shown in so many parts.
    pub(super) fn has_room_for_parts(&self, side: Side, parts: u64) -> bool {
        self.parts[side as usize].saturating_add(parts) <= self.max_parts
    }

    /// The parts in which an order's reserve is still to be shown.
    pub(super) fn parts(&self, slot: u32) -> u64 {
        self.special(slot).map_or(0, Special::parts)
    }

    /// The same of all live orders of a side.
    pub(super) fn parts_of(&self, side: Side) -> u64 {
        self.parts[side as usize]
    }

    /// What is open of all live orders of a side.
    pub(super) fn open_of(&self, side: Side) -> u64 {
        self.open[side as usize]
    }

    /// Counts a change of what an order has open.
    #[inline(always)]
    fn recount(&mut self, slot: u32, before: u64, after: u64) {
        let open = &mut self.open[self.orders[slot as usize].side() as usize];
        *open = *open - before + after;
    }

    /// Changes the reserve of a special order, and counts the parts that it is to be shown in.
    fn set_reserve(&mut self, slot: u32, reserve: u64) {
        let side = self.orders[slot as usize].side();
        let special = self.special_mut(slot).expect("the caller asked");
        let before = special.parts();
        special.reserve = reserve;
        let after = special.parts();
        let parts = &mut self.parts[side as usize];
        *parts = *parts - before + after;
    }

    #[inline]
    pub(super) fn id(&self, slot: u32) -> OrderId {
        self.orders[slot as usize].id(slot)
    }

    /// The slot of a live order.
    #[inline(always)]
    pub(super) fn find(&self, id: OrderId) -> Option<u32> {
        let slot = id.0 as u32;
        let order = self.orders.get(slot as usize)?;
        (order.generation() == id.0 >> 32 && order.is_live()).then_some(slot)
    }

    /// Takes a slot for an order that is in no queue yet, and gives its id too. The caller has checked [`Pool::has_room`].
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        side: Side,
        account: u32,
        client: u64,
        open: u64,
        flags: Flags,
    ) -> (u32, OrderId) {
        let bits = if flags.is_day { DAY } else { 0 }
            | (flags.self_trade as u64) << SELF_TRADE_SHIFT
            | (flags.post_only as u64) << POST_ONLY_SHIFT;
        self.live += 1;
        self.open[side as usize] += open;
        let level = PARKED | side as u32;
        if self.free == NONE {
            if self.orders.len() == self.orders.capacity() {
                self.grow();
            }
            let slot = self.orders.len() as u32;
            let packed = bits | 1 << OPEN_BITS | open;
            self.orders.push(Order { next: NONE, prev: NONE, level, account, client, packed });
            self.whole.push(0);
            return (slot, OrderId(1 << 32 | u64::from(slot)));
        }
        let slot = self.free;
        let order = &mut self.orders[slot as usize];
        self.free = order.prev;
        let generation = order.packed & GENERATION_MASK;
        let packed = bits | generation | open;
        *order = Order { next: NONE, prev: NONE, level, account, client, packed };
        (slot, OrderId(generation >> OPEN_BITS << 32 | u64::from(slot)))
    }

    /// Makes room for [`FIRST_GROWTH`] orders at first, and for twice as many later. Room that was never used costs no memory on
    /// a system that gives pages as they are touched; the copies that many small steps leave behind would, 10 bytes an order at
    /// 100,000 (`cargo bench -p bartizan-benches --bench book -- memory bartizan`).
    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let more = self.orders.len().max(FIRST_GROWTH - self.orders.len().min(FIRST_GROWTH));
        self.orders.reserve_exact(more);
        self.whole.reserve_exact(more);
    }

    /// All of an order that rests and has no special record; none of another.
    #[inline(always)]
    pub(super) fn plain(&self, slot: u32) -> Option<Plain> {
        let order = &self.orders[slot as usize];
        if !order.is_resting() || order.is_special() {
            return None;
        }
        let (client, account, next, prev) = (order.client, order.account, order.next, order.prev);
        let (id, side, level, open) = (order.id(slot), order.side(), order.level(), order.open());
        let traded = if order.has_traded() { self.whole[slot as usize] - open } else { 0 };
        Some(Plain { id, client, account, side, level, next, prev, open, traded })
    }

    /// Gives a slot back. Its order is in no queue.
    #[inline]
    pub(super) fn give_back(&mut self, slot: u32) {
        if self.orders[slot as usize].is_special() {
            self.free_specials.push(self.whole[slot as usize] as u32);
            self.recount(slot, self.reserve(slot), 0);
            self.set_reserve(slot, 0);
        }
        self.give_back_plain(slot);
    }

    /// Gives a slot back, whose order was in no queue or was just taken out of it, and had no special record.
    #[inline(always)]
    pub(super) fn give_back_plain(&mut self, slot: u32) {
        let order = &mut self.orders[slot as usize];
        self.live -= 1;
        self.open[order.side() as usize] -= order.open();
        order.level = FREE;
        let generation = order.generation() + 1;
        if generation > 0xffff {
            order.packed = GENERATION_MASK;
            return; // every id of this slot has been used
        }
        order.packed = generation << OPEN_BITS;
        order.prev = self.free;
        self.free = slot;
    }

    /// The free slots with their generations, the next to be taken first.
    pub(super) fn free_slots(&self) -> impl Iterator<Item = OrderId> {
        let some = |slot: u32| (slot != NONE).then_some(slot);
        let slots =
            std::iter::successors(some(self.free), move |&slot| some(self.orders[slot as usize].prev));
        slots.map(|slot| self.id(slot))
    }

    /// Makes an order special.
    pub(super) fn set_special(&mut self, slot: u32, special: Special) {
        debug_assert!(!self.orders[slot as usize].is_special(), "once");
        let index = if let Some(index) = self.free_specials.pop() {
            self.specials[index as usize] = special;
            index
        } else {
            self.specials.push(special);
            (self.specials.len() - 1) as u32
        };
        self.whole[slot as usize] = u64::from(index);
        self.orders[slot as usize].packed |= SPECIAL;
    }

    #[inline]
    pub(super) fn special(&self, slot: u32) -> Option<&Special> {
        let is_special = self.orders[slot as usize].is_special();
        is_special.then(|| &self.specials[self.whole[slot as usize] as usize])
    }

    #[inline]
    pub(super) fn special_mut(&mut self, slot: u32) -> Option<&mut Special> {
        let is_special = self.orders[slot as usize].is_special();
        is_special.then(|| &mut self.specials[self.whole[slot as usize] as usize])
    }

    /// Open and not shown.
    #[inline]
    pub(super) fn reserve(&self, slot: u32) -> u64 {
        self.special(slot).map_or(0, |special| special.reserve)
    }

    /// All that is open.
    #[inline]
    pub(super) fn leaves(&self, slot: u32) -> u64 {
        self.orders[slot as usize].open() + self.reserve(slot)
    }

    /// What is open, and what has traded.
    #[inline]
    pub(super) fn quantities(&self, slot: u32) -> (u64, u64) {
        let order = &self.orders[slot as usize];
        if order.packed & (SPECIAL | TRADED) == 0 {
            return (order.open(), 0);
        }
        let leaves = self.leaves(slot);
        (leaves, self.whole(slot) - leaves)
    }

    /// Its full quantity, traded and open.
    #[inline]
    pub(super) fn whole(&self, slot: u32) -> u64 {
        let order = &self.orders[slot as usize];
        match self.special(slot) {
            Some(special) => special.whole,
            None if order.has_traded() => self.whole[slot as usize],
            None => order.open(),
        }
    }

    /// Sets the full quantity; what is open is set apart.
    #[inline]
    pub(super) fn set_whole(&mut self, slot: u32, whole: u64) {
        if let Some(special) = self.special_mut(slot) {
            special.whole = whole;
        } else {
            self.whole[slot as usize] = whole;
            self.orders[slot as usize].packed |= TRADED;
        }
    }

    /// Sets what an order in no queue and without a reserve has open.
    pub(super) fn set_open(&mut self, slot: u32, open: u64) {
        self.recount(slot, self.leaves(slot), open);
        self.orders[slot as usize].set_open(open);
    }

    /// Moves what an order has open, `leaves` of its full quantity of `whole`, into its reserve, up to its display quantity of
    /// which is then shown. It is special and in no queue.
    pub(super) fn set_special_quantities(&mut self, slot: u32, leaves: u64, whole: u64) {
        self.recount(slot, self.leaves(slot), leaves);
        self.special_mut(slot).expect("the caller asked").whole = whole;
        self.set_reserve(slot, leaves);
        self.show(slot);
    }

    /// Moves up to its display quantity from the reserve of a special order to what it shows. It is in no queue and shows nothing.
    pub(super) fn show(&mut self, slot: u32) {
        let &Special { reserve, display, .. } = self.special(slot).expect("an iceberg is special");
        let shown = if display == 0 { reserve } else { display.min(reserve) };
        self.set_reserve(slot, reserve - shown);
        self.orders[slot as usize].set_open(shown);
    }

    /// Sets what a plain order has open and has traded.
    #[inline]
    pub(super) fn set_plain(&mut self, slot: u32, open: u64, traded: u64) {
        self.recount(slot, self.orders[slot as usize].open(), open);
        let order = &mut self.orders[slot as usize];
        order.set_open(open);
        if traded != 0 || order.has_traded() {
            self.set_whole(slot, open + traded);
        }
    }

    /// Sets what an order without a special record has open after a trade, and has traded.
    #[inline(always)]
    pub(super) fn set_traded(&mut self, slot: u32, open: u64, traded: u64) {
        self.recount(slot, self.orders[slot as usize].open(), open);
        let order = &mut self.orders[slot as usize];
        order.set_open(open);
        order.packed |= TRADED;
        self.whole[slot as usize] = open + traded;
    }

    /// Takes `quantity` from what is shown because it traded, and returns what has traded in all.
    #[inline]
    pub(super) fn fill(&mut self, slot: u32, quantity: u64) -> u64 {
        let whole = self.whole(slot);
        let reserve = self.reserve(slot);
        self.recount(slot, quantity, 0);
        let order = &mut self.orders[slot as usize];
        let open = order.open() - quantity;
        order.set_open(open);
        if open != 0 && !order.is_special() && !order.has_traded() {
            order.packed |= TRADED;
            self.whole[slot as usize] = whole;
        }
        whole - open - reserve
    }

    /// Takes `quantity` away without a trade, from the reserve first, and returns what is shown less. The full quantity
    /// falls with it.
    pub(super) fn reduce(&mut self, slot: u32, quantity: u64) -> u64 {
        let whole = self.whole(slot) - quantity;
        self.recount(slot, quantity, 0);
        let reserve = self.reserve(slot);
        let from_reserve = reserve.min(quantity);
        if from_reserve != 0 {
            self.set_reserve(slot, reserve - from_reserve);
        }
        self.shrink(slot, quantity - from_reserve, whole);
        quantity - from_reserve
    }

    /// Takes `quantity` away from what is shown, without a trade.
    pub(super) fn reduce_shown(&mut self, slot: u32, quantity: u64) {
        let whole = self.whole(slot) - quantity;
        self.recount(slot, quantity, 0);
        self.shrink(slot, quantity, whole);
    }

    fn shrink(&mut self, slot: u32, shown: u64, whole: u64) {
        let order = &mut self.orders[slot as usize];
        order.set_open(order.open() - shown);
        if order.is_special() || order.has_traded() {
            self.set_whole(slot, whole);
        }
    }
}
