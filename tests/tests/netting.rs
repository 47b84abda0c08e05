//! Obligations netted by the program: to known optima, for priorities and with credit, and checked by `verify`, which refuses what is not so.

use std::path::PathBuf;

use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::workspace;
use serde_json::{Value, json};

fn village() -> String {
    workspace().join("tests/netting/village.csv").display().to_string()
}

/// What `net` writes for a file, once `verify` has accepted it.
fn cleared(file: &str, options: &[&str]) -> Value {
    let scratch = Scratch::new();
    let out = scratch.at("out.json").display().to_string();
    run(["net", file, "--output", &out].iter().chain(options)).clean();
    let told = run(["verify", file, &out]).clean();
    assert!(told.contains("proven: nothing is better by it"), "{told}");
    let text = std::fs::read_to_string(&out).expect("it was written");
    serde_json::from_str(&text).expect("it is JSON")
}

/// A file of the shared data, if it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/netting").join(name);
    let is_there = path.exists();
    if !is_there {
        eprintln!("skipped: {} is not there", path.display());
    }
    is_there.then_some(path)
}

#[test]
fn objectives_need_their_columns_and_what_may_not_be_meant_is_told() {
    let of = |options: &[&str], text: &str| {
        let all: Vec<&str> = ["net", "-"].iter().chain(options).copied().collect();
        run_with_input(&all, text.as_bytes())
    };
    for goal in ["due", "priority"] {
        let told = of(&["--objective", goal], "debtor,creditor,amount\na,b,1\nb,a,1\n").refused(1);
        assert!(
            told.contains(&format!("the objective {goal} needs a column {goal}, and the header has none")),
            "{told}"
        );
    }
    let twice = of(&[], "id,debtor,creditor,amount\nx,a,b,1\nx,b,a,1\n");
    assert!(
        twice.err.contains("rows whose id a row before them has: 1 (the first is line 3)"),
        "{}",
        twice.err
    );
    assert!(twice.out.contains("Owed     2 by 2 obligations of 2 participants"), "{}", twice.out);
    let alone = of(&[], "debtor,creditor,amount\na,b,1\n").clean();
    assert!(alone.contains("Owed     1 by 1 obligation of 2 participants"), "{alone}");
}

#[test]
fn published_networks_are_cleared_to_their_known_optimum() {
    for (name, optimum) in [
        ("micro.csv", 300),
        ("synthethic_network_01.csv", 535_494_678_i64),
        ("synthethic_network_02.csv", 1_809_489_714),
    ] {
        let Some(path) = shared(name) else { continue };
        let document = cleared(&path.display().to_string(), &[]);
        assert_eq!(document["summary"]["cleared"], optimum, "{name}");
        assert_eq!(document["proof"]["status"], "optimal", "{name}");
    }
}

#[test]
fn a_village_is_released_of_what_goes_round() {
    let document = cleared(&village(), &[]);
    assert_eq!((&document["decimals"], &document["summary"]["total"]), (&json!(2), &json!(51_075)));
    let told = run(["net", &village()]).clean();
    assert!(told.contains("Owed     510.75 by 9 obligations of 6 participants"), "{told}");
    let of: Vec<&str> =
        document["cleared"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(!of.contains(&"W-01") && !of.contains(&"D-02"), "what is on no ring stays: {of:?}");
    // Whoever is released of so much releases others of as much.
    let mut balances = std::collections::BTreeMap::<&str, i64>::new();
    for row in document["cleared"].as_array().unwrap() {
        *balances.entry(row["debtor"].as_str().unwrap()).or_default() -= row["cleared"].as_i64().unwrap();
        *balances.entry(row["creditor"].as_str().unwrap()).or_default() += row["cleared"].as_i64().unwrap();
    }
    assert!(balances.values().all(|&balance| balance == 0), "{balances:?}");
    assert_eq!(cleared(&village(), &[]), document, "the same again");
}

#[test]
fn priorities_and_dates_come_before_the_total() {
    let total = cleared(&village(), &[])["summary"]["cleared"].as_i64().unwrap();
    for (goal, first) in [("priority", "priority 1"), ("due", "due 2026-11-30")] {
        let document = cleared(&village(), &["--objective", &format!("{goal},total")]);
        let objectives = document["objectives"].as_array().unwrap();
        assert_eq!(objectives[0]["name"], first);
        assert_eq!(objectives.last().unwrap()["name"], "total");
        assert!(objectives.last().unwrap()["value"].as_i64().unwrap() <= total);
        assert!(objectives.iter().all(|objective| objective["proven"] == true));
        let alone = cleared(&village(), &["--objective", goal]);
        assert_eq!(alone["objectives"][0]["value"], objectives[0]["value"]);
    }
}

/// Of many dates the first are printed and the others counted; what every obligation has is not told of those without.
#[test]
fn of_many_dates_the_first_are_printed() {
    let row = |day: usize| format!("a,b,1,2026-01-{day:02},1\nb,a,1,2026-01-{day:02},2\n");
    let rows: String = (1..=12).map(row).collect();
    let scratch = Scratch::new();
    let text = format!("debtor,creditor,amount,due,priority\n{rows}");
    let file = scratch.file("dates.csv", &text).display().to_string();
    let told = run(["net", &file, "--objective", "due,priority,total"]).clean();
    let block = told.split("\n\n").nth(1).expect("objectives follow an empty line");
    let lines: Vec<&str> = block.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(&lines[7..9], ["  due 2026-01-08", "  and 4 more (--output OUT.json has all)"], "{told}");
    assert_eq!(&lines[9..], ["  priority 1", "  priority 2", "  total"], "{told}");
    let names = |file: &str| {
        let document = cleared(file, &["--objective", "due,priority"]);
        let objectives = document["objectives"].as_array().unwrap().iter();
        objectives.map(|objective| objective["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names(&file).iter().all(|name| !name.starts_with("no ")), "{:?}", names(&file));
    let without = scratch.file("without.csv", text + "a,b,1,,\n").display().to_string();
    let found = names(&without);
    assert!(found[12] == "no date" && found[15] == "no priority", "{found:?}");
    let empty = scratch.file("empty.csv", "debtor,creditor,amount,due,priority\n").display().to_string();
    let out = scratch.at("empty.json").display().to_string();
    let said = run(["net", &empty, "--objective", "due,priority", "--output", &out]);
    assert!(said.status == Some(0) && said.err.contains("no obligations under the header"), "{said:?}");
    let told = run(["verify", &empty, &out]).clean();
    assert!(told.contains("no date: ") && told.contains("no priority: "), "{told}");
}

/// Two debts that lead to the same claim: without fairness any split of it is as good.
#[test]
fn equal_claims_get_equal_shares() {
    let scratch = Scratch::new();
    let text = "debtor,creditor,amount\nann,bob,1600\nann,cat,800\nbob,dan,9999\ncat,dan,9999\ndan,ann,900\n";
    let path = scratch.file("claims.csv", text).display().to_string();
    let document = cleared(&path, &["--objective", "total,fair"]);
    let of: Vec<_> = document["cleared"].as_array().unwrap().iter().map(|row| &row["cleared"]).collect();
    assert_eq!(of[..2], [&json!(600), &json!(300)], "three eighths of each");
    assert_eq!(document["summary"]["cleared"], cleared(&path, &[])["summary"]["cleared"]);
}

#[test]
fn what_cannot_be_cut_counts_for_as_much_as_what_can() {
    let scratch = Scratch::new();
    let text = "debtor,creditor,amount\nann,bea,1\nann,col,1\nann,eva,1\nann,fay,1\nann,cat,16\n\
                bea,dan,9\ncol,dan,9\neva,dan,9\nfay,dan,9\ncat,dan,99\ndan,ann,16\n";
    let path = scratch.file("hours.csv", text).display().to_string();
    let document = cleared(&path, &["--objective", "total,fair"]);
    let of: Vec<_> = document["cleared"].as_array().unwrap().iter().map(|row| &row["cleared"]).collect();
    assert_eq!(
        of[..5],
        [&json!(1), &json!(1), &json!(1), &json!(1), &json!(12)],
        "squares of 4 x 0 + 16 x 1/16"
    );
}

#[test]
fn what_the_solver_does_not_take_is_refused_and_not_told_as_proven() {
    let scratch = Scratch::new();
    let text = "debtor,creditor,amount\na,b,1000000.000000001\nc,d,1000000\n";
    let path = scratch.file("large.csv", text).display().to_string();
    let told = run(["net", &path, "--credit", "1100000"]).refused(1);
    assert!(
        told.contains("with credit, all obligations together come to at most 1125899.906842624"),
        "{told}"
    );
}

#[test]
fn credit_clears_more_and_leaves_who_owes_it() {
    let without = cleared(&village(), &[])["summary"]["cleared"].as_i64().unwrap();
    let mut before = without;
    for limit in ["5", "20.5", "1000"] {
        let document = cleared(&village(), &["--credit", limit]);
        let now = document["summary"]["cleared"].as_i64().unwrap();
        assert!(now > before, "{limit}: {now} after {before}");
        before = now;
        let most = (limit.parse::<f64>().unwrap() * 100.0) as i64;
        let used: Vec<i64> = document["credit"]["used"]
            .as_array()
            .unwrap()
            .iter()
            .map(|used| used["owes"].as_i64().unwrap())
            .collect();
        assert!(used.iter().sum::<i64>() == 0 && used.iter().all(|owes| owes.abs() <= most), "{used:?}");
    }
    assert_eq!(before, 51_075, "with enough of it everything is cleared");
    let out = Scratch::new();
    let path = out.at("out.json").display().to_string();
    run(["net", &village(), "--credit", "5", "--output", &path]).clean();
    let told = run(["verify", &village(), &path]).clean();
    assert!(told.contains("(with credit of 5.00 for each, any amount in all)"), "{told}");
    let document = cleared(&village(), &["--liquidity", "10"]);
    let used = document["credit"]["used"].as_array().unwrap();
    let owed: i64 = used.iter().map(|used| used["owes"].as_i64().unwrap().max(0)).sum();
    assert!(owed <= 1_000 && document["summary"]["cleared"].as_i64().unwrap() > without);
}

/// Whoever writes hundredths has them, also where all of them are 0.
#[test]
fn credit_may_be_of_the_digits_that_the_file_is_written_with() {
    let scratch = Scratch::new();
    let path =
        scratch.file("debts.csv", "debtor,creditor,amount\na,b,100.00\nb,a,40\n").display().to_string();
    let document = cleared(&path, &["--credit", "0.25"]);
    assert_eq!((&document["decimals"], &document["summary"]["cleared"]), (&json!(2), &json!(8_025)));
    let told = run(["net", &path, "--credit", "0.255"]).refused(2);
    assert!(told.contains("with at most 2 decimals as in the file, found \"0.255\""), "{told}");
    let told = run(["net", &path, "--credit", "92233720368547758.08"]).refused(2);
    assert!(told.contains("--credit: expected at most 92233720368547758.07, found"), "{told}");
    let told = run(["net", &path, "--credit", "-5"]).refused(2);
    assert!(told.contains("expected an amount from 0 on") && told.contains("found \"-5\""), "{told}");
}

/// By the notices alone everybody is released of as much as it releases others of, but for credit.
#[test]
fn notices_keep_every_net_position() {
    let scratch = Scratch::new();
    let path = scratch.at("notices.csv").display().to_string();
    for options in [&[][..], &["--credit", "20.5"]] {
        run(["net", &village(), "--quiet", "--notices", &path].iter().chain(options)).clean();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut balances = std::collections::BTreeMap::<&str, i64>::new();
        let mut rows = 0;
        for line in text.lines().skip(1) {
            let field: Vec<&str> = line.split(',').collect();
            let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
            let balance = balances.entry(field[0]).or_default();
            match field[1] {
                "owes" => *balance += cents(field[6]),
                "is owed" => *balance -= cents(field[6]),
                "comes to owe" => *balance -= cents(field[7]),
                "comes to be owed" => *balance += cents(field[7]),
                other => panic!("{other}"),
            }
            if let Some(amount) = field[5].split_once('.') {
                assert_eq!(cents(field[5]), cents(field[6]) + cents(field[7]), "{amount:?}: {line}");
                rows += 1;
            }
        }
        assert!(balances.values().all(|&balance| balance == 0), "{text}");
        let said: Vec<_> = text.lines().filter(|line| line.contains("comes to")).collect();
        assert_eq!(said.is_empty(), options.is_empty(), "{text}");
        assert_eq!(rows, 2 * 9, "each obligation, as both see it");
    }
}

/// Ann owes bob once what he owes her in halves, and as a whole.
const HALVES: &str = "debtor,creditor,amount\nbob,ann,5\nbob,ann,5\nann,bob,10\nbob,ann,10\n";

#[test]
fn of_equally_good_clearings_one_touches_fewest_obligations() {
    let scratch = Scratch::new();
    let file = scratch.file("halves.csv", HALVES).display().to_string();
    assert_eq!(cleared(&file, &[])["cleared"].as_array().unwrap().len(), 3);
    let document = cleared(&file, &["--objective", "total,fewest"]);
    assert_eq!(document["summary"]["cleared"], 20);
    let fewest = json!({"name": "fewest", "value": 2, "bound": 2, "proven": true});
    assert_eq!(document["objectives"][1], fewest);
    let told = run(["net", &file, "--objective", "total,fewest"]).clean();
    assert!(told.contains("fewest: 2 obligations touched, proven"), "{told}");
    for options in [&[][..], &["--credit", "20.5"]] {
        let total = cleared(&village(), options);
        let few = cleared(&village(), &[options, &["--objective", "total,fewest"]].concat());
        assert_eq!(total["objectives"][0], few["objectives"][0]);
        let count = |document: &Value| document["cleared"].as_array().unwrap().len();
        assert!(count(&few) <= count(&total) && few["objectives"][1]["value"] == json!(count(&few)));
    }
    // Larger networks are told with a bound, and the same again.
    let made = run(["generate", "obligations", "--firms", "60", "--obligations", "600"]).clean();
    let file = scratch.file("made.csv", made).display().to_string();
    let outs = ["a.json", "b.json"].map(|name| scratch.at(name).display().to_string());
    for out in &outs {
        run(["net", &file, "--objective", "total,fewest", "--output", out]).clean();
    }
    let [text, again] = outs.clone().map(|out| std::fs::read_to_string(out).unwrap());
    assert!(text == again);
    let document: Value = serde_json::from_str(&text).unwrap();
    let [value, bound] = ["value", "bound"].map(|name| document["objectives"][1][name].as_i64().unwrap());
    assert!(bound <= value && value * 4 < bound * 5, "{value} of {bound}");
    if value > bound {
        let said = run(["verify", &file, &outs[0]]);
        assert_eq!(said.status, Some(1));
        let told = format!("fewest: {value} obligations touched, not proven: no fewer than {bound} can be");
        assert!(said.out.contains(&told), "{}", said.out);
        assert!(said.err.contains("allowed, but not proven optimal"), "{}", said.err);
    }
}

#[test]
fn what_is_wrong_with_how_few_are_touched_is_told() {
    let scratch = Scratch::new();
    let file = scratch.file("halves.csv", HALVES).display().to_string();
    let whole = cleared(&file, &["--objective", "total,fewest"]);
    let cases: &[(Change<'_>, &str)] = &[
        (
            &|document| document["objectives"][1]["value"] = json!(1),
            "says that 1 obligations are touched, and 2",
        ),
        (&|document| document["objectives"][1]["bound"] = json!(1), "no fewer than 1 can be touched"),
        (&|document| document["objectives"][1]["proven"] = json!(false), "and it says otherwise"),
        (
            &|document| document["proof"]["parts"] = json!([{"participants": [0], "cases": []}]),
            "part 1 of its proof is not of all",
        ),
        (
            &|document| document["proof"]["parts"] = json!([{"participants": [0, 1], "cases": []}]),
            "the cases of part 1",
        ),
        (
            &|document| {
                document["proof"]["parts"] = json!([{"participants": [0, 1], "cases": [{"line": 1}]}]);
            },
            "line 1 of the file is no obligation",
        ),
        (
            &|document| document["objectives"] = json!([document["objectives"][1].clone()]),
            "fewest comes after something",
        ),
    ];
    for (change, expected) in cases {
        let mut document = whole.clone();
        change(&mut document);
        let path = scratch.file("spoilt.json", document.to_string()).display().to_string();
        let told = run(["verify", &file, &path]).refused(1);
        assert!(told.contains(expected), "{expected}: {told}");
    }
    for (objective, expected) in [
        ("fewest", "fewest comes after something to clear for"),
        ("total,fewest,priority", "fewest comes last"),
        ("total,fair,fewest", "fewest cannot go with fair"),
    ] {
        let told = run(["net", &file, "--objective", objective]).refused(2);
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

/// What spoils a document.
type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn what_is_wrong_with_a_document_is_told() {
    let scratch = Scratch::new();
    let whole = cleared(&village(), &["--credit", "5"]);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut document = whole.clone();
        change(&mut document);
        let path = scratch.file("spoilt.json", document.to_string());
        run(["verify", &village(), &path.display().to_string()]).refused(1)
    };
    let row = |document: &Value| {
        document["cleared"]
            .as_array()
            .unwrap()
            .iter()
            .position(|row| row["amount"] != row["cleared"])
            .unwrap()
    };
    let cases: &[(Change<'_>, &str)] = &[
        (&|document| document["version"] = json!(2), "expected bartizan-netting of version 1"),
        (&|document| document["decimals"] = json!(1), "amounts have 1 decimals there, and 2 in the file"),
        (
            &|document| {
                let at = row(document);
                document["cleared"][at]["cleared"] =
                    json!(document["cleared"][at]["cleared"].as_i64().unwrap() + 1);
            },
            "is released of another amount",
        ),
        (&|document| document["cleared"][0]["cleared"] = json!(99_999_999), "more is cleared than is owed"),
        (
            &|document| document["cleared"][0]["cleared"] = json!(0),
            "expected once, with something that is cleared",
        ),
        (&|document| document["cleared"][0]["debtor"] = json!("thief"), "it is another obligation there"),
        (&|document| document["cleared"][0]["id"] = json!("stolen"), "it is another obligation there"),
        (
            &|document| {
                let again = document["credit"]["used"][0].clone();
                document["credit"]["used"].as_array_mut().unwrap().insert(0, again);
            },
            "uses credit: expected once, and some",
        ),
        (&|document| document["cleared"][0]["line"] = json!(77), "line 77 of the file is no obligation"),
        (
            &|document| document["credit"]["used"][0]["owes"] = json!(501),
            "more credit is used than is offered",
        ),
        (
            &|document| document["credit"]["used"][0]["participant"] = json!("bank"),
            "bank uses credit, and is not in the file",
        ),
        (&|document| document["objectives"][0]["value"] = json!(1), "it says that total is 1"),
        (&|document| document["objectives"][0]["name"] = json!("fame"), "unknown objective"),
        (&|document| document["objectives"] = json!([]), "it names no objective"),
        (
            &|document| document["proof"]["potentials"][0][0] = json!(100_000),
            "its proof only shows that no more than",
        ),
        (&|document| document["proof"]["potentials"] = json!([[]]), "not one potential for each participant"),
        (&|document| document["proof"]["status"] = json!("bounded"), "its status says otherwise"),
        (&|document| document["summary"]["whole"] = json!(0), "its summary is of something else"),
        (&|document| document["colour"] = json!(1), "unknown field `colour`"),
    ];
    for (change, expected) in cases {
        let told = refused(change);
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn what_is_cleared_is_told_in_the_order_of_the_file() {
    let scratch = Scratch::new();
    let mut document = cleared(&village(), &[]);
    document["cleared"].as_array_mut().unwrap().swap(0, 1);
    let path = scratch.file("swapped.json", document.to_string()).display().to_string();
    let told = run(["verify", &village(), &path]).refused(1);
    assert!(told.contains("expected the order of the file"), "{told}");
}

#[test]
fn what_verify_insists_on_is_what_was_asked_for() {
    let scratch = Scratch::new();
    let out = scratch.at("out.json").display().to_string();
    let verify = |options: &[&str]| run(["verify", &village(), &out].iter().chain(options));
    run(["net", &village(), "--objective", "priority,total", "--credit", "5", "--output", &out]).clean();
    verify(&["--objective", "priority,total", "--credit", "5.00"]).clean();
    for (options, expected) in [
        (["--objective", "total"], "cleared for these objectives: priority, total; expected total"),
        (["--objective", "total,priority"], "priority, total; expected total, priority"),
        (["--credit", "0"], "cleared with --credit 5.00; expected --credit 0.00"),
        (["--liquidity", "9"], "cleared with --liquidity no limit; expected --liquidity 9.00"),
    ] {
        let told = verify(&options).refused(1);
        assert!(told.contains(expected), "{expected}: {told}");
    }
    run(["net", &village(), "--output", &out]).clean();
    verify(&["--objective", "total", "--credit", "0"]).clean();
    let told = verify(&["--credit", "5"]).refused(1);
    assert!(told.contains("cleared with --credit 0.00; expected --credit 5.00"), "{told}");
    let told = verify(&["--credit", "0.001"]).refused(2);
    assert!(told.contains("--credit: expected an amount"), "{told}");
    let round = workspace().join("tests/rounds/onewant-excerpt.txt").display().to_string();
    run(["clear", &round, "--output", &out]).clean();
    let told = run(["verify", &round, &out, "--credit", "5"]).refused(2);
    assert!(told.contains("--credit, --liquidity: they are of what `net` makes"), "{told}");
}

#[test]
fn made_up_obligations_are_cleared_and_the_same_again() {
    let make = |seed: &str| {
        run(["generate", "obligations", "--firms", "300", "--obligations", "4000", "--seed", seed]).clean()
    };
    let made = make("2");
    assert!(made == make("2") && made != make("3"));
    assert_eq!(made.lines().count(), 4001);
    let scratch = Scratch::new();
    let path = scratch.file("made.csv", made);
    let document = cleared(&path.display().to_string(), &[]);
    assert_eq!(document["proof"]["status"], "optimal");
    let told = run(["generate", "obligations", "--firms", "1", "--obligations", "2"]).refused(2);
    assert!(told.contains("between at least 2 firms"), "{told}");
}

#[test]
fn bad_files_and_options_are_refused_and_self_debts_are_told() {
    let of = |text: &str| run_with_input(&["net", "-"], text.as_bytes());
    let told = of("debtor,creditor,amount\nann,bob,-3\n").refused(1);
    assert!(told.contains("line 2, column 3: field 3: expected an amount from 0 on"), "{told}");
    let said = of("debtor,creditor,amount\nann,ann,3\nann,bob,2\nbob,ann,1\n");
    assert_eq!(said.status, Some(0));
    let told = "rows left out, since somebody owes to themselves: 1 (the first is line 2)";
    assert!(said.err.contains(told), "{}", said.err);
    let said = of("debtor,creditor,amount\nann,bob,2\nbob,ann,1\nann,bob,0\n");
    assert!(said.err.contains("rows of an amount of 0: 1 (the first is line 4)"), "{}", said.err);
    assert!(said.out.contains("Cleared  2 (66.7%)"), "{}", said.out);
    let told = run(["net", &village(), "--credit", "0.001"]).refused(2);
    assert!(told.contains("--credit: expected an amount"), "{told}");
    let none = of("debtor,creditor,amount\n");
    assert!(none.out.contains("Owed     0 by 0 obligations of 0 participants"), "{}", none.out);
    assert!(none.err.contains("no obligations under the header"), "{}", none.err);
    assert!(of("").refused(1).contains("it has no debtor (the file is empty)"));
    for twice in ["total,total", "priority,total,priority"] {
        let told = run(["net", &village(), "--objective", twice]).refused(2);
        assert!(told.contains("--objective: expected each objective once"), "{twice}: {told}");
    }
}

/// Whoever comes to owe by credit as much as is cleared for it owes no less than before.
#[test]
fn who_owes_as_much_by_credit_is_not_relieved() {
    let scratch = Scratch::new();
    // Ann owes, and is owed nothing; the credit makes her debt one to all others together.
    let file = scratch.file("chain.csv", "debtor,creditor,amount\nann,bob,10\nbob,cat,10\n");
    let document = cleared(&file.display().to_string(), &["--credit", "10"]);
    assert_eq!((&document["summary"]["cleared"], &document["summary"]["whole"]), (&json!(20), &json!(2)));
    assert_eq!(document["summary"]["participants_relieved"], 1, "bob alone: {document}");
    let told = run(["net", &file.display().to_string(), "--credit", "4"]).clean();
    assert!(told.contains("Relieved 1 participant owes less"), "{told}");
}
