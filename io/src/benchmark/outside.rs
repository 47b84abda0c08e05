//! A method in any language: a program that reads problems from its standard input, one line of JSON each, and answers each with one line on its standard output.
//!
//! ```text
//! <- {"goods":3,"exchanges":[[0,1,4.0,2.1,1.0,0.0],...],"rankings":[[2,0,1],...]}
//! -> {"values":[1.0,2.05,0.3]}          or  {"error":"needs exchanges"}
//! ```
//!
//! Goods are numbers from 0 on. An exchange is: the good that is given, the one that is got, how much is given, how much is got, its weight, its time. A
//! ranking names goods, the one that is liked best first. Values are numbers from 0 on, of which only their ratios count. The end of input is the end of the work.
//! `tests/valuation/method.py` is such a program. One that does not answer within [`PATIENCE`] is left out of what is still to come.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use bartizan_solver::valuation::Evidence;
use bartizan_solver::valuation::number::ln;
use serde::{Deserialize, Serialize};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// A running program.
#[derive(Debug)]
pub struct Outside {
    child: Child,
    input: Option<BufWriter<ChildStdin>>,
    answers: Receiver<std::io::Result<String>>,
}

#[derive(Serialize)]
struct Problem {
    goods: usize,
    exchanges: Vec<(u32, u32, f64, f64, f64, f64)>,
    rankings: Vec<Vec<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    values: Option<Vec<f64>>,
    error: Option<String>,
}

impl Outside {
    /// Starts `command` by the shell.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &str) -> Result<Self, String> {
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut child = Command::new(shell)
            .args([option, command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let input = child.stdin.take().map(BufWriter::new);
        let output = child.stdout.take().ok_or_else(|| format!("{command:?} has no output"))?;
        let (told, answers) = sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Outside { child, input, answers })
    }

    /// The logarithms of the values that it finds.
    ///
    /// # Errors
    /// What it says is wrong, or what is wrong with it.
    pub fn value(&mut self, evidence: &Evidence) -> Result<Vec<f64>, String> {
        let exchanges = evidence.exchanges().iter();
        let problem = Problem {
            goods: evidence.good_count(),
            exchanges: exchanges.map(|x| (x.gives, x.gets, x.given, x.got, x.weight, x.time)).collect(),
            rankings: evidence.rankings().iter().map(<[u32]>::to_vec).collect(),
        };
        let input = self.input.as_mut().ok_or("it has stopped answering")?;
        let sent = serde_json::to_writer(&mut *input, &problem)
            .map_err(std::io::Error::from)
            .and_then(|()| input.write_all(b"\n"))
            .and_then(|()| input.flush());
        let answer = sent.map_err(|error| error.to_string()).and_then(|()| self.answer());
        let line = answer.inspect_err(|_| self.input = None)?;
        let answer: Answer = serde_json::from_str(&line).map_err(|error| format!("its answer: {error}"))?;
        if let Some(error) = answer.error {
            return Err(error);
        }
        let values = answer.values.ok_or("its answer has neither values nor an error")?;
        if values.len() != problem.goods || values.iter().any(|value| !value.is_finite() || *value < 0.0) {
            return Err(format!("its answer is not {} numbers from 0 on", problem.goods));
        }
        let mut found: Vec<f64> =
            values.into_iter().map(|value| if value > 0.0 { ln(value) } else { f64::NEG_INFINITY }).collect();
        evidence.center(&mut found);
        Ok(found)
    }

    fn answer(&self) -> Result<String, String> {
        match self.answers.recv_timeout(PATIENCE) {
            Ok(line) => line.map_err(|error| error.to_string()),
            Err(RecvTimeoutError::Timeout) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
            Err(RecvTimeoutError::Disconnected) => Err("it ended without an answer".to_owned()),
        }
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        // The end of its input tells it to end; one that has stopped answering is ended.
        let has_stopped = self.input.take().is_none();
        if has_stopped {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
