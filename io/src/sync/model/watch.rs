//! Tokio's watched value, before each of whose steps another may come. Nobody holds what is borrowed while he waits.

use tokio::sync::watch;
pub(crate) use tokio::sync::watch::Ref;
use tokio::sync::watch::error::RecvError;

use super::step;

#[derive(Debug)]
pub(crate) struct Sender<T>(watch::Sender<T>);

#[derive(Clone, Debug)]
pub struct Receiver<T>(watch::Receiver<T>);

impl<T> Sender<T> {
    pub(crate) fn new(value: T) -> Self {
        Sender(watch::Sender::new(value))
    }

    pub(crate) fn borrow(&self) -> Ref<'_, T> {
        step();
        self.0.borrow()
    }

    pub(crate) fn send_replace(&self, value: T) -> T {
        step();
        self.0.send_replace(value)
    }

    pub(crate) fn send_modify(&self, modify: impl FnOnce(&mut T)) {
        step();
        self.0.send_modify(modify);
    }

    pub(crate) fn subscribe(&self) -> Receiver<T> {
        step();
        Receiver(self.0.subscribe())
    }
}

impl<T> Receiver<T> {
    pub(crate) fn borrow(&self) -> Ref<'_, T> {
        step();
        self.0.borrow()
    }

    pub(crate) fn borrow_and_update(&mut self) -> Ref<'_, T> {
        step();
        self.0.borrow_and_update()
    }

    pub(crate) fn mark_changed(&mut self) {
        step();
        self.0.mark_changed();
    }

    pub(crate) async fn changed(&mut self) -> Result<(), RecvError> {
        step();
        self.0.changed().await
    }

    pub(crate) async fn wait_for(&mut self, holds: impl FnMut(&T) -> bool) -> Result<Ref<'_, T>, RecvError> {
        step();
        self.0.wait_for(holds).await
    }
}
