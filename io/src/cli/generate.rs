//! `bartizan generate`: made-up rounds with the statistics of real ones, made-up bundles, obligations and offers, and pools by published models.

use std::path::PathBuf;

use bartizan_engine::limits::MAX_ITEMS;

use super::Failure;
use super::notice::notice;
use super::output::{write_file, write_stdout};
use crate::generate::bundles::BundleRound;
use crate::generate::offers::Offers;
use crate::generate::trade_credit::TradeCredit;
use crate::generate::{KidneyModel, KidneyPool, MathTrade};
use crate::pool::MAX_NODES;

/// Make up a round with the statistics of real ones, exchanges of bundles, obligations between firms, a pool, or offers of a batch auction
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, clap::Subcommand)]
enum Kind {
    /// A math trade, as a `TradeMaximizer` wants list
    Mathtrade(MathTradeArguments),
    /// Exchanges of bundles, as a JSON round for `clear`: one or two of these for one or two of those
    Bundles(BundlesArguments),
    /// Obligations between firms, as CSV for `net`: few firms are large, amounts are log-normal
    Obligations(ObligationsArguments),
    /// A kidney exchange pool, as `PrefLib`'s .wmd
    Kidney(KidneyArguments),
    /// Offers of a batch auction, as CSV for `auction`, about known values
    Offers(OffersArguments),
}

#[derive(Debug, clap::Args)]
struct BundlesArguments {
    /// How many participants
    #[arg(long)]
    participants: usize,
    /// With payments and spending limits
    #[arg(long)]
    money: bool,
    /// The same seed gives the same round
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct ObligationsArguments {
    /// How many firms
    #[arg(long)]
    firms: usize,
    /// How many obligations
    #[arg(long)]
    obligations: usize,
    /// The same seed gives the same obligations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct KidneyArguments {
    /// Which published model
    #[arg(long, value_enum, default_value_t = Model::Saidman)]
    model: Model,
    /// How many pairs; with the altruists at most 131072
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=MAX_NODES as i64))]
    pairs: u32,
    /// How many altruists
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=MAX_NODES as i64))]
    altruists: u32,
    /// The same seed gives the same pool
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct OffersArguments {
    /// How many assets
    #[arg(long, default_value_t = 50)]
    assets: usize,
    /// How many offers
    #[arg(long)]
    offers: usize,
    /// With outliers, pairs with a handful of offers, and an asset that nobody wants
    #[arg(long)]
    hard: bool,
    /// The same seed gives the same offers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Model {
    /// Blood types and sensitisation of the United States (Saidman and others 2006)
    Saidman,
    /// Half easy, half hard to match (Ashlagi and others 2013)
    Heterogeneous,
    /// Saidman's with the shares of the UNOS pool of 2013
    Sparse,
}

#[derive(Debug, clap::Args)]
struct MathTradeArguments {
    /// How many items
    #[arg(long)]
    items: usize,
    /// The same seed gives the same list
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Wants per item, on average
    #[arg(long, default_value_t = MathTrade::new(0, 0).wants_per_item)]
    wants: u32,
    /// Items per user, on average
    #[arg(long, default_value_t = MathTrade::new(0, 0).items_per_user)]
    items_per_user: u32,
    /// Share of wants expressed through dummies, in percent from 0 to 100
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100))]
    dummies: u32,
    /// Make the order of wants count (LINEAR-PRIORITIES)
    #[arg(long)]
    priorities: bool,
    /// Put the official names in front
    #[arg(long)]
    official_names: bool,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print statistics of the list to standard error
    #[arg(long)]
    stats: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.kind {
        Kind::Mathtrade(arguments) => math_trade(arguments),
        Kind::Bundles(arguments) => bundles(arguments),
        Kind::Obligations(arguments) => obligations(arguments),
        Kind::Kidney(arguments) => kidney(arguments),
        Kind::Offers(arguments) => offers(arguments),
    }
}

fn bundles(arguments: &BundlesArguments) -> Result<(), Failure> {
    let BundlesArguments { participants, money, seed, ref output } = *arguments;
    let plan = BundleRound { participants, money, seed };
    if let Some(fault) = plan.fault() {
        return Err(Failure::Usage(format!("--participants: {fault}")));
    }
    match output {
        Some(path) => write_file(path, |mut out| plan.write(&mut out)),
        None => write_stdout(|mut out| plan.write(&mut out)),
    }
}

fn obligations(arguments: &ObligationsArguments) -> Result<(), Failure> {
    let ObligationsArguments { firms, obligations, seed, ref output } = *arguments;
    let plan = TradeCredit { firms, obligations, seed };
    if let Some(fault) = plan.fault() {
        return Err(Failure::Usage(format!("--firms and --obligations: {fault}")));
    }
    match output {
        Some(path) => write_file(path, |mut out| plan.write(&mut out)),
        None => write_stdout(|mut out| plan.write(&mut out)),
    }
}

fn kidney(arguments: &KidneyArguments) -> Result<(), Failure> {
    if arguments.pairs.saturating_add(arguments.altruists) as usize > MAX_NODES {
        return Err(Failure::Usage(format!("--pairs, --altruists: a pool has at most {MAX_NODES} of both")));
    }
    let model = match arguments.model {
        Model::Saidman => KidneyModel::Saidman,
        Model::Heterogeneous => KidneyModel::Heterogeneous,
        Model::Sparse => KidneyModel::Sparse,
    };
    let pool =
        KidneyPool { model, pairs: arguments.pairs, altruists: arguments.altruists, seed: arguments.seed };
    match &arguments.output {
        Some(path) => write_file(path, |mut out| pool.write(&mut out)),
        None => write_stdout(|mut out| pool.write(&mut out)),
    }
}

fn offers(arguments: &OffersArguments) -> Result<(), Failure> {
    let OffersArguments { assets, offers, hard, seed, ref output } = *arguments;
    let plan = Offers { assets, offers, hard, seed };
    if let Some(fault) = plan.fault() {
        return Err(Failure::Usage(format!("--assets and --offers: {fault}")));
    }
    match output {
        Some(path) => write_file(path, |mut out| plan.write(&mut out)),
        None => write_stdout(|mut out| plan.write(&mut out)),
    }
}

fn math_trade(arguments: &MathTradeArguments) -> Result<(), Failure> {
    if arguments.items > MAX_ITEMS {
        return Err(Failure::Usage(format!("--items: a round has at most {MAX_ITEMS}")));
    }
    let round = MathTrade {
        wants_per_item: arguments.wants,
        items_per_user: arguments.items_per_user,
        dummy_percent: arguments.dummies,
        priorities: arguments.priorities,
        official_names: arguments.official_names,
        ..MathTrade::new(arguments.items, arguments.seed)
    };
    let mut statistics = None;
    match &arguments.output {
        Some(path) => {
            write_file(path, |mut out| round.write(&mut out).map(|found| statistics = Some(found)))?;
        }
        None => write_stdout(|mut out| round.write(&mut out).map(|found| statistics = Some(found)))?,
    }
    if let Some(statistics) = statistics.filter(|_| arguments.stats) {
        notice(statistics);
    }
    Ok(())
}
