//! Every method that values goods or shares what a round gains, on random trades, lists and rounds, against what numpy, scipy, choix and networkx find, and brute force: to 1e-6.
//! `BARTIZAN_PYTHON` names the Python that has them; by default `python3`. Without it the tests say so, and pass unless `BARTIZAN_REQUIRE_OUTSIDE=1`.

use bartizan_solver::Graph;
use bartizan_solver::valuation::{
    Estimate, Evidence, Exchange, Game, Kind, METHODS, Rankings, Settings, Shares, by_name,
};
use bartizan_tests::dice::Dice;
use bartizan_tests::judge::answers;
use serde_json::{Value, json};

const NEAR: f64 = 1e-6;

fn judged(problems: &[Value]) -> Option<Vec<Value>> {
    answers("tests/valuation/oracle.py", "PyPI's `scipy`, `choix` and `networkx`", problems)
}

/// What a method finds, after its conditions were seen to hold.
fn found(name: &str, evidence: &Evidence) -> Estimate {
    let Kind::Values(estimate, check) = by_name(name).expect("it is in the registry").kind else {
        panic!("{name} gives values")
    };
    let found = estimate(evidence, &Settings::default()).expect("it can be used");
    let conditions = check(evidence, &found.log_value, &found.parameters);
    assert!(conditions.iter().all(bartizan_solver::valuation::Condition::holds), "{name}: {conditions:?}");
    found
}

fn shared(name: &str, game: &Game<'_>) -> Shares {
    let Kind::Shares(share) = by_name(name).expect("it is in the registry").kind else {
        panic!("{name} gives shares")
    };
    share(game, &Settings::default()).expect("it can be used")
}

#[track_caller]
fn is_near(name: &str, found: &[f64], told: &Value) {
    let told: Vec<f64> =
        told.as_array().expect("numbers").iter().map(|number| number.as_f64().expect("a number")).collect();
    assert_eq!(found.len(), told.len(), "{name}");
    let worst = found.iter().zip(&told).map(|(found, told)| (found - told).abs()).fold(0.0, f64::max);
    assert!(worst < NEAR, "{name}: {worst:e}: {found:?}, others {told:?}");
}

#[track_caller]
fn is_near_one(name: &str, found: f64, told: &Value) {
    let told = told.as_f64().expect("a number");
    assert!((found - told).abs() < NEAR * told.abs().max(1.0), "{name}: {found}, others {told}");
}

/// A number with three digits behind the point.
fn number(dice: &mut Dice, least: i64, most: i64) -> f64 {
    dice.between(least, most) as f64 / 1_000.0
}

/// Trades that join all goods, of values up to a hundred times as great as others, at rates up to half off; some with weights, some at times of their own.
fn trades(dice: &mut Dice, goods: usize, count: usize) -> Vec<Exchange> {
    let value: Vec<f64> = (0..goods).map(|_| number(dice, 1_000, 100_000)).collect();
    let (has_weights, has_times) = (dice.chance(50), dice.chance(50));
    let trade = |at: usize| {
        let gives = if at < goods { at } else { dice.below(goods) };
        let gets = (gives + 1 + if at < goods { 0 } else { dice.below(goods - 1) }) % goods;
        let given = number(dice, 100, 20_000);
        let got = given * value[gives] / value[gets] * number(dice, 700, 1_500);
        let weight = if has_weights { number(dice, 200, 5_000) } else { 1.0 };
        let time = if has_times { number(dice, 0, 90_000) } else { 0.0 };
        Exchange { weight, time, ..Exchange::new(gives as u32, gets as u32, given, got) }
    };
    (0..count).map(trade).collect()
}

fn told(goods: usize, trades: &[Exchange]) -> Value {
    let rows: Vec<Value> =
        trades.iter().map(|x| json!([x.gives, x.gets, x.given, x.got, x.weight, x.time])).collect();
    json!({"goods": goods, "exchanges": rows, "rankings": []})
}

#[test]
fn values_from_trades_are_those_of_others() {
    let mut dice = Dice::new(61);
    let made = (0..60).map(|_| {
        let goods = 3 + dice.below(6);
        let count = goods + dice.below(40);
        (goods, trades(&mut dice, goods, count))
    });
    let made: Vec<(usize, Vec<Exchange>)> = made.collect();
    let problems: Vec<Value> = made.iter().map(|(goods, trades)| told(*goods, trades)).collect();
    let Some(answers) = judged(&problems) else { return };
    let mut drifts = Vec::new();
    for ((goods, trades), answer) in made.into_iter().zip(&answers) {
        let evidence = Evidence::new(goods, trades, Rankings::default()).expect("they are sound");
        for name in
            ["least-squares", "bradley-terry", "plackett-luce", "rank-centrality", "pagerank", "equilibrium"]
        {
            is_near(name, &found(name, &evidence).log_value, &answer[name]);
        }
        is_near_one("absolute-deviations", least_deviations(&evidence), &answer["least deviations"]);
        // What the prices allow is what can be cleared.
        let [price, value] = ["shadow-prices", "least-squares"]
            .map(|name| found(name, &evidence).values().expect("they are in range"));
        let surplus = |x: &Exchange| {
            let (a, b) = (x.gives as usize, x.gets as usize);
            x.weight * (x.given * (value[a] + price[a]) - x.got * price[b]).max(0.0)
        };
        is_near_one("shadow-prices", evidence.exchanges().iter().map(surplus).sum(), &answer["most cleared"]);
        drifts.push(is_kalman(&evidence, &answer["kalman"]).to_bits());
    }
    drifts.sort_unstable();
    drifts.dedup();
    assert!(drifts.len() > 2, "several drifts are the likeliest somewhere");
}

/// The sum of deviations that the values leave.
fn least_deviations(evidence: &Evidence) -> f64 {
    let log_value = found("absolute-deviations", evidence).log_value;
    let deviation = |x: &Exchange| {
        x.weight * (x.log_rate() - (log_value[x.gives as usize] - log_value[x.gets as usize])).abs()
    };
    evidence.exchanges().iter().map(deviation).sum()
}

#[test]
fn deviations_of_trades_of_very_different_weights_are_those_of_others() {
    let mut dice = Dice::new(67);
    let made = (0..90).map(|run| {
        let goods = 3 + dice.below(20);
        let count = goods + dice.below(60);
        let mut trades = trades(&mut dice, goods, count);
        for x in &mut trades {
            x.weight = if dice.chance(50) { [1e2, 1e3, 1e6][run % 3] } else { 1.0 };
        }
        (goods, trades)
    });
    let made: Vec<(usize, Vec<Exchange>)> = made.collect();
    let problem = |(goods, trades): &(usize, Vec<Exchange>)| {
        let mut problem = told(*goods, trades);
        problem["deviations alone"] = true.into();
        problem
    };
    let Some(answers) = judged(&made.iter().map(problem).collect::<Vec<_>>()) else { return };
    for ((goods, trades), answer) in made.into_iter().zip(&answers) {
        let evidence = Evidence::new(goods, trades, Rankings::default()).expect("they are sound");
        is_near_one("absolute-deviations", least_deviations(&evidence), &answer["least deviations"]);
    }
}

/// That the filter's drift and values are those of others; tells the drift.
fn is_kalman(evidence: &Evidence, answer: &Value) -> f64 {
    let kalman = found("kalman", evidence);
    let (name, drift) = kalman.parameters[0];
    is_near_one(name, drift, &answer["drift"]);
    is_near("kalman", &kalman.log_value, &answer["values"]);
    drift
}

/// So many goods and trades that variances alone are followed.
#[test]
fn values_that_are_followed_by_variances_alone_are_those_of_others() {
    let (goods, count) = (1_000, 2_600);
    let mut dice = Dice::new(62);
    let mut all = trades(&mut dice, goods, count);
    for trade in &mut all[goods..] {
        // Few goods are traded often enough for their drift to be heard.
        trade.gives %= 40;
        trade.gets = 40 + trade.gets % 40;
    }
    let mut problem = told(goods, &all);
    problem["kalman alone"] = json!(true);
    let Some(answers) = judged(&[problem]) else { return };
    let evidence = Evidence::new(goods, all, Rankings::default()).expect("they are sound");
    assert!(found("kalman", &evidence).notes[0].contains("variances alone"));
    is_kalman(&evidence, &answers[0]["kalman"]);
}

#[test]
fn values_from_lists_are_those_of_others() {
    let mut dice = Dice::new(63);
    let lists = |dice: &mut Dice, goods: usize| {
        let mut all: Vec<Vec<u32>> = Vec::new();
        for _ in 0..3 + dice.below(20) {
            let mut left: Vec<u32> = (0..goods as u32).collect();
            let length = 2 + dice.below(goods - 1);
            all.push((0..length).map(|_| left.swap_remove(dice.below(left.len()))).collect());
        }
        // Round and round, so that every good wins and loses.
        let next = |good: usize| vec![good as u32, ((good + 1) % goods) as u32];
        all.extend((0..goods).map(next));
        all
    };
    let made: Vec<(usize, Vec<Vec<u32>>)> = (0..40)
        .map(|_| {
            let goods = 3 + dice.below(6);
            (goods, lists(&mut dice, goods))
        })
        .collect();
    let problem =
        |(goods, lists): &(usize, Vec<Vec<u32>>)| json!({"goods": goods, "exchanges": [], "rankings": lists});
    let problems: Vec<Value> = made.iter().map(problem).collect();
    let Some(answers) = judged(&problems) else { return };
    for ((goods, lists), answer) in made.iter().zip(&answers) {
        let mut rankings = Rankings::default();
        for list in lists {
            rankings.push(list);
        }
        let evidence = Evidence::new(*goods, Vec::new(), rankings).expect("they are sound");
        for name in ["bradley-terry", "plackett-luce", "rank-centrality", "pagerank"] {
            is_near(name, &found(name, &evidence).log_value, &answer[name]);
        }
    }
}

/// A round: who owns each item, and what is taken for it.
type Round = (usize, Vec<u32>, Vec<Vec<u32>>);

fn rounds() -> Vec<Round> {
    let mut dice = Dice::new(64);
    let round = |at: usize| {
        // Thirteen are more than coalitions are gone through of.
        let players = if at < 40 { 2 + at % 5 } else { 13 };
        let items = players + dice.below(4);
        let mut owner = |item: usize| if item < players { item } else { dice.below(players) } as u32;
        let owner: Vec<u32> = (0..items).map(&mut owner).collect();
        let mut wants = |item: usize| {
            let all = (0..items).filter(|&other| other != item && dice.chance(35));
            all.map(|other| other as u32).collect::<Vec<u32>>()
        };
        let wants = (0..items).map(&mut wants).collect();
        (players, owner, wants)
    };
    (0..42).map(round).collect()
}

#[test]
fn shares_are_those_of_all_orders_and_of_a_linear_program_over_all_coalitions() {
    let rounds = rounds();
    let problem =
        |(players, owner, wants): &Round| json!({"players": players, "owner": owner, "wants": wants});
    let problems: Vec<Value> = rounds.iter().map(problem).collect();
    let Some(answers) = judged(&problems) else { return };
    for ((players, owner, wants), answer) in rounds.iter().zip(&answers) {
        let graph = Graph::from_rows(wants.len(), 0, |item| wants[item].iter().copied());
        let game = Game::new(&graph, owner, *players);
        let (shapley, core) = (shared("shapley", &game), shared("least-core", &game));
        let excess = core.excess.expect("it is told");
        is_near_one("total", shapley.total, &answer["total"]);
        assert_eq!((shapley.is_exact, core.is_exact), (*players <= 12, *players <= 12));
        if *players > 12 {
            for (player, (share, error)) in shapley.share.iter().zip(&shapley.error).enumerate() {
                let truth = answer["shapley"][player].as_f64().expect("a number");
                assert!((share - truth).abs() < 5.0 * error + 1e-9, "{player}: {share} +- {error}, {truth}");
            }
            // Fewer coalitions ask for no more.
            assert!(excess < answer["excess"].as_f64().expect("a number") + NEAR, "{core:?}");
            continue;
        }
        is_near("shapley", &shapley.share, &answer["shapley"]);
        is_near_one("least-core", excess, &answer["excess"]);
        let equal = core.total / *players as f64;
        let farthest = core.share.iter().map(|share| (share - equal).abs()).fold(0.0, f64::max);
        is_near_one("least-core", farthest, &answer["farthest"]);
        // No coalition could do better than by the excess with these very shares.
        assert!(game.excess(&core.share).is_none_or(|most| most < excess + NEAR), "{core:?}");
    }
}

#[test]
fn every_method_is_judged() {
    let judged = [
        "least-squares",
        "absolute-deviations",
        "bradley-terry",
        "plackett-luce",
        "rank-centrality",
        "pagerank",
        "equilibrium",
        "shadow-prices",
        "kalman",
        "shapley",
        "least-core",
    ];
    let names: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    assert_eq!(names, judged, "a method that is new needs a judge above");
}
