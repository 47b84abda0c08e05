//! The real program killed by the system, again and again, while it takes a mapped batch file. The same file is run again each time, until all of it is done: each
//! command is in the log once, in the file's order; what was answered before a kill is there with that answer; and what was done is answered as the first
//! time.
//!
//! `BARTIZAN_KILLS=500 cargo test --release -p bartizan-tests --test pipeline` kills it as often as it says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::{CreateTransfer, IssueAsset};
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId};
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, DefineAsset, Envelope, OpenAccount, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::wire::client::batch_file;
use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Scratch, command, run};

/// How often it is killed on every test run.
const KILLS: usize = 20;

/// Commands that are made durable together.
const GROUP: usize = 32;

const AGENTS: u32 = 6;

/// Transfers among a few agents, some of which are refused for want of funds; each answer depends on all before it, and none on the time.
fn work(count: usize) -> Vec<Envelope> {
    let mut dice = Dice::new(17);
    let mut commands = Vec::new();
    for number in 1..=AGENTS {
        let name = format!("agent {number}");
        let roles = Roles::of(&[Role::Trader, Role::Issuer]);
        let register = RegisterAgent { agent: None, name, key: None, roles };
        commands.push((AgentId::REALM, Command::RegisterAgent(register)));
    }
    let (class, supply) = (AssetClass::Token, SupplyRule::Open);
    let define = DefineAsset { asset: None, name: "token".into(), class, scale: 0, supply };
    commands.push((AgentId(1), Command::DefineAsset(define)));
    for owner in (1..=AGENTS).map(AgentId) {
        let asset = AssetId(1);
        let open = OpenAccount { account: None, owner, asset, overdraft: Amount::ZERO, ceiling: None };
        commands.push((AgentId(1), Command::OpenAccount(open)));
    }
    // The asset's issue is account 1.
    let account = |agent: u32| AccountId(agent + 1);
    let issue = IssueAsset { credit: account(1), amount: Amount(500) };
    commands.push((AgentId(1), Command::IssueAsset(issue)));
    while commands.len() < count {
        let (from, to) = (1 + dice.below(AGENTS as usize) as u32, 1 + dice.below(AGENTS as usize) as u32);
        let amount = Amount(1 + dice.below(90) as u128);
        let transfer = CreateTransfer { debit: account(from), credit: account(to), amount, pending: None };
        commands.push((AgentId(from), Command::CreateTransfer(transfer)));
    }
    let envelopes = (1..).zip(commands);
    envelopes.map(|(id, (actor, command))| Envelope { id: CommandId(id), actor, command }).collect()
}

/// Of a line: its command's place in the log, and its answer.
type Answers = BTreeMap<u64, (u64, u64)>;

/// Runs the file until `enough` answers to new commands came and a little longer, then kills. Returns what was answered, and whether it came to an end by itself.
fn run_and_kill(data: &Path, file: &Path, enough: usize, longer: Duration) -> (Answers, bool) {
    let group = GROUP.to_string();
    let options = ["--answers", "--quiet", "--snapshot-every", "3000", "--group", &group, "--data"];
    let mut child = command([Path::new("run"), file].into_iter().chain(options.map(Path::new)).chain([data]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let lines = BufReader::new(child.stdout.take().expect("standard output is a pipe")).lines();
    let (mut answers, mut fresh, mut is_over) = (Answers::new(), 0, false);
    let mut lines = lines.map_while(Result::ok);
    let hear = |line: String, answers: &mut Answers| {
        // The last line may have been cut by the kill; the summary is no answer.
        let Ok(told) = serde_json::from_str::<serde_json::Value>(&line) else { return (0, true) };
        let number = |name: &str| told[name].as_u64();
        let (Some(line), Some(sequence), Some(answer)) =
            (number("line"), number("sequence"), number("answer"))
        else {
            return (0, true);
        };
        answers.insert(line, (sequence, answer));
        (usize::from(told["repeated"] != true), false)
    };
    while fresh < enough && !is_over {
        match lines.next() {
            Some(line) => {
                let (new, is_summary) = hear(line, &mut answers);
                fresh += new;
                is_over |= is_summary;
            }
            None => is_over = true,
        }
    }
    std::thread::sleep(longer);
    child.kill().expect("it can be killed");
    for line in lines {
        hear(line, &mut answers);
    }
    let ended = child.wait_with_output().expect("it has ended");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!said.contains("panicked") && !said.contains("no snapshot"), "{said}");
    (answers, ended.status.success())
}

/// Reads the log as it is on disk: a beginning of the file, each command once. Returns the answers, by line.
fn compare(data: &Path, work: &[Envelope]) -> Answers {
    let storage = Arc::new(Directory::open_to_read(data).expect("it is there"));
    let history = match History::from_start(storage) {
        Ok(history) => history,
        // It was killed before there was a journal.
        Err(error) => {
            assert!(error.to_string().contains("no journal"), "{error}");
            return Answers::new();
        }
    };
    let mut found = Answers::new();
    let read = history.run(None, |moment| {
        let line = found.len() as u64 + 1;
        assert_eq!(moment.envelope, &work[line as usize - 1], "command {line}");
        found.insert(line, (moment.sequence.0, u64::from(moment.answer.0)));
    });
    read.expect("the journal is sound").0.check();
    found
}

#[test]
fn a_mapped_batch_that_is_killed_again_and_again_is_done_once() {
    let kills = std::env::var("BARTIZAN_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    std::fs::create_dir_all(&data).unwrap();
    let mut dice = Dice::new(23);
    let work = work(kills * 400);
    let file = scratch.file("work.batch", batch_file(&work).expect("commands fit frames"));
    let (mut told, mut unfinished) = (Answers::new(), 0);
    for kill in 0..kills {
        let (enough, longer) = (1 + dice.below(600), Duration::from_micros(dice.below(4_000) as u64));
        let (answers, is_over) = run_and_kill(&data, &file, enough, longer);
        for (line, answer) in answers {
            let before = told.insert(line, answer);
            assert!(before.is_none_or(|before| before == answer), "kill {kill}: line {line}");
        }
        let found = compare(&data, &work);
        for (line, answer) in &told {
            assert_eq!(found.get(line), Some(answer), "kill {kill}: line {line} was answered");
        }
        unfinished += usize::from(found.len() > told.len());
        if is_over {
            break;
        }
    }
    assert!(unfinished > 0, "it was never killed while something was on its way");
    println!("{kills} kills, {} commands answered; {unfinished} times more was durable", told.len());
    let path = data.to_str().expect("a scratch folder has a plain name");
    let file = file.to_str().expect("a scratch folder has a plain name");
    let summary = |arguments: &[&str]| {
        let said = run(["run", file, "--data", path, "--json"].iter().chain(arguments)).out;
        serde_json::from_str::<serde_json::Value>(&said).expect("one JSON object")
    };
    let last = summary(&[]);
    let count = work.len() as u64;
    assert_eq!((&last["commands"], &last["sequence"]), (&count.into(), &count.into()));
    let again = summary(&["--group", "1"]);
    assert_eq!((&again["repeated"], &again["digest"]), (&count.into(), &last["digest"]));
    assert_eq!(compare(&data, &work).len() as u64, count);
    run(["journal", "verify", "--data", path]).clean();
}
