//! `bartizan clear`, `verify` and `explain` for rounds of bundles.

use std::path::Path;
use std::time::Instant;

use bartizan_solver::budget::Budget;
use bartizan_solver::bundle::{Objective, Solution, Statement, solve};

use super::exchange::{Asked, budget_sentence, check_interrupted};
use super::expected::{check_objectives, unknown_user};
use super::interrupt::until_interrupted;
use super::output::{check_targets, write_file, write_stdout};
use super::progress::Progress;
use super::second_opinion::Own;
use super::timing;
use super::{Failure, RoundFile, quoted};
use crate::bundle::document::{self, BundleDocument};
use crate::bundle::{Bundles, explain as explanation, text};
use crate::input::Input;
use crate::report::page;
use crate::report::words::shortened;

/// How much explaining an exchange may look at.
const EXPLAINED: u64 = 20_000_000_000;

/// Clears a round of bundles.
pub(super) fn clear(
    mut bundles: Bundles<'_>,
    budget: u64,
    file: &RoundFile,
    asked: &Asked<'_>,
) -> Result<(), Failure> {
    check_targets(&[("--output", asked.output), ("--report", asked.report)], &[&file.file])?;
    let highs = asked.second_opinion.load()?;
    if !asked.objective.is_empty() {
        bundles.problem.objectives =
            asked.objective.iter().map(|name| objective(&bundles, name)).collect::<Result<_, _>>()?;
    }
    let read = asked.started.elapsed();
    let started = Instant::now();
    let mut progress = Progress::new(asked.quiet);
    let names: Vec<String> =
        bundles.problem.objectives.iter().map(|&objective| bundles.objective_name(objective)).collect();
    progress.say("clearing");
    let (found, is_interrupted) = until_interrupted(|stop| {
        solve(&bundles.problem, Budget::new(budget).until(stop), &mut |level, value, bound| {
            let name = &names[level];
            progress.say(&format!("{name}: {value} found, {bound} not ruled out"));
        })
    })?;
    let solved = started.elapsed();
    let told = document::document(&bundles, &found);
    if let Some(path) = asked.output {
        write_file(path, |out| document::write(&told, out))?;
    }
    if let Some(path) = asked.report {
        write_file(path, |mut out| page::bundles::write(&mut out, &bundles, &told, &file.title()))?;
    }
    progress.finish();
    if asked.json {
        write_stdout(|out| document::write(&told, out))?;
    } else if !asked.quiet {
        let parts = match found.part_count {
            1 => "1 part".to_owned(),
            count => format!("{count} parts, the largest"),
        };
        let proof = proof_sentence(&told, file, asked.output, is_interrupted || found.steps >= budget);
        let end = format!(
            "Proof      {proof}\nTook       {solved:.2?}, {} steps; {parts} of {} columns",
            found.steps, found.largest_part
        );
        write_stdout(|out| text::summary(out, &bundles, &told, &end))?;
    }
    if asked.timing {
        let write = asked.started.elapsed().saturating_sub(read + solved);
        timing::tell(&[("read", read), ("solve", solved), ("write", write)], Some(found.steps));
    }
    check_interrupted(is_interrupted, told.objectives.iter().all(|own| own.proven))?;
    let Some(highs) = highs else { return Ok(()) };
    let program = Statement::new(&bundles.problem).program;
    highs.compare(&program, "columns", (&owns(&bundles, &found), solved), (asked.quiet, asked.json))
}

/// What was reached, for a second opinion.
fn owns(bundles: &Bundles<'_>, found: &Solution) -> Vec<Own> {
    let figures = found.values.iter().zip(&found.bounds);
    let own = |(&objective, (&value, &bound)): (&Objective, (&i64, &i64))| Own {
        name: bundles.objective_name(objective),
        value,
        bound,
        decimals: 0,
        is_cost: objective == Objective::Cost,
    };
    bundles.problem.objectives.iter().zip(figures).map(own).collect()
}

fn objective(bundles: &Bundles<'_>, name: &str) -> Result<Objective, Failure> {
    let name = name.trim();
    let plain = match name.split_once('=') {
        Some((kind, user)) => format!("{}={}", kind.trim().to_lowercase(), user.trim()),
        None => name.to_lowercase(),
    };
    bundles.objective(&plain).ok_or_else(|| match plain.strip_prefix("favor=") {
        Some(user) => unknown_user(user, bundles.users.iter().map(|name| &**name)),
        None => Failure::Usage(format!(
            "--objective: {name:?} is no objective of a round of bundles; expected items, users, cost or favor=USER"
        )),
    })
}

fn proof_sentence(
    told: &BundleDocument,
    file: &RoundFile,
    output: Option<&Path>,
    is_out_of_budget: bool,
) -> String {
    let verdict = if told.objectives.iter().all(|own| own.proven) {
        "optimal: nothing better exists".to_owned()
    } else {
        let budget = budget_sentence(is_out_of_budget);
        let found = if told.exchanges.is_empty() { "nothing was found yet, but " } else { "" };
        format!("bounded: {found}something better may exist, within the bounds above; {budget}")
    };
    let file = file.as_argument();
    match output {
        Some(output) => format!("{verdict}. Check it: bartizan verify {file} {}", quoted(output)),
        None => format!(
            "{verdict}. Write it with --output OUT.json, check it with: bartizan verify {file} OUT.json"
        ),
    }
}

/// The document at `path`, and the round with its objectives.
fn read<'a>(
    mut bundles: Bundles<'a>,
    (path, told): (&Path, &Input),
) -> Result<(Bundles<'a>, BundleDocument), Failure> {
    let document: BundleDocument = crate::json::read(told).map_err(|error| Failure::at(path, error))?;
    document::take_objectives(&mut bundles, &document).map_err(|error| Failure::at(path, error))?;
    Ok((bundles, document))
}

/// Verifies what a round of bundles came to.
pub(super) fn verify(
    file: &RoundFile,
    input: &Input,
    (path, told): (&Path, &Input),
    objectives: &[String],
    quiet: bool,
) -> Result<(), Failure> {
    let bundles = file.bundles(input)?.ok_or_else(|| {
        Failure::at(path, format!("what a round of bundles came to, and {} is none", file.file.display()))
    })?;
    let asked = bundles.problem.objectives.clone();
    let (bundles, document) = read(bundles, (path, told))?;
    if document.objectives.is_empty() && !asked.is_empty() {
        return Err(Failure::at(path, "it names no objective, so it proves nothing"));
    }
    document::check(&bundles, &document).map_err(|error| Failure::at(path, error))?;
    let made_for: Vec<&str> = document.objectives.iter().map(|own| own.name.as_str()).collect();
    check_objectives(objectives, &made_for, path)?;
    if !quiet {
        write_stdout(|out| {
            if bundles.problem.objectives != asked {
                let names: Vec<String> =
                    asked.iter().map(|&objective| bundles.objective_name(objective)).collect();
                writeln!(out, "(cleared for other objectives than the file asks for: {})", names.join(", "))?;
            }
            let mut is_open = false;
            for own in &document.objectives {
                let (name, value) = (&own.name, own.value);
                if is_open {
                    writeln!(out, "{name}: {value}, open: an objective before it is not proven")?;
                } else if own.proven {
                    writeln!(out, "{name}: {value}, proven: no outcome is better")?;
                } else {
                    writeln!(out, "{name}: {value}, not proven: the best may be {}", own.bound)?;
                }
                is_open |= !own.proven;
            }
            Ok(())
        })?;
    }
    if document.objectives.iter().all(|own| own.proven) {
        return Ok(());
    }
    Err(Failure::at(path, "allowed, but not proven optimal"))
}

/// Says what became of an exchange, an item or a participant.
pub(super) fn explain(
    bundles: Bundles<'_>,
    (path, told): (&Path, &Input),
    asked: (&str, Option<&str>),
) -> Result<(), Failure> {
    let (bundles, document) = read(bundles, (path, told))?;
    let carried = document::check(&bundles, &document).map_err(|error| Failure::at(path, error))?;
    let mut progress = Progress::new(false);
    progress.say("looking for the best outcome with it");
    let lines = explanation::explain(&bundles, &document, &carried, asked, EXPLAINED);
    progress.finish();
    let lines = lines.map_err(Failure::Told)?;
    write_stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{}", shortened(line, usize::MAX))))
}
