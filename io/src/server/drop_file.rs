//! One file of commands that was dropped: read whole, checked whole, carried out in order, with what became of it in a result file.
//!
//! The result file is JSON Lines: which file it is of (its name, length and BLAKE3), the answer to each command, and in the end how many there were. Answers are
//! appended as they are durable, so it is also where a file that was interrupted is gone on with: what is answered there is not asked again. What
//! was answered and not yet written there is asked again, and answered by its id as it was.
//!
//! One answer leaves no trace in a realm: that to an actor nobody knows. So that it stays the only one, it is synced to the result file before a later
//! command of the file may register that very agent.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::codec::Codec;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::reject::Reject;
use serde_json::{Value, json};

use super::audit::{Door, What};
use super::host::Host;
use super::limits::Wait;
use super::request::{Answered, Batch, Refusal};
use super::site::Site;
use super::visitor::{Peer, Visitor};
use crate::node::intake;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::channel::{self, Receiver};
use crate::sync::thread;
use crate::wire::commands::{batches, is_batch};
use crate::wire::layout::MOST_PAYLOAD;

/// Commands that are asked together.
const TOGETHER: usize = 1024;

/// How often it is looked whether the site stops, while a file waits.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Whence files come.
pub(super) const DROPPED: Visitor = Visitor { door: Door::Drop, peer: Peer::UNIX };

/// Batches that wait for their answers at a time.
const AHEAD: usize = 4;

/// Why a file is not done yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum Undone {
    /// The realm does not take its commands now.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The disk does not do what is asked.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The commands of a file, of frames or of lines, each with its number: the command's there, the line's here. After an error there is no more to be had of it.
pub(super) fn commands(bytes: &[u8]) -> Box<dyn Iterator<Item = Result<(u64, Envelope), String>> + '_> {
    if is_batch(bytes) {
        return Box::new(batches(bytes).flat_map(|batch| match batch {
            Ok((first, envelopes)) => (first..).zip(envelopes).map(Ok).collect(),
            Err(error) => vec![Err(error.to_string())],
        }));
    }
    Box::new(intake::lines(bytes).filter_map(|(number, text)| {
        let read = intake::read_line(number, text).map_err(|error| error.to_string()).transpose()?;
        Some(read.and_then(|line| {
            let envelope = line.into_envelope();
            // What is short as text is short in bytes: nothing grows more than 16-fold.
            if text.len() > MOST_PAYLOAD / 32 && envelope.to_bytes().len() > MOST_PAYLOAD {
                return Err(format!("line {number}: the command has more than {MOST_PAYLOAD} bytes"));
            }
            Ok((number, envelope))
        }))
    }))
}

/// Carries out the file `name` of these `bytes`, all of which are commands, in the realm at `place`; `result` is its result file, which may hold a part of the
/// answers already.
///
/// # Errors
/// If it could not be finished. Asked again, it goes on.
pub(super) fn carry_out(
    site: &Site,
    place: usize,
    (name, bytes): (&str, &[u8]),
    result: &Path,
) -> Result<(), Undone> {
    let (answers, done) = Answers::open(result, name, bytes)?;
    if answers.is_complete {
        return Ok(());
    }
    let mut asking = Asking {
        site,
        place,
        answers,
        void: Arc::default(),
        waiting: VecDeque::new(),
        asked: HashSet::new(),
    };
    let (mut numbers, mut envelopes) = (Vec::new(), Vec::new());
    for (number, envelope) in commands(bytes).skip(done).map_while(Result::ok) {
        let is_barrier = matches!(envelope.command, Command::RegisterAgent(_)) && asking.may_know_no_actor();
        if is_barrier || envelopes.len() >= TOGETHER {
            asking.ask(std::mem::take(&mut numbers), std::mem::take(&mut envelopes))?;
        }
        if is_barrier {
            asking.finish()?;
        }
        asking.asked.insert(envelope.actor);
        numbers.push(number);
        envelopes.push(envelope);
    }
    asking.ask(numbers, envelopes)?;
    asking.finish()?;
    Ok(asking.answers.complete()?)
}

/// The numbers of commands that were asked together, with their actors, and whence their answers come.
type Asked = (Vec<(u64, AgentId)>, Receiver<Result<Vec<Answered>, Refusal>>);

/// Commands of a file on their way.
struct Asking<'a> {
    site: &'a Site,
    /// The realm's place in it.
    place: usize,
    answers: Answers,
    /// Set as soon as a batch was not taken, so that none after it is.
    void: Arc<AtomicBool>,
    /// What waits for its answers, in order.
    waiting: VecDeque<Asked>,
    /// Whose commands came since the answers were last synced.
    asked: HashSet<AgentId>,
}

impl Asking<'_> {
    fn host(&self) -> &Host {
        &self.site.realms()[self.place].host
    }

    /// Whether somebody asked of whom the realm may know nothing.
    fn may_know_no_actor(&self) -> bool {
        let realm = self.host().view().read();
        self.asked.iter().any(|&actor| realm.agent(actor).is_none())
    }

    fn ask(&mut self, numbers: Vec<u64>, envelopes: Vec<Envelope>) -> Result<(), Undone> {
        if envelopes.is_empty() {
            return Ok(());
        }
        self.wait_for_limits(&envelopes)?;
        while self.waiting.len() >= AHEAD {
            self.answer()?;
        }
        let numbers = numbers.into_iter().zip(envelopes.iter().map(|envelope| envelope.actor)).collect();
        let (told, answers) = channel::bounded(1);
        let void = Arc::clone(&self.void);
        let reply = Box::new(move |answers: Result<_, _>| {
            void.fetch_or(answers.is_err(), Ordering::AcqRel);
            // Who asked may have given up.
            let _ = told.send(answers);
        });
        let mut batch = Batch { void: Some(Arc::clone(&self.void)), ..Batch::new(envelopes, reply) };
        loop {
            batch = match self.host().offer(batch) {
                Ok(()) => break,
                Err((batch, Refusal::Busy)) if !self.site.is_stopping() => batch,
                Err((_, refusal)) => return Err(refusal.into()),
            };
            thread::sleep(Duration::from_millis(1));
        }
        self.waiting.push_back((numbers, answers));
        Ok(())
    }

    /// Waits until each of the actors may ask for so much.
    fn wait_for_limits(&self, envelopes: &[Envelope]) -> Result<(), Undone> {
        let mut counts = BTreeMap::new();
        for envelope in envelopes {
            *counts.entry(envelope.actor).or_insert(0) += 1;
        }
        counts.remove(&AgentId::REALM);
        for (actor, count) in counts {
            while let Err(Wait(after)) = self.site.limits().ask(self.place, actor, count, 0) {
                if self.site.is_stopping() {
                    return Err(Refusal::Stopping.into());
                }
                std::thread::sleep(after.min(LOOK_EVERY));
            }
        }
        Ok(())
    }

    /// Waits for the answers to the oldest batch.
    fn answer(&mut self) -> Result<(), Undone> {
        let Some((numbers, answers)) = self.waiting.pop_front() else { return Ok(()) };
        let answers = answers.recv().unwrap_or(Err(Refusal::Stopping))?;
        for ((number, actor), answered) in numbers.into_iter().zip(&answers) {
            self.answers.add(number, answered)?;
            if answered.is_of_stranger() {
                let reason = Reject::UnknownActor.meaning();
                self.site.refused(self.place, DROPPED.refused(Some(actor), What::Actor, reason));
            }
        }
        Ok(())
    }

    /// Waits for all answers, and makes the result durable as far as it is.
    fn finish(&mut self) -> Result<(), Undone> {
        while !self.waiting.is_empty() {
            self.answer()?;
        }
        self.asked.clear();
        if std::mem::take(&mut self.answers.has_strangers) {
            self.answers.out.flush()?;
            self.answers.out.get_ref().sync_data()?;
        }
        Ok(())
    }
}

/// Which file a result file is of, as it begins.
fn head(name: &str, bytes: &[u8]) -> Value {
    json!({ "file": name, "bytes": bytes.len(), "blake3": blake3::hash(bytes).to_hex().as_str() })
}

/// Whether what becomes of a file may be written to this result file: there is none, or it is of that file and was begun.
pub(super) fn is_free(result: &Path, name: &str, bytes: &[u8]) -> bool {
    let Ok(file) = File::open(result) else { return true };
    let mut line = Vec::new();
    let read = BufReader::new(file).read_until(b'\n', &mut line);
    // One whose first line is not whole was begun by a process that ended there.
    read.is_ok()
        && (!line.ends_with(b"\n")
            || serde_json::from_slice(&line).is_ok_and(|told: Value| told == head(name, bytes)))
}

/// The result file.
struct Answers {
    out: BufWriter<File>,
    commands: u64,
    rejected: u64,
    repeated: u64,
    /// Whether an actor was not known since it was last synced.
    has_strangers: bool,
    /// Whether everything is there.
    is_complete: bool,
}

impl Answers {
    /// Opens the result of a file, which is free for it, and says how many of its commands are answered there.
    fn open(path: &Path, name: &str, bytes: &[u8]) -> io::Result<(Self, usize)> {
        let head = head(name, bytes);
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let (mut end, mut tallies, mut is_complete) = (0, [0; 3], false);
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        while !is_complete && reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            // What a crash left half written ends what counts.
            let Ok(told) = serde_json::from_slice::<Value>(&line) else { break };
            if end == 0 && told != head {
                break;
            }
            is_complete = told["commands"].is_u64();
            if told["line"].is_u64() {
                tallies[0] += 1;
                tallies[1] += u64::from(told["answer"] != 0);
                tallies[2] += u64::from(told["repeated"] == true);
            }
            end += line.len() as u64;
            line.clear();
        }
        file.set_len(end)?;
        // What is gone on with counts as durable from now on, so it has to be.
        file.sync_data()?;
        file.seek(io::SeekFrom::End(0))?;
        let [commands, rejected, repeated] = tallies;
        let mut out = BufWriter::with_capacity(1 << 16, file);
        if end == 0 {
            writeln!(out, "{head}")?;
        }
        Ok((
            Answers { out, commands, rejected, repeated, has_strangers: false, is_complete },
            commands as usize,
        ))
    }

    fn add(&mut self, number: u64, answered: &Answered) -> io::Result<()> {
        let reject = answered.answer.reject();
        let mut told = json!({ "line": number, "answer": answered.answer });
        if answered.sequence.0 > 0 {
            told["sequence"] = answered.sequence.0.into();
        }
        if let Some(reject) = reject {
            told["reject"] = reject.name().into();
        }
        if answered.is_repeated {
            told["repeated"] = true.into();
        }
        if let Some(made) = answered.made {
            told["made"] = made.into();
        }
        self.commands += 1;
        self.rejected += u64::from(reject.is_some());
        self.repeated += u64::from(answered.is_repeated);
        self.has_strangers |= reject == Some(Reject::UnknownActor);
        writeln!(self.out, "{told}")
    }

    /// Says that everything is there, durably.
    fn complete(mut self) -> io::Result<()> {
        let Answers { commands, rejected, repeated, .. } = self;
        let told = json!({ "commands": commands, "rejected": rejected, "repeated": repeated });
        writeln!(self.out, "{told}")?;
        self.out.flush()?;
        self.out.get_ref().sync_all()
    }
}
