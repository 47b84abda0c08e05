//! Pools of the field, cleared within bounds to the values that are known of them, each verified from its document. The pools are no part
//! of the repository; where they are absent, the test says so, and passes unless `BARTIZAN_REQUIRE_OUTSIDE=1`. What is small is in here.

use std::path::{Path, PathBuf};

use bartizan_tests::program::{Scratch, cleared, run};
use bartizan_tests::{not_judged, workspace};
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
    // Open before, with 634 found and a bound of 641.
    ("preflib/KP_Num234_N1024_A0.txt", "3", "0", 641),
    // With longer rings nobody had said; as proven here.
    ("preflib/KP_Num234_N1024_A0.txt", "4", "0", 641),
    ("preflib/KP_Num234_N1024_A0.txt", "5", "0", 641),
    ("preflib/KP_Num141_N147_A19.txt", "4", "0", 72),
    ("preflib/KP_Num141_N147_A19.txt", "5", "0", 72),
    ("preflib/KP_Num151_N256_A0.txt", "4", "0", 166),
    ("preflib/KP_Num151_N256_A0.txt", "5", "0", 166),
    // Chains too long to be tried one by one.
    ("preflib/KP_Num141_N147_A19.txt", "3", "20", 97),
    ("preflib/KP_Num161_N268_A12.txt", "3", "20", 181),
    ("generated/sparse_512_25_1.wmd", "3", "0", 242),
    // A MIP solver had found 606.
    ("generated/sparse_1024_51_2.wmd", "3", "0", 607),
];

fn real_pool(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/kidney").join(name);
    if path.is_file() {
        return Some(path);
    }
    not_judged(
        &format!("the pool {name}"),
        "it below ../shared/data/kidney: it is one of PrefLib's 00036, or generated",
    );
    None
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
        let last = if chain == "0" { "" } else { ", and whose last donations do not count" };
        let bounds = format!("(rings of at most {ring}; chains that reach at most {chain}{last})");
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
            verified.starts_with(&format!(
                "items: {traded}, proven: no outcome is better\n(rings of at most {cap})\n"
            )),
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
    // Told in the words of lists, in which nothing but rings is looked for.
    let said = run([Path::new("clear"), &list].into_iter().chain(["--max-ring", "3"].map(Path::new))).clean();
    assert!(
        said.starts_with(
            "4 items, 6 arcs from who gives to who wants (trademaximizer)\nrings of at most 3\n"
        ),
        "{said}"
    );
    assert!(said.contains("\nitems traded 3 of 4\n") && !said.contains("chains "), "{said}");
    let said = run([Path::new("clear"), &list]
        .into_iter()
        .chain(["--max-ring", "3", "--max-chain", "2"].map(Path::new)));
    assert!(said.err.contains("no chain is looked for: want lists have no altruists"), "{}", said.err);
}

/// Dummies that double the ways from one to the next are refused before there are too many to keep.
#[test]
fn too_many_ways_through_dummies_are_refused() {
    let scratch = Scratch::new();
    let doubling = |depth: usize| {
        let wanted =
            |at: usize| if at + 1 == depth { "B".to_owned() } else { format!("%d{0}x %d{0}y", at + 1) };
        let dummies =
            (0..depth).flat_map(|at| ["x", "y"].map(|side| format!("(a) %d{at}{side} : {}\n", wanted(at))));
        let list = "#! ALLOW-DUMMIES\n(a) A : %d0x %d0y\n(b) B : A\n".to_owned();
        scratch.file("list.txt", list + &dummies.collect::<String>())
    };
    let clear = |depth| run([Path::new("clear"), &doubling(depth), Path::new("--max-ring"), Path::new("3")]);
    assert!(clear(6).clean().contains("\nitems traded 2 of 2\n"));
    let told = clear(20).refused(1);
    assert!(told.contains("too many ways from item to item"), "{told}");
}

#[test]
fn verify_insists_on_bounds_if_told_so() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", SMALL);
    let outcome = scratch.at("outcome.json");
    cleared(&[&["--max-ring", "3", "--max-chain", "1"].map(Path::new)[..], &[&pool]].concat(), &outcome);
    let verify = |options: &[&str]| {
        run([Path::new("verify"), &pool, &outcome].into_iter().chain(options.iter().map(Path::new)))
    };
    verify(&["--max-ring", "3", "--max-chain", "1"]).clean();
    let told = verify(&["--max-ring", "4"]).refused(1);
    assert!(told.contains("outcome.json: cleared with --max-ring 3; expected --max-ring 4"), "{told}");
    let told = verify(&["--max-chain", "0"]).refused(1);
    assert!(told.contains("outcome.json: cleared with --max-chain 1; expected --max-chain 0"), "{told}");
    verify(&["--objective", "transplants"]).clean();
    let told = verify(&["--objective", "transplants,rings"]).refused(1);
    assert!(
        told.contains("cleared for these objectives: transplants; expected transplants, rings"),
        "{told}"
    );
    let list = scratch.file("list.txt", "(a) A : B\n(b) B : A\n");
    let other = scratch.at("other.json");
    cleared(&[&list], &other);
    let objective =
        |name| run([Path::new("verify"), &list, &other, Path::new("--objective"), Path::new(name)]);
    objective("items").clean();
    let told = objective("users").refused(1);
    assert!(told.contains("cleared for these objectives: items; expected users"), "{told}");
    let bound = ["--max-ring", "3"].map(Path::new);
    let told = run([Path::new("verify"), &list, &other].into_iter().chain(bound)).refused(2);
    assert!(told.contains("other.json is no outcome of such"), "{told}");
}

#[test]
fn an_outcome_of_something_else_is_what_is_told_to_be_wrong() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", SMALL);
    let attic = workspace().join("tests/bundles/attic.json");
    let list = scratch.file("list.txt", "(a) A : B\n(b) B : A\n");
    let of_list = scratch.at("of_list.json");
    cleared(&[&list], &of_list);
    let of_none = |text: &str| scratch.file("none.json", text);
    for (file, expected) in [(&pool, "bartizan-exchange"), (&attic, "bartizan-bundles")] {
        for outcome in ["", "null", "{}", r#"{"format": "x"}"#] {
            let outcome = of_none(outcome);
            for command in [&["verify"][..], &["explain"]] {
                let item = (command == ["explain"]).then_some(Path::new("A"));
                let told = run([Path::new(command[0]), file, &outcome].into_iter().chain(item)).refused(1);
                assert!(
                    told.contains("none.json: ")
                        && told.contains(&format!("expected \"format\": \"{expected}\"")),
                    "{told}"
                );
            }
        }
        let told = run([Path::new("verify"), file, &of_list]).refused(1);
        assert!(told.contains("of_list.json: \"bartizan-outcome\"; expected \"format\""), "{told}");
    }
    let made = scratch.at("made.json");
    cleared(&[&["--mechanism", "ttc"].map(Path::new)[..], &[&list]].concat(), &made);
    let told = run([Path::new("explain"), &list, &made, Path::new("A")]).refused(1);
    assert!(told.contains("made.json: made by the mechanism ttc, whose rule is why"), "{told}");
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
    for name in ["pair 2", "2", "node 3"] {
        assert_eq!(asked(&[name]), "pair 2 takes part: pair 0 > pair 1 > pair 2 > pair 0\n", "{name}");
    }
    assert_eq!(asked(&["pair 1 > pair 2 > pair 0"]), "It is chosen: pair 1 > pair 2 > pair 0 > pair 1\n");
    let swap = asked(&["pair 0 > pair 1"]);
    assert!(
        swap.contains("shares somebody with what was chosen: pair 0 > pair 1 > pair 2 > pair 0\n"),
        "{swap}"
    );
    assert!(swap.contains("transplants: 2 with it, 3 as chosen\n(That is the best that has it.)"), "{swap}");
    let stays = asked(&["pair 3"]);
    assert!(
        stays.starts_with("pair 3 cannot be chosen: no ring or chain within the bounds could serve it: "),
        "{stays}"
    );
    assert_eq!(
        asked(&["pair 0 > pair 2"]),
        "pair 0 > pair 2 > pair 0 cannot be chosen: pair 0 cannot give to pair 2.\n"
    );
    assert!(asked(&["pair 0 > pair 0"]).contains(" cannot be chosen: pair 0 is named twice.\n"));
    assert!(asked(&["pair 0 > pair 1 > pair 2 > pair 3"]).contains("is longer than the 3 that are allowed"));
    let told = run([Path::new("explain"), &pool, &outcome, Path::new("pair 9")]).refused(1);
    assert!(
        told.contains(
            "\"pair 9\" is nobody; expected a name of the pool, or \"node 1\" to \"node 6\" as in the outcome"
        ),
        "{told}"
    );
    let user = ["pair 2", "--user", "bob"].map(Path::new);
    let told = run([Path::new("explain"), &pool, &outcome].into_iter().chain(user)).refused(2);
    assert!(told.contains("--user: it is of want lists, and a pool has no users"), "{told}");
}

#[test]
fn items_of_a_bounded_list_are_named_as_those_of_an_unbounded_one() {
    let scratch = Scratch::new();
    // The first place is of the item 5, not of the item 1.
    let list = scratch
        .file("list.txt", "#! ALLOW-DUMMIES\n(u) 5 : 2\n(v) 2 : 5\n(w) 1 : %d\n(w) %d : 9\n(x) 9 : 2\n");
    let outcome = scratch.at("outcome.json");
    cleared(&[&["--max-ring", "3"].map(Path::new)[..], &[&list]].concat(), &outcome);
    let explain = |names: &[&str]| {
        let names = names.iter().map(Path::new);
        run([Path::new("explain"), &list, &outcome].into_iter().chain(names))
    };
    assert_eq!(explain(&["5"]).clean(), "(u) 5 takes part: (u) 5 > (v) 2 > (u) 5\n");
    for names in [&["1"][..], &["(w) 1"], &["1", "--user", "W"]] {
        assert!(explain(names).clean().starts_with("(w) 1 cannot be chosen: "), "{names:?}");
    }
    assert!(explain(&["9"]).clean().starts_with("(x) 9 cannot be chosen: "));
    assert!(explain(&["3"]).refused(1).contains("list.txt: no item"));
    assert!(explain(&["%d"]).refused(1).contains("%d is a dummy, which never trades itself"));
}

#[test]
fn a_dummy_that_is_needed_twice_is_told_as_the_reason() {
    let scratch = Scratch::new();
    // The dummy passes on one item alone: either A and B are swapped, or C and D.
    let list = scratch.file(
        "list.txt",
        "#! ALLOW-DUMMIES\n(a) A : %x\n(a) C : %x\n(a) %x : B D\n(b) B : A\n(d) D : C B\n(b) E : D\n",
    );
    let outcome = scratch.at("outcome.json");
    cleared(&[&["--max-ring", "2"].map(Path::new)[..], &[&list]].concat(), &outcome);
    let other = run([Path::new("explain"), &list, &outcome, Path::new("A > B")]).clean();
    let one = run([Path::new("explain"), &list, &outcome, Path::new("C > D")]).clean();
    let (chosen, not) = if one.starts_with("It is chosen") { (one, other) } else { (other, one) };
    assert!(chosen.starts_with("It is chosen: "), "{chosen}");
    assert!(
        not.contains("\nIt needs a dummy, or a donor of several patients, as what was chosen does: (a) "),
        "{not}"
    );
    cleared(&[&["--max-ring", "4"].map(Path::new)[..], &[&list]].concat(), &outcome);
    let told = run([Path::new("explain"), &list, &outcome, Path::new("A > B > C > D")]).clean();
    assert!(told.contains("cannot be chosen: two of its arcs need the same dummy"), "{told}");
}

#[test]
fn a_pool_that_lacks_its_heading_or_its_end_is_no_wants_list() {
    let scratch = Scratch::new();
    let (heading, arcs, end) = ("2 2\n", "0 1 1\n1 0 0.5\n", "-1 -1 -1\n");
    let no_end = "the end; expected -1 -1 -1 (it looks like input; --kind says what else it is)";
    let no_heading =
        "line 1, column 1: 3 fields; expected the numbers of givers and arcs, with blanks between";
    for (name, text, told) in [
        ("list.txt", format!("{heading}{arcs}"), no_end),
        ("list.txt", format!("{arcs}{end}"), no_heading),
        ("list.txt", arcs.to_owned(), no_heading),
        ("list.txt", format!("{heading}{arcs}-1 -"), "line 4, column 1: 2 fields"),
        ("list.txt", format!("{heading}{arcs}-1 -1 -"), "line 4, column 1: \"-1\" is no giver"),
        ("pool.input", heading.to_owned(), "the end; expected -1 -1 -1\n"),
        ("pool.input", String::new(), "line 1, column 1: expected a first line"),
        ("pool.INPUT", "(a) A : B\n".to_owned(), "line 1, column 1: 4 fields"),
        ("pool.wmd", "1,Pair 1\n".to_owned(), "line 1, column 3: "),
    ] {
        let file = scratch.file(name, text.clone());
        let clear = [Path::new("clear"), &file, Path::new("--max-ring"), Path::new("3")];
        let said = run(clear).refused(1);
        assert!(said.contains(&format!("{name}: line ")) && said.contains(told), "{text}: {said}");
        run([Path::new("clear"), &file, Path::new("--kind"), Path::new("json")]).refused(1);
    }
    // Where it may be meant so, it is read as want lists, not in silence unless that is asked for.
    let file = scratch.file("list.txt", "1 2\n2 1\n");
    for more in [&[][..], &["--max-ring", "3"]] {
        let clear = || [Path::new("clear"), &file].into_iter().chain(more.iter().map(Path::new));
        let said = run(clear());
        assert_eq!(said.status, Some(0));
        assert!(
            said.err.contains("its items are bare numbers that belong to nobody; --kind says"),
            "{}",
            said.err
        );
        run(clear().chain(["--kind", "trademaximizer"].map(Path::new))).clean();
    }
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

#[test]
fn an_option_that_the_kind_of_round_does_not_take_is_refused_by_name() {
    let scratch = Scratch::new();
    let list = scratch.file("list.txt", "(a) A : B\n(b) B : A\n");
    let pool = scratch.file("pool.input", "2 2\n0 1 1\n1 0 1\n-1 -1 -1\n");
    let attic = workspace().join("tests/bundles/attic.json");
    let told = |file: &Path, options: &str| {
        let options = options.split(' ').map(Path::new);
        run([Path::new("clear"), file].into_iter().chain(options)).refused(2)
    };
    let bounded = "it goes with bounded rings and chains (--max-ring)";
    for options in ["--max-chain 3", "--weights", "--patients x.dat", "--altruists x.ndds"] {
        let option = options.split(' ').next().expect("an option");
        let unbounded = format!("{option} does not go with want lists without a bound on rings; {bounded}");
        assert!(told(&list, options).contains(&unbounded), "{options}: {}", told(&list, options));
        let of_bundles = format!("{option} does not go with exchanges of bundles; {bounded}");
        assert!(told(&attic, options).contains(&of_bundles), "{options}");
        let of_mechanisms = format!("{option} does not go with mechanisms (--mechanism); {bounded}");
        assert!(told(&list, &format!("--mechanism ttc {options}")).contains(&of_mechanisms), "{options}");
    }
    let either = format!("{bounded}, and with exchanges of bundles");
    assert!(
        told(&list, "--budget 5")
            .contains(&format!("--budget does not go with want lists without a bound on rings; {either}"))
    );
    let lists = "it goes with want lists without a bound on rings";
    for options in ["--threads 1", "--ring-steps 1", "--effort 1", "--seed 3", "--format trademaximizer"] {
        let option =
            if options.starts_with("--format") { options } else { options.split(' ').next().expect("one") };
        let told = told(&pool, &format!("--max-ring 3 {options}"));
        assert!(
            told.contains(&format!(
                "{option} does not go with bounded rings and chains (--max-ring); {lists}"
            )),
            "{told}"
        );
    }
    assert!(
        told(&list, "--mechanism ttc --objective items").contains("--objective does not go with mechanisms")
    );
    assert!(
        told(&pool, "--mechanism ttc").contains("--mechanism ttc: ")
            && told(&pool, "--mechanism ttc").contains(" is a pool (input), and a")
    );
    assert!(told(&attic, "--max-ring 3").contains(
        "--max-ring does not go with exchanges of bundles: it asks for bounded rings and chains\n"
    ));
    let twice = "--max-ring 3 --objective transplants,items";
    assert!(told(&pool, twice).contains("--objective: transplants is named twice; expected each once"));
    for cap in ["99999999999", "65", "3.5", "-1", "1"] {
        let told = told(&pool, &format!("--max-ring {cap}"));
        assert!(told.contains("expected a whole number from 2 to 64, or 0 for no rings"), "{told}");
    }
    assert!(told(&pool, "--max-ring 3 --count-last-donations").contains("--max-chain <L>"));
    assert!(told(&pool, "--max-ring 3 --patients x.dat").contains("hard-to-match is no objective here"));
    // Names of objectives are taken as people write them.
    run([Path::new("clear"), &pool]
        .into_iter()
        .chain(["--max-ring", "3", "--objective", " Items, rings"].map(Path::new)))
    .clean();
}

/// Three pairs of whom the third can only be served by a ring of three, and the first two also by a swap; and an altruist for the second.
const SMALL: &str = "4,5\n1,Pair 1\n2,Pair 2\n3,Pair 3\n4,Altruist 4\n0,1,1\n1,0,1\n1,2,1\n2,0,1\n3,1,1\n";
const PATIENTS: &str = "Pair,Patient,Donor,Wife-P?,%Pra,Out-Deg,Altruist\n";

#[test]
fn who_is_hard_to_match_is_found_again_by_verify() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", SMALL);
    let patients =
        |last: &str| format!("{PATIENTS}1,A,B,0,0.90,1,0\n\n2,A,B,0,0.05,2,0\n3,O,B,0,0.05,1,0\n{last}");
    let file = scratch.file("patients.dat", patients("4,O,O,0,0,1,1\n"));
    let outcome = scratch.at("outcome.json");
    let options = ["--max-ring", "3", "--max-chain", "1", "--objective", "hard-to-match"].map(Path::new);
    let by_file = [Path::new("--patients"), &file];
    let document = cleared(&[&options[..], &by_file, &[&pool]].concat(), &outcome);
    assert_eq!(document["rules"]["hard_to_match"], serde_json::json!([1]));
    let said = run([Path::new("verify"), &pool, &outcome].into_iter().chain(by_file)).clean();
    assert!(said.contains("\n(hard to match: 1 in all, those of a cPRA of 80 and more by "), "{said}");
    assert!(
        said.contains("; chains that reach at most 1, and whose last donations do not count)\n"),
        "{said}"
    );
    let told = run([Path::new("verify"), &pool, &outcome]).refused(1);
    assert!(told.contains("name it: --patients FILE.dat"), "{told}");
    // A document that names others than the pool has.
    let mine = cleared(&[&options[..], &[&pool]].concat(), &outcome);
    assert_eq!(mine["rules"]["hard_to_match"], serde_json::json!([3]));
    let said = run([Path::new("verify"), &pool, &outcome]).clean();
    assert!(said.contains("(hard to match: 1 in all, the quarter to whom the fewest can give)"), "{said}");
    let told = run([Path::new("verify"), &pool, &outcome].into_iter().chain(by_file)).refused(1);
    assert!(told.contains("others are hard to match by "), "{told}");
    let forged = std::fs::read_to_string(&outcome)
        .expect("it was written")
        .replace("\"hard_to_match\":[3]", "\"hard_to_match\":[2]");
    let forged = scratch.file("forged.json", forged);
    assert!(run([Path::new("verify"), &pool, &forged]).refused(1).contains("others are hard to match"));
    // The file of another pool: its fourth is a pair. The line is the file's own, an empty one among them.
    let other = scratch.file("other.dat", patients("4,O,O,0,0,1,0\n"));
    let other = [Path::new("--patients"), &other];
    let clear = [Path::new("clear"), &pool];
    let told = run(clear.into_iter().chain(options).chain(other)).refused(1);
    assert!(told.contains("other.dat: line 6: a pair, and in the pool Altruist 4 is an altruist"), "{told}");
}

#[test]
fn verify_says_by_which_convention_last_donations_count() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", SMALL);
    let outcome = scratch.at("outcome.json");
    let options = ["--max-ring", "2", "--max-chain", "3", "--count-last-donations"].map(Path::new);
    let document = cleared(&[&options[..], &[&pool]].concat(), &outcome);
    assert_eq!(document["summary"]["gain"], 4);
    let said = run([Path::new("verify"), &pool, &outcome]).clean();
    assert!(said.contains("(rings of at most 2; chains that reach at most 3, and whose last donations count as transplants)\n"), "{said}");
}

#[test]
fn what_is_wrong_in_the_file_of_altruists_is_told_of_that_file() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.input", "2 2\n0 1 1\n1 0 1\n-1 -1 -1\n");
    let altruists = scratch.file("pool.ndds", "1 1\n0 5 1\n-1 -1 -1\n");
    let options = [Path::new("--max-ring"), Path::new("3"), Path::new("--altruists"), &altruists];
    let told = run([Path::new("clear"), &pool].into_iter().chain(options)).refused(1);
    assert!(told.contains("pool.ndds: line 2, column 3: \"5\" is no receiver"), "{told}");
}

/// A relaxation that is far from its end does not take the place of what fits together without it.
#[test]
fn more_steps_do_not_leave_half_of_a_large_pool_out() {
    let scratch = Scratch::new();
    let pool = scratch.at("pool.wmd");
    let fixed = ["generate", "kidney", "--pairs", "1024", "--altruists", "51", "--seed", "3", "--output"];
    run(fixed.map(Path::new).into_iter().chain([&*pool])).clean();
    let served = ["0", "10000000"].map(|budget| {
        let options = ["--max-ring", "3", "--max-chain", "4", "--budget", budget].map(Path::new);
        let document = cleared(&[&options[..], &[&pool]].concat(), &scratch.at("outcome.json"));
        document["summary"]["transplants"].as_u64().expect("a count")
    });
    assert!(served[0] > 400 && served[1] >= served[0], "{served:?}");
}

#[test]
fn a_larger_budget_is_advised_where_the_budget_was_too_small() {
    let scratch = Scratch::new();
    let pool = scratch.at("pool.wmd");
    let fixed = ["generate", "kidney", "--pairs", "60", "--output"].map(Path::new);
    run(fixed.into_iter().chain([&*pool])).clean();
    let options = ["--max-ring", "3", "--budget", "1000"].map(Path::new);
    let said = run([Path::new("clear"), &pool].into_iter().chain(options)).clean();
    assert!(said.contains("; a larger --budget can prove more. Write it"), "{said}");
}
