//! Where metrics are put so that they are told.

use prometheus::Registry;
use prometheus::core::Collector;

/// Puts one among those that are told.
pub(super) fn register<C: Collector + Clone + 'static>(registry: &Registry, collector: &C) {
    registry.register(Box::new(collector.clone())).expect("each has a name and labels of its own");
}
