//! A round of barter, frozen: who takes part, what each gives, and what each would accept for it.
//!
//! Invariants, kept by every reader and checked by [`Round::check`]: a want never names the item
//! itself, never repeats within one list, and never names a good or bid of the same user; only the
//! owner's own lists name a dummy; costs and amounts lie within [`crate::limits`].
//!
//! Names are borrowed from the text they were read from wherever that is possible.

use std::borrow::Cow;

use crate::{ItemIndex, Objective, UserIndex, limits};

/// A frozen round of one-for-one exchange.
#[derive(Clone, Debug, Default)]
pub struct Round<'a> {
    /// The users, in the order of their first appearance.
    pub users: Vec<User<'a>>,
    /// Goods, dummies and bids, in the order of their want lists.
    pub items: Vec<Item<'a>>,
    /// What each item's owner accepts for it.
    pub wants: Wants,
    /// What to clear for, most important first.
    pub objectives: Vec<Objective>,
    /// What an item that does not trade costs, under [`Objective::WeightedCost`].
    pub nontrade_cost: i64,
    /// How many of the last digits of every amount of money stand behind the decimal point: with 2,
    /// an amount of 5275 is 52.75.
    pub money_decimals: u8,
    /// Chooses among equally good outcomes.
    pub seed: u64,
}

/// A participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User<'a> {
    /// The name, as first written.
    pub name: Cow<'a, str>,
    /// The most money this user will spend in the round, if there is such a limit.
    pub limit: Option<i64>,
}

/// Something that is given once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// The name, as written in front of its want list. A dummy's name starts with `%`.
    pub name: Cow<'a, str>,
    /// Who gives it; `None` where the file names nobody.
    pub user: Option<UserIndex>,
    /// What it is.
    pub kind: ItemKind,
    /// What an official list says of it, empty when nothing does.
    pub title: Cow<'a, str>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A thing that changes hands and counts as a trade.
    Good,
    /// A stand-in that passes on what it receives: "at most one of these". It never counts.
    Dummy,
    /// An offer to pay up to this much money for one of the wants. It counts as a trade.
    Bid(i64),
}

/// All want lists, as compressed rows: the wants of item `i` stand at `first[i]..first[i + 1]`.
#[derive(Clone, Debug, Default)]
pub struct Wants {
    /// Where each item's wants begin; one entry more than there are items.
    pub first: Vec<u32>,
    /// The wanted items, in the order of each list.
    pub item: Vec<ItemIndex>,
    /// The rank cost of each want; empty when every want costs 1. The costs in a dummy's list are 0.
    pub cost: Vec<i64>,
    /// The money asked when the wanted item is a bid, else 0; empty in a round without money.
    pub price: Vec<i64>,
}

impl Wants {
    /// Where the wants of `item` stand in [`Wants::item`].
    #[inline]
    pub fn range(&self, item: ItemIndex) -> std::ops::Range<usize> {
        self.first[item.at()] as usize..self.first[item.at() + 1] as usize
    }

    /// The rank cost of the want at position `want`.
    #[inline]
    pub fn cost(&self, want: usize) -> i64 {
        self.cost.get(want).copied().unwrap_or(1)
    }

    /// The money asked by the want at position `want`; 0 unless it names a bid.
    #[inline]
    pub fn price(&self, want: usize) -> i64 {
        self.price.get(want).copied().unwrap_or(0)
    }
}

impl Round<'_> {
    /// The seed of a round that names none.
    pub const FIRST_SEED: u64 = 1;

    /// Number of goods and bids: what can count as traded.
    pub fn tradable_count(&self) -> usize {
        self.items.iter().filter(|item| item.kind != ItemKind::Dummy).count()
    }

    /// The user called `name`: exactly, or else the only one when case is left aside.
    pub fn user_named(&self, name: &str) -> Option<UserIndex> {
        let index = |index: usize| UserIndex(index as u32);
        if let Some(found) = self.users.iter().position(|user| user.name == name) {
            return Some(index(found));
        }
        let folded = name.to_uppercase();
        let mut same = self.users.iter().enumerate().filter(|(_, user)| user.name.to_uppercase() == folded);
        same.next().filter(|_| same.next().is_none()).map(|(found, _)| index(found))
    }

    /// The first broken invariant, told as a sentence, or `None`. Cost O(items + wants).
    pub fn check(&self) -> Option<String> {
        let item_count = self.items.len();
        if item_count > limits::MAX_ITEMS {
            return Some(format!("{item_count} items, more than {}", limits::MAX_ITEMS));
        }
        if self.money_decimals > limits::MAX_MONEY_DECIMALS {
            return Some(format!("amounts with {} decimals", self.money_decimals));
        }
        if let Some(broken) = self.check_ranges() {
            return Some(broken);
        }
        let wants = &self.wants;
        if wants.first.windows(2).any(|pair| pair[0] > pair[1]) || wants.item.len() > limits::MAX_WANTS {
            return Some("the want lists are not rows, or too many".into());
        }
        if wants.first.len() != item_count + 1 || wants.first[item_count] as usize != wants.item.len() {
            return Some("the want lists do not cover the items".into());
        }
        if !(wants.cost.is_empty() || wants.cost.len() == wants.item.len())
            || !(wants.price.is_empty() || wants.price.len() == wants.item.len())
        {
            return Some("costs or prices do not match the wants".into());
        }
        let mut wanted_by = vec![u32::MAX; item_count];
        for taker in 0..item_count {
            let owner = &self.items[taker];
            for want in wants.range(ItemIndex(taker as u32)) {
                let wanted_index = wants.item[want].at();
                let Some(wanted) = self.items.get(wanted_index) else {
                    return Some(format!("{} wants an item that does not exist", owner.name));
                };
                if std::mem::replace(&mut wanted_by[wanted_index], taker as u32) == taker as u32 {
                    return Some(format!("{} wants {} twice", owner.name, wanted.name));
                }
                if wanted_index == taker {
                    return Some(format!("{} wants itself", owner.name));
                }
                let same_user = owner.user.is_some() && owner.user == wanted.user;
                if (wanted.kind == ItemKind::Dummy) != same_user {
                    return Some(format!("{} may not want {}", owner.name, wanted.name));
                }
                let asks_too_much = match wanted.kind {
                    ItemKind::Bid(amount) => wants.price(want) > amount,
                    ItemKind::Good | ItemKind::Dummy => wants.price(want) != 0,
                };
                if asks_too_much {
                    return Some(format!("{} asks more of {} than it offers", owner.name, wanted.name));
                }
                if !(0..=limits::MAX_COST).contains(&wants.cost(want))
                    || !(0..=limits::MAX_AMOUNT).contains(&wants.price(want))
                {
                    return Some(format!("{} wants {} at a cost out of range", owner.name, wanted.name));
                }
            }
        }
        None
    }

    /// The first user, amount, limit or cost out of range.
    fn check_ranges(&self) -> Option<String> {
        let is_amount = |amount: i64| (0..=limits::MAX_AMOUNT).contains(&amount);
        for item in &self.items {
            if item.user.is_some_and(|user| user.at() >= self.users.len()) {
                return Some(format!("{} belongs to a user who does not exist", item.name));
            }
            if matches!(item.kind, ItemKind::Bid(amount) if !is_amount(amount)) {
                return Some(format!("{} offers an amount out of range", item.name));
            }
        }
        if let Some(user) = self.users.iter().find(|user| user.limit.is_some_and(|limit| !is_amount(limit))) {
            return Some(format!("{} has a limit out of range", user.name));
        }
        if !(0..=limits::MAX_COST).contains(&self.nontrade_cost) {
            return Some("the cost of not trading is out of range".into());
        }
        let favors_nobody =
            |objective: &Objective| matches!(objective, Objective::Favor(u) if u.at() >= self.users.len());
        self.objectives
            .iter()
            .any(favors_nobody)
            .then(|| "an objective favours a user who does not exist".into())
    }
}
