//! Shuttle's types in the form of those that they stand for, and what Shuttle has not: bounded queues, values that are watched, and times.
//!
//! Time is not modelled but chosen: whoever waits with a time limit may be told at once that it is over, or not, so whatever depends on how long
//! something takes is tried both ways. What tasks await besides (tokio's channels) is tokio's own, whose steps are not interrupted.

#![expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "what is modelled has these signatures")]

pub(crate) mod channel;
pub(crate) mod watch;

use std::ops::Sub;
use std::sync::PoisonError;
use std::time::Duration;

use shuttle::rand::Rng;
use shuttle::sync::MutexGuard;
pub(crate) use shuttle::sync::{RwLockReadGuard, RwLockWriteGuard, atomic};

/// Lets the scheduler choose who goes on.
pub(crate) fn step() {
    shuttle::thread::sleep(Duration::ZERO);
}

/// Whether it is so, as the scheduler likes.
pub(crate) fn maybe() -> bool {
    shuttle::rand::thread_rng().r#gen()
}

/// A lock that nothing poisons.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(shuttle::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lock that nothing poisons. Who reads twice at a time is told so by a panic, since a writer may come between.
#[derive(Debug, Default)]
pub(crate) struct RwLock<T>(shuttle::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        RwLock(shuttle::sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Some time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant;

impl Instant {
    pub(crate) fn now() -> Self {
        Instant
    }

    /// None, or very long.
    pub(crate) fn elapsed(self) -> Duration {
        if maybe() { Duration::ZERO } else { Duration::from_hours(1) }
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, _: Instant) -> Duration {
        self.elapsed()
    }
}

/// Threads of which one can ask whether they have finished.
pub(crate) mod thread {
    use std::io;
    use std::sync::Arc;
    use std::time::Duration;

    pub(crate) use std::thread::panicking;

    use super::atomic::{AtomicBool, Ordering};

    #[derive(Debug)]
    pub(crate) struct JoinHandle<T> {
        thread: shuttle::thread::JoinHandle<T>,
        is_finished: Arc<AtomicBool>,
    }

    impl<T> JoinHandle<T> {
        pub(crate) fn is_finished(&self) -> bool {
            self.is_finished.load(Ordering::SeqCst)
        }

        pub(crate) fn join(self) -> std::thread::Result<T> {
            self.thread.join()
        }
    }

    pub(crate) struct Builder(shuttle::thread::Builder);

    impl Builder {
        pub(crate) fn new() -> Self {
            Builder(shuttle::thread::Builder::new())
        }

        pub(crate) fn name(self, name: String) -> Self {
            Builder(self.0.name(name))
        }

        pub(crate) fn spawn<T: Send + 'static>(
            self,
            work: impl FnOnce() -> T + Send + 'static,
        ) -> io::Result<JoinHandle<T>> {
            let is_finished = Arc::new(AtomicBool::new(false));
            let finished = Arc::clone(&is_finished);
            let thread = self.0.spawn(move || {
                let done = work();
                finished.store(true, Ordering::SeqCst);
                done
            })?;
            Ok(JoinHandle { thread, is_finished })
        }
    }

    pub(crate) fn spawn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        Builder::new().spawn(work).expect("the model has threads")
    }

    pub(crate) fn sleep(_: Duration) {
        shuttle::thread::yield_now();
    }
}

/// Tasks.
pub(crate) mod task {
    pub(crate) use shuttle::future::spawn;
}

/// Time limits that never pass, but sleep that ends.
pub(crate) mod time {
    use std::future::Future;
    use std::ops::Add;
    use std::time::Duration;

    pub(crate) use tokio::time::MissedTickBehavior;
    use tokio::time::error::Elapsed;

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Instant;

    impl Instant {
        pub(crate) fn now() -> Self {
            Instant
        }
    }

    impl Add<Duration> for Instant {
        type Output = Instant;

        fn add(self, _: Duration) -> Instant {
            self
        }
    }

    pub(crate) async fn timeout<F: Future>(_: Duration, future: F) -> Result<F::Output, Elapsed> {
        Ok(future.await)
    }

    pub(crate) async fn sleep(_: Duration) {
        shuttle::future::yield_now().await;
    }

    pub(crate) async fn sleep_until(_: Instant) {
        shuttle::future::yield_now().await;
    }

    pub(crate) struct Interval;

    pub(crate) fn interval_at(_: Instant, _: Duration) -> Interval {
        Interval
    }

    impl Interval {
        pub(crate) fn set_missed_tick_behavior(&mut self, _: MissedTickBehavior) {}

        pub(crate) async fn tick(&mut self) -> Instant {
            std::future::pending().await
        }
    }
}
