//! Journals of hledger and of ledger: one transaction a command, a posting for each movement, holds as sub-accounts, and an assertion of every
//! balance at the end.
//!
//! Both programs add up every transaction and compare every assertion, to the last digit: amounts are written with all digits of their asset's scale.
//! A hold moves an amount from its account to that account's `:held`, so the two together are what is owned. What an account awaits is nobody's yet, and is
//! not written.

use std::io::{self, Write};

use bartizan_engine::event::Event;
use bartizan_engine::ledger::posting::{Posting, PostingKind};
use bartizan_engine::ledger::units::{AccountId, AssetId};
use bartizan_engine::realm::Realm;

use super::calendar::date;
use super::names::{account, commodity, held};
use super::writing::{Books, kind};
use crate::amount::decimal;
use crate::node::history::Moment;

/// Books for hledger.
pub(super) fn hledger() -> Box<dyn Books> {
    Box::new(LedgerFile { is_hledger: true })
}

/// Books for ledger.
pub(super) fn ledger() -> Box<dyn Books> {
    Box::new(LedgerFile { is_hledger: false })
}

struct LedgerFile {
    /// The two differ in how a commodity is declared.
    is_hledger: bool,
}

impl Books for LedgerFile {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "; One transaction a command of the log; its code is its sequence.")
    }

    fn tell(&mut self, moment: &Moment<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut is_open = false;
        for event in &moment.events.list {
            match *event {
                Event::AssetDefined { asset, issue_account } => {
                    self.declare_commodity(moment.realm, asset, out)?;
                    declare_account(moment.realm, issue_account, out)?;
                }
                Event::AccountOpened { account, .. } => declare_account(moment.realm, account, out)?,
                _ => {}
            }
        }
        for posting in moment.events.postings() {
            if !std::mem::replace(&mut is_open, true) {
                let (date, code) = (date(moment.realm.clock()), moment.sequence.0);
                writeln!(out, "\n{date} ({code}) {} by {}", kind(moment), moment.envelope.actor.0)?;
            }
            write_posting(moment.realm, posting, out)?;
        }
        Ok(())
    }

    fn end(&mut self, realm: &Realm, out: &mut dyn Write) -> io::Result<()> {
        if realm.ledger().accounts().next().is_none() {
            return Ok(());
        }
        writeln!(out, "\n{} balances after sequence {}", date(realm.clock()), realm.sequence().0)?;
        for (id, known) in realm.ledger().accounts() {
            let held_units = known.pending_out as i128;
            let (name, unit) = (account(realm, id), Unit::of(realm, id));
            let (free, held_told) = (unit.told(known.balance - held_units), unit.told(held_units));
            let nothing = unit.told(0);
            writeln!(out, "    {name}  {nothing} = {free}")?;
            writeln!(out, "    {}  {nothing} = {held_told}", held(&name))?;
        }
        Ok(())
    }
}

impl LedgerFile {
    fn declare_commodity(&self, realm: &Realm, asset: AssetId, out: &mut dyn Write) -> io::Result<()> {
        let scale = realm.ledger().asset(asset).expect("it was just defined").scale;
        let (name, pattern) = (commodity(realm, asset), decimal(1_000 * 10_i128.pow(scale.into()), scale));
        // With a point even where there are no digits behind it: hledger asks for one.
        let point = if scale == 0 { "." } else { "" };
        if self.is_hledger {
            writeln!(out, "\ncommodity {pattern}{point} {name}")
        } else {
            writeln!(out, "\ncommodity {name}\n    format {pattern} {name}")
        }
    }
}

fn declare_account(realm: &Realm, id: AccountId, out: &mut dyn Write) -> io::Result<()> {
    let name = account(realm, id);
    writeln!(out, "account {name}\naccount {}", held(&name))
}

/// How amounts of an account are told.
struct Unit {
    scale: u8,
    commodity: String,
}

impl Unit {
    fn of(realm: &Realm, id: AccountId) -> Self {
        let asset = realm.ledger().account(id).expect("a posting's account exists").asset;
        let scale = realm.ledger().asset(asset).expect("an account's asset exists").scale;
        Unit { scale, commodity: commodity(realm, asset) }
    }

    fn told(&self, units: i128) -> String {
        format!("{} {}", decimal(units, self.scale), self.commodity)
    }
}

fn write_posting(realm: &Realm, posting: Posting, out: &mut dyn Write) -> io::Result<()> {
    let (from, unit) = (account(realm, posting.debit), Unit::of(realm, posting.debit));
    let amount = posting.amount.0 as i128;
    let (from, to) = match posting.kind {
        PostingKind::Posted => (from, account(realm, posting.credit)),
        PostingKind::Held => (from.clone(), held(&from)),
        PostingKind::Released => (held(&from), from),
    };
    writeln!(out, "    {from}  {}", unit.told(-amount))?;
    writeln!(out, "    {to}  {}", unit.told(amount))
}
