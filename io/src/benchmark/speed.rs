//! Time and memory from a thousand trades to a million: how long a method takes for trades in memory, and by how much the process grows at most (Linux
//! tells; a program of its own is not seen). A method that took longer than `PATIENCE_SECONDS` is not asked for more.

use std::time::Instant;

use bartizan_solver::valuation::Refusal;
use serde::Serialize;

use super::contender::Contender;
use super::planted::{Market, PLAIN, market};

/// Longer than this, and the next size is left out.
const PATIENCE_SECONDS: f64 = 10.0;

/// What a size took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// How many goods.
    pub goods: usize,
    /// How many trades.
    pub trades: usize,
    /// Seconds.
    pub seconds: f64,
    /// By how many bytes the process grew at most, if the system tells, and it is not a program of its own that took them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// Markets from a thousand trades on, ten times as many each, up to `largest`; a hundred trades a good.
///
/// # Errors
/// If trades are no evidence, which they are.
pub fn markets(largest: usize, seed: u64) -> Result<Vec<Market>, Refusal> {
    let sizes = [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|&trades| trades <= largest);
    sizes.map(|trades| market("speed", "", &PLAIN, (trades / 100, trades), seed)).collect()
}

/// Times `contender` on `markets`.
pub fn time(contender: &mut Contender, markets: &[Market]) -> Vec<Point> {
    let mut points = Vec::new();
    for market in markets {
        let before = reset_peak();
        let started = Instant::now();
        if !contender.find(&market.evidence) {
            break;
        }
        let seconds = started.elapsed().as_secs_f64();
        let before = before.filter(|_| !contender.is_outside());
        let bytes = before.and_then(|before| Some(status("VmHWM:")?.saturating_sub(before)));
        let (goods, trades) = (market.truth.len(), market.evidence.exchanges().len());
        points.push(Point { goods, trades, seconds, bytes });
        if seconds > PATIENCE_SECONDS {
            break;
        }
    }
    points
}

/// Makes the peak what is in use now, and tells it.
fn reset_peak() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    status("VmRSS:")
}

/// A line of what Linux tells of this process, in bytes.
fn status(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_memory_of_a_program_is_not_told() {
        let values = [1; 10].map(|value: u8| value.to_string()).join(",");
        let program = format!("one=while read line; do echo '{{\"id\":1,\"values\":[{values}]}}'; done");
        let mut outside =
            Contender::outside(&program, Duration::from_mins(1)).expect("the shell can be started");
        let points = time(&mut outside, &markets(1_000, 1).expect("trades are evidence"));
        assert_eq!(points.iter().map(|point| point.bytes).collect::<Vec<_>>(), [None]);
        let told = serde_json::to_value(points[0]).expect("numbers are JSON");
        assert!(told.get("bytes").is_none() && told.get("seconds").is_some(), "{told}");
    }
}
