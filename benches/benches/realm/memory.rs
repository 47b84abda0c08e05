//! What an account costs in memory, its index and its share of what is set aside included: by how much the resident memory of a process grows
//! that does nothing but open accounts. The ids of the commands that open them are remembered beside, and told apart.

use std::process::Command;

use bartizan_engine::event::Events;
use bartizan_engine::ledger::Ledger;
use bartizan_engine::ledger::account::Limits;
use bartizan_engine::ledger::asset::{Asset, AssetClass, SupplyRule};
use bartizan_engine::ledger::units::{AccountId, AgentId, AssetId};

/// The word that makes a process one that opens accounts.
pub(crate) const FILL: &str = "fill";

/// Prints a line for each size.
pub(crate) fn print(sizes: &[usize]) {
    println!("memory: bytes an account, resident; in brackets the most on the way");
    for &accounts in sizes {
        let told = in_a_process(accounts);
        println!("  {accounts:>10} accounts {}", told.as_deref().unwrap_or("not known on this system"));
    }
}

fn in_a_process(accounts: usize) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let output = Command::new(program)
        .args([FILL, &accounts.to_string()])
        .envs([("MIMALLOC_PURGE_DELAY", "0"), ("MIMALLOC_ALLOW_THP", "0")])
        .output()
        .ok()?;
    let told = String::from_utf8(output.stdout).ok()?;
    let mut words = told.split_whitespace().map_while(|word| word.parse::<f64>().ok());
    let (end, most) = (words.next()? / accounts as f64, words.next()? / accounts as f64);
    Some(format!("{end:>7.1} ({most:.1})"))
}

/// What the process does that [`print`] starts.
pub(crate) fn child(words: &[String]) {
    let accounts: usize = words.first().and_then(|word| word.parse().ok()).expect("a number follows");
    let mut events = Events::default();
    let mut ledger = Ledger::default();
    let Some(before) = resident("RssAnon") else { return };
    let (owners, assets) = (1_000.min(accounts), accounts.div_ceil(1_000.min(accounts)));
    for number in 0..assets {
        let asset = Asset {
            name: format!("asset {number}"),
            class: AssetClass::Token,
            scale: 0,
            supply: SupplyRule::Open,
            issuer: AgentId::REALM,
            issue_account: AccountId(0),
        };
        ledger.define_asset(&mut events, asset).expect("there is room");
    }
    for account in 0..accounts {
        events.clear();
        let (owner, asset) = (AgentId((account % owners) as u32 + 1), AssetId((account / owners) as u32 + 1));
        ledger.open(&mut events, owner, asset, Limits::NONE).expect("there is room");
    }
    if let (Some(end), Some(most)) = (resident("RssAnon"), resident("VmHWM")) {
        println!("{} {}", end.saturating_sub(before), most.saturating_sub(before));
    }
    assert_eq!(ledger.accounts().count(), accounts + assets);
}

/// From now on the most that this process had (`VmHWM`) is counted anew, where the system can do that.
pub(crate) fn forget_most() {
    // Where it cannot, what is told is the most since the process began.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// A line of what the system knows of this process, in bytes.
pub(crate) fn resident(name: &str) -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kilobytes| kilobytes << 10)
}
