//! Batch auctions held by the program: the published instances of two exchanges, made-up markets, and what `verify` refuses.

use std::path::PathBuf;

use bartizan_engine::book::{Command, Indicative, Phase, Price};
use bartizan_solver::auction::{self, Offer};
use bartizan_solver::certify::auction as certify;
use bartizan_solver::stream::Stream;
use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::session::{Session, buy, sell};
use bartizan_tests::workspace;
use serde_json::{Value, json};

/// What `auction` writes for a file, once `verify` has accepted it.
fn held(file: &str) -> Value {
    let scratch = Scratch::new();
    let out = scratch.at("out.json").display().to_string();
    let done = run(["auction", file, "--output", &out]);
    assert_eq!(done.status, Some(0), "{}", done.err);
    let told = run(["verify", file, &out]).clean();
    assert!(told.contains("none below its limit"), "{told}");
    let text = std::fs::read_to_string(&out).expect("it was written");
    serde_json::from_str(&text).expect("it is JSON")
}

/// A file of the shared data, if it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let path = workspace().join("../shared/data/auction").join(name);
    let is_there = path.exists();
    if !is_there {
        eprintln!("skipped: {} is not there", path.display());
    }
    is_there.then_some(path)
}

/// The stated volumes lack the fee, twice a thousandth, which is not charged here; in the last, prices of most utility were sought.
#[test]
fn published_instances_trade_what_is_stated() {
    for (name, least, most) in [
        ("token_pair-1-1-1.json", 1.0, 1.001),
        ("token_pair-1-1-2.json", 1.0, 1.001),
        ("token_pair-1-1-3.json", 1.0, 1.001),
        ("token_pair-1-2-1.json", 1.0, 1.001),
        ("token_pair-2-1-1.json", 1.0, 1.001),
        ("token_pair-2-2-1.json", 1.0, 1.001),
        ("token_pair-3-2-1.json", 1.0, 1.03),
    ] {
        let Some(path) = shared(name) else { continue };
        let document = held(&path.display().to_string());
        let stated: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let stated: f64 = stated["objVals"]["volume"].as_str().unwrap().parse().unwrap();
        // Theirs is of token0 at a price of 10^18, ours of the first asset.
        let prices = document["prices"].as_array().unwrap();
        let price = |asset: &Value| {
            asset["price"].as_f64().unwrap() * 10_f64.powi(asset["decimals"].as_i64().unwrap() as i32)
        };
        let token0 = prices.iter().find(|asset| asset["asset"] == "token0").unwrap();
        let first = 10_f64.powi(-prices[0]["decimals"].as_i64().unwrap() as i32);
        let volume =
            document["summary"]["volume"].as_f64().unwrap() * first * price(&prices[0]) / price(token0);
        let ratio = volume * 1e18 / stated;
        assert!((least - 1e-5..most).contains(&ratio), "{name}: {ratio}");
        assert!(document["summary"]["beaten"]["volume"].as_f64().unwrap() < 100.0, "{name}: {document}");
        assert!(document["summary"]["tolerance"].as_f64().unwrap() < 1e-6, "{name}: {document}");
    }
}

#[test]
fn what_is_read_of_cow_instances_is_told() {
    let Some(path) = shared("small_example.json") else { return };
    let said = run(["auction".as_ref(), path.as_os_str()]);
    assert_eq!(said.status, Some(0));
    assert!(said.err.contains("pools of liquidity passed over: 18"), "{}", said.err);
    assert!(said.out.contains("Offers   2 of 2 assets: 2 filled as a whole"), "{}", said.out);
    let Some(path) = shared("large_example.json") else { return };
    let said = run(["auction".as_ref(), path.as_os_str()]);
    assert!(said.err.contains("orders to buy passed over: 1"), "{}", said.err);
    assert!(said.out.contains("0 filled as a whole"), "{}", said.out);
}

const RING: &str =
    "id,sells,buys,amount,at_least\nx,apples,pears,30,10\ny,pears,plums,10,20\nz,plums,apples,40,30\n";

#[test]
fn rings_trade_and_rows_may_be_json() {
    let scratch = Scratch::new();
    let document = held(&scratch.file("ring.csv", RING).display().to_string());
    assert_eq!(document["fills"].as_array().unwrap().len(), 3, "{document}");
    let lines: Vec<String> = RING
        .lines()
        .skip(1)
        .map(|line| {
            let field: Vec<&str> = line.split(',').collect();
            let line = json!({"id": field[0], "sells": field[1], "buys": field[2], "amount": field[3], "at_least": field[4].parse::<i64>().unwrap()});
            format!("{line}\n")
        })
        .collect();
    assert_eq!(held(&scratch.file("ring.jsonl", lines.concat()).display().to_string()), document);
}

#[test]
fn made_up_markets_are_held_the_same_again() {
    let scratch = Scratch::new();
    for hard in [&[][..], &["--hard"]] {
        let made = run(["generate", "offers", "--assets", "12", "--offers", "4000", "--seed", "3"]
            .iter()
            .chain(hard))
        .clean();
        assert_eq!(made.lines().count(), 4001);
        let file = scratch.file("made.csv", made).display().to_string();
        let document = held(&file);
        let summary = &document["summary"];
        assert!(summary["whole"].as_u64().unwrap() > 1_000, "{summary}");
        let of_volume =
            |what: &str| summary[what]["volume"].as_f64().unwrap() / summary["volume"].as_f64().unwrap();
        assert!(of_volume("beaten") < 1e-9 && of_volume("at_limit") < 0.05, "{summary}");
        assert!(summary["tolerance"].as_f64().unwrap() < 1e-6, "{summary}");
        assert_eq!(held(&file), document, "the same again");
    }
    let told = run(["generate", "offers", "--assets", "1", "--offers", "2"]).refused(2);
    assert!(told.contains("at least 2 assets"), "{told}");
}

/// What spoils a document.
type Change<'a> = &'a dyn Fn(&mut Value);

#[test]
fn what_is_wrong_with_a_document_is_told() {
    let scratch = Scratch::new();
    let file = scratch.file("ring.csv", RING).display().to_string();
    let whole = held(&file);
    let cases: &[(Change<'_>, &str)] = &[
        (&|document| document["version"] = json!(2), "expected bartizan-auction of version 1"),
        (&|document| document["prices"][0]["asset"] = json!("gold"), "not of the file's assets"),
        (&|document| document["prices"][0]["price"] = json!(0), "no positive number"),
        (&|document| document["fills"][0]["sold"] = json!(99), "sells more than it offers"),
        (&|document| document["fills"][0]["bought"] = json!(1), "gets less than its limit asks"),
        (&|document| document["fills"][0]["bought"] = json!(1_000), "gets more than the prices say"),
        (&|document| document["fills"][0]["id"] = json!("y"), "it is another offer there"),
        (&|document| document["fills"][0]["offer"] = json!(9), "the file has no offer 9"),
        (&|document| document["prices"][1]["remainder"] = json!(77), "its remainder is another"),
        (&|document| document["summary"]["whole"] = json!(77), "its summary is of something else"),
        (
            &|document| document["summary"]["tolerance"] = json!(7),
            "its tolerance is not between 0 and 0.00195",
        ),
        (&|document| document["notices"] = json!(["all is well"]), "what it says of the file"),
        (&|document| document["colour"] = json!(1), "unknown field `colour`"),
    ];
    for (change, expected) in cases {
        let mut document = whole.clone();
        change(&mut document);
        let path = scratch.file("spoilt.json", document.to_string());
        let told = run(["verify", &file, &path.display().to_string()]).refused(1);
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn bad_files_are_refused_with_their_place() {
    let of = |text: &str| run_with_input(&["auction", "-"], text.as_bytes());
    let row = |row: &str| of(&format!("sells,buys,amount,at_least\n{row}\n")).refused(1);
    for (text, told) in [
        ("a,b,0,1", "line 2, column 3: field 3: expected an amount above 0, found \"0\""),
        ("a,b,-1,1", "expected an amount above 0, found \"-1\""),
        ("a,b,1,0", "field 4: expected an amount above 0"),
        ("a,b,1,1e9", "expected an amount as a decimal number"),
        ("a,a,1,1", "it sells a for a: expected two assets"),
        ("a,,1,1", "expected the name of an asset"),
        ("a,b,1", "expected 4 fields as in the header, found 3"),
    ] {
        let found = row(text);
        assert!(found.contains(told), "{text}: {found}");
    }
    let told = of("sells,buys,amount\n").refused(1);
    assert!(told.contains("it has no at_least"), "{told}");
    let told = of("{\"sells\":\"a\",\"buys\":\"b\",\"amount\":1}\n").refused(1);
    assert!(told.contains("line 1") && told.contains("`at_least` is missing"), "{told}");
    let told = of("{\"sells\":\"a\",\"buys\":\"b\",\"amount\":1,\"at_least\":-4}\n").refused(1);
    assert!(told.contains("`at_least`: expected an amount above 0"), "{told}");
    let none = of("sells,buys,amount,at_least\n");
    assert!(none.out.contains("Offers   0 of 0 assets"), "{}", none.out);
}

/// A call over one pair is an auction of two assets: at the price of the order book's call everybody who buys pays as much as he would there.
#[test]
fn one_pair_is_held_as_the_order_book_holds_its_call() {
    const SHARE: u64 = 1_000_000;
    let mut traded = 0;
    for seed in 0..300 {
        let mut stream = Stream::new(seed);
        let mut book = Session::default();
        book.apply(Command::SetPhase(Phase::Reopening));
        let orders: Vec<(bool, u64, u64)> = (0..2 + stream.below(40))
            .map(|_| (stream.below(2) == 0, 1 + stream.below(50), 90 + stream.below(21)))
            .collect();
        for (number, &(is_buyer, quantity, limit)) in (1..).zip(&orders) {
            let of = if is_buyer { buy } else { sell };
            book.enter(of(number, quantity, limit as i64));
        }
        let Indicative { price, quantity, imbalance } = book.book.indicative();
        let Some(Price(price)) = price else { continue };
        traded += 1;
        let offers: Vec<Offer> = orders
            .iter()
            .map(|&(is_buyer, quantity, limit)| {
                let shares = quantity * SHARE;
                let pays = shares * price as u64;
                let (amount, at_least) =
                    if is_buyer { (pays, pays.div_ceil(limit)) } else { (shares, shares * limit) };
                let sells = u32::from(is_buyer);
                Offer { sells, buys: 1 - sells, amount, at_least, minimum: 0 }
            })
            .collect();
        let outcome = auction::clear(2, &offers).expect("the offers are sound");
        let report = certify::check(2, &offers, &outcome).expect("the outcome is sound");
        let sold = offers.iter().zip(&outcome.fills).filter(|(offer, _)| offer.sells == 0);
        let sold: u64 = sold.map(|(_, fill)| fill.sold).sum();
        let lots = sold as f64 / SHARE as f64;
        let rate = outcome.prices[0] / outcome.prices[1] / price as f64 - 1.0;
        let told =
            format!("seed {seed}: {lots} at {rate:+e}, {quantity:?} at {price}, {imbalance}, {report:?}");
        assert!((lots - quantity.0 as f64).abs() < 1e-3, "{told}");
        // Where more is asked than there is, the order book takes the lowest price of several; here buyers bid up to their limit.
        assert!(if imbalance > 0 { rate > -1e-6 } else { rate.abs() < 1e-6 }, "{told}");
    }
    assert!(traded > 250, "{traded} of 300 calls trade");
}
