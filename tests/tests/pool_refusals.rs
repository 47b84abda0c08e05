//! What `verify` and `explain` refuse of pools: documents that ask for what nobody may, and options that are of pools alone.

use std::path::Path;

use bartizan_tests::program::{Scratch, cleared, run};
use bartizan_tests::workspace;
use serde_json::Value;

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
