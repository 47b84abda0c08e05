//! Any bytes that are a small round: it is cleared for what it asks and for most items of most users, and
//! each outcome passes the check, proven or bounded, and says the same on two threads.

#![no_main]

use bartizan_engine::{Objective, Round, verify};
use bartizan_io::clear::{Settings, clear};
use bartizan_io::format;
use bartizan_solver::coupled::Effort;
use libfuzzer_sys::fuzz_target;

/// Larger rounds are left to the tests: here it is the number of different ones that counts.
const MOST_ITEMS: usize = 60;
const MOST_WANTS: usize = 400;

fuzz_target!(|text: &[u8]| {
    let Ok(mut reading) = (format::detect(text).read)(text) else { return };
    let round = &mut reading.round;
    if round.items.len() > MOST_ITEMS || round.wants.item.len() > MOST_WANTS {
        return;
    }
    clears(round);
    round.objectives = vec![Objective::Items, Objective::Users];
    clears(round);
});

fn clears(round: &Round<'_>) {
    let settings = |threads| Settings { threads, effort: Effort { arcs: 200_000 }, ring_steps: 10_000 };
    // Costs too large to weigh against each other are refused.
    let Ok(cleared) = clear(round, &settings(1), &mut |_| ()) else { return };
    assert_eq!(verify(round, &cleared.outcome), Ok(()));
    cleared.outcome.rings(round);
    let again = clear(round, &settings(2), &mut |_| ()).expect("what could be weighed once can be again");
    assert_eq!(cleared.outcome, again.outcome);
}
