//! What is counted of the doors: who is connected, who could not be, and who did not read.

use prometheus::{IntCounter, IntGauge, Opts, Registry};

use super::register::register;

/// A door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The binary protocol, over TCP and Unix sockets.
    Binary,
    /// HTTP.
    Http,
    /// FIX.
    Fix,
    /// ITCH.
    Itch,
}

impl Door {
    /// All of them, in the order of their numbers.
    pub const ALL: [Door; 4] = [Door::Binary, Door::Http, Door::Fix, Door::Itch];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Door::Binary => "binary",
            Door::Http => "http",
            Door::Fix => "fix",
            Door::Itch => "itch",
        }
    }
}

/// What is counted of a door.
#[derive(Clone, Debug)]
pub struct DoorMeters {
    /// Connections that are open.
    pub open: IntGauge,
    /// Connections that there were.
    pub taken: IntCounter,
    /// Connections that were refused, since there were as many as there may be.
    pub full: IntCounter,
    /// Connections that were cut, since what was sent was not read.
    pub slow: IntCounter,
    /// Connections on which it did not come to speaking TLS.
    pub unshaken: IntCounter,
    /// Bytes that came, as they were before they were encrypted.
    pub received: IntCounter,
    /// Bytes that were sent, in the same way.
    pub sent: IntCounter,
}

impl DoorMeters {
    pub(super) fn new(door: Door, registry: &Registry) -> Self {
        let opts = |metric: &str, help: &str| Opts::new(metric, help).const_label("door", door.name());
        let counter = |metric, help| {
            let counter = IntCounter::with_opts(opts(metric, help)).expect("its name is sound");
            register(registry, &counter);
            counter
        };
        let open = IntGauge::with_opts(opts("bartizan_connections", "Connections that are open."));
        let open = open.expect("its name is sound");
        register(registry, &open);
        DoorMeters {
            open,
            taken: counter("bartizan_connections_total", "Connections that were taken."),
            full: counter(
                "bartizan_connections_refused_total",
                "Connections that were refused, since there were as many as there may be.",
            ),
            slow: counter(
                "bartizan_slow_consumers_total",
                "Connections that were cut, since what was sent was not read.",
            ),
            unshaken: counter(
                "bartizan_tls_handshakes_failed_total",
                "Connections on which it did not come to speaking TLS.",
            ),
            received: counter("bartizan_received_bytes_total", "Bytes that came, before encryption."),
            sent: counter("bartizan_sent_bytes_total", "Bytes that were sent, before encryption."),
        }
    }
}
