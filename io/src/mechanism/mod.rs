//! Rounds cleared by a mechanism of [`bartizan_solver::mechanism`] instead of to an optimum, and mechanisms compared.
//!
//! Every item is a participant of its own, which is what the theorems are about where each user has one; the order of a list is its ranking, and
//! wants of equal cost tie where a round has costs. A dummy is a participant too, for which no theorem is promised.

pub mod compare;
pub mod figures;
pub mod made;
pub mod page;

use bartizan_engine::{ItemIndex, ItemKind, Round};
use bartizan_solver::mechanism::{MECHANISMS, Market, Mechanism, Theorem, Want};
use bartizan_solver::stream::Stream;

/// Why a round is no market.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMarket {
    /// There is money in it.
    #[error("a mechanism exchanges goods alone: expected no money in the round")]
    Money,
    /// There are dummies, where they would be participants without an owner's say.
    #[error("{0}: expected no dummies in the round, which would be participants of their own")]
    Dummies(&'static str),
}

/// How a round is taken as a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What the order of priority is drawn by; with [`Round::FIRST_SEED`] it is that of the lists.
    pub seed: u64,
    /// Whether an item with an empty list is a gift.
    pub gifts: bool,
}

/// The market of a round, whose participants are its items.
///
/// # Errors
/// If there is money in it.
pub fn market(round: &Round<'_>, taken: Taken) -> Result<Market, NoMarket> {
    let has_money = round.items.iter().any(|item| matches!(item.kind, ItemKind::Bid(_)))
        || round.users.iter().any(|user| user.limit.is_some());
    if has_money {
        return Err(NoMarket::Money);
    }
    if taken.gifts && has_dummies(round) {
        return Err(NoMarket::Dummies("gifts"));
    }
    let mut order: Vec<u32> = (0..round.items.len() as u32).collect();
    if taken.seed != Round::FIRST_SEED {
        Stream::new(taken.seed).shuffle(&mut order);
    }
    let lists: Vec<Vec<Want>> = order_of_lists(round);
    let is_gift = lists.iter().map(|list| taken.gifts && list.is_empty()).collect();
    Ok(Market { lists, is_gift, order })
}

fn order_of_lists(round: &Round<'_>) -> Vec<Vec<Want>> {
    let wants = &round.wants;
    let list = |item: usize| {
        let mut places: Vec<usize> = wants.range(ItemIndex(item as u32)).collect();
        // Costs may be given one by one; those of a dummy's list say nothing.
        let is_ranked = !wants.cost.is_empty() && round.items[item].kind != ItemKind::Dummy;
        if is_ranked {
            places.sort_by_key(|&want| wants.cost(want));
        }
        let mut tier = 0;
        let mut before = None;
        let tiered = places.into_iter().map(|want| {
            let is_tied = before.is_some_and(|before| is_ranked && wants.cost(before) == wants.cost(want));
            tier += u32::from(before.is_some() && !is_tied);
            before = Some(want);
            Want { object: wants.item[want].0, tier }
        });
        tiered.collect()
    };
    (0..round.items.len()).map(list).collect()
}

/// Whether some item only passes on.
pub fn has_dummies(round: &Round<'_>) -> bool {
    round.items.iter().any(|item| item.kind == ItemKind::Dummy)
}

/// Whether some user brings several items.
pub fn has_users_of_several(round: &Round<'_>) -> bool {
    let mut brings = vec![false; round.users.len()];
    let mut goods = round.items.iter().filter(|item| item.kind != ItemKind::Dummy);
    goods.any(|item| item.user.is_some_and(|user| std::mem::replace(&mut brings[user.at()], true)))
}

/// What is known of a mechanism, for the program's help.
pub fn told(mechanism: &Mechanism) -> String {
    let Mechanism { name, aliases, title, about, ties, source, gives_gifts, theorems, .. } = mechanism;
    let also: Vec<String> = aliases.iter().map(|alias| format!(", also {alias}")).collect();
    let gifts = if *gives_gifts { "given, with --gifts" } else { "none; --gifts is refused" };
    let lines: Vec<String> = theorems.iter().map(|theorem| theorem_told(mechanism, theorem)).collect();
    format!(
        "{name}{}: {title}. {about} [{source}]\n    ties: {ties}\n    gifts: {gifts}\n    {}",
        also.concat(),
        lines.join("\n    ")
    )
}

/// The names of the mechanisms that give gifts.
pub fn givers() -> String {
    let givers = MECHANISMS.iter().filter(|mechanism| mechanism.gives_gifts);
    givers.map(|mechanism| mechanism.name).collect::<Vec<_>>().join(", ")
}

/// A theorem on a mechanism as a line.
pub fn theorem_told(mechanism: &Mechanism, theorem: &Theorem) -> String {
    let Theorem { property, domain, holds, source } = *theorem;
    let not = if holds { "" } else { "not always " };
    let source = if source.is_empty() { String::new() } else { format!(" [{source}]") };
    format!("{not}{} {}{source}", property.name(), domain.told(mechanism.gives_gifts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;

    fn of(text: &str, taken: Taken) -> Result<Market, NoMarket> {
        let reading = (format::detect(text.as_bytes()).read)(text.as_bytes()).unwrap();
        market(&reading.round, taken)
    }

    #[test]
    fn where_gifts_are_refused_no_theorem_speaks_of_them() {
        for mechanism in MECHANISMS {
            let told = told(mechanism);
            assert_eq!(told.contains("gifts: given, with --gifts"), mechanism.gives_gifts, "{told}");
            let theorems: Vec<String> =
                mechanism.theorems.iter().map(|theorem| theorem_told(mechanism, theorem)).collect();
            let speaks = theorems.iter().any(|theorem| theorem.contains("gifts"));
            assert_eq!(speaks, mechanism.gives_gifts, "{told}");
        }
    }

    const PLAIN: Taken = Taken { seed: Round::FIRST_SEED, gifts: false };

    #[test]
    fn lists_are_rankings_and_equal_costs_are_ties() {
        let tiers = |text: &str| -> Vec<Vec<(u32, u32)>> {
            let market = of(text, PLAIN).unwrap();
            assert_eq!(market.check(), None);
            market
                .lists
                .iter()
                .map(|list| list.iter().map(|want| (want.object, want.tier)).collect())
                .collect()
        };
        let lists = "(a) A : B C\n(b) B : C A\n(c) C :\n";
        assert_eq!(tiers(lists), [vec![(1, 0), (2, 1)], vec![(2, 0), (0, 1)], vec![]]);
        let tied = format!("#! LINEAR-PRIORITIES SMALL-STEP=0\n{lists}");
        assert_eq!(tiers(&tied), [vec![(1, 0), (2, 0)], vec![(2, 0), (0, 0)], vec![]]);
        let own = "#! EXPLICIT-PRIORITIES\n(a) A : B=9 C=2 D=9\n(b) B :\n(c) C :\n(d) D :\n";
        assert_eq!(tiers(own)[0], [(2, 0), (1, 1), (3, 1)]);
    }

    #[test]
    fn gifts_and_orders_are_as_asked_and_dummies_and_money_are_refused() {
        let lists = "(a) A : B C\n(b) B : C A\n(c) C :\n";
        let market = of(lists, Taken { gifts: true, ..PLAIN }).unwrap();
        assert_eq!((market.is_gift, market.order), (vec![false, false, true], vec![0, 1, 2]));
        let orders: Vec<Vec<u32>> =
            (2..12).map(|seed| of(lists, Taken { seed, ..PLAIN }).unwrap().order).collect();
        assert!(orders.iter().any(|order| *order != [0, 1, 2]));
        let dummy = "#! ALLOW-DUMMIES\n(a) A : %x\n(a) %x : B\n(b) B : A\n";
        assert_eq!(of(dummy, Taken { gifts: true, ..PLAIN }), Err(NoMarket::Dummies("gifts")));
        assert_eq!(of(dummy, PLAIN).unwrap().lists[0][0].object, 1);
    }
}
