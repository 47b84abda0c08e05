//! The check of paths and of the proof that no more can move. Short, slow and obvious, in integers.
//!
//! The proof gives every line a length. If each path from end to end that has no more lines than allowed is at least `L` long, then whatever moves, a
//! unit after the other, takes up lines' limits by at least `L`, length counted; and all limits together are so long: the sum of limit times length. So no more
//! units can move than that sum divided by `L`. A cut is the case in which the lines across it have length 1 and all others 0.
//!
//! Cost: O(lines) a line that a path may have, until nothing changes any more.

use crate::trust::lines::{Lines, Path};

/// Why paths are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// This one does not lead from end to end, one line behind the other.
    Broken(usize),
    /// This one has too many lines, or moves nothing.
    NotAllowed(usize),
    /// More moves along this line than it carries.
    Overdrawn(usize),
}

/// How much moves along these paths, after checking that each is one, has at most `most` lines, and that no line carries more than it may.
///
/// # Errors
/// The first thing wrong.
pub fn value(lines: &Lines, ends: (u32, u32), most: usize, paths: &[Path]) -> Result<i128, Flaw> {
    let mut used = vec![0_i128; lines.from.len()];
    let mut value = 0;
    for (number, path) in paths.iter().enumerate() {
        let mut at = ends.0;
        for &line in &path.lines {
            if lines.from.get(line as usize) != Some(&at) {
                return Err(Flaw::Broken(number));
            }
            at = lines.to[line as usize];
            used[line as usize] += i128::from(path.amount);
        }
        if at != ends.1 {
            return Err(Flaw::Broken(number));
        }
        if path.amount <= 0 || path.lines.len() > most {
            return Err(Flaw::NotAllowed(number));
        }
        value += i128::from(path.amount);
    }
    match (0..used.len()).find(|&line| used[line] > i128::from(lines.limit[line])) {
        Some(line) => Err(Flaw::Overdrawn(line)),
        None => Ok(value),
    }
}

/// What no more than can move along paths of at most `most` lines, by these lengths of lines, whatever they are; none if they prove nothing.
pub fn bound(lines: &Lines, ends: (u32, u32), most: usize, lengths: &[u32]) -> Option<i128> {
    if lengths.len() != lines.from.len() {
        return None;
    }
    let all = lines.limit.iter().zip(lengths);
    let sum: i128 = all.map(|(&limit, &length)| i128::from(limit) * i128::from(length)).sum();
    match shortest(lines, ends, most, lengths) {
        Some(0) => None,
        Some(least) => Some(sum / i128::from(least)),
        None => Some(0),
    }
}

/// How long the shortest path of at most `most` lines is, if there is any.
fn shortest(lines: &Lines, ends: (u32, u32), most: usize, lengths: &[u32]) -> Option<u64> {
    let mut distance = vec![u64::MAX; lines.nodes];
    distance[ends.0 as usize] = 0;
    for _ in 0..most {
        let before = distance.clone();
        for (line, &length) in lines.line_ends().zip(lengths) {
            let (from, to) = line;
            if before[from] < u64::MAX {
                distance[to] = distance[to].min(before[from] + u64::from(length));
            }
        }
        if distance == before {
            break;
        }
    }
    Some(distance[ends.1 as usize]).filter(|&distance| distance < u64::MAX)
}

impl Lines {
    fn line_ends(&self) -> impl Iterator<Item = (usize, usize)> {
        self.from.iter().zip(&self.to).map(|(&from, &to)| (from as usize, to as usize))
    }
}
