//! What an engine must do to be measured, and the two ways to drive it: against the clock, and counting what it trades.
//!
//! Commands are translated to what the engine takes outside the timing, [`PIECE`] at a time, so that the engine
//! finds them in the cache, as it would behind a queue, and no memory traffic of ours is counted as its own.

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::workload::Workload;

/// Commands translated and then timed together. Reading the clock twice is then well under a tenth of a nanosecond a
/// command.
const PIECE: usize = 1024;

/// An order book under measurement.
pub(crate) trait Engine {
    /// What it takes.
    type Command;

    /// Appends what step `number` of a workload is to this engine: one command, or several where it has none such.
    fn translate(&self, workload: &Workload, number: usize, commands: &mut Vec<Self::Command>);

    /// Carries commands out, and lets go of what it answers.
    fn run(&mut self, commands: &[Self::Command]);

    /// Carries commands out, and adds up what they trade.
    ///
    /// # Panics
    /// If one is refused: no workload asks for what cannot be done.
    fn traded(&mut self, commands: &[Self::Command]) -> u64;
}

/// Translates steps piece by piece, and hands on each.
pub(crate) fn pieces<E: Engine>(
    engine: &mut E,
    workload: &Workload,
    steps: Range<usize>,
    mut run: impl FnMut(&mut E, &[E::Command]),
) {
    let mut commands = Vec::with_capacity(2 * PIECE);
    for start in steps.clone().step_by(PIECE) {
        commands.clear();
        for number in start..(start + PIECE).min(steps.end) {
            engine.translate(workload, number, &mut commands);
        }
        run(engine, black_box(&commands));
    }
}

/// The time that the steps after the warm-up take.
pub(crate) fn time<E: Engine>(mut engine: E, workload: &Workload) -> Duration {
    pieces(&mut engine, workload, workload.warm_up(), Engine::run);
    let mut taken = Duration::ZERO;
    pieces(&mut engine, workload, workload.timed(), |engine, commands| {
        let started = Instant::now();
        engine.run(commands);
        taken += started.elapsed();
    });
    taken
}

/// What all steps trade.
pub(crate) fn traded<E: Engine>(mut engine: E, workload: &Workload) -> u64 {
    let mut sum = 0;
    for part in [workload.warm_up(), workload.timed()] {
        pieces(&mut engine, workload, part, |engine, commands| sum += engine.traded(commands));
    }
    sum
}
