//! `bartizan run`: commands from a file, of lines or of frames, or a pipe into a realm's journal, and what became of them.

mod answered;
mod source;
mod strangers;
mod told;

use std::fs::File;
use std::io::{BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::agents::Role;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::Reject;

use super::Failure;
use super::notice::notice;
use super::output::check_targets;
use super::progress::Progress;
use super::recovered::tell_recovery;
use crate::clock::now;
use crate::journal::layout::MOST_BODY;
use crate::journal::{Directory, JournalError, RealmId, Storage};
use crate::json::Malformed;
use crate::node::background::{Background, Taken};
use crate::node::intake::{self, Line};
use crate::node::{Node, NodeError, Opened, Options};
use crate::tlog;
use crate::wire::commands;
use source::{Pipe, Source, is_interrupted};
use strangers::Strangers;
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
/// summary is of what was taken; `Unanswered` counts what the disk failed under: of that, the next run finds out what is durable.
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
    /// Most commands that are made durable together
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
    let signed = tlog::log::committed(&arguments.data.join("log"))
        .map_err(|error| Failure::at(&arguments.data, error))?;
    let directory = Directory::open(&arguments.data).map_err(|error| Failure::Told(error.to_string()))?;
    let storage: Arc<dyn Storage> = Arc::new(directory);
    let (node, opened) = Node::open(&storage, fresh_id()?, Options::default())
        .map_err(|error| Failure::at(&arguments.data, error))?;
    tell_opened(&arguments.data, &opened);
    let (signed, here) = (signed.map_or(0, |signed| signed.head.size.0), node.realm().sequence().0);
    if here < signed {
        let told = format!(
            "its log says {signed} records, and the journal has {here}: restore its files from a copy"
        );
        return Err(Failure::at(&arguments.data, told));
    }
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
    let start = opened.start.map_or(Sequence(0), |position| Sequence(position.sequence.0));
    let mut session = Session {
        arguments,
        node,
        events,
        answers: arguments.answers.then(|| BufWriter::with_capacity(1 << 18, std::io::stdout())),
        snapshots: Background::new(&storage, arguments.snapshot_every, start),
        told: Told::default(),
        is_file: matches!(input, Source::Mapped(_)),
        strangers: Strangers::default(),
        waiting: Vec::new(),
        progress: Progress::new(arguments.quiet),
        failure: None,
    };
    input.start()?;
    let read = session.read(input);
    let Session { mut node, events, told, progress, snapshots, answers, .. } = session;
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

fn unless_interrupted(number: u64) -> Result<(), Failure> {
    if is_interrupted() {
        let told = format!("interrupted before line {number}; what came before it is durable");
        return Err(Failure::Interrupted(told));
    }
    Ok(())
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

/// Says why there is no snapshot. That stops the run only if nothing may be taken for durable any more.
fn tell_snapshot(data: &Path, taken: Taken) -> Result<(), Failure> {
    match taken {
        Ok(_) => Ok(()),
        Err(error) if error.is_final() => Err(Failure::at(data, error)),
        Err(error) => {
            notice(format_args!("{}: no snapshot: {error}; the journal has everything", data.display()));
            Ok(())
        }
    }
}

/// Lines on their way into the journal.
struct Session<'a> {
    arguments: &'a Arguments,
    node: Node,
    events: Option<(&'a Path, BufWriter<File>)>,
    answers: Option<BufWriter<Stdout>>,
    snapshots: Background,
    told: Told,
    /// Whether the lines are those of a file, which can be run again.
    is_file: bool,
    strangers: Strangers,
    /// The lines of the group, in order.
    waiting: Vec<u64>,
    progress: Progress,
    failure: Option<Failure>,
}

impl Session<'_> {
    /// Reads all lines. What was read before a malformed one is applied.
    fn read(&mut self, source: Source) -> Result<(), Failure> {
        let read = match source {
            Source::Mapped(input) if commands::is_batch(&input) => self.read_batch(&input),
            Source::Mapped(input) => {
                intake::lines(&input).try_for_each(|(number, text)| self.take(number, text))
            }
            Source::Piped(pipe) => self.read_pipe(pipe),
        };
        let committed = self.commit();
        match read {
            Err(Failure::Interrupted(_)) => committed.and(read),
            read => read.and(committed),
        }
    }

    /// Reads lines as they come; what is there is made durable, and that is said in the journal, before waiting for more.
    fn read_pipe(&mut self, mut pipe: Pipe) -> Result<(), Failure> {
        let mut number = 0;
        loop {
            while let Some(text) = pipe.next_line() {
                number += 1;
                self.take(number, text)?;
            }
            self.commit()?;
            self.node.rest().map_err(|error| Failure::at(&self.arguments.data, error))?;
            if !pipe.wait().map_err(|error| Failure::at(&self.arguments.file, error))? {
                return self.take(number + 1, pipe.rest());
            }
        }
    }

    /// Reads the commands of a batch file, whose numbers stand for lines.
    fn read_batch(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        for batch in commands::batches(bytes) {
            let (first, envelopes) = batch.map_err(|error| Failure::at(&self.arguments.file, error))?;
            for (number, envelope) in (first..).zip(envelopes) {
                unless_interrupted(number)?;
                self.take_envelope(number, now(), envelope, 0)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, number: u64, text: &[u8]) -> Result<(), Failure> {
        // Before the line is looked at, which may be cut by that.
        unless_interrupted(number)?;
        let read = intake::read_line(number, text);
        let Some(line) = read.map_err(|error| Failure::at(&self.arguments.file, error))? else {
            return Ok(());
        };
        let time = line.time.unwrap_or_else(now);
        self.take_envelope(number, time, Line::into_envelope(line), text.len())
    }

    /// Takes the command of line `number`, which has `length` bytes there.
    fn take_envelope(
        &mut self,
        number: u64,
        time: u64,
        envelope: Envelope,
        length: usize,
    ) -> Result<(), Failure> {
        match self.identify(&envelope)? {
            Identity::New => {}
            known => return self.answer_at_once(number, &envelope, known),
        }
        if let Command::RegisterAgent(_) = envelope.command {
            self.keep_strangers_out(number, &envelope)?;
        }
        // A long command has a group of its own, so that it is too long only if it is so by itself.
        let is_full = self.node.waiting_bytes() > 1 << 22 || length > 1 << 20;
        if is_full || self.waiting.len() >= self.arguments.group as usize {
            self.commit()?;
        }
        self.node.take(time, envelope).map_err(|error| match error {
            NodeError::Journal(JournalError::Full { bytes }) => {
                let cause = format!(
                    "the command has {bytes} bytes in the journal, where one has at most {MOST_BODY}"
                );
                Failure::at(&self.arguments.file, Malformed { line: number, column: 1, cause })
            }
            error => Failure::at(&self.arguments.data, error),
        })?;
        self.told.commands += 1;
        self.waiting.push(number);
        Ok(())
    }

    /// What a command is by its identity; what waits is made durable first, if that depends on it.
    fn identify(&mut self, envelope: &Envelope) -> Result<Identity, Failure> {
        if let Some(identity) = self.node.identify(envelope) {
            return Ok(identity);
        }
        self.commit()?;
        Ok(self.node.identify(envelope).expect("nothing waits"))
    }

    /// Answers what need not be journalled.
    fn answer_at_once(&mut self, line: u64, envelope: &Envelope, known: Identity) -> Result<(), Failure> {
        if known == Identity::Refused(Reject::UnknownActor) {
            self.strangers.refuse(envelope.actor, line);
        }
        self.told.commands += 1;
        self.told.count_known(line, envelope.actor, known);
        if let Some((path, out)) = &mut self.events {
            writeln!(out, "{}", answered::known(line, known)).map_err(|error| Failure::at(path, error))?;
        }
        if let Some(out) = &mut self.answers {
            writeln!(out, "{}", answered::known(line, known)).map_err(|error| Failure::writing(&error))?;
        }
        Ok(())
    }

    /// Whether a registration makes nobody an agent of whom an earlier line was refused: run again, that line would be carried out. What comes through a
    /// pipe is not the same again, and there nobody can keep others out by sending something early.
    fn keep_strangers_out(&mut self, number: u64, envelope: &Envelope) -> Result<(), Failure> {
        if !self.is_file || self.strangers.is_empty() {
            return Ok(());
        }
        self.commit()?;
        let realm = self.node.realm();
        let next = AgentId(realm.agents().count() as u32);
        let registers = realm.agent(envelope.actor).is_some_and(|actor| actor.roles.allow(Role::Operator));
        match self.strangers.line_of(next).filter(|_| registers) {
            Some(line) => {
                let told = strangers::told(number, next, line);
                Err(Failure::at(&self.arguments.file, told))
            }
            None => Ok(()),
        }
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let Session { node, told, waiting, events, answers, failure, progress, arguments, snapshots, .. } =
            self;
        let mut lines = waiting.drain(..);
        let committed = node.commit(|sequence, envelope, answer, said| {
            let line = lines.next().expect("each that waits has its line");
            told.count(line, envelope.actor, answer, said);
            if let Some((path, out)) = events {
                let document = answered::with_events(line, sequence, envelope, answer, said);
                let written = writeln!(out, "{document}");
                *failure = failure.take().or(written.err().map(|error| Failure::at(path, error)));
            }
            if let Some(out) = answers {
                let written = writeln!(out, "{}", answered::first(line, sequence, answer, said));
                *failure = failure.take().or(written.err().map(|error| Failure::writing(&error)));
            }
        });
        let position = committed.map_err(|error| Failure::at(&arguments.data, error))?;
        if let Some(out) = answers {
            out.flush().map_err(|error| Failure::writing(&error))?;
        }
        progress.say(&format!("{} commands", told.commands));
        snapshots.go_on(position).map_or(Ok(()), |taken| tell_snapshot(&arguments.data, taken))?;
        failure.take().map_or(Ok(()), Err)
    }
}
