//! A method in any language: a program that reads problems from its standard input, one line of JSON each, and answers each with one line on its standard output.
//!
//! ```text
//! <- {"id":7,"goods":3,"exchanges":[[0,1,4.0,2.1,1.0,0.0],...],"rankings":[[2,0,1],...]}
//! -> {"id":7,"values":[1.0,2.05,0.3]}          or  {"id":7,"error":"needs exchanges"}
//! ```
//!
//! Goods are numbers from 0 on. An exchange is: the good that is given, the one that is got, how much is given, how much is got, its weight, its time. A
//! ranking names goods, the one that is liked best first. Values are numbers from 0 on, of which only their ratios count. The end of input is the end of the work.
//! An answer repeats the `id` of its problem. `tests/valuation/method.py` is such a program. One that has not read its problem and answered it in the time
//! that it is given, or answers another, is ended, with all that it started, and left out of what is still to come.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel};
use std::time::Duration;

use bartizan_solver::valuation::Evidence;
use bartizan_solver::valuation::number::ln;
use serde::{Deserialize, Serialize};

/// How long a program may take to end after the end of its input, in steps of [`STEP`], before it is ended.
const FAREWELL_STEPS: u32 = 100;
const STEP: Duration = Duration::from_millis(20);

/// A running program.
#[derive(Debug)]
pub struct Outside {
    /// How it was started, for people.
    started: String,
    child: Child,
    /// How long reading a problem and answering it may take.
    limit: Duration,
    /// Lines for the thread that writes them, which may wait for a program that does not read; none once there is nothing more to ask.
    problems: Option<Sender<Vec<u8>>>,
    /// Why it was ended, if it was.
    ended: Option<String>,
    asked: u64,
    answers: Receiver<std::io::Result<String>>,
}

#[derive(Serialize)]
struct Problem {
    id: u64,
    goods: usize,
    exchanges: Vec<(u32, u32, f64, f64, f64, f64)>,
    rankings: Vec<Vec<u32>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    id: u64,
    values: Option<Vec<f64>>,
    error: Option<String>,
}

impl Outside {
    /// Starts `command` by the shell; it has `limit` for each problem.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &str, limit: Duration) -> Result<Self, String> {
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let started = format!("{shell} {option} {command:?}");
        let mut shell = Command::new(shell);
        shell.args([option, command]).stdin(Stdio::piped()).stdout(Stdio::piped());
        // A group of its own, so that what the shell starts is ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell.spawn().map_err(|error| format!("cannot start {started}: {error}"))?;
        let mut input = child.stdin.take().ok_or_else(|| format!("{command:?} has no input"))?;
        let output = child.stdout.take().ok_or_else(|| format!("{command:?} has no output"))?;
        let (told, answers) = sync_channel(1);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        let (problems, lines) = channel::<Vec<u8>>();
        std::thread::spawn(move || {
            while let Ok(line) = lines.recv() {
                if input.write_all(&line).and_then(|()| input.flush()).is_err() {
                    return;
                }
            }
        });
        Ok(Outside { started, child, limit, problems: Some(problems), ended: None, asked: 0, answers })
    }

    /// The logarithms of the values that it finds.
    ///
    /// # Errors
    /// What it says is wrong, or what is wrong with it.
    pub fn value(&mut self, evidence: &Evidence) -> Result<Vec<f64>, String> {
        if let Some(why) = &self.ended {
            return Err(format!("it was ended before: {why}"));
        }
        let exchanges = evidence.exchanges().iter();
        self.asked += 1;
        let problem = Problem {
            id: self.asked,
            goods: evidence.good_count(),
            exchanges: exchanges.map(|x| (x.gives, x.gets, x.given, x.got, x.weight, x.time)).collect(),
            rankings: evidence.rankings().iter().map(<[u32]>::to_vec).collect(),
        };
        let mut line = serde_json::to_vec(&problem).map_err(|error| error.to_string())?;
        line.push(b'\n');
        // A program that has ended is told by its missing answer.
        let _ = self.problems.as_ref().map(|problems| problems.send(line));
        let answer = self.answer(problem.id).inspect_err(|why| {
            end(&mut self.child);
            self.ended = Some(why.clone());
        })?;
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

    /// Why it was ended, if it was.
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    fn answer(&mut self, id: u64) -> Result<Answer, String> {
        let line = match self.answers.recv_timeout(self.limit) {
            Ok(line) => line.map_err(|error| error.to_string())?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("no answer within {} s", self.limit.as_secs_f64()));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let status = farewell(&mut self.child).map_or(String::new(), |status| format!(": {status}"));
                return Err(format!("it ended without an answer: {}{status}", self.started));
            }
        };
        let answer: Answer = serde_json::from_str(&line).map_err(|error| format!("its answer: {error}"))?;
        if answer.id != id {
            return Err(format!("it answers problem {}, asked for {id}", answer.id));
        }
        Ok(answer)
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        if self.ended.is_some() {
            return;
        }
        // The end of its input tells it to end; one that does not is ended.
        self.problems = None;
        if farewell(&mut self.child).is_none() {
            end(&mut self.child);
        }
    }
}

/// How a program ended that is about to; nothing if it takes too long.
fn farewell(child: &mut Child) -> Option<ExitStatus> {
    for _ in 0..FAREWELL_STEPS {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(STEP);
    }
    None
}

/// Ends a program that nothing has waited for yet, and what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = libc::pid_t::try_from(child.id()) {
        // SAFETY: the call is given numbers alone. The group is the child's own: it was started as the first of one, and keeps its number until it is waited for.
        #[allow(unsafe_code)]
        unsafe {
            libc::kill(-group, libc::SIGKILL);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use bartizan_solver::valuation::{Exchange, Rankings};

    use super::*;

    fn evidence(trades: usize) -> Evidence {
        let trades = (0..trades).map(|_| Exchange::new(0, 1, 1.0, 2.0)).collect();
        Evidence::new(2, trades, Rankings::default()).expect("trades of two goods")
    }

    /// What `sh` starts for `command`, with little time.
    fn hurried(command: &str) -> Outside {
        Outside::start(command, Duration::from_millis(200)).expect("the shell can be started")
    }

    #[test]
    fn a_program_that_does_not_read_is_ended_in_time_with_all_that_it_started() {
        let started = Instant::now();
        let mut outside = hurried("sleep 600; true");
        // More than a pipe holds.
        let told = outside.value(&evidence(50_000)).expect_err("it reads nothing");
        assert_eq!((&*told, outside.ended()), ("no answer within 0.2 s", Some(&*told)));
        // Nothing holds its output open any more, so that its end is seen.
        assert_eq!(
            outside.answers.recv_timeout(Duration::from_mins(1)).err(),
            Some(RecvTimeoutError::Disconnected)
        );
        let again = outside.value(&evidence(1)).expect_err("it was ended");
        assert_eq!(again, "it was ended before: no answer within 0.2 s");
        drop(outside);
        // One that reads nothing and was asked nothing is waited for a little, and no longer.
        drop(hurried("sleep 600; true"));
        assert!(started.elapsed() < Duration::from_mins(1));
    }

    #[test]
    fn answers_are_to_the_problem_that_was_asked() {
        let answer = |id: u64| format!("echo '{{\"id\":{id},\"values\":[2.0,1.0]}}'");
        let command = format!("read line; {}; {}; read line; read line", answer(1), answer(1));
        let mut outside = Outside::start(&command, Duration::from_mins(1)).expect("the shell can be started");
        let found = outside.value(&evidence(1)).expect("it answers");
        assert!((found[0] - found[1] - ln(2.0)).abs() < 1e-12);
        let told = outside.value(&evidence(1)).expect_err("it answers twice");
        assert!(told.contains("answers problem 1, asked for 2"), "{told}");
    }
}
