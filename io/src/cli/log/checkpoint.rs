//! `bartizan log checkpoint`: brings the log up to the journal, and signs what it then is.

use std::path::{Path, PathBuf};

use super::compare::compare;
use super::journal;
use super::place::{Place, told};
use crate::cli::Failure;
use crate::cli::output::write_stdout;
use crate::tlog::log::committed;
use crate::tlog::publish::last;
use crate::tlog::{Checkpoint, FollowError, Follower, Log, LogError, SignerKey, TreeSize, publish};

/// What a log is called that was never given a name.
const UNNAMED: &str = "bartizan";

/// Bring the log up to the journal, and print what it then is
///
/// With a key, what is printed is signed, and also written to DIR/log/checkpoint. It is not signed when it
/// contradicts what was signed before. Every record of the journal is hashed again, so that a journal which was rewritten anywhere is noticed. It is of what is
/// durable: beside a run, the newest batch may be left out; after a run that was killed, what that left is made durable first.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Sign with the private key in this file; can be given more than once
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// What the log is called, such as example.com/log; by default as before, or as the first key is called. One of the keys must be called so, too
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Make all of the log anew from the journal, if that still begins with what was signed
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
    let signed = last(&folder).map_err(told)?.map(|(checkpoint, _)| checkpoint);
    let before = before
        .or_else(|error| if arguments.rebuild { Ok(None) } else { Err(told(format!("{error}; {ANEW}"))) })?;
    let origin = origin(arguments, &keys, signed.as_ref(), before.as_ref())?;
    let is_last = before.as_ref().map(|head| head.head) == signed.as_ref().map(|signed| signed.head);
    if has_journal && (arguments.rebuild || !is_last) {
        // Before a tile is written over. What was committed, the follower compares.
        signed.as_ref().map_or(Ok(()), |signed| compare(&arguments.place.data, signed.head))?;
    }
    let mut log = if arguments.rebuild {
        Log::anew(&folder).map_err(told)?
    } else {
        Log::open(&folder).map_err(|error| match error {
            LogError::Busy(_) => told(error),
            _ => told(format!("{error}; {ANEW}")),
        })?
    };
    if has_journal {
        catch_up(&arguments.place.data, &mut log)?;
    }
    let head = log.commit(&origin).map_err(told)?;
    if keys.is_empty() {
        return write_stdout(|out| write!(out, "{head}"));
    }
    let note = publish(&log, &keys).map_err(told)?;
    write_stdout(|out| write!(out, "{note}"))
}

/// What to do about damaged tiles.
const ANEW: &str = "the log can be made anew from the journal: --rebuild";

/// What the log is called.
fn origin(
    arguments: &Arguments,
    keys: &[SignerKey],
    signed: Option<&Checkpoint>,
    before: Option<&Checkpoint>,
) -> Result<String, Failure> {
    let named =
        signed.or(before.filter(|head| head.origin() != UNNAMED)).map(|head| head.origin().to_owned());
    let by_key = || keys.first().map(|key| key.verifier().name().to_owned());
    let origin = arguments.origin.clone().or(named).or_else(by_key).unwrap_or_else(|| UNNAMED.to_owned());
    if let Some(signed) = signed.map(Checkpoint::origin).filter(|signed| *signed != origin) {
        let told =
            format!("the log was signed as {signed}, and keeps its name: it cannot be called {origin}");
        return Err(Failure::Usage(told));
    }
    if keys.is_empty() || keys.iter().any(|key| key.verifier().name() == origin) {
        return Ok(origin);
    }
    let names: Vec<&str> = keys.iter().map(|key| key.verifier().name()).collect();
    Err(Failure::Usage(format!(
        "the log is called {origin}, and the key {}: whoever checks a checkpoint expects a signature by a key of the log's name",
        names.join(", ")
    )))
}

/// Appends the journal's records that the log lacks.
fn catch_up(data: &Path, log: &mut Log) -> Result<(), Failure> {
    journal::settle(data)?;
    let known: TreeSize = log.head().size;
    let mut follower = Follower::new(log);
    let at = |error: FollowError| Failure::at(data, error);
    journal::leaves(data, known, &mut |record| follower.take(record).map_err(at))?;
    follower.finish().map_err(at)
}
