//! What a person sees of a cleared round of bundles: the figures, the objectives with their proof and why this method, and each exchange as the bundle
//! that it is.

use std::io::{self, Write};

use super::Bundles;
use super::document::{BundleDocument, CarriedRecord, Moved};
use crate::report::words::{grouped, money, shortened};

/// How many exchanges are shown before the rest is counted.
const SHOWN: usize = 30;

/// Writes the summary; `end` are the last lines, on the proof and the effort.
///
/// # Errors
/// When `out` fails.
pub fn summary(
    out: &mut dyn Write,
    bundles: &Bundles<'_>,
    document: &BundleDocument,
    end: &str,
) -> io::Result<()> {
    let figures = &document.summary;
    let share = |part: usize, of: usize| {
        let percent = if of == 0 { 0.0 } else { 100.0 * part as f64 / of as f64 };
        format!("{} of {} ({percent:.1}%)", grouped(part), grouped(of))
    };
    writeln!(out, "Exchanges  {} carried out", share(figures.carried_out, figures.exchanges))?;
    writeln!(out, "Users      {} trading", share(figures.trading, figures.users))?;
    writeln!(out, "Units      {} change hands", grouped(figures.units as usize))?;
    if figures.money_moved > 0 {
        writeln!(out, "Money      {} moved", money(figures.money_moved, bundles.money_decimals))?;
    }
    let width = document.objectives.iter().map(|own| own.name.chars().count()).max().unwrap_or(0).max(9);
    let numbers = document.objectives.iter().flat_map(|own| [own.value, own.bound]);
    let digits = numbers.map(|number| number.to_string().len()).max().unwrap_or(0).max(5);
    writeln!(out, "\n{:width$}  {:>digits$}  {:>digits$}            Method", "Objective", "Value", "Bound")?;
    let mut is_open = false;
    for own in &document.objectives {
        let verdict = match own.bound.abs_diff(own.value) {
            _ if is_open => "open".to_owned(),
            0 => "proven".to_owned(),
            gap => format!("within {gap}"),
        };
        let bound = if is_open { "-".to_owned() } else { own.bound.to_string() };
        let (value, method) = (own.value, &document.method);
        writeln!(
            out,
            "{:width$}  {value:>digits$}  {bound:>digits$}  {verdict:8}  {}: {}",
            own.name, method.name, method.reason
        )?;
        is_open |= !own.proven;
    }
    writeln!(out)?;
    for own in document.exchanges.iter().take(SHOWN) {
        writeln!(out, "{}", shortened(&line(bundles, own), usize::MAX))?;
    }
    if let Some(more @ 1..) = document.exchanges.len().checked_sub(SHOWN) {
        writeln!(out, "and {} more exchanges (--output OUT.json has them all)", grouped(more))?;
    }
    writeln!(out, "\n{end}")
}

/// An exchange in words.
pub(super) fn line(bundles: &Bundles<'_>, own: &CarriedRecord) -> String {
    let times = if own.times == 1 { String::new() } else { format!(", {} times", own.times) };
    format!("{} ({}{times}): {}", own.exchange, own.user, terms(bundles, own))
}

/// What an exchange gives, receives and pays.
pub(super) fn terms(bundles: &Bundles<'_>, own: &CarriedRecord) -> String {
    let moved = |terms: &[Vec<Moved>]| {
        let told = terms.iter().flatten().map(|part| match &part.from {
            Some(from) => format!("{} from {from}", units(part)),
            None => units(part),
        });
        told.collect::<Vec<_>>().join(" + ")
    };
    let mut parts = Vec::new();
    if !own.gives.is_empty() {
        parts.push(format!("gives {}", moved(&own.gives)));
    }
    if !own.receives.is_empty() {
        parts.push(format!("receives {}", moved(&own.receives)));
    }
    let amount = |amount: i64| money(amount, bundles.money_decimals);
    match own.pays {
        0 => {}
        pays @ 1.. => parts.push(format!("pays {}", amount(pays))),
        pays => parts.push(format!("is paid {}", amount(-pays))),
    }
    parts.join(", ")
}

fn units(part: &Moved) -> String {
    if part.units == 1 { part.item.clone() } else { format!("{} \u{d7} {}", part.units, part.item) }
}
