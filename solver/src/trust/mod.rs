//! Paths of trust: how much value can move from one participant to another through lines of credit, and by which paths.
//!
//! A [`Lines`] is a graph whose arcs carry at most so much, at a cost a unit. Without a limit on the length of paths the most that can move, and the
//! cheapest way to move it, are a circulation with a way back from the end to the beginning: [`cheapest`] asks [`crate::netting`] for it, whose
//! potentials prove both. With a limit, [`within`] finds paths by a linear program and proves them by lengths of arcs ([`certify`]).
//!
//! Cost: as `netting` and `within` say; paths are taken apart in O(paths * arcs).

pub mod certify;
mod lines;
mod within;

use crate::netting::{self, Clearing};
use lines::shortest;
pub use lines::{Lines, Path};
pub use within::{Proven, within};

/// The most that can move from `ends.0` to `ends.1`, of `asked` at most, at the least cost; proven by its potentials (see [`Lines::circulation`]).
///
/// # Panics
/// If the ends are the same, or the lines out of range.
pub fn cheapest(lines: &Lines, ends: (u32, u32), asked: i64) -> (Vec<Path>, Clearing) {
    assert!(ends.0 != ends.1, "from somebody to somebody else");
    let (obligations, levels) = lines.circulation(ends, asked);
    let clearing = netting::clear(&obligations, &levels);
    let flow = &clearing.cleared[..lines.from.len()];
    (paths(lines, ends, flow), clearing)
}

/// Takes a flow apart into paths, the shortest first; rings in it, which move nothing, are left out.
fn paths(lines: &Lines, ends: (u32, u32), flow: &[i64]) -> Vec<Path> {
    let rows = lines.rows();
    let mut left = flow.to_vec();
    let mut paths = Vec::new();
    while let Some(path) = shortest(lines, &rows, ends, usize::MAX, &left) {
        let amount = path.iter().map(|&line| left[line as usize]).min().expect("its ends differ");
        for &line in &path {
            left[line as usize] -= amount;
        }
        paths.push(Path { amount, lines: path });
    }
    paths
}

#[cfg(test)]
mod tests;
