//! Proofs of integer programs that nobody searched for: of any shape, with any numbers. The fuzz target `proof` and a test on every run share what must
//! hold of them: a proof is refused, or what it proves is so.

use bartizan_solver::certify::program::{bounds, check_amounts};
use bartizan_solver::program::{Cases, Cut, PartProof, Program, Proof, Row};

use crate::commands::Source;

/// Makes up a small program and a proof of it, and whether that proves anything.
///
/// # Panics
/// If what it proves is not so.
pub fn proves(source: &mut Source<'_>) -> bool {
    let program = program(source);
    let proof = proof(source, &program);
    let nothing = vec![0; program.most.len()];
    let Ok(bounds) = bounds(&program, &nothing, &proof) else { return false };
    let best = best(&program);
    assert!(bounds >= best, "{bounds:?} is proven where {best:?} is reached, of {program:?} by {proof:?}");
    true
}

fn within(source: &mut Source<'_>, least: i64, most: i64) -> i64 {
    least + source.below((most - least + 1) as usize) as i64
}

/// A program in which nothing is always allowed.
fn program(source: &mut Source<'_>) -> Program {
    let column_count = 1 + source.below(3);
    let mut numbers = |least: i64, most: i64| -> Vec<i64> {
        (0..column_count).map(|_| within(source, least, most)).collect()
    };
    let most = numbers(1, 2);
    let gains = vec![numbers(-1, 3), numbers(-3, 1)];
    let weights = [numbers(-2, 2), numbers(-2, 2)];
    let row = |(weights, is_exact): (Vec<i64>, bool)| Row {
        entries: (0..).zip(weights).filter(|entry| entry.1 != 0).collect(),
        is_exact,
        most: if is_exact { 0 } else { 2 },
    };
    let rows = weights.into_iter().zip([true, false]).map(row).collect();
    Program { most, rows, gains, decisive: column_count, ..Program::default() }
}

/// The best values, by trying everything.
fn best(program: &Program) -> Vec<i64> {
    let mut ways: Vec<Vec<i64>> = vec![Vec::new()];
    for &most in &program.most {
        ways = ways.iter().flat_map(|way| (0..=most).map(move |own| [&way[..], &[own]].concat())).collect();
    }
    ways.iter().filter_map(|amounts| check_amounts(program, amounts).ok()).max().expect("nothing is allowed")
}

/// A number that may be as large as there are.
fn number(source: &mut Source<'_>) -> i64 {
    let size = 1_i64 << source.below(63);
    let small = within(source, -3, 3);
    [size, size - 1, -size, i64::MAX, i64::MIN, small, small, small][source.below(8)]
}

fn proof(source: &mut Source<'_>, program: &Program) -> Proof {
    let columns = 0..program.most.len() as u32;
    let parts: Vec<Vec<u32>> = match source.below(4) {
        0 => columns.map(|column| vec![column]).collect(),
        _ => vec![columns.collect()],
    };
    let level_count = 1 + source.below(2);
    let part = |source: &mut Source<'_>, level: usize| PartProof {
        scale: number(source).max(1),
        cuts: (0..source.below(4)).map(|_| cut(source, program, level)).collect(),
        cases: cases(source, program, level, 3),
    };
    let level = |level: usize| parts.iter().map(|_| part(source, level)).collect();
    let levels = (0..level_count).map(level).collect();
    Proof { parts, levels }
}

/// Rows by number, those that it takes more than luck to cite rarely.
fn cited(source: &mut Source<'_>, program: &Program, level: usize) -> Vec<(u32, i64)> {
    let (rows, levels) = (program.rows.len(), program.gains.len());
    let row = |source: &mut Source<'_>| match source.below(3) {
        0 => source.below(rows),
        1 => rows + source.below(level.max(1)),
        _ => rows + levels + source.below(3),
    };
    let times = |source: &mut Source<'_>| number(source).max(if source.below(3) == 0 { i64::MIN } else { 0 });
    (0..source.below(11)).map(|_| (row(source) as u32, times(source))).collect()
}

fn cut(source: &mut Source<'_>, program: &Program, level: usize) -> Cut {
    let column_count = program.most.len();
    Cut {
        rows: cited(source, program, level),
        limits: (0..source.below(3))
            .map(|_| (source.below(column_count) as u32, number(source).max(0)))
            .collect(),
        divisor: number(source).max(1),
    }
}

fn cases(source: &mut Source<'_>, program: &Program, level: usize, deepest: usize) -> Cases {
    let cited = |source: &mut Source<'_>| cited(source, program, level);
    match source.below(if deepest > 0 { 4 } else { 3 }) {
        0 => Cases::Void(cited(source)),
        1 | 2 => Cases::Bound(cited(source)),
        _ => Cases::Branch {
            column: source.below(program.most.len()) as u32,
            at_most: number(source),
            low: Box::new(cases(source, program, level, deepest - 1)),
            high: Box::new(cases(source, program, level, deepest - 1)),
        },
    }
}
