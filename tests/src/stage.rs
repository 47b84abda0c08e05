//! A realm with a market, two traders and a round, set up over HTTP.

use std::path::Path;

use bartizan_engine::ledger::units::AgentId;
use bartizan_io::server::tokens::{Right, Token};
use serde_json::{Value, json};

use crate::http::Client;

/// Where commands go.
pub const COMMANDS: &str = "/v1/realms/realm/commands";

/// Agents 1 to 4 (ann and bob trade, sol solves, org organises), assets 1 apple and 2 euro with issue accounts 1 and 2, accounts 3 (ann's apples), 4 (ann's
/// euros), 5 (bob's apples), 6 (bob's euros), 7 (org's euros, for fees); market 1 of apples.
pub fn market_day() -> Vec<Value> {
    let agent = |name: &str, roles: &[&str]| json!({ "RegisterAgent": { "name": name, "roles": roles } });
    let asset = |name: &str, scale: u8| json!({ "DefineAsset": { "name": name, "class": "Token", "scale": scale, "supply": "Open" } });
    let account = |owner: u32, asset: u32| json!({ "OpenAccount": { "owner": owner, "asset": asset } });
    let issue = |account: u32, amount: u64| json!({ "IssueAsset": { "credit": account, "amount": amount } });
    let commands = [
        agent("ann", &["trader"]),
        agent("bob", &["trader"]),
        agent("sol", &["solver"]),
        agent("org", &["organiser"]),
        asset("apple", 0),
        asset("euro", 2),
        account(1, 1),
        account(1, 2),
        account(2, 1),
        account(2, 2),
        account(4, 2),
        issue(3, 100),
        issue(6, 50_000),
        json!({ "CreateMarket": { "name": "apples", "base": 1, "quote": 2, "fee_owner": 4 } }),
    ];
    (1..).zip(commands).map(|(id, command)| json!({ "id": id, "actor": 0, "command": command })).collect()
}

/// An order of `side` at a limit.
pub fn order(id: u64, actor: u32, side: &str, quantity: u64, price: i64) -> Value {
    let order = json!({ "side": side, "order_qty": quantity, "ord_type": { "Limit": { "price": price } } });
    json!({ "id": id, "actor": actor, "command": { "NewOrder": { "market": 1, "order": order } } })
}

/// Carries out the market day.
///
/// # Panics
/// If anything of it is refused.
pub fn set_up(client: &mut Client) {
    let told = client.post(COMMANDS, &Value::Array(market_day())).expect(200);
    for answer in told.as_array().expect("an answer for each") {
        assert_eq!(answer["answer"], 0, "{answer}");
    }
}

/// Gives agents tokens with rights, in place of those there are; the tokens' texts.
///
/// # Panics
/// If they cannot be written.
pub fn tokens<const N: usize>(data: &Path, of: [(u32, &[Right]); N]) -> [String; N] {
    let drawn = of.map(|(agent, rights)| {
        Token::draw(AgentId(agent), rights.to_vec(), None, String::new()).expect("random bytes")
    });
    let kept: Vec<&Token> = drawn.iter().map(|(_, token)| token).collect();
    let kept = serde_json::to_vec(&kept).expect("tokens are JSON");
    std::fs::write(data.join("tokens.json"), kept).expect("the realm's folder is there");
    drawn.map(|(text, _)| text)
}
