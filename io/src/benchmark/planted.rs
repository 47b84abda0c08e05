//! Markets with planted values: made-up trades, or rankings, whose values are known.
//!
//! Values are exp(U(0, ln 1000)). Of a trade both goods are drawn, those of small index more often; its amount is log-normal, and its rate that of the values at its
//! time, with a normal error of the logarithm. A market may add what makes estimation hard: outliers, few trades, clusters that hardly trade with each other, values
//! that walk, and wash trades, which somebody makes with himself at twenty times the rate to push the first good up.
//!
//! Held out are honest trades of the same kind at the last values, which methods do not see.

use bartizan_solver::stream::Stream;
use bartizan_solver::valuation::number::{exp, ln};
use bartizan_solver::valuation::{Evidence, Exchange, Rankings, Refusal};

/// How a market is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Making {
    /// The standard deviation of errors of the logarithm.
    pub noise: f64,
    /// How many trades are outliers, as a share: their error is three times a normal one.
    pub outliers: f64,
    /// How many clusters goods are in; between clusters there is one trade in fifty.
    pub clusters: usize,
    /// How far the logarithms of values walk over the whole market, as a standard deviation.
    pub drift: f64,
    /// How many wash trades there are, as a share of honest ones.
    pub wash: f64,
    /// Trades, as a share of what was asked for.
    pub trades: f64,
    /// Whether there are rankings of five goods instead of trades.
    pub is_ranked: bool,
}

/// A market like any other.
pub const PLAIN: Making =
    Making { noise: 0.05, outliers: 0.0, clusters: 1, drift: 0.0, wash: 0.0, trades: 1.0, is_ranked: false };

/// The markets of the benchmark: name, what it is, and how it is made.
pub const MARKETS: &[(&str, &str, Making)] = &[
    ("plain", "errors of 5%", PLAIN),
    ("noisy", "errors of 40%", Making { noise: 0.4, ..PLAIN }),
    ("outliers", "one trade in ten far out", Making { outliers: 0.1, ..PLAIN }),
    ("sparse", "a twentieth of the trades", Making { trades: 0.05, ..PLAIN }),
    ("clustered", "five clusters, one trade in fifty between them", Making { clusters: 5, ..PLAIN }),
    ("drifting", "values walk; the last count", Making { drift: 1.0, ..PLAIN }),
    ("washed", "one wash trade for every hundred", Making { wash: 0.01, ..PLAIN }),
    ("ranked", "rankings of five goods, no trades", Making { is_ranked: true, ..PLAIN }),
];

/// A market and what is known of it.
#[derive(Clone, Debug)]
pub struct Market {
    /// The name.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// The logarithms of the values, at the end.
    pub truth: Vec<f64>,
    /// What methods see.
    pub evidence: Evidence,
    /// Honest trades that they do not see.
    pub held_out: Vec<Exchange>,
}

/// One held-out trade for so many that methods see.
const SEEN_PER_HELD_OUT: usize = 4;

/// Makes a market of so many goods and trades.
///
/// # Errors
/// If its trades are no evidence, which they are.
pub fn market(
    name: &str,
    about: &str,
    making: &Making,
    (goods, trades): (usize, usize),
    seed: u64,
) -> Result<Market, Refusal> {
    let mut stream = Stream::new(seed ^ mixed(name));
    let count = ((trades as f64 * making.trades) as usize).max(1);
    let start: Vec<f64> = (0..goods).map(|_| ln(1_000.0) * stream.unit()).collect();
    if making.is_ranked {
        return ranked(name, about, start, count, &mut stream);
    }
    // Values walk in twenty steps.
    let steps = if making.drift > 0.0 { 20 } else { 0 };
    let mut path = vec![start];
    for step in 0..steps {
        let length = making.drift / f64::from(steps).sqrt();
        let next = path[step as usize].iter().map(|value| value + length * normal(&mut stream)).collect();
        path.push(next);
    }
    from_path(name, about, &path, making, count, &mut stream)
}

/// A market whose values follow `path`, each entry for an equal part of the time.
pub(super) fn from_path(
    name: &str,
    about: &str,
    path: &[Vec<f64>],
    making: &Making,
    count: usize,
    stream: &mut Stream,
) -> Result<Market, Refusal> {
    let truth = path.last().cloned().unwrap_or_default();
    // Of their own, so that the honest trades are the same with them and without.
    let (mut outlying, mut washing) = (Stream::new(stream.word()), Stream::new(stream.word()));
    let mut exchanges = Vec::with_capacity(count);
    for index in 0..count {
        let values = &path[index * path.len() / count];
        let mut exchange = honest(values, making, stream);
        exchange.time = index as f64;
        let (is_out, by) = (outlying.unit() < making.outliers, exp(3.0 * normal(&mut outlying)));
        if is_out {
            exchange.got *= by;
        }
        exchanges.push(exchange);
        let (is_wash, other) =
            (washing.unit() < making.wash, 1 + washing.below(truth.len() as u64 - 1) as usize);
        if is_wash {
            // The pushed good for a hundred's worth, as much as the middle of honest trades.
            let (given, got) = (20.0 * 100.0 / exp(values[other]), 100.0 / exp(values[0]));
            exchanges.push(Exchange { time: index as f64, ..Exchange::new(other as u32, 0, given, got) });
        }
    }
    let held_out = (0..count.div_ceil(SEEN_PER_HELD_OUT)).map(|_| honest(&truth, making, stream)).collect();
    let evidence = Evidence::new(truth.len(), exchanges, Rankings::default())?;
    Ok(Market { name: name.to_owned(), about: about.to_owned(), truth, evidence, held_out })
}

/// A trade at the rate of the values, but for its error.
fn honest(values: &[f64], making: &Making, stream: &mut Stream) -> Exchange {
    let goods = values.len();
    let draw = |stream: &mut Stream| {
        let place = stream.unit();
        (place * (0.5 + 0.5 * place) * goods as f64) as usize
    };
    let a = draw(stream);
    let is_across = stream.below(50) == 0;
    let b = loop {
        let b = draw(stream);
        let is_same = a * making.clusters / goods == b * making.clusters / goods;
        if a != b && (making.clusters == 1 || is_same != is_across || goods < 2 * making.clusters) {
            break b;
        }
    };
    let worth = 100.0 * exp(1.5 * normal(stream));
    let error = making.noise * normal(stream);
    let (given, got) = (worth / exp(values[a]), worth / exp(values[b]) * exp(error));
    Exchange::new(a as u32, b as u32, given, got)
}

/// Rankings of five goods, one after the other chosen in proportion to their values.
fn ranked(
    name: &str,
    about: &str,
    truth: Vec<f64>,
    count: usize,
    stream: &mut Stream,
) -> Result<Market, Refusal> {
    let mut rankings = Rankings::default();
    for _ in 0..count {
        let mut left: Vec<u32> = (0..truth.len() as u32).collect();
        stream.shuffle(&mut left);
        left.truncate(5);
        let mut list = Vec::with_capacity(5);
        while !left.is_empty() {
            let total: f64 = left.iter().map(|&good| exp(truth[good as usize])).sum();
            let mut throw = stream.unit() * total;
            let chosen = left.iter().position(|&good| {
                throw -= exp(truth[good as usize]);
                throw < 0.0
            });
            list.push(left.remove(chosen.unwrap_or(left.len() - 1)));
        }
        rankings.push(&list);
    }
    let held_out = (0..count.div_ceil(SEEN_PER_HELD_OUT)).map(|_| honest(&truth, &PLAIN, stream)).collect();
    let evidence = Evidence::new(truth.len(), Vec::new(), rankings)?;
    Ok(Market { name: name.to_owned(), about: about.to_owned(), truth, evidence, held_out })
}

/// Nearly a standard normal: twelve uniforms of 16 bits less their mean.
pub(super) fn normal(stream: &mut Stream) -> f64 {
    let quarters = |word: u64| (0..4).map(move |quarter| (word >> (16 * quarter)) & 0xffff);
    let sum: u64 = (0..3).flat_map(|_| quarters(stream.word())).sum();
    (sum as f64 - 6.0 * 65_535.0) / 65_536.0
}

/// A number of a name, so that markets of one seed differ (FNV-1a).
pub(super) fn mixed(name: &str) -> u64 {
    name.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markets_are_as_they_say_and_the_same_again() {
        for &(name, about, making) in MARKETS {
            let made = || market(name, about, &making, (20, 400), 3).unwrap();
            let (market, again) = (made(), made());
            assert_eq!(market.evidence.exchanges(), again.evidence.exchanges(), "{name}");
            assert_eq!(market.evidence.exchanges().is_empty(), making.is_ranked, "{name}");
            assert_eq!(market.truth.len(), 20);
            assert!(!market.held_out.is_empty());
        }
        let far = |making: Making| {
            let market = market("x", "", &making, (20, 4_000), 3).unwrap();
            let truth = &market.truth;
            let is_far = |(x, rate): (&Exchange, f64)| {
                (rate - truth[x.gives as usize] + truth[x.gets as usize]).abs() > 0.5
            };
            market.evidence.rated().filter(|&rated| is_far(rated)).count()
        };
        assert_eq!(far(PLAIN), 0);
        assert!((250..450).contains(&far(Making { outliers: 0.1, ..PLAIN })));
        assert!((300..500).contains(&far(Making { wash: 0.1, ..PLAIN })));
        assert!(far(Making { drift: 1.0, ..PLAIN }) > 400);
        // More outliers are those there were and others, and the rest stays; so do honest trades beside wash trades.
        let made = |making: Making| market("x", "", &making, (20, 4_000), 3).unwrap();
        let (plain, few) = (made(PLAIN), made(Making { outliers: 0.05, ..PLAIN }));
        let (many, washed) = (made(Making { outliers: 0.1, ..PLAIN }), made(Making { wash: 0.1, ..PLAIN }));
        assert_eq!((&plain.held_out, &plain.held_out), (&many.held_out, &washed.held_out));
        for ((plain, few), many) in
            plain.evidence.exchanges().iter().zip(few.evidence.exchanges()).zip(many.evidence.exchanges())
        {
            assert!(few == plain || few == many);
        }
        let honest = washed.evidence.exchanges().iter().filter(|x| plain.evidence.exchanges().contains(x));
        assert_eq!(honest.count(), 4_000);
    }
}
