//! Many connections: what an idle one takes, and how long an order of somebody takes among idle and busy ones, without and with a reader that stalls.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bartizan_io::server::site::Bounds;
use bartizan_io::wire::client::Client;

use crate::serving::{Serving, frames, take};
use crate::single::{at, times};
use crate::workload::orders;

/// How often a busy connection sends.
const EVERY: Duration = Duration::from_millis(50);

/// Bytes of this process in memory.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// Measures, and prints.
pub(crate) fn print(folder: &Path, idle: usize, busy: usize, probes: usize) {
    // Nobody is cut off for not reading while it is measured what that does to others.
    let long = Duration::from_mins(10);
    let bounds = Bounds { unread: long, silence: long, ..Bounds::default() };
    let serving = Serving::start(&folder.join("crowd"), bounds);
    let before = resident();
    let idle: Vec<Client<UnixStream>> = (0..idle).map(|_| serving.sign_in()).collect();
    println!(
        "{} idle connections: {:.1} KB each, client and server together",
        idle.len(),
        resident().saturating_sub(before) as f64 / 1e3 / idle.len() as f64
    );
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for number in 0..busy {
            let (mut client, is_over) = (serving.sign_in(), &is_over);
            let mut commands = orders(1 + number as u32 * 4);
            scope.spawn(move || {
                std::thread::sleep(EVERY * number as u32 / busy as u32);
                while !is_over.load(Ordering::Relaxed) {
                    let batch: Vec<_> = commands.by_ref().take(16).collect();
                    client.send(&batch).expect("the server reads");
                    take(&mut client, batch.len());
                    std::thread::sleep(EVERY);
                }
            });
        }
        let mut probe = serving.sign_in();
        let mut next = frames(&orders(0).take(2 * probes).collect::<Vec<_>>(), 1).into_iter();
        let mut measure = |told: &str| {
            let times = times(probes, |_| {
                let frame = next.next().expect("there are as many");
                probe.stream().write_all(&frame).expect("the server reads");
                take(&mut probe, 1);
            });
            println!(
                "  an order among {} idle and {busy} busy, {told}: p50 {:.0}, p99 {:.0} microseconds",
                idle.len(),
                at(&times, 50.0),
                at(&times, 99.0)
            );
        };
        measure("nobody stalls");
        let mut stalled = serving.sign_in();
        stalled.subscribe(1, 4).expect("the server reads");
        measure("one reader stalls");
        is_over.store(true, Ordering::Relaxed);
    });
}
