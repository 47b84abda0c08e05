//! Lives by seed: a simulation is lived for thousands of seeds on every run, for as many as one says, or for the one that failed.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}: expected a number")))
}

/// Lives `life` for the seeds from 0 to `count`; `BARTIZAN_{what}_SEEDS` says how many instead, `BARTIZAN_{what}_SEED` which one alone.
///
/// # Panics
/// As `life` does, after saying by which seed.
pub fn live(what: &str, count: u64, life: impl Fn(u64)) {
    let seeds = match number(&format!("BARTIZAN_{what}_SEED")) {
        Some(seed) => seed..seed + 1,
        None => 0..number(&format!("BARTIZAN_{what}_SEEDS")).unwrap_or(count),
    };
    for seed in seeds {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| life(seed))) {
            eprintln!("seed {seed} fails; BARTIZAN_{what}_SEED={seed} before the same command replays it");
            resume_unwind(panic);
        }
    }
}
