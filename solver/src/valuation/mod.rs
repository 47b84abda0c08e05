//! What goods are worth to each other, estimated from what people exchange, offer, want or owe: one method a file, all in [`METHODS`].
//!
//! Most methods give the values of goods from [`Evidence`]; values hold within a component of goods that exchanges or rankings join. Two give the shares of
//! participants in what a round gains ([`Game`]). Whatever a method finds satisfies conditions that code of its own measures. Of most
//! methods that is a proof from the values alone: equations, a duality gap. Of the Kalman filter, of Shapley shares and of sampled least-core
//! shares there is none so short: they are found again by the same code and compared, which shows that they belong to the input,
//! not that the code is right; tests hold that to other programs and to brute force. What no values explain is [`arbitrage`].
//!
//! Everything runs on one thread and in the order of the input, with logarithms of its own ([`number`]): the same evidence gives the same
//! bytes on any machine. No method knows money, names or files.

mod absolute;
mod arbitrage;
mod bradley_terry;
mod choices;
mod equilibrium;
mod estimate;
mod evidence;
mod factor;
mod flow;
mod game;
mod joined;
mod kalman;
mod laplacian;
mod least_core;
mod least_squares;
pub mod number;
mod page_rank;
mod plackett_luce;
mod rank_centrality;
mod shadow;
mod shapley;
mod stationary;
#[cfg(test)]
mod tests;
mod wins;

pub use arbitrage::{Arbitrage, arbitrage};
pub use estimate::{Condition, Estimate, Settings};
pub use evidence::{Evidence, Exchange, MOST_SPAN, Rankings, Refusal};
pub use game::{Game, Shares};

/// A way to value goods, or to share what a round gains.
#[derive(Debug)]
pub struct Method {
    /// The name given to `--method`.
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// Whether its values have a scale of their own; otherwise only what they are to each other counts.
    pub is_absolute: bool,
    /// What it does.
    pub kind: Kind,
}

/// Values are estimated from evidence.
pub type Estimating = fn(&Evidence, &Settings) -> Result<Estimate, Refusal>;

/// What holds of right values, measured.
pub type Checking = fn(&Evidence, &[f64], &[(&str, f64)]) -> Vec<Condition>;

/// Shares are found in a game.
pub type Sharing = fn(&Game<'_>, &Settings) -> Result<Shares, Refusal>;

/// What a method does.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// It values goods.
    Values(Estimating, Checking),
    /// It shares what a round gains.
    Shares(Sharing),
}

const fn values(name: &'static str, about: &'static str, estimate: Estimating, check: Checking) -> Method {
    Method { name, about, is_absolute: false, kind: Kind::Values(estimate, check) }
}

/// Every method.
pub const METHODS: &[Method] = &[
    values(
        "least-squares",
        "logarithms by least squares; what is left is arbitrage",
        least_squares::estimate,
        least_squares::check,
    ),
    values(
        "absolute-deviations",
        "logarithms by least absolute deviations: outliers hardly count",
        absolute::estimate,
        absolute::check,
    ),
    values(
        "bradley-terry",
        "values that make comparisons of two likeliest",
        bradley_terry::estimate,
        bradley_terry::check,
    ),
    values(
        "plackett-luce",
        "values that make whole rankings likeliest",
        plackett_luce::estimate,
        plackett_luce::check,
    ),
    values(
        "rank-centrality",
        "long-run shares of a walk to what wins comparisons",
        rank_centrality::estimate,
        rank_centrality::check,
    ),
    values(
        "pagerank",
        "popularity: what is asked for, not what it is worth",
        page_rank::estimate,
        page_rank::check,
    ),
    values(
        "equilibrium",
        "prices at which all that is brought is spent",
        equilibrium::estimate,
        equilibrium::check,
    ),
    Method {
        name: "shadow-prices",
        about: "what one more of a good would clear",
        is_absolute: true,
        kind: Kind::Values(shadow::estimate, shadow::check),
    },
    values("kalman", "values that drift, followed exchange by exchange", kalman::estimate, kalman::check),
    Method {
        name: "shapley",
        about: "shares in a round by what each adds, on average over orders of arrival",
        is_absolute: true,
        kind: Kind::Shares(|game, settings| Ok(shapley::shares(game, settings))),
    },
    Method {
        name: "least-core",
        about: "shares in a round that leave coalitions the least reason to go",
        is_absolute: true,
        kind: Kind::Shares(least_core::shares),
    },
];

/// The method called `name`, if there is one.
pub fn by_name(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
