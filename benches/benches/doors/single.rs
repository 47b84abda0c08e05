//! One order at a time, answered when durable, beside the bare ping-pong of such a socket and one bare group commit.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::book::Time;
use bartizan_io::journal::{Directory, Options, Storage, Writer};
use bartizan_io::server::site::Bounds;

use crate::serving::{ID, Serving, frames, take};
use crate::workload::orders;

/// The one at `percent` of those that are sorted.
pub(crate) fn at(sorted: &[Duration], percent: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * percent / 100.0) as usize].as_secs_f64() * 1e6
}

/// Times `count` rounds of something.
pub(crate) fn times(count: usize, mut round: impl FnMut(usize)) -> Vec<Duration> {
    let mut times: Vec<Duration> = (0..count)
        .map(|number| {
            let started = Instant::now();
            round(number);
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}

/// Measures, and prints.
pub(crate) fn print(folder: &Path, count: usize) {
    let frames = frames(&orders(0).take(count).collect::<Vec<_>>(), 1);
    let (length, answer) = (frames[0].len(), 24 + 32);
    let (mut near, mut far) = UnixStream::pair().expect("the system gives sockets");
    let echo = std::thread::spawn(move || {
        let mut arrived = vec![0; length];
        while far.read_exact(&mut arrived).is_ok() && far.write_all(&arrived[..answer]).is_ok() {}
    });
    let mut back = vec![0; answer];
    let pings = times(count, |number| {
        near.write_all(&frames[number]).expect("somebody answers");
        near.read_exact(&mut back).expect("somebody answers");
    });
    drop(near);
    echo.join().expect("it ends");

    let bare = folder.join("bare");
    std::fs::create_dir_all(&bare).expect("the folder can be made");
    let storage: Arc<dyn Storage> = Arc::new(Directory::open(&bare).expect("the folder can be opened"));
    let (mut writer, _) = Writer::open_or_create(storage, ID, Options::default()).expect("it is new");
    let body = vec![7; length];
    let commits = times(count, |number| {
        writer.append(Time(number as u64), &body).expect("there is room");
        writer.commit().expect("the disk works");
    });

    let serving = Serving::start(&folder.join("single"), Bounds::default());
    let mut client = serving.sign_in();
    let singles = times(count, |number| {
        client.stream().write_all(&frames[number]).expect("the server reads");
        take(&mut client, 1);
    });
    let beside = at(&pings, 50.0) + at(&commits, 50.0);
    println!("one order at a time over a Unix socket, answered when durable, in microseconds (p50, p99):");
    println!("  ping-pong of a socket  {:>8.1} {:>8.1}", at(&pings, 50.0), at(&pings, 99.0));
    println!("  a group commit         {:>8.1} {:>8.1}", at(&commits, 50.0), at(&commits, 99.0));
    println!(
        "  an order               {:>8.1} {:>8.1}: {:.2} times the two together",
        at(&singles, 50.0),
        at(&singles, 99.0),
        at(&singles, 50.0) / beside
    );
}
