//! The same program through `good_lp`, for any solver behind it: a second opinion, without a proof.

use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, Solver, SolverModel, Variable, variable,
};

use super::statement::Program;

/// The best amounts for the first level, by the word of `solver`.
///
/// # Errors
/// What the solver says.
pub fn through_good_lp<S: Solver>(program: &Program, solver: S) -> Result<Vec<i64>, ResolutionError>
where
    ResolutionError: From<<S::Model as SolverModel>::Error>,
{
    let mut variables = ProblemVariables::new();
    let columns: Vec<Variable> = program
        .most
        .iter()
        .map(|&most| variables.add(variable().integer().min(0).max(most as f64)))
        .collect();
    let sum = |entries: &mut dyn Iterator<Item = (usize, i64)>| {
        entries.fold(Expression::from(0), |mut sum, (column, weight)| {
            sum.add_mul(weight as f64, columns[column]);
            sum
        })
    };
    let gains = program.gains.first().map_or(&[][..], |gains| gains);
    let goal = sum(&mut gains.iter().copied().enumerate());
    let mut model = variables.maximise(goal).using(solver);
    for row in &program.rows {
        let weighed = sum(&mut row.entries.iter().map(|&(column, weight)| (column as usize, weight)));
        let limit = row.most as f64;
        model.add_constraint(if row.is_exact { weighed.eq(limit) } else { weighed.leq(limit) });
    }
    let solution = model.solve()?;
    Ok(columns.iter().map(|&column| solution.value(column).round() as i64).collect())
}
