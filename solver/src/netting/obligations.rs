//! The problem of netting, and what answers it: columns of obligations, levels of weights, a clearing with its potentials.

/// Obligations between participants, who are numbered from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obligations {
    /// How many participants there are.
    pub participants: usize,
    /// Who owes.
    pub debtor: Vec<u32>,
    /// Who is owed.
    pub creditor: Vec<u32>,
    /// How much, from 0 to [`MAX_AMOUNT`].
    pub amount: Vec<i64>,
}

/// What clearing a unit of each obligation is worth, or, below 0, costs; within [`MAX_WEIGHT`].
pub type Weights = Vec<i32>;

/// The largest amount of one obligation.
pub const MAX_AMOUNT: i64 = 1 << 50;

/// The largest weight, of either sign.
pub const MAX_WEIGHT: i32 = 1 << 16;

/// The most obligations.
pub const MAX_OBLIGATIONS: usize = 1 << 27;

/// The most participants.
pub const MAX_PARTICIPANTS: usize = 1 << 22;

/// What is cleared of each obligation, and why nothing is better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// By obligation.
    pub cleared: Vec<i64>,
    /// By level and participant; they prove that nothing is better.
    pub potentials: Vec<Vec<i64>>,
}

impl Obligations {
    /// Adds one; returns its number.
    pub fn push(&mut self, debtor: u32, creditor: u32, amount: i64) -> usize {
        self.debtor.push(debtor);
        self.creditor.push(creditor);
        self.amount.push(amount);
        self.debtor.len() - 1
    }

    /// What clearing a unit of an obligation brings once potentials are counted in.
    pub(super) fn gain(&self, weights: &Weights, potentials: &[i64], obligation: usize) -> i64 {
        let [debtor, creditor] =
            [self.debtor[obligation], self.creditor[obligation]].map(|node| potentials[node as usize]);
        i64::from(weights[obligation]) + debtor - creditor
    }

    /// That all is of one shape and in range.
    pub(super) fn check(&self, levels: &[Weights]) {
        let count = self.debtor.len();
        assert!(self.creditor.len() == count && self.amount.len() == count, "each obligation has all fields");
        assert!(!levels.is_empty() && levels.iter().all(|weights| weights.len() == count), "and its weights");
        assert!(
            count <= MAX_OBLIGATIONS && self.participants <= MAX_PARTICIPANTS,
            "no more than can be numbered"
        );
        let known = |&node: &u32| (node as usize) < self.participants;
        assert!(self.debtor.iter().chain(&self.creditor).all(known), "participants are numbered from 0");
        assert!(self.amount.iter().all(|amount| (0..=MAX_AMOUNT).contains(amount)), "amounts are in range");
        let mut weights = levels.iter().flatten();
        assert!(weights.all(|weight| (-MAX_WEIGHT..=MAX_WEIGHT).contains(weight)), "weights are in range");
    }
}

/// The participants with any of `free`, those with most first.
pub(super) fn by_degree(obligations: &Obligations, free: &[u32]) -> Vec<u32> {
    let mut degree = vec![0_u32; obligations.participants];
    for &number in free {
        degree[obligations.debtor[number as usize] as usize] += 1;
        degree[obligations.creditor[number as usize] as usize] += 1;
    }
    let nodes = (0..).zip(&degree).filter(|&(_, &degree)| degree > 0);
    let mut order: Vec<(std::cmp::Reverse<u32>, u32)> =
        nodes.map(|(node, &degree)| (std::cmp::Reverse(degree), node)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, node)| node).collect()
}
