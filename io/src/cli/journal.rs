//! `bartizan journal`: a realm's journal looked at. Nothing is changed, so it can be done beside a running node.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use bartizan_engine::codec::{Codec, DecodeError};
use bartizan_engine::realm::command::Envelope;
use clap::Subcommand;
use serde_json::json;

use super::Failure;
use super::log::compare;
use super::output::write_stdout;
use crate::journal::inspect::{self, Summary};
use crate::journal::{Directory, JournalError, Reader, Record, Sequence, Snapshots, Storage};
use crate::node::History;
use crate::node::history::{SNAPSHOTS_KEPT, digest};
use crate::node::intake::Line;
use crate::tlog::TreeSize;

/// Check a realm's journal, or show what is in it
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Check every batch, hash and sequence, that every snapshot is as it was written, and that the records are those of the Merkle log; exits with 1 at
    /// damage and says where
    Verify {
        #[command(flatten)]
        data: Data,
        /// Also carry every command out again: that each is a command, and that each snapshot is the state that the journal comes to. Takes as long as a start
        /// without snapshots
        #[arg(long)]
        replay: bool,
    },
    /// Count segments, batches, records and bytes
    Stat {
        #[command(flatten)]
        data: Data,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print each command as a line that `run` takes: run into an empty directory, they come to the same realm, unless some were journalled and refused for
    /// their ids, as programs before version 0.1 did: `run` leaves those out, and later commands have other places
    Dump {
        #[command(flatten)]
        data: Data,
        /// From this sequence on, 1 or more, which is the first that is printed
        #[arg(long, default_value_t = 1, value_name = "SEQUENCE", value_parser = clap::value_parser!(u64).range(1..))]
        from: u64,
        /// Print each record's sequence, its time in nanoseconds and its bytes in hexadecimal instead, whatever they are
        #[arg(long)]
        hex: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Data {
    /// The realm's directory
    #[arg(long = "data", value_name = "DIR")]
    path: PathBuf,
}

impl Data {
    fn storage(&self) -> Result<Arc<dyn Storage>, Failure> {
        let directory = Directory::open_to_read(&self.path).map_err(|error| self.failure(error))?;
        Ok(Arc::new(directory))
    }

    /// An error that names a file of the directory.
    fn failure(&self, error: impl std::fmt::Display) -> Failure {
        Failure::at(&self.path, error)
    }

    fn verify(&self) -> Result<Summary, Failure> {
        inspect::verify(self.storage()?, None).map_err(|error| self.failure(error))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Action::Verify { data, replay } => verify(data, *replay),
        Action::Stat { data, json } => {
            let summary = data.verify()?;
            let told = if *json { as_json(&summary).to_string() } else { as_text(&summary) };
            write_stdout(|out| writeln!(out, "{told}"))
        }
        Action::Dump { data, from, hex } => dump(data, Sequence(*from), *hex),
    }
}

fn verify(data: &Data, replay: bool) -> Result<(), Failure> {
    let said = compare::said(&data.path)?;
    let summary = match inspect::verify(data.storage()?, None) {
        Err(JournalError::Absent) if !said.is_empty() => {
            return compare::has_all(&data.path, &said, TreeSize(0))
                .and(Err(data.failure(JournalError::Absent)));
        }
        summary => summary.map_err(|error| data.failure(error))?,
    };
    compare::has_all(&data.path, &said, TreeSize(summary.end.sequence.0))?;
    if replay {
        carry_out(data)?;
    }
    write_stdout(|out| {
        let Summary { segments, batches, records, end, .. } = &summary;
        writeln!(out, "sound: {records} records in {batches} batches in {segments} segments")?;
        writeln!(out, "ends with sequence {}, hash {}", end.sequence, end.chain)?;
        if let Some(tail) = &summary.tail {
            writeln!(out, "then {tail}; the next start cuts it")?;
        }
        writeln!(out, "snapshots of it: {}", summary.snapshots.len())?;
        if replay {
            writeln!(out, "carried out again: each snapshot is the state that the journal comes to")?;
        }
        for outdated in &summary.outdated_snapshots {
            writeln!(out, "passed over {outdated}")?;
        }
        said.last().map_or(Ok(()), |log| writeln!(out, "its log: the first {} records", log.size))
    })?;
    match summary.damaged_snapshots.first() {
        None => Ok(()),
        Some(damage) => Err(data.failure(damage)),
    }
}

/// Carries every command out again, and compares each sound snapshot with the state that the journal comes to.
fn carry_out(data: &Data) -> Result<(), Failure> {
    let storage = data.storage()?;
    let history = History::from_start(Arc::clone(&storage)).map_err(|error| data.failure(error))?;
    let snapshots = Snapshots::new(storage, history.id(), SNAPSHOTS_KEPT);
    let mut states: BTreeMap<u64, (String, blake3::Hash)> = BTreeMap::new();
    let mut until = None;
    while let (Some(snapshot), _) = snapshots.newest_until(until).map_err(|error| data.failure(error))? {
        let sequence = snapshot.position.sequence.0;
        states.insert(sequence, (snapshot.name.clone(), blake3::hash(snapshot.body())));
        let Some(before) = sequence.checked_sub(1) else { break };
        until = Some(Sequence(before));
    }
    let mut other = None;
    let run = history.run(None, |moment| {
        if let Some((name, state)) = states.get(&moment.sequence.0)
            && digest(moment.realm) != *state
        {
            other.get_or_insert_with(|| (name.clone(), moment.sequence.0));
        }
    });
    run.map_err(|error| data.failure(error))?;
    match other {
        None => Ok(()),
        Some((name, sequence)) => Err(data.failure(format_args!(
            "{name}: it is another state than that to which the journal comes at sequence {sequence}. Remove it: the journal has everything"
        ))),
    }
}

fn as_text(summary: &Summary) -> String {
    let Summary { segments, batches, records, file_bytes, body_bytes, .. } = summary;
    let mean = |total: u64, of: u64| total as f64 / of.max(1) as f64;
    let moment = |record: Option<(Sequence, bartizan_engine::book::Time)>| {
        record.map_or("none".into(), |(sequence, time)| format!("sequence {sequence} at {} ns", time.0))
    };
    let mut text = format!("realm      {}\n", summary.realm);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "segments   {segments}, {file_bytes} bytes");
    let _ = writeln!(text, "batches    {batches}, of {:.1} records", mean(*records, *batches));
    let _ = writeln!(text, "records    {records}, of {:.1} bytes", mean(*body_bytes, *records));
    let _ = writeln!(text, "first      {}", moment(summary.first));
    let _ = writeln!(text, "last       {}", moment(summary.last));
    let _ = writeln!(text, "hash       {}", summary.end.chain);
    let _ = write!(text, "snapshots  {}", summary.snapshots.len());
    if let Some(tail) = &summary.tail {
        let _ = write!(text, "\nunfinished {tail}");
    }
    text
}

fn as_json(summary: &Summary) -> serde_json::Value {
    let moment = |record: Option<(Sequence, bartizan_engine::book::Time)>| {
        record.map(|(sequence, time)| json!({ "sequence": sequence.0, "time": time.0 }))
    };
    json!({
        "realm": summary.realm.to_string(),
        "segments": summary.segments,
        "file_bytes": summary.file_bytes,
        "batches": summary.batches,
        "records": summary.records,
        "body_bytes": summary.body_bytes,
        "first": moment(summary.first),
        "last": moment(summary.last),
        "hash": summary.end.chain.to_string(),
        "snapshots": summary.snapshots.iter().map(|position| position.sequence.0).collect::<Vec<_>>(),
        "unfinished_bytes": summary.tail.as_ref().map_or(0, |tail| tail.bytes),
    })
}

/// A record as the line that it may have come from.
fn line(record: &Record<'_>) -> Result<Line, DecodeError> {
    let Envelope { id, actor, command } = Envelope::from_bytes(record.body)?;
    Ok(Line { id, actor, time: Some(record.time.0), command })
}

fn dump(data: &Data, from: Sequence, is_hex: bool) -> Result<(), Failure> {
    let mut reader = Reader::new(data.storage()?, None, from).map_err(|error| data.failure(error))?;
    // A journal without records has nothing to show from its beginning, and that is all of it.
    let beyond = |last: Sequence| {
        (from > last && from > Sequence::FIRST).then_some(JournalError::Beyond { asked: from, last })
    };
    let mut failure = None;
    write_stdout(|out| {
        loop {
            match reader.next_batch() {
                Ok(Some(batch)) => {
                    for record in batch.records {
                        if is_hex {
                            write!(out, "{} {} ", record.sequence, record.time.0)?;
                            record.body.iter().try_for_each(|byte| write!(out, "{byte:02x}"))?;
                            writeln!(out)?;
                            continue;
                        }
                        match line(&record) {
                            Ok(line) => {
                                serde_json::to_writer(&mut *out, &line)?;
                                writeln!(out)?;
                            }
                            Err(error) => {
                                let told =
                                    format!("record {}: {error}; --hex shows it as it is", record.sequence);
                                failure = Some(data.failure(told));
                                return Ok(());
                            }
                        }
                    }
                }
                Ok(None) => {
                    failure = beyond(reader.position().sequence).map(|error| data.failure(error));
                    return Ok(());
                }
                Err(JournalError::Beyond { last, .. }) => {
                    failure = beyond(last).map(|error| data.failure(error));
                    return Ok(());
                }
                Err(error) => {
                    failure = Some(data.failure(error));
                    return Ok(());
                }
            }
        }
    })?;
    failure.map_or(Ok(()), Err)
}
