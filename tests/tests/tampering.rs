//! Outcomes of `value`, `net` and `trust` with one thing changed, each thing in turn: `verify` refuses every one, but for what says nothing of the outcome.

use bartizan_io::netting::document::Document as Netting;
use bartizan_io::trust::document::Document as Trust;
use bartizan_io::valuation::document::Document as Valuation;
use bartizan_io::{json, netting, trust, valuation};
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::tampering::changed_once;
use bartizan_tests::workspace;
use serde_json::Value;

/// The outcome that the program writes with these options for a file which holds `text`.
fn outcome(command: &str, text: &str, options: &[&str]) -> Value {
    let scratch = Scratch::new();
    let (file, out) = (scratch.file("input", text).display().to_string(), scratch.at("out.json"));
    let told = out.display().to_string();
    let said = run([command, &file, "--quiet", "--output", &told].iter().chain(options));
    assert_eq!(said.status, Some(0), "{said:?}");
    std::fs::read_to_string(out).expect("it was written").parse().expect("it is JSON")
}

/// Where a change of `document` is accepted by `check`, which accepts the document itself.
fn accepted(document: &Value, check: impl Fn(&str) -> Result<(), String>) -> Vec<String> {
    check(&document.to_string()).expect("as it was written it is right");
    let all = changed_once(document);
    assert!(all.len() > 30, "{document}");
    let accepted = all.into_iter().filter(|(_, changed)| check(&changed.to_string()).is_ok());
    accepted.map(|(place, _)| place).collect()
}

fn text(name: &str) -> String {
    std::fs::read_to_string(workspace().join(name)).expect("it is part of the repository")
}

#[test]
fn nothing_in_an_outcome_of_value_can_be_changed() {
    let market = text("tests/valuation/market.csv");
    let ranked = "debtor,creditor,amount\na,b,10\nb,c,10\nc,a,5\nd,a,3\n".to_owned();
    let fair = text("tests/rounds/fair.json");
    let list = |item: usize| format!("(u{item}) I{item} : I{} I{}\n", (item + 1) % 15, (item + 5) % 15);
    let many: String = (0..15).map(list).collect();
    let with_gap = format!("{market}2026-03-08,bread,egg,1,0\n");
    for (file, options) in [
        (&market, &["--method", "all", "--unit", "bread"][..]),
        (&with_gap, &["--lenient"]),
        (&market, &["--method", "kalman"]),
        (&ranked, &["--method", "all"]),
        (&fair, &["--method", "all"]),
        (&many, &["--method", "shapley", "--samples", "20", "--seed", "7"]),
        (&many, &["--method", "least-core", "--samples", "20"]),
    ] {
        let document = outcome("value", file, options);
        let reading = valuation::read::read(file.as_bytes(), true).expect("it was read");
        let found = accepted(&document, |text| {
            let document = Valuation::read(text.as_bytes())?;
            valuation::check::check(&reading, &document).map(|_| ())
        });
        assert_eq!(found, [""; 0], "{options:?}");
    }
}

/// The places that none of these begins.
fn beside<'a>(places: &'a [String], free: &[&str]) -> Vec<&'a String> {
    places.iter().filter(|place| !free.iter().any(|free| place.starts_with(free))).collect()
}

/// Another proof may do as well, and other terms may have the same answer: a document proves its answer for the terms that it names.
#[test]
fn nothing_in_an_outcome_of_net_can_be_changed_but_potentials_and_terms() {
    let village = text("tests/netting/village.csv");
    for options in [
        &[][..],
        &["--objective", "priority,due,total"],
        &["--objective", "fair"],
        &["--objective", "total,fewest"],
        &["--credit", "50", "--liquidity", "80"],
    ] {
        let document = outcome("net", &village, options);
        let reading = netting::read::read(village.as_bytes()).expect("it was read");
        let found = accepted(&document, |text| {
            let document = json::read::<Netting<'_>>(text.as_bytes()).map_err(|error| error.to_string())?;
            netting::check::check(&reading, &document)
        });
        let others = beside(&found, &["/proof/potentials/", "/proof/parts/", "/credit"]);
        assert!(others.is_empty(), "{options:?}: {others:?}");
    }
}

/// As above: a document proves its answer to the question that it names.
#[test]
fn nothing_in_an_outcome_of_trust_can_be_changed_but_its_proof_and_question() {
    let village =
        "from,to,limit,cost\nann,bob,10.5,1\nbob,dan,8,1\nann,cat,4,1\ncat,dan,1.5,5\ncat,bob,9,0\n";
    for options in [&[][..], &["--max-hops", "2"], &["--amount", "3"]] {
        let document = outcome("trust", village, &[&["--from", "ann", "--to", "dan"], options].concat());
        let network = trust::read::read(village.as_bytes()).expect("it was read");
        let found = accepted(&document, |text| {
            let document = json::read::<Trust<'_>>(text.as_bytes()).map_err(|error| error.to_string())?;
            trust::check::check(&network, &document)
        });
        let others = beside(&found, &["/proof/potentials/", "/proof/lengths", "/question"]);
        assert!(others.is_empty(), "{options:?}: {others:?}");
    }
}
