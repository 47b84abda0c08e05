//! Who has a session: one connection at a time.
//!
//! A connection that is gone and does not know it yet, since nothing was sent that could be missed, does not keep its client out: whoever logs on to its session has it tested, and takes its seat unless
//! something is heard from it soon.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

/// How long somebody who has a seat may take to answer, in nanoseconds.
pub(super) const ANSWER: u64 = 3_000_000_000;

/// How long somebody waits for a seat that is taken.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often he looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A seat: how often others asked for it, and up to which of them whoever has it was heard from.
#[derive(Debug, Default)]
pub(super) struct Seat {
    asked: AtomicU64,
    answered: AtomicU64,
}

impl Seat {
    /// Whether somebody asks for it who was not answered.
    pub(super) fn is_asked_for(&self) -> bool {
        self.asked.load(Ordering::Acquire) > self.answered.load(Ordering::Acquire)
    }

    /// Answers all who have asked: it is taken.
    pub(super) fn answer(&self) {
        self.answered.store(self.asked.load(Ordering::Acquire), Ordering::Release);
    }
}

/// The seats that are taken.
#[derive(Debug, Default)]
pub(super) struct Seats(Mutex<BTreeMap<PathBuf, Arc<Seat>>>);

/// A seat, as long as it is held.
#[derive(Debug)]
pub(super) struct Held<'a> {
    seats: &'a Seats,
    path: PathBuf,
    pub(super) seat: Arc<Seat>,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.seats.0.lock().remove(&self.path);
    }
}

impl Seats {
    /// Takes the seat of the session that is kept at `path`; none if whoever has it answers, or does not leave in time.
    pub(super) async fn take(&self, path: PathBuf) -> Option<Held<'_>> {
        self.take_within(path, PATIENCE).await
    }

    async fn take_within(&self, path: PathBuf, patience: Duration) -> Option<Held<'_>> {
        let began = Instant::now();
        let mut asked: Option<(Arc<Seat>, u64)> = None;
        loop {
            let taken = {
                let mut seats = self.0.lock();
                let Some(seat) = seats.get(&path) else {
                    let seat = Arc::new(Seat::default());
                    seats.insert(path.clone(), Arc::clone(&seat));
                    drop(seats);
                    return Some(Held { seats: self, path, seat });
                };
                Arc::clone(seat)
            };
            let number = match &asked {
                Some((seat, number)) if Arc::ptr_eq(seat, &taken) => *number,
                _ => taken.asked.fetch_add(1, Ordering::AcqRel) + 1,
            };
            if taken.answered.load(Ordering::Acquire) >= number || began.elapsed() > patience {
                return None;
            }
            asked = Some((taken, number));
            sleep(LOOK_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_had_by_one_and_given_to_the_next_unless_the_one_before_answers() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let seats = Seats::default();
            let take = |name: &str| seats.take_within(PathBuf::from(name), Duration::from_millis(500));
            let first = take("a").await.unwrap();
            assert!(take("b").await.is_some(), "another is free");
            assert!(!first.seat.is_asked_for());
            let answering = async {
                sleep(Duration::from_millis(50)).await;
                assert!(first.seat.is_asked_for());
                first.seat.answer();
            };
            let (second, ()) = tokio::join!(take("a"), answering);
            assert!(second.is_none() && !first.seat.is_asked_for());
            let leaving = async {
                sleep(Duration::from_millis(50)).await;
                drop(first);
            };
            let (second, ()) = tokio::join!(take("a"), leaving);
            let second = second.unwrap();
            assert!(take("a").await.is_none(), "who says nothing keeps it as long as it is held");
            drop(second);
            assert!(take("a").await.is_some());
        });
    }
}
