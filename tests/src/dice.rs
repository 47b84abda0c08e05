//! A random stream that is the same everywhere, for rounds made up in tests. A test prints its seed.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// The stream.
#[derive(Clone, Debug)]
pub struct Dice(Pcg64Mcg);

impl Dice {
    /// The stream that `seed` names.
    pub fn new(seed: u64) -> Self {
        let spread = u128::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        Dice(Pcg64Mcg::new(spread))
    }

    /// A number below `count`, which must not be 0. Uneven by less than one in 2^32.
    pub fn below(&mut self, count: usize) -> usize {
        (self.0.next_u64() % count as u64) as usize
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as usize) as i64
    }

    /// Yes in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}
