//! Input of beancount, which wants accounts of five kinds, upper-case commodities, and a tolerance of nothing said aloud.
//!
//! Accounts are assets of their owners and issue accounts are equity; names are in a note beside each, since beancount's own are narrower. Balances
//! are asserted on the day after the last, as beancount checks them at a day's beginning.

use std::io::{self, Write};

use bartizan_engine::event::Event;
use bartizan_engine::ledger::posting::{Posting, PostingKind};
use bartizan_engine::ledger::units::{AccountId, AgentId, AssetId};
use bartizan_engine::realm::Realm;

use super::calendar::date;
use super::writing::{Books, kind};
use crate::amount::decimal;
use crate::node::history::Moment;

const DAY: u64 = 86_400_000_000_000;

/// Books for beancount.
pub(super) fn books() -> Box<dyn Books> {
    Box::new(Beancount)
}

struct Beancount;

impl Books for Beancount {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "option \"title\" \"Books of a realm\"")?;
        writeln!(out, "option \"inferred_tolerance_default\" \"*:0\"")
    }

    fn tell(&mut self, moment: &Moment<'_>, out: &mut dyn Write) -> io::Result<()> {
        let today = date(moment.realm.clock());
        for event in &moment.events.list {
            match *event {
                Event::AssetDefined { asset, issue_account } => {
                    let name = &moment.realm.ledger().asset(asset).expect("it was just defined").name;
                    writeln!(out, "\n{today} commodity {}\n  name: {}", commodity(asset), quoted(name))?;
                    open(moment.realm, issue_account, &today, out)?;
                }
                Event::AccountOpened { account, .. } => open(moment.realm, account, &today, out)?,
                _ => {}
            }
        }
        let mut is_open = false;
        for posting in moment.events.postings() {
            if !std::mem::replace(&mut is_open, true) {
                let told = format!("{} by {}", kind(moment), moment.envelope.actor.0);
                writeln!(out, "\n{today} * \"{told}\" ^sequence-{}", moment.sequence.0)?;
            }
            write_posting(moment.realm, posting, out)?;
        }
        Ok(())
    }

    fn end(&mut self, realm: &Realm, out: &mut dyn Write) -> io::Result<()> {
        let tomorrow = date(realm.clock().saturating_add(DAY));
        for (id, known) in realm.ledger().accounts() {
            let held = known.pending_out as i128;
            let (name, unit) = (account(realm, id), commodity(known.asset));
            let scale = realm.ledger().asset(known.asset).expect("an account's asset exists").scale;
            // A balance is of an account with its sub-accounts, so what is free has one of its own.
            for (name, units) in
                [(format!("{name}:Free"), known.balance - held), (format!("{name}:Held"), held)]
            {
                writeln!(out, "{tomorrow} balance {name}  {} ~ 0 {unit}", decimal(units, scale))?;
            }
        }
        Ok(())
    }
}

fn quoted(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|sign| if matches!(sign, '"' | '\\') || sign.is_control() { '_' } else { sign })
        .collect();
    format!("\"{plain}\"")
}

fn commodity(asset: AssetId) -> String {
    format!("ASSET-{}", asset.0)
}

fn account(realm: &Realm, id: AccountId) -> String {
    let owner = realm.ledger().account(id).expect("a posting's account exists").owner;
    match owner {
        AgentId::REALM => format!("Equity:Issued:Account-{}", id.0),
        owner => format!("Assets:Agent-{}:Account-{}", owner.0, id.0),
    }
}

fn open(realm: &Realm, id: AccountId, today: &str, out: &mut dyn Write) -> io::Result<()> {
    let known = realm.ledger().account(id).expect("it was just opened");
    let (name, unit) = (account(realm, id), commodity(known.asset));
    let owner = &realm.agent(known.owner).expect("an account's owner exists").name;
    for part in ["Free", "Held"] {
        writeln!(out, "{today} open {name}:{part}  {unit}\n  owner: {}", quoted(owner))?;
    }
    Ok(())
}

fn write_posting(realm: &Realm, posting: Posting, out: &mut dyn Write) -> io::Result<()> {
    let asset = realm.ledger().account(posting.debit).expect("a posting's account exists").asset;
    let scale = realm.ledger().asset(asset).expect("an account's asset exists").scale;
    let (unit, amount) = (commodity(asset), posting.amount.0 as i128);
    let (free, held) = (
        format!("{}:Free", account(realm, posting.debit)),
        format!("{}:Held", account(realm, posting.debit)),
    );
    let (from, to) = match posting.kind {
        PostingKind::Posted => (free, format!("{}:Free", account(realm, posting.credit))),
        PostingKind::Held => (free, held),
        PostingKind::Released => (held, free),
    };
    writeln!(out, "  {from}  {} {unit}", decimal(-amount, scale))?;
    writeln!(out, "  {to}  {} {unit}", decimal(amount, scale))
}
