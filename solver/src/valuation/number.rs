//! Logarithm, exponential and random numbers that are the same to the last bit on every machine.
//!
//! A platform's own `ln` and `exp` may differ in the last bit; those of `libm` are plain arithmetic, which IEEE 754
//! fixes. Sums run in the order of the input, on one thread. So a valuation is a function of its input alone.

/// The natural logarithm.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// The natural logarithm of 1 + `x`, exact where `x` is little.
#[inline]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// e to the power of `x`.
#[inline]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// 1 / (1 + e^-x): the share of a comparison that something worth e^x times the other wins.
#[inline]
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + exp(-x))
    } else {
        let power = exp(x);
        power / (1.0 + power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_exponential_are_fixed_to_the_last_bit() {
        assert_eq!(ln(10.0).to_bits(), 0x4002_6bb1_bbb5_5516);
        assert_eq!(exp(1.0).to_bits(), 0x4005_bf0a_8b14_576a);
        assert!((logistic(-800.0), logistic(800.0)) == (0.0, 1.0));
    }
}
