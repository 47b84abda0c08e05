//! What the benchmark found: a leaderboard, the scores behind it, and, apart, times and memory.

use serde::Serialize;

use super::clearing;
use super::scores::Scores;
use super::speed::Point;
use super::strain::Strain;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-benchmark";

/// The report. Without `timings` it is a function of its seed and sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: &'static str,
    /// 1.
    pub version: u32,
    /// The seed.
    pub seed: u64,
    /// How many goods a planted market has.
    pub goods: usize,
    /// How many trades a planted market has.
    pub trades: usize,
    /// The markets.
    pub markets: Vec<MarketTold>,
    /// The methods, the best first.
    pub methods: Vec<Row>,
    /// The clearing of rounds, in the order of the algorithms.
    pub clearing: Vec<clearing::Scores>,
    /// Times and memory, which are not a function of the seed; none if not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
}

impl Report {
    /// How many seconds a round took this algorithm of clearing, where that was measured.
    pub fn clearing_seconds(&self, algorithm: &str) -> Option<f64> {
        let timings = &self.timings.as_ref()?.clearing;
        timings.iter().find(|(name, _)| name == algorithm).map(|&(_, seconds)| seconds)
    }
}

/// A market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MarketTold {
    /// The name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// How many goods.
    pub goods: usize,
    /// How many trades methods see.
    pub exchanges: usize,
    /// How many rankings they see.
    pub rankings: usize,
    /// How many trades are held out.
    pub held_out: usize,
}

/// A method on the leaderboard.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The name.
    pub name: String,
    /// Its mean place among all methods by error, over the markets; a method that cannot be used on a market is last there.
    pub mean_place: f64,
    /// On how many markets it gave values.
    pub valued: usize,
    /// What it reached on each market, in their order.
    pub scores: Vec<Scored>,
    /// How it bears outliers, lost trades and wash trades.
    pub strain: Strain,
    /// Why a program was ended, and asked nothing more from there on; none if it answered to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// What a method reached on a market.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scored {
    /// The market.
    pub market: String,
    /// The scores; none if it gave no values.
    pub scores: Option<Scores>,
    /// Why it gave no values.
    pub why: Option<String>,
}

/// Times and memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timings {
    /// Of each method, in the order of the leaderboard.
    pub methods: Vec<Timed>,
    /// Seconds of a round, by algorithm.
    pub clearing: Vec<(String, f64)>,
}

/// What sizes took a method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Timed {
    /// The name.
    pub name: String,
    /// What each size took.
    pub points: Vec<Point>,
}

impl Row {
    /// What is to be said of it beside figures: that it was ended, or gave no values at all, and why.
    pub fn told(&self) -> Option<String> {
        let name = &self.name;
        if let Some(why) = &self.ended {
            return Some(format!("{name} was ended, and gives no values from there on: {why}"));
        }
        let why = self.scores.iter().find_map(|scored| scored.why.as_ref()).filter(|_| self.valued == 0)?;
        Some(format!("{name} gave no values: {why}"))
    }

    /// The mean of what `of` takes from the scores, over the markets that have it.
    pub fn mean(&self, of: impl Fn(&Scores) -> Option<f64>) -> Option<f64> {
        let found: Vec<f64> = self.scores.iter().filter_map(|scored| of(scored.scores.as_ref()?)).collect();
        (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
    }
}
