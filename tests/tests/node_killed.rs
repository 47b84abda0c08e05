//! The real program killed by the system, again and again, while commands are fed to it and snapshots are made beside it. What it answered before it
//! died is there, with that answer; nothing is there twice, though all that was not answered is sent again; and the books balance.
//!
//! `BARTIZAN_KILLS=500 cargo test --release -p bartizan-tests --test node_killed` kills it as often as it says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Answer;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::node::history::digest;
use bartizan_io::node::intake::Line;
use bartizan_tests::auditor::Auditor;
use bartizan_tests::commands::Source;
use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Scratch, command, run, run_with_input};
use bartizan_tests::realm_commands::RealmCommands;

/// How often it is killed on every test run.
const KILLS: u64 = 20;

/// Most commands that are sent between two kills.
const SENT: usize = 1_500;

/// Commands, each with an id of its own, as many as are asked for, and what a realm answers that is told each once.
struct Work {
    source: RealmCommands<'static>,
    realm: Realm,
    events: Events,
    commands: Vec<(u64, Envelope)>,
    answers: Vec<Answer>,
}

impl Work {
    fn new() -> Self {
        Work {
            source: RealmCommands::new(Source::Seeded(Dice::new(11))),
            realm: Realm::new(),
            events: Events::default(),
            commands: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn grow(&mut self, count: usize) {
        while self.commands.len() < count {
            let (time, mut envelope) = self.source.next_envelope();
            let sequence = Sequence(self.commands.len() as u64 + 1);
            envelope.id = CommandId(sequence.0.into());
            if self.realm.agent(envelope.actor).is_none() {
                envelope.actor = AgentId::REALM;
            }
            self.events.clear();
            let answer = self.realm.apply(sequence, time, &envelope, &mut self.events);
            self.source.learn(&envelope, &self.events);
            self.commands.push((time, envelope));
            self.answers.push(answer);
        }
    }

    /// The commands from the one at `first` on, as the program reads them.
    fn lines(&self, first: usize, count: usize) -> Vec<u8> {
        let mut lines = Vec::new();
        for (time, envelope) in &self.commands[first..first + count] {
            let Envelope { id, actor, command } = envelope.clone();
            let line = Line { id, actor, time: Some(*time), command };
            serde_json::to_writer(&mut lines, &line).expect("a command is JSON");
            lines.push(b'\n');
        }
        lines
    }
}

/// An answer: the line, where the command stands, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    line: usize,
    sequence: u64,
    answer: u64,
}

fn told(line: &str) -> Option<Told> {
    // The last line may have been cut by the kill.
    let told: serde_json::Value = serde_json::from_str(line).ok()?;
    let number = |name: &str| told[name].as_u64();
    Some(Told { line: number("line")? as usize, sequence: number("sequence")?, answer: number("answer")? })
}

fn start(data: &Path) -> Child {
    let options = ["--answers", "--quiet", "--group", "64", "--snapshot-every", "400", "--data"];
    command(["run", "-"].iter().chain(&options).map(Path::new).chain([data]))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started")
}

/// Feeds `lines` until `enough` answers came and a little longer, then kills. Returns all that was answered.
fn feed_and_kill(data: &Path, lines: &[u8], enough: usize, longer: Duration) -> Vec<Told> {
    let mut child = start(data);
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    let stdout = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
    std::thread::scope(|scope| {
        // It does not read all of it: it is killed before.
        scope.spawn(move || {
            for part in lines.chunks(700) {
                if stdin.write_all(part).is_err() {
                    return;
                }
            }
            // Its end of the pipe stays open, so that it is a kill that ends it.
            std::thread::sleep(Duration::from_millis(300));
        });
        let mut answers = Vec::new();
        let mut output = stdout.lines().map_while(Result::ok);
        answers.extend(output.by_ref().take(enough).filter_map(|line| told(&line)));
        std::thread::sleep(longer);
        child.kill().expect("it can be killed");
        answers.extend(output.filter_map(|line| told(&line)));
        let ended = child.wait_with_output().expect("it has ended");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.contains("panicked") && !said.contains("no snapshot"), "{said}");
        answers
    })
}

/// Reads the log as it is on disk, and compares it with the work: a beginning of it, every command once, in order. Returns how much there is.
fn compare(data: &Path, work: &Work, acknowledged: &BTreeMap<usize, Told>) -> usize {
    let storage = Arc::new(Directory::open_to_read(data).expect("it is there"));
    let history = History::from_start(storage).expect("the journal is sound");
    let (mut auditor, mut length) = (Auditor::default(), 0);
    let read = history.run(None, |moment| {
        let (time, envelope) = &work.commands[length];
        assert_eq!((moment.time, moment.envelope), (*time, envelope), "command {}", length + 1);
        assert_eq!(moment.answer, work.answers[length], "command {}", length + 1);
        let at = (moment.sequence, moment.time);
        auditor.follow(at, moment.envelope, (moment.answer, moment.events), moment.realm);
        length += 1;
    });
    read.expect("the journal is sound").0.check();
    for (&at, told) in acknowledged {
        assert!(at < length, "command {} was answered, and {length} are there", at + 1);
        assert_eq!(told.sequence, at as u64 + 1, "each command has its place");
        assert_eq!(told.answer, u64::from(work.answers[at].0), "each keeps its answer");
    }
    length
}

#[test]
fn what_it_answered_before_it_was_killed_is_there_once_and_the_books_balance() {
    let kills = std::env::var("BARTIZAN_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let mut dice = Dice::new(5);
    let mut work = Work::new();
    let mut acknowledged = BTreeMap::new();
    let mut unfinished = 0;
    for kill in 0..kills {
        // The client goes on with the first command that it knows no answer to.
        let first = (0..=acknowledged.len())
            .find(|at| !acknowledged.contains_key(at))
            .expect("one more than there are");
        work.grow(first + SENT);
        let (enough, longer) = (dice.below(SENT / 2), Duration::from_micros(dice.below(4_000) as u64));
        let answers = feed_and_kill(&data, &work.lines(first, SENT), enough, longer);
        for told in answers {
            let at = first + told.line - 1;
            assert!(
                acknowledged.insert(at, told).is_none(),
                "kill {kill}: command {} has two answers",
                at + 1
            );
        }
        let length = compare(&data, &work, &acknowledged);
        unfinished += usize::from(length > acknowledged.len());
    }
    let is_snapshot = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.expect("the folder can be listed").file_name().to_string_lossy().starts_with("snapshot-")
    };
    let mut entries = std::fs::read_dir(&data).expect("it is there");
    assert!(entries.any(is_snapshot), "snapshots are made meanwhile");
    println!("{kills} kills, {} commands answered; {unfinished} times more was durable", acknowledged.len());
    the_books_balance(&data, &work, compare(&data, &work, &acknowledged));
}

/// The program itself about what is there: the journal is sound, the state that of all commands told once, each asset sums to zero, and the
/// postings come to the balances. All of it sent again changes nothing.
fn the_books_balance(data: &Path, work: &Work, length: usize) {
    let path = data.to_str().expect("a scratch folder has a plain name");
    let again = run_with_input(
        &["run", "-", "--json", "--data", path, "--snapshot-every", "0"],
        &work.lines(0, length),
    );
    let again: serde_json::Value = serde_json::from_str(&again.out).expect("one JSON object");
    assert_eq!((&again["repeated"], &again["sequence"]), (&length.into(), &length.into()));
    run(["journal", "verify", "--data", path]).clean();
    let state: serde_json::Value =
        serde_json::from_str(&run(["state", "--json", "--data", path]).clean()).expect("one JSON object");
    let mut realm = Realm::new();
    for (sequence, (time, envelope)) in (1..).zip(&work.commands[..length]) {
        realm.apply(Sequence(sequence), *time, envelope, &mut Events::default());
    }
    assert_eq!(state["digest"], digest(&realm).to_hex().as_str());

    let mut balances: BTreeMap<u64, i128> = BTreeMap::new();
    let mut sums: BTreeMap<u64, i128> = BTreeMap::new();
    for account in state["accounts"].as_array().expect("a list") {
        let balance = account["balance"].as_str().and_then(|balance| balance.parse().ok()).expect("a number");
        balances.insert(account["account"].as_u64().expect("a number"), balance);
        *sums.entry(account["asset"].as_u64().expect("a number")).or_default() += balance;
    }
    assert!(sums.values().all(|&sum| sum == 0), "{sums:?}");
    let rows = run(["export", "--format", "jsonl", "--data", path]).clean();
    let mut posted: BTreeMap<u64, i128> = balances.keys().map(|&account| (account, 0)).collect();
    for line in rows.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("one JSON object");
        for event in line["events"].as_array().expect("a list") {
            let posting = &event["Posting"];
            if posting["kind"] != "Posted" {
                continue;
            }
            let amount = posting["amount"].as_i64().map(i128::from);
            let amount = amount.or_else(|| posting["amount"].as_str()?.parse().ok()).expect("a number");
            for (side, sign) in [("debit", -1), ("credit", 1)] {
                let account = posting[side].as_u64().expect("a number");
                *posted.get_mut(&account).expect("an account") += sign * amount;
            }
        }
    }
    assert_eq!(posted, balances, "the postings come to the balances");
}
