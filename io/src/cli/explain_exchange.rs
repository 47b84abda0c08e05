//! The bounded form of `bartizan explain`: why a pair is not served, or a ring or chain not chosen.

use std::path::Path;

use super::exchange::checked;
use super::output::write_stdout;
use super::pool_files::PoolFiles;
use super::{Failure, RoundFile};
use crate::amount::decimal;
use crate::input::Input;
use crate::pool::PoolReading;
use crate::pool::explain::{self, Asked, Told};
use crate::pool::rules::Aim;

/// How much is looked at to explain.
const EXPLAIN_STEPS: u64 = 20_000_000_000;

/// Says how a node, or a ring or chain, fares in a document.
pub(super) fn explain(
    file: &RoundFile,
    beside: &PoolFiles,
    input: &Input,
    outcome: (&Path, &Input),
    names: &[String],
) -> Result<(), Failure> {
    let (reading, document) = checked(file, beside, input, outcome)?;
    let nodes = names.iter().map(|name| node(&reading, name)).collect::<Result<Vec<u32>, String>>();
    let nodes = nodes.map_err(|error| Failure::at(&file.file, error))?;
    let asked = match nodes[..] {
        [node] => Asked::Node(node),
        _ => Asked::Steps(nodes),
    };
    let told = explain::explain(&reading, &document, &asked, EXPLAIN_STEPS);
    write_stdout(|out| match told {
        Told::Chosen(list) if names.len() == 1 => writeln!(out, "It takes part: {}", list.join(" > ")),
        Told::Chosen(list) => writeln!(out, "It is chosen: {}", list.join(" > ")),
        Told::Unknown => {
            writeln!(out, "Whether it can be chosen was not found out: the search was too long.")
        }
        Told::Impossible(why) => writeln!(out, "It cannot be chosen: {why}."),
        Told::Possible { instead_of, figures, is_proven } => {
            for list in instead_of {
                writeln!(out, "It shares somebody with what was chosen: {}", list.join(" > "))?;
            }
            for (aim, reached, with) in figures {
                let decimals = if aim == Aim::Weight { reading.weight_decimals } else { 0 };
                let [reached, with] = [reached, with].map(|value| decimal(value, decimals));
                writeln!(out, "{}: {with} with it, {reached} as chosen", aim.name())?;
            }
            let best = if is_proven {
                "the best that has it"
            } else {
                "what was found; better may exist that has it"
            };
            writeln!(out, "(That is {best}.)")
        }
    })
}

/// The node of this name, or number.
fn node(reading: &PoolReading, name: &str) -> Result<u32, String> {
    let mut named =
        (0..).zip(&reading.names).filter(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(node, _)| node);
    match (named.next(), named.next()) {
        (Some(node), None) => return Ok(node),
        (Some(_), Some(_)) => {
            return Err(format!("{name:?} is the name of several; expected a number from 1"));
        }
        (None, _) => {}
    }
    let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    match number.filter(|&number| number < reading.names.len()) {
        Some(number) => Ok(number as u32),
        None => Err(format!(
            "{name:?} is nobody; expected a name of the pool, or a number from 1 to {}",
            reading.names.len()
        )),
    }
}
