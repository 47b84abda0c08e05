//! What `verify` and `explain` refuse of pools: documents that ask for what nobody may, and options that are of pools alone.

use std::path::Path;

use bartizan_tests::program::{Scratch, cleared, run};
use bartizan_tests::workspace;
use serde_json::{Value, json};

/// A document that asks for what nobody may ask for is refused before anything is added up or looked for.
#[test]
fn rules_out_of_bounds_are_refused_by_verify() {
    let scratch = Scratch::new();
    let pool = scratch.file("two.wmd", "2,2\n0,Pair 0\n1,Pair 1\n0,1,3\n1,0,4\n");
    let options = ["--max-ring", "2", "--objective", "transplants,weight"].map(Path::new);
    let document = cleared(&[&options[..], &[&pool]].concat(), &scratch.at("outcome.json"));
    let refusal = |document: &Value| {
        let forged = scratch.file("forged.json", document.to_string());
        run([Path::new("verify"), &pool, &forged]).refused(1)
    };
    let mut twice = document.clone();
    let levels = twice["proof"]["levels"].as_array_mut().unwrap();
    levels[1]["multiplier"] = ((1_u64 << 40) - 1).into();
    let weight = levels[1].clone();
    levels.extend([weight.clone(), weight.clone(), weight]);
    twice["rules"]["objectives"] = serde_json::json!(["transplants", "weight", "weight", "weight", "weight"]);
    assert!(refusal(&twice).contains("an objective is named twice"), "{}", refusal(&twice));
    let mut long = document.clone();
    long["rules"]["max_chain"] = u32::MAX.into();
    assert!(refusal(&long).contains("rings or chains of more than 64 nodes"), "{}", refusal(&long));
    let mut all = document;
    all["rules"]["hard_to_match"] = serde_json::json!([1, 2]);
    let levels = all["proof"]["levels"].as_array_mut().unwrap();
    levels[1]["multiplier"] = (1_u64 << 44).into();
    let weight = levels[1].clone();
    for objective in ["rings", "hard-to-match"] {
        levels.push(weight.clone());
        levels.last_mut().unwrap()["objective"] = objective.into();
    }
    all["rules"]["objectives"] = serde_json::json!(["transplants", "weight", "rings", "hard-to-match"]);
    assert!(refusal(&all).contains("the multipliers are too large"), "{}", refusal(&all));
}

#[test]
fn files_beside_a_pool_are_refused_beside_an_outcome_of_anything_else() {
    let scratch = Scratch::new();
    let list = scratch.file("list.txt", "(a) A : B\n(b) B : A\n");
    let attic = workspace().join("tests/bundles/attic.json");
    for (round, item) in [(&list, "A"), (&attic, "1")] {
        let outcome = scratch.at("outcome.json");
        run([Path::new("clear"), round, Path::new("--output"), &outcome]).clean();
        for option in ["--altruists", "--patients"] {
            let beside = [Path::new(option), Path::new("x")];
            let asked = [vec![Path::new("verify")], vec![Path::new("explain"), Path::new(item)]];
            for asked in asked {
                let command = [asked[0], round, &outcome];
                let told = run(command.iter().chain(&asked[1..]).chain(&beside)).refused(2);
                let expected = format!("{option}: it is for outcomes of bounded rings and chains, and ");
                assert!(told.contains(&expected) && told.contains("outcome.json is none"), "{told}");
            }
        }
    }
}

#[test]
fn the_pool_itself_is_no_file_of_its_altruists() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.input", "2 1\n0 1 1\n-1 -1 -1\n");
    let ndds = scratch.file("pool.ndds", "1 1\n0 1 1\n-1 -1 -1\n");
    let clear = ["clear", "--max-ring", "2", "--max-chain", "2", "--altruists"].map(Path::new);
    let told = run(clear.into_iter().chain([&*pool, &pool])).refused(2);
    assert!(told.contains("--altruists: it holds just what the pool does"), "{told}");
    let outcome = scratch.at("outcome.json");
    let caps = ["--max-ring", "2", "--max-chain", "2", "--altruists"].map(Path::new);
    cleared(&[&caps[..], &[&ndds, &pool]].concat(), &outcome);
    let told = run([Path::new("verify"), &pool, &outcome]).refused(1);
    assert!(told.contains("--altruists names it"), "{told}");
}

#[test]
fn a_pair_listed_twice_and_files_of_something_else_are_refused_at_their_line() {
    let scratch = Scratch::new();
    let patients = "Pair,Patient,Donor,Wife-P?,%Pra,Out-Deg,Altruist\n1,O,A,0,0.05,3,0\n";
    for (name, text, told) in [
        ("pool.wmd", "2,1\n1,Pair 1\n2,Pair 1\n0,1,1\n", "line 3, column 3: Pair 1 is listed a second time"),
        ("empty.txt", "", "line 1, column 1: nothing is in it; expected want lists"),
        ("comments.txt", "# nothing\n\n", "line 1, column 1: nothing is in it; expected want lists"),
        (
            "pool.dat",
            patients,
            "line 1, column 1: who the pairs of a pool are, as its .dat file tells; expected the pool",
        ),
        (
            "prices.csv",
            "\nDate,USD\n2026-01-02,1.1\n",
            "line 2, column 1: nothing in it wants anything that is there",
        ),
        (
            "pool.wmd",
            "# ALTERNATIVE NAME 1: Pair 1\n1,x,1\n",
            "line 2, column 3: \"x\" is no node; expected a whole number from 1 to 1\n",
        ),
    ] {
        let file = scratch.file(name, text);
        for options in [&[][..], &["--max-ring", "3"]] {
            let is_pool = name == "pool.wmd";
            if is_pool && options.is_empty() {
                continue;
            }
            let said =
                run([Path::new("clear"), &file].into_iter().chain(options.iter().map(Path::new))).refused(1);
            assert!(said.contains(&format!("{name}: {told}")), "{text}: {said}");
        }
    }
    // Lists in which nobody wants anything are lists all the same, and so is what is said to be some.
    for (text, kind) in
        [("(a) A :\n(b) B :\n", None), ("A :\nB:\n", None), ("A\nB\n", Some("trademaximizer"))]
    {
        let file = scratch.file("list.txt", text);
        let kind = kind.into_iter().flat_map(|kind| ["--kind", kind]);
        let said = run([Path::new("clear"), &file].into_iter().chain(kind.map(Path::new)));
        assert_eq!(said.status, Some(0), "{text}: {}", said.err);
        assert!(said.out.contains("Items    0 of 2"), "{}", said.out);
    }
}

#[test]
fn rings_are_asked_about_as_they_are_printed_and_weights_say_their_decimals() {
    let scratch = Scratch::new();
    let pool = scratch.file(
        "pool.wmd",
        "4,5\n1,Pair 1\n2,Pair 2\n3,Pair 3\n4,Altruist 4\n0,1,1.25\n1,2,1\n2,0,1\n1,0,1\n3,1,1\n",
    );
    let outcome = scratch.at("outcome.json");
    let asked = ["--max-ring", "3", "--weights", "--output"].map(Path::new);
    let printed = run([Path::new("clear"), &pool, Path::new("--max-chain"), Path::new("1")]
        .into_iter()
        .chain(asked)
        .chain([&*outcome]))
    .clean();
    let ring = printed.lines().find(|line| line.contains(" > ")).expect("a ring is printed").trim();
    assert_eq!(ring, "Pair 1 > Pair 2 > Pair 3 > Pair 1", "{printed}");
    for words in [
        &[ring][..],
        &["1 2 3 1"],
        &["1", "2", "3", "1"],
        &["1", ">", "2", ">", "3"],
        &["Pair 1 > Pair 2 > Pair 3"],
    ] {
        let told =
            run([Path::new("explain"), &pool, &outcome].into_iter().chain(words.iter().map(Path::new)))
                .clean();
        assert_eq!(told, format!("It is chosen: {ring}\n"), "{words:?}");
    }
    let mut document: Value = serde_json::from_str(&std::fs::read_to_string(&outcome).unwrap()).unwrap();
    assert_eq!((&document["weight_decimals"], &document["summary"]["gain"]), (&json!(2), &json!(325)));
    document["weight_decimals"] = json!(1);
    let changed = scratch.file("changed.json", document.to_string());
    let told = run([Path::new("verify"), &pool, &changed]).refused(1);
    assert!(told.contains("\"weight_decimals\": expected 2"), "{told}");
}
