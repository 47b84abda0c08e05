//! Hundreds of random networks, netted and crossed by paths of trust, against the optima that others find: OR-Tools' `SimpleMinCostFlow`, networkx, and `HiGHS` by way of scipy.
//! `BARTIZAN_PYTHON` names the Python that has them; by default `python3`. Without it the tests say so, and pass unless `BARTIZAN_REQUIRE_OUTSIDE=1`.

use bartizan_solver::certify::{netting as certify, trust as certify_trust};
use bartizan_solver::netting::{MAX_AMOUNT, Obligations, clear};
use bartizan_solver::trust::{Lines, cheapest, within};
use bartizan_tests::dice::Dice;
use bartizan_tests::judge::answers;
use serde_json::{Value, json};

/// What others say of each of these networks, if they are there.
fn judged(networks: &[Value]) -> Option<Vec<Value>> {
    answers("tests/netting/oracle.py", "PyPI's `ortools`, `networkx` and `scipy`", networks)
}

#[test]
fn circulations_are_worth_what_ortools_finds() {
    let mut dice = Dice::new(1);
    let (mut networks, mut found) = (Vec::new(), Vec::new());
    for round in 0..400 {
        let nodes = 2 + dice.below([6, 40, 300][round % 3]);
        let weights = [1, 1, 2, 40][round / 3 % 4];
        let mut obligations = Obligations { participants: nodes, ..Obligations::default() };
        let mut level = Vec::new();
        for _ in 0..dice.below(8 * nodes) {
            let ends = [(); 2].map(|()| dice.below(nodes) as u32);
            obligations.push(ends[0], ends[1], dice.between(0, [5, 1_000, 1 << 40][round / 2 % 3]));
            level.push(if weights == 1 { 1 } else { dice.between(-weights / 2, weights) as i32 });
        }
        let levels = [level];
        let clearing = clear(&obligations, &levels);
        assert_eq!(certify::is_optimal(&obligations, &levels, &clearing), Ok(true), "round {round}");
        found.push(certify::value(&obligations, &levels, &clearing.cleared).expect("it is a clearing")[0]);
        let arcs: Vec<Value> = (0..obligations.amount.len())
            .map(|at| {
                json!([
                    obligations.debtor[at],
                    obligations.creditor[at],
                    obligations.amount[at],
                    levels[0][at]
                ])
            })
            .collect();
        networks.push(json!({"nodes": nodes, "arcs": arcs}));
    }
    let Some(answers) = judged(&networks) else { return };
    for (round, (answer, found)) in answers.iter().zip(&found).enumerate() {
        assert_eq!(answer.as_i64().map(i128::from), Some(*found), "round {round}: {}", networks[round]);
    }
}

#[test]
fn paths_of_trust_move_what_networkx_and_highs_find() {
    let mut dice = Dice::new(2);
    let (mut networks, mut found) = (Vec::new(), Vec::new());
    for round in 0..300 {
        let nodes = 3 + dice.below(8);
        let mut lines = Lines { nodes, ..Lines::default() };
        for _ in 0..dice.below(4 * nodes) {
            let ends = [(); 2].map(|()| dice.below(nodes) as u32);
            if ends[0] != ends[1] {
                lines.push(ends[0], ends[1], dice.between(0, 9), dice.between(0, 5) as i32);
            }
        }
        let told: Vec<Value> = (0..lines.from.len())
            .map(|at| json!([lines.from[at], lines.to[at], lines.limit[at], lines.cost[at]]))
            .collect();
        let steps = (round % 2 == 1).then(|| 2 + dice.below(4));
        let mut network = json!({"nodes": nodes, "lines": told, "ends": [0, 1]});
        if let Some(steps) = steps {
            network["steps"] = json!(steps);
            let proven = within(&lines, (0, 1), steps, MAX_AMOUNT);
            let moved = certify_trust::value(&lines, (0, 1), steps, &proven.paths).expect("they are paths");
            found.push((moved, proven.bound));
        } else {
            let (paths, _) = cheapest(&lines, (0, 1), MAX_AMOUNT);
            let moved = certify_trust::value(&lines, (0, 1), usize::MAX, &paths).expect("they are paths");
            let cost = |path: &bartizan_solver::trust::Path| -> i128 {
                let unit: i128 = path.lines.iter().map(|&line| i128::from(lines.cost[line as usize])).sum();
                i128::from(path.amount) * unit
            };
            found.push((moved, paths.iter().map(cost).sum()));
        }
        networks.push(network);
    }
    let Some(answers) = judged(&networks) else { return };
    let (mut limited, mut exact) = (0, 0);
    for (round, (answer, &(moved, other))) in answers.iter().zip(&found).enumerate() {
        if let Some(most) = answer.as_i64() {
            let most = i128::from(most);
            assert!(
                moved <= most && most <= other,
                "round {round}: {moved} {most} {other} {}",
                networks[round]
            );
            limited += 1;
            exact += usize::from(moved == other);
        } else {
            assert_eq!(*answer, json!([moved as i64, other as i64]), "round {round}: {}", networks[round]);
        }
    }
    assert!(exact * 100 >= limited * 95, "{exact} of {limited} proven within so many steps");
}
