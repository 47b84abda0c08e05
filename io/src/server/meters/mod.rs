//! What is counted while a server works, for whoever watches it: [`RealmMeters`] of each realm, [`DoorMeters`] of each door, [`HttpMeters`] of each route; and
//! all of it in Prometheus' text form, version 0.0.4 ([`Meters::tell`]).
//!
//! Names are as Prometheus advises: `bartizan_` before, the unit after, `_total` at the end of what only grows. Labels take few values: the realms' names, the doors, the
//! routes' templates, the rejects' names.
//!
//! Cost: counters are atomics that nobody waits for. The realm's thread adds to three histograms and two counters once a group, and to one more counter for
//! each command that is rejected, about 5 ns each; what can be read off (the queue, the sequences, the files) is read when somebody asks, by him.

mod doors;
mod http;
mod realm;
mod register;

use std::time::{SystemTime, UNIX_EPOCH};

use prometheus::{Encoder, Gauge, IntGauge, Opts, Registry, TextEncoder};

pub use doors::{Door, DoorMeters};
pub use http::HttpMeters;
pub use realm::{Readings, RealmMeters};
use register::register;

/// The media type of what [`Meters::tell`] tells.
pub const MEDIA_TYPE: &str = prometheus::TEXT_FORMAT;

/// What is counted of a whole server.
#[derive(Debug)]
pub struct Meters {
    registry: Registry,
    doors: [DoorMeters; 4],
    http: HttpMeters,
}

impl Meters {
    /// Those of a server of these realms, and with room for so many connections.
    ///
    /// # Panics
    /// If two realms have one name.
    pub fn new<'a>(realms: impl Iterator<Item = &'a RealmMeters>, room: usize) -> Self {
        let registry = Registry::new();
        let started =
            Opts::new("process_start_time_seconds", "When the process began, in seconds since 1970.");
        let started = Gauge::with_opts(started).expect("its name is sound");
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        started.set(since.as_secs_f64());
        register(&registry, &started);
        let build =
            Opts::new("bartizan_build_info", "The program's version, as a label; the value is always 1.");
        let build = IntGauge::with_opts(build.const_label("version", env!("CARGO_PKG_VERSION")));
        let build = build.expect("its name is sound");
        build.set(1);
        register(&registry, &build);
        let limit = Opts::new(
            "bartizan_connections_limit",
            "Connections that there may be at a time, through all doors.",
        );
        let limit = IntGauge::with_opts(limit).expect("its name is sound");
        limit.set(room as i64);
        register(&registry, &limit);
        for realm in realms {
            realm.register(&registry);
        }
        let doors = Door::ALL.map(|door| DoorMeters::new(door, &registry));
        let http = HttpMeters::new(&registry);
        Meters { registry, doors, http }
    }

    /// Those of a door.
    pub fn door(&self, door: Door) -> &DoorMeters {
        &self.doors[door as usize]
    }

    /// Those of HTTP's routes.
    pub fn http(&self) -> &HttpMeters {
        &self.http
    }

    /// What is counted of the process, and of the realms whose names are to be told, in Prometheus' text form.
    ///
    /// # Panics
    /// It cannot: memory takes what is told.
    pub fn tell(&self, is_told: impl Fn(&str) -> bool) -> Vec<u8> {
        let mut told = Vec::new();
        let mut families = self.registry.gather();
        families.retain_mut(|family| {
            let series = family.mut_metric();
            series.retain(|series| {
                let realm = series.get_label().iter().find(|label| label.name() == "realm");
                realm.is_none_or(|realm| is_told(realm.value()))
            });
            !series.is_empty()
        });
        TextEncoder::new().encode(&families, &mut told).expect("memory takes it, and its names are sound");
        told
    }
}
