//! Rounds of bundles through the program: cleared, verified, explained, compared with an outside solver, and refused where they are wrong.

use std::path::{Path, PathBuf};
use std::process::Command;

use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::{not_judged, workspace};
use serde_json::{Value, json};

fn attic() -> PathBuf {
    workspace().join("tests/bundles/attic.json")
}

/// What `clear` writes for a round, once `verify` has accepted it.
fn cleared(round: &Path, outcome: &Path, options: &[&str]) -> Value {
    let fixed = [Path::new("clear"), round, Path::new("--quiet"), Path::new("--output"), outcome];
    run(fixed.into_iter().chain(options.iter().map(Path::new))).clean();
    let told = run([Path::new("verify"), round, outcome]).clean();
    assert!(told.contains("proven: no outcome is better"), "{told}");
    serde_json::from_str(&std::fs::read_to_string(outcome).expect("it was written")).expect("it is JSON")
}

fn told(arguments: &[&str], round: &Path) -> String {
    run([Path::new(arguments[0]), round].into_iter().chain(arguments[1..].iter().map(Path::new))).clean()
}

/// Payments of nine digits beside single items: what the relaxation takes for a part of a unit is beside what a case allows.
#[test]
fn large_payments_beside_few_items_end_no_search() {
    let scratch = Scratch::new();
    let round = workspace().join("tests/bundles/payments.json");
    let document = cleared(&round, &scratch.at("outcome.json"), &[]);
    assert_eq!(document["objectives"][0], json!({"name": "items", "value": 0, "bound": 0, "proven": true}));
}

#[test]
fn an_attic_is_cleared_shown_and_explained() {
    let scratch = Scratch::new();
    let outcome = scratch.at("outcome.json");
    let document = cleared(&attic(), &outcome, &[]);
    assert_eq!(document["method"]["reason"], "exchange ann-tools is not of one for one");
    assert_eq!(document["objectives"][0], json!({"name": "items", "value": 9, "bound": 9, "proven": true}));
    assert_eq!(document["proof"]["status"], "optimal");
    // Everything that somebody gives is received, and what is paid sums to nothing.
    let exchanges = document["exchanges"].as_array().unwrap();
    let units = |field: &str| -> i64 {
        let terms = exchanges.iter().flat_map(|own| own[field].as_array().unwrap());
        terms.flat_map(|term| term.as_array().unwrap()).map(|part| part["units"].as_i64().unwrap()).sum()
    };
    assert_eq!((units("gives"), units("receives")), (9, 9));
    let paid = |own: &Value| own["pays"].as_i64().unwrap_or(0);
    assert_eq!(exchanges.iter().map(paid).sum::<i64>(), 0);
    let shown = told(&["clear"], &attic());
    for line in [
        "Units      9 change hands",
        "branch and cut: exchange ann-tools is not of one for one",
        "Proof      optimal: nothing better exists.",
        "bob-set (bob): gives bike + helmet, receives drill from ann + ",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let explained = |name: &str| run([Path::new("explain"), &attic(), &outcome, Path::new(name)]).clean();
    assert!(
        explained("bob-set").contains("is carried out: it gives bike + helmet"),
        "{}",
        explained("bob-set")
    );
    let never = explained("dan-set");
    assert!(never.contains("It needs 1 of tent, and those whom it trades with could give 0: nothing is to pass between dan and cat."), "{never}");
    let dear = explained("cat-helmet");
    assert!(dear.contains("It could be carried out, but then 1 unit fewer would change hands."), "{dear}");
    let impossible = explained("tent");
    assert!(impossible.contains("No outcome carries it out"), "{impossible}");
    let item = explained("jam");
    assert!(
        item.starts_with("Of jam \u{201c}Plum jam, 2025\u{201d} of cat, 4 of 6 units change hands."),
        "{item}"
    );
    let nothing = run([Path::new("explain"), &attic(), &outcome, Path::new("")]).refused(1);
    assert!(nothing.contains("\"\" names nothing; expected the name of an exchange"), "{nothing}");
    let unknown = run([Path::new("explain"), &attic(), &outcome, Path::new("boat")]).refused(1);
    assert!(unknown.contains("no exchange, item or participant is called \"boat\""), "{unknown}");
    let nothing = explained("dan");
    let told = "dan gets nothing: of their exchanges none is carried out.\nExchange dan-set of dan is not carried out.\n";
    assert!(
        nothing.starts_with(told) && nothing.contains("nothing is to pass between dan and cat"),
        "{nothing}"
    );
    let trades = explained("Bob");
    assert!(
        trades.starts_with("bob trades: of 3 exchanges ")
            && trades.contains("Exchange bob-set of bob is carried")
    );
    assert_eq!(explained("plum jam, 2025"), item);
    let of = |user: &str| {
        let words = [Path::new("jam"), Path::new("--user"), Path::new(user)];
        run([Path::new("explain"), &attic(), &outcome].into_iter().chain(words))
    };
    assert_eq!(of("cat").clean(), item);
    let told = of("dan").refused(1);
    assert!(told.contains("no exchange, item or participant of dan is called \"jam\""), "{told}");
}

#[test]
fn objectives_are_those_of_the_file_or_of_the_command() {
    let scratch = Scratch::new();
    let outcome = scratch.at("outcome.json");
    let document = cleared(&attic(), &outcome, &["--objective", "users,favor=cat,cost"]);
    let names: Vec<&str> =
        document["objectives"].as_array().unwrap().iter().map(|own| own["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["users", "favor=cat", "cost"]);
    let verified = run([Path::new("verify"), &attic(), &outcome]).clean();
    assert!(
        verified.starts_with("(cleared for other objectives than the file asks for: items, users)"),
        "{verified}"
    );
    for (options, told) in [
        (&["--objective", "user-squares"][..], "expected items, users, cost or favor=USER"),
        (&["--max-ring", "3"], "--max-ring does not go with exchanges of bundles"),
        (&["--seed", "3"], "With exchanges of bundles, nothing is drawn"),
        (&["--threads", "3"], "--threads does not go with exchanges of bundles"),
    ] {
        let arguments = [Path::new("clear"), &attic()].map(Path::to_owned);
        let said = run(arguments.into_iter().chain(options.iter().map(PathBuf::from))).refused(2);
        assert!(said.contains(told), "{said}");
    }
}

#[test]
fn exchanges_of_one_for_one_go_to_the_fast_methods() {
    let scratch = Scratch::new();
    let round = workspace().join("tests/bundles/swaps.json");
    let outcome = scratch.at("outcome.json");
    let document = cleared(&round, &outcome, &[]);
    assert_eq!(document["format"], "bartizan-outcome");
    let shown = told(&["clear"], &round);
    assert!(shown.contains("assignment: rings of any length"), "{shown}");
    let remark = "every exchange is of one for one: read as want lists";
    assert!(shown.contains(remark), "{shown}");
    let text = told(&["clear", "--format", "trademaximizer"], &round);
    assert!(text.contains("Bartizan ") && !text.contains("ERRORS:"), "{text}");
    // Exchanges are asked about by their names, those too whose list is an item's own.
    let explain = |name: &str| run([Path::new("explain"), &round, &outcome, Path::new(name)]);
    let either = explain("either").clean();
    assert!(either.starts_with("either gives one of A1, A2, or nothing.\n(ann) A1 "), "{either}");
    assert!(either.contains("\n(ann) A2 "), "{either}");
    assert!(explain("bob").clean().starts_with("bob gives one of B1, or nothing.\n(bob) B1 "));
    assert!(explain("A1").clean().starts_with("(ann) A1 "));
    assert!(explain("dan").refused(1).contains("no item in this round is called \"dan\""));
    // The same round is none of want lists with a cap that changes nothing, and comes to the same.
    let text = std::fs::read_to_string(&round).unwrap();
    let capped = text.replacen("{\"name\": \"ann\"}", "{\"name\": \"ann\", \"gives_most\": 9}", 1);
    let capped = scratch.file("capped.json", capped);
    let bundles = cleared(&capped, &scratch.at("bundles.json"), &[]);
    assert_eq!(bundles["format"], "bartizan-bundles");
    assert_eq!(bundles["method"]["reason"], "ann has a cap on what to give or receive");
    assert_eq!(bundles["objectives"][0]["value"], document["objectives"][0]["value"]);
    let refused = run([Path::new("value"), &capped]).refused(1);
    assert!(refused.contains("clear, verify and explain take it"), "{refused}");
}

#[test]
fn a_forged_outcome_is_refused() {
    let scratch = Scratch::new();
    let outcome = scratch.at("outcome.json");
    let document = cleared(&attic(), &outcome, &[]);
    let refusal = |forged: &Value| {
        let forged = scratch.file("forged.json", forged.to_string());
        run([Path::new("verify"), &attic(), &forged]).refused(1)
    };
    let place = |name: &str| {
        let own = document["exchanges"].as_array().unwrap();
        own.iter().position(|own| own["exchange"] == name).expect("it is carried out")
    };
    let bob = place("bob-set");
    let mut forged = document.clone();
    forged["exchanges"].as_array_mut().unwrap().remove(bob);
    assert!(refusal(&forged).contains("is not received as often as given"));
    let mut forged = document.clone();
    forged["exchanges"][bob]["receives"][0][0]["item"] = json!("saw");
    assert!(refusal(&forged).contains("\"saw\" is none of the choices there"));
    let mut forged = document.clone();
    forged["exchanges"][bob]["gives"][0][0]["units"] = json!(2);
    assert!(refusal(&forged).contains("exchange bob-set gives or receives other units than it says"));
    let mut forged = document.clone();
    forged["exchanges"][bob]["times"] = json!(2);
    assert!(refusal(&forged).contains("is carried out too often or never"));
    let mut forged = document.clone();
    forged["exchanges"][bob]["pays"] = json!(1);
    assert!(refusal(&forged).contains("exchange bob-set pays more or less than it says"));
    // What is paid is within what was said, and adds up, but is not the same share of the way.
    let place = |name: &str| {
        let exchanges = document["exchanges"].as_array().unwrap();
        exchanges.iter().position(|own| own["exchange"] == name).expect(name)
    };
    let (buys, sells) = (place("bob-jam"), place("cat-sale"));
    let paid = document["exchanges"][buys]["pays"].as_i64().expect("it pays");
    for other in [300, 417, paid - 1] {
        let mut forged = document.clone();
        forged["exchanges"][buys]["pays"] = json!(other);
        forged["exchanges"][sells]["pays"] = json!(-other);
        forged["summary"]["money_moved"] = json!(other);
        assert!(refusal(&forged).contains("exchange bob-jam pays another share of the way"), "{other}");
    }
    let user = format!("/exchanges/{bob}/user");
    let from = format!("/exchanges/{bob}/receives/0/0/from");
    let whose = "exchange bob-set: whose it is, or from whom it receives, is not as in the round";
    let objectives = "the objectives do not agree with the exchanges and the proof";
    for (path, value, told) in [
        ("/summary/units", json!(10), "the summary does not agree with the rest"),
        ("/objectives/0/bound", json!(8), objectives),
        ("/objectives/0/proven", json!(false), objectives),
        ("/proof/levels/0/0/scale", json!(7), ""),
        ("/proof/parts", json!([]), ""),
        ("/proof/status", json!("bounded"), "the status does not agree with the rest"),
        ("/method/reason", json!("none"), "the method does not agree with the rest"),
        (&user, json!("ann"), whose),
        (&from, json!("bob"), whose),
    ] {
        let mut forged = document.clone();
        *forged.pointer_mut(path).expect(path) = value;
        let refused = refusal(&forged);
        assert!(refused.contains(told), "{path}: {refused}");
    }
    let mut nothing = document.clone();
    nothing["exchanges"] = json!([]);
    refusal(&nothing);
}

/// A made-up round: everybody has some things, in units or not, and offers bundles of them.
fn made_up(seed: u64) -> Value {
    let mut dice = Dice::new(seed);
    let count = 3 + dice.below(5);
    let user = |index: usize| format!("user {index}");
    let mut users = Vec::new();
    let mut items = Vec::new();
    for index in 0..count {
        let mut own = json!({"name": user(index)});
        if dice.chance(20) {
            own["gives_most"] = json!(dice.between(1, 4));
        }
        if dice.chance(20) {
            own["receives_most"] = json!(dice.between(1, 4));
        }
        if dice.chance(20) {
            own["limit"] = json!(dice.between(0, 30));
        }
        if dice.chance(15) {
            own["refuses"] = json!([user((index + 1 + dice.below(count - 1)) % count)]);
        }
        users.push(own);
        for place in 0..=dice.below(3) {
            let units = if dice.chance(30) { dice.between(2, 5) } else { 1 };
            items.push((index, format!("item {index}.{place}"), units));
        }
    }
    let mut exchanges = Vec::new();
    for index in 0..5 * count {
        let owner = dice.below(count);
        let (own, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.0 == owner);
        let mut own_entry = json!({"name": format!("exchange {index}"), "user": user(owner)});
        let has_money = dice.chance(25);
        own_entry["gives"] = bundle(&mut dice, &own, has_money);
        own_entry["wants"] = bundle(&mut dice, &others, has_money);
        if own_entry["gives"] == json!([]) && own_entry["wants"] == json!([]) {
            continue;
        }
        if !is_there(&own_entry["gives"], &own) {
            continue;
        }
        if has_money {
            let least = dice.between(-20, 5);
            own_entry["pays"] = json!({"least": least, "most": least + dice.between(0, 20)});
        }
        if dice.chance(20) {
            own_entry["most"] = json!(dice.between(2, 3));
        }
        own_entry["cost"] = json!(dice.between(0, 4));
        exchanges.push(own_entry);
    }
    let items_of = |owner: usize| -> Vec<&String> {
        items.iter().filter(|item| item.0 == owner).map(|item| &item.1).collect()
    };
    let limits: Vec<Value> = (0..count / 3)
        .map(|owner| json!({"user": user(owner), "items": items_of(owner), "most": 1 + owner % 2}))
        .chain([json!({"exchanges": [exchanges[0]["name"], exchanges[1]["name"]], "most": 1})])
        .collect();
    let goals = [json!("items"), json!("users"), json!({"favor": user(0)}), json!("cost")];
    let items: Vec<Value> = items
        .iter()
        .map(|(owner, name, units)| json!({"name": name, "user": user(*owner), "units": units}))
        .collect();
    json!({
        "format": "bartizan-round", "version": 1, "users": users, "items": items, "exchanges": exchanges,
        "limits": limits, "objectives": [goals[seed as usize % 3], goals[seed as usize % 3 + 1]],
    })
}

/// Whether a bundle names no item more often than it has units.
fn is_there(bundle: &Value, items: &[&(usize, String, i64)]) -> bool {
    let named = bundle.to_string();
    let is_enough = |(_, name, units): &&(usize, String, i64)| {
        named.matches(&format!("\"{name}\"")).count() <= *units as usize
    };
    items.iter().all(is_enough)
}

fn bundle(dice: &mut Dice, items: &[&(usize, String, i64)], may_be_empty: bool) -> Value {
    let most = if dice.chance(60) { 1 } else { 2 };
    let count = if may_be_empty { dice.below(3) } else { 2 }.min(most);
    let term = |dice: &mut Dice| {
        let mut left: Vec<_> = items.to_vec();
        let mut of = Vec::new();
        for _ in 0..=dice.below(5).min(left.len() - 1) {
            of.push(json!(left.remove(dice.below(left.len())).1));
        }
        let any = if dice.chance(60) { 1 } else { 2 };
        json!({"any": any.min(of.len()), "of": of})
    };
    (0..count).map(|_| term(dice)).collect()
}

/// What `HiGHS` makes of rounds; none, with a word about it, where it is not there.
fn by_highs(rounds: &[PathBuf]) -> Option<Vec<i64>> {
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let script = workspace().join("tests/bundles/highs.py");
    let Ok(said) = Command::new(&python).arg(script).args(rounds).output() else {
        not_judged("Python", "Python 3 with PyPI's `highspy`, in PATH or named by BARTIZAN_PYTHON");
        return None;
    };
    if said.status.code() == Some(77) {
        not_judged("Python's `highspy`", "PyPI's `highspy`");
        return None;
    }
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8_lossy(&said.stdout);
    let last = text.lines().last().expect("it says something");
    Some(serde_json::from_str(last).expect("a list of numbers"))
}

#[test]
fn made_up_rounds_are_proven_and_agree_with_highs() {
    let scratch = Scratch::new();
    let mut rounds = vec![attic()];
    rounds.extend((0..60).map(|seed| scratch.file(&format!("{seed}.json"), made_up(seed).to_string())));
    let outcome = scratch.at("outcome.json");
    let documents: Vec<Value> = rounds.iter().map(|round| cleared(round, &outcome, &[])).collect();
    let trading = documents.iter().filter(|document| document["summary"]["carried_out"] != 0).count();
    assert!(trading > 20, "{trading} of them trade");
    let Some(best) = by_highs(&rounds) else { return };
    for ((document, best), round) in documents.iter().zip(best).zip(&rounds) {
        assert_eq!(document["objectives"][0]["value"], best, "{}", round.display());
    }
}

#[test]
fn out_of_budget_the_bound_still_holds() {
    let scratch = Scratch::new();
    let round = attic();
    let whole = cleared(&round, &scratch.at("whole.json"), &[]);
    let outcome = scratch.at("outcome.json");
    let arguments = ["--quiet", "--budget", "0", "--output"].map(Path::new);
    run([Path::new("clear"), &round].into_iter().chain(arguments).chain([&*outcome])).clean();
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&outcome).unwrap()).unwrap();
    assert_eq!(document["proof"]["status"], "bounded");
    let number = |document: &Value, field: &str| document["objectives"][0][field].as_i64().unwrap();
    assert!(number(&document, "bound") >= number(&whole, "value"));
    assert!(number(&document, "value") <= number(&whole, "value"));
    let said = run([Path::new("verify"), &round, &outcome, Path::new("--quiet")]).refused(1);
    assert!(said.contains("allowed, but not proven optimal"), "{said}");
}

/// Whichever objective the steps end at, what is written is what `verify` finds.
#[test]
fn out_of_budget_what_is_written_is_accepted() {
    let scratch = Scratch::new();
    let (round, outcome) = (attic(), scratch.at("outcome.json"));
    let mut users_open = 0;
    for budget in (0..60).map(|part| part * 1_000) {
        let options = format!("--quiet --budget {budget} --output");
        let arguments = options.split(' ').map(Path::new);
        run([Path::new("clear"), &round].into_iter().chain(arguments).chain([&*outcome])).clean();
        let text = std::fs::read_to_string(&outcome).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let verify = [Path::new("verify"), &round, &outcome, Path::new("--quiet")];
        if document["proof"]["status"] == "optimal" {
            run(verify).clean();
            continue;
        }
        let said = run(verify).refused(1);
        assert!(said.contains("allowed, but not proven optimal"), "{budget}: {said}");
        users_open += usize::from(document["proof"]["levels"].as_array().unwrap().len() == 1);
    }
    assert!(users_open > 5, "{users_open}");
}

/// Multipliers near the end of 128 bits, with which 0 units were once proven the most.
#[test]
fn a_proof_that_wraps_around_is_refused() {
    let scratch = Scratch::new();
    let units = json!([{"item": "x", "units": 2}]);
    let round = json!({
        "format": "bartizan-round", "version": 1, "objectives": ["items"],
        "users": [{"name": "ann"}, {"name": "bob"}],
        "items": [{"name": "x", "user": "ann", "units": 2}, {"name": "y", "user": "bob"}],
        "exchanges": [
            {"name": "a", "user": "ann", "gives": units, "wants": ["y"]},
            {"name": "b", "user": "bob", "gives": ["y"], "wants": units},
        ],
    });
    let round = scratch.file("round.json", round.to_string());
    let mut document = cleared(&round, &scratch.at("outcome.json"), &[]);
    assert_eq!(document["objectives"][0]["value"], 3);
    document["exchanges"] = json!([]);
    for field in ["carried_out", "trading", "units"] {
        document["summary"][field] = json!(0);
    }
    document["objectives"][0] = json!({"name": "items", "value": 0, "bound": 0, "proven": true});
    let most = i64::MAX;
    let cited = [vec![json!([5, most]); 8], vec![json!([5, 7])]].concat();
    let cut = json!({"rows": [[2, 1_i64 << 61]], "divisor": 1});
    document["proof"]["levels"] = json!([[{"scale": most, "cuts": [cut], "cases": [{"bound": cited}]}]]);
    let forged = scratch.file("forged.json", document.to_string());
    let said = run([Path::new("verify"), &round, &forged]).refused(1);
    assert!(said.contains("the numbers of the proof are too large to be added up"), "{said}");
}

#[test]
fn every_offence_is_told_with_its_place() {
    let scratch = Scratch::new();
    let users = r#""users": [{"name": "ann"}, {"name": "bob"}]"#;
    let items = r#""items": [{"name": "A", "user": "ann"}, {"name": "B", "user": "bob", "units": 3}]"#;
    let exchange =
        |more: &str| format!(r#"{users}, {items}, "exchanges": [{{"name": "e", "user": "ann"{more}}}]"#);
    let limit = |limit: &str| {
        let exchange = r#"{"name": "e", "user": "ann", "gives": ["A"], "wants": ["B"]}"#;
        format!(r#"{users}, {items}, "exchanges": [{exchange}], "limits": [{limit}]"#)
    };
    let cases: Vec<(String, &str)> = vec![
        (exchange(""), "exchange e gives nothing for nothing"),
        (exchange(r#", "gives": ["C"]"#), "unknown item C"),
        (exchange(r#", "gives": ["B"]"#), "B is given by another user than its own"),
        (exchange(r#", "wants": ["A"]"#), "A is wanted by its own user"),
        (exchange(r#", "wants": [{"item": "B", "units": 4}]"#), "4 units with B, of 3 that there are"),
        (exchange(r#", "gives": ["A", "A"]"#), "gives 2 units of A at once, of 1 that there are"),
        (exchange(r#", "wants": [{"any": 2, "of": ["B", "B"]}]"#), "B is named twice"),
        (exchange(r#", "wants": [{"any": 0, "of": ["B"]}]"#), "any 0 of a list with B; expected 1 or more"),
        (exchange(r#", "wants": [{"any": -1, "of": ["B"]}]"#), "any -1 of a list with B; expected 1 or more"),
        (
            exchange(r#", "wants": [{"any": 1, "of": []}]"#),
            "column 196: exchange e: a list `of` nothing; expected names of items",
        ),
        (exchange(r#", "wants": [{"any": 1}]"#), "expected either `item`, or `any` and `of`"),
        (exchange(r#", "wants": [{"any": 1, "of": [{"any": 1, "of": ["B"]}]}]"#), "`any` within `any`"),
        (exchange(r#", "wants": ["B"], "most": 0"#), "most of e: expected 1 to 10000"),
        (exchange(r#", "wants": ["B"], "cost": -1"#), "cost of e: expected 0 to 1000000000"),
        (
            exchange(r#", "wants": ["B"], "pays": {"least": 2, "most": 1}"#),
            "exchange e pays at least more than at most",
        ),
        (exchange(r#", "wants": ["B"], "pays": {"least": 2}"#), "the field `most` is missing"),
        (exchange(r#", "wants": ["B"], "whom": 1"#), "unknown field `whom`"),
        (limit(r#"{"most": 1}"#), "column 260: limit 1: expected either `user` and `items`, or `exchanges`"),
        (limit(r#"{"exchanges": ["f"], "most": 1}"#), "unknown exchange f"),
        (limit(r#"{"user": "ann", "items": ["A", "A"], "most": 1}"#), "A is named twice"),
        (limit(r#"{"user": "eve", "items": ["A"], "most": 1}"#), "unknown user eve"),
        (limit(r#"{"exchanges": ["e"], "most": -1}"#), "most of limit 1: expected 0 to 4294967295"),
        (limit(r#"{"items": ["A"], "most": 1}"#), "limit 1: expected either `user` and `items`"),
        (r#""users": [{"name": "ann", "refuses": ["ann"]}], "items": []"#.to_owned(), "ann refuses itself"),
        (
            format!(r#"{items}, "users": [{{"name": "ann", "gives_most": -1}}]"#),
            "gives_most of ann: expected 0 to",
        ),
        (
            r#""items": [{"name": "A", "units": 2}]"#.to_owned(),
            "A: expected a good with a user, in a round with exchanges",
        ),
        (
            r#""items": [{"name": "A", "user": "ann", "units": 0}]"#.to_owned(),
            "units of A: expected 1 to 10000",
        ),
        (
            r#""items": [{"name": "A", "user": "ann", "units": 2}], "objectives": ["user-squares"]"#
                .to_owned(),
            "column 112: objective user-squares",
        ),
    ];
    for (rest, told) in cases {
        let text = format!("{{\"format\": \"bartizan-round\", \"version\": 1, {rest}}}");
        let round = scratch.file("bad.json", text);
        let said = run([Path::new("clear"), &round]).refused(1);
        assert!(said.contains(told) && said.contains("line 1, column "), "{said}");
    }
}

#[test]
fn the_schemas_know_what_is_read_and_written() {
    let schema =
        |what: &str| -> Value { serde_json::from_str(&run(["schema", what]).clean()).expect("JSON") };
    let round = schema("round");
    let attic: Value = serde_json::from_str(&std::fs::read_to_string(attic()).unwrap()).unwrap();
    let known = |of: &Value, document: &Value| {
        for field in document.as_object().unwrap().keys() {
            assert!(of["properties"].get(field).is_some(), "{field}");
        }
    };
    known(&round, &attic);
    for own in attic["exchanges"].as_array().unwrap() {
        known(&round["properties"]["exchanges"]["items"], own);
    }
    for own in attic["users"].as_array().unwrap() {
        known(&round["properties"]["users"]["items"], own);
    }
    let scratch = Scratch::new();
    let document = cleared(&workspace().join("tests/bundles/attic.json"), &scratch.at("outcome.json"), &[]);
    let bundles = schema("bundles");
    known(&bundles, &document);
    for own in document["exchanges"].as_array().unwrap() {
        known(&bundles["properties"]["exchanges"]["items"], own);
    }
}

#[test]
fn generated_rounds_are_cleared_and_verified() {
    let scratch = Scratch::new();
    let round = scratch.at("round.json");
    let mut trading = 0;
    for seed in ["1", "2", "3"] {
        for money in [&["--money"][..], &[]] {
            let fixed = ["generate", "bundles", "--participants", "20", "--seed", seed, "--output"];
            let arguments = fixed.iter().map(Path::new).chain([&*round]).chain(money.iter().map(Path::new));
            run(arguments).clean();
            let document = cleared(&round, &scratch.at("outcome.json"), &[]);
            assert_eq!(document["format"], "bartizan-bundles");
            trading += document["summary"]["trading"].as_u64().unwrap();
        }
    }
    assert!(trading > 30, "{trading} of 120 trade");
    let told = run(["generate", "bundles", "--participants", "1"]).refused(2);
    assert!(told.contains("--participants: from 2 to 16384"), "{told}");
}

#[test]
fn a_cap_a_refusal_or_a_limit_is_named_where_it_is_the_reason() {
    let scratch = Scratch::new();
    let swap = |name: &str, user: &str, gives: &str, wants: &str| {
        json!({"name": name, "user": user, "gives": [{"any": 2, "of": [format!("{gives}1"), format!("{gives}2")]}],
               "wants": [format!("{wants}1"), format!("{wants}2")]})
    };
    let item = |name: &str, user: &str| json!({"name": name, "user": user});
    let round = |user: Value, limits: Value| {
        json!({"format": "bartizan-round", "version": 1, "users": [user, {"name": "bob"}],
               "items": [item("a1", "ann"), item("a2", "ann"), item("b1", "bob"), item("b2", "bob")],
               "exchanges": [swap("A", "ann", "a", "b"), swap("B", "bob", "b", "a")], "limits": limits})
    };
    for (user, limits, told) in [
        (
            json!({"name": "ann", "gives_most": 1}),
            json!([]),
            "The reason: ann gives at most 1 in all. Without that ",
        ),
        (json!({"name": "ann", "refuses": ["bob"]}), json!([]), "nothing is to pass between ann and bob"),
        (
            json!({"name": "ann"}),
            json!([{"user": "ann", "items": ["b1", "b2"], "most": 1}]),
            "The reason: by limit 1 ann gives or receives at most 1 of b1, b2. Without that ",
        ),
        (
            json!({"name": "ann"}),
            json!([{"exchanges": ["A", "B"], "most": 1}]),
            "The reason: by limit 1 A, B are carried out at most 1 times together. Without that ",
        ),
    ] {
        let file = scratch.file("round.json", round(user, limits).to_string());
        let outcome = scratch.at("outcome.json");
        let document = cleared(&file, &outcome, &[]);
        assert_eq!(document["objectives"][0]["value"], 0);
        let said = run([Path::new("explain"), &file, &outcome, Path::new("A")]).clean();
        assert!(said.contains(told), "{said}");
    }
    let unknown =
        run([Path::new("clear"), &attic(), Path::new("--objective"), Path::new("favor=eve")]).refused(1);
    assert!(
        unknown.contains("nobody in this round is called \"eve\"; expected one of: ann, bob, cat, dan"),
        "{unknown}"
    );
}
