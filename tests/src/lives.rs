//! Lives by seed: a simulation is lived for thousands of seeds on every run, for as many as one says, or for the one that failed.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bartizan_io::journal::sim::{End, Faults};

use crate::dice::Dice;

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

/// What goes wrong in one run of a life, whose disk has done so many operations: now and then a write, a sync or the room on the disk, and mostly a crash soon.
pub fn faults(dice: &mut Dice, operations: u64) -> Faults {
    let mut faults = Faults::default();
    match dice.below(5) {
        0 => faults.write_per_mille = 60,
        1 => faults.sync_per_mille = 60,
        2 => faults.capacity = Some(4_096 * (1 + dice.below(24) as u64)),
        _ => {}
    }
    if dice.below(3) > 0 {
        faults.crash_at = Some(operations + 1 + dice.below(70) as u64);
    }
    faults
}

/// How a run ends.
pub fn end(dice: &mut Dice) -> End {
    if dice.below(2) == 0 { End::PowerCut } else { End::ProcessDeath }
}
