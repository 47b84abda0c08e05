//! `TradeMaximizer` wants lists, in the dialects of its versions 1.3c and 1.4a and of its relatives,
//! and those of the Oz program with money.
//!
//! A text is read in two passes, as the originals do: `scan` looks at each line once and stops at
//! the first offence; `items` makes an item of each list that counts; `wants` turns the words of
//! the lists into wants. What is wrong but survives becomes a notice, word for word as the original
//! prints it. What 1.3c refuses is refused, with line and column, but for the options of its relatives.
//!
//! Names borrow from the text. Time and memory are linear in it, and no input makes it panic. Where
//! this departs from the originals: bytes that are not UTF-8 are read as Latin-1, with a notice; an
//! item glued to its user without a colon, and a semicolon in a user's name, are refused; a number
//! beyond the engine's limits is refused, not wrapped round; at most 64 MiB of notices are told; and
//! amounts may have two decimals, which the newest Oz program refuses and real lists have.

mod again;
mod dialect;
mod heading;
mod items;
mod money;
mod names;
mod notices;
mod options;
mod parallel;
mod rank;
mod scan;
mod spelling;
mod taken;
mod text;
mod unknown;
mod wants;

#[cfg(test)]
mod tests;

use bartizan_engine::{Objective, Round, UserIndex, Wants, limits};

use super::{Format, ReadError, Reading};
use dialect::Dialect;
use items::Items;
use notices::{Flaw, by_utf16};
use options::{Metric, Scheme};
use scan::Scan;
use text::Fault;
use wants::Rows;

/// What an item that does not trade costs when no option says so.
const NONTRADE_COST: i64 = 1_000_000_000;

/// Wants lists of `TradeMaximizer` 1.3c and 1.4a.
pub(super) const TRADEMAXIMIZER: Format = Format {
    name: dialect::TRADEMAXIMIZER.name,
    about: "TradeMaximizer wants lists",
    detect: |_| true,
    read: |text| read(text, &dialect::TRADEMAXIMIZER, parallel::threads(text.len())),
};

/// Wants lists of the Oz program.
pub(super) const OZ: Format = Format {
    name: dialect::OZ.name,
    about: "wants lists of the Oz dialect, with money",
    detect: |text| options::are_of_oz(text::without_mark(text)) || money::is_bid_on(text),
    read: |text| read(text, &dialect::OZ, 1), // these lists are small, and their wants are counted
};

fn read<'a>(text: &'a [u8], dialect: &'static Dialect, threads: usize) -> Result<Reading<'a>, ReadError> {
    let text = text::without_mark(text);
    parse(text, dialect, threads).map_err(|fault| fault.locate(text))
}

fn parse<'a>(text: &'a [u8], dialect: &'static Dialect, threads: usize) -> Result<Reading<'a>, Fault> {
    text::check(text)?;
    let items = Items::new(Scan::new(text, dialect)?)?;
    let rows = parallel::read(&items, threads)?;
    if rows.item.len() > limits::MAX_WANTS {
        let expected = format!("at most {}", limits::MAX_WANTS);
        return Err(Fault::new(text.len(), "there are too many wants", &expected));
    }
    Ok(assemble(items, rows))
}

/// Puts everything in its place in the reading.
fn assemble<'a>(all: Items<'a>, rows: Rows<'a>) -> Reading<'a> {
    let Items { mut scan, made: items, .. } = all;
    let Rows { counts, item, cost, price, notices, unknown, latin1 } = rows;
    scan.notices.append(notices);
    let mut told = std::mem::replace(&mut scan.notices, notices::Notices::new(scan.dialect));
    unknown.tell(&scan, &mut told);
    scan.latin1.extend(latin1);
    scan.latin1.sort_unstable();
    scan.latin1.dedup();
    for &line in &scan.latin1 {
        told.add(&Flaw::NotUtf8 { line });
    }
    let (objectives, unheard) = objectives(&scan);
    if let Some(user) = unheard {
        told.add(&Flaw::UnknownFavourite { user });
    }
    let mut missing: Vec<String> = scan
        .officials
        .iter()
        .flatten()
        .filter(|official| !official.used)
        .map(|official| text::shown(official.name, scan.folder.folds).into_owned())
        .collect();
    missing.sort_by(|a, b| by_utf16(a, b));
    let mut first = Vec::with_capacity(counts.len() + 1);
    first.push(0);
    first.extend(counts.iter().scan(0, |end, count| {
        *end += count;
        Some(*end)
    }));
    let options = scan.options;
    let mut round = Round {
        users: scan.users,
        items,
        wants: Wants { first, item, cost, price },
        objectives,
        nontrade_cost: options.nontrade_cost.unwrap_or(NONTRADE_COST),
        seed: options.seed,
        money_decimals: 0,
    };
    money::set_unit(&mut round);
    Reading {
        remarks: Vec::new(),
        round,
        format: scan.dialect.name,
        notices: told.finish(),
        missing,
        options: options.given,
        display: options.display,
    }
}

/// What the options ask to clear for, and the user to favour if there is none of that name.
fn objectives<'s>(scan: &'s Scan<'_>) -> (Vec<Objective>, Option<&'s str>) {
    let mut objectives = match (scan.options.nontrade_cost, scan.options.scheme) {
        (Some(_), _) => vec![Objective::WeightedCost],
        (None, Scheme::None) => vec![Objective::Items],
        (None, _) => vec![Objective::Items, Objective::Cost],
    };
    match &scan.options.metric {
        Metric::Chains => {}
        Metric::UsersTrading => objectives.push(Objective::Users),
        Metric::UserSquares => objectives.push(Objective::UserSquares),
        Metric::Favor(name) => {
            // Options are upper-cased, so this compares without case even under CASE-SENSITIVE.
            match scan.users.iter().position(|user| user.name.to_uppercase() == *name) {
                Some(user) => objectives.push(Objective::Favor(UserIndex(user as u32))),
                None => return (objectives, Some(name)),
            }
        }
    }
    (objectives, None)
}
