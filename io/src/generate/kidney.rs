//! Made-up kidney exchange pools by the three published models, written as `PrefLib`'s new `.wmd`.
//!
//! - `saidman`: Saidman, Roth, Sönmez, Ünver and Delmonico 2006, "Increasing the opportunity of live kidney donation by matching for two-
//!   and three-way exchanges": blood types, wives of their donors and sensitisation as in the United States; pairs that fit by
//!   themselves stay out.
//! - `sparse`: the same with the shares of the UNOS pool of 2013, as Dickerson's generators have it: nearly all patients
//!   are hard to match.
//! - `heterogeneous`: Ashlagi, Jaillet and Manshadi 2013, "Kidney exchange in dynamic sparse heterogeneous pools": half of the patients take
//!   every second kidney, the others one on average of the whole pool.
//!
//! Whether a donor fits a patient is drawn for each two of them. The same seed gives the same pool on every
//! machine: draws are compared as integers.

use std::io::{self, Write};

use super::dice::Dice;

/// How pools are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KidneyModel {
    /// Saidman and others 2006.
    Saidman,
    /// Ashlagi and others 2013.
    Heterogeneous,
    /// Saidman's with the shares of UNOS in 2013.
    Sparse,
}

/// A pool to be made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KidneyPool {
    /// How it is drawn.
    pub model: KidneyModel,
    /// How many pairs.
    pub pairs: u32,
    /// How many altruists.
    pub altruists: u32,
    /// The same seed gives the same pool.
    pub seed: u64,
}

/// Draws are out of so many.
const WHOLE: usize = 1_000_000_000;

/// Shares of a population, in hundred-thousandths; the rest of blood types is AB, of sensitisation high.
struct Shares {
    patient_blood: [usize; 3],
    donor_blood: [usize; 3],
    sensitised: [usize; 2],
    /// How often a blood-compatible kidney does not fit, for low, medium and high sensitisation.
    misfits: [usize; 3],
}

const SAIDMAN: Shares = Shares {
    patient_blood: [48_140, 33_730, 14_280],
    donor_blood: [48_140, 33_730, 14_280],
    sensitised: [70_190, 20_000],
    misfits: [5_000, 45_000, 90_000],
};

const SPARSE: Shares = Shares {
    patient_blood: [65_100, 20_000, 12_400],
    // As published, the three make a little more than the whole: nobody has AB.
    donor_blood: [34_500, 45_900, 19_600],
    sensitised: [21_600, 16_000],
    misfits: [50_000, 80_000, 98_000],
};

const FEMALE: usize = 40_900;
const SPOUSE: usize = 48_970;
/// How much of what fits otherwise fits a donor's wife.
const WIFE_FITS: usize = 75_000;
const UNIT: usize = 100_000;

/// Blood types as sets of antigens, so that one can give to whoever has all of its own.
const O: u8 = 0;
const A: u8 = 1;
const B: u8 = 2;
const AB: u8 = 3;

#[derive(Clone, Copy)]
struct Node {
    patient: u8,
    donor: u8,
    /// How often a kidney does not fit, of [`WHOLE`].
    misfits: usize,
}

impl KidneyPool {
    /// Draws the pool and writes it.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut dice = Dice::new(self.seed);
        let nodes = self.nodes(&mut dice);
        let pairs = self.pairs as usize;
        let mut arcs: Vec<(u32, u32)> = Vec::new();
        for (giver, from) in nodes.iter().enumerate() {
            for (receiver, to) in nodes[..pairs].iter().enumerate() {
                if giver != receiver && from.donor & !to.patient == 0 && dice.below(WHOLE) >= to.misfits {
                    arcs.push((giver as u32 + 1, receiver as u32 + 1));
                }
            }
        }
        let name = match self.model {
            KidneyModel::Saidman => "saidman",
            KidneyModel::Heterogeneous => "heterogeneous",
            KidneyModel::Sparse => "sparse",
        };
        writeln!(
            out,
            "# TITLE: made up, {name}, {pairs} pairs, {} altruists, seed {}",
            self.altruists, self.seed
        )?;
        writeln!(
            out,
            "# DATA TYPE: wmd\n# NUMBER ALTERNATIVES: {}\n# NUMBER EDGES: {}",
            nodes.len(),
            arcs.len()
        )?;
        for node in 1..=nodes.len() {
            let kind = if node <= pairs { "Pair" } else { "Altruist" };
            writeln!(out, "# ALTERNATIVE NAME {node}: {kind} {node}")?;
        }
        arcs.iter().try_for_each(|(giver, receiver)| writeln!(out, "{giver},{receiver},1"))
    }

    /// Pairs, then altruists.
    fn nodes(&self, dice: &mut Dice) -> Vec<Node> {
        let shares = match self.model {
            KidneyModel::Saidman => SAIDMAN,
            KidneyModel::Sparse => SPARSE,
            KidneyModel::Heterogeneous => return self.heterogeneous_nodes(),
        };
        let mut nodes = Vec::new();
        while nodes.len() < self.pairs as usize {
            let patient = blood(shares.patient_blood, dice);
            let donor = blood(shares.donor_blood, dice);
            let is_wife = dice.below(UNIT) < FEMALE && dice.below(UNIT) < SPOUSE;
            let draw = dice.below(UNIT);
            let [low, medium] = shares.sensitised;
            let level = usize::from(draw >= low) + usize::from(draw >= low + medium);
            let mut misfits = shares.misfits[level] * (WHOLE / UNIT);
            if is_wife {
                misfits = WHOLE - (WHOLE - misfits) / UNIT * WIFE_FITS;
            }
            let fits_by_itself = donor & !patient == 0 && dice.below(WHOLE) >= misfits;
            if !fits_by_itself {
                nodes.push(Node { patient, donor, misfits });
            }
        }
        let altruist = |_| Node { patient: O, donor: blood(shares.donor_blood, dice), misfits: WHOLE };
        nodes.extend((0..self.altruists).map(altruist));
        nodes
    }

    fn heterogeneous_nodes(&self) -> Vec<Node> {
        let easy = self.pairs.div_ceil(2);
        let hard = WHOLE - WHOLE / self.pairs.max(1) as usize;
        let node = |node| Node { patient: O, donor: O, misfits: if node < easy { WHOLE / 2 } else { hard } };
        (0..self.pairs + self.altruists).map(node).collect()
    }
}

fn blood(shares: [usize; 3], dice: &mut Dice) -> u8 {
    let mut draw = dice.below(UNIT);
    for (share, blood) in shares.into_iter().zip([O, A, B]) {
        match draw.checked_sub(share) {
            None => return blood,
            Some(rest) => draw = rest,
        }
    }
    AB
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arcs for each two nodes, and the share of them to receivers in the first half.
    fn density(model: KidneyModel) -> (f64, f64) {
        let mut text = Vec::new();
        KidneyPool { model, pairs: 400, altruists: 20, seed: 3 }.write(&mut text).unwrap();
        let format = crate::pool::detect(&text).unwrap();
        let reading = (format.read)(&text, None).unwrap();
        assert_eq!((format.name, reading.pair_count(), reading.names.len()), ("wmd", 400, 420));
        let first = reading.arcs.iter().filter(|arc| arc.head < 200).count();
        (reading.arcs.len() as f64 / (420.0 * 400.0), first as f64 / reading.arcs.len() as f64)
    }

    #[test]
    fn pools_are_as_dense_as_published_ones() {
        // Of generated/: saidman_256_0_1 0.25, sparse_512_25_1 0.05, hetero_512_0_1 0.25.
        let (saidman, _) = density(KidneyModel::Saidman);
        assert!((0.2..0.3).contains(&saidman), "{saidman}");
        let (sparse, _) = density(KidneyModel::Sparse);
        assert!((0.03..0.08).contains(&sparse), "{sparse}");
        let (heterogeneous, to_easy) = density(KidneyModel::Heterogeneous);
        assert!((0.23..0.27).contains(&heterogeneous) && to_easy > 0.98, "{heterogeneous} {to_easy}");
    }

    #[test]
    fn a_seed_gives_one_pool() {
        let write = |seed| {
            let mut text = Vec::new();
            KidneyPool { model: KidneyModel::Saidman, pairs: 30, altruists: 2, seed }
                .write(&mut text)
                .unwrap();
            text
        };
        assert_eq!(write(1), write(1));
        assert_ne!(write(1), write(2));
    }
}
