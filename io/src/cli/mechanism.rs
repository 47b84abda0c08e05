//! `bartizan clear --mechanism`, and `bartizan verify` of what it writes.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::time::Instant;

use bartizan_engine::certificate::CertificateRecord;
use bartizan_engine::{Hop, ItemIndex, Round};
use bartizan_solver::certify::mechanism::{holds, is_outcome};
use bartizan_solver::mechanism::{MECHANISMS, Market, Mechanism, Property, by_name};

use super::columns::{columns, plain};
use super::output::{write_file, write_stdout};
use super::{Failure, RoundFile, quoted};
use crate::format::Reading;
use crate::mechanism::figures::counted;
use crate::mechanism::made::{Made, Shown, reason, shown};
use crate::mechanism::{
    NoMarket, Taken, givers, has_dummies, has_users_of_several, market, theorem_told, told,
};
use crate::report::Clearing;
use crate::report::agree::contradiction;
use crate::report::json::{self, MechanismRecord, OutcomeDocument};
use crate::report::resolve::receives;
use crate::report::summary::{self, Run};

/// What `clear` is asked for besides.
pub(super) struct Asked<'a> {
    pub(super) mechanism: &'static Mechanism,
    pub(super) gifts: bool,
    pub(super) output: Option<&'a Path>,
    pub(super) json: bool,
    pub(super) quiet: bool,
}

pub(super) fn parse(name: &str) -> Result<&'static Mechanism, String> {
    by_name(&name.trim().to_lowercase()).ok_or_else(|| format!("expected one of: {}", names()))
}

/// The names of all mechanisms, each with its others in brackets.
pub(super) fn names() -> String {
    let told = |mechanism: &Mechanism| match mechanism.aliases {
        [] => mechanism.name.to_owned(),
        aliases => format!("{} ({})", mechanism.name, aliases.join(", ")),
    };
    MECHANISMS.iter().map(told).collect::<Vec<_>>().join(", ")
}

/// All mechanisms with what is known of them, for the long help.
pub(super) fn help() -> String {
    let each: Vec<String> = MECHANISMS.iter().map(|mechanism| format!("  {}", told(mechanism))).collect();
    format!(
        "Mechanisms, with their theorems: each item is a participant, so they are about users who bring one item. The order of priority is that of the lists in the file, or drawn by the \
         number that the file or --seed gives. Wants tie where a round has costs and theirs are equal, and share a rank then, \
         which is one more than how many of the list are better. `compare` takes no round with dummies\n{}",
        each.join("\n")
    )
}

/// Says that a mechanism gives no gifts, and which do.
pub(super) fn no_gifts(name: &str) -> String {
    format!("--gifts: {name} gives no gifts; those that do are {}", givers())
}

/// The market of a round, which the mechanism must be able to take.
fn taken(mechanism: &Mechanism, round: &Round<'_>, taken: Taken) -> Result<Market, String> {
    if taken.gifts && !mechanism.gives_gifts {
        return Err(no_gifts(mechanism.name));
    }
    if mechanism.is_of_pairs && has_dummies(round) {
        return Err(NoMarket::Dummies(mechanism.name).to_string());
    }
    market(round, taken).map_err(|error| error.to_string())
}

/// Clears a round by a mechanism.
pub(super) fn clear(file: &RoundFile, reading: &Reading<'_>, asked: &Asked<'_>) -> Result<(), Failure> {
    let failed = |told: String| Failure::at(&file.file, told);
    let (mechanism, round) = (asked.mechanism, &reading.round);
    let how = Taken { seed: round.seed, gifts: asked.gifts };
    let market = taken(mechanism, round, how).map_err(failed)?;
    let started = Instant::now();
    let receives = (mechanism.receives)(&market).map_err(|none| failed(reason(round, &market, &none)))?;
    let elapsed = started.elapsed();
    let made = Made::of(round, &market, &receives);
    let mut clearing = Clearing::with_chains(reading, &made.outcome, made.chains.clone());
    let hops = clearing.rings.iter().chain(&clearing.chains).flatten();
    clearing.figures.granted_at = counted(hops.map(|hop| rank(round, &market, hop)));
    let record = MechanismRecord { name: Cow::Borrowed(mechanism.name), seed: how.seed, gifts: how.gifts };
    if let Some(path) = asked.output {
        write_file(path, |mut out| json::write_made(&mut out, &clearing, &record))?;
    }
    if asked.json {
        return write_stdout(|mut out| json::write_made(&mut out, &clearing, &record));
    }
    if asked.quiet {
        return Ok(());
    }
    let file = file.as_argument();
    let output = asked.output.map_or_else(|| "OUT.json".to_owned(), quoted);
    let proof = format!("{}. Check it: bartizan verify {file} {output}", mechanism.title);
    write_stdout(|mut out| {
        let run = Run { proof: &proof, elapsed: Some(elapsed), ..Run::default() };
        summary::write(&mut out, &clearing, &run)?;
        promises(out, mechanism, round, &market, &receives)?;
        received_list(out, &clearing, &market)
    })
}

/// The rank of what a hop brings, or of the dummy through which it does.
fn rank(round: &Round<'_>, market: &Market, hop: &Hop) -> usize {
    market.rank(hop.item.at(), round.wants.item[hop.want].at()).expect("who receives has listed it")
}

/// The most who are told what they receive.
const MOST_LISTED: usize = 100;

/// Who gets what, in the order of the lists.
fn received_list(out: &mut dyn io::Write, clearing: &Clearing<'_>, market: &Market) -> io::Result<()> {
    let mut hops: Vec<&Hop> = clearing.rings.iter().chain(&clearing.chains).flatten().collect();
    if hops.is_empty() {
        return Ok(());
    }
    hops.sort_by_key(|hop| hop.item);
    writeln!(out)?;
    let named = |item: ItemIndex| {
        let name = clearing.item_name(item);
        plain(&clearing.user_name(item).map_or(name.to_owned(), |user| format!("({user}) {name}")))
    };
    let row = |hop: &&Hop| {
        let length = clearing.round().wants.range(hop.item).len();
        let rank = format!("{} of {length} on the list", rank(clearing.round(), market, hop));
        [format!("  {}", named(hop.item)), "receives".to_owned(), named(hop.receives), rank]
    };
    let rows: Vec<[String; 4]> = hops.iter().take(MOST_LISTED).map(row).collect();
    for line in columns(&rows, |_| true) {
        writeln!(out, "{line}")?;
    }
    if hops.len() > MOST_LISTED {
        writeln!(out, "  and {} more (--output OUT.json writes all)", hops.len() - MOST_LISTED)?;
    }
    Ok(())
}

/// Tells which theorems hold for this round, and whether the outcome shows it.
fn promises(
    out: &mut dyn io::Write,
    mechanism: &Mechanism,
    round: &Round<'_>,
    market: &Market,
    receives: &[u32],
) -> io::Result<()> {
    writeln!(out)?;
    let promised = shown(mechanism, round, market, receives);
    for &(theorem, shown) in &promised {
        let how = match (shown, theorem.property) {
            (Shown::Yes, _) => "checked",
            (Shown::No, _) => "NOT SO",
            (Shown::ByTheoremAlone, Property::StrategyProof) => {
                "a theorem on the rule, which no outcome shows"
            }
            (Shown::ByTheoremAlone, _) => "by the theorem, not checked",
        };
        let (name, meaning) = (theorem.property.name(), theorem.property.meaning());
        writeln!(out, "{name}: {meaning} ({how})")?;
    }
    if has_dummies(round) {
        writeln!(out, "(dummies are participants of their own here, so that no other theorem is promised)")?;
    }
    if has_users_of_several(round) {
        writeln!(out, "(items of one user are participants of their own: all this is about items)")?;
    }
    let is_promised = |property| promised.iter().any(|(theorem, _)| theorem.property == property);
    let others = mechanism
        .theorems
        .iter()
        .filter(|theorem| !theorem.holds && theorem.domain.covers(market) && !is_promised(theorem.property));
    for theorem in others {
        writeln!(out, "({})", theorem_told(mechanism, theorem))?;
    }
    Ok(())
}

/// Verifies an outcome that names a mechanism: that it is allowed, has the properties that it is to have, and is what the mechanism makes.
pub(super) fn verify(
    reading: &Reading<'_>,
    document: &OutcomeDocument<'_, CertificateRecord<'_>>,
    record: &MechanismRecord<'_>,
    path: &Path,
    quiet: bool,
) -> Result<(), Failure> {
    let failed = |told: String| Failure::at(path, told);
    let round = &reading.round;
    if !document.objectives.is_empty() || document.proof.is_some() {
        return Err(failed("what a mechanism made has no objectives and no proof".into()));
    }
    let mechanism = parse(&record.name).map_err(|told| failed(format!("mechanism: {told}")))?;
    let how = Taken { seed: record.seed, gifts: record.gifts };
    let market = taken(mechanism, round, how).map_err(failed)?;
    let stated: Vec<u32> = receives(round, document).map_err(failed)?.iter().map(|item| item.0).collect();
    if !is_outcome(&market, &stated) {
        return Err(failed("something is received twice, or given for nothing".into()));
    }
    let name = |item: u32| &*round.items[item as usize].name;
    let unwanted =
        (0..).zip(&stated).find(|&(own, &object)| market.standing(own as usize, object as usize).is_none());
    if let Some((own, &object)) = unwanted {
        return Err(failed(format!("{} receives {}, which its list does not name", name(own), name(object))));
    }
    for (theorem, shown) in shown(mechanism, round, &market, &stated) {
        if shown == Shown::No {
            return Err(failed(format!("it is not so that {}", theorem.property.meaning())));
        }
    }
    let again = (mechanism.receives)(&market).map_err(|none| failed(reason(round, &market, &none)))?;
    let again = Made::of(round, &market, &again);
    let made = Made::of(round, &market, &stated);
    let (receives, told) = (received(&again), received(&made));
    let differs = (0..round.items.len()).find(|&own| receives[own] != told[own]);
    if let Some(own) = differs {
        let (got, told, own) = (name(receives[own]), name(told[own]), own as u32);
        return Err(failed(format!("by {} {} receives {got}, not {told}", mechanism.name, name(own))));
    }
    let clearing = Clearing::with_chains(reading, &made.outcome, made.chains.clone());
    if let Some(contradiction) = contradiction(&clearing, document) {
        return Err(failed(contradiction));
    }
    debug_assert_eq!(holds(&market, &stated, Property::IndividuallyRational), Some(true));
    if quiet {
        return Ok(());
    }
    write_stdout(|out| {
        writeln!(out, "{}: the same outcome again", mechanism.title)?;
        if how.seed != round.seed {
            let (own, file) = (how.seed, round.seed);
            writeln!(
                out,
                "(whatever is drawn is drawn by seed {own}, which the outcome says; the file's is {file})"
            )?;
        }
        if how.gifts {
            writeln!(out, "(items with an empty list are gifts, as the outcome says: --gifts)")?;
        }
        promises(out, mechanism, round, &market, &stated)
    })
}

/// What each item's owner receives.
fn received(made: &Made) -> Vec<u32> {
    let mut receives: Vec<u32> = made.outcome.takes.iter().map(|item| item.0).collect();
    for hop in made.chains.iter().flatten() {
        receives[hop.item.0 as usize] = hop.receives.0;
    }
    receives
}
