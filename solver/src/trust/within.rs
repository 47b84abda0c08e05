//! The most that can move along paths of few lines: a linear program of paths, which are found as they are needed, and of lengths of lines, which is
//! its dual (Ford and Fulkerson 1958, "A suggested computation for maximal multi-commodity network flows").
//!
//! For whole amounts the problem is NP-hard from five lines a path on (Itai, Perl and Shiloach 1982, "The complexity of finding maximum disjoint paths with
//! length constraints"), so this is a heuristic with a bound: the lengths that the program finds are rounded to fractions of few denominators, and what they prove is
//! computed in integers; amounts are rounded down, and what is still left on short paths is then added. Where the limits that bind are whole and
//! the program's optimum is a corner of halves or thirds, the two often meet, and then it is the optimum. Where the cheapest paths without a limit are short
//! enough, they are it.
//!
//! Cost: at most [`MOST_PATHS`] paths, each found in O(lines * lines a path), and a linear program in them each time that some were found.

use good_lp::solvers::WithTimeLimit;
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, microlp, variable};

use super::cheapest::cheapest;
use super::lines::{Lines, Path, shortest};
use crate::certify::trust as certify;

/// With so many paths the search for more ends; what was found still proves a bound.
const MOST_PATHS: usize = 600;

/// Denominators of which the lengths may be fractions: the first that proves the least is taken.
const DENOMINATORS: [u32; 6] = [1, 2, 3, 12, 60, 1 << 20];

/// A safety net; see `coupled::linear_program`.
const TIME_LIMIT_SECONDS: f64 = 20.0;

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
    let mut known: Vec<Vec<u32>> = Vec::new();
    let mut best = (cut, bound);
    while let Some(lengths) = dual(lines, &known) {
        for denominator in DENOMINATORS {
            let scale = f64::from(denominator);
            let rounded: Vec<u32> = lengths.iter().map(|length| (length * scale).round() as u32).collect();
            if let Some(bound) = certify::bound(lines, ends, most, &rounded)
                && bound < best.1
            {
                best = (rounded, bound);
            }
        }
        let before = known.len();
        find_paths(lines, &rows, (ends, most), lengths, &mut known);
        if known.len() == before || known.len() >= MOST_PATHS {
            break;
        }
    }
    let paths = fill(lines, &rows, (ends, most, asked), known);
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

/// The lengths, from 0 to 1, at which all known paths are at least 1 long and limits times lengths are least.
fn dual(lines: &Lines, known: &[Vec<u32>]) -> Option<Vec<f64>> {
    // What carries nothing may be long: it adds nothing to the bound.
    let mut lengths: Vec<f64> = lines.limit.iter().map(|&limit| f64::from(u8::from(limit == 0))).collect();
    if known.is_empty() {
        return Some(lengths);
    }
    let met = met(known);
    let unit = unit(lines, &met);
    let mut variables = ProblemVariables::new();
    let length: Vec<_> = met.iter().map(|_| variables.add(variable().min(0.0).max(1.0))).collect();
    let all = met.iter().zip(&length);
    let objective: Expression =
        all.map(|(&line, &length)| lines.limit[line as usize] as f64 / unit * length).sum();
    let mut model = variables.minimise(objective).using(microlp).with_time_limit(TIME_LIMIT_SECONDS);
    for path in known {
        let long: Expression = path.iter().map(|line| length[place(&met, *line)]).sum();
        model = model.with(constraint!(long >= 1.0));
    }
    let solution = model.solve().ok()?;
    for (&line, &length) in met.iter().zip(&length) {
        lengths[line as usize] = solution.value(length).clamp(0.0, 1.0);
    }
    Some(lengths)
}

/// How much along each known path, so that most moves.
fn primal(lines: &Lines, known: &[Vec<u32>]) -> Option<Vec<f64>> {
    let met = met(known);
    let unit = unit(lines, &met);
    let mut variables = ProblemVariables::new();
    let amount: Vec<_> = known.iter().map(|_| variables.add(variable().min(0.0))).collect();
    let mut used: Vec<Expression> = met.iter().map(|_| Expression::default()).collect();
    for (path, &amount) in known.iter().zip(&amount) {
        for &line in path {
            used[place(&met, line)] += amount;
        }
    }
    let objective: Expression = amount.iter().sum();
    let mut model = variables.maximise(objective).using(microlp).with_time_limit(TIME_LIMIT_SECONDS);
    for (&line, used) in met.iter().zip(used) {
        model = model.with(constraint!(used <= lines.limit[line as usize] as f64 / unit));
    }
    let solution = model.solve().ok()?;
    Some(amount.iter().map(|&amount| solution.value(amount) * unit).collect())
}

/// The lines of known paths, in order.
fn met(known: &[Vec<u32>]) -> Vec<u32> {
    let mut met: Vec<u32> = known.concat();
    met.sort_unstable();
    met.dedup();
    met
}

fn place(met: &[u32], line: u32) -> usize {
    met.binary_search(&line).expect("the lines of all known paths are there")
}

/// What amounts are divided by, so that they are numbers about 1.
fn unit(lines: &Lines, met: &[u32]) -> f64 {
    met.iter().map(|&line| lines.limit[line as usize]).max().unwrap_or(0).max(1) as f64
}

/// Adds paths that are shorter than 1. After each its lines count as longer, so that the next is another.
fn find_paths(
    lines: &Lines,
    rows: &[Vec<u32>],
    (ends, most): ((u32, u32), usize),
    mut lengths: Vec<f64>,
    known: &mut Vec<Vec<u32>>,
) {
    while known.len() < MOST_PATHS
        && let Some(path) = shorter_than_1(lines, rows, (ends, most), &lengths)
    {
        for &line in &path {
            lengths[line as usize] += 1.0 / path.len() as f64;
        }
        if !known.contains(&path) {
            known.push(path);
        }
    }
}

/// The shortest path of at most `most` lines that carry anything, by `lengths`, if it is shorter than 1.
fn shorter_than_1(
    lines: &Lines,
    rows: &[Vec<u32>],
    (ends, most): ((u32, u32), usize),
    lengths: &[f64],
) -> Option<Vec<u32>> {
    // By number of lines and node: how long, and by which line.
    let mut layers = vec![vec![(f64::INFINITY, 0_u32); lines.nodes]];
    layers[0][ends.0 as usize].0 = 0.0;
    let mut reached = vec![ends.0];
    let (mut best, mut best_layer) = (1.0 - 1e-7, None);
    for layer in 0..most.min(lines.nodes) {
        let mut next = vec![(f64::INFINITY, 0); lines.nodes];
        let mut reached_next = Vec::new();
        for &node in &reached {
            let upto = layers[layer][node as usize].0;
            for &line in &rows[node as usize] {
                let to = lines.to[line as usize];
                let through = upto + lengths[line as usize];
                if lines.limit[line as usize] > 0 && through < best && through < next[to as usize].0 {
                    if next[to as usize].0 == f64::INFINITY {
                        reached_next.push(to);
                    }
                    next[to as usize] = (through, line);
                }
            }
        }
        if next[ends.1 as usize].0 < best {
            (best, best_layer) = (next[ends.1 as usize].0, Some(layer + 1));
        }
        layers.push(next);
        reached = reached_next;
    }
    let mut at = ends.1;
    let mut path = Vec::new();
    for layer in (1..=best_layer?).rev() {
        let line = layers[layer][at as usize].1;
        path.push(line);
        at = lines.from[line as usize];
    }
    path.reverse();
    Some(path)
}

/// Whole amounts along the known paths, near those of the linear program, then along any others with something left.
fn fill(
    lines: &Lines,
    rows: &[Vec<u32>],
    (ends, most, asked): ((u32, u32), usize, i64),
    known: Vec<Vec<u32>>,
) -> Vec<Path> {
    let mut left = lines.limit.clone();
    let mut paths: Vec<Path> = Vec::new();
    let mut still = asked;
    let mut take = |path: Vec<u32>, wish: i64, left: &mut Vec<i64>| {
        let room = path.iter().map(|&line| left[line as usize]).min().unwrap_or(0);
        let amount = room.min(wish).min(still);
        if amount > 0 {
            for &line in &path {
                left[line as usize] -= amount;
            }
            still -= amount;
            paths.push(Path { amount, lines: path });
        }
        amount > 0
    };
    if let Some(amounts) = primal(lines, &known) {
        for (path, amount) in known.into_iter().zip(amounts) {
            // What is a whole number but for the program's rounding is that number.
            take(path, (amount + amount * 1e-9 + 1e-6) as i64, &mut left);
        }
    }
    while let Some(path) = shortest(lines, rows, ends, most, &left) {
        if !take(path, i64::MAX, &mut left) {
            break;
        }
    }
    paths
}
