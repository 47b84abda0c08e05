//! Batch auctions held by the program: the published instances of two exchanges, made-up markets, and what `verify` refuses.

use std::path::PathBuf;
use std::process::Command as Process;

use bartizan_engine::book::{Command, Indicative, Phase, Price};
use bartizan_io::auction::read;
use bartizan_solver::auction::{self, Offer};
use bartizan_solver::certify::auction as certify;
use bartizan_solver::stream::Stream;
use bartizan_tests::auctions::hold;
use bartizan_tests::dice::Dice;
use bartizan_tests::hostile::change;
use bartizan_tests::lives::live;
use bartizan_tests::program::{Scratch, run, run_with_input};
use bartizan_tests::session::{Session, buy, sell};
use bartizan_tests::{not_judged, workspace};
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
    for told in [
        "pools of liquidity passed over: 18",
        "orders whose fee is not charged: 2",
        "orders whose cost is not counted: 2",
        "tokens in stock passed over: 4",
    ] {
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
    assert!(said.out.contains("Offers   2 of 2 assets: 2 filled as a whole"), "{}", said.out);
    let Some(path) = shared("large_example.json") else { return };
    let said = run(["auction".as_ref(), path.as_os_str()]);
    assert!(said.err.contains("orders to buy passed over: 1 of 2"), "{}", said.err);
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

/// An amount written with two digits behind the point has hundredths; bikes are sold whole where that is said, and `verify` needs not be told again.
#[test]
fn things_are_divided_as_they_are_written_or_as_is_stated() {
    let scratch = Scratch::new();
    let text =
        "sells,buys,amount,at_least\nbikes,money,3.0,89.85\nmoney,bikes,50.00,1\nmoney,bikes,35.00,1\n";
    let file = scratch.file("bikes.csv", text).display().to_string();
    let out = scratch.at("out.json").display().to_string();
    let document = |options: &[&str]| {
        run([&["auction", &file, "--output", &out], options].concat()).clean();
        run(["verify", &file, &out]).clean();
        serde_json::from_str::<Value>(&std::fs::read_to_string(&out).unwrap()).unwrap()
    };
    let written = document(&[]);
    assert_eq!(
        (&written["prices"][0]["decimals"], &written["prices"][1]["decimals"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(written["prices"][0].get("stated"), None);
    assert!(
        written["fills"]
            .as_array()
            .unwrap()
            .iter()
            .any(|fill| fill["buys"] == "bikes" && fill["bought"].as_u64().unwrap() % 10 > 0),
        "in tenths: {written}"
    );
    let whole = document(&["--decimals", "3,bikes=0"]);
    let of = |number: usize, what: &str| whole["prices"][number][what].clone();
    assert_eq!(
        (of(0, "decimals"), of(0, "stated"), of(1, "decimals"), of(1, "stated")),
        (json!(0), json!(0), json!(3), json!(3))
    );
    let sold = |document: &Value| document["fills"][0]["sold"].clone();
    assert_eq!((sold(&written), sold(&whole)), (json!(27), json!(2)), "{written} {whole}");
    for (decimals, told) in [
        ("bike=0", "--decimals: the file has no asset \"bike\"; did you mean \"bikes\"?"),
        ("1,2", "--decimals: the decimals of all others are stated twice"),
        ("-1", "expected a whole number from 0 to 18, or ASSET=N"),
    ] {
        let found = run(["auction", &file, "--decimals", decimals]).refused(2);
        assert!(found.contains(told), "{found}");
    }
    let found = run(["auction", &file, "--decimals", "money=1"]).refused(1);
    assert!(found.contains("line 2, column 1: `at_least`: expected at most 1 digits behind the point, as are stated of money, found 89.85"), "{found}");
    let mut forged = whole.clone();
    forged["prices"][0]["stated"] = json!(200);
    let path = scratch.file("forged.json", forged.to_string()).display().to_string();
    let found = run(["verify", &file, &path]).refused(1);
    assert!(found.contains("of bikes 200 decimals are stated: expected at most 18"), "{found}");
    forged["prices"][0]["stated"] = json!(1);
    let path = scratch.file("forged.json", forged.to_string()).display().to_string();
    let found = run(["verify", &file, &path]).refused(1);
    assert!(found.contains("not of the file's assets, in their order and units"), "{found}");
}

/// What is printed claims no digit that is not there, and no price of what does not trade.
#[test]
fn what_is_told_of_an_auction_is_so() {
    let of = |text: &str| run_with_input(&["auction", "-"], text.as_bytes()).clean();
    let header = "sells,buys,amount,at_least\n";
    // Nothing of gold trades, so that prices are told in bread; eggs are exactly at the limit.
    let told = of(&format!("{header}gold,bread,1,1000\nbread,eggs,10,30\neggs,bread,45,15\n"));
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "Offers   3 of 3 assets: 1 filled as a whole or as far as whole units go, 1 in part, 1 not",
            "Volume   20 bread is what all offers sell together, at the prices (what they buy is not counted again)",
            "         price in bread  sold  left by rounding",
            "  gold         no trade     -                 -",
            "  bread               1    10                 0",
            "  eggs         0.333333    30                 0",
            "  offer  sold         bought         filled",
            "  2        10  bread      30  eggs   whole",
            "  3        30  eggs       10  bread  in part",
            "At limit 1 offer is not filled, or in part, since the prices are exactly at the limit: 20% of what they would fill",
            "Beaten   0 offers are not filled though the prices beat the limit: 0% of what they would fill",
            "(--output OUT.json writes prices and fills)",
        ]
    );
    let told = of(&format!("{header}a,b,1,1\n"));
    assert!(
        told.contains("Offers   1 of 2 assets") && told.contains("Volume   none: nothing trades\n"),
        "{told}"
    );
    let scratch = Scratch::new();
    let document = held(
        &scratch
            .file("gold.csv", format!("{header}gold,bread,1,1000\nbread,eggs,10,30\neggs,bread,45,15\n"))
            .display()
            .to_string(),
    );
    let sold: Vec<&Value> =
        document["prices"].as_array().unwrap().iter().map(|price| &price["sold"]).collect();
    assert_eq!(sold, [&json!(0), &json!(10), &json!(30)]);
}

/// What is to be published of an auction: a row for each offer, and prices in the asset of choice.
#[test]
fn fills_are_written_for_people_and_prices_told_in_any_asset() {
    let scratch = Scratch::new();
    let text = "id,sells,buys,amount,at_least,minimum\ns,bike,money,1,30.00,\nb,money,bike,80.00,1,\n\
        d,bike,money,1,90.00,\nm,gold,money,3,9.00,3\ng,money,gold,6.50,2,\n";
    let file = scratch.file("market.csv", text).display().to_string();
    let out = scratch.at("fills.csv");
    let path = out.display().to_string();
    let told = run(["auction", &file, "--fills", &path, "--unit", "bike"]).clean();
    assert_eq!(
        std::fs::read_to_string(&out).unwrap(),
        "offer,id,sells,amount,minimum,sold,buys,at_least,bought,price,filled,limit\n\
         1,s,bike,1,0,1,money,30.00,80.00,80,whole,beaten\n\
         2,b,money,80.00,0.00,80.00,bike,1,1,0.0125,whole,at limit\n\
         3,d,bike,1,0,0,money,90.00,0.00,80,no,missed\n\
         4,m,gold,3,3,0,money,9.00,0.00,,left out,beaten\n\
         5,g,money,6.50,0.00,0.00,gold,2,0,,no,missed\n"
    );
    assert!(told.contains("price in bike") && told.contains("  money         0.0125"), "{told}");
    assert!(told.contains("  s          1  bike    80.00  money  whole\n"), "{told}");
    let gold = run(["auction", &file, "--unit", "gold"]);
    assert!(gold.err.contains("--unit: nothing of gold trades, so prices are told in bike"), "{}", gold.err);
    let unknown = run(["auction", &file, "--unit", "bikes"]).refused(2);
    assert!(unknown.contains("--unit: the file has no asset \"bikes\"; did you mean \"bike\"?"), "{unknown}");
    let same = run(["auction", &file, "--output", &path, "--fills", &path]).refused(2);
    assert!(same.contains("--output and --fills name the same file"), "{same}");
    let whole = scratch
        .file("many.csv", "sells,buys,amount,at_least\n".to_owned() + &"a,b,1,1\nb,a,1,1\n".repeat(11));
    let told = run(["auction", &whole.display().to_string()]).clean();
    assert!(told.contains("  (22 offers trade: --fills OUT.csv tells of each)\n"), "{told}");
}

/// Digits that do not fit are dropped of amounts and limits alike: what is offered for as much still trades.
#[test]
fn amounts_of_more_digits_than_fit_keep_their_limit() {
    let scratch = Scratch::new();
    let same = "1.234567890123456789";
    let text = format!("sells,buys,amount,at_least\nusdc,usdt,{same},{same}\nusdt,usdc,{same},{same}\n");
    let document = held(&scratch.file("par.csv", text).display().to_string());
    assert_eq!(document["summary"]["whole"], 2, "{document}");
}

/// What files of each kind say beside what is read of them is told, by every command in the same words, and nothing of it reaches a terminal as it is.
#[test]
fn what_is_not_heeded_is_told() {
    let scratch = Scratch::new();
    let unread = "columns not read: currency";
    let alike = "names that differ only in case or in white space about them are kept apart: \"b\" and \"B\"";
    let debts = "debtor,creditor,amount,currency\na,b,5,EUR\nB,a,5,EUR\n";
    let lines = "from,to,limit,currency\na,b,5,EUR\na,B,5,EUR\n";
    let offers = "sells,buys,amount,at_least,currency\na,b,5,5,EUR\nB,a,5,5,EUR\n";
    for (options, text) in [
        (&["auction"][..], offers),
        (&["net"], debts),
        (&["trust", "--from", "a", "--to", "b"], lines),
        (&["value"], offers),
    ] {
        let file = scratch.file("file.csv", text).display().to_string();
        let said = run([options, &[&file]].concat());
        assert_eq!(said.status, Some(0), "{options:?}: {}", said.err);
        for told in [unread, alike] {
            let told = format!("bartizan: {file}: {told}");
            assert_eq!(said.err.lines().filter(|line| *line == told).count(), 1, "{options:?}: {}", said.err);
        }
        assert_eq!(run([options, &[&file, "--quiet"]].concat()).clean(), "");
    }
    let coloured = "sells,buys,amount,at_least\n\u{1b}[31mred,blue,5,5\nblue,\u{1b}[31mred,5,5\n";
    let told = run_with_input(&["auction", "-"], coloured.as_bytes()).clean();
    assert!(told.contains("\\u{1b}[31mred") && !told.contains('\u{1b}'), "{told}");
    let told =
        run_with_input(&["auction", "-"], b"sells,buys,amount,at_least\n\x1b[31mred,\x1b[31mred,5,5\n")
            .refused(1);
    assert!(told.contains("it sells \\u{1b}[31mred for") && !told.contains('\u{1b}'), "{told}");
    let debts = "debtor,creditor,amount\na\u{9b}31m,b,5\nb,a\u{9b}31m,5\n";
    let file = scratch.file("debts.csv", debts).display().to_string();
    let told = run(["net", &file, "--objective", "fair"]).clean();
    assert!(
        told.contains("amounts times the square of the share left of each, straight between sixteenths, come to 0 of 10, proven"),
        "{told}"
    );
    let out = scratch.at("out.json").display().to_string();
    let file = scratch.file("ring.csv", RING).display().to_string();
    run(["auction", &file, "--output", &out]).clean();
    let told = run(["verify", "--kind", "oz", &file, &out]).refused(2);
    assert!(told.contains("--kind: it is of rounds and pools, and"), "{told}");
}

#[test]
fn verify_blames_the_outcome_where_it_is_none_and_tells_what_nobody_is_paid() {
    let scratch = Scratch::new();
    let [file, out] = ["apple.csv", "out.json"].map(|name| scratch.at(name).display().to_string());
    std::fs::write(&file, "sells,buys,amount,at_least,minimum\napple,eur,30,1500,\neur,apple,99,1,99\n")
        .unwrap();
    for none in ["{", "", "offer,id,sells\n1,,apple\n"] {
        std::fs::write(&out, none).unwrap();
        let told = run(["verify", &file, &out]).refused(1);
        assert!(told.contains("out.json: ") && !told.contains("apple.csv"), "{told}");
    }
    run(["auction", &file, "--output", &out, "--quiet"]).clean();
    let told = run(["verify", &file, &out]).clean();
    assert!(told.contains("% of what is sold is paid to nobody"), "{told}");
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
        (&|document| document["prices"][2]["sold"] = json!(7), "it says that 7 of plums is sold, and 40 is"),
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

/// Whoever leaves out what the prices would fill must have a reason that the file gives.
#[test]
fn an_outcome_that_leaves_the_market_unfilled_does_not_pass() {
    let scratch = Scratch::new();
    let file = scratch.file("ring.csv", RING).display().to_string();
    let mut empty = held(&file);
    for (asset, price) in [(0, 100), (1, 200), (2, 80)] {
        empty["prices"][asset]["price"] = json!(price);
        empty["prices"][asset]["sold"] = json!(0);
        empty["prices"][asset]["remainder"] = json!(0);
    }
    let none = json!({"offers": 0, "volume": 0.0});
    // By value 30 * 100 + 10 * 200 + 40 * 80, in units of apples.
    let all = json!({"offers": 3, "volume": 82.0});
    empty["fills"] = json!([]);
    empty["summary"] = json!({
        "offers": 3, "assets": 3, "whole": 0, "in_part": 0, "unfilled": 3, "volume": 0.0, "tolerance": 0.0,
        "at_limit": none, "beaten": all, "left_out": none,
    });
    let verified = |file: &str, document: &Value| {
        let path = scratch.file("empty.json", document.to_string());
        run(["verify", file, &path.display().to_string()])
    };
    let told = verified(&file, &empty).refused(1);
    assert!(
        told.contains(
            "beat the limits of 3 offers that are not filled, by more than rounding explains: 100% of what"
        ),
        "{told}"
    );
    // Offers that have no minimum cannot be left out for it, and those that sell something are not.
    let whole = held(&file);
    let told = "offer 1 is said to be left out for its minimum, but has none, or is filled";
    for of in [&empty, &whole] {
        let mut document = of.clone();
        document["left_out"] = json!([1]);
        let found = verified(&file, &document).refused(1);
        assert!(found.contains(told), "{found}");
    }
    let minimums =
        RING.replace("at_least", "at_least,minimum").replace("\ny", ",5\ny").replace("\nz", ",5\nz");
    let minimums = minimums.trim_end().to_owned() + ",5\n";
    let file = scratch.file("minimums.csv", minimums).display().to_string();
    let mut document = held(&file);
    document["left_out"] = json!([1]);
    let found = verified(&file, &document).refused(1);
    assert!(found.contains(told), "{found}");
    // Left out with a reason, all of it is told.
    empty["left_out"] = json!([1, 2, 3]);
    empty["summary"]["beaten"] = empty["summary"]["at_limit"].clone();
    empty["summary"]["left_out"] = json!({"offers": 3, "volume": 82.0});
    let told = verified(&file, &empty).clean();
    assert!(
        told.contains(
            "3 offers left out for a minimum; prices beat the limits of 3 of them: 100% of what they would fill"
        ),
        "{told}"
    );
}

#[test]
fn a_huge_ask_and_a_number_in_json_cost_nobody_digits() {
    let scratch = Scratch::new();
    let alone = held(&scratch.file("ring.csv", RING).display().to_string());
    let with = format!("{RING}dear,apples,pears,1,99999999999999999999999\n");
    let file = scratch.file("dear.csv", with).display().to_string();
    assert_eq!(held(&file)["fills"], alone["fills"]);
    let told = run(["auction", &file]);
    assert!(
        told.err.contains(
            "they ask for more than all that is offered could ever pay: 1, the first is offer 4 (dear)"
        ),
        "{}",
        told.err
    );
    let share = told.out.lines().find(|line| line.starts_with("At limit")).expect("it is told");
    assert!(share.ends_with("% of what they would fill"), "{share}");
}

/// Files of each form, changed at random, are refused at a place, or read as offers that the solver takes; the fuzz target `auction` does so for longer.
#[test]
fn changed_files_are_refused_or_are_offers() {
    let gnosis = r#"{"tokens": ["x", "y"], "accounts": {"a": {"x": "75"}}, "metadata": {"min_tradable_amount": 10}, "orders": [
        {"accountID": "a", "sellToken": "x", "buyToken": "y", "sellAmount": "60", "buyAmount": "30"},
        {"accountID": "b", "sellToken": "y", "buyToken": "x", "sellAmount": "7.5", "buyAmount": "3e1"}]}"#;
    let cow = r#"{"tokens": {"x": {"decimals": 18, "alias": "X"}}, "orders": {"1": {"sell_token": "x", "buy_token": "y", "sell_amount": "10",
        "buy_amount": 5, "allow_partial_fill": true, "is_sell_order": true}}}"#;
    let lines = "{\"sells\":\"a\",\"buys\":\"b\",\"amount\":1.5,\"at_least\":1e20,\"minimum\":\"1\"}\n{\"sells\":\"b\",\"buys\":\"a\",\"amount\":7,\"at_least\":\"2\"}\n";
    let files = [RING, gnosis, cow, lines];
    live("AUCTION", 20_000, |seed| {
        let mut dice = Dice::new(seed);
        let mut bytes = dice.pick(&files).as_bytes().to_vec();
        change(&mut bytes, &mut dice);
        match read::read(&bytes) {
            Ok(reading) => {
                assert_eq!(reading.rows.len(), reading.offers.len());
                hold(&reading);
            }
            Err(error) => {
                assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty(), "{error}");
            }
        }
    });
}

/// The volume and the prices are within a ten thousandth of what the convex program of such markets finds: in markets of hundreds of offers for few assets these
/// all but fix the prices.
#[test]
fn small_markets_are_held_as_a_convex_program_holds_them() {
    let judges = "PyPI's `cvxpy` and `clarabel`";
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let scratch = Scratch::new();
    for (seed, assets) in [(1, "3"), (2, "4"), (3, "5"), (4, "6"), (5, "8")] {
        let seed = seed.to_string();
        let made =
            run(["generate", "offers", "--assets", assets, "--offers", "300", "--seed", &seed]).clean();
        let file = scratch.file("market.csv", made);
        let out = scratch.at("out.json");
        run(["auction".as_ref(), file.as_os_str(), "--output".as_ref(), out.as_os_str(), "--quiet".as_ref()])
            .clean();
        let said = Process::new(&python)
            .arg(workspace().join("tests/auction/convex.py"))
            .args([&file, &out])
            .output();
        let Ok(said) = said else { return not_judged("Python", judges) };
        if said.status.code() == Some(77) {
            return not_judged("cvxpy or clarabel", judges);
        }
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let text = String::from_utf8(said.stdout).expect("it is text");
        let told: Value = text.lines().last().expect("it says something").parse().expect("it is JSON");
        let found = |what: &str| told[what].as_f64().expect("it is a number");
        assert_eq!(told["status"], "optimal", "seed {seed}: {told}");
        assert!(found("volume").abs() < 1e-4 && found("prices").abs() < 1e-4, "seed {seed}: {told}");
    }
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
