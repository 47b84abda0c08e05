//! `bartizan run`: commands from a file, of lines or of frames, or a pipe into a realm's journal, and what became of them.

mod answered;
mod session;
mod source;
mod strangers;
mod teller;
mod told;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;

use super::Failure;
use super::notice::notice;
use super::output::check_targets;
use super::progress::Progress;
use super::recovered::tell_recovery;
use crate::journal::{Directory, RealmId, Storage};
use crate::node::background::Background;
use crate::node::{Node, Opened, Options, pipeline};
use crate::tlog;
use session::{At, Session, tell_snapshot};
use source::{Source, is_interrupted};
use teller::Teller;
use told::Told;

/// Apply commands to a realm, durably, and say what became of them
///
/// Commands are lines of JSON, such as {"id": 1, "command": {"RegisterAgent": {"name": "ann"}}}; `bartizan schema` tells all of
/// them. A command is done once: the same id of the same actor again changes nothing, and is answered as the first time. An actor's ids should rise;
/// of those that do not, the million largest are remembered, and what lies below them is refused.
///
/// What is refused for its id or for an unknown actor (rejects 1 to 4) is not journalled. Nothing is remembered of an unknown actor, so a file that
/// registers an agent after a line of that very agent was refused stops there: run again, that line would be carried out.
///
/// From a pipe, what is there is made durable and answered before more is waited for.
///
/// A line has at most 128 MiB, and its command at most 16 MiB in the journal. One that is longer, or no command, ends the run with exit status 1
/// after what came before it was done. Ctrl-C ends it between two commands, with exit status 130. In either case, and when the disk fails, the
/// summary is of what was taken; `Unanswered` counts what was on its way when the disk failed: of that, the next run finds out what is durable.
/// Commands that are refused do not change the exit status: the summary counts them.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The commands, one JSON object a line, or a batch file of the binary protocol (see `batch`); `-` for lines on standard input
    file: PathBuf,
    /// The realm's directory; made if there is none
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write what followed from each command that is not repeated, one JSON object a line, to a new file; `export --format jsonl` tells it of all that a realm has
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Print the answer to each command as soon as it is durable, one JSON object a line, before the summary: `line`, `sequence` (of the first time, if the
    /// command is repeated; none if it was refused without a place in the log), `answer` (0, or the reject's number), `made` (the number of what it made: of a linked
    /// group its first hold), `reject` (the reject's name), `step` (which of a linked group failed, counted from 0), and `repeated` where the command was sent before
    #[arg(long)]
    answers: bool,
    /// Make a snapshot after so many commands, beside the realm, which goes on meanwhile; 0: none
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    snapshot_every: u64,
    /// Most commands that are made durable together, from 1 to 65536
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = clap::value_parser!(u32).range(1..=65536))]
    group: u32,
    /// Show no progress
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_targets(&[("--events", arguments.events.as_deref())], &[&arguments.file])?;
    if let Some(path) = arguments.events.as_deref().filter(|path| lies_in(path, &arguments.data)) {
        let told = "--events would write into the realm's own directory";
        return Err(Failure::Usage(format!("{told}: {}", path.display())));
    }
    let input = Source::open(&arguments.file)?;
    let (storage, node, start) = open(&arguments.data, input.is_batch())?;
    let events = match &arguments.events {
        Some(path) => {
            // What a run before wrote there would not come again: what is repeated has no events.
            if std::fs::metadata(path).is_ok_and(|there| there.is_file() && there.len() > 0) {
                let told = "it is there already, and events go to a new file (`export --format jsonl` tells those of all commands)";
                return Err(Failure::at(path, told));
            }
            let file = File::create(path).map_err(|error| Failure::at(path, error))?;
            Some((path.as_path(), BufWriter::new(file)))
        }
        None => None,
    };
    let counts = if input.is_batch() { "command" } else { "line" };
    let mut snapshots = Background::new(&storage, arguments.snapshot_every, start);
    let mut progress = Progress::unwatched(arguments.quiet);
    let teller = Teller {
        told: Told::new(counts),
        events,
        answers: arguments.answers.then(|| BufWriter::with_capacity(1 << 18, std::io::stdout())),
        failure: None,
    };
    input.start()?;
    let (mut node, teller, (read, commands)) = pipeline::run(node, teller, |pipeline| {
        let (file, data, group) = (&*arguments.file, &*arguments.data, arguments.group as usize);
        let at = At { file, data, group, counts };
        let mut session = Session::new(pipeline, at, &input, (&mut snapshots, &mut progress));
        (session.read(input), session.commands())
    });
    let Teller { events, mut told, answers, .. } = teller;
    told.commands = commands;
    progress.finish();
    drop(answers);
    // One that is being made when Ctrl-C is pressed is left unfinished, which harms nothing.
    let made = if is_interrupted() { None } else { snapshots.finish() };
    let snapshot = made.map_or(Ok(()), |taken| tell_snapshot(&arguments.data, taken));
    let rested = node.rest().map_err(|error| Failure::at(&arguments.data, error));
    if let Some((path, mut out)) = events {
        out.flush().map_err(|error| Failure::at(path, error))?;
    }
    told.print(&node, arguments.json)?;
    read.and(snapshot).and(rested)
}

/// The node in the directory, which has all that was signed; and where it started from.
fn open(data: &Path, is_batch: bool) -> Result<(Arc<dyn Storage>, Node, Sequence), Failure> {
    let signed = tlog::log::committed(&data.join("log")).map_err(|error| Failure::at(data, error))?;
    let directory = Directory::open(data).map_err(|error| Failure::Told(error.to_string()))?;
    // Lines take longer to be read than to be written, whichever way.
    let storage: Arc<dyn Storage> = Arc::new(directory.past_cache(is_batch));
    let (node, opened) =
        Node::open(&storage, fresh_id()?, Options::default()).map_err(|error| Failure::at(data, error))?;
    tell_opened(data, &opened);
    let (signed, here) = (signed.map_or(0, |signed| signed.head.size.0), node.realm().sequence().0);
    if here < signed {
        let told = format!(
            "its log says {signed} records, and the journal has {here}: restore its files from a copy"
        );
        return Err(Failure::at(data, told));
    }
    let start = opened.start.map_or(Sequence(0), |position| Sequence(position.sequence.0));
    Ok((storage, node, start))
}

/// Whether a file lies, or would lie, in a folder.
fn lies_in(file: &Path, folder: &Path) -> bool {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (parent.canonicalize(), folder.canonicalize()) {
        (Ok(parent), Ok(folder)) => parent.starts_with(folder),
        _ => false,
    }
}

/// A name for a realm that nobody else has.
pub(super) fn fresh_id() -> Result<RealmId, Failure> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| Failure::Told(format!("cannot draw a realm's id: {error}")))?;
    Ok(RealmId(id))
}

pub(super) fn tell_opened(data: &Path, opened: &Opened) {
    let place = data.display();
    tell_recovery(data, &opened.recovery);
    for passed in &opened.passed {
        notice(format_args!("{place}: {passed}; the journal has everything"));
    }
}
