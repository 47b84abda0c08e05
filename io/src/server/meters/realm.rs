//! What is counted of a realm. Its thread counts what it does; what can be read off is set when somebody asks.

use std::sync::OnceLock;
use std::time::Duration;

use bartizan_engine::reject::{Answer, Reject};
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, exponential_buckets,
};

use super::super::request::{Answered, Refusal};
use super::register::register;

/// What is counted of a realm.
#[derive(Debug)]
pub struct RealmMeters {
    applied: IntCounter,
    repeated: IntCounter,
    rejected: IntCounterVec,
    /// Of each reject that was told, by its number.
    by_number: Box<[OnceLock<IntCounter>]>,
    refused: IntCounterVec,
    sequence: IntGauge,
    commit: Histogram,
    apply: Histogram,
    group: Histogram,
    read: Read,
}

/// What is read off when somebody asks.
#[derive(Debug)]
struct Read {
    durable: IntGauge,
    visible: IntGauge,
    waiting: IntGauge,
    room: IntGauge,
    up: IntGauge,
    journal: IntGauge,
    snapshot: IntGauge,
    age: Gauge,
}

/// What can be read off a realm.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Readings {
    /// The last command that is durable and answered.
    pub durable: u64,
    /// The last that readers see.
    pub visible: u64,
    /// Batches that wait.
    pub waiting: usize,
    /// How many may.
    pub room: usize,
    /// Whether it takes commands.
    pub is_up: bool,
    /// Bytes of the journal.
    pub journal_bytes: u64,
    /// The newest snapshot's place in the log; 0, if there is none.
    pub snapshot: u64,
    /// How old that is.
    pub snapshot_age: Option<Duration>,
}

/// One more than the greatest number of a reject.
const REJECTS: usize = 2048;

impl RealmMeters {
    /// Those of the realm of a name.
    pub(in crate::server) fn new(name: &str) -> Self {
        let opts = |metric: &str, help: &str| Opts::new(metric, help).const_label("realm", name);
        let counter = |metric, help| IntCounter::with_opts(opts(metric, help)).expect("its name is sound");
        let gauge = |metric, help| IntGauge::with_opts(opts(metric, help)).expect("its name is sound");
        let by = |metric, help, label| {
            IntCounterVec::new(opts(metric, help), &[label]).expect("its names are sound")
        };
        let histogram = |metric, help, (start, factor, count)| {
            let buckets = exponential_buckets(start, factor, count).expect("they rise");
            let opts = HistogramOpts { common_opts: opts(metric, help), buckets };
            Histogram::with_opts(opts).expect("its name is sound")
        };
        let age =
            opts("bartizan_snapshot_age_seconds", "How old the newest snapshot is; -1 if there is none.");
        RealmMeters {
            applied: counter("bartizan_commands_applied_total", "Commands that were carried out."),
            repeated: counter(
                "bartizan_commands_repeated_total",
                "Commands that had been sent before, and were answered as then.",
            ),
            rejected: by(
                "bartizan_commands_rejected_total",
                "Commands that the realm rejected, by the reject's name.",
                "reject",
            ),
            by_number: (0..REJECTS).map(|_| OnceLock::new()).collect(),
            refused: by(
                "bartizan_commands_refused_total",
                "Commands that were not taken and may be sent again: busy (the queue was full), failing (the journal could not be written), void (what was sent before was not taken), stopping.",
                "reason",
            ),
            sequence: gauge("bartizan_sequence", "The last command that was given a place in the log."),
            commit: histogram(
                "bartizan_commit_seconds",
                "How long a group of commands took to be written and synced.",
                (0.000_062_5, 2.0, 17),
            ),
            apply: histogram(
                "bartizan_apply_seconds",
                "How long a group of commands, once durable, took to be applied.",
                (0.000_001, 4.0, 12),
            ),
            group: histogram(
                "bartizan_group_commands",
                "Commands that were made durable together.",
                (1.0, 2.0, 15),
            ),
            read: Read {
                durable: gauge("bartizan_durable_sequence", "The last command that is durable and answered."),
                visible: gauge("bartizan_visible_sequence", "The last command that readers see."),
                waiting: gauge(
                    "bartizan_queue_batches",
                    "Batches of commands that wait for the realm's thread.",
                ),
                room: gauge(
                    "bartizan_queue_room_batches",
                    "Batches that may wait; more are refused as busy.",
                ),
                up: gauge("bartizan_realm_up", "1 if the realm takes commands, else 0."),
                journal: gauge("bartizan_journal_bytes", "Bytes of the journal's segments."),
                snapshot: gauge(
                    "bartizan_snapshot_sequence",
                    "The last command in the newest snapshot; 0 if there is none.",
                ),
                age: Gauge::with_opts(age).expect("its name is sound"),
            },
        }
    }

    /// Commands up to here have their places in the log.
    pub(in crate::server) fn sequenced(&self, sequence: u64) {
        self.sequence.set(sequence as i64);
    }

    /// A group of so many commands was made durable, and applied, in these times.
    pub(in crate::server) fn committed(&self, commands: usize, durable: Duration, applied: Duration) {
        self.group.observe(commands as f64);
        self.commit.observe(durable.as_secs_f64());
        self.apply.observe(applied.as_secs_f64());
    }

    /// These were answered.
    pub(in crate::server) fn answered(&self, answers: &[Answered]) {
        let (mut applied, mut repeated) = (0, 0);
        for told in answers {
            if told.is_repeated {
                repeated += 1;
            } else if told.answer.is_done() {
                applied += 1;
            } else {
                self.reject(told.answer);
            }
        }
        self.applied.inc_by(applied);
        self.repeated.inc_by(repeated);
    }

    fn reject(&self, answer: Answer) {
        let Some(counter) = self.by_number.get(usize::from(answer.0)) else { return };
        let name = || answer.reject().map_or_else(|| answer.0.to_string(), Reject::name);
        counter.get_or_init(|| self.rejected.with_label_values(&[name()])).inc();
    }

    /// So many commands were not taken; why.
    pub(in crate::server) fn refused(&self, refusal: &Refusal, commands: usize) {
        let reason = match refusal {
            Refusal::Busy => "busy",
            Refusal::Failing(_) => "failing",
            Refusal::Void => "void",
            Refusal::Stopping => "stopping",
        };
        self.refused.with_label_values(&[reason]).inc_by(commands as u64);
    }

    /// What was read off just now.
    pub(in crate::server) fn read(&self, now: &Readings) {
        let Read { durable, visible, waiting, room, up, journal, snapshot, age } = &self.read;
        durable.set(now.durable as i64);
        visible.set(now.visible as i64);
        waiting.set(now.waiting as i64);
        room.set(now.room as i64);
        up.set(now.is_up.into());
        journal.set(now.journal_bytes as i64);
        snapshot.set(now.snapshot as i64);
        age.set(now.snapshot_age.map_or(-1.0, |age| age.as_secs_f64()));
    }

    pub(super) fn register(&self, registry: &Registry) {
        let Read { durable, visible, waiting, room, up, journal, snapshot, age } = &self.read;
        for counter in [&self.applied, &self.repeated] {
            register(registry, counter);
        }
        for counters in [&self.rejected, &self.refused] {
            register(registry, counters);
        }
        for histogram in [&self.commit, &self.apply, &self.group] {
            register(registry, histogram);
        }
        for gauge in [&self.sequence, durable, visible, waiting, room, up, journal, snapshot] {
            register(registry, gauge);
        }
        register(registry, age);
    }
}
