//! `bartizan explain`: why one item did or did not trade.

use std::path::PathBuf;

use bartizan_engine::explain::{Explanation, MissingWant, Reason, explain};
use bartizan_engine::{ItemIndex, ItemKind, Objective, Round, verify};

use super::bundle;
use super::expected::check_expected;
use super::explain_exchange;
use super::output::write_stdout;
use super::pool_files::PoolFiles;
use super::verify::read_outcome;
use super::{Failure, RoundFile};
use crate::document::format_of;
use crate::format::json;
use crate::input::Input;
use crate::pool;
use crate::report::fault::describe;
use crate::report::resolve::item_shown;

/// Say why an item did or did not trade, within bounds why a pair is not served, or a ring or chain not chosen, and of
/// bundles why an exchange was not carried out, or a participant gets nothing
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    round: RoundFile,
    /// The outcome, as written by `clear --output`
    outcome: PathBuf,
    /// The item; of a pool a pair or altruist, by its name, the number in it, or as "node N" of the outcome; within bounds also a ring or chain, as `clear` prints it, in quotes: 'Pair 2 > Pair 29 > Pair 2', and several of all these, each a question of its own; of bundles an exchange, an item, also by its title, or a participant
    #[arg(required = true)]
    item: Vec<String>,
    /// Whose item, where the name alone is not enough
    #[arg(long)]
    user: Option<String>,
    #[command(flatten)]
    beside: PoolFiles,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input = arguments.round.open()?;
    let told = Input::open(&arguments.outcome).map_err(|error| Failure::at(&arguments.outcome, error))?;
    let format = format_of(&told);
    check_expected(&arguments.round, &input, (&arguments.outcome, format.as_deref()))?;
    if format.as_deref() == Some(pool::document::FORMAT) {
        let outcome = (&*arguments.outcome, &told);
        return explain_exchange::explain(
            (&arguments.round, &input),
            &arguments.beside,
            outcome,
            (&arguments.item, arguments.user.as_deref()),
        );
    }
    arguments.beside.refuse(&arguments.outcome)?;
    let [item] = &arguments.item[..] else {
        return Err(Failure::Usage(
            "one item at a time: rings are explained where their length is bounded".into(),
        ));
    };
    if let Some(bundles) = arguments.round.bundles(&input)? {
        return bundle::explain(bundles, (&arguments.outcome, &told), (item, arguments.user.as_deref()));
    }
    let mut reading = arguments.round.read(&input)?;
    let (outcome, _) = read_outcome(&mut reading.round, &told, &arguments.outcome)?;
    let round = &reading.round;
    verify(round, &outcome)
        .map_err(|fault| Failure::at(&arguments.outcome, describe(round, &outcome, &fault)))?;
    let own = item_shown(round, item, arguments.user.as_deref()).map_err(|why| {
        let official = reading.missing.iter().any(|name| name.to_uppercase() == item.to_uppercase());
        let hint = if official { "; it is an official name, but its owner sent no list for it" } else { "" };
        Failure::at(&arguments.round.file, format!("{why}{hint}"))
    });
    let is_good = |index: ItemIndex| round.items[index.at()].kind != ItemKind::Dummy;
    let given = match &own {
        Ok(index) if is_good(*index) => None,
        _ if reading.format != json::NAME => None,
        _ => json::given_by(&input, item.strip_prefix('%').unwrap_or(item)),
    };
    let (told, indices) = match given {
        Some(given) => {
            let told = format!("{item} gives one of {}, or nothing.", given.join(", "));
            let named = given.iter().map(|name| item_shown(round, name, None)).collect::<Result<_, _>>();
            (Some(told), named.map_err(|why| Failure::at(&arguments.round.file, why))?)
        }
        None => (None, vec![own?]),
    };
    if let Some(index) = indices.iter().find(|&&index| !is_good(index)) {
        let dummy = &round.items[index.at()].name;
        let told = format!("{dummy} is a dummy, which never trades itself");
        return Err(Failure::at(&arguments.round.file, told));
    }
    let explanations: Vec<(ItemIndex, Explanation)> =
        indices.into_iter().map(|index| (index, explain(round, &outcome, index))).collect();
    write(round, told.as_deref(), &explanations)
}

/// Writes what is told of all, and the explanation of each item.
fn write(
    round: &Round<'_>,
    told: Option<&str>,
    explanations: &[(ItemIndex, Explanation)],
) -> Result<(), Failure> {
    let is_for_items = round.objectives.first() == Some(&Objective::Items);
    write_stdout(|out| {
        if let Some(told) = told {
            writeln!(out, "{told}")?;
        }
        let stays = |(_, told): &(ItemIndex, Explanation)| matches!(told, Explanation::Stays { .. });
        if !is_for_items && explanations.iter().any(stays) {
            writeln!(
                out,
                "(This outcome is not cleared for most items first; what follows is about one that is.)"
            )?;
        }
        for (index, explanation) in explanations {
            for line in sentences(round, *index, explanation) {
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    })
}

fn sentences(round: &Round<'_>, item: ItemIndex, explanation: &Explanation) -> Vec<String> {
    let name = |index: ItemIndex| {
        let item = &round.items[index.at()];
        let title =
            if item.title.is_empty() { String::new() } else { format!(" \u{201c}{}\u{201d}", item.title) };
        match item.user {
            Some(user) => format!("({}) {}{title}", round.users[user.at()].name, item.name),
            None => format!("{}{title}", item.name),
        }
    };
    match explanation {
        Explanation::Trades { hop, receiver, ring_size } => {
            let list = round.wants.range(item);
            vec![
                format!("{} trades, in a ring of {ring_size}.", name(item)),
                format!("It goes to {}.", name(*receiver)),
                format!(
                    "For it comes {}: want {} of {} on its list.",
                    name(hop.receives),
                    hop.want - list.start + 1,
                    list.len()
                ),
            ]
        }
        Explanation::Stays { reason, missing_want } => {
            let why = match reason {
                Reason::Unwanted => "Nobody wants it: it stands on no list.".to_owned(),
                Reason::WantsNothing => "Its own list is empty, or names nothing that takes part.".to_owned(),
                Reason::NoRing => {
                    "No ring can pass through it: whoever wants it has nothing that leads, through any \
                                   chain of lists, to what its own list names."
                        .to_owned()
                }
                Reason::Costs(0) => as_many_items(round),
                Reason::Withheld => "By the lists alone it could trade; a spending limit, or an objective that comes before the \
                                     number of items, keeps this outcome from it."
                    .to_owned(),
                Reason::Costs(lost) => format!(
                    "A ring could pass through it, but then {} others that trade now could not: in all {lost} fewer.",
                    lost + 1
                ),
            };
            let wish = match missing_want {
                Some(MissingWant { on_list_of, wanted, gain }) => {
                    let limited = round.users.iter().any(|user| user.limit.is_some());
                    let upto = if limited { "up to " } else { "" };
                    let more =
                        if *gain == 1 { "1 more item".into() } else { format!("{upto}{gain} more items") };
                    format!(
                        "Had {} also wanted {}, {more} would have traded.",
                        name(*on_list_of),
                        name(*wanted)
                    )
                }
                None => {
                    "No single want added on, or for, somebody's good would have traded more items with it."
                        .into()
                }
            };
            vec![format!("{} does not trade.", name(item)), why, wish]
        }
    }
}

/// That an item could trade where as many do, which the other objectives may be against.
fn as_many_items(round: &Round<'_>) -> String {
    let after: Vec<&str> = round.objectives.iter().skip(1).map(|objective| objective.name()).collect();
    let by = match after[..] {
        [] => String::new(),
        _ => format!("the objectives after that ({}), ", after.join(", ")),
    };
    format!(
        "It could trade in an outcome of as many items: another was chosen, by {by}the smaller rings, or the seed."
    )
}
