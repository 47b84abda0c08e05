//! The most that can move, at the least cost: a circulation with a way back, taken apart into paths.

use super::lines::{Lines, Path, shortest};
use crate::netting::{self, Clearing};

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
