//! Python that judges: a program that reads problems from standard input, one line of JSON each, and answers each with one line.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{not_judged, workspace};

/// What `script`, a path in the workspace, answers to each of these problems; none, with a word about it, where Python or the `packages` that it needs are not there, which it says
/// by exit status 77. `BARTIZAN_PYTHON` names the Python that has them; by default `python3`.
///
/// # Panics
/// If it fails otherwise, or by [`not_judged`].
pub fn answers(script: &str, packages: &str, problems: &[Value]) -> Option<Vec<Value>> {
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let mut process = Command::new(python);
    process.arg(workspace().join(script));
    let Ok(mut running) = process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    else {
        not_judged("Python", packages);
        return None;
    };
    let told: Vec<String> = problems.iter().map(|problem| format!("{problem}\n")).collect();
    let told = told.concat();
    let mut stdin = running.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || stdin.write_all(told.as_bytes()));
    let said = running.wait_with_output().expect("it ends");
    // Where the packages are missing nobody reads.
    let _ = writer.join().expect("it does not panic");
    if said.status.code() == Some(77) {
        not_judged("one of its packages", packages);
        return None;
    }
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let lines = String::from_utf8(said.stdout).expect("it is text");
    let answers: Vec<Value> = lines.lines().map(|line| line.parse().expect("it is JSON")).collect();
    assert_eq!(answers.len(), problems.len());
    Some(answers)
}
