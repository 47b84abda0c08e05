//! Every method against what other people's programs find: scipy 1.17.1, choix 0.4.1 and networkx 3.6.1 by
//! `tests/valuation/oracle.py`, which prints the constants; against brute force; and on made-up trades whose values are known.

use super::*;
use crate::Graph;

/// Six goods, of values about 1, 2, 3, 5, 8 and 13, with one rate far out.
const EXCHANGES: [(u32, u32, f64, f64); 14] = [
    (0, 1, 4.0, 2.1),
    (1, 2, 3.0, 1.9),
    (2, 3, 5.0, 3.2),
    (3, 4, 8.0, 4.8),
    (4, 5, 13.0, 8.3),
    (5, 0, 1.0, 12.5),
    (0, 2, 6.0, 2.2),
    (1, 3, 5.0, 1.9),
    (2, 4, 8.0, 3.1),
    (3, 5, 2.6, 1.1),
    (4, 0, 2.0, 15.0),
    (5, 1, 2.0, 14.0),
    (0, 3, 10.0, 9.5),
    (2, 5, 4.0, 1.0),
];
const RANKINGS: [&[u32]; 9] =
    [&[5, 4, 3], &[4, 5, 2], &[3, 2, 1, 0], &[0, 1], &[1, 0, 2], &[2, 3], &[5, 3, 4, 2], &[3, 4], &[1, 2]];
const ROUND: [&[u32]; 5] = [&[1], &[0, 2], &[3], &[1, 4], &[3]];

const LEAST_SQUARES: [f64; 6] =
    [-1.039_930_680_7, -0.693_939_668_3, -0.220_093_397_1, 0.015_689_589_0, 0.743_802_780_0, 1.194_471_377_1];
const LEAST_DEVIATIONS: f64 = 1.888_516_597_5;
const BRADLEY_TERRY_EXCHANGES: [f64; 6] =
    [-0.963_602_254_8, -0.666_147_149_4, -0.225_012_019_9, 0.006_157_042_4, 0.704_297_643_6, 1.144_306_738_1];
const BRADLEY_TERRY: [f64; 6] =
    [-1.496_897_142_1, -0.822_015_699_9, -1.253_416_164_3, 0.604_834_769_4, 0.785_554_513_8, 2.181_939_723_1];
const PLACKETT_LUCE: [f64; 6] =
    [-1.038_200_786_3, -0.566_918_882_9, -1.150_682_363_4, 0.379_945_534_5, 0.552_008_808_9, 1.823_847_689_2];
const RANK_CENTRALITY: [f64; 6] =
    [-2.521_903_707_4, -2.000_606_783_8, -1.355_468_822_4, 0.996_686_770_3, 1.823_267_834_8, 3.058_024_708_6];
const PAGERANK: [f64; 6] =
    [0.038_097_804_0, -0.033_392_076_2, -0.154_739_357_4, 0.094_721_502_3, -0.149_429_843_2, 0.204_741_970_5];
const EQUILIBRIUM: [f64; 6] = [
    -0.903_772_378_1,
    -0.735_761_387_3,
    -0.236_894_916_5,
    -0.049_498_059_3,
    0.729_031_921_1,
    1.196_894_820_0,
];
const MOST_CLEARED: f64 = 16.292_861_786_5;
const KALMAN: [f64; 6] =
    [-1.036_076_199_2, -0.696_071_845_3, -0.219_189_446_0, 0.012_013_122_2, 0.745_903_832_8, 1.193_420_535_5];
const SHAPLEY: [f64; 5] = [0.7, 1.2, 0.2, 1.2, 0.7];

fn exchanges() -> Evidence {
    let exchanges = EXCHANGES.map(|(gives, gets, given, got)| Exchange::new(gives, gets, given, got));
    Evidence::new(6, exchanges.to_vec(), Rankings::default()).unwrap()
}

fn rankings() -> Evidence {
    let mut rankings = Rankings::default();
    for list in RANKINGS {
        rankings.push(list);
    }
    Evidence::new(6, Vec::new(), rankings).unwrap()
}

/// What `name` finds, after its conditions were seen to hold.
#[track_caller]
fn found(name: &str, evidence: &Evidence) -> Estimate {
    let Kind::Values(estimate, check) = by_name(name).unwrap().kind else { panic!("{name} gives values") };
    let found = estimate(evidence, &Settings::default()).unwrap();
    for condition in check(evidence, &found.log_value, &found.parameters) {
        assert!(condition.holds(), "{name}: {condition:?}");
    }
    found
}

#[track_caller]
fn is_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found_one, expected_one) in found.iter().zip(expected) {
        assert!((found_one - expected_one).abs() < tolerance, "{found:?}\n{expected:?}");
    }
}

#[test]
fn values_are_those_of_other_programs() {
    for (name, evidence, expected) in [
        ("least-squares", exchanges(), LEAST_SQUARES),
        ("bradley-terry", exchanges(), BRADLEY_TERRY_EXCHANGES),
        ("plackett-luce", exchanges(), BRADLEY_TERRY_EXCHANGES),
        ("bradley-terry", rankings(), BRADLEY_TERRY),
        ("plackett-luce", rankings(), PLACKETT_LUCE),
        ("rank-centrality", rankings(), RANK_CENTRALITY),
        ("pagerank", exchanges(), PAGERANK),
        ("equilibrium", exchanges(), EQUILIBRIUM),
    ] {
        let estimate = found(name, &evidence);
        is_near(&estimate.log_value, &expected, 1e-6);
        assert_eq!(estimate.notes.len(), usize::from(name == "pagerank"), "{name}");
    }
}

#[test]
fn deviations_and_what_is_cleared_are_those_of_a_linear_program() {
    let evidence = exchanges();
    let log_value = found("absolute-deviations", &evidence).log_value;
    let rest =
        |(x, rate): (&Exchange, f64)| rate - (log_value[x.gives as usize] - log_value[x.gets as usize]);
    let deviations: f64 = evidence.rated().map(|rated| rest(rated).abs()).sum();
    assert!((deviations - LEAST_DEVIATIONS).abs() < 1e-6, "{deviations}");
    let reference = found("least-squares", &evidence);
    let price = found("shadow-prices", &evidence).values().unwrap();
    let value = reference.values().unwrap();
    let bound: f64 = EXCHANGES
        .iter()
        .map(|&(a, b, given, got)| {
            (given * (value[a as usize] + price[a as usize]) - got * price[b as usize]).max(0.0)
        })
        .sum();
    assert!((bound - MOST_CLEARED).abs() < 1e-6, "{bound}");
}

#[test]
fn the_filter_is_that_of_matrices() {
    let course = kalman::follow_for_test(&exchanges(), 1e-3);
    is_near(&course, &KALMAN, 1e-6);
    found("kalman", &exchanges());
}

#[test]
fn a_wrong_value_breaks_a_condition() {
    for method in METHODS {
        let Kind::Values(_, check) = method.kind else { continue };
        for evidence in [exchanges(), rankings()] {
            let exchanges_alone = matches!(
                method.name,
                "least-squares" | "absolute-deviations" | "equilibrium" | "kalman" | "shadow-prices"
            );
            if evidence.exchanges().is_empty() && exchanges_alone {
                continue;
            }
            let mut wrong = found(method.name, &evidence);
            let good = wrong.log_value.iter().position(|log| log.is_finite()).unwrap();
            wrong.log_value[good] += 0.01;
            let holds = check(&evidence, &wrong.log_value, &wrong.parameters).iter().all(Condition::holds);
            assert!(!holds, "{}: {:?}", method.name, wrong);
        }
    }
}

#[test]
fn what_a_method_cannot_use_is_refused() {
    let nothing = Evidence::new(3, Vec::new(), Rankings::default()).unwrap();
    for method in METHODS {
        let Kind::Values(estimate, _) = method.kind else { continue };
        let refused = estimate(&nothing, &Settings::default());
        assert!(matches!(refused, Err(Refusal::Needs(_))), "{}: {refused:?}", method.name);
    }
}

#[test]
fn an_outlier_moves_deviations_less_than_squares() {
    let truth = [0.0, 1.0, -0.5, 2.0, 0.7];
    let mut trades = Vec::new();
    for a in 0..5_u32 {
        for b in 0..5_u32 {
            if a != b {
                trades.push(Exchange::new(a, b, 1.0, number::exp(truth[a as usize] - truth[b as usize])));
            }
        }
    }
    trades[3].got *= 100.0;
    let evidence = Evidence::new(5, trades, Rankings::default()).unwrap();
    let error = |name: &str| {
        let found = found(name, &evidence).log_value;
        let mean = truth.iter().sum::<f64>() / 5.0;
        found.iter().zip(truth).map(|(found, truth)| (found - truth + mean).abs()).fold(0.0, f64::max)
    };
    assert!(error("absolute-deviations") < 1e-6, "{}", error("absolute-deviations"));
    assert!(error("least-squares") > 0.3 && error("bradley-terry") < error("least-squares"));
}

/// Trades among `goods` at rates of known values, with errors of a given size; the values' logarithms too.
fn made_up(goods: u32, count: usize, noise: f64, seed: u64) -> (Evidence, Vec<f64>) {
    let mut stream = crate::stream::Stream::new(seed);
    let mut truth: Vec<f64> = (0..goods).map(|_| 6.0 * stream.unit()).collect();
    let mean = truth.iter().sum::<f64>() / f64::from(goods);
    for value in &mut truth {
        *value -= mean;
    }
    let trades = (0..count).map(|index| {
        // The first trades join all goods.
        let a = if index < goods as usize { index as u32 } else { stream.below(goods.into()) as u32 };
        let b = (a + 1 + stream.below(u64::from(goods) - 1) as u32) % goods;
        let error = noise * (stream.unit() + stream.unit() + stream.unit() - 1.5);
        let amount = number::exp(3.0 * stream.unit());
        let rate = number::exp(truth[a as usize] - truth[b as usize] + error);
        Exchange { time: index as f64, ..Exchange::new(a, b, amount, amount * rate) }
    });
    (Evidence::new(goods as usize, trades.collect(), Rankings::default()).unwrap(), truth)
}

#[test]
fn planted_values_are_found_again() {
    let (evidence, truth) = made_up(400, 20_000, 0.1, 7);
    let exact = made_up(30, 300, 0.0, 8);
    for name in
        ["least-squares", "absolute-deviations", "bradley-terry", "rank-centrality", "equilibrium", "kalman"]
    {
        is_near(&found(name, &evidence).log_value, &truth, 0.15);
        is_near(&found(name, &exact.0).log_value, &exact.1, 1e-4);
    }
    let arbitrage = arbitrage(&exact.0, &found("least-squares", &exact.0).log_value, 0.0);
    assert!(arbitrage.share < 1e-20 && arbitrage.root_mean_square < 1e-10, "{arbitrage:?}");
}

#[test]
fn arbitrage_round_a_ring_is_what_going_round_gains() {
    // One of A for two of B, one of B for two of C, one of C for two of A: eightfold.
    let ring = [(0, 1), (1, 2), (2, 0)].map(|(a, b)| Exchange::new(a, b, 1.0, 2.0)).to_vec();
    let evidence = Evidence::new(3, ring, Rankings::default()).unwrap();
    let log_value = found("least-squares", &evidence).log_value;
    is_near(&log_value, &[0.0; 3], 1e-12);
    let arbitrage = arbitrage(&evidence, &log_value, 0.0);
    assert!((3.0 * arbitrage.root_mean_square - number::ln(8.0)).abs() < 1e-12);
    assert!((arbitrage.share - 1.0).abs() < 1e-12 && arbitrage.worst.is_some());
}

#[test]
fn goods_that_nothing_joins_are_valued_apart() {
    let trades = vec![Exchange::new(0, 2, 1.0, 4.0), Exchange::new(1, 3, 3.0, 1.0)];
    let evidence = Evidence::new(5, trades, Rankings::default()).unwrap();
    for name in
        ["least-squares", "absolute-deviations", "bradley-terry", "rank-centrality", "equilibrium", "kalman"]
    {
        let value = found(name, &evidence).values().unwrap();
        is_near(&[value[0] / value[2], value[3] / value[1], value[4]], &[4.0, 3.0, 1.0], 1e-3);
    }
}

#[test]
fn values_out_of_range_are_named() {
    let huge = (0..8).map(|good| Exchange::new(good, good + 1, 1e-300, 1e300)).collect();
    let evidence = Evidence::new(9, huge, Rankings::default()).unwrap();
    let refused = found("least-squares", &evidence).values();
    assert_eq!(refused, Err(Refusal::Overflow(0)));
}

#[test]
fn a_good_that_never_loses_gets_a_finite_value_and_a_note() {
    let mut rankings = Rankings::default();
    rankings.push(&[2, 1, 0]);
    rankings.push(&[2, 0, 1]);
    let evidence = Evidence::new(3, Vec::new(), rankings).unwrap();
    for name in ["bradley-terry", "plackett-luce", "rank-centrality"] {
        let estimate = found(name, &evidence);
        let value = &estimate.log_value;
        assert!(value[2] > value[1] && (value[0] - value[1]).abs() < 1e-9 && value[2].is_finite(), "{name}");
        assert_eq!(estimate.notes.len(), 1, "{name}");
    }
}

fn round(wants: &[&[u32]]) -> Graph {
    Graph::from_rows(wants.len(), 0, |item| wants[item].iter().copied())
}

#[test]
fn shapley_shares_are_those_of_all_orders() {
    let graph = round(&ROUND);
    let owner: Vec<u32> = (0..5).collect();
    let game = Game::new(&graph, &owner, 5);
    let exact = shapley::shares(&game, &Settings::default());
    is_near(&exact.share, &SHAPLEY, 1e-9);
    assert!((exact.total - 4.0).abs() < 1e-12 && exact.is_exact);
}

#[test]
fn sampled_shapley_shares_are_within_their_errors() {
    // Seven couples who swap, and a lone player: everybody adds half of a couple's two items on average, the lone one nothing.
    let wants: Vec<Vec<u32>> =
        (0..15_u32).map(|item| if item < 14 { vec![item ^ 1] } else { vec![] }).collect();
    let rows: Vec<&[u32]> = wants.iter().map(Vec::as_slice).collect();
    let graph = round(&rows);
    let owner: Vec<u32> = (0..15).collect();
    let game = Game::new(&graph, &owner, 15);
    let sampled = shapley::shares(&game, &Settings { samples: 400, ..Settings::default() });
    assert_eq!((sampled.samples, sampled.is_exact), (400, false));
    for (player, (share, error)) in sampled.share.iter().zip(&sampled.error).enumerate() {
        let truth = if player < 14 { 1.0 } else { 0.0 };
        assert!((share - truth).abs() <= 4.5 * error + 1e-12, "{player}: {share} +- {error}");
        assert!(*error < 0.06);
    }
    assert!((sampled.share.iter().sum::<f64>() - 14.0).abs() < 1e-9);
}

#[test]
fn least_core_shares_leave_no_coalition_more_than_the_excess() {
    let owner: Vec<u32> = (0..5).collect();
    let graph = round(&ROUND);
    let game = Game::new(&graph, &owner, 5);
    let shares = least_core::shares(&game, &Settings::default()).unwrap();
    assert!((game.excess(&shares.share).unwrap() - shares.excess.unwrap()).abs() < 1e-6 && shares.is_exact);
    // Who gets a tenth less leaves with the partner.
    let mut wrong = shares.share.clone();
    wrong[0] -= 0.1;
    wrong[4] += 0.1;
    assert!(game.excess(&wrong).unwrap() > 0.09, "{shares:?}");
    // scipy's linear program over all coalitions finds an excess of 0.
    assert!(shares.excess.unwrap().abs() < 1e-6, "{shares:?}");
    let ring = round(&[&[1], &[2], &[0]]);
    let shares = least_core::shares(&Game::new(&ring, &owner[..3], 3), &Settings::default()).unwrap();
    assert!((shares.excess.unwrap() + 1.0).abs() < 1e-6, "{shares:?}");
    is_near(&shares.share, &[1.0; 3], 1e-6);
}

#[test]
fn shadow_prices_of_a_round_prove_how_many_items_trade() {
    let graph = round(&ROUND);
    let evidence = Evidence::new(5, Vec::new(), Rankings::default()).unwrap().with_round(graph);
    found("shadow-prices", &evidence);
}

#[test]
fn comparisons_meet_rates_however_lopsided() {
    for rate in [1e3, 1e6, 1e9, 1e12, 1e15] {
        let trades = vec![
            Exchange::new(0, 1, 1.0, rate),
            Exchange::new(1, 2, rate, 2.0),
            Exchange::new(0, 2, 1.0, 2.0),
            Exchange::new(2, 3, 3.0, rate),
        ];
        let evidence = Evidence::new(4, trades, Rankings::default()).unwrap();
        for name in ["bradley-terry", "plackett-luce"] {
            let log_value = found(name, &evidence).log_value;
            for (x, rate) in evidence.rated() {
                let rest = rate - (log_value[x.gives as usize] - log_value[x.gets as usize]);
                assert!(rest.abs() < 1e-9, "{name} {rate}: {rest}");
            }
        }
        // With a list beside them that does not agree, the condition still holds.
        let mut rankings = Rankings::default();
        rankings.push(&[1, 2, 0]);
        let evidence = Evidence::new(4, evidence.exchanges().to_vec(), rankings).unwrap();
        for name in ["bradley-terry", "plackett-luce"] {
            found(name, &evidence);
        }
    }
}

#[test]
fn two_lopsided_rates_of_the_same_goods_are_met_between() {
    let sizes = [1e-18, 1e-12, 1e-6, 1.0, 1e6, 1e12, 1e15, 1e18];
    for (one, other) in sizes.iter().flat_map(|one| sizes.map(|other| (*one, other))) {
        let trades = vec![Exchange::new(0, 1, 1.0, one), Exchange::new(1, 0, other, 1.0)];
        let evidence = Evidence::new(2, trades, Rankings::default()).unwrap();
        // The odds are those of all that was won and lost.
        let (won, lost) =
            (one / (1.0 + one) + other / (1.0 + other), 1.0 / (1.0 + one) + 1.0 / (1.0 + other));
        for name in ["bradley-terry", "plackett-luce"] {
            let log_value = found(name, &evidence).log_value;
            let rest = log_value[0] - log_value[1] - super::number::ln(won / lost);
            assert!(rest.abs() < 1e-6, "{name} {one:e} {other:e}: {rest}");
        }
    }
}

#[test]
fn shadow_prices_of_rates_too_far_apart_are_refused() {
    let estimate = |trades: [Exchange; 2]| {
        let Kind::Values(estimate, _) = by_name("shadow-prices").unwrap().kind else {
            panic!("it gives values")
        };
        let evidence = Evidence::new(2, trades.to_vec(), Rankings::default()).unwrap();
        estimate(&evidence, &Settings::default())
    };
    let heavy = Exchange { weight: 1e6, ..Exchange::new(0, 1, 1.0, 1.0) };
    assert_eq!(estimate([heavy, Exchange::new(0, 1, 1e10, 1.0)]), Err(Refusal::Apart));
    assert!(estimate([heavy, Exchange::new(0, 1, 10.0, 1.0)]).is_ok());
}

#[test]
fn weights_beyond_what_can_be_told_apart_are_refused() {
    let light = Exchange { weight: 1e-9, ..Exchange::new(1, 2, 1.0, 2.0) };
    let evidence = Evidence::new(3, vec![Exchange::new(0, 1, 1.0, 2.0), light], Rankings::default()).unwrap();
    for name in ["absolute-deviations", "bradley-terry", "plackett-luce"] {
        let Kind::Values(estimate, _) = by_name(name).unwrap().kind else { panic!("{name} gives values") };
        assert_eq!(estimate(&evidence, &Settings::default()), Err(Refusal::Span), "{name}");
    }
    found("least-squares", &evidence);
}

#[test]
fn shadow_prices_of_tiny_amounts_are_checked_in_proportion() {
    let tiny =
        EXCHANGES.map(|(gives, gets, given, got)| Exchange::new(gives, gets, 1e-12 * given, 1e-12 * got));
    let evidence = Evidence::new(6, tiny.to_vec(), Rankings::default()).unwrap();
    let mut wrong = found("shadow-prices", &evidence);
    let good = wrong.log_value.iter().position(|log| log.is_finite()).unwrap();
    wrong.log_value[good] += 0.1;
    let Kind::Values(_, check) = by_name("shadow-prices").unwrap().kind else { panic!("it gives values") };
    assert!(!check(&evidence, &wrong.log_value, &[]).iter().all(Condition::holds));
}
