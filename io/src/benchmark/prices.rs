//! Markets whose values are planted from price series that others publish: the reference rates of the European Central Bank (`eurofxref-hist.csv`) and the daily
//! prices of coins by `CoinGecko` (`coingecko/*.csv`). Goods trade at each day's prices; the last day's are the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bartizan_solver::stream::Stream;
use bartizan_solver::valuation::number::ln;

use super::planted::{Making, Market, PLAIN, from_path, mixed};

/// The most days that are used, the last ones.
const DAYS: usize = 250;

/// Prices do not stray far from those of the day.
const MAKING: Making = Making { noise: 0.005, ..PLAIN };

/// Prices by day, in order, and by good; only goods that have one on each day.
struct Series {
    goods: usize,
    /// The logarithms of the prices.
    days: Vec<Vec<f64>>,
}

/// Reads the series of a source, if it lies in a folder.
type Reading = fn(&Path) -> Result<Option<Series>, String>;

/// The markets of the series that lie in `folder`.
///
/// # Errors
/// If none does, or a file cannot be read.
pub fn markets(folder: &Path, trades: usize, seed: u64) -> Result<Vec<Market>, String> {
    let mut markets = Vec::new();
    let sources: [(&str, &str, Reading); 2] = [
        ("ecb", "currencies at the European Central Bank's rates", ecb),
        ("coingecko", "coins at CoinGecko's prices", coingecko),
    ];
    for (name, about, read) in sources {
        let Some(series) = read(folder)? else { continue };
        let about = format!("{about}: {} goods, {} days", series.goods, series.days.len());
        let mut stream = Stream::new(seed ^ mixed(name));
        let market = from_path(name, &about, &series.days, &MAKING, trades, &mut stream);
        markets.push(market.map_err(|refusal| format!("{name}: {refusal}"))?);
    }
    if markets.is_empty() {
        return Err(format!("{}: neither eurofxref-hist.csv nor coingecko/*.csv", folder.display()));
    }
    Ok(markets)
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn ecb(folder: &Path) -> Result<Option<Series>, String> {
    let path = folder.join("eurofxref-hist.csv");
    if !path.exists() {
        return Ok(None);
    }
    let text = text(&path)?;
    // The latest day comes first. A rate is how much of the currency one euro buys.
    let rows: Vec<Vec<Option<f64>>> = text
        .lines()
        .skip(1)
        .take(DAYS)
        .map(|line| {
            line.split(',').skip(1).map(|rate| rate.parse().ok().filter(|rate| *rate > 0.0)).collect()
        })
        .collect();
    let columns = rows.iter().map(Vec::len).min().unwrap_or(0);
    let whole: Vec<usize> =
        (0..columns).filter(|&column| rows.iter().all(|row| row[column].is_some())).collect();
    let day = |row: &Vec<Option<f64>>| {
        let values = whole.iter().filter_map(|&column| row[column].map(|rate| -ln(rate)));
        std::iter::once(0.0).chain(values).collect()
    };
    let days = rows.iter().rev().map(day).collect();
    series(&path, days)
}

fn coingecko(folder: &Path) -> Result<Option<Series>, String> {
    let folder = folder.join("coingecko");
    let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(None) };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "csv"));
    paths.sort();
    let mut coins: Vec<BTreeMap<String, f64>> = Vec::new();
    for path in &paths {
        let text = text(path)?;
        let price = |line: &str| {
            let mut fields = line.split(',');
            let (day, price) = (fields.next()?.get(..10)?.to_owned(), fields.next()?.parse::<f64>().ok()?);
            (price > 0.0).then(|| (day, ln(price)))
        };
        coins.push(text.lines().skip(1).filter_map(price).collect());
    }
    let all: BTreeSet<&String> = coins.iter().flat_map(BTreeMap::keys).collect();
    // Days on which most coins have a price; then the coins that have one on each of those.
    let is_common =
        |day: &&&String| coins.iter().filter(|coin| coin.contains_key(**day)).count() * 10 >= coins.len() * 9;
    let mut days: Vec<&String> = all.iter().rev().filter(is_common).take(DAYS).copied().collect();
    days.reverse();
    let whole: Vec<_> = coins.iter().filter(|coin| days.iter().all(|day| coin.contains_key(*day))).collect();
    let days = days.iter().map(|day| whole.iter().map(|coin| coin[*day]).collect()).collect();
    series(&folder, days)
}

fn series(path: &Path, days: Vec<Vec<f64>>) -> Result<Option<Series>, String> {
    let goods = days.first().map_or(0, Vec::len);
    if goods < 3 || days.len() < 2 {
        return Err(format!("{}: no prices of three goods on two days", path.display()));
    }
    Ok(Some(Series { goods, days }))
}
