//! Measures how fast wants lists are read: `cargo run --release -p bartizan-io --example reading_speed
//! [ITEMS [WANTS_PER_ITEM]]`, or `... FILE` to see what a file's reading says.

use std::fmt::Write;
use std::time::Instant;

use bartizan_io::format;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().unwrap_or_else(|| "1000000".into());
    let Ok(items) = first.parse::<u64>() else {
        return show(&first, arguments.next().as_deref());
    };
    let wants = arguments.next().and_then(|wants| wants.parse().ok()).unwrap_or(17);
    let text = list(items, wants);
    let megabytes = text.len() as f64 / 1e6;
    for _ in 0..5 {
        let start = Instant::now();
        let reading = (format::detect(text.as_bytes()).read)(text.as_bytes()).expect("the list is sound");
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{} items, {} wants, {} notices: {megabytes:.0} MB in {seconds:.3} s, {:.0} MB/s",
            reading.round.items.len(),
            reading.round.wants.item.len(),
            reading.notices.len(),
            megabytes / seconds
        );
    }
}

/// Prints what the file says beyond its round.
fn show(path: &str, kind: Option<&str>) {
    let text = std::fs::read(path).expect("the file can be read");
    let format = kind.and_then(format::by_name).unwrap_or_else(|| format::detect(&text));
    match (format.read)(&text) {
        Err(error) => println!("{path}: {error}"),
        Ok(reading) => {
            reading.notices.iter().for_each(|notice| println!("{notice}"));
            let round = &reading.round;
            eprintln!(
                "{}: {} items, {} wants, {} users, {} missing, check {:?}",
                reading.format,
                round.items.len(),
                round.wants.item.len(),
                round.users.len(),
                reading.missing.len(),
                round.check()
            );
        }
    }
}

/// A list of `items` items in which each user has eight, and every item wants `wants` random ones.
fn list(items: u64, wants: u64) -> String {
    let mut text = String::from("#! REQUIRE-COLONS REQUIRE-USERNAMES LINEAR-PRIORITIES\n");
    let mut state = 1_u64;
    for item in 0..items {
        let _ = write!(text, "(user{}) {item:06}-AB :", item / 8);
        for _ in 0..wants {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let _ = write!(text, " {:06}-AB", (state >> 33) % items);
        }
        text.push('\n');
    }
    text
}
