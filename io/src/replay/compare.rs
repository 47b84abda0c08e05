//! A replay against what the venue published: its own best prices (a LOBSTER order book file), and its list of
//! trades (Bitstamp's).
//!
//! Best prices are compared as sequences: the longest common subsequence of our changes and the venue's, after
//! Hunt and Szymanski (CACM 20(5), 1977): O((r + n) log n) for r pairs of equal entries. So one entry that only
//! one side has costs one, and not all that follows. Where r would be too large, a pair further
//! apart than a window is not looked at, which can only lower the count.

use hashbrown::HashMap;

use super::text::Fields;
use super::venue::{Place, ReplayError, Venue};

/// A best bid and ask with their sizes, in the venue's units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quote {
    /// The lowest ask.
    pub ask: i64,
    /// What is shown there.
    pub ask_size: u64,
    /// The highest bid.
    pub bid: i64,
    /// What is shown there.
    pub bid_size: u64,
}

/// What a venue published of its book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// Its best prices, each change once.
    Quotes(Vec<Quote>),
    /// Its trades.
    Trades(Vec<PublishedTrade>),
}

/// Reads what `venue` published: best prices as LOBSTER writes them, or a list of trades as Bitstamp's.
///
/// # Errors
/// If it is neither.
pub fn read(bytes: &[u8], venue: &Venue) -> Result<Published, ReplayError> {
    if bytes.starts_with(b"trade_id,") {
        let decimals = (venue.price_decimals, venue.quantity_decimals);
        return read_trades(bytes, decimals).map(Published::Trades);
    }
    read_quotes(bytes).map(|mut quotes| {
        let price = 10i64.pow(venue.price_decimals.saturating_sub(LOBSTER_DECIMALS));
        let size = 10u64.pow(venue.quantity_decimals);
        for quote in &mut quotes {
            for one in [&mut quote.ask, &mut quote.bid] {
                *one = one.saturating_mul(price);
            }
            for one in [&mut quote.ask_size, &mut quote.bid_size] {
                *one = one.saturating_mul(size);
            }
        }
        Published::Quotes(quotes)
    })
}

/// Decimals of a price in a LOBSTER file.
const LOBSTER_DECIMALS: u32 = 4;

/// Reads a LOBSTER order book file of any depth: its best prices, each change once.
fn read_quotes(bytes: &[u8]) -> Result<Vec<Quote>, ReplayError> {
    let mut quotes: Vec<Quote> = Vec::new();
    for (index, text) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let (row, is_ended) = text.strip_suffix(b"\n").map_or((text, false), |row| (row, true));
        if row.trim_ascii().is_empty() {
            continue;
        }
        let mut fields = Fields::new(row, index as u64 + 1);
        let mut quote = || {
            Ok(Quote {
                ask: fields.signed("an ask price")?,
                ask_size: fields.whole("an ask size")?,
                bid: fields.signed("a bid price")?,
                bid_size: fields.whole("a bid size")?,
            })
        };
        let quote = quote().map_err(
            |error: ReplayError| {
                if is_ended { error } else { error.in_last_line(bytes.len()) }
            },
        )?;
        // A size may be cut and still be a number.
        if !is_ended {
            let end = &row[row.len()..];
            return Err(Fields::new(row, index as u64 + 1)
                .error("a line break", end)
                .in_last_line(bytes.len()));
        }
        if quotes.last() != Some(&quote) {
            quotes.push(quote);
        }
    }
    Ok(quotes)
}

/// Most pairs of equal entries that are looked at.
const MOST_PAIRS: usize = 1 << 26;

/// How far apart pairs may be when there would be too many.
const WINDOW: usize = 1 << 12;

/// Where each of a venue's best prices stands in their sequence.
#[derive(Clone, Debug)]
pub struct Places(HashMap<Quote, Vec<u32>>);

impl Places {
    /// The places of `theirs`.
    pub fn new(theirs: &[Quote]) -> Self {
        let mut places: HashMap<Quote, Vec<u32>> = HashMap::new();
        for (index, quote) in theirs.iter().enumerate() {
            places.entry(*quote).or_default().push(index as u32);
        }
        Places(places)
    }

    /// Those of one.
    pub fn of(&self, quote: &Quote) -> &[u32] {
        self.0.get(quote).map_or(&[], Vec::as_slice)
    }
}

/// Which entries of `ours` have their like among `theirs`, in order: for each its index there.
pub fn in_order(ours: &[Quote], theirs: &Places) -> Vec<Option<usize>> {
    let of = |quote| theirs.of(quote);
    let pairs: usize = ours.iter().map(|quote| of(quote).len()).sum();
    let window = if pairs > MOST_PAIRS { WINDOW } else { usize::MAX };
    // ends[k]: the link at which a chain of k + 1 pairs ends earliest in `theirs`.
    let mut ends: Vec<u32> = Vec::new();
    let mut links: Vec<Link> = Vec::new();
    for (index, quote) in ours.iter().enumerate() {
        let near = |&&place: &&u32| window == usize::MAX || (place as usize).abs_diff(index) <= window;
        for &place in of(quote).iter().rev().filter(near) {
            let length = ends.partition_point(|&end| links[end as usize].theirs < place);
            if ends.get(length).is_some_and(|&end| links[end as usize].theirs == place) {
                continue;
            }
            let before = length.checked_sub(1).map(|shorter| ends[shorter]);
            let link = links.len() as u32;
            links.push(Link { ours: index as u32, theirs: place, before });
            if length == ends.len() {
                ends.push(link);
            } else {
                ends[length] = link;
            }
        }
    }
    let mut matched = vec![None; ours.len()];
    let mut next = ends.last().copied();
    while let Some(link) = next.map(|index| links[index as usize]) {
        matched[link.ours as usize] = Some(link.theirs as usize);
        next = link.before;
    }
    matched
}

/// One pair of a chain.
#[derive(Clone, Copy, Debug)]
struct Link {
    ours: u32,
    theirs: u32,
    before: Option<u32>,
}

/// A published trade, by what a replay can know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublishedTrade {
    /// At what price, in the venue's units.
    pub price: i64,
    /// How much.
    pub quantity: u64,
    /// The order that bought.
    pub buyer: u64,
    /// The order that sold.
    pub seller: u64,
}

const TRADES_HEADER: &[u8] =
    b"trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side";

/// Reads a Bitstamp-style list of trades, with so many decimals in prices and in amounts.
fn read_trades(bytes: &[u8], decimals: (u32, u32)) -> Result<Vec<PublishedTrade>, ReplayError> {
    let mut trades = Vec::new();
    for (index, text) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let is_ended = text.ends_with(b"\n");
        let text = text.trim_ascii_end();
        if index == 0 {
            if text != TRADES_HEADER {
                let message = format!("expected the header {:?}", String::from_utf8_lossy(TRADES_HEADER));
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
    let mut fields = Fields::new(row, line);
    for what in ["a trade id", "a time", "a time"] {
        fields.whole(what)?;
    }
    let trade = PublishedTrade {
        price: fields.price(decimals.0, "a price")?,
        quantity: fields.decimal(decimals.1, "an amount")?,
        buyer: fields.whole("a buyer's order id")?,
        seller: fields.whole("a seller's order id")?,
    };
    let side = fields.next("a side, buy or sell")?;
    if side != b"buy" && side != b"sell" {
        return Err(fields.error("a side, buy or sell", side));
    }
    fields.end().map(|()| trade)
}

/// Each published trade, and whether a replay made it, price, quantity and both orders alike. Each of ours is used once.
pub fn found(published: &[PublishedTrade], ours: &[PublishedTrade]) -> Vec<(PublishedTrade, bool)> {
    let mut left: HashMap<PublishedTrade, u32> = HashMap::new();
    for trade in ours {
        *left.entry(*trade).or_default() += 1;
    }
    let mut take = |trade| match left.get_mut(trade) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    published.iter().map(|trade| (*trade, take(trade))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes(bids: &[i64]) -> Vec<Quote> {
        bids.iter().map(|&bid| Quote { ask: 100, ask_size: 1, bid, bid_size: 1 }).collect()
    }

    #[test]
    fn one_stray_entry_costs_one() {
        let theirs = Places::new(&quotes(&[1, 2, 3, 4, 5, 6, 7]));
        let matched = in_order(&quotes(&[1, 7, 2, 3, 9, 6]), &theirs);
        assert_eq!(matched, [Some(0), None, Some(1), Some(2), None, Some(5)]);
        assert_eq!(in_order(&[], &theirs), []);
        assert_eq!(in_order(&quotes(&[1]), &Places::new(&[])), [None]);
    }

    #[test]
    fn it_is_the_longest_by_enumeration() {
        let mut state = 1u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..500 {
            let mut list = || (0..draw(8)).map(|_| draw(4) as i64).collect::<Vec<_>>();
            let (a, b) = (list(), list());
            let matched = in_order(&quotes(&a), &Places::new(&quotes(&b)));
            let mut longest = vec![vec![0; b.len() + 1]; a.len() + 1];
            for i in 0..a.len() {
                for j in 0..b.len() {
                    longest[i + 1][j + 1] = if a[i] == b[j] {
                        longest[i][j] + 1
                    } else {
                        longest[i][j + 1].max(longest[i + 1][j])
                    };
                }
            }
            let chain: Vec<usize> = matched.iter().flatten().copied().collect();
            assert!(chain.is_sorted_by(|x, y| x < y), "{a:?} {b:?}");
            assert_eq!(chain.len(), longest[a.len()][b.len()], "{a:?} {b:?}");
            assert!(matched.iter().zip(&a).all(|(place, bid)| place.is_none_or(|place| b[place] == *bid)));
        }
    }

    #[test]
    fn trades_are_found_once_each() {
        let trade = |buyer| PublishedTrade { price: 1, quantity: 2, buyer, seller: 9 };
        let found = found(&[trade(1), trade(1), trade(2)], &[trade(1), trade(2)]);
        assert_eq!(found, [(trade(1), true), (trade(1), false), (trade(2), true)]);
    }

    #[test]
    fn a_list_that_is_cut_within_a_line_is_an_error() {
        let header = String::from_utf8_lossy(TRADES_HEADER);
        let whole = format!("{header}\n1,2,3,78319.0,0.121,20,10,buy\n");
        let last = header.len() + 2..whole.len() - 1;
        for cut in last {
            let told = read_trades(&whole.as_bytes()[..cut], (8, 8)).unwrap_err().to_string();
            assert!(
                told.starts_with("line 2, column ") && told.ends_with(&format!("at byte {cut}")),
                "{told}"
            );
        }
        assert_eq!(read_trades(whole.trim_end().as_bytes(), (8, 8)).unwrap().len(), 1);
        let book = b"5859400,200,5853300,18\n5859400,200,5853300,118\n";
        for cut in 24..book.len() {
            let told = read_quotes(&book[..cut]).unwrap_err().to_string();
            assert!(
                told.starts_with("line 2, column ") && told.ends_with(&format!("at byte {cut}")),
                "{told}"
            );
        }
        assert_eq!(read_quotes(book).unwrap().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        let told = |bytes: &[u8]| read_quotes(bytes).unwrap_err().to_string();
        assert_eq!(told(b"1,2,3,4\n1,2,x,4\n"), "line 2, column 5: expected a bid price, found \"x\"");
        assert!(
            read_trades(b"nothing", (8, 8))
                .unwrap_err()
                .to_string()
                .starts_with("line 1: expected the header")
        );
    }
}
