//! Goods valued by the program from trades, offers, obligations and rounds, checked by `verify`, which refuses what is not so; and the benchmark of valuation
//! methods, the same again from its seed, with a program in Python that takes part.

use std::path::Path;

use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::workspace;
use serde_json::Value;

fn here(name: &str) -> String {
    workspace().join(name).display().to_string()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("it was written")).expect("it is JSON")
}

/// What `value` writes for a file, once `verify` has accepted it.
fn valued(file: &str, options: &[&str]) -> Value {
    let scratch = Scratch::new();
    let out = scratch.at("out.json");
    let told = out.display().to_string();
    run(["value", file, "--quiet", "--output", &told].iter().chain(options)).clean();
    let checked = run(["verify", file, &told]).clean();
    assert!(checked.contains("at most"), "{checked}");
    read(&out)
}

fn value(outcome: &Value, name: &str) -> f64 {
    outcome["values"][name].as_f64().unwrap_or_else(|| panic!("{name} has a value: {outcome}"))
}

#[test]
fn a_market_is_valued_by_every_method_that_can_be_used() {
    let file = here("tests/valuation/market.csv");
    let document = valued(&file, &["--method", "all", "--unit", "bread"]);
    assert_eq!(document["method"], "least-squares");
    assert!((value(&document, "bread") - 1.0).abs() < 1e-12);
    let components = document["input"]["components"].as_array().unwrap();
    assert_eq!(components.len(), 2, "haircuts and massages are not traded for food: {components:?}");
    let of = |name: &str| {
        let others = document["others"].as_array().unwrap();
        others.iter().find(|outcome| outcome["method"] == name).unwrap_or_else(|| panic!("by {name}"))
    };
    // The last line is far out: six eggs for a fifth of a loaf.
    let (squares, deviations) = (value(&document, "egg"), value(of("absolute-deviations"), "egg"));
    assert!((deviations - 1.0 / 6.0).abs() < 0.02, "{deviations}");
    assert!((squares - deviations).abs() > 0.02, "{squares}");
    assert_eq!(document["arbitrage"]["residuals"][0]["line"], 13);
    assert!(document["arbitrage"]["share"].as_f64().unwrap() > 0.0);
    let refused: Vec<&str> =
        document["refused"].as_array().unwrap().iter().map(|one| one["method"].as_str().unwrap()).collect();
    assert_eq!(refused, ["shapley", "least-core"]);
    for outcome in document["others"].as_array().unwrap() {
        let conditions = outcome["conditions"].as_array().unwrap();
        assert!(!conditions.is_empty() && conditions.iter().all(|one| one["holds"] == true), "{outcome}");
    }
    let told = run(["value", &file]).clean();
    for line in [
        "Apart      2 components that nothing joins: values hold within each, and ratios from one to another mean nothing",
        "\n  1        4 goods: bread, egg, milk, honey\n",
        "\n  2        2 goods: haircut, massage\n",
        "; chosen since each trade states a rate",
        "Arbitrage",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let told = run(["value", &file, "--method", "all"]).clean();
    assert!(told.contains("  massage  component 2\n") && !told.contains("chosen since"), "{told}");
}

#[test]
fn what_was_changed_is_refused() {
    let file = here("tests/valuation/market.csv");
    let scratch = Scratch::new();
    let out = scratch.at("out.json");
    run(["value", &file, "--quiet", "--output", &out.display().to_string()]).clean();
    let first = read(&out)["arbitrage"]["residuals"][0].clone();
    let opposite = -first["log"].as_f64().unwrap();
    let changes: [(&str, Value); 11] = [
        ("/values/egg", 0.5.into()),
        ("/arbitrage/share", 0.0.into()),
        ("/arbitrage/residuals/0/line", 2.into()),
        ("/arbitrage/residuals/0/log", opposite.into()),
        ("/input/goods", 7.into()),
        ("/input/left_out", 1.into()),
        ("/method", "equilibrium".into()),
        ("/unit", "egg".into()),
        ("/of", "participants".into()),
        ("/conditions", Value::Array(Vec::new())),
        ("/remark", "not known".into()),
    ];
    for (place, changed) in changes {
        let mut document = read(&out);
        if let Some(at) = document.pointer_mut(place) {
            *at = changed;
        } else {
            let (parent, name) = place.rsplit_once('/').unwrap();
            document.pointer_mut(parent).unwrap()[name] = changed;
        }
        let wrong = scratch.file("wrong.json", document.to_string());
        let told = run(["verify", &file, &wrong.display().to_string()]).refused(1);
        assert!(told.contains("wrong.json"), "{place}: {told}");
    }
}

#[test]
fn shares_that_were_changed_are_refused() {
    let scratch = Scratch::new();
    let lists: Vec<String> = (0..15)
        .map(|item| format!("(u{item}) I{item} : I{} I{}\n", (item + 1) % 15, (item + 5) % 15))
        .collect();
    let sampled = scratch.file("sampled.txt", lists.concat());
    for (file, method, changes) in [
        (sampled.display().to_string(), "shapley", &["/parameters/total", "/errors/u3"][..]),
        (here("tests/rounds/fair.json"), "least-core", &["/parameters/total", "/parameters/excess"]),
    ] {
        let out = scratch.at(&format!("{method}.json"));
        let told = out.display().to_string();
        run(["value", &file, "--quiet", "--method", method, "--output", &told]).clean();
        run(["verify", &file, &told]).clean();
        for place in changes {
            let mut document = read(&out);
            let at = document.pointer_mut(place).unwrap_or_else(|| panic!("{place}"));
            *at = (at.as_f64().unwrap() + 0.01).into();
            let wrong = scratch.file("wrong.json", document.to_string());
            let told = run(["verify", &file, &wrong.display().to_string()]).refused(1);
            let is_told = ["found again", "what they add up to beyond", "gains on its own beyond"]
                .iter()
                .any(|wrong| told.contains(wrong));
            assert!(is_told, "{place}: {told}");
        }
    }
    let file = sampled.display().to_string();
    for wrong in [["--samples", "0"], ["--samples", "1"], ["--seed", "9007199254740993"]] {
        run(["value", &file, "--method", "shapley"].iter().chain(&wrong)).refused(2);
    }
    valued(&file, &["--method", "shapley", "--seed", "9007199254740992"]);
}

#[test]
fn rows_that_were_left_out_are_told() {
    let scratch = Scratch::new();
    let file = scratch.file("trades.csv", "gives,gets,given,got\nA,B,1,2\nA,B,1,0\n").display().to_string();
    assert_eq!(valued(&file, &["--lenient"])["input"]["left_out"], 1);
}

#[test]
fn each_kind_of_file_has_a_method_that_suits_it() {
    let scratch = Scratch::new();
    let debts =
        scratch.file("debts.csv", "debtor,creditor,amount\na,b,10\nb,c,10\nc,a,5\n").display().to_string();
    for (file, method) in [
        (debts, "bradley-terry"),
        (here("tests/rounds/fair.json"), "plackett-luce"),
        (here("tests/valuation/market.csv"), "least-squares"),
    ] {
        assert_eq!(valued(&file, &[])["method"], method, "{file}");
    }
}

#[test]
fn a_program_that_takes_part_has_a_name_and_what_fails_it_is_told() {
    for with in ["mean", "=mean", "a mean=mean", "mean="] {
        let told = run(["bench", "valuation", "--with", with]).refused(2);
        assert!(told.contains("expected a name without blanks, =, and a command"), "{with}: {told}");
    }
    let size = ["--goods", "3", "--trades", "20", "--rounds", "1", "--largest", "0", "--seed", "3"];
    let said = run(["bench", "valuation", "--with", "mean=exit 3"].iter().chain(&size));
    let why = "mean was ended, and gives no values from there on: it ended without an answer";
    assert!(said.out.contains(why) && said.out.contains("--help says what the columns are"), "{said:?}");
    assert!(said.status == Some(1) && said.err.contains(&format!("bartizan: --with: {why}")), "{said:?}");
    let said = run(["bench", "valuation", "--with", "mean=no-such-program -v"].iter().chain(&size));
    let tried = format!("{why}: sh -c \"no-such-program -v\": exit status: 127");
    assert!(said.status == Some(1) && said.err.contains(&tried), "{said:?}");
}

#[test]
fn contenders_of_one_name_are_refused() {
    for [first, second] in [["mean=cat", "mean=true"], ["other=cat", "least-squares=cat"]] {
        let told = run(["bench", "valuation", "--with", first, "--with", second]).refused(2);
        let (name, _) = second.split_once('=').unwrap();
        assert!(told.contains(&format!("another method is called {name}")), "{told}");
    }
}

/// It answers the first problem and hangs from the second on; what else takes part is scored as without it.
#[test]
fn a_program_that_hangs_is_ended_and_the_rest_goes_on() {
    let scratch = Scratch::new();
    let size = ["--goods", "3", "--trades", "20", "--rounds", "1", "--largest", "0", "--seed", "3"];
    let bench = |name: &str, with: &[&str]| {
        let (out, page) = (scratch.at(&format!("{name}.json")), scratch.at(&format!("{name}.html")));
        let files = ["--output", &out.display().to_string(), "--html", &page.display().to_string()]
            .map(str::to_owned);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let said = run(["bench", "valuation"].iter().chain(&size).chain(with).chain(&files)).clean();
        (said, read(&out), std::fs::read_to_string(page).unwrap())
    };
    let hangs = "slow=read line; echo '{\"id\":1,\"values\":[1,1,1]}'; sleep 600; true";
    let (said, found, page) = bench("hung", &["--with", hangs, "--time-limit", "1"]);
    let why = "slow was ended, and gives no values from there on: no answer within 1 s";
    assert!(said.contains(why) && page.contains(why), "{said}");
    let row = |document: &Value, name: &str| {
        let methods = document["methods"].as_array().unwrap();
        methods.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    let slow = row(&found, "slow");
    assert_eq!((&slow["valued"], &slow["ended"]), (&1.into(), &"no answer within 1 s".into()));
    assert_eq!(slow["scores"][2]["why"], "it was ended before: no answer within 1 s");
    let (_, without, _) = bench("without", &[]);
    let squares = |document: &Value| row(document, "least-squares")["scores"].clone();
    assert_eq!(squares(&found), squares(&without));
    run(["bench", "valuation", "--time-limit", "0"]).refused(2);
}

/// Nobody gives B, so B is scarce and there is enough of A: its price is 0, and what A is exchanged for is explained by no price.
#[test]
fn shadow_prices_have_a_scale_of_their_own_and_no_arbitrage_where_one_is_0() {
    let scratch = Scratch::new();
    let file = scratch.file("scarce.csv", "gives,gets,given,got\nA,B,1,2\nA,B,1,3\n").display().to_string();
    let document = valued(&file, &["--method", "shadow-prices"]);
    assert!(value(&document, "A") == 0.0 && value(&document, "B") > 0.0, "{document}");
    assert!(document["arbitrage"].is_null(), "{document}");
    let mut without = document.clone();
    without.as_object_mut().unwrap().remove("arbitrage");
    let without = scratch.file("without.json", without.to_string()).display().to_string();
    let refused = run(["verify", &file, &without]).refused(1);
    assert!(refused.contains("the field `arbitrage` is missing"), "{refused}");
    let told = run(["value", &file, "--method", "shadow-prices"]).clean();
    assert!(told.contains("Arbitrage  - (a good that is exchanged has the value 0"), "{told}");
    let refused = run(["value", &file, "--method", "shadow-prices", "--unit", "B"]).refused(2);
    assert!(refused.contains("--unit: what shadow-prices finds has a scale of its own"), "{refused}");
    let all = run(["value", &file, "--method", "all", "--unit", "B"]).clean();
    assert!(all.contains("shadow-prices, on a scale of its own, leaves - (a good"), "{all}");
    assert!(all.contains("(1) least-squares, leaves "), "{all}");
}

#[test]
fn obligations_offers_and_rounds_are_valued() {
    let debts = run_with_input(
        &["value", "-", "--method", "rank-centrality"],
        b"debtor,creditor,amount\na,b,10\nb,c,10\nc,a,5\n",
    );
    let told = debts.clean();
    assert!(told.contains("obligations") && told.contains("holds"), "{told}");
    let offers = run_with_input(
        &["value", "-", "--unit", "B"],
        b"sell,buy,amount,limit\nA,B,10,2\nB,C,5,3\nA,C,1,6\n",
    );
    let told = offers.clean();
    assert!(told.contains("2.0000  A") && told.contains("0.33333  C"), "{told}");
    let document = valued(&here("tests/rounds/fair.json"), &["--method", "all"]);
    let methods: Vec<&str> = document["others"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| outcome["method"].as_str().unwrap())
        .collect();
    assert!(methods.contains(&"shapley") && methods.contains(&"least-core"), "{methods:?}");
    for outcome in
        document["others"].as_array().unwrap().iter().filter(|outcome| outcome["of"] == "participants")
    {
        let sum: f64 =
            outcome["values"].as_object().unwrap().values().map(|value| value.as_f64().unwrap()).sum();
        assert!((sum - outcome["parameters"]["total"].as_f64().unwrap()).abs() < 1e-6, "{outcome}");
    }
}

#[test]
fn bad_input_is_named() {
    let says = |text: &str, options: &[&str]| {
        let arguments: Vec<&str> = ["value", "-"].iter().chain(options).copied().collect();
        run_with_input(&arguments, text.as_bytes())
    };
    let with = |row: &str| format!("gives,gets,given,got\nA,B,1,2\n{row}\n");
    for (row, told) in [
        (
            "A,B,1,0",
            "line 3, column 4: field 4: expected an amount above 0, found 0: something for nothing is infinite arbitrage",
        ),
        ("A,B,-1,1", "line 3, column 3: field 3: a negative amount"),
        ("A,B,1e400,1", "line 3, column 3: field 3: 1e400 is out of range"),
        ("A,B,0,1", "line 3, column 3: field 3: expected an amount above 0, found 0"),
    ] {
        let refused = says(&with(row), &[]).refused(1);
        assert!(refused.contains(told), "{refused}");
        let lenient = says(&with(row), &["--lenient"]);
        assert!(
            lenient.status == Some(0)
                && lenient.err.contains("rows left out that cannot be used: 1 (the first: line 3, "),
            "{lenient:?}"
        );
    }
    assert!(says("", &[]).refused(1).contains("expected a round"), "an empty file");
    assert!(says(&with("C,C,1,1"), &[]).err.contains("as much of itself"));
    assert!(says(&with(""), &["--unit", "X"]).refused(1).contains("no good is called"));
    assert!(says(&with(""), &["--method", "x"]).refused(2).contains("expected all, or one of"));
}

#[test]
fn the_benchmark_is_the_same_again_and_a_program_takes_part() {
    let scratch = Scratch::new();
    let program = format!("mean=python3 {}", here("tests/valuation/method.py"));
    let bench = |name: &str| {
        let (out, page) = (scratch.at(&format!("{name}.json")), scratch.at(&format!("{name}.html")));
        let (told, shown) = (out.display().to_string(), page.display().to_string());
        let size = ["--goods", "12", "--trades", "200", "--rounds", "1", "--largest", "0", "--seed", "3"];
        let asked = ["bench", "valuation", "--with", &program, "--output", &told, "--html", &shown];
        let said = run(asked.iter().chain(&size)).clean();
        (said, std::fs::read_to_string(out).unwrap(), std::fs::read_to_string(page).unwrap())
    };
    let first = bench("first");
    assert_eq!(first, bench("again"), "all of it follows from the seed");
    let document: Value = serde_json::from_str(&first.1).unwrap();
    let methods = document["methods"].as_array().unwrap();
    let row = |name: &str| methods.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"));
    let markets = document["markets"].as_array().unwrap();
    let score = |name: &str, market: &str, what: &str| {
        let index = markets.iter().position(|one| one["name"] == market).unwrap();
        row(name)["scores"][index]["scores"][what].as_f64().unwrap_or_else(|| panic!("{name}, {market}"))
    };
    // The program in Python does by sweeps what least squares does by conjugate gradients.
    for market in ["plain", "noisy", "outliers", "drifting"] {
        let (ours, theirs) = (score("least-squares", market, "rmse"), score("mean", market, "rmse"));
        assert!((ours - theirs).abs() < 1e-5, "{market}: {ours} {theirs}");
    }
    assert_eq!(row("mean")["valued"], 7, "it says that it needs exchanges");
    assert!(
        score("absolute-deviations", "outliers", "rmse") < score("least-squares", "outliers", "rmse") / 2.0
    );
    assert!(score("plackett-luce", "ranked", "tau") > 0.7);
    assert!(score("least-squares", "plain", "tau") > 0.9);
    let wash = |name: &str| row(name)["strain"]["wash"]["slope"].as_f64().unwrap();
    assert!(wash("absolute-deviations").abs() < wash("least-squares").abs());
    assert!(document.get("timings").is_none());
    let page = &first.2;
    assert!(
        page.contains("<svg") && page.contains("Leaderboard") && !page.contains("http"),
        "a page of its own"
    );
    assert_eq!(document["clearing"].as_array().unwrap().len(), 6);
}

#[test]
fn values_are_planted_from_published_prices() {
    let folder = workspace().join("../shared/data/prices");
    if !folder.exists() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let scratch = Scratch::new();
    let out = scratch.at("out.json");
    let (folder, told) = (folder.display().to_string(), out.display().to_string());
    let asked = ["bench", "valuation", "--prices", &folder, "--output", &told, "--quiet"];
    let size = ["--goods", "10", "--trades", "300", "--rounds", "1", "--largest", "1000"];
    run(asked.iter().chain(&size)).clean();
    let document = read(&out);
    let names: Vec<&str> = document["markets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|market| market["name"].as_str().unwrap())
        .collect();
    assert_eq!(names[names.len() - 2..], ["ecb", "coingecko"]);
    let squares =
        document["methods"].as_array().unwrap().iter().find(|row| row["name"] == "least-squares").unwrap();
    for scored in &squares["scores"].as_array().unwrap()[names.len() - 2..] {
        // Coins drift apart within a year, which least squares does not follow.
        assert!(scored["scores"]["tau"].as_f64().unwrap() > 0.8, "{scored}");
    }
    let timed = document["timings"]["methods"].as_array().unwrap();
    assert!(timed.iter().all(|one| one["points"].as_array().unwrap().len() <= 1), "{timed:?}");
}

#[test]
fn the_schema_describes_what_is_written() {
    let schema = run(["schema", "values"]).clean();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let document = valued(&here("tests/valuation/market.csv"), &["--method", "all"]);
    for field in schema["required"].as_array().unwrap() {
        assert!(document.get(field.as_str().unwrap()).is_some(), "{field}");
    }
    let known = schema["properties"].as_object().unwrap();
    let of_outcome = schema["$defs"]["outcome"]["properties"].as_object().unwrap();
    for (field, _) in document.as_object().unwrap() {
        assert!(known.contains_key(field) || of_outcome.contains_key(field), "{field}");
    }
}
