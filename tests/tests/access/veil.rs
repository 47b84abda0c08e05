//! What a dry run says to whoever does not see everything: no more than what it sees.

use bartizan_io::server::tokens::Right;
use bartizan_tests::http::Client;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, order, set_up, tokens};
use serde_json::{Value, json};

const DRY_RUN: &str = "/v1/realms/realm/dry-run";

/// What a dry run of an order says: how much of it would trade in all, in how many trades.
fn would_trade(client: &mut Client, order: &Value) -> (u64, usize) {
    let tried = client.post(DRY_RUN, order).expect(200);
    let reports = tried["answers"][0]["reports"].as_array().expect("reports").clone();
    let own: Vec<u64> = reports
        .iter()
        .filter(|report| report["exec_type"] == "Trade" && report["account"] == 2)
        .map(|report| report["quantity"].as_u64().expect("a number"))
        .collect();
    (own.iter().sum(), own.len())
}

#[test]
fn a_dry_run_tells_nothing_that_is_not_displayed_nor_with_whom() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    let mut founder = server.http();
    set_up(&mut founder);
    let mut iceberg = order(1, 1, "Sell", 60, 250);
    iceberg["command"]["NewOrder"]["order"]["display_qty"] = json!(10);
    founder.post(COMMANDS, &iceberg).expect(200);
    // A stop that a trade at 250 would elect, and a peg.
    let stop =
        json!({ "side": "Sell", "order_qty": 5, "ord_type": { "StopLimit": { "stop": 250, "price": 249 } } });
    let peg = json!({ "side": "Sell", "order_qty": 7, "ord_type": { "Pegged": { "reference": "Primary", "offset": 0 } } });
    for (id, order) in [(2, stop), (3, peg)] {
        let command = json!({ "NewOrder": { "market": 1, "order": order } });
        founder.post(COMMANDS, &json!({ "id": id, "actor": 1, "command": command })).expect(200);
    }
    let [bob, ann] = tokens(&data, [(2, &[Right::Read, Right::Write]), (1, &[Right::Read, Right::Write])]);
    let mut bob = server.http().with_token(&bob);
    let before = founder.get("/v1/realms/realm?digest=true").expect(200);
    let wants = order(1, 2, "Buy", 50, 250);
    let told = bob.get("/v1/realms/realm/markets/1").expect(200);
    assert_eq!(told["asks"], json!([{ "price": 250, "quantity": 10, "orders": 1 }]));
    assert_eq!(would_trade(&mut bob, &wants), (10, 1), "what is displayed");
    assert_eq!(would_trade(&mut founder, &wants).0, 50, "who sees everything tries on everything");
    // Neither the numbers nor the accounts tell what is hidden.
    let tried = bob.post(DRY_RUN, &wants).expect(200);
    let sequence = before["sequence"].as_u64().expect("a number");
    assert_eq!((&tried["sequence"], tried.get("digest")), (&json!(sequence + 1), None));
    let open = founder.post(DRY_RUN, &wants).expect(200);
    assert_eq!(tried["answers"][0]["reports"][0]["sequence"], open["answers"][0]["reports"][0]["sequence"]);
    let events = tried["answers"][0]["events"].as_array().expect("events");
    let postings: Vec<&Value> = events.iter().filter_map(|event| event.get("Posting")).collect();
    assert!(!postings.is_empty());
    for posting in postings {
        for side in ["debit", "credit"] {
            assert!([0, 5, 6].map(Value::from).contains(&posting[side]), "bob's accounts alone: {posting}");
        }
    }
    // One's own is not hidden from oneself.
    let mut ann = server.http().with_token(&ann);
    let cancel = json!({ "id": 9, "command": { "MassCancelOrders": { "market": 1 } } });
    let tried = ann.post(DRY_RUN, &cancel).expect(200);
    let reports = tried["answers"][0]["reports"].as_array().expect("reports");
    let taken: Vec<&Value> = reports.iter().map(|report| &report["quantity"]).collect();
    assert_eq!(taken, [60, 5, 7], "{tried}");
    assert_eq!(founder.get("/v1/realms/realm?digest=true").expect(200), before, "nothing is kept");
    // What really happens is told: it has its price.
    let bought = bob.post(COMMANDS, &wants).expect(200);
    let events = bought["events"].as_array().expect("events");
    assert!(events.iter().any(|event| event["Posting"]["credit"] == 4), "ann's euros: {bought}");
}
