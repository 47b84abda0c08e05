//! `bartizan replay-log` from outside.

use bartizan_tests::program::{Scratch, run};
use serde_json::Value;

/// Cas bids 6, bob sells at 5, ann bids 10: see `by_hand`.
const LOG: &str = r#"{"id":1,"time":1,"command":{"RegisterAgent":{"name":"ann","roles":["trader"]}}}
{"id":2,"time":1,"command":{"RegisterAgent":{"name":"bob","roles":["trader"]}}}
{"id":3,"time":1,"command":{"RegisterAgent":{"name":"cas","roles":["trader"]}}}
{"id":4,"time":1,"command":{"DefineAsset":{"name":"grain","class":"Token","supply":"Open"}}}
{"id":5,"time":1,"command":{"DefineAsset":{"name":"coin","class":"Token","scale":2,"supply":"Open"}}}
{"id":6,"time":1,"command":{"DefineAsset":{"name":"hour","class":"SkillHours","supply":"Open"}}}
{"id":7,"time":1,"command":{"OpenAccount":{"owner":1,"asset":1}}}
{"id":8,"time":1,"command":{"OpenAccount":{"owner":1,"asset":2}}}
{"id":9,"time":1,"command":{"OpenAccount":{"owner":2,"asset":1}}}
{"id":10,"time":1,"command":{"OpenAccount":{"owner":2,"asset":2}}}
{"id":11,"time":1,"command":{"OpenAccount":{"owner":3,"asset":1}}}
{"id":12,"time":1,"command":{"OpenAccount":{"owner":3,"asset":2}}}
{"id":13,"time":1,"command":{"OpenAccount":{"owner":3,"asset":3}}}
{"id":14,"time":1,"command":{"IssueAsset":{"credit":5,"amount":100000}}}
{"id":15,"time":1,"command":{"IssueAsset":{"credit":6,"amount":10}}}
{"id":16,"time":1,"command":{"IssueAsset":{"credit":9,"amount":50000}}}
{"id":17,"time":1,"command":{"IssueAsset":{"credit":10,"amount":7}}}
{"id":18,"time":1,"command":{"CreateMarket":{"name":"square","base":1,"quote":2,"quote_per_tick":100,"fee_owner":2}}}
{"id":1,"actor":3,"time":100,"command":{"NewOrder":{"market":1,"order":{"ord_type":{"Limit":{"price":6}},"order_qty":1,"side":"Buy"}}}}
{"id":1,"actor":2,"time":200,"command":{"NewOrder":{"market":1,"order":{"ord_type":{"Limit":{"price":5}},"order_qty":1,"side":"Sell"}}}}
{"id":1,"actor":1,"time":300,"command":{"NewOrder":{"market":1,"order":{"ord_type":{"Limit":{"price":10}},"order_qty":1,"side":"Buy"}}}}
{"id":19,"time":2000000,"command":{"AdvanceClock":{}}}
"#;

const CALLS: &str = r#"{"markets": {"all": {"mechanism": {"FrequentCall": {"every": 1000000}}}}}"#;

struct Realm {
    scratch: Scratch,
    data: String,
}

impl Realm {
    fn new() -> Self {
        let scratch = Scratch::new();
        let file = scratch.file("log.jsonl", LOG);
        let data = scratch.at("data").display().to_string();
        let said = run(["run", file.to_str().expect("a plain path"), "--data", &data, "--json"]).clean();
        assert_eq!(serde_json::from_str::<Value>(&said).expect("JSON")["rejected"], 0, "{said}");
        Realm { scratch, data }
    }

    fn replay(&self, rules: &str, more: &[&str]) -> bartizan_tests::program::Said {
        let rules = self.scratch.file("rules.json", rules).display().to_string();
        run(["replay-log", &self.data, "--with", &rules].iter().chain(more))
    }
}

#[test]
fn what_would_have_been_is_told_as_a_table_and_as_an_object() {
    let realm = Realm::new();
    let told = realm.replay(CALLS, &[]).clean();
    for line in
        ["market 1 square: grain for coin", "Left out of wealth, since they have no price in it: 3 hour"]
    {
        assert!(told.lines().any(|found| found == line), "{told}");
    }
    let welfare: Vec<&str> =
        told.lines().find(|line| line.contains("  welfare")).unwrap().split_whitespace().collect();
    assert_eq!(welfare, ["welfare", "1.00", "5.00", "+4.00"], "{told}");
    assert!(told.ends_with("an order without one counts at its trade's price.\n"), "what welfare is: {told}");
    assert_eq!(told, realm.replay(CALLS, &[]).clean(), "the same each time");

    let object: Value =
        serde_json::from_str(&realm.replay(CALLS, &["--json", "--from", "19"]).clean()).unwrap();
    assert_eq!(object["markets"][0]["dealings"][0]["welfare"], "100");
    assert_eq!(object["markets"][0]["dealings"][1]["welfare"], "500");
    assert_eq!((&object["from"], &object["to"]), (&19.into(), &22.into()));
    assert_eq!(object["commands"]["applied"], serde_json::json!([4, 4]));
    assert_eq!(object["wealth"]["left_out"], serde_json::json!([3]));
}

#[test]
fn the_same_rules_show_nothing() {
    let realm = Realm::new();
    let object: Value = serde_json::from_str(&realm.replay("{}", &["--json"]).clean()).unwrap();
    for agent in object["agents"].as_array().unwrap() {
        assert_eq!(agent["gain"], "0");
    }
    assert_eq!((&object["wealth"]["gain"], &object["wealth"]["lose"]), (&0.into(), &0.into()));
}

#[test]
fn the_chart_is_drawn() {
    let realm = Realm::new();
    let chart = realm.scratch.at("chart.svg");
    realm.replay(CALLS, &["--chart", chart.to_str().unwrap()]).clean();
    let drawn = std::fs::read_to_string(&chart).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.trim_end().ends_with("</svg>"));
    for text in ["who gains and who loses most", "share of agents, the poorest first", "as it was: Gini"] {
        assert!(drawn.contains(text), "{text}");
    }
}

#[test]
fn wealth_is_told_in_the_asset_that_is_asked_for() {
    let realm = Realm::new();
    for named in ["1", "grain"] {
        let told = realm.replay(CALLS, &["--in", named]).clean();
        assert!(told.contains("wealth of 3 agents in grain, at the last prices of what happened"), "{told}");
    }
    let refused = realm.replay(CALLS, &["--in", "silver"]).refused(1);
    assert!(refused.contains("--in silver: none of the log's 3 assets"), "{refused}");
}

#[test]
fn bad_input_is_named() {
    let realm = Realm::new();
    for (rules, told) in [
        ("{", "rules.json: line 1, column 1: the text ends"),
        ("{\"markets\":\n{\"all\": {\"taxes\": 1}}}", "rules.json: line 2, column 16: unknown field `taxes`"),
        (r#"{"markets": {"1": {"fees": {"taker_ppm": 2000000}}}}"#, "fees out of range"),
        (r#"{"markets": {"2": {}}}"#, "rules.json: rules for market 2, but the log has 1 markets"),
    ] {
        let refused = realm.replay(rules, &[]).refused(1);
        assert!(refused.contains(told), "{rules}: {refused}");
    }
    let refused = realm.replay("{}", &["--from", "23"]).refused(1);
    assert!(refused.contains("sequence 23 is not there: the log ends at 22"), "{refused}");
    realm.replay("{}", &["--from", "0"]).refused(2);
    let nothing = Scratch::new();
    let rules = realm.scratch.file("rules.json", "{}").display().to_string();
    for place in [nothing.at("none"), nothing.at("")] {
        run(["replay-log", place.to_str().unwrap(), "--with", &rules]).refused(1);
    }
}

#[test]
fn the_schema_is_told() {
    let schema: Value = serde_json::from_str(&run(["schema", "rules"]).clean()).unwrap();
    assert_eq!(schema["title"], "Rules");
    assert_eq!(run(["replay-log", "--schema"]).clean(), run(["schema", "rules"]).clean());
    let commands: Value = serde_json::from_str(&run(["schema"]).clean()).unwrap();
    assert_eq!(commands["title"], "Line");
}
