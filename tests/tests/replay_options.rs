//! `bartizan replay` as a new user meets it: options that do not fit each other or the file are told at once, and what a
//! report leaves out it says.

use std::fmt::Write as _;
use std::path::Path;

use bartizan_tests::flow_file;
use bartizan_tests::program::{Said, Scratch, run, run_with_input};
use serde_json::Value;

/// What `replay` says of a file, with these options.
fn replay(file: &Path, options: &[&str]) -> Said {
    run([Path::new("replay"), file].into_iter().chain(options.iter().map(Path::new)))
}

fn json(file: &Path, options: &[&str]) -> Value {
    let options: Vec<&str> = options.iter().copied().chain(["--json"]).collect();
    serde_json::from_str(&replay(file, &options).clean()).expect("it is JSON")
}

fn name(path: &Path) -> &str {
    path.to_str().expect("it is UTF-8")
}

#[test]
fn trades_after_the_time_asked_for_are_no_failures() {
    let file = flow_file("bitstamp-excerpt.csv");
    let trades = flow_file("bitstamp-trades-excerpt.csv");
    let counts = |at: &str| {
        let said = json(&file, &["--book", name(&trades), "--at", at]);
        ["rows_compared", "rows_matched", "venue_rows_outside"].map(|name| said[name].as_u64())
    };
    // The trades are of 02:36:23.817.
    assert_eq!(counts("02:36:23.816"), [Some(0), Some(0), Some(4)]);
    assert_eq!(counts("02:36:23.817"), [Some(4), Some(3), Some(0)]);
    let text = replay(&file, &["--trades", name(&trades), "--at", "02:36:23.816"]).clean();
    assert!(text.contains("venue's list no trade in this time"), "{text}");
    assert!(text.contains("4 trades of another time are left out"), "{text}");
    let text = replay(&file, &["--trades", name(&trades)]).clean();
    assert!(text.contains("read ahead in the order file"), "{text}");
}

#[test]
fn times_that_step_back_are_told_of() {
    let scratch = Scratch::new();
    let rows = "34200.5,1,1,10,5853000,1\n34200.2,1,2,10,5854000,-1\n34200.9,3,1,10,5853000,1\n";
    let file = scratch.file("flow.csv", rows);
    let said = json(&file, &[]);
    assert_eq!(said["messages_back_in_time"].as_u64(), Some(1));
    assert_eq!(said["first_time"].as_str(), Some("09:30:00.500000"));
    let chart = scratch.at("chart.svg");
    let text = replay(&file, &["--chart", name(&chart)]).clean();
    assert!(text.contains("1 of the file's messages are earlier than one before them"), "{text}");
    let svg = std::fs::read_to_string(&chart).expect("it was drawn");
    assert!(svg.contains(">09:30:00 to 09:30:00: 3 messages, 0 trades, volume 0<"), "{svg}");
}

#[test]
fn a_book_that_is_none_or_of_another_day_is_told_of() {
    let scratch = Scratch::new();
    let file = flow_file("lobster-1000.csv");
    let other = scratch.file("other.csv", "100,1,99,1\n100,2,99,1\n");
    let said = replay(&file, &["--book", name(&other)]);
    assert_eq!(said.status, Some(1));
    assert!(said.out.contains("venue's book 0 of our 350 changes (0.00 %) are in it"), "{}", said.out);
    assert!(said.err.contains("nothing in it agrees with the replay"), "{}", said.err);
    let empty = scratch.file("empty.csv", "");
    let told = replay(&file, &["--book", name(&empty)]).refused(1);
    assert!(
        told.contains("line 1: expected best prices or a list of trades, and there is nothing"),
        "{told}"
    );
    // With no change of ours there is nothing to compare, and no share of nothing.
    let book = flow_file("lobster-1000-book.csv");
    let text = replay(&file, &["--book", name(&book), "--at", "09:00"]).clean();
    assert!(text.contains("venue's book not compared") && !text.contains("0 of our 0"), "{text}");
    for option in ["--book", "--opening"] {
        let said = run_with_input(&["replay", "-", option, "-"], b"34200.1,1,5,18,5853300,1\n");
        let told = format!("FILE and {option} both name standard input");
        assert!(said.refused(2).contains(&told));
    }
}

#[test]
fn an_opening_book_that_is_crossed_is_told_of() {
    let scratch = Scratch::new();
    let file = scratch.file("flow.csv", "34200.1,1,1,10,5853000,1\n34200.2,4,1,10,5853000,1\n");
    let crossed = scratch.file("crossed.csv", "34199,1,8,7,5855000,1\n34199,1,9,7,5852000,-1\n");
    let said = replay(&file, &["--opening", name(&crossed)]);
    assert_eq!(said.status, Some(1));
    assert!(said.err.contains("crossed.csv: its orders are crossed"), "{}", said.err);
    let told = "2 orders; they are no book to trade in: the best bid 585.5 is not below the best ask 585.2";
    assert!(
        said.out.contains(told) && said.out.contains("crossed      after 2 of 2 messages"),
        "{}",
        said.out
    );
    let fair = scratch.file("fair.csv", "34199,1,8,7,5852000,1\n34199,1,9,7,5855000,-1\n");
    let said = json(&file, &["--opening", name(&fair)]);
    let counts = ["opening_orders", "messages_while_crossed", "opening_passed_over"];
    let counts = counts.map(|name| said[name].as_u64());
    assert_eq!((counts, said["opening_is_crossed"].as_bool()), ([Some(2), Some(0), Some(0)], Some(false)));
}

#[test]
fn an_opening_book_without_an_order_is_refused_and_what_is_no_order_in_it_is_counted() {
    let scratch = Scratch::new();
    let file = flow_file("lobster-1000.csv");
    for content in ["", "34199,3,8,7,5852000,1\n"] {
        let told = replay(&file, &["--opening", name(&scratch.file("none.csv", content))]).refused(1);
        assert!(told.contains("none.csv: no order in it"), "{told}");
    }
    let more = scratch.file("more.csv", "34199,1,8,7,5852000,1\n34199,3,70,7,5852000,1\n");
    let said = replay(&file, &["--opening", name(&more)]).clean();
    assert!(
        said.contains("1 orders; messages of its file that are no new orders, passed over: 1\n"),
        "{said}"
    );
    assert_eq!(json(&file, &["--opening", name(&more)])["opening_passed_over"], 1);
}

#[test]
fn a_time_as_it_is_printed_is_taken_back() {
    let file = flow_file("lobster-excerpt.csv");
    let last = json(&file, &[])["last_time"].as_str().expect("it has messages").to_owned();
    let (whole, until) = (json(&file, &[]), json(&file, &["--at", &last]));
    assert_eq!(until["last_time"], whole["last_time"]);
    assert_eq!(until["messages"], whole["messages"], "messages at {last} are left out");
}

#[test]
fn a_list_of_trades_with_parts_beside_whole_sizes_is_perhaps_another_venues() {
    let trades = flow_file("bitstamp-trades-excerpt.csv");
    let told = replay(&flow_file("lobster-1000.csv"), &["--book", name(&trades)]).refused(1);
    assert!(told.contains("a list of trades of another venue?"), "{told}");
}

#[test]
fn a_time_with_a_date_is_refused_where_times_have_none_and_one_outside_the_file_is_hinted_at() {
    for file in ["lobster-excerpt.csv", "itch50-excerpt.itch"].map(flow_file) {
        let told = replay(&file, &["--at", "2012-06-21T10:00"]).refused(2);
        assert!(told.contains("--at: expected a time of day") && told.contains("have no date"), "{told}");
    }
    let file = flow_file("lobster-excerpt.csv");
    let early = replay(&file, &["--at", "08:00"]).clean();
    assert!(
        early.contains("at 08:00:00.000000, before the first message at 09:30:00.004241176: 0 orders"),
        "{early}"
    );
    let late = replay(&file, &["--at", "16:00"]).clean();
    assert!(late.contains("at 16:00:00.000000, after the last message at 09:30:0"), "{late}");
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let scratch = Scratch::new();
    let file = flow_file("lobster-excerpt.csv");
    let told = replay(&file, &["--format", "jsonl"]).refused(2);
    assert!(told.starts_with("bartizan: ") && told.contains("--output"), "{told}");
    for target in ["-", "/dev/stdout", "/dev/fd/1"] {
        let told = replay(&file, &["--json", "--output", target]).refused(2);
        assert!(told.contains("--output and --json would both write to standard output"), "{told}");
    }
    let rows = scratch.at("rows.jsonl");
    replay(&file, &["--output", name(&rows)]).clean();
    let text = std::fs::read_to_string(&rows).expect("they were written");
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{text}");
    replay(&file, &["--output", name(&rows), "--format", "csv"]).clean();
    assert!(std::fs::read_to_string(&rows).expect("they were written").starts_with("time,event,"));
}

#[test]
fn a_symbol_that_is_not_there_is_answered_with_those_that_are() {
    let told = replay(&flow_file("lobster-excerpt.csv"), &["--symbol", "AAPL"]).refused(2);
    assert!(told.contains("this file is of one instrument and does not name it"), "{told}");
    let told = replay(&flow_file("itch50-excerpt.itch"), &["--symbol", "NONE"]).refused(2);
    assert!(told.contains("--symbol: expected one of the ") && told.contains("found \"NONE\""), "{told}");
}

#[test]
fn what_does_not_fit_itch_is_refused_before_anything_is_replayed() {
    let scratch = Scratch::new();
    let itch = scratch.at("own.itch");
    let told = replay(&flow_file("bitstamp-excerpt.csv"), &["--itch", name(&itch)]).refused(2);
    assert!(
        told.contains("--itch: its sizes are in steps of 0.00000002, and ITCH 5.0 has whole shares"),
        "{told}"
    );
    assert!(scratch.names().is_empty());
}

#[cfg(unix)]
#[test]
fn an_output_that_cannot_be_written_takes_nothing_from_the_report() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: there is no {}", full.display());
        return;
    }
    let file = flow_file("lobster-1000.csv");
    for option in ["--output", "--chart", "--itch"] {
        let said = replay(&file, &[option, name(full)]);
        assert_eq!(said.status, Some(1), "{option}");
        assert!(said.err.starts_with("bartizan: /dev/full: cannot write: "), "{}", said.err);
        assert!(said.out.contains("1,000 read"), "{}", said.out);
    }
}

#[test]
fn a_price_below_zero_is_refused_and_a_size_of_zero_counted() {
    let scratch = Scratch::new();
    let below = scratch.file("below.csv", "34200.1,1,5,18,5853300,1\n34200.2,1,6,18,-5853300,1\n");
    let told = replay(&below, &[]).refused(1);
    assert!(told.contains("line 2, column 16: expected a price times 10000, above 0"), "{told}");
    let zero = scratch
        .file("zero.csv", "34200.1,1,5,18,5853300,1\n34200.2,4,5,0,5853300,1\n34200.3,5,0,0,5853300,1\n");
    let rows = scratch.at("rows.csv");
    let said = json(&zero, &["--output", name(&rows)]);
    let counts = [&said["trades"], &said["executions"]["executions"], &said["misfits"]["empty"]];
    assert_eq!(counts.map(Value::as_u64), [Some(0), Some(0), Some(2)]);
    assert!(!std::fs::read_to_string(&rows).expect("they were written").contains(",trade,"));
}

#[test]
fn sizes_are_counted_in_the_files_own_lots() {
    let scratch = Scratch::new();
    let header = "id,timestamp,exchange_timestamp,price,volume,action,direction";
    // More than 2^40 units of eight decimals, but few lots of a half.
    let rows = format!("{header}\n1,5,5,0.5,138800.0,created,bid\n2,6,6,1.0,0.5,created,ask\n");
    let said = json(&scratch.file("halves.csv", &rows), &[]);
    assert_eq!((said["lot"].as_f64(), said["tick"].as_f64()), (Some(0.5), Some(0.5)));
    assert_eq!(
        (said["bids"].to_string(), said["misfits"]["refused"].as_u64()),
        ("[[0.5,138800,1]]".into(), Some(0))
    );
    // In lots of a hundred-millionth it does not fit, and that is said.
    let fine = scratch.file("fine.csv", format!("{rows}3,7,7,1.0,0.00000001,created,ask\n"));
    let text = replay(&fine, &[]).clean();
    let told =
        "1  orders left out: of more than our book holds, or at a price beyond it (at most 10995.11627775)";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_chart_says_what_it_does_not_show() {
    let scratch = Scratch::new();
    let mut rows = String::from("34200,1,1,10,5853000,1\n34200,1,2,10,5853200,-1\n");
    for second in 1..200 {
        let price = 5_853_000 + second % 3 * 100;
        writeln!(rows, "{},5,0,7,{price},1", 34_200 + second).expect("a string takes all");
    }
    rows += "34400,5,0,7,9990000,1\n";
    let (file, chart) = (scratch.file("flow.csv", rows), scratch.at("chart.svg"));
    replay(&file, &["--chart", name(&chart)]).clean();
    let svg = std::fs::read_to_string(&chart).expect("it was drawn");
    assert!(svg.contains("beyond it 1 of 1640 prices, 585.3 to 999"), "{svg}");
    // A day of silence comes before its time, and it says so.
    let silent =
        scratch.file("silent.csv", "100,1,1,10,5853000,1\n80000,1,2,10,5853200,-1\n80001,3,1,10,5853000,1\n");
    let text = replay(&silent, &["--chart", name(&chart)]).clean();
    assert!(text.contains("messages a second since 22:13:20.000000, after a long silence"), "{text}");
    let svg = std::fs::read_to_string(&chart).expect("it was drawn");
    assert!(svg.contains("22:13:20 to 22:13:21 (before it, silence after 1 messages): 2 messages"), "{svg}");
}

#[test]
fn times_past_midnight_go_on_in_our_itch() {
    let scratch = Scratch::new();
    let file = scratch
        .file("late.csv", "86399,1,1,10,5853000,1\n86401.5,1,2,10,5853200,-1\n90000,5,0,7,5853100,1\n");
    let itch = scratch.at("own.itch");
    let ours = json(&file, &["--itch", name(&itch)]);
    let read = json(&itch, &[]);
    assert_eq!(read["last_time"].as_str(), Some("25:00:00.000000"));
    for name in ["first_time", "last_time", "bids", "asks", "trades", "volume"] {
        assert_eq!(read[name], ours[name], "{name}");
    }
    // So is a time of day that is asked for.
    assert_eq!(json(&itch, &["--at", "24:00:01.5"])["orders"].as_u64(), Some(2));
    assert_eq!(json(&itch, &["--at", "24:00:01"])["orders"].as_u64(), Some(1));
}

/// That `value` is as a part of the schema says: of its type, and an object with no field that is not described there.
fn described(value: &Value, by: &Value, root: &Value, at: &str) {
    let by = by["$ref"].as_str().map_or(by, |name| &root["$defs"][name.rsplit('/').next().expect("a name")]);
    assert!(by.is_object(), "{at} is not described");
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types: Vec<&str> = match &by["type"] {
        Value::String(one) => vec![one],
        several => several.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let fits = types.contains(&kind) || kind == "integer" && types.contains(&"number");
    assert!(fits, "{at} is {value}, and described as {types:?}");
    for (name, inner) in value.as_object().into_iter().flatten() {
        let described_by = by["properties"].get(name).unwrap_or(&by["additionalProperties"]);
        described(inner, described_by, root, &format!("{at}.{name}"));
    }
    for required in by["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(required).is_some(), "{at} has no {required}");
    }
    for inner in value.as_array().into_iter().flatten() {
        described(inner, &by["items"], root, &format!("{at}[]"));
    }
}

#[test]
fn the_schema_describes_every_field_of_the_json() {
    let path = bartizan_tests::workspace().join("io/src/replay/report.schema.json");
    let schema: Value =
        serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON");
    let scratch = Scratch::new();
    let flow = "34200.1,1,1,10,5853000,1\n34200.2,1,2,10,5854000,-1\n34200.4,4,90,7,5853200,1\n34200.5,3,1,10,5853000,1\n";
    let flow = scratch.file("flow.csv", flow);
    let book = scratch.file("book.csv", "5854000,10,5853200,7\n5854000,10,5853000,10\n");
    let [orders, trades, lobster, itch] =
        ["bitstamp-excerpt.csv", "bitstamp-trades-excerpt.csv", "lobster-1000.csv", "itch50-excerpt.itch"]
            .map(flow_file);
    for (file, options) in [
        (&flow, vec!["--book", name(&book)]),
        (&flow, vec!["--opening", name(&flow), "--at", "1"]),
        (&orders, vec!["--book", name(&trades)]),
        (&lobster, vec![]),
        (&itch, vec![]),
    ] {
        described(&json(file, &options), &schema, &schema, "the report");
    }
    // A percentile that few of those timed lie beyond is not told.
    let latency = &json(&lobster, &[])["latency_ns"];
    assert!(latency["p90"].is_u64() && latency["p99"].is_null() && latency["timed"] == 62, "{latency}");
}

#[test]
fn help_says_what_the_report_means() {
    let said = run(["replay", "--help"]).clean();
    for told in
        ["did not fit", "read ahead", "venue's book", "from 1 to 1000", "report.schema.json", "Exit status"]
    {
        assert!(said.contains(told), "{told}: {said}");
    }
}
