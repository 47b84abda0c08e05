//! Corrupted outcomes are refused, each for its own reason. First as documents, through the program and as
//! somebody would forge them; then as values, where a document could not even say it.
//!
//! The round is `tests/rounds/fair.json`: two swaps and, of two more that ann's limit allows only one of, one.

use std::path::PathBuf;

use bartizan_engine::{Fault, ItemIndex, Model, Objective, Outcome, Round, verify};
use bartizan_io::clear::{Settings, clear};
use bartizan_io::format;
use bartizan_solver::certify::Tree;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::round_file;
use serde_json::{Value, json};

/// A way to spoil a document: what it is called, what it does, and what the refusal must say.
type Spoiling = (&'static str, fn(&mut Value), &'static str);

/// Who receives what.
const RINGS: &[Spoiling] = &[
    (
        "something that was not asked for",
        |d| put_in(d, "bowl", "eve", "easel"),
        "which its list does not name",
    ),
    ("an item given twice", |d| repeat_ring(d, 0), "is given more than once"),
    (
        "a member that receives another's item",
        |d| d["rings"][0][0]["receives_item"] = json!("cup"),
        DOES_NOT_GIVE,
    ),
    (
        "a member that receives of another user",
        |d| d["rings"][0][0]["receives_user"] = json!("eve"),
        DOES_NOT_GIVE,
    ),
    ("a member taken out of its ring", |d| drop(list(&mut d["rings"][0]).pop()), "fewer than two members"),
    ("an item that does not exist", |d| rename(d, "bowl", "dish"), "the round has no item dish of bob"),
    ("a user who does not exist", |d| rename(d, "bob", "rob"), "of rob"),
    ("a user left out", |d| without(d, "user"), "the round has no item"),
    ("a dummy left out", |d| without(d, "via"), "which its list does not name"),
    ("a dummy put in", |d| d["rings"][0][0]["via"] = json!(["%one"]), "the round has no item %one of ann"),
    ("a limit exceeded", |d| list(&mut d["rings"]).push(money_ring()), "would spend 17, more than the limit"),
];

const DOES_NOT_GIVE: &str = "receives what the next member does not give";

/// What is claimed of it.
const CLAIMS: &[Spoiling] = &[
    ("more than its rings reach", |d| claim(d, 0, 7, 7), "it claims 7 for items, but its rings reach 6"),
    ("less than its rings reach", |d| claim(d, 0, 5, 6), "it claims 5 for items, but its rings reach 6"),
    ("more users", |d| claim(d, 1, 5, 5), "it claims 5 for users, but its rings reach 4"),
    (
        "a ring taken out, and claimed to be best",
        leave_out_a_ring,
        "cannot be better than 4, but its prices only prove 6",
    ),
    (
        "a bound that is too low",
        |d| claim(d, 0, 6, 5),
        "cannot be better than 5, but its prices only prove 6",
    ),
    (
        "a bound that is too high",
        |d| claim(d, 0, 6, 7),
        "cannot be better than 7, but its prices only prove 6",
    ),
    ("another objective", |d| d["objectives"][1] = level("cost", 6), "certificate does not fit"),
    (
        "an objective that does not exist",
        |d| d["objectives"][0]["name"] = json!("fame"),
        "\"fame\" is not an objective",
    ),
    (
        "a favourite who does not exist",
        |d| d["objectives"][0] = favor(json!("rob")),
        "the round has no user rob",
    ),
    ("a favourite of no name", |d| d["objectives"][0] = favor(Value::Null), "names no user"),
    ("no objectives", |d| d["objectives"] = json!([]), "it names no objective"),
];

/// Why nothing is better.
const PROOF: &[Spoiling] = &[
    ("a price changed", |d| add(leaf(d, "prices"), 0, 1 << 30), "but its prices only prove"),
    ("prices all 0", |d| *leaf(d, "prices") = json!(vec![0; 10]), "but its prices only prove"),
    ("a price left out", |d| drop(list(leaf(d, "prices")).pop()), "certificate does not fit"),
    ("a price too many", |d| list(leaf(d, "prices")).push(json!(0)), "certificate does not fit"),
    ("no prices", |d| *leaf(d, "prices") = json!([]), "certificate does not fit"),
    (
        "prices beyond all numbers",
        |d| *leaf(d, "prices") = json!(vec![1e300; 10]),
        "a whole number of at most 18 digits",
    ),
    ("the greatest prices", |d| *leaf(d, "prices") = json!(vec![i64::MAX; 10]), "but its prices only prove"),
    (
        "a level of prices too many",
        |d| list(&mut certificate(d)["prices"]).push(json!(vec![0; 10])),
        "does not fit",
    ),
    ("a multiplier changed", |d| add(leaf(d, "multipliers"), 0, 1 << 30), "but its prices only prove"),
    ("a multiplier left out", |d| drop(list(leaf(d, "multipliers")).pop()), "certificate does not fit"),
    ("a scale of 0", |d| certificate(d)["coupled"]["scale"] = json!(0), "certificate does not fit"),
    ("a scale below 0", |d| certificate(d)["coupled"]["scale"] = json!(-5040), "certificate does not fit"),
    ("a smaller scale", |d| certificate(d)["coupled"]["scale"] = json!(1), "but its prices only prove"),
    ("no cases", |d| *cases(d) = json!([]), NOT_A_TREE),
    ("a case left out", |d| drop(list(cases(d)).pop()), NOT_A_TREE),
    ("a case too many", |d| repeat_last_case(d), NOT_A_TREE),
    ("a branch left out", |d| drop(list(cases(d)).remove(0)), NOT_A_TREE),
    ("a case that closes the wrong half", |d| list(cases(d)).swap(2, 4), "but its prices only prove"),
    (
        "another branch",
        |d| cases(d)[0] = json!({"arc": {"item": 9, "receives": 9}}),
        "but its prices only prove",
    ),
    ("a branch on no group", |d| cases(d)[0] = json!({"total": {"group": 99, "at_most": 0}}), "does not fit"),
    ("a branch of no kind", |d| cases(d)[0] = json!({"guess": {}}), "unknown name `guess`"),
    ("no proof of the coupled level", |d| remove(certificate(d), "coupled"), "certificate does not fit"),
    ("no certificate", |d| remove(&mut d["proof"], "certificate"), "carries no certificate"),
];

const NOT_A_TREE: &str = "the cases of its certificate are not those of one tree";

/// The document itself.
const DOCUMENT: &[Spoiling] = &[
    ("another format", |d| d["format"] = json!("bartizan-round"), "bartizan-outcome is expected in `format`"),
    ("another version", |d| d["version"] = json!(2), "version 1 is expected in `version`"),
    ("a field too many", |d| d["colour"] = json!(1), "unknown field `colour`"),
    ("no rings", |d| remove(d, "rings"), "the field `rings` is missing"),
];

/// What is told beside the rings must agree with them: people read it.
const TOLD: &[Spoiling] = &[
    ("more items in the summary", |d| d["summary"]["items_traded"] = json!(8), "summary"),
    ("more users in the summary", |d| d["summary"]["users_trading"] = json!(5), "summary"),
    ("another status", |d| d["proof"]["status"] = json!("bounded"), "status"),
    ("an objective called open", |d| d["objectives"][0]["proven"] = json!(false), "proven"),
    ("another price", |d| d["rings"][1][1]["price"] = json!(1), "price"),
    ("another rank", |d| d["rings"][0][0]["rank"] = json!(7), "rank"),
    ("an untraded item left out", |d| drop(list(&mut d["untraded"]).pop()), "untraded"),
    ("an untraded item that trades", |d| d["untraded"][0]["item"] = json!("apron"), "untraded"),
    ("an empty ring", |d| list(&mut d["rings"]).push(json!([])), "ring"),
    ("an item that receives itself", |d| list(&mut d["rings"]).push(self_ring()), "ring"),
];

#[test]
fn wrong_rings_are_refused() {
    refuses(RINGS);
}

#[test]
fn wrong_claims_are_refused() {
    refuses(CLAIMS);
}

#[test]
fn wrong_proofs_are_refused() {
    refuses(PROOF);
}

#[test]
fn wrong_documents_are_refused() {
    refuses(DOCUMENT);
}

#[test]
fn figures_that_contradict_the_rings_are_refused() {
    refuses(TOLD);
}

/// Tells every case that fails, not the first alone.
#[track_caller]
fn refuses(spoilings: &[Spoiling]) {
    let scratch = Scratch::new();
    let sound = document(&scratch);
    let mut failed = Vec::new();
    for (name, spoil, part) in spoilings {
        let mut spoilt = sound.clone();
        spoil(&mut spoilt);
        assert_ne!(spoilt, sound, "{name}: changes nothing");
        let said = verified(&scratch, &spoilt.to_string());
        if said.0 != Some(1) || !said.1.contains(part) {
            failed.push(format!("{name}: expected status 1 and {part:?}, got {said:?}"));
        }
    }
    assert!(failed.is_empty(), "\n{}\n", failed.join("\n"));
}

fn fair() -> String {
    round_file("fair.json").display().to_string()
}

/// The sound outcome.
fn document(scratch: &Scratch) -> Value {
    let document: Value =
        serde_json::from_str(&run(["clear", &fair(), "--format", "json"]).clean()).expect("it is as written");
    assert_eq!(verified(scratch, &document.to_string()).0, Some(0));
    // What the cases above count on.
    assert_eq!(
        document["proof"]["certificate"]["coupled"]["cases"].as_array().expect("it is as written").len(),
        5
    );
    assert_eq!(document["rings"][1][0]["item"], "$9");
    document
}

/// The exit status of `verify` with this outcome, and what it says of it.
fn verified(scratch: &Scratch, outcome: &str) -> (Option<i32>, String) {
    let path: PathBuf = scratch.file("outcome.json", outcome);
    let said = run(["verify", &fair(), &path.display().to_string()]);
    (said.status, said.err)
}

#[test]
fn an_outcome_of_another_round_is_refused() {
    let scratch = Scratch::new();
    let path = scratch.file("outcome.json", document(&scratch).to_string()).display().to_string();
    let other = round_file("onewant-excerpt.txt").display().to_string();
    let told = run(["verify", &other, &path]).refused(1);
    assert!(told.contains("the round has no item"), "{told}");
    let fewer_wants = std::fs::read_to_string(round_file("fair.json")).unwrap().replace("[\"bowl\"]", "[]");
    let other = scratch.file("other.json", fewer_wants).display().to_string();
    let told = run(["verify", &other, &path]).refused(1);
    assert!(told.contains("(ann) apron receives (bob) bowl, which its list does not name"), "{told}");
}

#[test]
fn a_document_cut_short_is_refused_wherever_it_is_cut() {
    let scratch = Scratch::new();
    let whole = run(["clear", &fair(), "--format", "json"]).clean();
    for length in (0..whole.trim_end().len()).step_by(37) {
        let (status, told) = verified(&scratch, &whole[..length]);
        assert_eq!(status, Some(1), "{length}: {told}");
        assert!(told.contains(": line ") && told.contains("the text ends before"), "{length}: {told}");
    }
}

/// A file may nest its cases as deep as it likes; that must not end the checker otherwise than by a refusal.
#[test]
fn cases_nested_without_end_are_refused() {
    const DEPTH: usize = 200_000;
    let scratch = Scratch::new();
    let mut document = document(&scratch);
    let empty = json!({"leaf": {"multipliers": [], "prices": []}});
    let mut nested = vec![json!({"arc": {"item": 0, "receives": 3}}); DEPTH];
    nested.resize(2 * DEPTH + 1, empty);
    *cases(&mut document) = Value::Array(nested);
    let (status, told) = verified(&scratch, &document.to_string());
    assert_eq!(status, Some(1), "{told}");
}

#[test]
fn spoilt_values_are_refused_by_the_engine() {
    let text = std::fs::read(round_file("fair.json")).unwrap();
    let round = (format::detect(&text).read)(&text).expect("it is a round").round;
    let sound = clear(&round, &Settings::default(), &mut |_| ()).expect("it can be cleared").outcome;
    assert_eq!(verify(&round, &sound), Ok(()));
    let refused = |spoil: &dyn Fn(&mut Round<'_>, &mut Outcome)| {
        let (mut round, mut outcome) = (round.clone(), sound.clone());
        spoil(&mut round, &mut outcome);
        verify(&round, &outcome).expect_err("it is spoilt")
    };
    let item = ItemIndex;
    assert_eq!(refused(&|_, o| o.takes[9] = item(0)), Fault::NotGranted(item(9)));
    assert_eq!(refused(&|_, o| o.takes[0] = item(4)), Fault::NotGranted(item(0)));
    assert_eq!(refused(&|_, o| o.takes[0] = item(10)), Fault::NotGranted(item(0)));
    assert_eq!(refused(&|_, o| o.takes[0] = item(u32::MAX)), Fault::NotGranted(item(0)));
    assert_eq!(refused(&|_, o| o.takes.truncate(9)), Fault::WrongItemCount);
    assert_eq!(refused(&|_, o| o.takes.push(item(10))), Fault::WrongItemCount);
    assert_eq!(refused(&|_, o| o.levels.truncate(1)), Fault::WrongObjectives);
    assert_eq!(refused(&|_, o| o.levels.swap(0, 1)), Fault::WrongObjectives);
    assert_eq!(refused(&|r, _| r.objectives.reverse()), Fault::WrongObjectives);
    assert_eq!(refused(&|r, _| r.users[0].limit = Some(8)), Fault::LimitExceeded("ann".into(), 9));
    let both = |_: &mut Round<'_>, outcome: &mut Outcome| {
        outcome.takes[1] = item(5);
        outcome.takes[5] = item(1);
    };
    assert_eq!(refused(&both), Fault::LimitExceeded("ann".into(), 17));
    let wrong = Fault::WrongValue { objective: Objective::Users, claimed: 5, reached: 4 };
    assert_eq!(refused(&|_, o| o.levels[1].value = 5), wrong);
    let unproven = Fault::NotProven { objective: Objective::Items, claimed: 5, proven: 6 };
    assert_eq!(refused(&|_, o| o.levels[0].bound = 5), unproven);
    assert_eq!(refused(&|_, o| o.certificate.coupled = None), Fault::Malformed);
    assert_eq!(refused(&|_, o| o.certificate.prices.push(Vec::new())), Fault::Malformed);
    let empty = || Tree::Leaf { multipliers: Vec::new(), prices: Vec::new() };
    assert_eq!(refused(&|_, o| o.certificate.coupled = Some((1, empty()))), Fault::Malformed);
    assert!(matches!(refused(&|r, _| r.wants.item[0] = item(0)), Fault::Round(_)));
    assert!(matches!(refused(&|r, _| r.wants.item[0] = item(99)), Fault::Round(_)));
}

/// A proof may leave as much room as fits 64 bits; what it proves of the objectives after the first must not overflow.
#[test]
fn bounds_near_the_end_of_64_bits_are_refused() {
    let text = std::fs::read(round_file("fair.json")).unwrap();
    let mut round = (format::detect(&text).read)(&text).expect("it is a round").round;
    round.objectives = vec![Objective::Users, Objective::Cost];
    let sound = clear(&round, &Settings::default(), &mut |_| ()).expect("it can be cleared").outcome;
    let groups =
        Model::new(&round).expect("it can be weighed").problem.coupled.expect("users are counted").groups;
    for room in 0..4096 {
        let mut outcome = sound.clone();
        let mut prices = vec![0; round.items.len()];
        prices[0] = i64::MAX - room;
        outcome.certificate.coupled = Some((1, Tree::Leaf { multipliers: vec![0; groups.len()], prices }));
        let refused = verify(&round, &outcome).expect_err("it proves next to nothing");
        assert!(matches!(refused, Fault::NotProven { .. } | Fault::Malformed), "{refused:?}");
    }
}

fn list(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().expect("it is a list")
}

fn certificate(document: &mut Value) -> &mut Value {
    &mut document["proof"]["certificate"]
}

fn cases(document: &mut Value) -> &mut Value {
    &mut certificate(document)["coupled"]["cases"]
}

/// A part of the last leaf.
fn leaf<'a>(document: &'a mut Value, part: &str) -> &'a mut Value {
    &mut cases(document)[4]["leaf"][part]
}

fn add(value: &mut Value, place: usize, by: i64) {
    value[place] = json!(value[place].as_i64().expect("it is a number") + by);
}

fn remove(value: &mut Value, field: &str) {
    value.as_object_mut().expect("it has fields").remove(field).expect("it has this field");
}

fn claim(document: &mut Value, place: usize, value: i64, bound: i64) {
    let level = &mut document["objectives"][place];
    (level["value"], level["bound"], level["proven"]) = (json!(value), json!(bound), json!(value == bound));
}

fn level(name: &str, value: i64) -> Value {
    json!({"name": name, "value": value, "bound": value, "proven": true})
}

fn favor(user: Value) -> Value {
    let mut level = level("favor", 6);
    if !user.is_null() {
        level["user"] = user;
    }
    level
}

fn repeat_ring(document: &mut Value, place: usize) {
    let ring = document["rings"][place].clone();
    list(&mut document["rings"]).push(ring);
}

fn repeat_last_case(document: &mut Value) {
    let cases = list(cases(document));
    cases.push(cases[4].clone());
}

fn leave_out_a_ring(document: &mut Value) {
    list(&mut document["rings"]).remove(0);
    claim(document, 0, 4, 4);
    claim(document, 1, 4, 4);
}

/// Puts `by` and its `user` where `item` was, everywhere in the rings.
fn put_in(document: &mut Value, item: &str, user: &str, by: &str) {
    for member in list(&mut document["rings"]).iter_mut().flat_map(list) {
        for (name, of) in [("item", "user"), ("receives_item", "receives_user")] {
            if member[name] == item {
                (member[name], member[of]) = (json!(by), json!(user));
            }
        }
    }
}

/// Calls `from` by the name `to`, everywhere in the rings.
fn rename(document: &mut Value, from: &str, to: &str) {
    for member in list(&mut document["rings"]).iter_mut().flat_map(list) {
        for value in member.as_object_mut().expect("a member has fields").values_mut() {
            if value == from {
                *value = json!(to);
            }
        }
    }
}

/// Takes `field` away from every member of every ring, and what others say of it.
fn without(document: &mut Value, field: &str) {
    for member in list(&mut document["rings"]).iter_mut().flat_map(list) {
        let member = member.as_object_mut().expect("a member has fields");
        member.remove(field);
        member.remove(&format!("receives_{field}"));
    }
}

/// The swap that ann's limit does not allow beside the other.
fn money_ring() -> Value {
    json!([
        {"user": "ann", "item": "$8", "receives_user": "cy", "receives_item": "clock", "rank": 1},
        {"user": "cy", "item": "clock", "receives_user": "ann", "receives_item": "$8", "price": 8, "rank": 1}
    ])
}

fn self_ring() -> Value {
    json!([{"user": "eve", "item": "easel", "receives_user": "eve", "receives_item": "easel", "rank": 1}])
}
