//! What each reader takes and refuses, and the published files where they are.

use bartizan_solver::budget::Budget;
use bartizan_solver::exchange::solve_levels;

use super::document::{check, document};
use super::explain::{Asked, Told, explain};
use super::rules::{Aim, Rules, hard_to_match};
use super::{PoolError, by_name, detect};
use crate::generate::{KidneyModel, KidneyPool};

fn read(text: &str) -> Result<super::PoolReading, String> {
    let format = detect(text.as_bytes()).ok_or("no pool")?;
    (format.read)(text.as_bytes(), None).map_err(|error| error.to_string())
}

fn arcs(reading: &super::PoolReading) -> Vec<(u32, u32, i64)> {
    reading.arcs.iter().map(|arc| (arc.tail, arc.head, arc.gain)).collect()
}

const OLD: &str = "3,4\n1,Pair 1\n2,Pair 2\n3,Alturist 3\n0,1,1\n1,0,1.5\n2,0,1\n0,2,0\n";
const NEW: &str = "# DATA TYPE: wmd\n# NUMBER ALTERNATIVES: 3\n# NUMBER EDGES: 4\n# ALTERNATIVE NAME 1: Pair 1\n\
                   # ALTERNATIVE NAME 2: Pair 2\n# ALTERNATIVE NAME 3: Altruist 3\n1,2,1.0\n2,1,1.5\n3,1,1\n1,3,0.0\n";
const NESTED: &str = "3\t1\t2\t5\n[[2],\n[1],\n[1]]\n[[1],\n[1.5],\n[1]]";
const UK_1: &str = r#"{"data": {"7": {"sources": [1], "dage": 40, "matches": [{"recipient": 2, "score": 1}]},
    "8": {"sources": [2], "matches": [{"recipient": 1, "score": 1.5}]},
    "9": {"altruistic": true, "matches": [{"recipient": 1, "score": 1}]}}, "recipients": {"1": {}, "2": {}}}"#;
const UK_2: &str = r#"{"schema": 2, "donors": [
    {"id": "7", "paired_recipients": ["1"], "outgoing_transplants": [{"recipient": "2", "score": 1}]},
    {"id": "8", "paired_recipients": ["2"], "outgoing_transplants": [{"recipient": "1", "score": 1.5}]},
    {"id": "9", "bloodtype": "O", "outgoing_transplants": [{"recipient": "1", "score": 1}]}],
    "recipients": [{"id": "1", "cPRA": 0.5}, {"id": "2"}]}"#;

#[test]
fn every_form_reads_the_same_pool() {
    for (kind, text) in [("wmd-old", OLD), ("wmd", NEW), ("nested", NESTED), ("uk", UK_1), ("uk", UK_2)] {
        let reading = read(text).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(reading.format, kind);
        assert_eq!(reading.is_altruist, [false, false, true], "{kind}");
        assert_eq!(arcs(&reading), [(0, 1, 10), (1, 0, 15), (2, 0, 10)], "{kind}");
        assert_eq!(reading.weight_decimals, 1, "{kind}");
        let left_out = usize::from(kind.starts_with("wmd"));
        assert_eq!(reading.notices.len(), left_out, "{kind}");
    }
    let input = "2\t2\n0\t1\t1\n1\t0\t1.5\n-1\t-1\t-1\n";
    let reading =
        (by_name("input").unwrap().read)(input.as_bytes(), Some(b"1 1\n0 0 1\n-1 -1 -1\n")).unwrap();
    assert_eq!(detect(input.as_bytes()).unwrap().name, "input");
    assert_eq!(arcs(&reading), [(0, 1, 10), (1, 0, 15), (2, 0, 10)]);
    assert_eq!(reading.is_altruist, [false, false, true]);
}

/// The page that describes the forms says of each example, behind its fence, in which form it is.
#[test]
fn every_example_of_the_page_on_formats_is_read_as_one_pool() {
    let mut pieces = include_str!("formats.md").split("```");
    let mut examples = Vec::new();
    while let (Some(_), Some(example)) = (pieces.next(), pieces.next()) {
        examples.push(example.split_once('\n').expect("a form in the first line"));
    }
    let of = |name: &str| -> Vec<&[u8]> {
        examples.iter().filter(|(form, _)| *form == name).map(|(_, text)| text.as_bytes()).collect()
    };
    let altruists = of("ndds")[0];
    for format in super::POOL_FORMATS {
        assert!(!of(format.name).is_empty(), "{} has no example", format.name);
        for text in of(format.name) {
            assert_eq!(detect(text).unwrap().name, format.name);
            let reading = (format.read)(text, (format.name == "input").then_some(altruists)).unwrap();
            assert_eq!(reading.is_altruist, [false, false, true], "{}", format.name);
            assert_eq!(arcs(&reading), [(0, 1, 10), (1, 0, 15), (2, 0, 10)], "{}", format.name);
        }
    }
    assert_eq!(examples.len(), 7);
}

#[test]
fn a_donor_of_two_gives_for_one_of_them() {
    let text = r#"{"schema": 2, "donors": [
        {"id": "d", "paired_recipients": ["1", "2"], "outgoing_transplants": [{"recipient": "3"}]},
        {"id": "e", "paired_recipients": ["3"], "outgoing_transplants": [{"recipient": "1"}, {"recipient": "2"}]}],
        "recipients": [{"id": "1"}, {"id": "2"}, {"id": "3"}]}"#;
    let reading = read(text).unwrap();
    let passes: Vec<&[u32]> = reading.arcs.iter().map(|arc| &*arc.passes).collect();
    assert_eq!(passes, [&[0][..], &[0], &[], &[]]);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, told) in [
        ("3,1\n1,Pair 1\n", "line 1, column 1: the first line tells 3 nodes, but there are 1"),
        ("1,1\n1,Pair 1\n0,1,1\n", "line 3, column 3: \"1\" is no node; expected a whole number from 0 to 0"),
        (
            "2,1\n1,Pair 1\n2,Pair 2\n0,1,-1\n",
            "line 4, column 5: \"-1\" is no weight; expected a number from 0 to 1000000 with at most 6 decimals",
        ),
        (
            "2,2\n1,Pair 1\n2,Pair 2\n0,1,1\n0,1,1\n",
            "line 5, column 1: Pair 1 gives to Pair 2 a second time; expected each arc once",
        ),
        (
            "2,1\n1,Pair 1\n2,Pair 2\n1,1,1\n",
            "line 4, column 1: Pair 2 gives to itself; expected two different nodes",
        ),
        ("2,2\n1,Pair 1\n2,Pair 2\n0,1,1\n", "line 1, column 3: the heading tells 2, but there are 1 arcs"),
        (
            "2,1\n1,Pair 1\n2,Pair 2\n0,1\n",
            "line 4, column 1: 2 fields; expected a giver, a receiver and a weight, with commas between",
        ),
        (
            "# ALTERNATIVE NAME 2: Pair 2\n",
            "line 1, column 20: \"2\" is no node's number here; expected a whole number from 1 to 1",
        ),
        (
            "# ALTERNATIVE NAME 1: Pair 1\n2,1,1\n",
            "line 2, column 1: \"2\" is no node; expected a whole number from 1 to 1",
        ),
        (
            "# NUMBER ALTERNATIVES: 2\n# ALTERNATIVE NAME 1: Pair 1\n1,2,1\n",
            "line 1, column 24: the heading tells 2, but there are 1 nodes named",
        ),
        (
            "3 0 2 0\n[[],[],[]]\n[[],[],[]]",
            "line 1, column 5: 3 nodes are told, of which 0 are altruists, and 2 pairs; expected 3 pairs",
        ),
        ("2 0 2 1\n[[2],[]]\n[[1],[1]]", "line 3, column 7: this weight has no arc"),
        ("2 0 2 1\n[[2],[]]\n[[],[]]", "line 2, column 3: this arc has no weight"),
        ("2 0 2 1\n[[2]]\n[[],[]]", "line 2, column 6: 1 lists of receivers; expected 2"),
        ("2 0 2 7\n[[2],[]]\n[[1],[]]", "line 1, column 7: the first line tells 7 arcs, but there are 1"),
    ] {
        assert_eq!(read(text).unwrap_err(), told, "{text}");
    }
    let format = by_name("wmd-old").unwrap();
    assert_eq!((format.read)(OLD.as_bytes(), Some(b"")).unwrap_err(), PoolError::NoSecondFile);
    let input = by_name("input").unwrap();
    for (altruists, told) in [
        (
            "1 1\n0 5 1\n-1 -1 -1\n",
            "the altruists: line 2, column 3: \"5\" is no receiver; expected a whole number from 0 to 1",
        ),
        ("1 1\n0 0 1\n", "the altruists: line 3, column 1: the end; expected -1 -1 -1"),
    ] {
        let error = (input.read)(b"2 0\n-1 -1 -1\n", Some(altruists.as_bytes())).unwrap_err();
        assert_eq!(error.to_string(), told);
    }
}

#[test]
fn what_is_wrong_in_the_uks_json_is_told_with_its_place() {
    for (text, told) in [
        (
            "{\"data\": {}, \"donors\": []}",
            "line 1, column 1: expected either \"data\" (schema 1) or \"donors\" (schema 2 and 3)",
        ),
        ("{\"schema\": 4}", "line 1, column 12: \"schema\": expected 1, 2 or 3"),
        (
            "{\"data\": {\"7\": {\"sources\": [1],\n\"matches\": [{\"recipient\": 1, \"scor\": 2}]}}}",
            "line 2, column 35: unknown field `scor` in `data.7.matches[0]`; did you mean `score`?",
        ),
        (
            "{\"data\": {\"7\":\n{\"altruistc\": true}}}",
            "line 2, column 12: unknown field `altruistc` in `data.7`; did you mean `altruistic`?",
        ),
        (
            "{\"data\":\n{\"7\": {\"altruistic\": false}}}",
            "line 2, column 7: donor 7 is not altruistic and has no sources; expected one or the other",
        ),
        (
            "{\"data\":\n{\"7\": {\"altruistic\": true, \"sources\": [1]}}}",
            "line 2, column 7: donor 7 is altruistic and has sources; expected one or the other",
        ),
        ("{\"data\": [{}]}", "line 1, column 10: \"data\": expected an object of donors by name"),
        (
            "{\"donors\": [], \"recipients\": [{\"idd\": 1}]}",
            "line 1, column 36: unknown field `idd` in `recipients[0]`; did you mean `id`?",
        ),
        ("{\"donors\": [], \"recipients\":\n[{}]}", "line 2, column 2: the field \"id\" is missing"),
        (
            "{\"data\":\n{\"7\": {\"sources\": [1],\n\"matches\": [{\"recipient\": 1,\n\"score\": -2}]}}}",
            "line 4, column 10: donor 7, recipient 1: \"-2\" is no weight; expected a number from 0 to 1000000 with at most 6 decimals",
        ),
        (
            "{\"donors\": [{\"id\": 1},\n {\"id\": 1}], \"recipients\": []}",
            "line 2, column 2: donor 1 is listed a second time",
        ),
        (
            "{\"donors\": [\n{\"id\": 1, \"paired_recipients\": [2,\n3]}], \"recipients\": [{\"id\": 2}]}",
            "line 3, column 1: there is no recipient 3 in the list of recipients",
        ),
        (
            "{\"donors\": [{\"id\": 1, \"paired_recipients\": [2,\n2]}], \"recipients\": [{\"id\": 2}]}",
            "line 2, column 1: donor 1 has recipient 2 a second time",
        ),
        (
            "{\"donors\": [{\"id\": 1, \"outgoing_transplants\":\n[{\"recipient\": 2}, {\"recipient\": 2}]}], \"recipients\": [{\"id\": 2}]}",
            "line 2, column 34: donor 1 gives to recipient 2 a second time",
        ),
        (
            "{\"recipients\": [{\"id\": 2},\n{\"id\": 2}], \"donors\": []}",
            "line 2, column 1: recipient 2 is listed a second time",
        ),
    ] {
        assert_eq!(read(text).unwrap_err(), told, "{text}");
    }
    let recipients =
        |count: u32| (1..=count).map(|id| format!("{{\"id\": {id}}}")).collect::<Vec<_>>().join(",");
    let paired = |count: u32| (1..=count).map(|id| id.to_string()).collect::<Vec<_>>().join(",\n");
    let document = |count: u32| {
        let donor = format!("{{\"id\": 1, \"paired_recipients\": [{}]}}", paired(count));
        format!("{{\"donors\": [{donor}], \"recipients\": [{}]}}", recipients(count))
    };
    assert!(read(&document(64)).is_ok());
    assert_eq!(
        read(&document(65)).unwrap_err(),
        "line 65, column 1: donor 1 has 65 recipients; expected at most 64"
    );
}

#[test]
fn a_donor_who_is_said_to_be_neither_paired_nor_altruistic_is_refused() {
    let told =
        "line 2, column 7: donor 7 has neither \"sources\" nor \"altruistic\"; expected one or the other";
    assert_eq!(read("{\"data\":\n{\"7\": {\"matches\": []}}}").unwrap_err(), told);
    let none = read("{\"data\": {\"7\": {\"sources\": []}, \"8\": {\"altruistic\": true}}}").unwrap();
    assert_eq!(none.is_altruist, [true, true]);
}

/// All fields that the scheme's programs write, of each schema, those of pools that change with time among them.
#[test]
fn every_field_of_the_uks_schemas_is_read() {
    let time = "\"arrival\": 0, \"departure\": 9, \"temporary_departures\": []";
    let one = format!(
        "{{\"data\": {{
            \"7\": {{\"sources\": [1], \"altruistic\": false, \"dage\": 40, \"bloodtype\": \"A\", \"matches\": [{{\"recipient\": 2, \"score\": 1}}]}},
            \"8\": {{\"sources\": [2], \"bloodgroup\": \"O\", \"matches\": [{{\"recipient\": 1, \"score\": 1}}]}},
            \"9\": {{\"altruistic\": true, {time}, \"matches\": []}}}},
          \"recipients\": {{\"1\": {{\"pra\": 0.5, \"bloodgroup\": \"A\", \"hasBloodCompatibleDonor\": true, \"age\": 3}},
            \"2\": {{\"cPRA\": 0.5, \"bloodtype\": \"A\", {time}}}}},
          \"failing_transplants\": []}}"
    );
    let donors = [
        "{\"id\": \"7\", \"age\": 40, \"bloodtype\": \"A\", \"properties\": {}, \"paired_recipients\": [\"1\"], \"outgoing_transplants\": [{\"recipient\": \"2\", \"score\": 1}]}",
        "{\"id\": \"8\", \"paired_recipients\": [\"2\"], \"outgoing_transplants\": [{\"recipient\": \"1\", \"score\": 1}]}",
    ];
    let last = format!("{{\"id\": \"9\", {time}}}");
    let recipients = [
        "{\"id\": \"1\", \"cPRA\": 50, \"bloodtype\": \"A\", \"properties\": {}}".to_owned(),
        format!("{{\"id\": \"2\", {time}}}"),
    ];
    let listed = format!(
        "{{\"schema\": 2, \"donors\": [{}, {last}], \"recipients\": [{}], \"failing_transplants\": []}}",
        donors.join(", "),
        recipients.join(", ")
    );
    let named = format!(
        "{{\"schema\": 3, \"donors\": {{\"7\": {}, \"8\": {}, \"9\": {last}}}, \"recipients\": {{\"1\": {}, \"2\": {}}}}}",
        donors[0], donors[1], recipients[0], recipients[1]
    );
    let expected = ["recipient 1", "recipient 2", "donor 9"];
    for text in [one, listed, named] {
        let reading = read(&text).unwrap();
        assert_eq!(
            (reading.names, reading.is_altruist),
            (expected.map(str::to_owned).to_vec(), vec![false, false, true])
        );
        assert_eq!(reading.arcs.len(), 2);
    }
}

#[test]
fn patients_are_read() {
    let heading = "Pair,Patient,Donor,Wife-P?,%Pra,Out-Deg,Altruist\n";
    let patients =
        super::read_patients(format!("{heading}1,A,B,0,0.05,2,0\n2,O,AB,1,0.9250,10,1\n").as_bytes())
            .unwrap();
    assert_eq!(
        (patients.len(), patients[1].is_wife, patients[1].cpra, patients[1].is_altruist),
        (2, true, 92_500, true)
    );
    let wrong = super::read_patients(format!("{heading}1,C,B,0,0.05,2,0\n").as_bytes()).unwrap_err();
    assert_eq!(wrong.to_string(), "line 2, column 3: expected a blood type: O, A, B or AB");
}

#[test]
fn a_document_is_checked() {
    let reading = read(NEW).unwrap();
    let rules = Rules {
        max_ring: 3,
        max_chain: 2,
        objectives: vec![Aim::Transplants],
        last_donations_count: false,
        hard_to_match: Vec::new(),
    };
    let solved = |rules: &Rules| {
        let pool = Rules::pool(&reading);
        let levels = rules.levels(&reading);
        let found = solve_levels(&pool, rules.caps(), &levels, Budget::UNLIMITED, &mut |_, _, _| ());
        document(&reading, rules.clone(), &pool, &found)
    };
    let written = solved(&rules);
    let again: super::document::ExchangeDocument =
        serde_json::from_str(&serde_json::to_string(&written).unwrap()).unwrap();
    assert_eq!((check(&reading, &again), again.summary.gain, again.proof.bound), (Ok(()), 2, 2));
    let mut wrong = again.clone();
    wrong.summary.transplants += 1;
    assert!(check(&reading, &wrong).unwrap_err().contains("summary"));
    let mut wrong = again.clone();
    wrong.proof.bound -= 1;
    assert!(check(&reading, &wrong).unwrap_err().contains("bound"));
    let mut wrong = again.clone();
    wrong.rules.max_chain = 1;
    wrong.rules.max_ring = 1;
    assert!(check(&reading, &wrong).is_err());
    let counted = solved(&Rules { last_donations_count: true, ..rules.clone() });
    assert_eq!((counted.summary.gain, counted.chains.len(), check(&reading, &counted)), (3, 1, Ok(())));
    let objectives = vec![Aim::Transplants, Aim::Rings, Aim::HardToMatch, Aim::Weight];
    let several = solved(&Rules { objectives, hard_to_match: hard_to_match(&reading), ..rules });
    assert_eq!((several.proof.levels.len(), check(&reading, &several)), (4, Ok(())));
    let mut wrong = several.clone();
    wrong.proof.levels[1].multiplier += 1;
    assert!(check(&reading, &wrong).is_err());
    let mut wrong = several.clone();
    wrong.proof.levels[0].multiplier += 1;
    assert!(check(&reading, &wrong).unwrap_err().contains("not from 0 to 0"));
    let mut wrong = several.clone();
    wrong.proof.levels.pop();
    assert!(check(&reading, &wrong).unwrap_err().contains("status"));
    let mut wrong = several.clone();
    wrong.proof.levels.swap(1, 2);
    assert!(check(&reading, &wrong).unwrap_err().contains("order"));
    let mut wrong = several;
    wrong.rules.hard_to_match.push(99);
    assert!(check(&reading, &wrong).unwrap_err().contains("hard to match"));
}

/// Whatever the budget leaves of a level's sum, there are no more rings told to be possible than half of the transplants.
#[test]
fn bounds_are_told_within_what_the_pool_allows() {
    let mut text = Vec::new();
    let pool = KidneyPool { model: KidneyModel::Saidman, pairs: 40, altruists: 3, seed: 1 };
    pool.write(&mut text).expect("memory takes everything");
    let reading = read(std::str::from_utf8(&text).expect("text")).unwrap();
    let rules = Rules {
        max_ring: 3,
        max_chain: 3,
        objectives: vec![Aim::Transplants, Aim::Rings],
        last_donations_count: false,
        hard_to_match: Vec::new(),
    };
    let (pool, levels) = (Rules::pool(&reading), rules.levels(&reading));
    let solved = |budget: Budget<'_>| {
        let found = solve_levels(&pool, rules.caps(), &levels, budget, &mut |_, _, _| ());
        (document(&reading, rules.clone(), &pool, &found), found.steps)
    };
    let (_, steps) = solved(Budget::UNLIMITED);
    let mut open = 0;
    for part in 0..64 {
        let (cut, _) = solved(Budget::new(steps / 64 * part));
        assert_eq!(check(&reading, &cut), Ok(()), "{part}");
        if let [first, second] = &cut.proof.levels[..] {
            assert!(2 * second.bound <= first.value, "{part}: {second:?}");
            open += usize::from(second.value < second.bound);
        }
    }
    assert!(open > 0, "some end within the second level");
}

#[test]
fn a_chain_is_explained_as_it_is_asked_and_not_as_the_start_of_a_longer_one() {
    let text = b"6,7\n1,Pair A\n2,Pair B\n3,Pair C\n4,Pair D\n5,Pair E\n6,Altruist\n5,0,1\n0,1,1\n1,2,1\n3,4,1\n4,3,1\n5,3,1\n3,0,1\n";
    let reading = (detect(text).expect("a pool").read)(text, None).expect("a sound pool");
    let rules = Rules {
        max_ring: 3,
        max_chain: 3,
        objectives: vec![Aim::Transplants],
        last_donations_count: false,
        hard_to_match: Vec::new(),
    };
    let pool = Rules::pool(&reading);
    let levels = rules.levels(&reading);
    let found = solve_levels(&pool, rules.caps(), &levels, Budget::UNLIMITED, &mut |_, _, _| ());
    let document = document(&reading, rules, &pool, &found);
    // Best are Altruist > A > B > C and the ring of D and E. Without C that is one less; Altruist > D > A leaves nothing for the others.
    for (nodes, best) in [(vec![5, 0, 1], 4), (vec![5, 3, 0], 2), (vec![5, 3], 1), (vec![5, 0], 3)] {
        let told = explain(&reading, &document, &Asked::Steps(nodes.clone()), u64::MAX);
        let Told::Possible { figures, is_proven, .. } = told else { panic!("{nodes:?}: {told:?}") };
        assert_eq!((figures, is_proven), (vec![(Aim::Transplants, 5, best)], true), "{nodes:?}");
    }
}
