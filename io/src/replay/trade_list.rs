//! The trades that a venue published (Bitstamp's list, as a CSV with a header), and which of them a replay made: price,
//! size and both orders alike.

use std::ops::RangeInclusive;

use hashbrown::HashMap;

use super::text::Fields;
use super::venue::{Place, ReplayError};

/// A trade by what a replay can know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedTrade {
    /// When the venue made it.
    pub time: u64,
    /// At what price, in the venue's units.
    pub price: i64,
    /// How much.
    pub quantity: u64,
    /// The order that bought.
    pub buyer: u64,
    /// The order that sold.
    pub seller: u64,
}

impl PublishedTrade {
    /// What two tellers of one trade must agree on. Their clocks need not.
    fn terms(&self) -> (i64, u64, u64, u64) {
        (self.price, self.quantity, self.buyer, self.seller)
    }
}

const HEADER: &[u8] = b"trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side";

/// Whether bytes look like such a list.
pub fn detect(bytes: &[u8]) -> bool {
    bytes.starts_with(b"trade_id,")
}

/// Reads a list, with so many decimals in prices and in amounts.
///
/// # Errors
/// If it is none.
pub fn read(bytes: &[u8], decimals: (u32, u32)) -> Result<Vec<PublishedTrade>, ReplayError> {
    let mut trades = Vec::new();
    for (index, text) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let is_ended = text.ends_with(b"\n");
        let text = text.trim_ascii_end();
        if index == 0 {
            if text != HEADER {
                let message = format!("expected the header {:?}", String::from_utf8_lossy(HEADER));
                return Err(ReplayError { place: Place::Line(1), message });
            }
            continue;
        }
        if text.is_empty() {
            continue;
        }
        let trade = trade(text, index as u64 + 1, decimals)
            .map_err(|error| if is_ended { error } else { error.in_last_line(bytes.len()) })?;
        trades.push(trade);
    }
    Ok(trades)
}

fn trade(row: &[u8], line: u64, decimals: (u32, u32)) -> Result<PublishedTrade, ReplayError> {
    // Whole sizes are not those of the venues that publish such lists.
    let amount = if decimals.1 == 0 {
        "a whole amount, as this order flow has (a list of trades of another venue?)"
    } else {
        "an amount"
    };
    let mut fields = Fields::new(row, line);
    fields.whole("a trade id")?;
    fields.whole("a time in milliseconds")?;
    let trade = PublishedTrade {
        time: fields.milliseconds("the exchange's time in milliseconds")?,
        price: fields.price(decimals.0, "a price")?,
        quantity: fields.decimal(decimals.1, amount)?,
        buyer: fields.whole("a buyer's order id")?,
        seller: fields.whole("a seller's order id")?,
    };
    let side = fields.next("a side, buy or sell")?;
    if side != b"buy" && side != b"sell" {
        return Err(fields.error("a side, buy or sell", side));
    }
    fields.end().map(|()| trade)
}

/// A list beside a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TradesCompared {
    /// Each trade of the list in the time that was replayed, and whether the replay made it.
    pub listed: Vec<(PublishedTrade, bool)>,
    /// How many are of another time.
    pub outside: usize,
    /// How many trades of two known orders the replay made in the time of the list.
    pub ours: usize,
}

impl TradesCompared {
    /// How many of the list the replay made: each of its own counts once.
    pub fn matched(&self) -> usize {
        self.listed.iter().filter(|(_, found)| *found).count()
    }
}

/// Compares `published` with `ours`, trades of a replay of `time`.
pub fn compare(
    published: &[PublishedTrade],
    ours: &[PublishedTrade],
    time: &RangeInclusive<u64>,
) -> TradesCompared {
    let mut left: HashMap<_, u32> = HashMap::new();
    for trade in ours {
        *left.entry(trade.terms()).or_default() += 1;
    }
    let mut take = |trade: &PublishedTrade| match left.get_mut(&trade.terms()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    let within: Vec<&PublishedTrade> = published.iter().filter(|trade| time.contains(&trade.time)).collect();
    let first = published.iter().map(|trade| trade.time).min().unwrap_or(u64::MAX);
    let last = published.iter().map(|trade| trade.time).max().unwrap_or(0);
    TradesCompared {
        listed: within.iter().map(|&trade| (*trade, take(trade))).collect(),
        outside: published.len() - within.len(),
        ours: ours.iter().filter(|trade| (first..=last).contains(&trade.time)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(time: u64, buyer: u64) -> PublishedTrade {
        PublishedTrade { time, price: 1, quantity: 2, buyer, seller: 9 }
    }

    #[test]
    fn trades_are_found_once_each() {
        let published = [trade(5, 1), trade(5, 1), trade(6, 2)];
        let found = compare(&published, &[trade(5, 1), trade(7, 2), trade(5, 3)], &(0..=9));
        let is_found: Vec<bool> = found.listed.iter().map(|(_, found)| *found).collect();
        assert_eq!((is_found, found.matched()), (vec![true, false, true], 2));
        // One of ours is later than the list goes.
        assert_eq!((found.outside, found.ours), (0, 2));
    }

    #[test]
    fn what_the_replay_did_not_come_to_is_no_failure_of_it() {
        let published = [trade(3, 1), trade(5, 2), trade(6, 3)];
        let found = compare(&published, &[trade(5, 2)], &(4..=5));
        assert_eq!((found.listed, found.outside), (vec![(published[1], true)], 2));
    }

    #[test]
    fn a_list_that_is_cut_within_a_line_is_an_error() {
        let header = String::from_utf8_lossy(HEADER);
        let whole = format!("{header}\n1,2,3,78319.0,0.121,20,10,buy\n");
        for cut in header.len() + 2..whole.len() - 1 {
            let told = read(&whole.as_bytes()[..cut], (8, 8)).unwrap_err().to_string();
            assert!(
                told.starts_with("line 2, column ") && told.ends_with(&format!("at byte {cut}")),
                "{told}"
            );
        }
        let found = read(whole.trim_end().as_bytes(), (8, 8)).unwrap();
        assert_eq!((found.len(), found[0].time), (1, 3_000_000));
        assert!(read(b"nothing", (8, 8)).unwrap_err().to_string().starts_with("line 1: expected the header"));
    }
}
