//! Why an exchange is not carried out, and what became of an item, in sentences.
//!
//! What can never be carried out is so because something that it needs is not to be had, or something that it gives is not wanted, as far as
//! that shows item by item. Else the round is solved again with the exchange carried out, which says what that would cost the objectives; and
//! again without a cap, a refusal or a limit, which says whether that is the reason.

use bartizan_solver::budget::Budget;
use bartizan_solver::bundle::{Carried, Objective, Problem, Term, most_times, with_exchange};
use bartizan_solver::program::Unsolved;

use super::Bundles;
use super::document::BundleDocument;
use super::obstacles::Reach;
use super::text::terms;
use super::ties::{self, Tie};
use crate::json::nearest;

/// So many caps, refusals and limits are tried, each with a part of the budget.
const MOST_TRIED: usize = 20;
/// That part.
const PART: u64 = 10;
/// So many exchanges of a participant are explained that were not carried out.
const MOST_EXPLAINED: usize = 10;

/// What an outcome is asked about.
struct Asked<'a> {
    bundles: &'a Bundles<'a>,
    document: &'a BundleDocument,
    carried: &'a [Carried],
    reach: Reach<'a>,
    budget: u64,
}

/// The values of the objectives with an exchange, and what bounds them.
type Price = Result<(Vec<i64>, Vec<i64>), Unsolved>;

/// What can be asked about, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    Exchange(usize),
    Item(usize),
    User(usize),
}

/// What became of an exchange, an item or a participant, by its name, or of an item by its title: exchanges come first where names are the same, and
/// then items; with `user` only what is theirs is meant. Where nothing is called just so, case does not count. The document must have passed
/// [`super::document::check`], which returns `carried`.
///
/// # Errors
/// If nothing is called so, or several.
pub fn explain(
    bundles: &Bundles<'_>,
    document: &BundleDocument,
    carried: &[Carried],
    (name, user): (&str, Option<&str>),
    budget: u64,
) -> Result<Vec<String>, String> {
    let meant = meant(bundles, name, user)?;
    let reach = Reach::new(bundles);
    let asked = Asked { bundles, document, carried, reach, budget };
    Ok(match meant {
        Meant::Exchange(exchange) => asked.exchange(exchange),
        Meant::Item(item) => asked.item(item),
        Meant::User(user) => asked.user(user),
    })
}

/// What is called `name`.
fn meant(bundles: &Bundles<'_>, name: &str, user: Option<&str>) -> Result<Meant, String> {
    let problem = &bundles.problem;
    if name.trim().is_empty() {
        return Err(format!(
            "{name:?} names nothing; expected the name of an exchange, an item or a participant"
        ));
    }
    for exactly in [true, false] {
        let same = |a: &str, b: &str| if exactly { a == b } else { a.to_lowercase() == b.to_lowercase() };
        let is_theirs = |own: u32| user.is_none_or(|user| same(&bundles.users[own as usize], user));
        let exchanges = (0..bundles.exchanges.len())
            .filter(|&at| same(&bundles.exchanges[at], name) && is_theirs(problem.exchanges[at].user));
        let items = |is_it: &dyn Fn(usize) -> bool| -> Vec<Meant> {
            let items =
                (0..bundles.items.len()).filter(|&at| is_theirs(problem.items[at].owner) && is_it(at));
            items.map(Meant::Item).collect()
        };
        let users = (0..bundles.users.len()).filter(|&at| user.is_none() && same(&bundles.users[at], name));
        for found in [
            exchanges.map(Meant::Exchange).collect(),
            items(&|at| same(&bundles.items[at].name, name)),
            users.map(Meant::User).collect(),
            items(&|at| same(&bundles.items[at].title, name)),
        ] {
            match found[..] {
                [] => {}
                [one] => return Ok(one),
                [Meant::Item(one), Meant::Item(other), ..] => {
                    let [one, other] = [one, other].map(|at| &*bundles.items[at].name);
                    return Err(format!("{name:?} may be {one} or {other}; expected the name of one"));
                }
                _ => return Err(format!("{} are called {name:?} but for case", found.len())),
            }
        }
    }
    let known = bundles.exchanges.iter().chain(&bundles.users).map(|name| &**name);
    let known: Vec<&str> =
        known.chain(bundles.items.iter().flat_map(|item| [&*item.name, &*item.title])).collect();
    let hint = nearest(name, &known).map_or(String::new(), |near| format!("; did you mean {near:?}?"));
    let whose = user.map_or(String::new(), |user| format!(" of {user}"));
    Err(format!("no exchange, item or participant{whose} is called {name:?}{hint}"))
}

/// For each exchange that can never be carried out, why, as far as that shows item by item; nothing for the others.
pub fn never(bundles: &Bundles<'_>) -> Vec<Vec<String>> {
    let reach = Reach::new(bundles);
    let told =
        |exchange: usize| if reach.most[exchange] == 0 { reach.obstacles(exchange) } else { Vec::new() };
    (0..bundles.exchanges.len()).map(told).collect()
}

impl Asked<'_> {
    fn exchange(&self, exchange: usize) -> Vec<String> {
        let bundles = self.bundles;
        let user = &bundles.users[bundles.problem.exchanges[exchange].user as usize];
        let name = format!("Exchange {} of {user}", bundles.exchanges[exchange]);
        let place = self.carried.iter().position(|own| own.exchange as usize == exchange);
        if let Some(place) = place {
            let times = match self.carried[place].times {
                1 => String::new(),
                times => format!(" {times} times"),
            };
            let told = terms(bundles, &self.document.exchanges[place]);
            return vec![format!("{name} is carried out{times}: it {told}.")];
        }
        let mut told = vec![format!("{name} is not carried out.")];
        let price = if self.reach.most[exchange] == 0 {
            told.extend(self.reach.obstacles(exchange));
            Err(Unsolved::Nothing)
        } else {
            let price = with_exchange(&bundles.problem, exchange as u32, Budget::new(self.budget));
            told.push(self.price(&price));
            price
        };
        told.extend(self.tied(exchange, &price));
        told
    }

    /// What a participant gave and received; and of the exchanges that were not carried out, why.
    fn user(&self, user: usize) -> Vec<String> {
        let (bundles, name) = (self.bundles, &self.bundles.users[user]);
        let own: Vec<usize> = (0..bundles.exchanges.len())
            .filter(|&at| bundles.problem.exchanges[at].user as usize == user)
            .collect();
        let is_carried = |at: &usize| self.carried.iter().any(|carried| carried.exchange as usize == *at);
        let (done, not): (Vec<usize>, Vec<usize>) = own.iter().copied().partition(is_carried);
        let mut told = vec![match (own.is_empty(), done.is_empty()) {
            (true, _) => format!("{name} gets nothing: no exchange in the round is theirs."),
            (false, true) => format!("{name} gets nothing: of their exchanges none is carried out."),
            (false, false) => {
                format!("{name} trades: of {} exchanges {} carried out.", own.len(), done.len())
            }
        }];
        told.extend(done.iter().flat_map(|&at| self.exchange(at)));
        let part = self.budget / not.len().clamp(1, MOST_EXPLAINED) as u64;
        let asked = Asked { reach: self.reach.clone(), budget: part, ..*self };
        told.extend(not.iter().take(MOST_EXPLAINED).flat_map(|&at| asked.exchange(at)));
        if let Some(rest) = not.get(MOST_EXPLAINED..).filter(|rest| !rest.is_empty()) {
            let names: Vec<&str> = rest.iter().map(|&at| &*bundles.exchanges[at]).collect();
            told.push(format!("Not carried out either, ask of each by its name: {}.", names.join(", ")));
        }
        told
    }

    /// What the outcome comes to, objective by objective, more being better.
    fn reached(&self) -> Vec<i64> {
        let objectives = self.bundles.problem.objectives.iter().zip(&self.document.objectives);
        objectives.map(|(&objective, reached)| Bundles::shown(objective, reached.value)).collect()
    }

    /// Which caps, refusals and limits are the reason that an exchange cannot be carried out, or not without loss; nothing where neither is so, or no
    /// more than that is known.
    fn tied(&self, exchange: usize, price: &Price) -> Vec<String> {
        let problem = &self.bundles.problem;
        let best = self.reached();
        let (least, freed) = match price {
            Err(Unsolved::Nothing) => (Vec::new(), "it could be carried out"),
            Ok((values, bounds)) if *values < best && *bounds < best => (best, "nothing would be lost by it"),
            _ => return Vec::new(),
        };
        let ties = ties::around(problem, exchange);
        let is_free = |without: &Problem| {
            let budget = Budget::new(self.budget / PART);
            most_times(without)[exchange] > 0
                && matches!(with_exchange(without, exchange as u32, budget), Ok((values, _)) if values >= least)
        };
        if ties.is_empty() || !is_free(&ties::without_any(problem)) {
            return Vec::new();
        }
        let alone = |tie: &&Tie| is_free(&tie.taken_from(problem));
        let alone: Vec<&Tie> = ties.iter().take(MOST_TRIED).filter(alone).collect();
        if alone.is_empty() {
            return vec![format!("Several refusals, caps or limits keep it: without all of them {freed}.")];
        }
        let told = alone.iter().map(|tie| tie.told(self.bundles));
        told.map(|told| format!("The reason: {told}. Without that {freed}.")).collect()
    }

    /// What it would cost to carry an exchange out, by the first objective by which that is worse.
    fn price(&self, price: &Price) -> String {
        let best = self.reached();
        if best.is_empty() {
            return "It could be, and nothing was cleared for.".to_owned();
        }
        let (values, bounds) = match price {
            Err(Unsolved::Nothing) => {
                return "No outcome carries it out: it does not fit with what others offer and want, whatever else \
                        happens."
                    .to_owned();
            }
            Err(Unsolved::OutOfSteps) => {
                return "Whether any outcome carries it out was not found out within the budget.".to_owned();
            }
            Ok(found) => found,
        };
        let differs = (0..best.len()).find(|&at| values[at] != best[at]);
        let Some(at) = differs.filter(|&at| values[at] < best[at]) else {
            return "It could be carried out in an equally good outcome: another was chosen, by chance."
                .to_owned();
        };
        let lost = self.lost(at, (best[at] - bounds[at]).max(0), best[at] - values[at]);
        let as_good = match at {
            0 => String::new(),
            1 => format!(", with as much of {}", self.document.objectives[0].name),
            _ => format!(", with as much of the {at} objectives before"),
        };
        if values[..=at] == bounds[..=at] {
            format!("It could be carried out, but then {lost}{as_good}.")
        } else {
            format!(
                "It could be carried out, but then {lost}{as_good}: the budget was used up before that was settled."
            )
        }
    }

    /// That so much of an objective would be lost.
    fn lost(&self, at: usize, least: i64, most: i64) -> String {
        let one = most == 1 && least == most;
        let number = if least == most { most.to_string() } else { format!("{least} to {most}") };
        match self.bundles.problem.objectives[at] {
            Objective::Items if one => format!("{number} unit fewer would change hands"),
            Objective::Items => format!("{number} units fewer would change hands"),
            Objective::Users if one => format!("{number} user fewer would trade"),
            Objective::Users => format!("{number} users fewer would trade"),
            Objective::Favor(user) => {
                format!("{} would give {number} fewer", self.bundles.users[user as usize])
            }
            Objective::Cost => format!("all would cost {number} more"),
        }
    }

    fn item(&self, item: usize) -> Vec<String> {
        let bundles = self.bundles;
        let own = bundles.problem.items[item];
        let named = &bundles.items[item];
        let title =
            if named.title.is_empty() { String::new() } else { format!(" \u{201c}{}\u{201d}", named.title) };
        let name = format!("{}{title} of {}", named.name, bundles.users[own.owner as usize]);
        let received = self.document.exchanges.iter().flat_map(|carried| {
            let parts = carried.receives.iter().flatten().filter(|part| part.item == *named.name);
            parts.map(|part| (part.units, &carried.user, &carried.exchange))
        });
        let received: Vec<_> = received.collect();
        let moved: i64 = received.iter().map(|(units, _, _)| units).sum();
        let mut told = if own.units == 1 {
            vec![format!("{name} {}.", if moved == 1 { "changes hands" } else { "does not change hands" })]
        } else {
            vec![format!("Of {name}, {moved} of {} units change hands.", own.units)]
        };
        told.extend(received.iter().map(|(units, user, exchange)| {
            let units = if own.units == 1 { "It goes".to_owned() } else { format!("{units} go") };
            format!("{units} to {user}, by exchange {exchange}.")
        }));
        if moved == own.units {
            return told;
        }
        let uses =
            |terms: &[Term]| terms.iter().flat_map(|term| &term.choices).any(|of| of.item as usize == item);
        let is_carried = |at: usize| self.carried.iter().any(|carried| carried.exchange as usize == at);
        for (verb, is_wanted) in [("offer", false), ("want", true)] {
            let of = |at: &usize| {
                let own = &bundles.problem.exchanges[*at];
                uses(if is_wanted { &own.wants } else { &own.gives })
            };
            let known: Vec<usize> = (0..bundles.exchanges.len()).filter(of).collect();
            let (done, not): (Vec<usize>, Vec<usize>) = known.into_iter().partition(|&at| is_carried(at));
            let names = |which: &[usize]| {
                which.iter().map(|&at| &*bundles.exchanges[at]).collect::<Vec<_>>().join(", ")
            };
            told.push(match (done.is_empty(), not.is_empty()) {
                (true, true) => format!("No exchange {verb}s it."),
                (true, false) => format!("Exchanges that {verb} it, none carried out: {}.", names(&not)),
                (false, true) => format!("Exchanges that {verb} it, all carried out: {}.", names(&done)),
                (false, false) => {
                    format!("Exchanges that {verb} it: {} carried out; {} not.", names(&done), names(&not))
                }
            });
        }
        told.push("Ask of an exchange by its name to learn why it is not carried out.".to_owned());
        told
    }
}
