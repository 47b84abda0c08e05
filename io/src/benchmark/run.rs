//! The benchmark as a whole: every contender on every market, places by error, and what they cost.

use std::path::PathBuf;
use std::time::Duration;

use super::clearing;
use super::contender::Contender;
use super::planted::{MARKETS, Market, market};
use super::prices;
use super::report::{FORMAT, MarketTold, Report, Row, Scored, Timed, Timings};
use super::scores::scores;
use super::speed;
use super::strain::strain;

/// What to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seed of all that is made up.
    pub seed: u64,
    /// Goods of a planted market.
    pub goods: usize,
    /// Trades of a planted market.
    pub trades: usize,
    /// Where price series lie, if values are to be planted from them too.
    pub prices: Option<PathBuf>,
    /// Programs that take part: `NAME=COMMAND`.
    pub with: Vec<String>,
    /// How long such a program may take for a problem.
    pub limit: Duration,
    /// The most trades that are timed; 0 for no times.
    pub largest: usize,
    /// How many rounds are cleared.
    pub rounds: usize,
}

/// Runs the benchmark; `progress` is told what is being done.
///
/// # Errors
/// If price series cannot be read or a program cannot be started.
pub fn run(settings: &Settings, progress: &mut dyn FnMut(&str)) -> Result<Report, String> {
    let size = (settings.goods, settings.trades);
    let mut contenders = Contender::own();
    for told in &settings.with {
        contenders.push(Contender::outside(told, settings.limit)?);
    }
    let planted =
        MARKETS.iter().map(|(name, about, making)| market(name, about, making, size, settings.seed));
    let mut markets: Vec<Market> =
        planted.collect::<Result<_, _>>().map_err(|refusal| refusal.to_string())?;
    if let Some(folder) = &settings.prices {
        markets.extend(prices::markets(folder, settings.trades, settings.seed)?);
    }
    let mut rows = Vec::new();
    for contender in &mut contenders {
        progress(&contender.name);
        let scored = markets.iter().map(|market| score(contender, market)).collect::<Vec<_>>();
        rows.push(Row {
            name: contender.name.clone(),
            mean_place: 0.0,
            valued: scored.iter().filter(|scored| scored.scores.is_some()).count(),
            scores: scored,
            ended: None,
            strain: strain(contender, size, settings.seed),
        });
    }
    place(&mut rows, markets.len());
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| rows[a].mean_place.total_cmp(&rows[b].mean_place).then(a.cmp(&b)));
    progress("clearing");
    let (cleared, seconds): (Vec<_>, Vec<_>) =
        clearing::compare(settings.rounds, settings.seed)?.into_iter().unzip();
    let timings = match settings.largest {
        0 => None,
        largest => {
            let markets = speed::markets(largest, settings.seed).map_err(|refusal| refusal.to_string())?;
            let timed = order.iter().map(|&index| {
                progress(&format!("{}, timed", contenders[index].name));
                let points = speed::time(&mut contenders[index], &markets);
                Timed { name: contenders[index].name.clone(), points }
            });
            let methods = timed.collect();
            let clearing =
                cleared.iter().map(|scores| scores.name.clone()).zip(seconds.iter().copied()).collect();
            Some(Timings { methods, clearing })
        }
    };
    for (row, contender) in rows.iter_mut().zip(&contenders) {
        row.ended = contender.ended().map(str::to_owned);
    }
    Ok(Report {
        format: FORMAT,
        version: 1,
        seed: settings.seed,
        goods: settings.goods,
        trades: settings.trades,
        markets: markets.iter().map(told).collect(),
        methods: order.into_iter().map(|index| rows[index].clone()).collect(),
        clearing: cleared,
        timings,
    })
}

fn told(market: &Market) -> MarketTold {
    MarketTold {
        name: market.name.clone(),
        about: market.about.clone(),
        goods: market.truth.len(),
        exchanges: market.evidence.exchanges().len(),
        rankings: market.evidence.rankings().len(),
        held_out: market.held_out.len(),
    }
}

fn score(contender: &mut Contender, market: &Market) -> Scored {
    let found = contender.value(&market.evidence);
    let name = market.name.clone();
    match found {
        Ok(found) => Scored { market: name, scores: Some(scores(market, &found)), why: None },
        Err(why) => Scored { market: name, scores: None, why: Some(why) },
    }
}

/// Gives every method its mean place by error: on each market one more than the number of methods that were better there.
fn place(rows: &mut [Row], market_count: usize) {
    // Errors as near as that are the same.
    const SAME: f64 = 1e-6;
    let mut sums = vec![0.0; rows.len()];
    for market in 0..market_count {
        let error = |row: &Row| {
            let told = row.scores[market].scores.as_ref();
            told.map_or(f64::INFINITY, |scores| scores.rmse)
        };
        let errors: Vec<f64> = rows.iter().map(error).collect();
        for (sum, own) in sums.iter_mut().zip(&errors) {
            let better = errors.iter().filter(|error| **error < own - SAME * own).count();
            let place = if own.is_finite() { better + 1 } else { errors.len() };
            *sum += place as f64;
        }
    }
    for (row, sum) in rows.iter_mut().zip(sums) {
        row.mean_place = sum / market_count.max(1) as f64;
    }
}
