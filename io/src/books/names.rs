//! Names of agents, accounts and assets as plain-text accounting takes them: each with its number, so that no two are the same, and without
//! the signs that mean something there.

use bartizan_engine::ledger::units::{AccountId, AgentId, AssetId};
use bartizan_engine::realm::Realm;

/// Signs that end a name, begin a comment, or make a posting a virtual one.
fn is_plain(sign: char) -> bool {
    !sign.is_control()
        && !matches!(
            sign,
            ':' | ';'
                | '"'
                | '\\'
                | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '|'
                | '='
                | '@'
                | '*'
                | '!'
                | '#'
                | '%'
        )
}

/// `name` with single spaces and plain signs alone.
fn plain(name: &str) -> String {
    let signs: String = name.chars().map(|sign| if is_plain(sign) { sign } else { '_' }).collect();
    signs.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The account of plain-text accounting that an account is: `Agents:1 ann:4 euro`.
pub(super) fn account(realm: &Realm, id: AccountId) -> String {
    let account = realm.ledger().account(id).expect("a posting's account exists");
    let asset = realm.ledger().asset(account.asset).expect("an account's asset exists");
    match account.owner {
        AgentId::REALM => format!("Issued:{} {}", account.asset.0, plain(&asset.name)),
        owner => {
            let agent = realm.agent(owner).expect("an account's owner exists");
            format!("Agents:{} {}:{} {}", owner.0, plain(&agent.name), id.0, plain(&asset.name))
        }
    }
}

/// The part of an account that is held.
pub(super) fn held(account: &str) -> String {
    format!("{account}:held")
}

/// The commodity that an asset is, in quotes: `"euro 2"`.
pub(super) fn commodity(realm: &Realm, id: AssetId) -> String {
    let asset = realm.ledger().asset(id).expect("an account's asset exists");
    format!("\"{} {}\"", plain(&asset.name), id.0)
}
