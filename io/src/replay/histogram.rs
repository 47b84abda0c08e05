//! How long things took, to within 3 percent, in a table of fixed size: 32 steps between powers of two.

/// Counts of durations in nanoseconds.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    largest: u64,
}

const STEPS: u64 = 32;

/// Of fewer durations beyond it, a quantile says little more than the longest does.
pub const BEYOND: u64 = 5;

impl Default for Histogram {
    fn default() -> Self {
        Histogram { counts: vec![0; (STEPS * 60) as usize], total: 0, largest: 0 }
    }
}

impl Histogram {
    /// Counts one duration.
    #[inline]
    pub fn add(&mut self, nanoseconds: u64) {
        let place = place(nanoseconds).min(self.counts.len() - 1);
        self.counts[place] += 1;
        self.total += 1;
        self.largest = self.largest.max(nanoseconds);
    }

    /// The least duration that `share` (from 0 to 1) of all are at or below.
    pub fn at(&self, share: f64) -> u64 {
        let wanted = ((self.total as f64 * share).ceil() as u64).max(1);
        let mut seen = 0;
        for (place, &count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return lowest(place as u64 + 1).saturating_sub(1).min(self.largest);
            }
        }
        self.largest
    }

    /// As [`Self::at`], if enough were counted to tell: at least [`BEYOND`] beyond it.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let beyond = self.total as f64 * (1.0 - share);
        // What 1 - 0.999 lacks in floating point must not cost the thousandth.
        (beyond + 1e-6 >= BEYOND as f64).then(|| self.at(share))
    }

    /// The longest of all.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }
}

/// The place of a duration in the table.
#[inline]
fn place(nanoseconds: u64) -> usize {
    if nanoseconds < STEPS {
        return nanoseconds as usize;
    }
    let power = u64::from(nanoseconds.ilog2()) - u64::from(STEPS.ilog2());
    (power * STEPS + (nanoseconds >> power)) as usize
}

/// The least duration of a place.
fn lowest(place: u64) -> u64 {
    if place < STEPS {
        return place;
    }
    let power = place / STEPS - 1;
    (STEPS + place % STEPS) << power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_their_least_durations_agree() {
        let samples = (0..4000).chain((12..50).map(|power| (1u64 << power) + 12345));
        for value in samples {
            let found = place(value) as u64;
            assert!(lowest(found) <= value && value < lowest(found + 1), "{value}");
        }
    }

    #[test]
    fn a_quantile_is_told_of_a_sample_that_supports_it() {
        for (count, share, is_told) in [
            (9, 0.5, false),
            (10, 0.5, true),
            (49, 0.9, false),
            (50, 0.9, true),
            (499, 0.99, false),
            (500, 0.99, true),
            (4_999, 0.999, false),
            (5_000, 0.999, true),
        ] {
            let mut histogram = Histogram::default();
            (0..count).for_each(|value| histogram.add(value));
            assert_eq!(histogram.quantile(share).is_some(), is_told, "{share} of {count}");
        }
    }

    #[test]
    fn percentiles_are_within_their_steps() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|value| histogram.add(value));
        let near = |share, exact: f64| (histogram.at(share) as f64 / exact - 1.0).abs() < 0.04;
        assert!(near(0.5, 500.0) && near(0.99, 990.0));
        assert_eq!((histogram.at(1.0), histogram.largest(), histogram.total()), (1000, 1000, 1000));
    }
}
