//! Documents and what they say, side by side.

use super::*;

fn refused(text: &str) -> String {
    read(text.as_bytes()).expect_err(text).to_string()
}

fn document(items: &str) -> String {
    format!("{{\"format\": \"bartizan-round\", \"version\": 1, \"items\": [\n{items}]}}")
}

#[test]
fn a_document_says_what_the_header_shows() {
    let text = document(
        r#"{"name": "A", "user": "ann", "title": "Go", "wants": ["B", {"item": "$5", "cost": 3, "price": 2}, "%D"]},
           {"name": "%D", "user": "ann", "dummy": true, "wants": ["B"]},
           {"name": "B", "user": "bob\"", "wants": []},
           {"name": "$5", "bid": 5, "user": "bob\"", "wants": ["A"]}"#,
    );
    let reading = read(text.as_bytes()).unwrap();
    let round = &reading.round;
    assert_eq!(round.check(), None);
    assert!(matches!(round.items[0].name, Cow::Borrowed("A")));
    assert_eq!(round.users[1].name, "bob\"");
    assert_eq!(round.wants.first, [0, 3, 4, 4, 5]);
    assert_eq!(round.wants.cost, [1, 3, 1, 0, 1]);
    assert_eq!(round.wants.price, [0, 2, 0, 0, 0]);
    assert_eq!(round.objectives, [Objective::Items, Objective::Cost]);
    assert!(detect(text.as_bytes()) && detect(b"\xEF\xBB\xBF \n{") && !detect(b"(ann) {"));
}

#[test]
fn what_is_written_is_read_again() {
    let text = document(
        r#"{"name": "A", "user": "ann", "wants": [{"item": "$5", "price": 2}]},
           {"name": "%D", "dummy": true},
           {"name": "$5", "bid": 5, "user": "b\u0001ob", "wants": ["A"]}"#,
    );
    let cents = text.replacen("\"items\"", "\"money_decimals\": 2, \"items\"", 1);
    assert_eq!(read(cents.as_bytes()).unwrap().round.money_decimals, 2);
    for text in [text.as_str(), &cents, &document("")] {
        let round = read(text.as_bytes()).unwrap().round;
        let mut written = Vec::new();
        write(&round, &mut written).unwrap();
        let again = read(&written).unwrap().round;
        assert_eq!(format!("{round:?}"), format!("{again:?}"));
        let says = String::from_utf8(written).unwrap().contains("\"money_decimals\": 2");
        assert_eq!(says, round.money_decimals == 2);
    }
}

#[test]
fn every_offence_is_told_with_its_place() {
    let cases: &[(&str, &str)] = &[
        (
            r#"{"name": "A", "colour": 1}"#,
            "line 2, column 22: unknown field `colour` in `items[0]`; known: `name`",
        ),
        (r#"{"name": ""}"#, "line 2, column 12: a string that is not empty is expected in `items[0].name`"),
        (r#"{"name": "A", "wants": [1]}"#, "line 2, column 25: the name"),
        (r#"{"name": "A"}, {"name": "A"}"#, "line 2, column 26: item A is listed twice; expected once"),
        (r#"{"name": "%A"}"#, "line 2, column 11: item %A: expected \"dummy\": true just where"),
        (r#"{"name": "A", "dummy": true}"#, "line 2, column 11: item A: expected \"dummy\": true just where"),
        (r#"{"name": "%A", "dummy": true, "bid": 1}"#, "line 2, column 11: %A: expected a dummy or a bid"),
        (r#"{"name": "A", "bid": -1}"#, "line 2, column 11: bid of A: expected 0 to 1000000000"),
        (r#"{"name": "A", "wants": ["B"]}"#, "line 2, column 26: unknown item B in the wants of A; expected"),
        (
            r#"{"name": "A", "wants": ["%B"]}"#,
            "line 2, column 26: unknown item %B in the wants of A; expected",
        ),
        (r#"{"name": "A", "wants": ["A"]}"#, "line 2, column 26: A wants itself; expected another item"),
        (r#"{"name": "A", "wants": ["B", "B"]}, {"name": "B"}"#, "line 2, column 31: B is wanted twice"),
        (
            r#"{"name": "A", "user": "u", "wants": ["B"]}, {"name": "B", "user": "u"}"#,
            "line 2, column 39: B in the wants of A belongs to the same user",
        ),
        (
            r#"{"name": "A", "wants": [{"item": "B", "cost": -1}]}, {"name": "B"}"#,
            "line 2, column 35: cost of B in the wants of A: expected 0 to 1000000000000",
        ),
        (
            r#"{"name": "A", "wants": [{"item": "B", "price": 1}]}, {"name": "B"}"#,
            "line 2, column 35: price of B in the wants of A: expected 0 to 0",
        ),
    ];
    for (items, expected) in cases {
        let told = refused(&document(items));
        assert!(told.starts_with(expected), "{items}\n{told}\n{expected}");
    }
}

#[test]
fn every_offence_of_a_document_is_told_with_its_place() {
    let cases: &[(&str, &str)] = &[
        ("{", "line 1, column 1: the text ends before its JSON does"),
        (r#"{"format": "x", "version": 1, "items": []}"#, "line 1, column 13: unknown format; expected"),
        (
            r#"{"format": "bartizan-round", "version": 2, "items": []}"#,
            "line 1, column 13: version 2 is unknown",
        ),
        (r#"{"format": "bartizan-round", "version": 1}"#, "line 1, column 42: the field `items` is missing"),
        (
            r#"{"format": "bartizan-round", "version": 1, "money_decimals": 10, "items": []}"#,
            "line 1, column 63: expected 0 to 9 in `money_decimals`",
        ),
        (
            r#"{"format": "bartizan-round", "version": 1,
 "nontrade_cost": -1, "items": []}"#,
            "line 2, column 20: expected 0 to 1000000000000 in `nontrade_cost`",
        ),
        (
            r#"{"format": "bartizan-round", "version": 1, "objectives": [], "items": []}"#,
            "line 1, column 59: an objective or more is expected in `objectives`",
        ),
        (
            r#"{"format": "bartizan-round", "version": 1, "users": [{"name": "u", "limit": 12.5}], "items": []}"#,
            "line 1, column 80: a whole number of at most 18 digits is expected in `users[0].limit`, not 12.5",
        ),
    ];
    for (text, expected) in cases {
        let told = refused(text);
        assert!(told.starts_with(expected), "{text}\n{told}\n{expected}");
    }
    let favour =
        r#"{"format":"bartizan-round","version":1,"objectives":["items",{"favor":"ann"}],"items":[]}"#;
    assert!(refused(favour).contains("unknown user ann; expected a user of the round"));
}

#[test]
fn the_schema_names_every_field() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let item = &schema["properties"]["items"]["items"]["properties"];
    let fields = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let sorted = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let top = sorted(&[
        "exchanges",
        "format",
        "items",
        "limits",
        "money_decimals",
        "nontrade_cost",
        "objectives",
        "seed",
        "users",
        "version",
    ]);
    assert_eq!(fields(&schema["properties"]), top);
    assert_eq!(fields(item), sorted(&["bid", "dummy", "name", "title", "units", "user", "wants"]));
    assert_eq!(fields(&item["wants"]["items"]["oneOf"][1]["properties"]), sorted(&["cost", "item", "price"]));
    assert_eq!(schema["$defs"]["cost"]["maximum"], limits::MAX_COST);
    assert_eq!(schema["$defs"]["amount"]["maximum"], limits::MAX_AMOUNT);
    assert_eq!(schema["properties"]["money_decimals"]["maximum"], limits::MAX_MONEY_DECIMALS);
    assert_eq!(schema["properties"]["items"]["maxItems"], limits::MAX_ITEMS);
}
