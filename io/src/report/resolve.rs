//! From the names of an outcome document back to the items of a round.

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{ItemIndex, Level, Objective, Outcome, Round};
use bartizan_solver::certify::Certificate;
use hashbrown::HashMap;

use super::json::{HopRecord, Name, ObjectiveRecord, OutcomeDocument};

/// The items of a round by user and name.
struct Names<'a> {
    items: HashMap<(Option<&'a str>, &'a str), ItemIndex>,
}

/// The outcome that `document` tells of `round`; the certificate is taken out of it.
///
/// # Errors
/// A sentence that names the first thing in the document that the round does not have, or that the
/// document says twice.
pub fn resolve(
    round: &Round<'_>,
    document: &mut OutcomeDocument<'_, CertificateRecord<'_>>,
) -> Result<Outcome, String> {
    let takes = takes(round, document)?;
    let levels = levels(round, document)?;
    let certificate = certificate(document)?.ok_or("it carries no certificate")?;
    Ok(Outcome { takes, levels, certificate })
}

/// What each item's owner takes by the rings of `document`.
///
/// # Errors
/// As [`resolve`]; and if it has chains, which only mechanisms make.
pub fn takes<C>(round: &Round<'_>, document: &OutcomeDocument<'_, C>) -> Result<Vec<ItemIndex>, String> {
    if document.chains.is_empty() {
        receives(round, document)
    } else {
        Err("it has chains, and a round is settled in rings".into())
    }
}

/// What each item's owner receives by the rings and chains of `document`.
///
/// # Errors
/// As [`resolve`].
pub fn receives<C>(round: &Round<'_>, document: &OutcomeDocument<'_, C>) -> Result<Vec<ItemIndex>, String> {
    let names = Names::of(round);
    let mut takes: Vec<Option<ItemIndex>> = vec![None; round.items.len()];
    let rings = document.rings.iter().map(|ring| ("ring", ring));
    let chains = document.chains.iter().map(|chain| ("chain", chain));
    for (number, (what, members)) in rings.enumerate().chain(chains.enumerate()) {
        if what == "ring" && members.len() < 2 {
            return Err(format!("ring {} has fewer than two members", number + 1));
        }
        for (place, hop) in members.iter().enumerate() {
            // The last one of a ring receives from the first, of a chain a gift.
            let next = members.get(place + 1).or(members.first().filter(|_| what == "ring"));
            let fits = |next: &HopRecord<'_>| {
                hop.receives_item == next.item && text(hop.receives_user.as_ref()) == text(next.user.as_ref())
            };
            if !next.is_none_or(fits) {
                return Err(format!(
                    "{what} {}: {} receives what the next member does not give",
                    number + 1,
                    hop.item
                ));
            }
            names.follow(hop, &mut takes)?;
        }
    }
    Ok(takes.into_iter().enumerate().map(|(item, taken)| taken.unwrap_or(ItemIndex(item as u32))).collect())
}

/// What `document` claims for each of its objectives.
///
/// # Errors
/// As [`resolve`].
pub fn levels<C>(round: &Round<'_>, document: &OutcomeDocument<'_, C>) -> Result<Vec<Level>, String> {
    document.objectives.iter().map(|record| level(round, record)).collect()
}

/// The certificate of `document`, if it has one, taken out of it.
///
/// # Errors
/// If its cases are not those of one tree.
pub fn certificate(
    document: &mut OutcomeDocument<'_, CertificateRecord<'_>>,
) -> Result<Option<Certificate>, String> {
    let Some(certificate) = document.proof.as_mut().and_then(|proof| proof.certificate.take()) else {
        return Ok(None);
    };
    let certificate = certificate.into_certificate();
    Ok(Some(certificate.ok_or("the cases of its certificate are not those of one tree")?))
}

/// The item of `round` that is named by `name`, or as this program shows it: `(user) item`.
///
/// # Errors
/// As [`item_named`].
pub fn item_shown(round: &Round<'_>, name: &str, user: Option<&str>) -> Result<ItemIndex, String> {
    let (shown_user, name) = match name.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((user, name)) => (Some(user), name.trim()),
        None => (None, name),
    };
    item_named(round, name, user.or(shown_user))
}

/// The item of `round` called `name`, as its list writes it or in other case.
///
/// # Errors
/// A sentence that says that none or several are.
pub fn item_named(round: &Round<'_>, name: &str, user: Option<&str>) -> Result<ItemIndex, String> {
    let is_meant = |exactly: bool, item: &bartizan_engine::Item<'_>| {
        let owner = item.user.map(|user| &*round.users[user.at()].name);
        let same = |a: &str, b: &str| if exactly { a == b } else { a.to_uppercase() == b.to_uppercase() };
        same(&item.name, name) && user.is_none_or(|user| owner.is_some_and(|owner| same(owner, user)))
    };
    for exactly in [true, false] {
        let found: Vec<usize> =
            (0..round.items.len()).filter(|&i| is_meant(exactly, &round.items[i])).collect();
        match found[..] {
            [] => {}
            [index] => return Ok(ItemIndex(index as u32)),
            _ => return Err(format!("{name} names {} items; say whose with --user", found.len())),
        }
    }
    let folded = name.to_uppercase();
    let near: Vec<&str> = (round.items.iter().map(|item| &*item.name))
        .filter(|near| !folded.is_empty() && near.to_uppercase().contains(&folded))
        .take(MOST_HINTS)
        .collect();
    let owner = user.map_or_else(String::new, |user| format!(" of {user}"));
    let hint = if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) };
    Err(format!("no item{owner} in this round is called {name:?}{hint}"))
}

/// How many similar names are offered.
const MOST_HINTS: usize = 5;

fn text<'a>(name: Option<&'a Name<'_>>) -> Option<&'a str> {
    name.map(|name| &*name.0)
}

impl<'a> Names<'a> {
    fn of(round: &'a Round<'_>) -> Self {
        let named = |(index, item): (usize, &'a bartizan_engine::Item<'_>)| {
            let user = item.user.map(|user| &*round.users[user.at()].name);
            ((user, &*item.name), ItemIndex(index as u32))
        };
        Names { items: round.items.iter().enumerate().map(named).collect() }
    }

    fn find(&self, user: Option<&str>, name: &str) -> Result<ItemIndex, String> {
        self.items.get(&(user, name)).copied().ok_or_else(|| match user {
            Some(user) => format!("the round has no item {name} of {user}: is the outcome of another round?"),
            None => format!("the round has no item {name} without a user: is the outcome of another round?"),
        })
    }

    /// Enters what one member takes, through its dummies.
    fn follow(&self, hop: &HopRecord<'_>, takes: &mut [Option<ItemIndex>]) -> Result<(), String> {
        let user = text(hop.user.as_ref());
        let mut taker = self.find(user, &hop.item)?;
        let mut name = &*hop.item;
        for dummy in &hop.via {
            let through = self.find(user, &dummy.0)?;
            enter(takes, taker, through, name)?;
            (taker, name) = (through, &dummy.0);
        }
        enter(takes, taker, self.find(text(hop.receives_user.as_ref()), &hop.receives_item)?, name)
    }
}

fn enter(
    takes: &mut [Option<ItemIndex>],
    taker: ItemIndex,
    taken: ItemIndex,
    name: &str,
) -> Result<(), String> {
    match takes[taker.at()].replace(taken) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is given more than once")),
    }
}

fn level(round: &Round<'_>, record: &ObjectiveRecord<'_>) -> Result<Level, String> {
    let objective =
        match &*record.name {
            "favor" => {
                let user = text(record.user.as_ref()).ok_or("the objective favor names no user")?;
                Objective::Favor(round.user_named(user).ok_or_else(|| {
                    format!("the round has no user {user}: is the outcome of another round?")
                })?)
            }
            name => Objective::named(name).ok_or_else(|| format!("{name:?} is not an objective"))?,
        };
    Ok(Level { objective, value: record.value, bound: record.bound })
}
