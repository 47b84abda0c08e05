//! Whether what an outcome document tells beside its rings agrees with them: people read the figures, and
//! programs the rank and price of each member, so `verify` holds them to the rings.

use std::collections::HashMap;

use super::Clearing;
use super::json::{HopRecord, OutcomeDocument, Proof, Summary};
use crate::document::Status;

/// The first thing that `document` tells otherwise than its rings and levels, which `clearing` has.
pub fn contradiction<C>(clearing: &Clearing<'_>, document: &OutcomeDocument<'_, C>) -> Option<String> {
    let counted = Summary::of(clearing);
    if document.summary.as_ref().is_some_and(|summary| *summary != counted) {
        return Some("its summary does not agree with its rings".into());
    }
    for (record, level) in document.objectives.iter().zip(&clearing.outcome.levels) {
        if record.proven != level.is_proven() {
            return Some(format!(
                "proven is {} for {}, against its own value and bound",
                record.proven, record.name
            ));
        }
    }
    let open = clearing.outcome.levels.iter().find(|level| !level.is_proven());
    let status = Status::of(open.is_none());
    let differs = |proof: &Proof<C>| proof.status != status || proof.bound != open.map(|level| level.bound);
    // Without objectives, whose bound it would be is not told.
    if !document.objectives.is_empty() && document.proof.as_ref().is_some_and(differs) {
        return Some("the status or bound of its proof does not agree with its objectives".into());
    }
    members(clearing, document).or_else(|| untraded(clearing, document))
}

fn members<C>(clearing: &Clearing<'_>, document: &OutcomeDocument<'_, C>) -> Option<String> {
    let key = |record: &HopRecord<'_>| {
        (record.user.as_ref().map(|user| user.0.to_string()), record.item.to_string())
    };
    let told: HashMap<_, _> =
        document.rings.iter().chain(&document.chains).flatten().map(|record| (key(record), record)).collect();
    for hop in clearing.rings.iter().chain(&clearing.chains).flatten() {
        let user = clearing.user_name(hop.item).map(str::to_owned);
        let name = clearing.item_name(hop.item);
        let Some(record) = told.get(&(user, name.to_owned())) else {
            return Some(format!("{name} trades, but stands in no ring"));
        };
        if record.price != hop.price {
            return Some(format!("{name} has the price {}, but the want asks {}", record.price, hop.price));
        }
        let place = clearing.place(hop);
        if let Some(rank) = record.rank.filter(|&rank| rank != place) {
            return Some(format!("{name} has the rank {rank}, but the want is number {place}"));
        }
    }
    None
}

fn untraded<C>(clearing: &Clearing<'_>, document: &OutcomeDocument<'_, C>) -> Option<String> {
    let records = document.untraded.as_ref()?;
    let mut stays: Vec<(Option<&str>, &str)> =
        clearing.untraded().map(|item| (clearing.user_name(item), clearing.item_name(item))).collect();
    let told = records.iter().map(|record| (record.user.as_ref().map(|user| &*user.0), &*record.item));
    let mut told: Vec<(Option<&str>, &str)> = told.collect();
    stays.sort_unstable();
    told.sort_unstable();
    (stays != told).then(|| "its list of untraded items is not that of the items outside its rings".into())
}
