//! Small clearings made by hand, for the tests of every output.

use bartizan_engine::{Item, ItemIndex, ItemKind, Level, Objective, Outcome, Round, User, UserIndex, Wants};
use bartizan_solver::certify::Certificate;

use crate::format::Reading;
use crate::report::Clearing;

/// A round and an outcome for it.
pub(super) struct Sample {
    pub(super) reading: Reading<'static>,
    pub(super) outcome: Outcome,
}

impl Sample {
    /// The view that outputs take.
    pub(super) fn clearing(&self) -> Clearing<'_> {
        Clearing::new(&self.reading, &self.outcome)
    }

    /// Nobody and nothing.
    pub(super) fn empty() -> Self {
        let round = Round { wants: Wants { first: vec![0], ..Wants::default() }, ..Round::default() };
        let outcome = Outcome { takes: Vec::new(), levels: Vec::new(), certificate: Certificate::default() };
        Sample { reading: Reading { round, ..Reading::default() }, outcome }
    }

    /// Five users and an item of nobody's: a ring of four with a bid in it, a ring of two through a
    /// dummy, and two items that stay. Costs are linear in the rank.
    pub(super) fn fair() -> Self {
        let users = ["ann b", "bob", "cy", "dée", "eve"];
        let good = ItemKind::Good;
        let items = [
            ("a1", Some(0), good, "Alpha <i>& Omega</i>", &["d1"][..]),
            ("b1", Some(1), good, "", &["a1", "c1"]),
            ("%x", Some(2), ItemKind::Dummy, "", &["e1"]),
            ("c1", Some(2), good, "", &["$40"]),
            ("d1", Some(3), good, "Δέλτα", &["a1", "c1"]),
            ("$40", Some(1), ItemKind::Bid(40), "", &["a1"]),
            ("c2", Some(2), good, "", &["a4", "%x"]),
            ("e1", Some(4), good, "", &["c2"]),
            ("a4", None, good, "", &[]),
        ];
        let at = |name: &str| ItemIndex(items.iter().position(|item| item.0 == name).unwrap() as u32);
        let mut wants = Wants { first: vec![0], ..Wants::default() };
        for (.., kind, _, list) in items {
            for (place, wanted) in list.iter().enumerate() {
                wants.item.push(at(wanted));
                wants.cost.push(if kind == ItemKind::Dummy { 0 } else { place as i64 + 1 });
                wants.price.push(if wanted.starts_with('$') { 30 } else { 0 });
            }
            wants.first.push(wants.item.len() as u32);
        }
        let takes = ["d1", "b1", "e1", "$40", "c1", "a1", "%x", "c2", "a4"].map(at).to_vec();
        let round = Round {
            users: users.iter().map(|&name| User { name: name.into(), limit: None }).collect(),
            items: items
                .iter()
                .map(|&(name, user, kind, title, _)| Item {
                    name: name.into(),
                    user: user.map(UserIndex),
                    kind,
                    title: title.into(),
                })
                .collect(),
            wants,
            objectives: vec![Objective::Items, Objective::Users],
            nontrade_cost: 1_000_000_000,
            seed: 1,
            money_decimals: 0,
        };
        assert_eq!(round.check(), None);
        let levels = vec![
            Level { objective: Objective::Items, value: 6, bound: 6 },
            Level { objective: Objective::Users, value: 5, bound: 6 },
        ];
        let reading = Reading {
            round,
            format: "trademaximizer",
            notices: vec!["**** Unknown item ZZ (1 occurrence)".into()],
            missing: vec!["E9".into()],
            options: vec!["LINEAR-PRIORITIES".into(), "ALLOW-DUMMIES".into()],
            ..Reading::default()
        };
        Sample { reading, outcome: Outcome { takes, levels, certificate: Certificate::default() } }
    }

    /// The same, with hundredths for the unit of money.
    pub(super) fn fair_in_cents() -> Self {
        let mut sample = Sample::fair();
        sample.reading.round.money_decimals = 2;
        sample
    }

    /// Rings of the given sizes, each item with a user of its own; every name is `name(index)`.
    pub(super) fn rings(sizes: &[usize], name: impl Fn(usize) -> String) -> Self {
        let mut sample = Sample::empty();
        let round = &mut sample.reading.round;
        for &size in sizes {
            let start = round.items.len();
            for member in 0..size {
                let index = start + member;
                let receives = ItemIndex((start + (member + 1) % size) as u32);
                round.users.push(User { name: name(index).into(), limit: None });
                round.items.push(Item {
                    name: name(index).into(),
                    user: Some(UserIndex(index as u32)),
                    kind: ItemKind::Good,
                    title: "".into(),
                });
                round.wants.item.push(receives);
                round.wants.first.push(index as u32 + 1);
                sample.outcome.takes.push(receives);
            }
        }
        assert_eq!(round.check(), None);
        let traded = round.items.len() as i64;
        sample.outcome.levels = vec![Level { objective: Objective::Items, value: traded, bound: traded }];
        sample
    }
}
