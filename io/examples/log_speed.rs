//! How fast the Merkle log grows in a folder: `cargo run --release -p bartizan-io --example log_speed [RECORDS [BYTES]]`.
//!
//! Prints records a second for hashing alone, for appending (hashing and writing tiles), and with the commit that syncs
//! all of it; then the time of an inclusion proof at a random place.

use std::time::Instant;

use bartizan_io::tlog::{Frontier, LeafIndex, Log, Tiles, leaf_hash, prove_inclusion};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let bytes: usize = arguments.next().map_or(Ok(96), |text| text.parse())?;
    let mut record = vec![0; bytes.max(8)];
    let mut numbered = |number: u64| {
        record[..8].copy_from_slice(&number.to_le_bytes());
        record.clone()
    };
    let folder = std::env::temp_dir().join(format!("bartizan-log-speed-{}", std::process::id()));

    let start = Instant::now();
    let mut frontier = Frontier::default();
    for number in 0..count {
        frontier.push(leaf_hash(&numbered(number)), |_, _| ());
    }
    let hashing = start.elapsed();

    let start = Instant::now();
    let mut log = Log::open(&folder)?;
    for number in 0..count {
        log.append(&numbered(number))?;
    }
    let appending = start.elapsed();
    let begun = Instant::now();
    let head = log.commit("example.com/speed")?.head;
    let (syncing, committing) = (begun.elapsed(), start.elapsed());
    assert_eq!(head, frontier.head());

    let start = Instant::now();
    let mut tiles = Tiles::new(&folder, head.size);
    let mut at = 1_u64;
    let proofs = 1_000;
    for _ in 0..proofs {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let index = LeafIndex((at >> 20) % count);
        let proof = prove_inclusion(index, head.size, |node| tiles.hash(node))?;
        proof.verify(&leaf_hash(&numbered(index.0)), &head.root)?;
    }
    let proving = start.elapsed() / proofs;

    let rate = |took: std::time::Duration| count as f64 / took.as_secs_f64();
    println!("{count} records of {bytes} bytes");
    println!("hashing     {:>10.0} a second", rate(hashing));
    println!("appending   {:>10.0} a second", rate(appending));
    println!(
        "committed   {:>10.0} a second, with {} ms for the commit",
        rate(committing),
        syncing.as_millis()
    );
    println!("a proof     {:>10} us, made from tiles and verified", proving.as_micros());
    drop(log);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
