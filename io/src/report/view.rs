//! One cleared round as every output sees it: the rings, and the figures told about them.
//!
//! Cost O(items + the want lists of the items that trade), once, in [`Clearing::new`].

use bartizan_engine::{Hop, ItemIndex, ItemKind, Objective, Outcome, Ring, Round, UserIndex};

use super::words::money;
use crate::format::Reading;

/// A round, its outcome, and what is told about the two.
#[derive(Debug)]
pub struct Clearing<'a> {
    /// The round as read.
    pub reading: &'a Reading<'a>,
    /// What was found for it.
    pub outcome: &'a Outcome,
    /// The rings of the outcome, in the order of their lowest items.
    pub rings: Vec<Ring>,
    /// Chains beside them, each from its last hand, whom nobody receives from, to a gift, whose owner receives nothing. Only mechanisms make any.
    pub chains: Vec<Vec<Hop>>,
    /// The key figures.
    pub figures: Figures,
}

/// The key figures of a clearing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Goods and bids in the round.
    pub items: usize,
    /// Goods and bids that change hands.
    pub items_traded: usize,
    /// Participants who offer a good or a bid; an item without a user counts as one of its own.
    pub users: usize,
    /// Participants of whom at least one good or bid trades.
    pub users_trading: usize,
    /// The sizes of the rings, largest first.
    pub ring_sizes: Vec<usize>,
    /// The sum of the squares of the ring sizes.
    pub sum_of_squares: u64,
    /// How many receive along each chain, largest first.
    pub chain_sizes: Vec<usize>,
    /// How many wants were granted from each place of a list: `granted_at[0]` counts first places.
    pub granted_at: Vec<usize>,
    /// The sum of the rank costs of the wants granted.
    pub total_cost: i64,
    /// Bids in the round.
    pub bids: usize,
    /// Bids that received something.
    pub bids_filled: usize,
    /// The sum of the money paid, in the round's own unit.
    pub money_moved: i64,
}

/// Who stands behind an item: a user, or the item itself where the file names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Participant {
    /// A user of the round.
    User(UserIndex),
    /// An item without a user.
    Lone(ItemIndex),
}

impl<'a> Clearing<'a> {
    /// Reads the rings off `outcome` and counts.
    ///
    /// # Panics
    /// If `outcome` grants what nobody wanted: check an outcome that came from elsewhere first.
    pub fn new(reading: &'a Reading<'a>, outcome: &'a Outcome) -> Self {
        Self::with_chains(reading, outcome, Vec::new())
    }

    /// The same with chains beside the rings, whose items `outcome` leaves where they are.
    ///
    /// # Panics
    /// As [`Clearing::new`].
    pub fn with_chains(reading: &'a Reading<'a>, outcome: &'a Outcome, chains: Vec<Vec<Hop>>) -> Self {
        let rings = outcome.rings(&reading.round);
        let figures = Figures::count(&reading.round, &rings, &chains);
        Clearing { reading, outcome, rings, chains, figures }
    }

    /// The goods and bids that stand in no ring and no chain, in the order of the round.
    pub fn untraded(&self) -> impl Iterator<Item = ItemIndex> {
        let mut is_in_chain = vec![false; self.round().items.len()];
        for hop in self.chains.iter().flatten() {
            is_in_chain[hop.item.at()] = true;
            is_in_chain[hop.receives.at()] = true;
        }
        let stays = move |index: &usize| {
            self.outcome.takes[*index].at() == *index
                && !is_in_chain[*index]
                && self.round().items[*index].kind != ItemKind::Dummy
        };
        (0..self.round().items.len()).filter(stays).map(|index| ItemIndex(index as u32))
    }

    /// The round that was cleared.
    pub fn round(&self) -> &'a Round<'a> {
        &self.reading.round
    }

    /// The name of an item's user, where the file names one.
    pub fn user_name(&self, item: ItemIndex) -> Option<&'a str> {
        let round = self.round();
        round.items[item.at()].user.map(|user| &*round.users[user.at()].name)
    }

    /// The name of an item, as written in front of its want list.
    pub fn item_name(&self, item: ItemIndex) -> &'a str {
        &self.round().items[item.at()].name
    }

    /// Who stands behind an item.
    pub fn participant(&self, item: ItemIndex) -> Participant {
        participant(self.round(), item)
    }

    /// The place in its item's list, from 1, of the want that a hop was granted.
    pub fn place(&self, hop: &Hop) -> usize {
        place(self.round(), hop)
    }

    /// An amount of money as people write it.
    pub(super) fn money(&self, amount: i64) -> String {
        money(amount, self.round().money_decimals)
    }

    /// Whether lists say which wants matter more; if not, a place in a list is no choice.
    pub fn has_ranks(&self) -> bool {
        !self.round().wants.cost.is_empty()
    }
}

impl Figures {
    fn count(round: &Round<'_>, rings: &[Ring], chains: &[Vec<Hop>]) -> Self {
        let sizes = |lists: &[Vec<Hop>]| lists.iter().map(Vec::len).collect();
        let mut figures =
            Figures { ring_sizes: sizes(rings), chain_sizes: sizes(chains), ..Figures::default() };
        figures.chain_sizes.sort_unstable_by(|a, b| b.cmp(a));
        figures.ring_sizes.sort_unstable_by(|a, b| b.cmp(a));
        figures.sum_of_squares = figures.ring_sizes.iter().map(|&size| (size as u64).pow(2)).sum();

        let mut offers = vec![false; round.users.len()];
        for item in &round.items {
            match item.kind {
                ItemKind::Dummy => continue,
                ItemKind::Bid(_) => figures.bids += 1,
                ItemKind::Good => {}
            }
            figures.items += 1;
            figures.users += usize::from(is_new(&mut offers, item.user));
        }

        let mut trades = vec![false; round.users.len()];
        for gift in chains.iter().filter_map(|chain| chain.last()) {
            let user = round.items[gift.receives.at()].user;
            figures.users_trading += usize::from(is_new(&mut trades, user));
        }
        for hop in rings.iter().chain(chains).flatten() {
            let item = &round.items[hop.item.at()];
            figures.items_traded += 1;
            figures.users_trading += usize::from(is_new(&mut trades, item.user));
            figures.bids_filled += usize::from(matches!(item.kind, ItemKind::Bid(_)));
            figures.money_moved += hop.price;
            figures.total_cost += round.wants.cost(hop.want);
            let place = place(round, hop);
            if figures.granted_at.len() < place {
                figures.granted_at.resize(place, 0);
            }
            figures.granted_at[place - 1] += 1;
        }
        figures
    }

    /// The size of the largest ring; 0 without rings.
    pub fn largest_ring(&self) -> usize {
        self.ring_sizes.first().copied().unwrap_or(0)
    }

    /// The place, from 1, that half of the wants granted do not exceed; 0 if none was granted.
    pub fn median_place(&self) -> usize {
        let mut granted = 0;
        let half = self.items_traded.div_ceil(2);
        let covers_half = |&count: &usize| {
            granted += count;
            granted >= half
        };
        self.granted_at.iter().position(covers_half).map_or(0, |index| index + 1)
    }

    /// Ring sizes with how many rings have each, largest first.
    pub fn ring_sizes_counted(&self) -> Vec<(usize, usize)> {
        self.ring_sizes.chunk_by(|a, b| a == b).map(|equal| (equal[0], equal.len())).collect()
    }
}

/// `part` of `whole` in per cent; 0 of nothing.
pub fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}

/// The user an objective favours, if it favours one.
pub fn favored<'a>(round: &'a Round<'_>, objective: Objective) -> Option<&'a str> {
    match objective {
        Objective::Favor(user) => Some(&round.users[user.at()].name),
        _ => None,
    }
}

pub(super) fn participant(round: &Round<'_>, item: ItemIndex) -> Participant {
    round.items[item.at()].user.map_or(Participant::Lone(item), Participant::User)
}

fn place(round: &Round<'_>, hop: &Hop) -> usize {
    hop.want - round.wants.range(hop.item).start + 1
}

/// Whether a participant is met for the first time; marks them as met.
fn is_new(met: &mut [bool], user: Option<UserIndex>) -> bool {
    user.is_none_or(|user| !std::mem::replace(&mut met[user.at()], true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Sample;

    #[test]
    fn figures_of_a_small_round() {
        let sample = Sample::fair();
        let clearing = sample.clearing();
        let expected = Figures {
            items: 8,
            items_traded: 6,
            users: 6,
            users_trading: 5,
            ring_sizes: vec![4, 2],
            sum_of_squares: 20,
            chain_sizes: Vec::new(),
            granted_at: vec![4, 2],
            total_cost: 8,
            bids: 1,
            bids_filled: 1,
            money_moved: 30,
        };
        assert_eq!(clearing.figures, expected);
        assert_eq!(clearing.figures.largest_ring(), 4);
        assert_eq!(clearing.figures.median_place(), 1);
    }

    #[test]
    fn an_empty_round_has_figures_too() {
        let sample = Sample::empty();
        let figures = &sample.clearing().figures;
        assert_eq!(figures, &Figures::default());
        assert_eq!((figures.largest_ring(), figures.median_place()), (0, 0));
        assert!(percent(figures.items_traded, figures.items).abs() < f64::EPSILON);
    }

    #[test]
    fn equal_ring_sizes_are_counted_together() {
        let figures = Figures { ring_sizes: vec![9, 4, 4, 2, 2, 2], ..Figures::default() };
        assert_eq!(figures.ring_sizes_counted(), [(9, 1), (4, 2), (2, 3)]);
    }
}
