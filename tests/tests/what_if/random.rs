//! Random logs: under the same rules nothing changes, to the byte; under others both realms stay sound, and the comparison is the same each time.

use bartizan_engine::codec::Codec;
use bartizan_io::what_if::comparison::Comparison;
use bartizan_io::what_if::rules::Rules;
use bartizan_io::what_if::{chart, json, text};

use crate::logs::{random, through};

/// Commands of one log.
const LOG: u64 = 1_200;

#[test]
fn the_same_rules_change_nothing() {
    for seed in 0..24 {
        let log = random(seed, LOG);
        for from in [1, 24, 500, LOG] {
            let outcomes = through(&log, "{}", from);
            assert!(
                outcomes.baseline.realm.to_bytes() == outcomes.other.realm.to_bytes(),
                "seed {seed}, from {from}: the same state, to the byte"
            );
            assert_eq!(outcomes.baseline.commands, outcomes.other.commands, "seed {seed}, from {from}");
            assert_eq!(outcomes.baseline.dealings, outcomes.other.dealings, "seed {seed}, from {from}");
            assert_eq!(outcomes.not_applicable, 0, "seed {seed}, from {from}");
            let comparison = Comparison::of(outcomes, None).unwrap();
            assert!(comparison.gainers().is_empty() && comparison.losers().is_empty());
            let held = comparison.agents.iter().flat_map(|agent| &agent.holdings);
            assert!(held.into_iter().all(|(_, [was, would])| was == would));
        }
    }
}

/// What is refused, and what is named that is not there, must neither break a realm nor the sums.
#[test]
fn other_rules_leave_both_realms_sound() {
    let calls = r#"{"markets": {"all": {"mechanism": {"FrequentCall": {"every": 1500000}}}}}"#;
    let dear =
        r#"{"markets": {"all": {"fees": {"maker_ppm": 20000, "taker_ppm": 90000, "auction_ppm": 50000}}}}"#;
    let (mut differ, mut misses) = (0, 0);
    for seed in 0..24 {
        let log = random(seed, LOG);
        for rules in [calls, dear] {
            for from in [1, 400] {
                let outcomes = through(&log, rules, from);
                outcomes.other.realm.check();
                let sums = |commands: &bartizan_io::what_if::tally::Commands| {
                    commands.applied + commands.repeated + commands.refusals()
                };
                assert_eq!(sums(&outcomes.baseline.commands), LOG + 1 - from, "seed {seed}");
                assert_eq!(sums(&outcomes.other.commands), LOG + 1 - from, "seed {seed}");
                let repeated = [&outcomes.baseline, &outcomes.other].map(|side| side.commands.repeated);
                assert_eq!(repeated[0], repeated[1], "seed {seed}");
                differ += u32::from(outcomes.baseline.dealings != outcomes.other.dealings);
                misses += outcomes.not_applicable;
                let ledger = outcomes.other.realm.ledger();
                let outstanding: Vec<_> = ledger.assets().map(|(id, _)| ledger.outstanding(id).0).collect();
                let comparison = Comparison::of(outcomes, None).unwrap();
                for (asset, outstanding) in comparison.assets.iter().zip(outstanding) {
                    assert_eq!(asset.held[1].unsigned_abs(), outstanding, "seed {seed}: {}", asset.name);
                }
            }
        }
    }
    assert!(differ > 40 && misses > 100, "{differ} differ, {misses} commands name what is not there");
}

#[test]
fn a_comparison_is_the_same_each_time() {
    let rules = r#"{"markets": {"all": {"fees": {"taker_ppm": 30000}}}}"#;
    let told = || {
        let comparison = Comparison::of(through(&random(5, LOG), rules, 30), None).unwrap();
        let mut drawn = Vec::new();
        chart::write(&mut drawn, &comparison).unwrap();
        let object = json::document(&comparison, &Rules::read(rules.as_bytes()).unwrap());
        (text::lines(&comparison).join("\n"), object.to_string(), drawn)
    };
    assert!(told() == told());
}
