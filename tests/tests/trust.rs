//! How much value moves through credit lines, found by the program and checked by `verify`: small networks, real ones, and documents that are not so.

use std::path::PathBuf;

use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::workspace;
use serde_json::{Value, json};

/// Ann may pay dan by way of bob, and by way of cat and bob.
const VILLAGE: &str =
    "from,to,limit,cost\nann,bob,10.5,1\nbob,dan,8,1\nann,cat,4,1\ncat,dan,1.5,5\ncat,bob,9,0\n";

/// What `trust` writes for a file, once `verify` has accepted it.
fn moved(file: &str, options: &[&str]) -> Value {
    let scratch = Scratch::new();
    let out = scratch.at("out.json").display().to_string();
    let said = run(["trust", file, "--quiet", "--output", &out].iter().chain(options));
    assert_eq!((said.status, &*said.err), (Some(0), ""));
    let text = std::fs::read_to_string(&out).expect("it was written");
    let document: Value = serde_json::from_str(&text).expect("it is JSON");
    if document["proof"]["status"] == "optimal" {
        let told = run(["verify", file, &out]).clean();
        assert!(told.contains(", proven: "), "{told}");
        let is_all = document["question"].get("amount").is_none();
        assert_eq!(
            told.contains("no more can"),
            is_all || !told.contains("all that was asked for"),
            "{told}"
        );
    } else {
        let told = run(["verify", file, &out]).refused(1);
        assert!(told.contains("it is proven only that no more than"), "{told}");
    }
    document
}

#[test]
fn a_village_pays_as_much_as_its_lines_carry() {
    let scratch = Scratch::new();
    let file = scratch.file("village.csv", VILLAGE).display().to_string();
    let ends = ["--from", "ann", "--to", "dan"];
    let document = moved(&file, &ends);
    assert_eq!((&document["decimals"], &document["summary"]["moved"]), (&json!(1), &json!(95)));
    assert_eq!(
        (&document["summary"]["cost"], &document["summary"]["cheapest"]),
        (&json!(80 * 2 + 15 * 6), &json!(true))
    );
    let told = run(["trust", &file].iter().chain(&ends)).clean();
    assert!(told.contains("Moves  9.5 from ann to dan, by "), "{told}");
    assert!(told.contains("Input  value can move by 5 of 5 credit lines\n"), "{told}");
    assert!(
        told.contains("Costs  2.632 a unit\n") && told.contains("nothing moves as much at less cost"),
        "{told}"
    );
    assert!(
        told.contains("Trust  a step A > B is on credit that B gives A: the row from A to B\n"),
        "{told}"
    );
    let document = moved(&file, &[&ends[..], &["--max-hops", "1"]].concat());
    assert_eq!(document["summary"]["moved"], 0);
    let document = moved(&file, &[&ends[..], &["--max-hops", "2", "--amount", "9"]].concat());
    assert_eq!(
        (&document["summary"]["moved"], &document["proof"]["status"]),
        (&json!(90), &json!("optimal"))
    );
}

/// More is asked for than moves: how much cannot is said, and is a failure.
#[test]
fn what_of_the_amount_cannot_move_is_told() {
    let scratch = Scratch::new();
    let file = scratch.file("village.csv", VILLAGE).display().to_string();
    let asks = |more: &[&str]| {
        run(["trust", &file, "--from", "ann", "--to", "dan", "--amount", "10"].iter().chain(more))
    };
    let said = asks(&[]);
    assert!(said.out.contains("Proof  optimal: no more can move"), "{said:?}");
    let told = "of the 10.0 of --amount 9.5 can move, and 0.5 cannot\n";
    assert!(said.status == Some(1) && said.err.ends_with(told), "{said:?}");
    assert!(asks(&["--quiet"]).refused(1).ends_with(told));
    let out = scratch.at("out.json").display().to_string();
    asks(&["--quiet", "--output", &out]).refused(1);
    let verified = run(["verify", &file, &out]).clean();
    assert!(verified.starts_with("9.5 of the 10.0 asked for moves, proven: no more can"), "{verified}");
    let told = asks(&["--quiet", "--max-hops", "1"]).refused(1);
    assert!(told.ends_with("0.0 can move, and 10.0 cannot in so many steps\n"), "{told}");
}

/// Ann holds her own token and bob's, and bob trusts both of them: two paths of one step, told apart by the token.
#[test]
fn paths_are_told_with_their_tokens_and_the_greatest_first() {
    let held = |token: &str, amount: &str| {
        format!(r#"{{"holder": "ann", "token": "{token}", "amount": "{amount}"}}"#)
    };
    let graph = format!(
        r#"{{"source": "ann", "sink": "bob", "subgraph": {{"trust": [["bob", "ann"]], "balances": [{}, {}]}}}}"#,
        held("ann", "1000000000000000000"),
        held("bob", "2000000000000000000")
    );
    let told = run_with_input(&["trust", "-"], graph.as_bytes()).out;
    let paths: Vec<&str> = told.lines().filter(|line| line.contains(": ann > bob")).collect();
    assert_eq!(paths, ["  2.000000000: ann > bob (bob)", "  1.000000000: ann > bob (ann)"], "{told}");
}

#[test]
fn much_moves_along_many_lines_and_what_was_asked_for_is_no_limit_of_theirs() {
    let scratch = Scratch::new();
    let file = scratch.file("wide.csv", "from,to,limit\na,b,1000000000000000\na,b,1000000000000000\n");
    let file = file.display().to_string();
    let ends = ["--from", "a", "--to", "b"];
    assert_eq!(moved(&file, &ends)["summary"]["moved"], json!(2_000_000_000_000_000_i64));
    let said = run(["trust", &file, "--amount", "1"].iter().chain(&ends));
    let twice = "rows of a pair that a row before them is of, whose limits add up: 1 (the first is line 3)";
    assert!(said.status == Some(0) && said.err.contains(twice), "{said:?}");
    let told = said.out;
    assert!(
        told.contains("optimal: all that was asked for moves, and nothing moves as much in fewer steps"),
        "{told}"
    );
    assert!(told.contains("Steps  1.000 a unit\n"), "{told}");
}

#[test]
fn real_networks_move_what_was_published_or_found_by_others() {
    for (name, options, least, most) in [
        // As the files say, in 10^-9: `minFlow`, `maxFlow`.
        ("consented-flow-002.json", &[][..], 1_000_000_000, i64::MAX),
        ("low-balance-partial-001.json", &[][..], 100_000_000, 500_000_000),
        ("max-transfers-one-001.json", &["--max-hops", "1"][..], 1_000_000_000, i64::MAX),
    ] {
        let Some(path) = shared(name) else { continue };
        let document = moved(&path.display().to_string(), options);
        let found = document["summary"]["moved"].as_i64().unwrap();
        assert!((least..=most).contains(&found), "{name}: {found}");
        assert_eq!(document["proof"]["status"], "optimal", "{name}");
    }
    let Some(path) = shared("soc-sign-bitcoinotc.csv") else { return };
    let path = path.display().to_string();
    let mut before = 0;
    for hops in ["1", "2", "3", "4", "5", "6"] {
        let document = moved(&path, &["--from", "35", "--to", "2642", "--max-hops", hops]);
        let found = document["summary"]["moved"].as_i64().unwrap();
        assert_eq!(document["proof"]["status"], "optimal", "within {hops}");
        assert!(found >= before, "{hops}: {found} after {before}");
        before = found;
    }
    let all = moved(&path, &["--from", "35", "--to", "2642"]);
    assert!(all["summary"]["moved"].as_i64().unwrap() >= before);
}

/// Who rates trusts, so value moves from who is rated, as far as the latest rating goes.
#[test]
fn value_moves_from_who_is_rated_to_who_rates() {
    let ratings = b"6,2,4,10\n6,2,7,30\n5,6,3,11\n5,2,-1,12\n";
    let said = run_with_input(&["trust", "-", "--from", "2", "--to", "5"], ratings);
    assert!(
        said.out.contains("Moves  3 from 2 to 5, by 1 path\n") && said.out.contains("3: 2 > 6 > 5"),
        "{said:?}"
    );
    assert!(said.out.contains("Input  value can move by 2 of 4 ratings\n"), "{said:?}");
    assert!(
        said.out.contains("Trust  a step A > B is on credit that B gives A: the rating of A by B\n"),
        "{said:?}"
    );
    assert!(
        said.err.contains("a later one of the same by the same stands: 1 (the first is line 1)"),
        "{said:?}"
    );
    let told = run_with_input(&["trust", "-", "--from", "5", "--to", "2"], ratings).out;
    assert!(told.contains("Moves  0 from 5 to 2"), "{told}");
}

/// A file of the shared data, if it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/trust").join(name);
    let is_there = path.exists();
    if !is_there {
        eprintln!("skipped: {} is not there", path.display());
    }
    is_there.then_some(path)
}

/// What spoils a document.
type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn what_is_wrong_with_a_document_is_told() {
    let scratch = Scratch::new();
    let file = scratch.file("village.csv", VILLAGE).display().to_string();
    let ends = ["--from", "ann", "--to", "dan"];
    let whole = moved(&file, &ends);
    let short = moved(&file, &[&ends[..], &["--max-hops", "2"]].concat());
    let cases: &[(&Value, Change<'_>, &str)] = &[
        (&whole, &|document| document["version"] = json!(2), "expected bartizan-trust of version 1"),
        (
            &whole,
            &|document| document["decimals"] = json!(0),
            "amounts have 0 decimals there, and 1 in the file",
        ),
        (&whole, &|document| document["question"]["to"] = json!("eve"), "\"eve\" is not in the network"),
        (&whole, &|document| document["question"]["to"] = json!("ann"), "stands for both ends"),
        (&whole, &|document| document["question"]["amount"] = json!(5), "no more than 5 was asked for"),
        (&whole, &|document| document["paths"][0]["amount"] = json!(999), "more moves along line"),
        (&whole, &|document| document["paths"][0]["lines"] = json!([77]), "the network has 5 lines"),
        (
            &whole,
            &|document| document["paths"][0]["through"] = json!(["ann", "dan"]),
            "through others than it names",
        ),
        (&whole, &|document| document["summary"]["cost"] = json!(1), "says that cost is 1, and it is"),
        (&whole, &|document| document["proof"]["potentials"][0][0] = json!(100), "its proof shows only that"),
        (&whole, &|document| document["proof"]["status"] = json!("bounded"), "its status is another"),
        (&short, &|document| document["proof"]["lengths"] = json!([]), "by it some path has no length"),
        (
            &short,
            &|document| document["proof"]["lengths"] = json!([[9, 1]]),
            "of lines that the network has not",
        ),
        (&short, &|document| document["summary"]["bound"] = json!(1), "says that bound is 1"),
        (&short, &|document| document["summary"]["cheapest"] = json!(true), "without a limit of steps alone"),
        (&short, &|document| document["question"]["max_hops"] = json!(1), "it has too many steps"),
        (&short, &|document| document["colour"] = json!(1), "unknown field `colour`"),
    ];
    for (document, change, expected) in cases {
        let mut document = (*document).clone();
        change(&mut document);
        let path = scratch.file("spoilt.json", document.to_string()).display().to_string();
        let told = run(["verify", &file, &path]).refused(1);
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn bad_files_and_options_are_refused() {
    let of = |text: &str, options: &[&str]| {
        run_with_input(&[&["trust", "-"][..], options].concat(), text.as_bytes())
    };
    let told = of("from,to,limit\nann,bob,x\n", &[]).refused(1);
    assert!(told.contains("line 2, column 3: field 3: expected a limit as a decimal number"), "{told}");
    assert!(of(VILLAGE, &["--to", "ann"]).refused(2).contains("--from: expected a name"));
    assert!(
        of(VILLAGE, &["--from", "eve", "--to", "ann"]).refused(2).contains("\"eve\" is not in the network")
    );
    let near = of(VILLAGE, &["--from", "annn", "--to", "dan"]).refused(2);
    assert!(near.contains("\"annn\" is not in the network; did you mean \"ann\"?"), "{near}");
    let far = of("from,to,limit\nA,B,1\n", &["--from", "Z", "--to", "B"]).refused(2);
    assert!(far.contains("\"Z\" is not in the network") && !far.contains("did you mean"), "{far}");
    let told = of(VILLAGE, &["--from", "ann", "--to", "dan", "--amount", "0.25"]).refused(2);
    assert!(told.contains("--amount: expected an amount"), "{told}");
}

#[test]
fn steps_are_counted_from_one() {
    for hops in ["-1", "0", "few"] {
        let asked = ["trust", "-", "--from", "ann", "--to", "dan", "--max-hops", hops];
        let told = run_with_input(&asked, VILLAGE.as_bytes()).refused(2);
        assert!(told.contains("expected a whole number of steps, 1 or more"), "{hops}: {told}");
    }
}
