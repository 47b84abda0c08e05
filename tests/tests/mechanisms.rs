//! Rounds cleared by mechanisms, and mechanisms compared, by the program: what it writes is verified, what was tampered with is not, and what
//! cannot be is told with a reason. That every theorem holds is tested in the solver, against brute force.

use std::path::Path;

use bartizan_tests::program::{Scratch, run};
use serde_json::{Value, json};

/// Three who would go round, and two of them who would rather exchange; dan wants what ann has.
const VILLAGE: &str =
    "(ann) PEAR : FIG PLUM\n(bob) FIG : PLUM PEAR\n(cat) PLUM : PEAR FIG\n(dan) NUT : PEAR\n";

/// Each would rather exchange with the next than with the one before.
const TRIANGLE: &str = "(ann) A : B C\n(bob) B : C A\n(cat) C : A B\n";

/// Two gifts, three who want them and each other's, and a newcomer whose stone nobody wants.
const GIFTS: &str =
    "(org) CAKE :\n(org) TEA :\n(ann) A : B CAKE\n(bob) B : CAKE\n(cat) C : A TEA\n(new) STONE : C B\n";

/// Lists with ties, in which the order of the list wastes an exchange.
const TIES: &str = "#! LINEAR-PRIORITIES SMALL-STEP=0\n(ann) A : B C\n(bob) B : A\n(cat) C : B\n";

/// Clears `text` by a mechanism, has what is written verified, and tells both.
fn cleared(text: &str, name: &str, options: &[&str]) -> (Value, String) {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", text).display().to_string();
    let out = scratch.at("out.json").display().to_string();
    let asked = ["clear", &file, "--mechanism", name, "--output", &out];
    let told = run(asked.iter().chain(options)).clean();
    let document = std::fs::read_to_string(&out).expect("it was written");
    let verified = run(["verify", &file, &out]).clean();
    let document = serde_json::from_str(&document).expect("it is JSON");
    // Who gets what is printed too.
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let lists = told.lines().filter(|line| line.contains(" receives  ")).map(words);
    let mut printed: Vec<(String, String)> = lists.map(|line| (line[1].clone(), line[4].clone())).collect();
    printed.sort();
    assert_eq!(printed, received(&document), "{told}");
    (document, verified)
}

/// Who receives what, of rings and chains.
fn received(document: &Value) -> Vec<(String, String)> {
    let lists = |name: &str| document[name].as_array().cloned().unwrap_or_default();
    let hops = [lists("rings"), lists("chains")].concat();
    let hops = hops.iter().flat_map(|list| list.as_array().expect("a list of members"));
    let text = |value: &Value| value.as_str().expect("a name").to_owned();
    let mut found: Vec<_> = hops.map(|hop| (text(&hop["item"]), text(&hop["receives_item"]))).collect();
    found.sort();
    found
}

fn pairs(told: &[(&str, &str)]) -> Vec<(String, String)> {
    told.iter().map(|&(item, receives)| (item.to_owned(), receives.to_owned())).collect()
}

#[test]
fn each_mechanism_makes_its_outcome_and_verify_says_what_it_shows() {
    let (document, told) = cleared(VILLAGE, "ttc", &[]);
    assert_eq!(received(&document), pairs(&[("FIG", "PLUM"), ("PEAR", "FIG"), ("PLUM", "PEAR")]));
    assert_eq!(document["mechanism"], json!({"name": "ttc", "seed": 1, "gifts": false}));
    assert_eq!(
        (&document["summary"]["items_traded"], &document["untraded"][0]["item"]),
        (&json!(3), &json!("NUT"))
    );
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "top trading cycles: the same outcome again");
    for (start, end) in [
        ("individually rational: ", "(checked)"),
        ("Pareto-efficient: ", "(checked)"),
        ("strict core: ", "(checked)"),
        ("strategy-proof: ", "(a theorem on the rule, which no outcome shows)"),
    ] {
        assert!(lines.iter().any(|line| line.starts_with(start) && line.ends_with(end)), "{start} {told}");
    }
    for name in ["top-cycles", "your-turn", "chains", "longest-chains", "serial-dictatorship"] {
        assert_eq!(received(&cleared(VILLAGE, name, &[]).0), received(&document), "{name}");
    }
    let (document, told) = cleared("(a) A : B C\n(b) B : C A\n(c) C : B A\n", "stable", &[]);
    assert_eq!(received(&document), pairs(&[("B", "C"), ("C", "B")]));
    assert!(told.contains(
        "stable: exchanges are between two, and no two would rather exchange with each other (checked)"
    ));
    // By priority ann comes first, and any partner is as good.
    let (document, told) = cleared(VILLAGE, "priority", &[]);
    assert_eq!(received(&document), pairs(&[("FIG", "PEAR"), ("PEAR", "FIG")]));
    assert!(told.contains("(not always strategy-proof where lists are strict"), "{told}");
}

#[test]
fn ties_are_wasted_by_the_order_of_the_list_and_not_by_the_rule_for_ties() {
    let (document, told) = cleared(TIES, "ttc", &[]);
    assert_eq!(received(&document), pairs(&[("A", "B"), ("B", "A")]));
    assert!(!told.contains("\nPareto-efficient"), "{told}");
    assert!(told.contains("(not always Pareto-efficient"), "{told}");
    // With C for ann and B for cat, bob has A as before.
    let (document, told) = cleared(TIES, "top-cycles", &[]);
    assert_eq!(received(&document), pairs(&[("A", "C"), ("B", "A"), ("C", "B")]));
    assert!(told.contains(
        "Pareto-efficient: no other outcome is better for somebody and worse for nobody (checked)"
    ));
}

#[test]
fn gifts_begin_chains_and_the_last_hand_gives_to_nobody() {
    for name in ["your-turn", "chains"] {
        let (document, told) = cleared(GIFTS, name, &["--gifts"]);
        let expected = [("A", "B"), ("B", "CAKE"), ("C", "A"), ("STONE", "C")];
        assert_eq!(received(&document), pairs(&expected), "{name}");
        assert_eq!(document["rings"], json!([]));
        assert_eq!(document["chains"][0][0]["item"], "STONE");
        assert_eq!(document["summary"]["chain_sizes"], json!([4]));
        assert_eq!(
            (&document["summary"]["items_traded"], &document["untraded"]),
            (&json!(4), &json!([{"user": "org", "item": "TEA"}]))
        );
        assert!(told.contains("strategy-proof"), "{told}");
    }
    // Without gifts nobody has what anybody could return.
    assert!(received(&cleared(GIFTS, "chains", &[]).0).is_empty());
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", GIFTS).display().to_string();
    let told = run(["clear", &file, "--mechanism", "ttc", "--gifts"]).refused(1);
    let givers = "your-turn, chains, longest-chains, serial-dictatorship";
    assert!(told.contains(&format!("--gifts: ttc gives no gifts; those that do are {givers}")), "{told}");
    let help = run(["clear", "--help"]).clean();
    let words = help.split_whitespace().collect::<Vec<&str>>().join(" ");
    assert!(
        words.contains(
            "With --mechanism your-turn, chains, longest-chains or serial-dictatorship, give items"
        )
    );
    let told = run(["clear", &file, "--mechanism", "chains", "--gifts"]).clean();
    assert!(told.contains("Chains   1: 4 receive along them"), "{told}");
}

#[test]
fn where_no_stable_exchange_exists_an_odd_ring_is_told() {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", TRIANGLE).display().to_string();
    let told = run(["clear", &file, "--mechanism", "stable"]).refused(1);
    assert!(told.contains("no stable exchange exists: A, B, C are an odd ring"), "{told}");
}

#[test]
fn what_was_tampered_with_is_found() {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", VILLAGE).display().to_string();
    let (document, _) = cleared(VILLAGE, "ttc", &[]);
    let refused = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut spoilt = document.clone();
        change(&mut spoilt);
        let out = scratch.file("out.json", spoilt.to_string());
        let told = run([Path::new("verify"), Path::new(&file), &out]).refused(1);
        assert!(told.contains(expected), "{expected}: {told}");
    };
    let hop = |item: &str, receives: &str, users: [&str; 2]| json!({"user": users[0], "item": item, "receives_user": users[1], "receives_item": receives});
    let two = json!([[hop("PEAR", "FIG", ["ann", "bob"]), hop("FIG", "PEAR", ["bob", "ann"])]]);
    // Another exchange is neither what the mechanism makes nor in the core.
    refused(&|document| document["rings"] = two.clone(), "it is not so that");
    refused(&|document| document["rings"][0][0]["rank"] = json!(2), "the want is number 1");
    refused(&|document| document["mechanism"]["name"] = json!("best"), "expected one of: ttc");
    refused(
        &|document| document["mechanism"]["name"] = json!("priority"),
        "by priority FIG receives PEAR, not PLUM",
    );
    refused(&|document| document["mechanism"]["gifts"] = json!(true), "ttc gives no gifts");
    refused(&|document| document["summary"]["items_traded"] = json!(4), "its summary does not agree");
    refused(&|document| document["untraded"] = json!([]), "untraded");
    refused(
        &|document| {
            document["objectives"] = json!([{"name": "items", "value": 3, "bound": 3, "proven": true}]);
        },
        "no objectives",
    );
    let unwanted = json!([[hop("NUT", "PEAR", ["dan", "ann"]), hop("PEAR", "NUT", ["ann", "dan"])]]);
    refused(
        &|document| document["rings"] = unwanted.clone(),
        "PEAR receives NUT, which its list does not name",
    );
    let stolen = json!([[hop("NUT", "PEAR", ["dan", "ann"])]]);
    refused(
        &|document| {
            document["rings"] = json!([]);
            document["chains"] = stolen.clone();
        },
        "given for nothing",
    );
}

#[test]
fn options_that_do_not_go_together_are_refused_and_help_tells_the_theorems() {
    let scratch = Scratch::new();
    let file = scratch
        .file("round.txt", "#! ALLOW-DUMMIES\n(a) A : %x\n(a) %x : B\n(b) B : A\n")
        .display()
        .to_string();
    let told = run(["clear", &file, "--mechanism", "stable"]).refused(1);
    assert!(told.contains("expected no dummies"), "{told}");
    let told = run(["clear", &file, "--mechanism", "ttc"]).clean();
    assert!(told.contains("no other theorem is promised"), "{told}");
    for options in [
        &["--objective", "items"][..],
        &["--max-ring", "3"],
        &["--report", "r.html"],
        &["--format", "trademaximizer"],
    ] {
        run(["clear", &file, "--mechanism", "ttc"].iter().chain(options)).refused(2);
    }
    run(["clear", &file, "--gifts"]).refused(2);
    let said = run(["clear", &file, "--mechanism", "ttc", "--seed", "3"]);
    assert_eq!(said.err, "bartizan: --seed: ttc knows no order of priority, so that it changes nothing\n");
    run(["clear", &file, "--mechanism", "chains", "--seed", "3"]).clean();
    let told = run(["compare", &file]).refused(1);
    assert!(told.contains("compare: expected no dummies in the round"), "{told}");
    for command in ["clear", "compare"] {
        let help = run([command, "--help"]).clean();
        for words in [
            "serial-dictatorship",
            "strategy-proof",
            "ties: by the order of the list",
            "Roth (1982)",
            "Jaramillo and Manjunath (2012)",
        ] {
            assert!(help.contains(words), "{command}: {words}");
        }
    }
}

#[test]
fn mechanisms_are_compared_by_what_they_reach_and_what_lies_gain() {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", VILLAGE).display().to_string();
    let (out, page) = (scratch.at("out.json"), scratch.at("page.html"));
    let list = "ttc,serial-dictatorship,priority,stable,optimum";
    let asked = ["compare", &file, "--mechanisms", list, "--tries", "1000", "--output"];
    let told = run(asked.iter().map(Path::new).chain([out.as_path(), Path::new("--html"), &page])).clean();
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(&out).expect("it was written")).expect("it is JSON");
    assert_eq!((&document["format"], &document["participants"]), (&json!("bartizan-mechanisms"), &json!(4)));
    let of = |name: &str| {
        let all = document["mechanisms"].as_array().expect("a list");
        all.iter().find(|compared| compared["name"] == name).expect("it was compared").clone()
    };
    let ttc = of("ttc");
    assert_eq!((&ttc["figures"]["receive"], &ttc["figures"]["ranks"]), (&json!(3), &json!([3])));
    assert_eq!((&ttc["figures"]["mean_rank"], &ttc["figures"]["left_out"]), (&json!("1.0000"), &json!(1)));
    // Lists of two, two, two and one: 4 others each, and 1.
    assert_eq!(
        (&ttc["manipulability"]["tries"], &ttc["manipulability"]["exhaustive"]),
        (&json!(13), &json!(4))
    );
    assert_eq!(ttc["manipulability"]["gaining"], 0);
    assert_eq!(of("priority")["figures"]["pareto_efficient"], false);
    // Where no stable exchange exists, whoever names one partner alone can have that one.
    assert_eq!(of("stable")["figures"], Value::Null);
    assert!(of("stable")["manipulability"]["gaining"].as_u64().expect("a number") > 0);
    let schema: Value = serde_json::from_str(&run(["schema", "comparison"]).clean()).expect("it is JSON");
    for field in document.as_object().expect("an object").keys() {
        assert!(schema["properties"].get(field).is_some(), "{field}");
    }
    assert!(
        told.contains("none exists") && told.contains("gaining") && told.contains("who gains most"),
        "{told}"
    );
    let page = std::fs::read_to_string(&page).expect("it was written");
    assert_eq!(page.matches("<svg").count(), 2);
    assert!(page.contains("serial-dictatorship"));
    // The same again is the same bytes.
    let again = scratch.at("again.json");
    run(asked.iter().map(Path::new).chain([again.as_path()])).clean();
    assert_eq!(std::fs::read(&out).expect("it was written"), std::fs::read(&again).expect("it was written"));
}

#[test]
fn who_gains_by_a_shorter_list_is_told_with_the_list() {
    // A is moved on to B, so that D and B trade too; had it named C alone, it would have had C.
    let scratch = Scratch::new();
    let file =
        scratch.file("round.txt", "(a) A : C B\n(b) B : A\n(c) C : D A\n(d) D : C\n").display().to_string();
    let told = run(["compare", &file, "--mechanisms", "priority,ttc", "--output", "-", "--quiet"]).clean();
    let document: Value = serde_json::from_str(&told).expect("it is JSON");
    let gained = |index: usize| &document["mechanisms"][index]["manipulability"];
    let expected = json!([{"item": "A", "gain": 1, "list": ["C"]}]);
    assert_eq!((&gained(0)["examples"], &gained(0)["gains"]), (&expected, &json!([1])));
    assert_eq!((&gained(1)["gaining"], &gained(1)["mean_gain"]), (&json!(0), &Value::Null));
}

#[test]
fn made_up_lists_are_compared() {
    let scratch = Scratch::new();
    let round = scratch.at("round.txt");
    let made = run(["generate", "mathtrade", "--items", "60", "--seed", "3"]).clean();
    std::fs::write(&round, made).expect("a temporary file can be written");
    let told = run([Path::new("compare"), &round, Path::new("--tries"), Path::new("200")]).clean();
    let rows: Vec<&str> = told.lines().filter(|line| line.contains("in full)")).collect();
    assert_eq!(rows.len(), 9, "{told}");
    let of = |name: &str| rows.iter().find(|row| row.starts_with(name)).expect("it is compared");
    assert!(of("ttc ").contains(" 0 of ") && of("top-cycles").contains(" 0 of "), "{told}");
}

#[test]
fn what_is_named_twice_is_refused_by_whatever_name() {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", VILLAGE).display().to_string();
    for (list, name) in
        [("ttc, priority ,ttc", "ttc"), ("optimum,optimum", "optimum"), ("ttcc,sd,chains", "chains")]
    {
        let told = run(["compare", &file, "--mechanisms", list]).refused(2);
        assert!(told.contains(&format!("--mechanisms: {name} is named twice; expected each once")), "{told}");
    }
}

#[test]
fn mechanisms_go_by_the_names_of_the_field_too() {
    for (alias, name) in [("yrmh-igyt", "your-turn"), ("ttcc", "chains"), ("sd", "serial-dictatorship")] {
        for alias in [alias, &alias.to_uppercase()] {
            let (document, _) = cleared(VILLAGE, alias, &[]);
            assert_eq!(document["mechanism"]["name"], name);
        }
        assert!(run(["clear", "--help"]).clean().contains(&format!("  {name}, also {alias}: ")), "{alias}");
        let told = run(["clear", "x", "--mechanism", "best"]).refused(2);
        assert!(told.contains(&format!("{name} ({alias})")), "{told}");
    }
}

/// Equals share a rank, which is one more than how many are better: C and D are both second, and E is fourth.
#[test]
fn ranks_are_counted_alike_by_clear_and_compare() {
    let text = "#! EXPLICIT-PRIORITIES\n(a) A : B=1 C=5 D=5 E=9\n(b) B :\n(c) C :\n(d) D : A=1\n(e) E : F=2\n(f) F : A=1 E=3\n";
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", text).display().to_string();
    let told = run(["clear", &file, "--mechanism", "ttc"]).clean();
    assert!(told.contains("(a) A  receives  (d) D  2 of 4 on the list"), "{told}");
    assert!(told.contains("Wants    2 first, median 1st, worst 2nd choice"), "{told}");
    let told = run(["compare", &file, "--mechanisms", "ttc", "--quiet", "--output", "-"]).clean();
    let document: Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(document["mechanisms"][0]["figures"]["ranks"], json!([2, 2]));
    let text = text.replace("(d) D : A=1", "(d) D :").replace("(e) E : F=2", "(e) E : A=2");
    let file = scratch.file("round.txt", text).display().to_string();
    let told = run(["clear", &file, "--mechanism", "ttc"]).clean();
    assert!(told.contains("(a) A  receives  (e) E  4 of 4 on the list"), "{told}");
    assert!(told.contains("worst 4th choice"), "{told}");
    let told = run(["compare", &file, "--mechanisms", "ttc", "--quiet", "--output", "-"]).clean();
    let document: Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(document["mechanisms"][0]["figures"]["ranks"], json!([1, 0, 0, 1]));
}

#[test]
fn verify_says_what_the_outcome_alone_says_of_seed_and_gifts() {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", GIFTS).display().to_string();
    let outcome = scratch.at("outcome.json").display().to_string();
    let verified = |options: &[&str]| {
        let fixed = ["clear", &file, "--mechanism", "chains", "--quiet", "--output", &outcome];
        run(fixed.iter().chain(options)).clean();
        run(["verify", &file, &outcome]).clean()
    };
    let plain = verified(&[]);
    assert!(!plain.contains("seed") && !plain.contains("gifts"), "{plain}");
    let seeded = verified(&["--seed", "5"]);
    assert!(
        seeded.contains("(whatever is drawn is drawn by seed 5, which the outcome says; the file's is 1)"),
        "{seeded}"
    );
    let given = verified(&["--gifts"]);
    assert!(given.contains("(items with an empty list are gifts, as the outcome says: --gifts)"), "{given}");
}

#[test]
fn names_of_kinds_and_mechanisms_have_no_case_and_compare_speaks_of_no_pools() {
    let scratch = Scratch::new();
    let file = scratch.file("round.txt", VILLAGE).display().to_string();
    let lower = run(["compare", &file, "--mechanisms", "ttc,optimum", "--kind", "trademaximizer"]).clean();
    assert_eq!(
        run(["compare", &file, "--mechanisms", "TTC,Optimum", "--kind", "TradeMaximizer"]).clean(),
        lower
    );
    let help = run(["compare", "--help"]).clean();
    assert!(!help.contains("pool"), "{help}");
}
