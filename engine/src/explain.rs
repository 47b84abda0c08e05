//! Why an item did or did not trade, from the dual prices of an outcome: what making it trade would
//! cost everybody else, and which one want, had somebody sent it, would have traded it.
//!
//! All of it is about the number of items traded, by the lists alone: other objectives and spending limits
//! are left aside, and single wants are sought among those on or for somebody's good. Cost: O(wants * log
//! items).

use bartizan_solver::residual::Residual;
use bartizan_solver::{Face, LinearGains};

use crate::model::Model;
use crate::{Hop, ItemIndex, ItemKind, Objective, Outcome, Round};

/// Why an item trades or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// It trades: its own place in the ring, who receives it, and how many items the ring has.
    Trades {
        /// What it is given for.
        hop: Hop,
        /// The member of the ring that receives it.
        receiver: ItemIndex,
        /// The number of items in the ring.
        ring_size: usize,
    },
    /// It does not trade.
    Stays {
        /// Why.
        reason: Reason,
        /// One want that would have traded it, if any single one would have.
        missing_want: Option<MissingWant>,
    },
}

/// Why an item does not trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It stands on nobody's list.
    Unwanted,
    /// Its own list names nothing that takes part.
    WantsNothing,
    /// No ring along the lists passes through it.
    NoRing,
    /// A ring could pass through it, but then so many fewer others would trade that in all this many
    /// items are lost. With 0, an equally good outcome trades it, and it was left to the objectives after.
    Costs(i64),
    /// By the lists alone it trades in an outcome with most items; a spending limit, or an objective that
    /// comes before the number of items, keeps this outcome from it.
    Withheld,
}

/// A want that nobody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingWant {
    /// On whose list it would stand.
    pub on_list_of: ItemIndex,
    /// What it would name.
    pub wanted: ItemIndex,
    /// How many more items would trade in all.
    pub gain: i64,
}

/// Explains what became of `item`, a good or a bid, in `outcome`.
///
/// # Panics
/// If `outcome` is not one of `round`; check it with [`crate::verify()`] first.
pub fn explain(round: &Round<'_>, outcome: &Outcome, item: ItemIndex) -> Explanation {
    for ring in outcome.rings(round) {
        if let Some(place) = ring.iter().position(|hop| hop.item == item) {
            let receiver = ring[(place + ring.len() - 1) % ring.len()].item;
            return Explanation::Trades { hop: ring[place].clone(), receiver, ring_size: ring.len() };
        }
    }
    let items_alone = Round { objectives: vec![Objective::Items], users: unlimited(round), ..round.clone() };
    let model = Model::new(&items_alone).expect("one objective needs no weighing");
    let graph = &model.problem.graph;
    let gains = &model.problem.linear[0];
    let mut face = Face::whole(graph);
    face.optimise(graph, gains, 1);
    // The outcome itself where it trades most items; else (limits, other objectives first) one that does
    // so while this item stays, if there is one.
    let own: Vec<u32> = outcome.takes.iter().map(|taken| taken.0).collect();
    let takes =
        if gains.total(graph, &own) == gains.total(graph, &face.takes) { own } else { face.takes.clone() };
    let residual = Residual::new(graph, gains, &face.prices[0], &takes);
    let reason = reason(round, &residual, &takes, item);
    Explanation::Stays { reason, missing_want: missing_want(round, &residual, gains, item) }
}

fn unlimited<'a>(round: &Round<'a>) -> Vec<crate::User<'a>> {
    round.users.iter().map(|user| crate::User { limit: None, ..user.clone() }).collect()
}

fn reason(round: &Round<'_>, residual: &Residual<'_>, takes: &[u32], item: ItemIndex) -> Reason {
    if !round.wants.item.contains(&item) {
        return Reason::Unwanted;
    }
    if round.wants.range(item).is_empty() {
        return Reason::WantsNothing;
    }
    if takes[item.at()] != item.0 {
        return Reason::Withheld;
    }
    let chains = residual.from(item.at());
    let closing = |taker: usize| {
        let cost = chains.cost[taker].filter(|_| taker != item.at())?;
        let names_it = round.wants.item[round.wants.range(ItemIndex(taker as u32))].contains(&item);
        names_it.then(|| cost + residual.slack(taker, item.at(), counted(round, taker)))
    };
    match (0..round.items.len()).filter_map(closing).min() {
        None => Reason::NoRing,
        Some(cost) => Reason::Costs(cost),
    }
}

fn counted(round: &Round<'_>, item: usize) -> i64 {
    i64::from(round.items[item].kind != ItemKind::Dummy)
}

/// The one want that would raise the number of items traded most and trade `item`: on the list of
/// somebody else's good, naming `item`, or on the list of `item`.
fn missing_want(
    round: &Round<'_>,
    residual: &Residual<'_>,
    gains: &LinearGains,
    item: ItemIndex,
) -> Option<MissingWant> {
    debug_assert!(matches!(gains, LinearGains::ByTaker(_)), "items count by taker");
    let own = &round.items[item.at()];
    let (from, to) = (residual.from(item.at()), residual.to(item.at()));
    let others = (0..round.items.len()).filter(|&other| {
        let other = &round.items[other];
        other.kind == ItemKind::Good && !(other.user.is_some() && other.user == own.user)
    });
    let mut best: Option<MissingWant> = None;
    let mut offer = |candidate: MissingWant| {
        if candidate.gain > 0 && best.is_none_or(|best| candidate.gain > best.gain) {
            best = Some(candidate);
        }
    };
    for other in others.filter(|&other| other != item.at()) {
        let index = ItemIndex(other as u32);
        // `item` could reach the owner of `other`, who would take `item` for it.
        if let Some(cost) = from.cost[other] {
            let gain = -(cost + residual.slack(other, item.at(), 1));
            offer(MissingWant { on_list_of: index, wanted: item, gain });
        }
        // Whoever takes `other` now could be led to `item`, whose owner would take `other`.
        if let Some(cost) = to.cost[residual.taker_of(other)] {
            let gain = -(cost + residual.slack(item.at(), other, counted(round, item.at())));
            offer(MissingWant { on_list_of: item, wanted: index, gain });
        }
    }
    best
}
