//! What threads and tasks of the server share and wait by, each under one name.
//!
//! Ordinarily these are the types themselves, so they cost nothing. In the checks of concurrency (`cargo test -p bartizan-io --lib --features shuttle checked`)
//! they are those of `model`, which hand every choice of who goes on, and of whether a time has passed, to a scheduler that tries many: so what is checked is
//! what runs. What is shared by other means than these is not interrupted there; `server::checked` says what that is.

#[cfg(not(all(test, feature = "shuttle")))]
mod ordinary {
    pub(crate) use std::sync::atomic;
    pub(crate) use std::thread;
    pub(crate) use std::time::Instant;

    pub(crate) use crossbeam::channel;
    pub(crate) use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
    pub(crate) use tokio::sync::watch;
    pub(crate) use tokio::{task, time};
}

#[cfg(all(test, feature = "shuttle"))]
mod model;

#[cfg(all(test, feature = "shuttle"))]
pub(crate) use model::*;
#[cfg(not(all(test, feature = "shuttle")))]
pub(crate) use ordinary::*;
