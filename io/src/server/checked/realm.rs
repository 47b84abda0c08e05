//! A whole realm with its two threads: what is answered is durable, seen and told, once and in order; nobody waits for a reader; what cannot be done is said.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;
use shuttle::future::block_on;
use shuttle::sync::atomic::{AtomicBool, Ordering};
use shuttle::thread;

use super::super::feed::Next;
use super::super::follower::FOLLOWER_QUEUE;
use super::super::host::Host;
use super::super::request::{Answered, Batch, Refusal};
use super::super::thread::{Health, Settings};
use super::disk::Disk;
use super::{in_many_orders, journaled, register, start};

/// Asks until it is taken or refused for good.
fn insist(host: &Host, ids: &[u128]) -> Result<Vec<Answered>, Refusal> {
    loop {
        match host.ask(ids.iter().map(|&id| register(id)).collect()) {
            Err(Refusal::Busy) => thread::yield_now(),
            Err(Refusal::Failing(_)) if !matches!(host.health(), Health::Broken(_) | Health::Stopped) => {
                thread::yield_now();
            }
            told => return told,
        }
    }
}

/// Whoever is answered sees what it did.
fn ask_and_look(host: &Host, ids: &[u128]) {
    let answers = insist(host, ids).expect("it is taken");
    assert!(answers.iter().all(|told| told.answer.is_done()));
    assert!(block_on(host.up_to_date()), "somebody follows");
    let last = answers.iter().map(|told| told.sequence).max().expect("there are answers");
    assert!(host.view().read().sequence() >= last, "what was answered can be seen");
}

/// Listens up to `last`; every command once and in order, and never before it can be seen.
fn listen(host: &Host, last: u64) {
    let mut reached = host.feed().reached();
    let mut next = Sequence(1);
    while next.0 <= last {
        match host.feed().next(next) {
            Next::Groups(groups) => {
                for group in groups {
                    assert!(host.view().reached().0 + 1 >= group.after(next).0, "what is told can be seen");
                    assert_eq!(group.moments(next).next().map(|moment| moment.sequence), Some(next));
                    next = group.after(next);
                }
            }
            Next::Missed(oldest) => {
                assert!(oldest > next, "what it wants is gone");
                next = oldest;
            }
            Next::Nothing => block_on(reached.changed()).expect("the feed is there"),
        }
    }
}

fn all(threads: Vec<thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().expect("all that it looked at was so");
    }
}

#[test]
fn what_many_ask_is_done_once_and_whoever_is_answered_sees_it() {
    in_many_orders(1500, || {
        let storage = Disk::new().storage();
        let host = Arc::new(start(&storage, Settings { queue: 2, room: 1, feed: 2, ..Settings::default() }));
        let ask = |ids: &'static [&'static [u128]]| {
            let host = Arc::clone(&host);
            thread::spawn(move || ids.iter().for_each(|ids| ask_and_look(&host, ids)))
        };
        // One of them is asked by both.
        let mut threads = vec![ask(&[&[1, 2], &[3]]), ask(&[&[11], &[3], &[12]])];
        let listening = Arc::clone(&host);
        threads.push(thread::spawn(move || listen(&listening, 5)));
        all(threads);
        host.stop();
        assert_eq!(host.health(), Health::Stopped);
        let (mut ids, last) = journaled(&storage);
        ids.sort_unstable();
        assert_eq!((ids, last), (vec![1, 2, 3, 11, 12], Sequence(5)));
        assert_eq!(host.view().reached(), last, "the view is whole");
        assert!(!block_on(host.view().at_least(Sequence(6))), "who waits for more is told that none comes");
    });
}

#[test]
fn a_full_queue_is_said_at_once_though_the_realm_does_nothing() {
    in_many_orders(500, || {
        let storage = Disk::new().storage();
        let host = start(&storage, Settings { queue: 1, ..Settings::default() });
        let [has_begun, is_over] = [const { AtomicBool::new(false) }; 2].map(Arc::new);
        let (begun, over) = (Arc::clone(&has_begun), Arc::clone(&is_over));
        let reply = Box::new(move |_| {
            begun.store(true, Ordering::SeqCst);
            while !over.load(Ordering::SeqCst) {
                thread::yield_now();
            }
        });
        host.submit(Batch::new(vec![register(1)], reply));
        while !has_begun.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        assert!(
            host.offer(Batch::new(vec![register(2)], Box::new(|told| drop(told.expect("it waits"))))).is_ok()
        );
        assert_eq!(host.ask(vec![register(3)]).expect_err("there is no room"), Refusal::Busy);
        is_over.store(true, Ordering::SeqCst);
        host.stop();
        assert_eq!(journaled(&storage).0, [1, 2], "what was refused was not sequenced");
    });
}

#[test]
fn what_is_asked_while_a_realm_stops_is_done_or_refused_and_always_answered() {
    in_many_orders(1500, || {
        let storage = Disk::new().storage();
        let host = Arc::new(start(&storage, Settings { queue: 1, ..Settings::default() }));
        let ask = |first: u128| {
            let host = Arc::clone(&host);
            thread::spawn(move || {
                (first..first + 3).filter(|&id| host.ask(vec![register(id)]).is_ok()).collect::<Vec<_>>()
            })
        };
        let asking = [ask(1), ask(11)];
        host.stop();
        let mut done: Vec<u128> =
            asking.into_iter().flat_map(|thread| thread.join().expect("each is answered")).collect();
        done.sort_unstable();
        let (mut ids, last) = journaled(&storage);
        ids.sort_unstable();
        assert_eq!(ids, done, "what was refused was not sequenced, and what was answered is durable");
        assert_eq!(host.view().reached(), last);
    });
}

#[test]
fn nobody_who_writes_waits_for_a_reader() {
    in_many_orders(40, || {
        let storage = Disk::new().storage();
        let host = Arc::new(start(&storage, Settings { feed: 1, ..Settings::default() }));
        let is_written = Arc::new(AtomicBool::new(false));
        let (looking, written) = (Arc::clone(&host), Arc::clone(&is_written));
        let reader = thread::spawn(move || {
            let realm = looking.view().read();
            let before = realm.sequence();
            while !written.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            assert_eq!(realm.sequence(), before, "what is read stands still");
        });
        let last = FOLLOWER_QUEUE as u128 + 4;
        for id in 1..=last {
            insist(&host, &[id]).expect("it is taken");
        }
        is_written.store(true, Ordering::SeqCst);
        assert!(block_on(host.up_to_date()), "what the follower had no time for it finds in the journal");
        assert_eq!(host.view().read().sequence(), Sequence(last as u64));
        reader.join().expect("it stood still");
        host.stop();
        assert_eq!(journaled(&storage).1, Sequence(last as u64));
    });
}

#[test]
fn a_disk_that_fails_for_a_time_loses_nothing_and_doubles_nothing() {
    in_many_orders(1000, || {
        let disk = Disk::new();
        let storage = disk.storage();
        let host = Arc::new(start(&storage, Settings { queue: 2, ..Settings::default() }));
        let ask = |first: u128| {
            let host = Arc::clone(&host);
            thread::spawn(move || (first..first + 2).for_each(|id| ask_and_look(&host, &[id])))
        };
        let mut threads = vec![ask(1), ask(11)];
        threads.push(thread::spawn(move || {
            disk.fail_syncs(true);
            thread::yield_now();
            disk.fail_syncs(false);
        }));
        all(threads);
        insist(&host, &[21]).expect("it is taken");
        host.stop();
        let (mut ids, last) = journaled(&storage);
        ids.sort_unstable();
        assert_eq!((ids, last), (vec![1, 2, 11, 12, 21], Sequence(5)));
        assert_eq!(host.view().reached(), last);
    });
}

#[test]
fn a_realm_that_nobody_can_follow_says_that_it_is_broken_whatever_else_fails() {
    in_many_orders(1000, || {
        let disk = Disk::new();
        let storage = disk.storage();
        let host = Arc::new(start(&storage, Settings { feed: 1, ..Settings::default() }));
        let looking = Arc::clone(&host);
        // So that the follower has to read what it had no time for, and cannot.
        let reading = host.view().read();
        for id in 1..=FOLLOWER_QUEUE as u128 + 3 {
            insist(&host, &[id]).expect("it is taken");
        }
        disk.fail_reads();
        drop(reading);
        let failing = thread::spawn(move || {
            disk.fail_syncs(true);
            let _ = looking.ask(vec![register(1001)]);
            disk.fail_syncs(false);
            let _ = looking.ask(vec![register(1002)]);
        });
        assert!(!block_on(host.up_to_date()), "who waits is told that nobody follows");
        failing.join().expect("each is answered");
        while host.ask(vec![register(1003)]).is_ok() {}
        assert!(matches!(host.health(), Health::Broken(_)), "{:?}", host.health());
        host.stop();
    });
}
