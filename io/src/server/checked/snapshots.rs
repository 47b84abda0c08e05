//! Snapshots beside a realm: each is made whole, one at a time, and whoever reads history while old ones are removed reads all of it.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;
use shuttle::thread;

use super::super::past;
use super::super::thread::Settings;
use super::disk::Disk;
use super::{in_many_orders, journaled, register, start};
use crate::journal::RealmId;
use crate::node::background::Background;
use crate::node::history::{History, digest};
use crate::node::{Node, Options};

#[test]
fn snapshots_are_whole_and_history_is_read_while_they_come_and_go() {
    in_many_orders(2000, || {
        let storage = Disk::new().storage();
        let host = Arc::new(start(&storage, Settings { snapshot_every: 1, ..Settings::default() }));
        let ask = |id| host.ask(vec![register(id)]).expect("it is taken");
        (1..=2).for_each(|id| drop(ask(id)));
        let reading = Arc::clone(&host);
        let reader = thread::spawn(move || {
            let mut told = Vec::new();
            let read = past::tell(&reading, Sequence(2), Sequence(2), |moment| {
                told.push(moment.sequence.0);
                true
            });
            read.expect("the journal can be read");
            assert_eq!(told, [2], "what was asked for, and nothing else");
        });
        (3..=5).for_each(|id| drop(ask(id)));
        reader.join().expect("it read all of it");
        host.stop();
        let from_snapshot = History::from_snapshot(Arc::clone(&storage), None).expect("there is a journal");
        assert_eq!(from_snapshot.passed(), [], "each snapshot is whole");
        assert!(from_snapshot.start().is_some(), "one was made");
        let (realm, _) = from_snapshot.run(None, |_| ()).expect("it is sound");
        assert_eq!(digest(&realm), digest(&host.view().read()));
        assert_eq!(journaled(&storage).0, [1, 2, 3, 4, 5]);
    });
}

#[test]
fn snapshots_do_not_come_in_each_others_way_and_each_is_told_of_once() {
    in_many_orders(1000, || {
        let storage = Disk::new().storage();
        let (mut node, _) =
            Node::open(&storage, RealmId([7; 16]), Options::default()).expect("the disk is well");
        let mut background = Background::new(&storage, 1, Sequence(0));
        let mut made = Vec::new();
        for id in 1..=4 {
            node.take(id, register(id.into())).expect("the disk is well");
            let position = node.commit(|_, _, _, _| ()).expect("the disk is well");
            made.extend(background.go_on(position));
            thread::yield_now();
        }
        made.extend(background.finish());
        let made: Vec<u64> = made
            .into_iter()
            .map(|made| made.expect("the disk is well").expect("there was none of it").0.sequence.0)
            .collect();
        assert!(made.first() == Some(&1) && made.is_sorted_by(|one, next| one < next), "{made:?}");
        let kept = History::from_snapshot(Arc::clone(&storage), None).expect("there is a journal").start();
        assert_eq!(
            kept.map(|position| position.sequence.0),
            made.last().copied(),
            "the last that was told of is there"
        );
    });
}
