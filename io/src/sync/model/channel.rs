//! A bounded queue as crossbeam's: whoever receives is one; it may be told that its time is over whenever nothing waits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use crossbeam::channel::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use shuttle::sync::Condvar;

use super::{Mutex, maybe};

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    room: usize,
    senders: usize,
    is_received: bool,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
pub(crate) struct Sender<T>(Arc<Shared<T>>);

#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

pub(crate) fn bounded<T>(room: usize) -> (Sender<T>, Receiver<T>) {
    assert!(room > 0, "nothing here meets without a queue");
    let state = State { waiting: VecDeque::new(), room, senders: 1, is_received: true };
    let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

impl<T> Sender<T> {
    pub(crate) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut state = self.0.state.lock();
        if !state.is_received {
            return Err(TrySendError::Disconnected(message));
        }
        if state.waiting.len() >= state.room {
            return Err(TrySendError::Full(message));
        }
        state.waiting.push_back(message);
        drop(state);
        self.0.changed.notify_all();
        Ok(())
    }

    pub(crate) fn send(&self, mut message: T) -> Result<(), SendError<T>> {
        loop {
            message = match self.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(message)) => return Err(SendError(message)),
                Err(TrySendError::Full(message)) => message,
            };
            let state = self.0.state.lock();
            if state.is_received && state.waiting.len() >= state.room {
                drop(self.0.changed.wait(state));
            }
        }
    }
}

impl<T> Sender<T> {
    pub(crate) fn len(&self) -> usize {
        self.0.state.lock().waiting.len()
    }

    pub(crate) fn capacity(&self) -> Option<usize> {
        Some(self.0.state.lock().room)
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.state.lock().senders += 1;
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.state.lock().senders -= 1;
        self.0.changed.notify_all();
    }
}

impl<T> Receiver<T> {
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let mut state = self.0.state.lock();
        let taken = state.waiting.pop_front();
        let senders = state.senders;
        drop(state);
        match taken {
            Some(message) => {
                self.0.changed.notify_all();
                Ok(message)
            }
            None if senders == 0 => Err(TryRecvError::Disconnected),
            None => Err(TryRecvError::Empty),
        }
    }

    pub(crate) fn recv(&self) -> Result<T, RecvError> {
        loop {
            match self.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvError),
                Err(TryRecvError::Empty) => {}
            }
            let state = self.0.state.lock();
            if state.waiting.is_empty() && state.senders > 0 {
                drop(self.0.changed.wait(state));
            }
        }
    }

    /// Never waits for ever: a time that passes is what some wait for.
    pub(crate) fn recv_timeout(&self, _: Duration) -> Result<T, RecvTimeoutError> {
        loop {
            match self.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) if maybe() => return Err(RecvTimeoutError::Timeout),
                Err(TryRecvError::Empty) => shuttle::thread::yield_now(),
            }
        }
    }

    pub(crate) fn try_iter(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.try_recv().ok())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.is_received = false;
        // Who waits for an answer to what is dropped here may be told so, and needs no lock held.
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.0.changed.notify_all();
        drop(waiting);
    }
}
