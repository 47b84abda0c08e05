//! The most that can move along paths of few lines: a linear program of paths, which are found as they are needed, and of lengths of lines, which is
//! its dual (Ford and Fulkerson 1958, "A suggested computation for maximal multi-commodity network flows").
//!
//! For whole amounts the problem is NP-hard from five lines a path on (Itai, Perl and Shiloach 1982, "The complexity of finding maximum disjoint paths with
//! length constraints"), so this is a heuristic with a bound: the lengths that the program finds are rounded to fractions of few denominators, and what they prove is
//! computed in integers; amounts are rounded down, and what is still left on short paths is then added. Where the limits that bind are whole and
//! the program's optimum is a corner of halves or thirds, the two often meet, and then it is the optimum. Where the cheapest paths without a limit are short
//! enough, they are it.
//!
//! Cost: at most [`MOST_PIVOTS`] pivots and as many paths, each found in O(lines * lines a path). Nothing depends on time.

use super::cheapest::cheapest;
use super::lines::{Lines, Path, shortest};
use crate::certify::trust as certify;
use crate::exchange::master::Master;

/// After so many pivots the search for more paths ends; what was found still proves a bound.
const MOST_PIVOTS: u64 = 20_000;

/// How many paths are added at once.
const PATHS_AT_ONCE: usize = 60;

/// Denominators of which the lengths may be fractions: the first that proves the least is taken.
const DENOMINATORS: [u32; 10] = [1, 2, 3, 4, 5, 6, 12, 60, 1 << 20, 1 << 30];

/// How often the program is solved again for what is left once whole amounts move.
const MOST_DIVES: usize = 400;

/// What moves, and why no more than so much can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The paths.
    pub paths: Vec<Path>,
    /// The length of each line, which prove the bound ([`certify::bound`]).
    pub lengths: Vec<u32>,
    /// What cannot be exceeded.
    pub bound: i128,
}

/// Much that can move from `ends.0` to `ends.1`, of `asked` at most, along paths of at most `most` lines.
///
/// # Panics
/// If the ends are the same.
pub fn within(lines: &Lines, ends: (u32, u32), most: usize, asked: i64) -> Proven {
    assert!(ends.0 != ends.1, "from somebody to somebody else");
    let (paths, clearing) = cheapest(lines, ends, asked);
    let mut cut = cut_by(lines, &clearing.potentials[0]);
    let bound = certify::bound(lines, ends, most, &cut);
    // Where all that was asked moves, potentials need not fall: then any lengths do.
    let bound = bound.unwrap_or_else(|| {
        cut.fill(1);
        certify::bound(lines, ends, most, &cut).expect("no path is shorter than 1")
    });
    let bound = bound.min(i128::from(asked));
    if paths.iter().all(|path| path.lines.len() <= most) {
        return Proven { paths, lengths: cut, bound };
    }
    let rows = lines.rows();
    let useful = useful(lines, ends, most);
    let most_of_one = i64::try_from(bound).unwrap_or(i64::MAX).min(asked);
    let mut program = Program::new(lines, useful, most_of_one);
    let mut best = (cut, bound);
    loop {
        let is_solved = program.master.solve_upto(MOST_PIVOTS);
        let lengths = program.lengths(lines);
        for denominator in DENOMINATORS {
            let scale = f64::from(denominator);
            let rounded: Vec<u32> = lengths.iter().map(|length| (length * scale).round() as u32).collect();
            if let Some(bound) = certify::bound(lines, ends, most, &rounded)
                && bound < best.1
            {
                best = (rounded, bound);
            }
        }
        if !is_solved || !program.add_paths(lines, &rows, (ends, most), lengths) {
            break;
        }
    }
    let upto = i64::try_from(best.1).unwrap_or(i64::MAX).min(asked);
    let paths = fill(lines, &rows, (ends, most, upto), program.known);
    let bound = best.1.min(i128::from(asked));
    Proven { paths, lengths: best.0, bound }
}

/// Lengths by which no more moves, in however many lines, than without a limit: what potentials fall by along a line.
fn cut_by(lines: &Lines, potentials: &[i64]) -> Vec<u32> {
    let falls = lines.from.iter().zip(&lines.to).map(|(&from, &to)| {
        let fall = potentials[from as usize] - potentials[to as usize];
        u32::try_from(fall.max(0)).unwrap_or(u32::MAX)
    });
    falls.collect()
}

/// The lines that are on any path of at most `most` lines from end to end, and carry anything.
fn useful(lines: &Lines, ends: (u32, u32), most: usize) -> Vec<u32> {
    let carries = |line: usize| lines.limit[line] > 0;
    let far = |start: u32, tails: &[u32], heads: &[u32]| {
        let mut distance = vec![usize::MAX; lines.nodes];
        distance[start as usize] = 0;
        for layer in 0..most.min(lines.nodes) {
            let mut is_done = true;
            for line in (0..tails.len()).filter(|&line| carries(line)) {
                let head = heads[line] as usize;
                if distance[tails[line] as usize] == layer && distance[head] > layer + 1 {
                    distance[head] = layer + 1;
                    is_done = false;
                }
            }
            if is_done {
                break;
            }
        }
        distance
    };
    let [after, before] = [far(ends.0, &lines.from, &lines.to), far(ends.1, &lines.to, &lines.from)];
    let is_useful = |&line: &u32| {
        let [from, to] = [lines.from[line as usize], lines.to[line as usize]].map(|node| node as usize);
        carries(line as usize) && after[from].saturating_add(before[to]) < most
    };
    (0..lines.from.len() as u32).filter(is_useful).collect()
}

/// The linear program of the known paths: how much moves along each, so that most moves.
struct Program {
    /// The lines whose limits are its rows, in order.
    met: Vec<u32>,
    master: Master,
    known: Vec<Vec<u32>>,
    /// What amounts are divided by, so that they are numbers about 1.
    unit: f64,
}

impl Program {
    /// A program without paths. Along one line no more than `most` can move.
    fn new(lines: &Lines, met: Vec<u32>, most: i64) -> Self {
        let limits = met.iter().map(|&line| lines.limit[line as usize].min(most));
        let unit = limits.clone().max().unwrap_or(0).max(1) as f64;
        let master = Master::with_limits(limits.map(|limit| limit as f64 / unit));
        Program { met, master, known: Vec::new(), unit }
    }

    fn add(&mut self, path: Vec<u32>) {
        let row = |line: &u32| self.met.binary_search(line).expect("a path is of lines that are rows") as u32;
        self.master.add(path.iter().map(row), 1.0);
        self.known.push(path);
    }

    /// The prices of limits, as the lengths of lines: all known paths are at least 1 long by them.
    fn lengths(&self, lines: &Lines) -> Vec<f64> {
        // What carries nothing may be long: it adds nothing to the bound.
        let mut lengths: Vec<f64> =
            lines.limit.iter().map(|&limit| f64::from(u8::from(limit == 0))).collect();
        for (&line, price) in self.met.iter().zip(self.master.prices()) {
            lengths[line as usize] = price.clamp(0.0, 1.0);
        }
        lengths
    }

    /// How much moves along each path that is used.
    fn amounts(&self) -> Vec<(usize, f64)> {
        let of = |(column, amount): (u32, f64)| (column as usize, amount * self.unit);
        let mut amounts: Vec<(usize, f64)> = self.master.amounts().map(of).collect();
        amounts.sort_unstable_by_key(|&(column, _)| column);
        amounts
    }

    /// Adds paths that are shorter than 1; false if there are none. After each its lines count as longer, so that the next is another.
    fn add_paths(
        &mut self,
        lines: &Lines,
        rows: &[Vec<u32>],
        ends: ((u32, u32), usize),
        mut lengths: Vec<f64>,
    ) -> bool {
        let before = self.known.len();
        while self.known.len() < before + PATHS_AT_ONCE
            && let Some(path) = shorter_than_1(lines, rows, ends, &lengths)
        {
            for &line in &path {
                lengths[line as usize] += 1.0 / path.len() as f64;
            }
            if !self.known[before..].contains(&path) {
                self.add(path);
            }
        }
        self.known.len() > before
    }
}

/// The shortest path of at most `most` lines that carry anything, by `lengths`, if it is shorter than 1.
fn shorter_than_1(
    lines: &Lines,
    rows: &[Vec<u32>],
    (ends, most): ((u32, u32), usize),
    lengths: &[f64],
) -> Option<Vec<u32>> {
    // All that was reached, by number of lines; a node again only where more lines are shorter.
    let mut reached = vec![Reached { node: ends.0, length: 0.0, by: None }];
    let mut shortest = vec![f64::INFINITY; lines.nodes];
    shortest[ends.0 as usize] = 0.0;
    // Where a node stands that was reached with the number of lines at hand; of others, somewhere before those.
    let mut place = vec![0; lines.nodes];
    let (mut best, mut best_place) = (1.0 - 1e-7, None);
    let mut layer = 0..1;
    for _ in 0..most.min(lines.nodes) {
        let next = reached.len();
        for before in layer {
            let Reached { node, length, .. } = reached[before];
            for &line in &rows[node as usize] {
                let to = lines.to[line as usize];
                let through = length + lengths[line as usize];
                if lines.limit[line as usize] > 0 && through < best && through < shortest[to as usize] {
                    shortest[to as usize] = through;
                    let step = Reached { node: to, length: through, by: Some((line, before as u32)) };
                    if place[to as usize] >= next {
                        reached[place[to as usize]] = step;
                    } else {
                        place[to as usize] = reached.len();
                        reached.push(step);
                    }
                }
            }
        }
        if shortest[ends.1 as usize] < best {
            (best, best_place) = (shortest[ends.1 as usize], Some(place[ends.1 as usize]));
        }
        layer = next..reached.len();
        if layer.is_empty() {
            break;
        }
    }
    let mut at = best_place?;
    let mut path = Vec::new();
    while let Some((line, before)) = reached[at].by {
        path.push(line);
        at = before as usize;
    }
    path.reverse();
    Some(path)
}

/// A node as it was reached with some number of lines.
#[derive(Clone, Copy)]
struct Reached {
    node: u32,
    length: f64,
    /// By which line, and where what it comes from stands; nothing at the beginning.
    by: Option<(u32, u32)>,
}

/// Whole amounts along the known paths, near those of the linear program, and of that for what is left then, and so on; in the end along any others with
/// something left. No more than `upto` in all.
fn fill(
    lines: &Lines,
    rows: &[Vec<u32>],
    (ends, most, upto): ((u32, u32), usize, i64),
    mut known: Vec<Vec<u32>>,
) -> Vec<Path> {
    let mut left = lines.clone();
    let mut paths: Vec<Path> = Vec::new();
    let mut still = upto;
    let mut take = |path: &[u32], wish: i64, left: &mut Lines| {
        let room = path.iter().map(|&line| left.limit[line as usize]).min().unwrap_or(0);
        let amount = room.min(wish).min(still);
        if amount > 0 {
            for &line in path {
                left.limit[line as usize] -= amount;
            }
            still -= amount;
            match paths.iter_mut().find(|before| before.lines == path) {
                Some(before) => before.amount += amount,
                None => paths.push(Path { amount, lines: path.to_vec() }),
            }
        }
        amount > 0
    };
    for _ in 0..MOST_DIVES {
        known.retain(|path| path.iter().all(|&line| left.limit[line as usize] > 0));
        let amounts = best_amounts(&left, &known);
        let mut is_any = false;
        for &(path, amount) in &amounts {
            // What is a whole number but for the program's rounding is that number.
            is_any |= take(&known[path], (amount + amount * 1e-9 + 1e-6) as i64, &mut left);
        }
        // Where all are parts of 1, the greatest is taken for 1.
        let greatest =
            amounts.iter().max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)));
        if !is_any && !greatest.is_some_and(|&(path, _)| take(&known[path], 1, &mut left)) {
            break;
        }
    }
    while let Some(path) = shortest(lines, rows, ends, most, &left.limit) {
        if !take(&path, i64::MAX, &mut left) {
            break;
        }
    }
    paths
}

/// How much along each of these paths moves, so that most does, as the linear program says.
fn best_amounts(lines: &Lines, known: &[Vec<u32>]) -> Vec<(usize, f64)> {
    let mut met: Vec<u32> = known.concat();
    met.sort_unstable();
    met.dedup();
    let mut program = Program::new(lines, met, i64::MAX);
    for path in known {
        program.add(path.clone());
    }
    program.master.solve_upto(MOST_PIVOTS);
    program.amounts()
}
