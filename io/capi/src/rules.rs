//! A book's rules as C sees them.

use bartizan_engine::book::{MAX_OPEN, Price, Quantity, Rules, TickTable};

use crate::status::bartizan_status;

/// One band of a tick table: from first on, prices are multiples of increment.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct bartizan_tick_band {
    /// The band's first price, itself on a tick of this band and of the one before.
    pub first: i64,
    /// The distance between two prices, at least 1.
    pub increment: u64,
}

/// What is fixed about a book before it opens. Start from bartizan_rules_default.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct bartizan_rules {
    /// The prices that orders may name: bands, first prices rising; what is below the first follows it. Null with a count
    /// of zero: every price. Read by bartizan_book_new only.
    pub tick_bands: *const bartizan_tick_band,
    /// How many bands.
    pub tick_band_count: usize,
    /// Every quantity is a multiple of this; from 1 to BARTIZAN_MAX_QUANTITY.
    pub lot: u64,
    /// Most units open on one side at once, hidden and waiting ones included; from 1 to BARTIZAN_MAX_OPEN.
    pub max_open: u64,
    /// Most parts in which the reserves of one side's icebergs are still to be shown, at least 1: it bounds what one command can
    /// bring about.
    pub max_parts: u64,
    /// Most live orders at once, from 1 to 2^31.
    pub max_orders: u32,
    /// Orders to reserve room for at the start, if there is memory for it, so that the book need not grow until there are
    /// more; at most max_orders.
    pub expected_orders: u32,
    /// Recent trades that can be taken back.
    pub bustable_trades: u32,
    /// 1: a client id must be unique among its account's live orders, and finds its order. 0: it need not.
    pub index_client_ids: u8,
    /// 1: tell of single orders. 0: do not.
    pub l3: u8,
    /// 1: tell of price levels. 0: do not.
    pub l2: u8,
    /// 1: tell of the best bid and ask and of trades. 0: do not.
    pub l1: u8,
}

/// Every price (no tick bands), lot 1, max_orders 2^31, max_open BARTIZAN_MAX_OPEN, max_parts 2^20, expected_orders 1024,
/// bustable_trades 65536; client ids are unique and indexed, and all three channels of market data are on.
#[unsafe(no_mangle)]
pub extern "C" fn bartizan_rules_default() -> bartizan_rules {
    let rules = Rules::default();
    bartizan_rules {
        tick_bands: std::ptr::null(),
        tick_band_count: 0,
        lot: rules.lot.0,
        max_orders: rules.max_orders,
        max_open: rules.max_open.0,
        max_parts: rules.max_parts,
        expected_orders: rules.expected_orders,
        bustable_trades: rules.bustable_trades,
        index_client_ids: rules.index_client_ids.into(),
        l3: rules.l3.into(),
        l2: rules.l2.into(),
        l1: rules.l1.into(),
    }
}

/// `array` as a slice.
///
/// # Safety
/// `array` is null, or aligned and valid for reading `count` elements as long as the slice is used.
pub(crate) unsafe fn slice<'a, T>(array: *const T, count: usize) -> Result<&'a [T], bartizan_status> {
    if count == 0 {
        return Ok(&[]);
    }
    if array.is_null() {
        return Err(bartizan_status::NullPointer);
    }
    if count > isize::MAX as usize / size_of::<T>() {
        return Err(bartizan_status::BadValue);
    }
    // SAFETY: not null, not too long; aligned and valid by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(array, count) })
}

/// A yes or no.
fn flag(byte: u8) -> Result<bool, bartizan_status> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(bartizan_status::BadValue),
    }
}

impl bartizan_rules {
    /// The rules as the engine sees them.
    ///
    /// # Safety
    /// `tick_bands` is null, or aligned and valid for reading `tick_band_count` bands.
    pub(crate) unsafe fn read(&self) -> Result<Rules, bartizan_status> {
        // SAFETY: by this function's contract.
        let bands = unsafe { slice(self.tick_bands, self.tick_band_count) }?;
        let ticks = if bands.is_empty() {
            TickTable::default()
        } else {
            let bands = bands.iter().map(|band| (Price(band.first), band.increment)).collect();
            TickTable::new(bands).map_err(|_| bartizan_status::BadRules)?
        };
        let most = 1..=1_u32 << 31;
        let lot = Quantity(self.lot);
        let max_open = Quantity(self.max_open);
        if max_open == Quantity::ZERO || max_open > MAX_OPEN || self.max_parts == 0 {
            return Err(bartizan_status::BadRules);
        }
        if !lot.is_valid() || !most.contains(&self.max_orders) || self.expected_orders > self.max_orders {
            return Err(bartizan_status::BadRules);
        }
        Ok(Rules {
            ticks,
            lot,
            max_orders: self.max_orders,
            max_open,
            max_parts: self.max_parts,
            expected_orders: self.expected_orders,
            bustable_trades: self.bustable_trades,
            index_client_ids: flag(self.index_client_ids)?,
            l3: flag(self.l3)?,
            l2: flag(self.l2)?,
            l1: flag(self.l1)?,
        })
    }
}
