//! Made-up rounds of bundles: what people would swap for more than one thing, or for less.
//!
//! A participant has one to six items, each worth a log-normal amount about 20 with a deviation of the logarithm of 0.7; one in eight is there in several units.
//! It offers one to four exchanges: half of them any one of up to two of its items for any one of others', a quarter any two of up to three for one thing that is
//! worth about as much as both, where it has so many, a quarter one of its items for any two of cheaper ones. What is wanted is drawn as often as a weight from Pareto(1.6) says, from what is worth
//! 0.6 to 1.5 times as much as what is given. With money, what is worth less comes with a payment of up to a fifth of its worth, either way, and half of
//! the participants have a spending limit. One participant in eight has a cap on what it gives, one in eight refuses another, one in six with several exchanges wants
//! at most one of them carried out.
//!
//! Nobody has published figures of such rounds that this could follow: the shares are made up too. They are for trying things on.
//!
//! Cost: O(participants) time and memory.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::dice::{Alias, Dice};

/// The most participants, so that their exchanges can be read.
pub const MOST_PARTICIPANTS: usize = 1 << 14;
/// How many things are looked at for one term of what is wanted, and how many of them it lists at most.
const LOOKED_AT: usize = 60;
const LISTED: usize = 8;
/// The least and the most that what is wanted is worth of what is given, in hundredths.
const WORTH: (u64, u64) = (60, 150);

/// A round to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundleRound {
    /// Number of participants: at least 2.
    pub participants: usize,
    /// Whether there are payments.
    pub money: bool,
    /// Chooses among the rounds of this shape.
    pub seed: u64,
}

/// What there is.
struct Items {
    /// Whose each is, its worth in hundredths, and its units.
    owner: Vec<usize>,
    worth: Vec<u64>,
    units: Vec<usize>,
    /// Each participant's first, and where the last one's end.
    first: Vec<usize>,
    popularity: Alias,
}

impl Items {
    fn draw(participants: usize, dice: &mut Dice) -> Self {
        let (mut owner, mut first) = (Vec::new(), vec![0]);
        for participant in 0..participants {
            owner.resize(owner.len() + 1 + dice.below(6), participant);
            first.push(owner.len());
        }
        let worth = owner.iter().map(|_| (100.0 * dice.log_normal(20.0, 0.7)).max(1.0) as u64).collect();
        let units = owner.iter().map(|_| if dice.below(8) == 0 { 2 + dice.below(3) } else { 1 }).collect();
        let weights: Vec<f64> = owner.iter().map(|_| dice.pareto(1.6)).collect();
        Items { owner, worth, units, first, popularity: Alias::new(&weights) }
    }

    fn name(&self, item: usize) -> String {
        format!("p{}-{}", self.owner[item] + 1, item - self.first[self.owner[item]] + 1)
    }

    fn of(&self, items: &[usize]) -> Vec<String> {
        items.iter().map(|&item| self.name(item)).collect()
    }

    /// Some of a participant's own items, each once.
    fn own(&self, participant: usize, most: usize, dice: &mut Dice) -> Vec<usize> {
        let mut own: Vec<u32> =
            (self.first[participant] as u32..self.first[participant + 1] as u32).collect();
        dice.shuffle(&mut own);
        own.truncate(most);
        own.into_iter().map(|item| item as usize).collect()
    }

    /// Things of others that are worth about so much, each once.
    fn worth_about(&self, worth: u64, participant: usize, dice: &mut Dice) -> Vec<usize> {
        let mut listed: Vec<usize> = Vec::new();
        for _ in 0..LOOKED_AT {
            let item = self.popularity.draw(dice).expect("there are items");
            let share = 100 * self.worth[item] / worth.max(1);
            let fits = (WORTH.0..=WORTH.1).contains(&share) && self.owner[item] != participant;
            if fits && !listed.contains(&item) {
                listed.push(item);
            }
            if listed.len() == LISTED {
                break;
            }
        }
        listed
    }
}

impl BundleRound {
    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<String> {
        let fits = (2..=MOST_PARTICIPANTS).contains(&self.participants);
        (!fits).then(|| format!("from 2 to {MOST_PARTICIPANTS}"))
    }

    /// Writes the round as JSON that `bartizan clear` reads. The same plan gives the same bytes on any machine.
    ///
    /// # Errors
    /// Those of `out`, and [`io::ErrorKind::InvalidInput`] if there is a [`BundleRound::fault`].
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(fault) = self.fault() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
        }
        let mut dice = Dice::new(self.seed);
        let items = Items::draw(self.participants, &mut dice);
        let (mut exchanges, mut limits) = (Vec::new(), Vec::new());
        for participant in 0..self.participants {
            let before = exchanges.len();
            for number in 1..=1 + dice.below(4) {
                exchanges.extend(self.exchange(&items, participant, number, &mut dice));
            }
            let own: Vec<&Value> = exchanges[before..].iter().map(|own: &Value| &own["name"]).collect();
            if own.len() > 1 && dice.below(6) == 0 {
                limits.push(json!({"exchanges": own, "most": 1}));
            }
        }
        let users = (0..self.participants).map(|participant| self.user(participant, &mut dice));
        let users: Vec<Value> = users.collect();
        let goods = (0..items.owner.len()).map(|item| {
            let mut good = json!({"name": items.name(item), "user": user_name(items.owner[item])});
            if items.units[item] > 1 {
                good["units"] = json!(items.units[item]);
            }
            good
        });
        let goods: Vec<Value> = goods.collect();
        write!(out, "{{\"format\": \"bartizan-round\", \"version\": 1, \"money_decimals\": 2")?;
        write!(out, ", \"objectives\": [\"items\", \"users\"]")?;
        for (name, rows) in [("users", users), ("items", goods), ("exchanges", exchanges), ("limits", limits)]
        {
            let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
            write!(out, ",\n\"{name}\": [\n{}]", rows.join(",\n"))?;
        }
        writeln!(out, "}}")
    }

    fn user(&self, participant: usize, dice: &mut Dice) -> Value {
        let mut user = json!({"name": user_name(participant)});
        if self.money && dice.below(2) == 0 {
            user["limit"] = json!(500 + dice.below(3_000));
        }
        if dice.below(8) == 0 {
            user["gives_most"] = json!(1 + dice.below(4));
        }
        if dice.below(8) == 0 {
            let other = (participant + 1 + dice.below(self.participants - 1)) % self.participants;
            user["refuses"] = json!([user_name(other)]);
        }
        user
    }

    /// An exchange, unless nothing of what was looked at is worth as much as what it would give.
    fn exchange(&self, items: &Items, participant: usize, number: usize, dice: &mut Dice) -> Option<Value> {
        let kind = dice.below(4);
        let given = items.own(participant, [2, 2, 3, 1][kind], dice);
        let is_pair = kind == 2 && given.len() > 1;
        let mean = given.iter().map(|&item| items.worth[item]).sum::<u64>() / given.len() as u64;
        let (any, worth, wanted) = match (is_pair, kind) {
            (true, _) => (2, 2 * mean, 1),
            (false, 3) => (1, mean / 2, 2),
            (false, _) => (1, mean, 1),
        };
        let listed = items.worth_about(worth, participant, dice);
        if listed.len() < wanted {
            return None;
        }
        let mut exchange = json!({
            "name": format!("p{}-e{number}", participant + 1),
            "user": user_name(participant),
            "gives": [{"any": any, "of": items.of(&given)}],
            "wants": [{"any": wanted, "of": items.of(&listed)}],
        });
        if self.money {
            let most = (worth * wanted as u64 / 5) as i64;
            exchange["pays"] = json!({"least": -most, "most": most});
        }
        Some(exchange)
    }
}

fn user_name(participant: usize) -> String {
    format!("p{}", participant + 1)
}

#[cfg(test)]
mod tests {
    use bartizan_solver::budget::Budget;
    use bartizan_solver::bundle::solve;

    use super::*;
    use crate::format::json::read_bundles;

    fn text(plan: BundleRound) -> Vec<u8> {
        let mut text = Vec::new();
        plan.write(&mut text).expect("memory takes everything");
        text
    }

    #[test]
    fn what_is_made_up_is_a_round_of_bundles_in_which_some_trade() {
        for money in [false, true] {
            for seed in 1..6 {
                let text = text(BundleRound { participants: 25, money, seed });
                let round = read_bundles(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                let round = round.expect("a round of bundles");
                assert_eq!(round.users.len(), 25);
                let pairs = round.problem.exchanges.iter().filter(|own| own.gives[0].count == 2).count();
                assert!(pairs > 0, "seed {seed}: two of some for one of others");
                let found = solve(&round.problem, Budget::new(2_000_000_000), &mut |_, _, _| ());
                assert!(!found.carried.is_empty(), "seed {seed}, money {money}");
            }
        }
    }

    #[test]
    fn the_same_plan_gives_the_same_bytes() {
        let plan = BundleRound { participants: 40, money: true, seed: 3 };
        assert_eq!(text(plan), text(plan));
        assert_ne!(text(plan), text(BundleRound { seed: 4, ..plan }));
    }

    #[test]
    fn what_cannot_be_made_up_is_refused() {
        for participants in [0, 1, MOST_PARTICIPANTS + 1] {
            let plan = BundleRound { participants, money: false, seed: 1 };
            assert!(plan.write(&mut Vec::new()).is_err(), "{participants}");
        }
    }
}
