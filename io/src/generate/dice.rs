//! Random draws that are the same on every machine.
//!
//! The stream is PCG XSL RR 128/64, fixed by its paper (O'Neill 2014, HMC-CS-2014-0905). What is
//! made of it is integer arithmetic, or floats that are only added, multiplied and divided: IEEE 754
//! fixes those to the last bit, whereas `exp` and `ln` of a platform's library may differ; logarithms are those of `libm`.

use rand_pcg::{Pcg64, rand_core::Rng as _};

/// A die with as many faces as each throw asks for.
pub(super) struct Dice(Pcg64);

impl Dice {
    /// The die of `seed`.
    pub(super) fn new(seed: u64) -> Self {
        Self(Pcg64::new(u128::from(seed), 0))
    }

    /// A number below `bound`, which is not 0. Off uniform by less than `bound` / 2^64.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        debug_assert!(bound > 0);
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// True `percent` times in a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// Nearly a standard normal: twelve 16-bit uniforms less their mean. It never passes 6, and its
    /// tail is thin beyond 3.
    pub(super) fn normal(&mut self) -> f64 {
        let quarters = |word: u64| (0..4).map(move |quarter| (word >> (16 * quarter)) & 0xffff);
        let sum: u64 = (0..3).flat_map(|_| quarters(self.0.next_u64())).sum();
        (sum as f64 - 6.0 * 65_535.0) / 65_536.0
    }

    /// A number between 0 and 1, which it never is.
    fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A standard normal with all of its tail: the polar method (Marsaglia and Bray 1964).
    pub(super) fn gauss(&mut self) -> f64 {
        loop {
            let [x, y] = [0; 2].map(|_| 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * libm::log(square) / square).sqrt();
            }
        }
    }

    /// A number from 1 on that exceeds x with the chance x^-`exponent`.
    pub(super) fn pareto(&mut self, exponent: f64) -> f64 {
        exp(-libm::log(self.unit()) / exponent)
    }

    /// A log-normal number of this mean, whose logarithm has the standard deviation `spread`.
    pub(super) fn log_normal(&mut self, mean: f64, spread: f64) -> f64 {
        mean * exp(spread * self.normal() - spread * spread / 2.0)
    }

    /// Puts `items` in random order.
    pub(super) fn shuffle(&mut self, items: &mut [u32]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

/// e^x for |x| < 100 to about ten digits: the first terms of the series at x / 1024, squared ten times.
pub(super) fn exp(x: f64) -> f64 {
    let step = x / 1024.0;
    let mut power = 1.0 + step * (1.0 + step * (0.5 + step * (1.0 / 6.0 + step / 24.0)));
    for _ in 0..10 {
        power *= power;
    }
    power
}

/// Draws an index as often as its weight asks, in constant time: the alias method (Walker 1977), built
/// in linear time as Vose (1991) does.
pub(super) struct Alias {
    /// The index kept if the throw falls below `keep`, else `other`; both of the same length.
    keep: Vec<u32>,
    other: Vec<u32>,
}

impl Alias {
    /// The table of `weights`, each positive.
    pub(super) fn new(weights: &[f64]) -> Self {
        let count = weights.len();
        let mean = weights.iter().sum::<f64>() / count as f64;
        let mut share: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let (mut poor, mut rich): (Vec<u32>, Vec<u32>) =
            (0..count as u32).partition(|&index| share[index as usize] < 1.0);
        let mut table = Self { keep: vec![u32::MAX; count], other: (0..count as u32).collect() };
        while let (Some(&donor), Some(index)) = (rich.last(), poor.pop()) {
            table.keep[index as usize] = (share[index as usize] * f64::from(u32::MAX)) as u32;
            table.other[index as usize] = donor;
            share[donor as usize] -= 1.0 - share[index as usize];
            if share[donor as usize] < 1.0 {
                rich.pop();
                poor.push(donor);
            }
        }
        table
    }

    /// An index, or `None` of an empty table.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<usize> {
        let word = dice.0.next_u64();
        let index = (((word >> 32) * self.keep.len() as u64) >> 32) as usize;
        let keep = *self.keep.get(index)?;
        Some(if word as u32 <= keep { index } else { self.other[index] as usize })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // PCG's own reference program prints these for pcg64 seeded with 42 and stream 54.
        let mut dice = Dice(Pcg64::new(42, 54));
        assert_eq!(dice.0.next_u64(), 0x86b1_da1d_7206_2b68);
        assert_eq!(dice.0.next_u64(), 0x1304_aa46_c985_3d39);
    }

    #[test]
    fn normal_has_mean_0_and_deviation_1() {
        let mut dice = Dice::new(7);
        let draws: Vec<f64> = (0..100_000).map(|_| dice.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let square = draws.iter().map(|draw| draw * draw).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.02 && (square - 1.0).abs() < 0.02, "{mean} {square}");
    }

    #[test]
    fn exp_is_exp() {
        for tenth in -80..80 {
            let x = f64::from(tenth) / 10.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn gauss_has_the_normal_tail_and_pareto_its_own() {
        let mut dice = Dice::new(7);
        let share = |count: usize| count as f64 / 1e6;
        let draws: Vec<f64> = (0..1_000_000).map(|_| dice.gauss()).collect();
        for (beyond, chance) in [(0.0, 0.5), (1.0, 0.158_655), (2.0, 0.022_750), (4.0, 0.000_032)] {
            let found = share(draws.iter().filter(|&&draw| draw > beyond).count());
            assert!((found - chance).abs() < 4.0 * (chance / 1e6_f64).sqrt(), "{beyond}: {found}");
        }
        let draws: Vec<f64> = (0..1_000_000).map(|_| dice.pareto(1.3)).collect();
        for beyond in [1.0, 2.0, 10.0, 100.0, 1_000.0] {
            let chance = f64::powf(beyond, -1.3);
            let found = share(draws.iter().filter(|&&draw| draw > beyond).count());
            assert!((found - chance).abs() < 4.0 * (chance / 1e6_f64).sqrt(), "{beyond}: {found}");
        }
    }

    #[test]
    fn alias_draws_by_weight() {
        let weights = [1.0, 10.0, 0.5, 4.0, 4.5];
        let (table, mut dice) = (Alias::new(&weights), Dice::new(1));
        let mut drawn = [0_u32; 5];
        for _ in 0..200_000 {
            drawn[table.draw(&mut dice).unwrap()] += 1;
        }
        for (weight, drawn) in weights.iter().zip(drawn) {
            assert!((f64::from(drawn) / 10_000.0 - weight).abs() < 0.15, "{weight} {drawn}");
        }
    }

    #[test]
    fn an_empty_table_draws_nothing() {
        assert_eq!(Alias::new(&[]).draw(&mut Dice::new(1)), None);
    }
}
