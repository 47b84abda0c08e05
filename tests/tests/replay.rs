//! `bartizan replay` from outside: excerpts of real order flow, broken files, and, where they are at hand, whole real files
//! against what their venues published. Where one is absent, the test says so and passes.

use std::path::Path;

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::{flow_file, real_flow};
use serde_json::Value;

/// What `replay --json` says about `file` with `options`.
fn replayed(file: &Path, options: &[&Path]) -> Value {
    let arguments = ["replay", "--json"].map(Path::new);
    let said = run(arguments.into_iter().chain([file]).chain(options.iter().copied())).clean();
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(&said).expect("it is JSON")
}

fn count(json: &Value, name: &str) -> u64 {
    json[name].as_u64().unwrap_or_else(|| panic!("{name} is a count in {json}"))
}

#[test]
fn a_lobster_excerpt_is_replayed() {
    let file = flow_file("lobster-excerpt.csv");
    let said = replayed(&file, &[]);
    assert_eq!((said["kind"].as_str(), count(&said, "messages")), (Some("lobster"), 40));
    assert!(said["ns_per_message"].as_f64().expect("it is a number") > 0.0);
    // The book after three orders to buy at 585.33, 585.32 and 585.31, and one to sell at 585.91.
    let early = replayed(&file, &["--at", "09:30:00.0256"].map(Path::new));
    assert_eq!((early["best_bid"].as_f64(), early["best_ask"].as_f64()), (Some(585.33), Some(585.91)));
    assert_eq!(early["bids"].to_string(), "[[585.33,18,1],[585.32,18,1],[585.31,18,1]]");
    let text = run(["replay".as_ref(), file.as_os_str()]).clean();
    assert!(text.contains("LOBSTER message file") && text.contains("40 read"), "{text}");
}

#[test]
fn a_lobster_excerpt_has_the_best_prices_that_the_venue_published() {
    let book = flow_file("lobster-1000-book.csv");
    let said = replayed(&flow_file("lobster-1000.csv"), &[Path::new("--book"), &book]);
    assert_eq!((count(&said, "messages"), count(&said, "trades")), (1_000, 110));
    assert_eq!((count(&said, "rows_compared"), count(&said, "rows_matched")), (350, 350));
    // The other way round: the venue knows orders from before the file.
    let theirs = ["venue_rows", "venue_rows_matched", "venue_rows_outside"].map(|name| count(&said, name));
    assert_eq!(theirs, [350, 350, 11]);
}

#[test]
fn a_bitstamp_excerpt_trades_as_the_venue_says() {
    let trades = flow_file("bitstamp-trades-excerpt.csv");
    let said = replayed(&flow_file("bitstamp-excerpt.csv"), &[Path::new("--book"), &trades]);
    assert_eq!((count(&said, "messages"), count(&said, "rows_compared")), (10, 4));
    assert_eq!(count(&said, "rows_matched"), 3);
    assert_eq!(said["unmatched"][0]["why"].as_str(), Some("its two orders did not meet here"));
}

#[test]
fn an_itch_excerpt_is_read() {
    let said = replayed(&flow_file("itch50-excerpt.itch"), &[]);
    assert_eq!((said["kind"].as_str(), count(&said, "messages")), (Some("itch50"), 24));
}

#[test]
fn changes_chart_and_itch_are_written_and_our_itch_is_read_back() {
    let scratch = Scratch::new();
    let file = flow_file("lobster-excerpt.csv");
    let [rows, chart, itch] = ["rows.csv", "chart.svg", "own.itch"].map(|name| scratch.at(name));
    let options = [Path::new("--output"), &rows, Path::new("--chart"), &chart, Path::new("--itch"), &itch];
    let said = replayed(&file, &options);
    let text = std::fs::read_to_string(&rows).expect("the rows were written");
    assert!(text.starts_with("time,event,side,price,size,bid_1,bid_size_1,ask_1,ask_size_1\n"), "{text}");
    let svg = std::fs::read_to_string(&chart).expect("the chart was drawn");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    let again = replayed(&itch, &[]);
    for name in ["best_bid", "best_ask", "bids", "asks", "orders", "trades", "volume", "average_price"] {
        assert_eq!(again[name], said[name], "{name}");
    }
    assert_eq!(scratch.names(), ["chart.svg", "own.itch", "rows.csv"]);
}

#[test]
fn what_is_wrong_is_told_by_its_place() {
    let scratch = Scratch::new();
    let good = std::fs::read(flow_file("lobster-excerpt.csv")).expect("the excerpt is there");
    let broken = scratch.file("broken.csv", [&good[..], b"34300.1,1,7\n"].concat());
    let foreign = scratch.file("foreign.txt", "not order flow\n");
    let itch = std::fs::read(flow_file("itch50-excerpt.itch")).expect("the excerpt is there");
    let cut = scratch.file("cut.itch", &itch[..itch.len() - 5]);
    let dbn = scratch.file("cut.dbn", b"DBN\x01\xff\x00\x00\x00");
    for (file, told) in [
        (&broken, "line 41, column 12: expected a size"),
        (&foreign, "byte 0: expected one of: "),
        (&cut, ": expected a message of 39 bytes, and the file ends at byte "),
        (&dbn, "expected DBN: "),
    ] {
        let said = run(["replay".as_ref(), file.as_os_str()]).refused(1);
        assert!(said.contains(told), "{said}");
    }
    let said =
        run(["replay".as_ref(), foreign.as_os_str(), "--kind".as_ref(), "bitstamp".as_ref()]).refused(1);
    assert!(said.contains("line 1, column 1: expected the header"), "{said}");
    let over = [Path::new("replay"), &broken, Path::new("--chart"), &broken];
    assert!(run(over).refused(2).contains("--chart would write over a file that is read"));
}

/// Messages that leave little to draw.
const BARE: [(&str, &str); 6] = [
    ("none.csv", ""),
    ("one.csv", "34200.1,1,5,18,5853300,1\n"),
    ("one-price.csv", "34200.1,1,5,18,5853300,1\n34200.1,4,5,18,5853300,1\n"),
    ("no-trade.csv", "34200.1,1,5,18,5853300,1\n34201.1,1,6,18,5853400,-1\n"),
    ("one-sided.csv", "34200.1,1,5,18,5853300,1\n34201.1,1,6,18,5853400,1\n34202.1,3,6,18,5853400,1\n"),
    ("crossed.csv", "34200.1,1,5,18,5853300,1\n34201.1,1,6,18,5853200,-1\n"),
];

#[test]
fn a_file_with_little_in_it_has_a_chart_that_says_so() {
    let scratch = Scratch::new();
    let chart = scratch.at("chart.svg");
    for (name, text) in BARE {
        let file = scratch.file(name, text);
        let lobster = [Path::new("--kind"), Path::new("lobster"), Path::new("--chart"), &chart];
        let said = replayed(&file, &lobster);
        assert_eq!(count(&said, "messages"), text.lines().count() as u64, "{name}");
        let svg = std::fs::read_to_string(&chart).expect("the chart was drawn");
        assert!(svg.ends_with("</svg>\n") && !svg.contains("NaN") && !svg.contains("inf"), "{name}: {svg}");
        assert_eq!(svg.contains("no price to show"), name == "none.csv", "{name}");
        assert_eq!(svg.contains("while they are crossed"), name == "crossed.csv", "{name}");
        assert_eq!(svg.contains("nothing traded</text>"), name != "one-price.csv", "{name}");
        assert_eq!(
            svg.contains("no order was shown"),
            ["none.csv", "one-price.csv"].contains(&name),
            "{name}"
        );
        let text = run([Path::new("replay"), &file, Path::new("--kind"), Path::new("lobster")]).clean();
        assert_eq!(text.contains("book         without messages: 0 orders"), name == "none.csv", "{text}");
    }
}

#[test]
fn any_time_before_or_after_the_messages_shows_the_book_as_it_was_then() {
    let scratch = Scratch::new();
    let chart = scratch.at("chart.svg");
    let real = ["lobster-excerpt.csv", "bitstamp-excerpt.csv", "itch50-excerpt.itch"].map(flow_file);
    let empty = scratch.file("empty.csv", "id,timestamp,exchange_timestamp,price,volume,action,direction\n");
    for file in real.iter().chain([&empty]) {
        let whole = replayed(file, &[]);
        let at = |time: &str| {
            replayed(file, &["--at", time, "--chart", chart.to_str().expect("it is UTF-8")].map(Path::new))
        };
        let before = at("0");
        assert_eq!((count(&before, "messages"), count(&before, "orders")), (0, 0));
        assert!(before["first_time"].is_null() && before["best_bid"].is_null(), "{before}");
        for late in ["23:59:59.999999999", "9000000000"] {
            let after = at(late);
            for name in ["messages", "orders", "bids", "asks", "last_time"] {
                assert_eq!(after[name], whole[name], "{name} at {late}");
            }
        }
        for nonsense in ["", "x", "25:60", "-1", "nan", "9:5:5:5", "2023-02-30T09:30", "99999999999999999999"]
        {
            let option = format!("--at={nonsense}");
            let said = run(["replay".as_ref(), file.as_os_str(), option.as_ref()]).refused(2);
            let told = format!("found {nonsense:?}");
            assert!(said.starts_with("bartizan: --at: expected ") && said.contains(&told), "{said}");
        }
    }
    for depth in ["0", "1001", "99999999999999999999", "-1", "x"] {
        let option = format!("--depth={depth}");
        let said = run(["replay".as_ref(), real[0].as_os_str(), option.as_ref()]).refused(2);
        assert!(said.contains("invalid value"), "{said}");
    }
    assert_eq!(
        replayed(&real[0], &["--depth", "1000"].map(Path::new))["bids"].as_array().map(Vec::len),
        Some(14)
    );
}

#[test]
fn what_the_venue_has_and_we_have_not_is_due_to_orders_by_name() {
    let scratch = Scratch::new();
    // The venue also has 7 to buy at 585.32 (order 90), and lets order 8 go without a word.
    let file = scratch.file(
        "flow.csv",
        "34200.1,1,1,10,5853000,1\n34200.2,1,2,10,5854000,-1\n34200.3,1,3,20,5853100,1\n34200.4,4,90,7,5853200,1\n\
         34200.5,1,8,5,5853900,-1\n34200.6,1,4,30,5853100,1\n34200.7,3,3,20,5853100,1\n",
    );
    let book = scratch.file(
        "book.csv",
        "5854000,10,5853200,7\n5854000,10,5853100,20\n5854000,10,5853100,50\n5854000,10,5853100,30\n",
    );
    let said = replayed(&file, &[Path::new("--book"), &book]);
    let counts = ["rows_compared", "rows_matched", "rows_explained"].map(|name| count(&said, name));
    assert_eq!(counts, [5, 1, 4], "{said}");
    let due_to: Vec<_> = said["unmatched"]
        .as_array()
        .expect("it is a list")
        .iter()
        .map(|one| one["orders"].to_string())
        .collect();
    assert_eq!(due_to, ["[90]", "[8]", "[8]", "[8]"]);
    let orders = &said["unmatched_orders"];
    assert_eq!(
        (orders[0]["order"].as_u64(), orders[0]["cause"].as_str(), orders[0]["size"].as_u64()),
        (Some(90), Some("never entered"), Some(7)),
        "{orders}"
    );
    assert_eq!(
        (orders[1]["order"].as_u64(), orders[1]["cause"].as_str()),
        (Some(8), Some("never ended")),
        "{orders}"
    );
    let listed = [Path::new("replay"), &file, Path::new("--book"), &book, Path::new("--unmatched")];
    let text = run(listed).clean();
    assert!(text.contains("order 90, buy 7 at 585.32: never entered in this file"), "{text}");
    assert!(text.contains("order 8, sell 5 at 585.39: never ended in this file"), "{text}");
    // Another book explains nothing.
    let other = scratch.file("other.csv", "1,1,1,1\n");
    let told = run([Path::new("replay"), Path::new("--json"), &file, Path::new("--book"), &other]);
    assert_eq!(told.status, Some(1));
    assert!(told.err.contains("other.csv: nothing in it agrees with the replay"), "{}", told.err);
    let said: Value = serde_json::from_str(&told.out).expect("it is JSON");
    assert_eq!((count(&said, "rows_matched"), count(&said, "rows_explained")), (0, 0));
    assert_eq!((count(&said, "venue_rows"), count(&said, "venue_rows_outside")), (0, 1));
    assert_eq!(said["unmatched"].as_array().map(Vec::len), Some(5));
    assert_eq!(said["unmatched_orders"].to_string(), "[]");
}

#[test]
fn an_opening_book_may_have_finer_prices_than_the_file() {
    let scratch = Scratch::new();
    let file = scratch.file("flow.csv", "34200.1,1,1,10,5853000,1\n34200.2,1,2,10,5854000,-1\n");
    let opening = scratch.file("opening.csv", "34199,1,9,7,5853350,1\n");
    let said = replayed(&file, &[Path::new("--opening"), &opening]);
    assert_eq!(said["bids"].to_string(), "[[585.335,7,1],[585.3,10,1]]");
}

#[test]
fn our_itch_is_compared_with_a_published_book_as_well() {
    let scratch = Scratch::new();
    let (itch, book) = (scratch.at("own.itch"), flow_file("lobster-1000-book.csv"));
    let ours = replayed(&flow_file("lobster-1000.csv"), &[Path::new("--itch"), &itch]);
    let said = replayed(&itch, &[Path::new("--book"), &book]);
    assert_eq!((count(&said, "rows_compared"), count(&said, "rows_matched")), (350, 350));
    // Hidden executions are trades in it as well.
    assert_eq!((count(&said, "trades"), &said["volume"]), (110, &ours["volume"]));
    assert_eq!(said["message_mix"]["Trade"].as_u64(), ours["message_mix"]["hidden execution"].as_u64());
}

#[test]
fn a_real_lobster_hour_agrees_with_the_venues_best_prices() {
    let file = real_flow("lobster_AAPL_2012-06-21_0930-1030_message_50.csv");
    let book = real_flow("lobster_AAPL_2012-06-21_orderbook_1.csv");
    let (Some(file), Some(book)) = (file, book) else { return };
    let said = replayed(&file, &[Path::new("--book"), &book]);
    assert_eq!(count(&said, "messages"), 91_997);
    let counts = ["rows_compared", "rows_matched", "rows_explained"].map(|name| count(&said, name));
    assert_eq!(counts, [23_456, 23_361, 95]);
    let theirs = ["venue_rows", "venue_rows_matched", "venue_rows_outside"].map(|name| count(&said, name));
    assert_eq!(theirs, [23_439, 23_361, 83_726]);
    let orders = said["unmatched_orders"].as_array().expect("they are a list");
    let named: Vec<_> =
        orders.iter().map(|one| (count(one, "order"), one["cause"].as_str(), count(one, "rows"))).collect();
    let entered = Some("never entered");
    let expected = [
        (12_614_747, entered, 4),
        (11_438_128, entered, 22),
        (15_456_143, entered, 2),
        (15_531_151, entered, 6),
        (3_884_006, entered, 1),
        (14_944_431, entered, 43),
        (45_367_855, Some("never ended"), 17),
    ];
    assert_eq!(named, expected);
}

#[test]
fn a_real_half_hour_at_bitstamp_finds_the_published_trades() {
    let file = real_flow("bitstamp_btcusd_2026-05-02_L3_orders.csv.gz");
    let trades = real_flow("bitstamp_btcusd_2026-05-02_trades.csv");
    let (Some(file), Some(trades)) = (file, trades) else { return };
    let said = replayed(&file, &[Path::new("--book"), &trades]);
    assert_eq!((count(&said, "messages"), count(&said, "rows_compared")), (314_057, 284));
    assert_eq!((count(&said, "rows_matched"), count(&said, "our_trades")), (282, 282));
    for (missed, (buyer, seller)) in said["unmatched"].as_array().expect("they are a list").iter().zip([
        (2_002_351_232_385_027u64, 2_002_338_576_269_316u64),
        (2_002_354_918_830_080, 2_002_354_796_011_524),
    ]) {
        let why = format!(
            "its buyer, order {buyer}, enters the file without a size; its seller, order {seller}, has nobody left to trade with"
        );
        assert_eq!(missed["why"].as_str(), Some(&*why));
    }
}

#[test]
fn a_real_day_of_dbn_is_replayed() {
    let Some(file) = real_flow("databento_ESH4_20231225.mbo.dbn.zst") else { return };
    let said = replayed(&file, &[]);
    assert_eq!((count(&said, "messages"), said["symbol"].as_str()), (68_792, Some("ESH4")));
    let executions = &said["executions"];
    let counts =
        ["executions", "first_in_queue", "behind_another", "not_the_best", "more_than_shown", "other_price"];
    assert_eq!(counts.map(|name| count(executions, name)), [6_264, 6_202, 0, 0, 27, 0]);
    // Of the opening call, and of orders from before it.
    assert_eq!((count(executions, "crossed"), count(executions, "unknown")), (28, 7));
}
