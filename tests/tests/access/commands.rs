//! Every command, of every role and by every kind of token: each kind of command that there is has its rows here.

use std::collections::BTreeSet;

use bartizan_engine::realm::command::Command;
use bartizan_tests::http::Client;
use bartizan_tests::server::Server;
use bartizan_tests::stage::COMMANDS;
use serde_json::{Value, json};

use crate::table::{compare, rows};
use crate::village::{COLUMNS, Own, Village};

/// Who may do what with what is its own, or, where it says so, with what is another's. `done`: it is; `no`: the realm refuses it (`NotAllowed`); `out`: the door
/// does not let in (401); `door`: the door refuses it (403).
pub(crate) const TABLE: &str = "
                                            nobody    guest     trader    issuer    organiser solver    operator  auditor   reads     writes
RegisterAgent                               out       no        no        no        no        no        done      door      door      done
SetRoles                                    out       no        no        no        no        no        done      door      door      done
SetKey                                      out       done      done      done      done      done      done      door      door      done
SetKey of another                           out       no        no        no        no        no        done      door      door      done
DefineAsset                                 out       no        no        done      no        no        done      door      door      done
OpenAccount                                 out       done      done      done      done      done      done      door      door      done
OpenAccount of another, of its asset        out       no        no        done      no        no        done      door      door      done
OpenAccount of another                      out       no        no        no        no        no        done      door      door      done
SetLimits                                   out       no        no        done      no        no        done      door      door      done
SetLimits of another                        out       no        no        no        no        no        done      door      door      done
CloseAccount                                out       done      done      done      done      done      done      door      door      done
CloseAccount of another                     out       no        no        no        no        no        done      door      door      done
CreateTransfer                              out       done      done      done      done      done      done      door      door      done
CreateTransfer of another                   out       no        no        no        no        no        done      door      door      done
PostPending                                 out       done      done      done      done      done      done      door      door      done
PostPending of another                      out       no        no        no        no        no        done      door      door      done
VoidPending                                 out       done      done      done      done      done      done      door      door      done
VoidPending of another                      out       no        no        no        no        no        done      door      door      done
IssueAsset                                  out       no        no        done      no        no        done      door      door      done
IssueAsset of another                       out       no        no        no        no        no        done      door      door      done
RetireAsset                                 out       done      done      done      done      done      done      door      door      done
RetireAsset of another                      out       no        no        no        no        no        done      door      door      done
CorrectTransfer                             out       done      done      done      done      done      done      door      door      done
CorrectTransfer of another                  out       no        no        no        no        no        done      door      door      done
LinkedTransfers                             out       done      done      done      done      done      done      door      door      done
LinkedTransfers of another                  out       no        no        no        no        no        done      door      door      done
AdvanceClock                                out       done      done      done      done      done      done      door      door      done
CreateMarket                                out       no        no        no        done      no        done      door      door      done
AmendMarket                                 out       no        no        no        done      no        done      door      door      done
AmendMarket of another                      out       no        no        no        no        no        done      door      door      done
NewOrder                                    out       no        done      no        no        no        done      door      door      done
NewOrder of another                         out       no        no        no        no        no        done      door      door      done
CancelOrder                                 out       done      done      done      done      done      done      door      door      done
CancelOrder of another                      out       no        no        no        no        no        done      door      door      done
ReduceOrder                                 out       done      done      done      done      done      done      door      door      done
ReduceOrder of another                      out       no        no        no        no        no        done      door      door      done
ReplaceOrder                                out       no        done      no        no        no        done      door      door      done
ReplaceOrder of another                     out       no        no        no        no        no        done      door      door      done
MassCancelOrders                            out       done      done      done      done      done      done      door      door      done
MassCancelOrders of another                 out       no        no        no        no        no        done      door      door      done
CancelOrderGroup                            out       no        no        no        no        no        done      door      door      done
SetMarketPhase                              out       no        no        no        done      no        done      door      door      done
SetMarketPhase of another                   out       no        no        no        no        no        done      door      door      done
SetMarketBands                              out       no        no        no        done      no        done      door      door      done
SetMarketBands of another                   out       no        no        no        no        no        done      door      door      done
SetMarketReference                          out       no        no        no        done      no        done      door      door      done
SetMarketReference of another               out       no        no        no        no        no        done      door      door      done
BustTrade                                   out       no        no        no        done      no        done      door      door      done
BustTrade of another                        out       no        no        no        no        no        done      door      door      done
OpenRound                                   out       no        no        no        done      no        done      door      door      done
SubmitOffer                                 out       no        done      no        no        no        done      door      door      done
WithdrawOffer                               out       done      done      done      done      done      done      door      door      done
WithdrawOffer of another                    out       no        no        no        no        no        done      door      door      done
LimitSpending                               out       no        done      no        no        no        done      door      door      done
CloseRound                                  out       no        no        no        done      no        done      door      door      done
CloseRound of another                       out       no        no        no        no        no        done      door      door      done
ProposeSettlement                           out       no        no        no        no        done      done      door      door      done
SettleRound                                 out       done      done      done      done      done      done      door      door      done
SettleRound of another                      out       no        no        no        no        no        done      door      door      done
CancelRound                                 out       no        no        no        done      no        done      door      door      done
CancelRound of another                      out       no        no        no        no        no        done      door      door      done
";

/// The command of a row, of somebody who has `own`, with what is its own or bob's.
fn command(village: &Village, row: &str, own: &Own) -> Value {
    let bob = village.own("bob");
    let (name, rest) = row.split_once(' ').unwrap_or((row, ""));
    // Whose the thing is.
    let it = if rest.is_empty() { own } else { bob };
    let [of_asset, euros, apples, spare] = it.accounts;
    let transfer = json!({ "debit": euros, "credit": village.own("cat").accounts[1], "amount": 1 });
    let limit = json!({ "side": "Buy", "order_qty": 1, "ord_type": { "Limit": { "price": 1 } }, "account": it.agent });
    let (market, account, order) = (it.market, it.agent, it.order);
    let fields = match row {
        "RegisterAgent" => json!({ "name": "new" }),
        "SetRoles" => json!({ "agent": bob.agent, "roles": ["trader", "solver"] }),
        "SetKey" => json!({ "agent": own.agent, "key": vec![7; 32] }),
        "SetKey of another" => json!({ "agent": bob.agent }),
        "DefineAsset" => json!({ "name": "new", "class": "Token", "supply": "Open" }),
        "OpenAccount" => json!({ "owner": own.agent, "asset": village.fresh }),
        "OpenAccount of another, of its asset" => {
            json!({ "owner": bob.agent, "asset": own.asset, "overdraft": 5 })
        }
        "OpenAccount of another" => json!({ "owner": bob.agent, "asset": village.fresh }),
        _ => match name {
            "SetLimits" => json!({ "account": of_asset, "overdraft": 5 }),
            "CloseAccount" => json!({ "account": spare }),
            "CreateTransfer" => transfer,
            "PostPending" | "VoidPending" => json!({ "hold": it.hold }),
            "IssueAsset" => json!({ "credit": of_asset, "amount": 1 }),
            "RetireAsset" => json!({ "debit": apples, "amount": 1 }),
            "CorrectTransfer" => json!({ "sequence": it.transfer }),
            "LinkedTransfers" => json!({ "steps": [{ "CreateTransfer": transfer }] }),
            "AdvanceClock" => json!({}),
            "CreateMarket" => json!({ "name": "new", "base": own.asset, "quote": 2, "fee_owner": own.agent }),
            "AmendMarket" => json!({ "market": market, "fees": { "maker_ppm": 0, "taker_ppm": 100 } }),
            "NewOrder" => json!({ "market": market, "order": limit }),
            "CancelOrder" => json!({ "market": market, "account": account, "order_id": order }),
            "ReduceOrder" => json!({ "market": market, "account": account, "order_id": order, "by": 1 }),
            "ReplaceOrder" => {
                json!({ "market": market, "change": { "account": account, "order_id": order, "price": 301, "order_qty": 4 } })
            }
            "MassCancelOrders" => json!({ "market": market, "account": account }),
            "CancelOrderGroup" => json!({ "market": market, "group": 7 }),
            "SetMarketPhase" => json!({ "market": market, "phase": "Halted" }),
            "SetMarketBands" => json!({ "market": market, "bands": { "low": 1, "high": 1_000 } }),
            "SetMarketReference" => json!({ "market": market, "price": 250 }),
            "BustTrade" => json!({ "market": market, "trade": it.trade }),
            "OpenRound" => json!({ "name": "new", "objectives": ["Items"], "proposals_ns": 1 }),
            "SubmitOffer" => {
                json!({ "round": it.round, "gives": { "Bid": { "most": 5 } }, "wants": [{ "wanted": { "Asset": { "asset": bob.asset } } }] })
            }
            "WithdrawOffer" => json!({ "round": it.round, "offer": it.offer }),
            "LimitSpending" => json!({ "round": it.round, "most": 5 }),
            "CloseRound" | "CancelRound" => json!({ "round": it.round }),
            "ProposeSettlement" => return village.proposal.clone(),
            "SettleRound" => json!({ "round": village.proposed[usize::from(!rest.is_empty())] }),
            other => panic!("{other} has no command here"),
        },
    };
    json!({ name: fields })
}

/// What becomes of a command that is tried, and, where it could not be tried, done.
fn outcome(client: &mut Client, column: &str, id: u64, command: &Value) -> &'static str {
    let said = json!({ "id": id, "command": command });
    // A token that only writes can try nothing.
    let path = if column == "writes" { COMMANDS } else { "/v1/realms/realm/dry-run" };
    let answer = client.post(path, &said);
    match answer.status {
        401 => return "out",
        403 if answer.json().get("number").is_none() => return "door",
        _ => {}
    }
    let told = answer.json();
    if column == "writes" {
        // What was done before may be in its way.
        return if told["number"] == 50 { "no" } else { "done" };
    }
    match told["answers"][0]["answer"].as_u64() {
        Some(0) => "done",
        Some(50) => "no",
        _ => panic!("{column}, {command}: {told}"),
    }
}

#[test]
fn every_command_is_done_for_whom_it_should_be() {
    let village = Village::found();
    let server = Server::start(&village.data, &["--closed"]);
    let mut clients: Vec<(&str, &Own, Client)> = village
        .tokens()
        .into_iter()
        .map(|(column, own, token)| {
            let client = server.http();
            (column, own, if let Some(token) = token { client.with_token(&token) } else { client })
        })
        .collect();
    let mut found: Vec<(String, Vec<String>)> =
        rows(TABLE).into_iter().map(|(row, _)| (row.to_owned(), Vec::new())).collect();
    // Column by column: what a token that only writes does comes last, since it is done.
    for (column, own, client) in &mut clients {
        for (id, (row, said)) in (1_000_000..).zip(&mut found) {
            said.push(outcome(client, column, id, &command(&village, row, own)).to_owned());
        }
    }
    compare(TABLE, &found);
}

#[test]
fn every_kind_of_command_has_a_row() {
    let named: BTreeSet<&str> =
        rows(TABLE).iter().map(|(row, _)| row.split(' ').next().expect("a name")).collect();
    let all: BTreeSet<&str> = Command::NAMES.iter().copied().collect();
    assert_eq!(named, all);
    assert_eq!(COLUMNS.len(), rows(TABLE)[0].1.len());
}
