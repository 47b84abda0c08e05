//! Plays a scenario: what is written is kept, and under each command stands what followed from it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::reject::Answer;
use bartizan_io::node::intake::{Line, read_line};
use bartizan_tests::workspace;

use crate::notation::{json, open_brackets};
use crate::stage::Stage;

/// A command of a scenario, its answer, and what it met.
#[derive(Clone, Debug)]
pub(crate) struct Played {
    /// Where it stands in its file, counted from 1.
    pub(crate) line: usize,
    pub(crate) actor: AgentId,
    pub(crate) command: Command,
    pub(crate) answer: Answer,
    /// When it came.
    pub(crate) time: u64,
    /// The realm before it; none of a command that was repeated.
    pub(crate) before: Option<Realm>,
}

/// A scenario that was played.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) path: PathBuf,
    /// As it is written.
    pub(crate) written: String,
    /// As it is, with what followed.
    pub(crate) played: String,
    /// Its own commands; those it takes as given are not among them.
    pub(crate) commands: Vec<Played>,
    /// All that was applied, each with its time; none where a command was repeated.
    pub(crate) log: Option<Vec<(u64, Envelope)>>,
}

/// The folder of the scenarios.
pub(crate) fn folder() -> PathBuf {
    workspace().join("tests/scenarios")
}

impl Scenario {
    /// Plays the scenario in a file.
    ///
    /// # Panics
    /// If the file is no scenario, or the realm is not sound after a command; the message names the line.
    pub(crate) fn play(path: &Path) -> Self {
        let written =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut script = Script { path, stage: Stage::new(), played: String::new(), commands: Vec::new() };
        script.run(&written);
        let Script { played, commands, stage, .. } = script;
        Scenario { path: path.to_owned(), written, played, commands, log: stage.log }
    }
}

/// A file on its way.
struct Script<'a> {
    path: &'a Path,
    stage: Stage,
    played: String,
    commands: Vec<Played>,
}

impl Script<'_> {
    fn run(&mut self, written: &str) {
        let mut lines = (1..).zip(written.lines()).peekable();
        while let Some((number, first)) = lines.next() {
            if first.starts_with("  ") {
                continue; // what followed is told anew
            }
            writeln!(self.played, "{first}").expect("a string grows");
            let mut text = first.to_owned();
            while !first.starts_with(['#', '{']) && open_brackets(&text) > 0 {
                let Some((_, more)) = lines.next() else { break };
                writeln!(self.played, "{more}").expect("a string grows");
                text += more;
            }
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.line(number, &text)));
            let told = match done {
                Ok(Ok(told)) => told,
                Ok(Err(error)) => panic!("{}:{number}: {error}", self.path.display()),
                Err(panic) => {
                    println!("{}:{number}: {text}", self.path.display());
                    std::panic::resume_unwind(panic)
                }
            };
            for line in told {
                writeln!(self.played, "  {line}").expect("a string grows");
            }
        }
    }

    /// Plays one line; tells what followed.
    fn line(&mut self, number: usize, text: &str) -> Result<Vec<String>, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            _ if text.trim().is_empty() || text.starts_with('#') => Ok(Vec::new()),
            "given" => self.given(rest).map(|()| Vec::new()),
            "time" => {
                self.stage.time = rest.parse().map_err(|_| format!("{rest:?} is no time"))?;
                Ok(Vec::new())
            }
            "balances" => Ok(self.stage.balances(Some(rest).filter(|rest| !rest.is_empty()))),
            "orders" => {
                let market = crate::notation::Names::resolve(&self.stage, rest)?;
                let market = MarketId(market.parse().map_err(|_| format!("{rest} is no market"))?);
                self.stage.orders_of(market).ok_or_else(|| format!("{rest} is no market"))
            }
            "repeat" => {
                let (count, rest) = rest.split_once(' ').ok_or("how often, and what")?;
                let count = count.parse().map_err(|_| format!("{count:?} is no number"))?;
                let Envelope { actor, id, command } = self.read(rest)?.into_envelope();
                let answer = self.stage.play_often(count, &Envelope { actor, id, command: command.clone() });
                let (line, time, before) = (number, self.stage.time, None);
                self.commands.push(Played { line, actor, command, answer, time, before });
                Ok(self.stage.told())
            }
            _ => self.command(number, text),
        }
    }

    /// What another scenario ends with, as the beginning of this one. It must all be carried out.
    fn given(&mut self, name: &str) -> Result<(), String> {
        let path = folder().join("given").join(name).with_extension("scenario");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut inner = Script {
            path: &path,
            stage: std::mem::replace(&mut self.stage, Stage::new()),
            played: String::new(),
            commands: Vec::new(),
        };
        inner.run(&text);
        self.stage = inner.stage;
        match inner.commands.iter().find(|played| !played.answer.is_done()) {
            None => Ok(()),
            Some(refused) => Err(format!("{}:{} is refused", path.display(), refused.line)),
        }
    }

    fn command(&mut self, number: usize, text: &str) -> Result<Vec<String>, String> {
        let text = match text.split_once(" = ") {
            Some((label, rest)) if label.chars().all(char::is_alphanumeric) => {
                self.stage.label(label);
                rest
            }
            _ => text,
        };
        let line = match self.read(text) {
            Ok(line) => line,
            Err(error) => match error.strip_prefix("malformed: ") {
                Some(_) => return Ok(vec![error]),
                None => return Err(error),
            },
        };
        let time = line.time.unwrap_or(self.stage.time);
        let envelope = line.into_envelope();
        let before = Some(self.stage.realm.clone());
        let answer = self.stage.play(time, &envelope);
        let Envelope { actor, command, .. } = envelope;
        self.commands.push(Played { line: number, actor, command, answer, time, before });
        Ok(self.stage.told())
    }

    /// Reads a command: a line as `bartizan run` reads it, or who asks and what, of which such a line is made.
    fn read(&mut self, text: &str) -> Result<Line, String> {
        let text = if text.starts_with('{') { text.to_owned() } else { self.in_full(text)? };
        match read_line(1, text.as_bytes()) {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err("a command was expected".into()),
            Err(malformed) => Err(format!("malformed: {}", malformed.cause)),
        }
    }

    /// The JSON line of `ann: Command {...}`, or `ann 7: Command {...}` where the id is to be 7.
    fn in_full(&mut self, text: &str) -> Result<String, String> {
        let (who, what) = text.split_once(':').ok_or("who asks, and what, with a colon between them")?;
        let (who, id) = who.split_once(' ').map_or((who, None), |(who, id)| (who, Some(id)));
        let actor = self.stage.actor(who)?;
        let command = json(what, &self.stage)?;
        let id = match id {
            Some(id) => id.to_owned(),
            None => self.stage.next_id(actor).to_string(),
        };
        Ok(format!(r#"{{"id":{id},"actor":{},"command":{command}}}"#, actor.0))
    }
}
