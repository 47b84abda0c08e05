//! A replay against the best prices that the venue published (a LOBSTER order book file).
//!
//! They are compared as sequences: the longest common subsequence of our changes and the venue's, after
//! Hunt and Szymanski (CACM 20(5), 1977): O((r + n) log n) for r pairs of equal entries. So one entry that only
//! one side has costs one, and not all that follows. Where r would be too large, a pair further
//! apart than a window is not looked at, which can only lower the count.

use hashbrown::HashMap;

use super::text::Fields;
use super::trade_list::{self, PublishedTrade};
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
/// If it is neither, or has no row.
pub fn read(bytes: &[u8], venue: &Venue) -> Result<Published, ReplayError> {
    if trade_list::detect(bytes) {
        let decimals = (venue.price_decimals, venue.quantity_decimals);
        return trade_list::read(bytes, decimals).map(Published::Trades);
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

/// Reads a LOBSTER order book file of any depth: its best prices, each change once. A row of which a side is empty (it has
/// a size of zero) has no best prices.
fn read_quotes(bytes: &[u8]) -> Result<Vec<Quote>, ReplayError> {
    let mut quotes: Vec<Quote> = Vec::new();
    let mut last = None;
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
        if last != Some(quote) && quote.ask_size > 0 && quote.bid_size > 0 {
            quotes.push(quote);
        }
        last = Some(quote);
    }
    if last.is_none() {
        let message = "expected best prices or a list of trades, and there is nothing".into();
        return Err(ReplayError { place: Place::Line(1), message });
    }
    Ok(quotes)
}

/// Most pairs of equal entries that are looked at.
const MOST_PAIRS: usize = 1 << 26;

/// How far apart pairs may be when there would be too many.
const WINDOW: usize = 1 << 12;

/// Where each of a venue's best prices stands in their sequence.
#[derive(Clone, Debug)]
pub struct Places {
    places: HashMap<Quote, Vec<u32>>,
    /// How many there are.
    pub total: usize,
}

impl Places {
    /// The places of `theirs`.
    pub fn new(theirs: &[Quote]) -> Self {
        let mut places: HashMap<Quote, Vec<u32>> = HashMap::new();
        for (index, quote) in theirs.iter().enumerate() {
            places.entry(*quote).or_default().push(index as u32);
        }
        Places { places, total: theirs.len() }
    }

    /// Those of one.
    pub fn of(&self, quote: &Quote) -> &[u32] {
        self.places.get(quote).map_or(&[], Vec::as_slice)
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
    fn a_file_that_is_cut_within_a_line_is_an_error() {
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
    fn a_row_with_an_empty_side_is_no_best_price_and_parts_those_around_it() {
        let rows = b"9999999999,0,1,4\n3,2,1,4\n3,2,1,4\n3,2,-9999999999,0\n3,2,1,4\n";
        let quote = Quote { ask: 3, ask_size: 2, bid: 1, bid_size: 4 };
        assert_eq!(read_quotes(rows).unwrap(), [quote, quote]);
    }

    #[test]
    fn what_is_wrong_is_told_by_line_and_column() {
        let told = |bytes: &[u8]| read_quotes(bytes).unwrap_err().to_string();
        assert_eq!(told(b"1,2,3,4\n1,2,x,4\n"), "line 2, column 5: expected a bid price, found \"x\"");
        assert_eq!(told(b""), "line 1: expected best prices or a list of trades, and there is nothing");
    }
}
