//! What `verify` and `explain` refuse of pools, and what they insist on: documents that ask for what nobody may, options that are of pools alone, and questions about nobody.

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
fn bounds_that_leave_nothing_to_choose_are_refused() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", "3,3\n0,Pair 0\n1,Pair 1\n2,Altruist 2\n0,1,1\n1,0,1\n2,0,1\n");
    let list = scratch.file("list.txt", "(a) A : B\n(b) B : A\n");
    let clear = |file: &Path, options: &str| {
        run([Path::new("clear"), file].into_iter().chain(options.split(' ').map(Path::new)))
    };
    let nothing = "--max-ring 0: with no rings";
    for (file, options, told) in [
        (
            &pool,
            "--max-ring 0",
            " and no chains there is nothing to choose from; expected 2 or more, or --max-chain L",
        ),
        (
            &list,
            "--max-ring 0 --max-chain 3",
            ", and want lists have no chains there is nothing to choose from; expected 2 or more",
        ),
    ] {
        let said = clear(file, options);
        assert!(said.status == Some(2) && said.err.contains(&format!("{nothing}{told}\n")), "{}", said.err);
    }
    // Chains alone are something, and who says that none are wanted need not be told of the altruists.
    assert!(clear(&pool, "--max-ring 0 --max-chain 2").clean().contains("transplants  2 of 2"));
    clear(&pool, "--max-ring 2 --max-chain 0").clean();
    assert!(clear(&pool, "--max-ring 2").err.contains("no chain starts from them without --max-chain L"));
}

/// What clears makes an empty outcome of it and says so; what is asked about something that it should hold refuses it.
#[test]
fn a_file_that_holds_only_a_header_ends_alike_everywhere() {
    let scratch = Scratch::new();
    for (command, name, text, told) in [
        ("net", "debts.csv", "debtor,creditor,amount\n", "no obligations under the header"),
        ("auction", "offers.csv", "sells,buys,amount,at_least\n", "no offers in it"),
        ("clear --max-ring 3", "pool.wmd", "# DATA TYPE: wmd\n", "nobody in it can give to anybody"),
        ("clear --max-ring 3", "pool.json", "{\"data\": {}}", "nobody in it can give to anybody"),
        ("clear", "list.txt", "#! ALLOW-DUMMIES\n", "no want lists in it"),
        ("clear --mechanism ttc", "list.txt", "#! ALLOW-DUMMIES\n", "no want lists in it"),
        ("compare", "list.txt", "#! ALLOW-DUMMIES\n", "no want lists in it"),
    ] {
        let (file, outcome) = (scratch.file(name, text), scratch.at("outcome.json"));
        let words = command.split(' ').map(Path::new);
        let said = run(words.chain([&*file, Path::new("--output"), &outcome]));
        assert_eq!(said.status, Some(0), "{command}: {}", said.err);
        assert!(
            said.err.contains(&format!("{name}: ")) && said.err.contains(told),
            "{command}: {}",
            said.err
        );
        std::fs::remove_file(&outcome).expect("it was written");
    }
    for (command, text) in
        [("trust --from a --to b", "from,to,limit\n"), ("value", "date,gives,gets,given,got\n")]
    {
        let file = scratch.file("empty.csv", text);
        let told = run(command.split(' ').map(Path::new).chain([&*file])).refused(1);
        assert!(
            told.contains("empty.csv: line 1, column 1: expected rows under the header; it has none"),
            "{told}"
        );
    }
}

#[test]
fn an_outcome_of_another_input_is_told_as_such_by_the_first_that_is_not_there() {
    let scratch = Scratch::new();
    let pools = [
        "2,2\n0,Pair 0\n1,Pair 1\n0,1,3\n1,0,4\n",
        "2,2\n0,Pair 0\n1,Pair 7\n0,1,3\n1,0,4\n",
        "2,1\n0,Pair 0\n1,Pair 1\n0,1,3\n",
    ];
    let lists = ["(a) A : B\n(b) B : A\n", "(a) A : C\n(c) C : A\n"];
    let attic = std::fs::read_to_string(workspace().join("tests/bundles/attic.json")).expect("it is there");
    let bundles = [attic.clone(), attic.replace("ann-tools", "ann-things")];
    for (name, one, other, options, told) in [
        (
            "pool.wmd",
            pools[0],
            pools[1],
            &["--max-ring", "2"][..],
            "node 2 is \"Pair 1\", and in the pool \"Pair 7\": is the outcome of another pool?",
        ),
        (
            "pool.wmd",
            pools[0],
            pools[2],
            &["--max-ring", "2"],
            "Pair 1 cannot give to Pair 0: is the outcome of another pool?",
        ),
        (
            "list.txt",
            lists[0],
            lists[1],
            &[],
            "the round has no item B of b: is the outcome of another round?",
        ),
        (
            "list.txt",
            lists[0],
            lists[1],
            &["--mechanism", "ttc"],
            "the round has no item B of b: is the outcome of another round?",
        ),
        (
            "round.json",
            &*bundles[0],
            &*bundles[1],
            &[],
            "the round has no exchange \"ann-tools\": is the outcome of another round?",
        ),
    ] {
        let (file, outcome) = (scratch.file(name, one), scratch.at("outcome.json"));
        cleared(&[&[&*file][..], &options.iter().map(Path::new).collect::<Vec<_>>()].concat(), &outcome);
        let file = scratch.file(name, other);
        let said = run([Path::new("verify"), &file, &outcome]).refused(1);
        assert!(said.contains(told), "{said}");
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
    for words in [&[ring][..], &["1 2 3 1"], &["1", ">", "2", ">", "3"], &["Pair 1 > Pair 2 > Pair 3"]] {
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

#[test]
fn a_typo_in_a_want_is_told_within_bounds_too() {
    let scratch = Scratch::new();
    let list = scratch.file("list.txt", "(ann) A : B\n(bob) B : A\n(cat) C : Dd\n(dan) D : C\n");
    let [outcome, report] = ["outcome.json", "report.html"].map(|name| scratch.at(name));
    let told = "bartizan: list.txt: Unknown item DD (1 occurrence)\n"
        .replace("list.txt", &list.display().to_string());
    let words = ["clear", "--max-ring", "3", "--output"].map(Path::new);
    let said = run(words.into_iter().chain([&*outcome, Path::new("--report"), &report, &list]));
    assert_eq!((said.status, &said.err), (Some(0), &told), "{}", said.out);
    assert!(std::fs::read_to_string(&report).unwrap().contains("<li>Unknown item DD (1 occurrence)</li>"));
    assert_eq!(run([Path::new("compare"), &list]).err, told);
    let explained = run([Path::new("explain"), &list, &outcome].into_iter().chain(["C", "D"].map(Path::new)));
    assert_eq!(
        explained.clean(),
        "(cat) C cannot be chosen: its own list is empty, or names nothing that takes part.\n\
         (dan) D cannot be chosen: nobody wants it: it stands on no list.\n"
    );
}

#[test]
fn who_asks_about_nobody_or_leaves_a_gap_between_arrows_is_told_so() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.input", "3 3\n0 1 1\n1 0 1\n1 2 1\n-1 -1 -1\n");
    let outcome = scratch.at("outcome.json");
    cleared(&[&["--max-ring", "2"].map(Path::new)[..], &[&pool]].concat(), &outcome);
    let asked = |words: &[&str]| {
        run([Path::new("explain"), &pool, &outcome].into_iter().chain(words.iter().map(Path::new)))
    };
    for blank in ["", " "] {
        assert!(asked(&[blank]).refused(1).contains("names nobody; expected a name"), "{blank:?}");
    }
    for gap in [">", "pair 1 > > pair 2", "> pair 1", "pair 0 > pair 1 >"] {
        assert!(asked(&[gap]).refused(1).contains("no name at one side of an arrow"), "{gap:?}");
    }
    assert_eq!(
        asked(&["pair 0", "pair 1", ">", "pair 0", "2"]).clean(),
        "pair 0 takes part: pair 0 > pair 1 > pair 0\nIt is chosen: pair 1 > pair 0 > pair 1\n\
         pair 2 cannot be chosen: no ring or chain within the bounds could serve it: no ring passes through it, however long.\n"
    );
}

/// By which conventions an outcome was made can be insisted on as `clear` was told them, and the headline counts by them.
#[test]
fn verify_insists_on_conventions_as_clear_takes_them() {
    let scratch = Scratch::new();
    let pool =
        scratch.file("pool.wmd", "4,3\n1,Pair 1\n2,Pair 2\n3,Pair 3\n4,Altruist 4\n3,0,1\n0,1,1\n1,2,1\n");
    let outcome = scratch.at("outcome.json");
    let words = |words: &'static str| words.split(' ').map(Path::new);
    let cleared = |options: &'static str| {
        run([Path::new("clear"), &pool]
            .into_iter()
            .chain(words(options))
            .chain([Path::new("--output"), &outcome]))
    };
    let verified =
        |options: &'static str| run([Path::new("verify"), &pool, &outcome].into_iter().chain(words(options)));
    cleared("--max-ring 3 --max-chain 3 --chain-cap-counts nodes").clean();
    verified("--max-ring 3 --max-chain 3 --chain-cap-counts nodes").clean();
    verified("--max-chain 2").clean();
    let told = verified("--max-chain 2 --chain-cap-counts nodes").refused(1);
    assert!(told.contains("cleared with --max-chain 2; expected --max-chain 1"), "{told}");
    let told = verified("--count-last-donations").refused(1);
    assert!(told.contains("cleared without --count-last-donations"), "{told}");
    let printed = cleared("--max-ring 3 --max-chain 3 --count-last-donations").clean();
    assert!(
        printed.contains(
            "transplants  3 of 3 pairs\n             and 1 last donation outside the pool, 4 in all\n"
        ),
        "{printed}"
    );
    verified("--count-last-donations --quiet").clean();
    let told = cleared("--max-ring 3 --max-chain 3 --count-last-donations --weights").refused(2);
    assert!(told.contains("which --weights does not clear for; expected --objective transplants"), "{told}");
}

#[test]
fn of_several_donors_the_one_who_gives_is_named() {
    let scratch = Scratch::new();
    let pool = scratch.file(
        "pool.json",
        r#"{"data": {
            "1": {"sources": [1], "matches": [{"recipient": 2, "score": 5}]},
            "5": {"sources": [1], "matches": [{"recipient": 2, "score": 7}]},
            "2": {"sources": [2], "matches": [{"recipient": 1, "score": 5}]},
            "3": {"sources": [3], "matches": []}}}"#,
    );
    let [outcome, report] = ["outcome.json", "report.html"].map(|name| scratch.at(name));
    let options = ["--max-ring", "2", "--report"].map(Path::new).into_iter().chain([
        &*report,
        Path::new("--output"),
        &outcome,
    ]);
    let printed = run([Path::new("clear"), &pool].into_iter().chain(options)).clean();
    assert!(printed.contains("  recipient 1 (donor 5) > recipient 2 > recipient 1 (donor 5)\n"), "{printed}");
    assert!(std::fs::read_to_string(&report).unwrap().contains("gives by donor 5 to recipient 2"));
    let asked = |name: &str| run([Path::new("explain"), &pool, &outcome, Path::new(name)]).clean();
    let told = "recipient 1 takes part: recipient 1 (donor 5) > recipient 2 > recipient 1 (donor 5)\n";
    assert_eq!([asked("donor 5"), asked("recipient 1 (donor 5)")], [told, told]);
    assert!(asked("recipient 1 (donor 5) > recipient 2").starts_with("It is chosen: "));
    let text = std::fs::read_to_string(&outcome).unwrap();
    assert!(text.contains(r#""donor":"donor 5""#), "{text}");
    let forged = scratch.file("forged.json", text.replace("donor 5", "donor 1"));
    let told = run([Path::new("verify"), &pool, &forged]).refused(1);
    assert!(
        told.contains(
            "the donor of recipient 1 who gives to recipient 2 is donor 1, and in the pool donor 5"
        ),
        "{told}"
    );
}

#[test]
fn too_few_patients_and_too_many_pairs_are_told_with_what_is_expected() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", "2,2\n1,Pair 1\n2,Pair 2\n0,1,1\n1,0,1\n");
    let patients =
        scratch.file("pool.dat", "Pair,Patient,Donor,Wife-P?,%Pra,Out-Deg,Altruist\n1,A,A,0,0.5,1,0\n");
    let options = ["--max-ring", "2", "--objective", "hard-to-match", "--patients"].map(Path::new);
    let told = run([Path::new("clear"), &pool].into_iter().chain(options).chain([&*patients])).refused(1);
    assert!(
        told.contains("pool.dat: line 3: 1 patients; expected one for each of the pool's 2 nodes"),
        "{told}"
    );
    for pairs in ["-1", "131073"] {
        let told = run(["generate", "kidney", "--pairs", pairs]).refused(2);
        assert!(told.contains("expected a whole number from 0 to 131072"), "{told}");
    }
    let help = run(["generate", "kidney", "--help"]).clean();
    assert!(help.contains("at most 131072"), "{help}");
}
