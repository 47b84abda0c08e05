//! The bounded form of `bartizan explain`: why a pair is not served, or a ring or chain not chosen.

use std::io::Write;
use std::path::Path;

use bartizan_engine::ItemKind;

use super::exchange::{checked, objective_name};
use super::output::write_stdout;
use super::pool_files::PoolFiles;
use super::progress::Progress;
use super::{Failure, RoundFile};
use crate::amount::decimal;
use crate::input::Input;
use crate::pool::PoolReading;
use crate::pool::explain::{self, Asked, Told};
use crate::pool::rules::Aim;
use crate::report::resolve::item_shown;

/// How much is looked at to explain.
const EXPLAIN_STEPS: u64 = 20_000_000_000;

/// Says how nodes, rings or chains fare in a document, one after the other.
pub(super) fn explain(
    (file, input): (&RoundFile, &Input),
    beside: &PoolFiles,
    outcome: (&Path, &Input),
    (names, user): (&[String], Option<&str>),
) -> Result<(), Failure> {
    let (reading, document) = checked(file, beside, input, outcome)?;
    let asked = questions(names).into_iter().map(|name| nodes((file, input), &reading, &name, user));
    for nodes in asked.collect::<Result<Vec<Vec<u32>>, Failure>>()? {
        let shown = explain::asked_hands(&reading, &nodes).join(" > ");
        let is_one = nodes.len() == 1;
        let asked = match nodes[..] {
            [node] => Asked::Node(node),
            _ => Asked::Steps(nodes),
        };
        let mut progress = Progress::new(false);
        progress.say(&format!("looking for the best outcome that has {shown}"));
        let told = explain::explain(&reading, &document, &asked, EXPLAIN_STEPS);
        progress.finish();
        write_stdout(|out| write(out, &reading, (&shown, is_one), told))?;
    }
    Ok(())
}

/// Says how what is `shown` so fares.
fn write(
    out: &mut dyn Write,
    reading: &PoolReading,
    (shown, is_one): (&str, bool),
    told: Told,
) -> std::io::Result<()> {
    match told {
        Told::Chosen(list) if is_one => {
            writeln!(out, "{shown} takes part: {}", list.join(" > "))
        }
        Told::Chosen(list) => writeln!(out, "It is chosen: {}", list.join(" > ")),
        Told::Unknown => {
            writeln!(out, "Whether {shown} can be chosen was not found out: the search was too long.")
        }
        Told::Impossible(why) => writeln!(out, "{shown} cannot be chosen: {why}."),
        Told::Possible { instead_of, passes_used_by, figures, is_proven } => {
            writeln!(out, "{shown} is not chosen, and could be.")?;
            for list in instead_of {
                writeln!(out, "It shares somebody with what was chosen: {}", list.join(" > "))?;
            }
            for list in passes_used_by {
                writeln!(
                    out,
                    "It needs a dummy, or a donor of several patients, as what was chosen does: {}",
                    list.join(" > ")
                )?;
            }
            for (aim, reached, with) in figures {
                let decimals = if aim == Aim::Weight { reading.weight_decimals } else { 0 };
                let [reached, with] = [reached, with].map(|value| decimal(value, decimals));
                writeln!(out, "{}: {with} with it, {reached} as chosen", objective_name(aim, reading))?;
            }
            let best = if is_proven {
                "the best that has it"
            } else {
                "what was found; better may exist that has it"
            };
            writeln!(out, "(That is {best}.)")
        }
    }
}

/// What is asked, one question each: words that an arrow joins are of one.
fn questions(words: &[String]) -> Vec<String> {
    let mut questions: Vec<String> = Vec::new();
    for word in words {
        match questions.last_mut() {
            Some(last) if last.trim_end().ends_with('>') || word.trim_start().starts_with('>') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => questions.push(word.clone()),
        }
    }
    questions
}

/// The nodes that are named: each alone, or a ring or chain as `clear` prints it, `2 > 29 > 15 > 2`, in which a ring comes back to its first or does not.
fn nodes(
    (file, input): (&RoundFile, &Input),
    reading: &PoolReading,
    name: &str,
    user: Option<&str>,
) -> Result<Vec<u32>, Failure> {
    let failed = |error: String| Failure::at(&file.file, error);
    let mut nodes = if file.pool_format(input).is_some() {
        if user.is_some() {
            return Err(Failure::Usage("--user: it is of want lists, and a pool has no users".into()));
        }
        each(name, |name| node(reading, name)).map_err(failed)?
    } else {
        let round = file.read(input)?.round;
        let good = |name: &str| {
            let item = item_shown(&round, name, user)?.at();
            let is_dummy = |item: usize| round.items[item].kind == ItemKind::Dummy;
            if is_dummy(item) {
                return Err(format!("{name} is a dummy, which never trades itself"));
            }
            // Its node: goods in their order.
            Ok((0..item).filter(|&item| !is_dummy(item)).count() as u32)
        };
        each(name, good).map_err(failed)?
    };
    if nodes.len() > 2 && nodes.first() == nodes.last() {
        nodes.pop();
    }
    Ok(nodes)
}

/// What `find` says of a name. What is none itself may be several, with arrows between, or if numbers blanks.
fn each(name: &str, find: impl Fn(&str) -> Result<u32, String>) -> Result<Vec<u32>, String> {
    if name.trim().is_empty() {
        return Err(format!("{name:?} names nobody; expected a name"));
    }
    let are_numbers = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    let parts: Vec<&str> = if name.contains('>') {
        name.split('>').map(str::trim).collect()
    } else if are_numbers {
        name.split_whitespace().collect()
    } else {
        vec![name]
    };
    match find(name) {
        Ok(node) => Ok(vec![node]),
        Err(why) if parts[..] == [name] => Err(why),
        Err(_) if parts.contains(&"") => {
            Err(format!("{name:?}: no name at one side of an arrow; expected one at each, as \"A > B > C\""))
        }
        Err(_) => parts.into_iter().map(find).collect(),
    }
}

/// The node of a pool with this name, or with this number in its name, or `node N`, counted from 1 as in the outcome.
fn node(reading: &PoolReading, name: &str) -> Result<u32, String> {
    // As an outcome shows who gives of several.
    let name = name.split_once(" (donor ").filter(|_| name.ends_with(')')).map_or(name, |(name, _)| name);
    let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let is_meant = |known: &str| {
        known.eq_ignore_ascii_case(name)
            || is_number && known.rsplit_once(' ').is_some_and(|(_, number)| number == name)
    };
    let named: Vec<u32> =
        (0..).zip(&reading.names).filter(|(_, known)| is_meant(known)).map(|(node, _)| node).collect();
    let count = reading.names.len();
    match named[..] {
        [node] => return Ok(node),
        [] => {}
        [one, other, ..] => {
            let [known, beside] = [one, other].map(|node| &*reading.names[node as usize]);
            return Err(format!("{name:?} may be {known} or {beside}; expected a whole name"));
        }
    }
    let mut donors = reading.donors.nodes.iter();
    if let Some((donor, nodes)) = donors.find(|(donor, _)| donor.eq_ignore_ascii_case(name)) {
        if let [node] = nodes[..] {
            return Ok(node);
        }
        let of: Vec<&str> = nodes.iter().map(|&node| &*reading.names[node as usize]).collect();
        return Err(format!("{donor} is of {}; expected one of them", of.join(", ")));
    }
    let place = name.strip_prefix("node ").and_then(|number| number.parse::<usize>().ok());
    match place.filter(|place| (1..=count).contains(place)) {
        Some(place) => Ok(place as u32 - 1),
        None => Err(format!(
            "{name:?} is nobody; expected a name of the pool, or \"node 1\" to \"node {count}\" as in the outcome"
        )),
    }
}
