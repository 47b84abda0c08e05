//! Bounded rings and chains, and rounds of bundles, held to others' solvers: `HiGHS` through `clear --highs`, where `BARTIZAN_HIGHS` names its shared library (`libhighs.so.1`
//! of `PyPI`'s `highspy` 1.15, or `highsbox`), and `kep_solver` where `BARTIZAN_PYTHON` (by default `python3`) has it. Without them the tests say so, and
//! pass unless `BARTIZAN_REQUIRE_OUTSIDE=1`. What is no `HiGHS`, or contradicts what is proven, is an error: a false library of the test's own says so.

use std::path::{Path, PathBuf};
use std::process::Command;

use bartizan_tests::dice::Dice;
use bartizan_tests::program::{Said, Scratch, run};
use bartizan_tests::{not_judged, round_file, workspace};
use serde_json::{Value, json};

fn clear(file: &Path, options: &[&str], library: &Path) -> Said {
    let fixed = [Path::new("clear"), file, Path::new("--highs"), library];
    run(fixed.into_iter().chain(options.iter().map(Path::new)))
}

fn generated(scratch: &Scratch, name: &str, options: &[&str]) -> PathBuf {
    let path = scratch.at(name);
    let fixed = [Path::new("generate")];
    let output = [Path::new("--output"), &path];
    run(fixed.into_iter().chain(options.iter().map(Path::new)).chain(output)).clean();
    path
}

fn pool(scratch: &Scratch, model: &str) -> PathBuf {
    let options = ["kidney", "--pairs", "40", "--altruists", "3", "--model", model];
    generated(scratch, &format!("{model}.wmd"), &options)
}

/// A library built from the false one, with these definitions; none, with a word about it, where there is no C compiler.
fn false_highs(scratch: &Scratch, name: &str, definitions: &[&str]) -> Option<PathBuf> {
    let source = workspace().join("tests/pools/false_highs.c");
    let library = scratch.at(name);
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).args(definitions).arg(source);
    let Ok(said) = compiler.output() else {
        not_judged("a C compiler", "Debian's `gcc`");
        return None;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(library)
}

#[test]
fn what_is_no_highs_is_refused_before_anything_is_solved() {
    let scratch = Scratch::new();
    let pool = pool(&scratch, "saidman");
    let caps = ["--max-ring", "3", "--max-chain", "2"];
    let told = clear(&pool, &caps, &scratch.at("none.so")).refused(1);
    assert!(told.contains("none.so: cannot be loaded: cannot open shared object file"), "{told}");
    let told = clear(&pool, &caps, &pool).refused(1);
    assert!(told.contains("saidman.wmd: cannot be loaded: "), "{told}");
    if cfg!(target_os = "linux") {
        let told = clear(&pool, &caps, Path::new("libc.so.6")).refused(1);
        assert!(told.contains("has no function Highs_create, so it is no shared library of HiGHS"), "{told}");
    }
    let list = round_file("onewant-excerpt.txt");
    let told = clear(&list, &[], Path::new("libhighs.so")).refused(2);
    assert!(told.contains("--highs does not go with want lists without a bound on rings"), "{told}");
    let told = run(["clear".as_ref(), pool.as_os_str(), "--highs-seconds".as_ref(), "3".as_ref()]).refused(2);
    assert!(told.contains("--highs <LIBRARY>"), "{told}");
}

#[test]
fn what_contradicts_is_an_error() {
    let scratch = Scratch::new();
    let pool = pool(&scratch, "saidman");
    let Some(nothing) = false_highs(&scratch, "nothing.so", &[]) else { return };
    let Some(all) = false_highs(&scratch, "all.so", &["-DALL"]) else { return };
    let outcome = scratch.at("outcome.json");
    let options =
        ["--max-ring", "3", "--quiet", "--output", outcome.to_str().expect("a path of plain letters")];
    let told = clear(&pool, &options, &nothing).refused(1);
    assert!(told.contains("--highs: transplants: HiGHS says at most 0, and "), "{told}");
    assert!(told.contains("one of the two is wrong"), "{told}");
    assert!(outcome.is_file(), "what was found here is written");
    let told = clear(&pool, &options, &all).refused(1);
    assert!(told.contains("what HiGHS found breaks the program that it was given"), "{told}");
    let attic = workspace().join("tests/bundles/attic.json");
    let told = clear(&attic, &["--quiet"], &nothing).refused(1);
    assert!(told.contains("--highs: items: HiGHS says at most 0, and 9 was found here"), "{told}");
    // Where nothing can be done, that nothing can be done is no contradiction; on standard error beside a document.
    let alone = scratch.file("alone.input", "2 1\n0 1 1\n-1 -1 -1\n");
    let said = clear(&alone, &["--max-ring", "3"], &nothing).clean();
    assert!(said.contains("\nHiGHS false, one thread, 0 rings and chains as columns\ntransplants: 0, at most 0: it agrees, in "), "{said}");
    let said = clear(&alone, &["--max-ring", "3", "--format", "json"], &nothing);
    assert!(said.err.contains("bartizan: transplants: 0, at most 0: it agrees, in "), "{}", said.err);
    serde_json::from_str::<Value>(&said.out).expect("a document alone");
}

#[test]
fn too_many_rings_are_refused_before_anything_is_solved() {
    let scratch = Scratch::new();
    let Some(library) = false_highs(&scratch, "nothing.so", &[]) else { return };
    let count = 150;
    let pairs = (0..count).flat_map(|from| (0..count).map(move |to| (from, to)));
    let arcs = pairs.filter(|(from, to)| from != to).map(|(from, to)| format!("{from} {to} 1\n"));
    let arcs = arcs.collect::<Vec<_>>().concat();
    let text = format!("{count} {}\n{arcs}-1 -1 -1\n", count * (count - 1));
    let pool = scratch.file("pool.input", text);
    let told = clear(&pool, &["--max-ring", "3"], &library).refused(1);
    assert!(told.contains("--highs: more than 1000000 rings and chains within the bounds"), "{told}");
}

#[test]
fn highs_agrees() {
    let Some(library) = std::env::var_os("BARTIZAN_HIGHS").map(PathBuf::from) else {
        return not_judged(
            "HiGHS",
            "its shared library, named by BARTIZAN_HIGHS: libhighs.so.1 of PyPI's `highspy` 1.15",
        );
    };
    let scratch = Scratch::new();
    let agrees = |file: &Path, options: &[&str], objectives: usize| {
        let said = clear(file, options, &library).clean();
        assert_eq!(
            said.matches(": it agrees, in ").count(),
            objectives,
            "{} {options:?}: {said}",
            file.display()
        );
    };
    for model in ["saidman", "heterogeneous", "sparse"] {
        let pool = pool(&scratch, model);
        for caps in [["--max-ring", "4", "--max-chain", "1"], ["--max-ring", "3", "--max-chain", "2"]] {
            agrees(
                &pool,
                &[&caps[..], &["--objective", "transplants,rings,weight,hard-to-match"]].concat(),
                4,
            );
            agrees(&pool, &[&caps[..], &["--weights"]].concat(), 1);
        }
    }
    let donor_of_two = uk(&mut Dice::new(1), true);
    agrees(&scratch.file("two.json", donor_of_two.to_string()), &["--max-ring", "3", "--max-chain", "3"], 1);
    agrees(&workspace().join("tests/bundles/attic.json"), &[], 2);
    for seed in 1..8 {
        let seed = seed.to_string();
        let options = ["bundles", "--participants", "25", "--seed", &seed];
        agrees(&generated(&scratch, "goods.json", &options), &["--objective", "items,users,cost"], 3);
        let round = generated(&scratch, "money.json", &[&options[..], &["--money"]].concat());
        agrees(&round, &["--objective", "users, favor=p1"], 2);
    }
}

/// A made-up pool in the UK's JSON, of either schema, in which some patients have two donors, and donors two patients where `has_two` says so.
fn uk(dice: &mut Dice, has_two: bool) -> Value {
    let count = 5 + dice.below(9);
    let percent = 12 + dice.below(20);
    let mut donors: Vec<Vec<usize>> = (0..count).map(|patient| vec![patient]).collect();
    for patient in 0..count {
        if dice.chance(25) {
            donors.push(vec![patient]);
        }
        if has_two && dice.chance(20) {
            donors[patient].push((patient + 1) % count);
        }
    }
    donors.resize(donors.len() + dice.below(4), Vec::new());
    let id = |patient: &usize| format!("r{patient}");
    let gives = |dice: &mut Dice, own: &[usize]| -> Value {
        let mut gives = Vec::new();
        for patient in (0..count).filter(|patient| !own.contains(patient)) {
            if dice.chance(percent) {
                gives.push(json!({"recipient": id(&patient), "score": dice.between(1, 90)}));
            }
        }
        gives.into()
    };
    let is_old = dice.chance(50);
    let entry = |(number, own): (usize, &Vec<usize>)| {
        let patients: Vec<String> = own.iter().map(id).collect();
        let gives = gives(dice, own);
        let number = format!("d{number}");
        if is_old {
            (number, json!({"sources": patients, "matches": gives, "altruistic": patients.is_empty()}))
        } else {
            (
                number.clone(),
                json!({"id": number, "paired_recipients": patients, "outgoing_transplants": gives}),
            )
        }
    };
    let donors: Vec<(String, Value)> = donors.iter().enumerate().map(entry).collect();
    if is_old {
        let patients: serde_json::Map<String, Value> =
            (0..count).map(|patient| (id(&patient), json!({}))).collect();
        return json!({"data": serde_json::Map::from_iter(donors), "recipients": patients});
    }
    let donors: Vec<Value> = donors.into_iter().map(|(_, donor)| donor).collect();
    let patients: Vec<Value> = (0..count).map(|patient| json!({"id": id(&patient)})).collect();
    json!({"schema": 2, "donors": donors, "recipients": patients})
}

/// What `kep_solver` makes of pools: transplants, and scores; none, with a word about it, where it is not there.
fn by_kep_solver(ring: &str, chain: &str, pools: &[PathBuf]) -> Option<Vec<(i64, i64)>> {
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let script = workspace().join("tests/pools/by_kep_solver.py");
    let Ok(said) = Command::new(&python).arg(script).args([ring, chain]).args(pools).output() else {
        not_judged("Python", "Python 3 with PyPI's `kep_solver`, in PATH or named by BARTIZAN_PYTHON");
        return None;
    };
    if said.status.code() == Some(77) {
        not_judged("Python's `kep_solver`", "PyPI's `kep_solver`");
        return None;
    }
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8_lossy(&said.stdout);
    let last = text.lines().last().expect("it says something");
    Some(serde_json::from_str(last).expect("a list of pairs of numbers"))
}

#[test]
fn kep_solver_agrees() {
    let scratch = Scratch::new();
    let mut dice = Dice::new(7);
    let pools: Vec<PathBuf> = (0..50)
        .map(|number| scratch.file(&format!("{number}.json"), uk(&mut dice, false).to_string()))
        .collect();
    let outcome = scratch.at("outcome.json");
    let value = |pool: &Path, options: &[&str]| {
        let fixed = [Path::new("clear"), pool, Path::new("--quiet"), Path::new("--output"), &outcome];
        run(fixed.into_iter().chain(options.iter().map(Path::new))).clean();
        run([Path::new("verify"), Path::new("--quiet"), pool, &outcome]).clean();
        let text = std::fs::read_to_string(&outcome).expect("it was written");
        let document: Value = serde_json::from_str(&text).expect("it is JSON");
        document["summary"]["gain"].as_i64().expect("a number")
    };
    let mut served = 0;
    for (ring, chain) in [("3", "0"), ("3", "2"), ("4", "3")] {
        let caps = ["--max-ring", ring, "--max-chain", chain];
        let weighed = [&caps[..], &["--weights"]].concat();
        let own: Vec<(i64, i64)> =
            pools.iter().map(|pool| (value(pool, &caps), value(pool, &weighed))).collect();
        served += own.iter().map(|own| own.0).sum::<i64>();
        let Some(others) = by_kep_solver(ring, chain, &pools) else { return };
        for ((own, other), pool) in own.iter().zip(others).zip(&pools) {
            assert_eq!(*own, other, "transplants and scores: {} {ring} {chain}", pool.display());
        }
    }
    assert!(served > 500, "pools in which little can be done show little: {served}");
}
