//! `bartizan log checkpoint`: brings the log up to the journal, and signs what it then is.

use std::path::{Path, PathBuf};

use super::journal;
use super::place::{Place, told};
use crate::cli::Failure;
use crate::cli::output::write_stdout;
use crate::tlog::log::committed;
use crate::tlog::publish::last;
use crate::tlog::{FollowError, Follower, Log, LogError, SignerKey, publish};

/// What a log is called that was never given a name.
const UNNAMED: &str = "bartizan";

/// Bring the log up to the journal, and print what it then is
///
/// With a key, what is printed is signed, and also written to DIR/log/checkpoint. It is not signed when it
/// contradicts what was signed before. It is of what is durable: beside a run, the newest batch may be left out; after a run that was killed, what
/// that left is made durable first.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Sign with the private key in this file; can be given more than once
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// What the log is called, such as example.com/log; by default as before, or as the first key is called
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Make all of the log anew from the journal
    #[arg(long)]
    rebuild: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let keys = arguments.key.iter().map(|file| SignerKey::read(file)).collect::<Result<Vec<_>, _>>();
    let keys = keys.map_err(told)?;
    let folder = arguments.place.log();
    let before = committed(&folder);
    let has_journal = journal::is_in(&arguments.place.data);
    if !has_journal && (arguments.rebuild || matches!(before, Ok(None))) {
        return Err(Failure::at(&arguments.place.data, "no journal here to make a log of"));
    }
    let mut log = if arguments.rebuild {
        Log::anew(&folder).map_err(told)?
    } else {
        Log::open(&folder).map_err(|error| match error {
            LogError::Busy(_) => told(error),
            _ => told(format!("{error}; the log can be made anew from the journal: --rebuild")),
        })?
    };
    if has_journal {
        catch_up(&arguments.place.data, &mut log)?;
    }
    let signed = last(&folder).map_err(told)?.map(|(checkpoint, _)| checkpoint);
    let named = signed.or(before.ok().flatten().filter(|head| head.origin() != UNNAMED));
    let by_key = || keys.first().map(|key| key.verifier().name().to_owned());
    let origin =
        arguments.origin.clone().or_else(|| named.map(|head| head.origin().to_owned())).or_else(by_key);
    let head = log.commit(origin.as_deref().unwrap_or(UNNAMED)).map_err(told)?;
    if keys.is_empty() {
        return write_stdout(|out| write!(out, "{head}"));
    }
    let note = publish(&log, &keys).map_err(told)?;
    write_stdout(|out| write!(out, "{note}"))
}

/// Appends the journal's records that the log lacks.
fn catch_up(data: &Path, log: &mut Log) -> Result<(), Failure> {
    let known = log.head().size;
    let mut follower = Follower::new(log).map_err(told)?;
    let skipped = follower.skips();
    let at = |error: FollowError| Failure::at(data, error);
    journal::leaves(data, known, skipped, &mut |record| follower.take(record).map_err(at))?;
    follower.finish().map_err(at)
}
