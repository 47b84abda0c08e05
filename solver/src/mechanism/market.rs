//! What a mechanism works on: participants with one object each, ranked lists, gifts, and an order of priority.
//!
//! Participant and object `i` are one index: the object is what the participant brings. What a list does not name is worse than the
//! own object, which stands after the whole list. A gift is an object without a participant: it has no list and asks nothing.
//! An object that no list names stands for nothing, so who brings it is a newcomer.
//!
//! An outcome is what each participant receives: itself, if it keeps what it brings. Nothing is received by two. Who gives receives, unless it
//! is a gift; who receives a gift, or what came free by one, may be the last hand, whose object nobody receives.

/// An object on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The object.
    pub object: u32,
    /// How many groups of equally good objects stand before it.
    pub tier: u32,
}

/// Who takes part and what each wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// The list of each participant, best first; objects of one tier are equally good, and mechanisms that need a
    /// strict order take the order of the list.
    pub lists: Vec<Vec<Want>>,
    /// Which objects are gifts.
    pub is_gift: Vec<bool>,
    /// All indices, the one of highest priority first.
    pub order: Vec<u32>,
}

impl Market {
    /// The market of these lists of tiers, without gifts, in the order of the lists.
    pub fn of_tiers(lists: &[Vec<Vec<u32>>]) -> Self {
        let list = |tiers: &Vec<Vec<u32>>| {
            let wants = |(tier, objects): (usize, &Vec<u32>)| {
                objects.iter().map(move |&object| Want { object, tier: tier as u32 }).collect::<Vec<_>>()
            };
            tiers.iter().enumerate().flat_map(wants).collect()
        };
        Market {
            lists: lists.iter().map(list).collect(),
            is_gift: vec![false; lists.len()],
            order: (0..lists.len() as u32).collect(),
        }
    }

    /// How many objects there are, gifts among them.
    pub fn count(&self) -> usize {
        self.lists.len()
    }

    /// The outcome in which nobody gives or receives.
    pub fn nobody(&self) -> Vec<u32> {
        (0..self.count() as u32).collect()
    }

    /// How many tiers a list has, which is also how the own object stands.
    pub fn tier_count(&self, participant: usize) -> u32 {
        self.lists[participant].last().map_or(0, |want| want.tier + 1)
    }

    /// How `object` stands with `participant`: its tier, or the number of tiers if it is the own one. None if it is
    /// worse than that. Cost: the list.
    pub fn standing(&self, participant: usize, object: usize) -> Option<u32> {
        if participant == object {
            return Some(self.tier_count(participant));
        }
        self.lists[participant].iter().find(|want| want.object as usize == object).map(|want| want.tier)
    }

    /// The rank of `object` with `participant`, which is everywhere the competition rank by their own list: one more than how many objects of the
    /// list are better, so that equals share a rank, and the own object has the rank after all of the list. None if it is worse than that. Cost: the list.
    pub fn rank(&self, participant: usize, object: usize) -> Option<usize> {
        Some(self.rank_of(participant, self.standing(participant, object)?))
    }

    /// The [rank](Self::rank) of what stands in this tier of the participant's list. Cost: the logarithm of the list.
    pub fn rank_of(&self, participant: usize, tier: u32) -> usize {
        1 + self.lists[participant].partition_point(|want| want.tier < tier)
    }

    /// Whether two objects of one list are equally good.
    pub fn has_ties(&self) -> bool {
        self.lists.iter().any(|list| list.windows(2).any(|pair| pair[0].tier == pair[1].tier))
    }

    /// The first broken rule, or none. Cost: the lists.
    pub fn check(&self) -> Option<String> {
        let count = self.count();
        let mut order = self.order.clone();
        order.sort_unstable();
        if self.is_gift.len() != count || order.iter().copied().ne(0..count as u32) {
            return Some("gifts or order do not match the lists".into());
        }
        let mut listed_by = vec![usize::MAX; count];
        for (participant, list) in self.lists.iter().enumerate() {
            if self.is_gift[participant] && !list.is_empty() {
                return Some(format!("gift {participant} has a list"));
            }
            let mut next = 0;
            for want in list {
                let object = want.object as usize;
                if object >= count || object == participant {
                    return Some(format!("{participant} lists {object}"));
                }
                if std::mem::replace(&mut listed_by[object], participant) == participant {
                    return Some(format!("{participant} lists {object} twice"));
                }
                if want.tier != next && want.tier + 1 != next {
                    return Some(format!("the tiers of {participant} have a gap"));
                }
                next = want.tier + 1;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_a_rule_is_told() {
        let good = Market::of_tiers(&[vec![vec![1, 2]], vec![vec![2], vec![0]], vec![]]);
        assert_eq!(good.check(), None);
        assert!(good.has_ties());
        assert_eq!((good.standing(1, 0), good.standing(1, 1), good.standing(2, 0)), (Some(1), Some(2), None));
        let ranks = |market: &Market| [1, 2, 0].map(|object| market.rank(0, object));
        assert_eq!(ranks(&good), [Some(1), Some(1), Some(3)]);
        assert_eq!(
            ranks(&Market::of_tiers(&[vec![vec![2], vec![1]], vec![], vec![]])),
            [Some(2), Some(1), Some(3)]
        );
        assert_eq!(good.rank(1, 0), Some(2));
        assert_eq!(good.rank(2, 0), None);
        let broken = |change: &dyn Fn(&mut Market)| {
            let mut market = good.clone();
            change(&mut market);
            market.check().expect("a rule is broken")
        };
        assert!(broken(&|market| market.is_gift[0] = true).contains("has a list"));
        assert!(broken(&|market| market.lists[0][1].object = 1).contains("twice"));
        assert!(broken(&|market| market.lists[0][1].object = 0).contains("lists 0"));
        assert!(broken(&|market| market.lists[1][1].tier = 2).contains("gap"));
        assert!(broken(&|market| market.lists[1].swap(0, 1)).contains("gap"));
        assert!(broken(&|market| market.lists[0].iter_mut().for_each(|want| want.tier = 1)).contains("gap"));
        assert!(broken(&|market| market.order[0] = 1).contains("order"));
    }
}
