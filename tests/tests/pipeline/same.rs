//! A node whose stages overlap is the node alone, only sooner: the same journal to the byte, the same answers in the same order, whatever is repeated, out of
//! order or of nobody, wherever groups end, and whichever stage is first.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bartizan_engine::event::Events;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::{Answer, Reject};
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{Options, Storage};
use bartizan_io::node::pipeline::{self, Teller};
use bartizan_io::node::{self, Node, Sequenced};
use bartizan_tests::lives::live;
use bartizan_tests::realm_log::{REALM, SMALL};
use bartizan_tests::taking::{Listing, What, Work, alone, commands, in_turns, on_threads};

#[test]
fn it_tells_and_journals_what_a_node_alone_does() {
    let (mut known, mut journalled, mut refused) = (0, 0, [0; 5]);
    let told = std::cell::RefCell::new((&mut known, &mut journalled, &mut refused));
    live("PIPELINE", 200, |seed| {
        let list = commands(seed, 150 + seed as usize % 100);
        let group = [1, 2, 3, 7, 16, 64][seed as usize % 6];
        let work = Work { commands: &list, group, journal: SMALL };
        let expected = alone(work);
        assert!(in_turns(work, seed) == expected, "in turns, groups of {group}");
        assert!(on_threads(work) == expected, "on threads, groups of {group}");
        let mut told = told.borrow_mut();
        for (_, what) in &expected.told.0 {
            match what {
                What::Journalled(..) => *told.1 += 1,
                What::Known(Identity::Refused(reject)) => told.2[usize::from(reject.number())] += 1,
                What::Known(_) => *told.0 += 1,
            }
        }
    });
    // Each of these takes another way through what is known of ids.
    for reject in [Reject::IdMissing, Reject::IdReused, Reject::UnknownActor] {
        assert!(refused[usize::from(reject.number())] > 0, "nothing was refused as {reject:?}");
    }
    assert!(known > 100 && journalled > 10_000, "{known} repeated, {journalled} journalled");
}

/// A long list in groups that go round many times, in segments of the usual length.
#[test]
fn it_does_so_for_thousands_of_commands() {
    let list = commands(3, 20_000);
    let work = Work { commands: &list, group: 256, journal: Options::default() };
    let expected = alone(work);
    assert!(on_threads(work) == expected);
    assert!(in_turns(work, 3) == expected);
}

/// Whether something panics at the answer to its third command, or cannot be told from there on.
struct Failing {
    told: u64,
    panics: bool,
}

impl Teller for Failing {
    fn tell(&mut self, number: u64, _: &Sequenced, _: Answer, _: &Events) {
        self.told += 1;
        assert!(!self.panics || number < 3, "the third");
    }

    fn end(&mut self) -> bool {
        self.told < 3
    }
}

fn node() -> Node {
    let storage: Arc<dyn Storage> = Arc::new(SimStorage::new(1, Faults::default()));
    Node::open(&storage, REALM, node::Options { journal: SMALL }).expect("the disk works").0
}

/// A broken invariant ends the node, and nobody waits for a stage that is gone.
#[test]
fn a_stage_that_panics_ends_all_of_it() {
    let list = commands(8, 22);
    for is_asked in [false, true] {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            pipeline::run(node(), Failing { told: 0, panics: true }, |all| {
                for round in 0..1_000 {
                    for (number, (time, envelope)) in (1..).zip(&list) {
                        let mut envelope = envelope.clone();
                        envelope.id = CommandId((1 << 100) + round * 100 + u128::from(number));
                        all.take(number, *time, envelope, None).expect("a group has room");
                        all.commit().expect("the disk works");
                    }
                    if is_asked {
                        all.settle().expect("the disk works");
                    }
                }
            })
        }));
        assert!(ran.is_err(), "it went on");
    }
}

#[test]
fn what_cannot_be_told_is_known_to_who_sends() {
    let list = commands(8, 22);
    let (_, failing, sent) = pipeline::run(node(), Failing { told: 0, panics: false }, |all| {
        for (number, (time, envelope)) in (1..).zip(&list) {
            all.take(number, *time, envelope.clone(), None).expect("a group has room");
            all.commit().expect("the disk works");
            if !all.is_told() {
                return number;
            }
        }
        all.settle().expect("the disk works");
        assert!(!all.is_told(), "all is told by now, or not");
        list.len() as u64
    });
    assert_eq!(failing.told, sent, "what was sent is done all the same");
}

/// A disk that fails at any of its operations: what was told is what a node alone tells first, and the rest was not.
#[test]
fn nothing_is_told_after_the_disk_failed() {
    let list = commands(5, 120);
    let expected = alone(Work { commands: &list, group: 4, journal: SMALL }).told;
    for crash in 3..60 {
        let disk = SimStorage::new(crash, Faults::default());
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let (node, _) = Node::open(&storage, REALM, node::Options { journal: SMALL }).expect("it works yet");
        disk.set_faults(Faults { crash_at: Some(disk.operations() + crash), ..Faults::default() });
        let (mut node, told, failed) = pipeline::run(node, Listing::default(), |all| {
            for (number, (time, envelope)) in (1..).zip(&list) {
                let mut identity = all.identify(envelope);
                if identity.is_none() {
                    all.commit()?;
                    identity = all.identify(envelope);
                }
                let identity = identity.expect("nothing waits");
                if identity != Identity::New {
                    all.settle()?.1.0.push((number, What::Known(identity)));
                    continue;
                }
                if all.waiting() == 4 {
                    all.commit()?;
                }
                all.take(number, *time, envelope.clone(), None)?;
            }
            all.commit()?;
            all.rest()
        });
        let error = failed.expect_err("the disk has crashed").to_string();
        assert!(error.contains("cannot"), "the cause is told, not that it has stopped: {error}");
        assert!(expected.0.starts_with(&told.0), "operation {crash}: something else was told");
        let last = told.0.iter().filter(|(_, what)| matches!(what, What::Journalled(..))).count() as u64;
        assert_eq!(node.realm().sequence().0, last, "what was applied was told");
        assert!(node.commit(|_, _, _, _| ()).is_err() && node.rest().is_err(), "it goes on no more");
    }
}
