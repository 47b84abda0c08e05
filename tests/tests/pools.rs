//! Pools of the field, cleared within bounds to the values that are known of them, each verified from its document. The pools are no part
//! of the repository; where they are absent, the test says so and passes. What is small is in here.

use std::path::{Path, PathBuf};

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::workspace;
use serde_json::Value;

/// File, cap on rings, cap on chains, and transplants at the optimum: those that others found, and what was open
/// (marked so) as proven here.
const KNOWN: &[(&str, &str, &str, u64)] = &[
    ("preflib/00036-00000001.wmd", "3", "0", 4),
    ("preflib/MD-00001-00000001.wmd", "3", "0", 4),
    ("preflib/KP_Num1_N16_A0.txt", "3", "0", 4),
    ("preflib/00036-00000031.wmd", "3", "0", 22),
    ("preflib/KP_Num31_N32_A0.txt", "3", "0", 22),
    ("preflib/KP_Num31_N32_A0.txt", "4", "0", 23),
    ("preflib/KP_Num31_N32_A0.txt", "5", "0", 23),
    ("preflib/KP_Num71_N64_A0.txt", "3", "0", 47),
    ("preflib/KP_Num81_N67_A3.txt", "3", "4", 55),
    ("preflib/KP_Num111_N128_A0.txt", "3", "0", 83),
    ("preflib/KP_Num121_N134_A6.txt", "3", "0", 75),
    ("preflib/KP_Num121_N134_A6.txt", "3", "4", 86),
    ("preflib/KP_Num141_N147_A19.txt", "3", "0", 69),
    ("preflib/KP_Num141_N147_A19.txt", "3", "4", 97),
    ("preflib/KP_Num151_N256_A0.txt", "3", "0", 166),
    ("preflib/KP_Num161_N268_A12.txt", "3", "0", 163),
    // Open before, with a bound of 181.
    ("preflib/KP_Num161_N268_A12.txt", "3", "4", 181),
    ("preflib/KP_Num201_N537_A25.txt", "3", "0", 344),
    ("generated/sparse_512_25_1.wmd", "3", "0", 242),
    // A MIP solver had found 606.
    ("generated/sparse_1024_51_2.wmd", "3", "0", 607),
];

fn real_pool(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/kidney").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("{} is absent: not tested", path.display());
    None
}

/// Clears into `outcome`, and returns the document.
fn cleared(arguments: &[&Path], outcome: &Path) -> Value {
    let fixed = ["clear", "--quiet", "--output"].map(Path::new);
    run(fixed.into_iter().chain([outcome]).chain(arguments.iter().copied())).clean();
    let said = std::fs::read_to_string(outcome).expect("the outcome was written");
    serde_json::from_str(&said).expect("an outcome is JSON")
}

#[test]
fn real_pools_reach_their_known_optimum() {
    let scratch = Scratch::new();
    for &(name, ring, chain, transplants) in KNOWN {
        let Some(pool) = real_pool(name) else { continue };
        let outcome = scratch.at("outcome.json");
        let options = ["--max-ring", ring, "--max-chain", chain].map(Path::new);
        let document = cleared(&[&options[..], &[&pool]].concat(), &outcome);
        assert_eq!(document["summary"]["transplants"], transplants, "{name} {ring} {chain}");
        assert_eq!(document["proof"]["status"], "optimal", "{name} {ring} {chain}");
        let verified = run([Path::new("verify"), &pool, &outcome]).clean();
        let bounds = format!("(rings of at most {ring}; chains that reach at most {chain})");
        assert_eq!(verified, format!("transplants: {transplants}, proven: no outcome is better\n{bounds}\n"));
    }
}

#[test]
fn the_forms_of_one_pool_agree() {
    let (Some(input), Some(ndds), Some(wmd)) = (
        real_pool("preflib/MD-00001-00000100.input"),
        real_pool("preflib/MD-00001-00000100.ndds"),
        real_pool("preflib/MD-00001-00000100.wmd"),
    ) else {
        return;
    };
    let scratch = Scratch::new();
    let caps = ["--max-ring", "3", "--max-chain", "4"].map(Path::new);
    let second = [Path::new("--altruists"), &ndds];
    let outcome = scratch.at("outcome.json");
    let one = cleared(&[&caps[..], &second, &[&input]].concat(), &outcome);
    run([Path::new("verify"), &input, &outcome, second[0], second[1]]).clean();
    let other = cleared(&[&caps[..], &[&wmd]].concat(), &outcome);
    assert_eq!(one["summary"]["transplants"], other["summary"]["transplants"]);
    let nodes = ["--max-ring", "3", "--max-chain", "5", "--chain-cap-counts", "nodes"].map(Path::new);
    let third = cleared(&[&nodes[..], &[&wmd]].concat(), &outcome);
    assert_eq!(other, third);
}

#[test]
fn a_wants_list_is_bounded_too() {
    let scratch = Scratch::new();
    // A ring of four through a dummy, and a swap.
    let list = scratch
        .file("list.txt", "#! ALLOW-DUMMIES\n(a) A : B\n(b) B : %x D\n(b) %x : C\n(c) C : D\n(d) D : A B\n");
    let outcome = scratch.at("outcome.json");
    for (cap, traded) in [("2", 2), ("3", 3), ("4", 4)] {
        let document = cleared(
            &["--max-ring", cap].map(Path::new).into_iter().chain([&*list]).collect::<Vec<_>>(),
            &outcome,
        );
        assert_eq!(document["summary"]["transplants"], traded, "{cap}");
        let verified = run([Path::new("verify"), &list, &outcome]).clean();
        assert!(
            verified.starts_with(&format!("transplants: {traded}, proven: no outcome is better\n")),
            "{verified}"
        );
    }
    let forged = std::fs::read_to_string(&outcome).expect("it was written").replacen(
        "\"max_ring\":4",
        "\"max_ring\":3",
        1,
    );
    let forged = scratch.file("forged.json", forged);
    let told = run([Path::new("verify"), &list, &forged]).refused(1);
    assert!(told.contains("none of at most 3 nodes"), "{told}");
}

#[test]
fn made_up_pools_are_cleared_and_verified() {
    let scratch = Scratch::new();
    let pool = scratch.at("pool.wmd");
    for model in ["saidman", "heterogeneous", "sparse"] {
        let fixed = ["generate", "kidney", "--pairs", "60", "--altruists", "4", "--model", model, "--output"];
        run(fixed.map(Path::new).into_iter().chain([&*pool])).clean();
        let outcome = scratch.at("outcome.json");
        let caps = ["--max-ring", "3", "--max-chain", "3"].map(Path::new);
        let document = cleared(&[&caps[..], &[&pool]].concat(), &outcome);
        assert_eq!(document["proof"]["status"], "optimal", "{model}");
        assert!(document["summary"]["transplants"].as_u64() > Some(0), "{model}");
        run([Path::new("verify"), &pool, &outcome]).clean();
    }
    let told = run([Path::new("clear"), &pool]).refused(2);
    assert!(told.contains("a pool needs --max-ring K"), "{told}");
}

#[test]
fn objectives_come_one_after_the_other_and_chains_are_drawn_from_the_gift() {
    // Two swaps, or a ring of three and nobody else, or a chain of two: 1 > 2 > 1, 3 > 4 > 3; 1 > 3 > 2 > 1; 5 > 4 > 2.
    let arcs = [
        (1, 2, 1.0),
        (2, 1, 1.0),
        (3, 4, 1.0),
        (4, 3, 1.0),
        (1, 3, 5.0),
        (3, 2, 5.0),
        (5, 4, 9.0),
        (4, 2, 1.0),
    ];
    let names = (1..=5).map(|node| {
        let kind = if node == 5 { "Altruist" } else { "Pair" };
        format!("# ALTERNATIVE NAME {node}: {kind} {node}\n")
    });
    let arcs = arcs.iter().map(|(from, to, weight)| format!("{from},{to},{weight}\n"));
    let head = "# TITLE: made up\n# DATA TYPE: wmd\n# NUMBER ALTERNATIVES: 5\n# NUMBER EDGES: 8\n".to_owned();
    let text: String = std::iter::once(head).chain(names).chain(arcs).collect();
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", text);
    let outcome = scratch.at("outcome.json");
    let clear = |objective: &str| {
        let options = ["--max-ring", "3", "--max-chain", "2", "--objective", objective].map(Path::new);
        let document = cleared(&[&options[..], &[&pool]].concat(), &outcome);
        let verified = run([Path::new("verify"), &pool, &outcome]).clean();
        let levels = document["proof"]["levels"].as_array().expect("levels").len();
        assert_eq!(verified.matches("proven: no outcome is better").count(), levels, "{verified}");
        let figure = |name: &str| document["summary"][name].as_u64().expect("a figure");
        (figure("transplants"), figure("rings"), figure("chains"))
    };
    assert_eq!(clear("transplants,rings"), (4, 2, 0));
    assert_eq!(clear("transplants,weight"), (4, 1, 1));
    assert_eq!(clear("rings"), (4, 2, 0));
    let options = ["--max-ring", "3", "--max-chain", "2", "--objective", "transplants,weight"].map(Path::new);
    let drawn = run([Path::new("clear"), &pool].into_iter().chain(options)).clean();
    assert!(drawn.contains("\n  Altruist 5 > Pair 4\n") && drawn.contains(" > Pair 2 > Pair 1\n"), "{drawn}");
    let wrong = ["--max-ring", "3", "--objective", "money"].map(Path::new);
    let told = run([Path::new("clear"), &pool].into_iter().chain(wrong)).refused(2);
    assert!(told.contains("hard-to-match"), "{told}");
    let schema: Value = serde_json::from_str(&run(["schema", "exchange"]).clean()).expect("a schema");
    assert_eq!(schema["title"], "ExchangeDocument");
}

#[test]
fn what_was_not_chosen_is_explained_by_the_best_that_has_it() {
    // Pairs 1, 2 and 3 in a ring of three; 1 and 2 can also swap, which leaves 3 out; 4 gives to nobody, and nobody gives to 5.
    let scratch = Scratch::new();
    let pool = scratch.file("pool.input", "6 7\n0 1 1\n1 2 1\n2 0 1\n1 0 1\n0 3 1\n4 0 1\n5 3 1\n-1 -1 -1\n");
    let outcome = scratch.at("outcome.json");
    cleared(&[&["--max-ring", "3"].map(Path::new)[..], &[&pool]].concat(), &outcome);
    let asked = |names: &[&str]| {
        let names = names.iter().map(Path::new);
        run([Path::new("explain"), &pool, &outcome].into_iter().chain(names)).clean()
    };
    assert_eq!(asked(&["pair 2"]), "It takes part: pair 0 > pair 1 > pair 2\n");
    assert_eq!(asked(&["pair 1", "pair 2", "pair 0"]), "It is chosen: pair 1 > pair 2 > pair 0\n");
    let swap = asked(&["pair 0", "pair 1"]);
    assert!(swap.contains("shares somebody with what was chosen: pair 0 > pair 1 > pair 2\n"), "{swap}");
    assert!(swap.contains("transplants: 2 with it, 3 as chosen\n(That is the best that has it.)"), "{swap}");
    assert!(asked(&["pair 3"]).contains("no ring or chain that could be chosen passes through it"));
    assert!(asked(&["pair 0", "pair 2"]).contains("pair 0 > pair 2 is none: node 1 cannot give to node 3"));
    let of_four = ["pair 0", "pair 1", "pair 2", "pair 3"];
    assert!(asked(&of_four).contains("is longer than the 3 that are allowed"));
    let told = run([Path::new("explain"), &pool, &outcome, Path::new("pair 9")]).refused(1);
    assert!(
        told.contains("\"pair 9\" is nobody; expected a name of the pool, or a number from 1 to 6"),
        "{told}"
    );
}

#[test]
fn a_donor_of_two_patients_gives_once_whatever_weighs_more() {
    // Donor 2 may give for either of its patients; what it gives weighs less than donor 1's, which the arcs' order must not follow.
    let donor = |donor: &str, patients: &str, gives: &str| {
        format!(
            r#"{{"id": "{donor}", "paired_recipients": [{patients}], "outgoing_transplants": [{gives}]}}"#
        )
    };
    let to = |patient: &str, score: u32| format!(r#"{{"recipient": "{patient}", "score": {score}}}"#);
    let donors = [
        donor("d1", r#""r1""#, &to("r3", 10)),
        donor("d2", r#""r1", "r2""#, &[to("r3", 5), to("r4", 7)].join(", ")),
        donor("d3", r#""r3""#, &to("r1", 1)),
        donor("d4", r#""r4""#, &to("r2", 3)),
    ]
    .join(", ");
    let patients = r#"[{"id": "r1"}, {"id": "r2"}, {"id": "r3"}, {"id": "r4"}]"#;
    let scratch = Scratch::new();
    let pool = scratch
        .file("pool.json", format!(r#"{{"schema": 2, "donors": [{donors}], "recipients": {patients}}}"#));
    let outcome = scratch.at("outcome.json");
    let document =
        cleared(&[&["--max-ring", "3", "--weights"].map(Path::new)[..], &[&pool]].concat(), &outcome);
    assert_eq!((&document["summary"]["gain"], &document["proof"]["status"]), (&21.into(), &"optimal".into()));
    run([Path::new("verify"), &pool, &outcome]).clean();
}
