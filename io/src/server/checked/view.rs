//! The view: who waits for a command sees it when it is woken, and whoever waits for what never comes is told so in the end.

use std::sync::Arc;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;
use shuttle::future::block_on;
use shuttle::thread;

use super::super::view::View;
use super::{in_every_order, register};

/// Waits for `sequence` while somebody follows up to 1 and ends; whether it came.
fn wait_for(sequence: u64) -> bool {
    let view = Arc::new(View::new(Realm::new()));
    let following = Arc::clone(&view);
    let follower = thread::spawn(move || {
        following.write().apply(Sequence(1), 1, &register(1), &mut Events::default());
        following.publish();
        following.end();
    });
    let came = block_on(view.at_least(Sequence(sequence)));
    assert_eq!(view.read().sequence(), Sequence(1), "all there is can be seen, whether or not it came");
    follower.join().expect("it followed to the end");
    came
}

#[test]
fn what_is_waited_for_can_be_seen_when_it_comes() {
    in_every_order(|| assert!(wait_for(1)));
}

#[test]
fn who_waits_for_what_never_comes_is_told() {
    in_every_order(|| assert!(!wait_for(2)));
}
