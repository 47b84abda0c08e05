//! The feed: a listener sees every command once and in order, or is told exactly what it missed, and is woken by all that comes.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::reject::Answer;
use shuttle::future::block_on;
use shuttle::thread;

use super::super::feed::{Feed, Next, Told};
use super::{in_every_order, register};
use crate::node::Sequenced;

fn group(sequences: std::ops::RangeInclusive<u64>) -> Told {
    let mut told = Told::with_capacity(2);
    let mut commands = Vec::new();
    for sequence in sequences {
        told.mark();
        commands.push(Sequenced {
            sequence: Sequence(sequence),
            time: 0,
            envelope: register(sequence.into()),
        });
    }
    let answers = vec![Answer::DONE; commands.len()];
    told.fill(commands, answers);
    told
}

/// Listens up to `last`; how many commands it was told of, and how many it was told that it missed.
fn listen(feed: &Feed, last: u64) -> (u64, u64) {
    let (mut next, mut told, mut missed) = (Sequence(1), 0, 0);
    let mut reached = feed.reached();
    while next.0 <= last {
        match feed.next(next) {
            Next::Groups(groups) => {
                for group in groups {
                    for moment in group.moments(next) {
                        assert_eq!(moment.sequence, next, "no gap, and nothing twice");
                        next.0 += 1;
                        told += 1;
                    }
                    assert_eq!(group.after(next), next);
                }
            }
            Next::Missed(oldest) => {
                assert!(oldest > next, "what it wants is gone");
                missed += oldest.0 - next.0;
                next = oldest;
            }
            Next::Nothing => block_on(reached.changed()).expect("the feed is there"),
        }
    }
    (told, missed)
}

fn try_with(groups: &'static [(u64, u64)], room: usize, least: u64) {
    in_every_order(move || {
        let feed = Arc::new(Feed::new(Sequence(0), room));
        let telling = Arc::clone(&feed);
        let teller = thread::spawn(move || {
            for &(first, last) in groups {
                telling.push(group(first..=last));
            }
        });
        let last = groups.last().expect("there are some").1;
        let (told, missed) = listen(&feed, last);
        assert!(told + missed == last && told >= least, "{told} told, {missed} missed");
        teller.join().expect("it told everything");
        assert_eq!(*feed.reached().borrow(), Sequence(last));
    });
}

#[test]
fn who_listens_to_a_feed_that_is_long_enough_misses_nothing() {
    try_with(&[(1, 1), (2, 3)], 3, 3);
}

#[test]
fn who_listens_too_slowly_is_told_exactly_what_it_missed() {
    try_with(&[(1, 1), (2, 3)], 2, 2);
}
