//! A part of a clearing that can still be chosen without giving anything up: obligations of which more or less may be cleared, and what their participants must be
//! released of by them altogether. How few of them do is a flow problem in which an obligation costs 1 as soon as anything of it is cleared.
//!
//! The relaxation lets an obligation cost as much of 1 as the share of it that is cleared, and is a minimum-cost flow: shortest
//! augmenting paths (Bellman and Ford), for parts that are small. Costs are whole numbers, a unit of an amount at [`SCALE`] divided by it, rounded down.

use crate::certify::fewest::{SCALE, of_leaf};

/// An obligation of a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Free {
    /// The nodes of its debtor and creditor.
    pub(super) ends: [u32; 2],
    pub(super) amount: i64,
    /// Whether it counts if it is touched; offers of credit do not.
    pub(super) counts: bool,
    /// Its number among all.
    pub(super) number: u32,
}

/// Obligations that hang together.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// Which participants its nodes are.
    pub(super) participants: Vec<u32>,
    pub(super) free: Vec<Free>,
    /// By node, by how much more its own obligations must be cleared than what it is owed.
    pub(super) needs: Vec<i64>,
}

/// A residual arc: along an obligation, or back along what is cleared of it.
type Step = (usize, bool);

/// What is decided of an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Open,
    Touched,
    Untouched,
}

/// An optimum of the relaxation, or why there is none.
pub(super) struct Relaxed {
    /// What is cleared of each; none if there is no way.
    pub(super) cleared: Option<Vec<i64>>,
    /// The potentials that prove it.
    pub(super) potentials: Vec<i64>,
}

impl Part {
    /// What a unit of an obligation costs.
    fn cost(&self, place: usize, choice: Choice) -> i64 {
        let free = &self.free[place];
        if choice == Choice::Open && free.counts { SCALE / free.amount } else { 0 }
    }

    /// How many obligations are touched at least, by a relaxation's potentials, beyond those that count already.
    pub(super) fn bound(&self, choices: &[Choice], potentials: &[i64]) -> u64 {
        let needs: Vec<i128> = self.needs.iter().map(|&need| i128::from(need)).collect();
        let lines = self.free.iter().zip(choices).map(|(free, &choice)| {
            let amount = if choice == Choice::Untouched { 0 } else { free.amount };
            (free.ends.map(|end| end as usize), amount, choice == Choice::Open && free.counts)
        });
        of_leaf(&needs, lines, potentials).unwrap_or(0)
    }

    /// How many obligations are touched.
    pub(super) fn touched(&self, cleared: &[i64]) -> u64 {
        let both = self.free.iter().zip(cleared);
        both.filter(|&(free, &cleared)| free.counts && cleared > 0).count() as u64
    }

    /// Solves the relaxation in which so much is decided.
    pub(super) fn relax(&self, choices: &[Choice]) -> Relaxed {
        let mut cleared = vec![0_i64; self.free.len()];
        let mut left = self.needs.clone();
        let most = |place: usize| match choices[place] {
            Choice::Untouched => 0,
            _ => self.free[place].amount,
        };
        let arcs: Vec<Step> =
            (0..self.free.len()).flat_map(|place| [(place, false), (place, true)]).collect();
        let nodes = left.len();
        loop {
            let begin = |node: usize| if left[node] > 0 { 0 } else { i64::MAX };
            let mut distance: Vec<i64> = (0..nodes).map(begin).collect();
            let mut by: Vec<Option<Step>> = vec![None; nodes];
            self.shorten(&arcs, (&cleared, &most), choices, (&mut distance, &mut by));
            let ends = (0..nodes).filter(|&node| left[node] < 0 && distance[node] < i64::MAX);
            let Some(mut at) = ends.min_by_key(|&node| distance[node]) else {
                if left.iter().all(|&left| left == 0) {
                    let mut distance = vec![0; nodes];
                    self.shorten(&arcs, (&cleared, &most), choices, (&mut distance, &mut by));
                    let potentials = distance.iter().map(|distance| -distance).collect();
                    return Relaxed { cleared: Some(cleared), potentials };
                }
                // Those who are reached must be released of more than can leave them: at such potentials that alone exceeds all counts.
                let high = SCALE * (self.free.len() as i64 + 1);
                let potentials =
                    distance.iter().map(|&distance| if distance < i64::MAX { high } else { 0 }).collect();
                return Relaxed { cleared: None, potentials };
            };
            let end = at;
            let mut path = Vec::new();
            while let Some((place, back)) = by[at] {
                path.push((place, back));
                at = self.free[place].ends[usize::from(back)] as usize;
            }
            let room = |&(place, back): &Step| {
                if back { cleared[place] } else { most(place) - cleared[place] }
            };
            let amount = path.iter().map(room).min().unwrap_or(0).min(left[at]).min(-left[end]);
            for (place, back) in path {
                cleared[place] += if back { -amount } else { amount };
            }
            left[at] -= amount;
            left[end] += amount;
        }
    }

    /// Shortens distances along residual arcs until none can be.
    fn shorten(
        &self,
        arcs: &[Step],
        (cleared, most): (&[i64], &dyn Fn(usize) -> i64),
        choices: &[Choice],
        (distance, by): (&mut [i64], &mut [Option<Step>]),
    ) {
        let mut is_shorter = true;
        while is_shorter {
            is_shorter = false;
            for &(place, back) in arcs {
                let has_room = if back { cleared[place] > 0 } else { cleared[place] < most(place) };
                let [from, to] =
                    [usize::from(back), usize::from(!back)].map(|end| self.free[place].ends[end] as usize);
                if !has_room || distance[from] == i64::MAX {
                    continue;
                }
                let cost = self.cost(place, choices[place]);
                let through = distance[from] + if back { -cost } else { cost };
                if through < distance[to] {
                    (distance[to], by[to]) = (through, Some((place, back)));
                    is_shorter = true;
                }
            }
        }
    }
}
