//! `bartizan state`: who has what, now or after any command of the log.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bartizan_engine::ledger::account::Account;
use bartizan_engine::ledger::hold::Hold;
use bartizan_engine::ledger::units::{AccountId, AgentId, HoldId, Sequence};
use bartizan_engine::realm::Realm;
use serde_json::{Value, json};

use super::Failure;
use super::columns::{columns, plain};
use super::log::compare;
use super::output::write_stdout;
use crate::amount::decimal;
use crate::journal::Directory;
use crate::node::history::{History, digest};
use crate::shape::{AccountShape, AgentShape, AssetShape, HoldShape, MarketShape, RoundShape, stage};

/// Show who has what in a realm, now or as it was after any command
///
/// It is of all that can be read. Beside a run, or after one that was killed, the newest group may not be durable yet; `snapshot`, or the next run, makes it so.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    moment: Moment,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which realm, and when.
#[derive(Debug, clap::Args)]
pub(super) struct Moment {
    /// The realm's directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// As it was after the command of this sequence
    #[arg(long, value_name = "SEQUENCE")]
    at: Option<u64>,
}

impl Moment {
    /// The realm as it was then.
    pub(super) fn realm(&self) -> Result<Realm, Failure> {
        realm_at(&self.data, self.at)
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let realm = arguments.moment.realm()?;
    if arguments.json {
        let told = as_json(&realm);
        return write_stdout(|out| writeln!(out, "{told}"));
    }
    let lines = as_text(&realm);
    write_stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
}

/// The realm in the directory `data`, as it is, or as it was after the command of sequence `at`.
pub(super) fn realm_at(data: &Path, at: Option<u64>) -> Result<Realm, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::at(data, error);
    let storage = Arc::new(Directory::open_to_read(data).map_err(|error| failed(&error))?);
    let until = at.map(Sequence);
    let history = match until {
        Some(Sequence(0)) => History::from_start(storage),
        _ => History::from_snapshot(storage, until),
    };
    let history = history.map_err(|error| failed(&error))?;
    let (realm, _) = history.run(until, |_| ()).map_err(|error| failed(&error))?;
    if until.is_none() {
        compare::tell_missing(data, realm.sequence());
    }
    match until.filter(|&asked| asked > realm.sequence()) {
        None => Ok(realm),
        Some(asked) => {
            let end = realm.sequence().0;
            Err(failed(&format!("sequence {} is not there: the log ends at {end}", asked.0)))
        }
    }
}

fn as_json(realm: &Realm) -> Value {
    let ledger = realm.ledger();
    let agents = realm.agents().map(|(id, agent)| AgentShape::of(realm, id, agent));
    let assets = ledger.assets().map(|(id, asset)| AssetShape::of(realm, id, asset));
    let accounts = ledger.accounts().map(|(id, account)| AccountShape::of(realm, id, account));
    let markets = realm.markets().iter().map(|(id, market)| MarketShape::of(id, market));
    let holds = ledger.open_holds().map(|(id, hold)| HoldShape::of(id, hold));
    json!({
        "sequence": realm.sequence(),
        "time": realm.clock(),
        "digest": digest(realm).to_hex().as_str(),
        "agents": agents.collect::<Vec<_>>(),
        "assets": assets.collect::<Vec<_>>(),
        "accounts": accounts.collect::<Vec<_>>(),
        "holds": holds.collect::<Vec<_>>(),
        "markets": markets.collect::<Vec<_>>(),
        "rounds": rounds_as_json(realm),
    })
}

/// The rounds of a realm.
pub(super) fn rounds_as_json(realm: &Realm) -> Value {
    let rounds = realm.rounds().iter().map(|(id, round)| RoundShape::of(id, round));
    json!(rounds.collect::<Vec<_>>())
}

fn as_text(realm: &Realm) -> Vec<String> {
    let mut lines = vec![
        format!("Sequence  {}", realm.sequence().0),
        format!("Time      {} ns", realm.clock()),
        format!("Digest    {}", digest(realm)),
    ];
    let mut rows = vec![["account", "owner", "asset", "balance", "held", "awaited"].map(str::to_owned)];
    let accounts = realm.ledger().accounts().filter(|(_, account)| !account.is_closed);
    rows.extend(accounts.map(|(id, account)| row(realm, id, account)));
    lines.push(String::new());
    lines.extend(columns(&rows, |column| matches!(column, 1 | 2)));
    let holds: Vec<_> = realm.ledger().open_holds().map(|(id, hold)| hold_line(realm, id, hold)).collect();
    if !holds.is_empty() {
        lines.push(String::new());
        lines.extend(holds);
    }
    for (id, market) in realm.markets().iter() {
        let (book, top) = (market.book(), market.book().top());
        let price = |price: Option<bartizan_engine::book::Price>| {
            price.map_or("-".into(), |price| price.0.to_string())
        };
        lines.push(String::new());
        lines.push(format!(
            "Market {} {}: {:?}, {} open orders; in ticks: bid {}, ask {}, last {}",
            id.0,
            plain(market.name()),
            book.phase(),
            book.len(),
            price(top.bid),
            price(top.ask),
            price(book.last_trade()),
        ));
    }
    for (id, round) in realm.rounds().iter() {
        let (stage, until) = stage(round.stage);
        let until = until.map_or(String::new(), |until| format!(", takes proposals until {until} ns"));
        let best = match round.best() {
            None => "",
            Some(best) if best.is_optimal() => ", the best of them proven",
            Some(_) => ", none of them proven the best",
        };
        lines.push(String::new());
        let (name, offers) = (plain(&round.name), round.offers().count());
        lines.push(format!("Round {} {name}: {stage}, {offers} offers{until}{best}", id.0));
    }
    lines
}

fn hold_line(realm: &Realm, id: HoldId, hold: Hold) -> String {
    let ledger = realm.ledger();
    let account = |id| ledger.account(id).expect("a hold is between accounts");
    let asset = ledger.asset(account(hold.debit).asset).expect("an account's asset exists");
    let [from, to] = [hold.debit, hold.credit].map(|id| owner(realm, account(id)));
    let amount = decimal(hold.amount.0 as i128, asset.scale);
    let until = if hold.expires == 0 { String::new() } else { format!(", until {} ns", hold.expires) };
    let [debit, credit] = [hold.debit.0, hold.credit.0];
    format!("Hold {}: {amount} {} of {from} ({debit}) for {to} ({credit}){until}", id.0, plain(&asset.name))
}

fn owner(realm: &Realm, account: &Account) -> String {
    match account.owner {
        AgentId::REALM => "issued".to_owned(),
        owner => plain(&realm.agent(owner).expect("an account's owner exists").name),
    }
}

fn row(realm: &Realm, id: AccountId, account: &Account) -> [String; 6] {
    let asset = realm.ledger().asset(account.asset).expect("an account's asset exists");
    let told = |units: i128| if units == 0 { "-".to_owned() } else { decimal(units, asset.scale) };
    [
        id.0.to_string(),
        owner(realm, account),
        plain(&asset.name),
        decimal(account.balance, asset.scale),
        told(account.pending_out as i128),
        told(account.pending_in as i128),
    ]
}
