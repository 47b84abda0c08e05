//! Scenarios taken into a journal: the bytes and answers are those of a node alone, however its stages overlap.

use bartizan_tests::realm_log::SMALL;
use bartizan_tests::taking::{Work, alone, in_turns, on_threads};

use crate::scenarios;

#[test]
fn a_pipeline_journals_and_tells_what_a_node_alone_does() {
    let mut taken = 0;
    for (seed, scenario) in (0..).zip(scenarios()) {
        let Some(log) = &scenario.log else { continue };
        for group in [1, 3, 8_192] {
            let work = Work { commands: log, group, journal: SMALL };
            let expected = alone(work);
            assert!(in_turns(work, seed) == expected, "{}", scenario.path.display());
            assert!(on_threads(work) == expected, "{}", scenario.path.display());
        }
        taken += log.len();
    }
    assert!(taken > 1_000, "only {taken} commands were taken");
}
