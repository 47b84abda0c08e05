//! What is counted of HTTP's requests, by the template of their route.

use std::time::Duration;

use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry};

use super::register::register;

/// What is counted of HTTP's requests.
#[derive(Clone, Debug)]
pub struct HttpMeters {
    requests: IntCounterVec,
    latency: HistogramVec,
    received: IntCounterVec,
    sent: IntCounterVec,
}

/// Latencies that are told apart, in seconds.
const LATENCIES: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

impl HttpMeters {
    pub(super) fn new(registry: &Registry) -> Self {
        let counters = |metric: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(metric, help), labels).expect("its names are sound");
            register(registry, &counters);
            counters
        };
        let latency = HistogramOpts::new(
            "bartizan_http_request_seconds",
            "How long a request took until its answer began, by method and route.",
        );
        let latency = HistogramVec::new(latency.buckets(LATENCIES.to_vec()), &["method", "route"]);
        let latency = latency.expect("its names are sound");
        register(registry, &latency);
        HttpMeters {
            requests: counters(
                "bartizan_http_requests_total",
                "Requests, by method, route (none: of no route) and status.",
                &["method", "route", "status"],
            ),
            latency,
            received: counters(
                "bartizan_http_received_bytes_total",
                "Bytes of requests' bodies.",
                &["route"],
            ),
            sent: counters("bartizan_http_sent_bytes_total", "Bytes of answers' bodies.", &["route"]),
        }
    }

    /// A request was answered with a status, after so long.
    pub fn answered(&self, method: &str, route: &str, status: &str, after: Duration) {
        self.requests.with_label_values(&[method, route, status]).inc();
        self.latency.with_label_values(&[method, route]).observe(after.as_secs_f64());
    }

    /// Counts the bytes of bodies that come.
    pub fn received(&self, route: &str) -> IntCounter {
        self.received.with_label_values(&[route])
    }

    /// Counts the bytes of bodies that are sent.
    pub fn sent(&self, route: &str) -> IntCounter {
        self.sent.with_label_values(&[route])
    }
}
