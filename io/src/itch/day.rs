//! A day of a market as ITCH 5.0 messages: a function of the log alone, so that a message has the same number whoever asks for it and whenever.
//!
//! It begins with what was displayed at midnight UTC, bids first, best first, each queue in its order, as orders added then; and goes on with everything that the market told until
//! the next midnight. The day is that of the log's last command.

use std::io;
use std::sync::Arc;

use bartizan_engine::book::{MarketData, MarketEvent, Side};
use bartizan_engine::event::Event;
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::Realm;

use crate::node::{History, HistoryError};
use crate::replay::grid::Grid;
use crate::replay::itch50::scale::Scale;
use crate::replay::itch50::write::Session;
use crate::server::feed::Moment;
use crate::server::host::Host;

/// Nanoseconds of a day.
pub const DAY: u64 = 86_400 * 1_000_000_000;

/// Commands after which it is looked whether to go on.
const LOOK_EVERY: u64 = 256;

/// A day being told.
#[derive(Debug)]
pub struct Day {
    session: Session<Vec<u8>>,
    market: MarketId,
    /// When the next one begins.
    end: u64,
}

/// Where the day of `start` begins in the log: its first command, and the realm before that.
///
/// Starts from the newest snapshot before the day, and applies what follows twice. None if `goes_on` said now and then that it is to stop.
///
/// # Errors
/// If the journal cannot be read.
pub fn beginning(
    host: &Host,
    start: u64,
    goes_on: impl Fn() -> bool,
) -> Result<Option<(Sequence, Realm)>, HistoryError> {
    let stops = |sequence: Sequence| sequence.0.is_multiple_of(LOOK_EVERY) && !goes_on();
    let mut until = None;
    let before = loop {
        let history = History::from_snapshot(Arc::clone(host.storage()), until)?;
        let sequence = history.realm().sequence();
        if history.start().is_none() || history.realm().clock() < start {
            break sequence;
        }
        until = Some(Sequence(sequence.0 - 1));
    };
    let mut last = before;
    let again = |sequence: Sequence| match sequence.0 {
        0 => History::from_start(Arc::clone(host.storage())),
        _ => History::from_snapshot(Arc::clone(host.storage()), Some(sequence)),
    };
    let reached = host.view().reached();
    again(before)?.run_while(reached, |moment| {
        if moment.time < start {
            last = moment.sequence;
        }
        moment.time < start && !stops(moment.sequence)
    })?;
    let (realm, _) = again(before)?.run_while(last, |moment| !stops(moment.sequence))?;
    Ok(goes_on().then_some((Sequence(last.0 + 1), realm)))
}

impl Day {
    /// Opens the day of `start`, before which the realm was `before`; what the market is called and counts in is `now`'s.
    ///
    /// # Errors
    /// If the market does not fit ITCH, or tells no single orders; why.
    pub fn open(now: &Realm, before: &Realm, market: MarketId, start: u64) -> Result<Self, String> {
        let found = now.markets().get(market).ok_or("no market has this number")?;
        if !found.book().rules().l3 {
            return Err("the market tells no single orders".to_owned());
        }
        let quote = now.ledger().asset(found.assets()[1]).ok_or("the market's quote is not known")?;
        let tick = i64::try_from(found.quote_per_tick()).map_err(|error| error.to_string())?;
        let (grid, price_decimals) = (Grid { tick, lot: 1 }, u32::from(quote.scale));
        let scale = Scale { grid, price_decimals, quantity_decimals: 0 };
        let failed = |error: io::Error| error.to_string();
        let session = Session::new(Vec::new(), found.name(), scale, start).map_err(failed)?;
        let mut day = Day { session, market, end: start - start % DAY + DAY };
        if let Some(market) = before.markets().get(market) {
            let book = market.book();
            let mut told = vec![MarketData::PhaseChanged(book.phase())];
            for side in [Side::Buy, Side::Sell] {
                told.extend(book.queued(side).map(|view| MarketData::Added {
                    order: view.order,
                    side,
                    price: view.price,
                    quantity: view.displayed,
                }));
            }
            let told: Vec<_> = told.into_iter().map(|data| MarketEvent { sequence: 0, data }).collect();
            day.session.command(start, &told).map_err(failed)?;
        }
        Ok(day)
    }

    /// Tells what followed from a command; false if it is of a later day.
    ///
    /// # Errors
    /// If a price or a quantity does not fit ITCH.
    pub fn tell(&mut self, moment: &Moment<'_>) -> io::Result<bool> {
        if moment.time >= self.end {
            return Ok(false);
        }
        let mut market = moment.market;
        for event in moment.events {
            if let Event::MarketData { market: of, count } = *event {
                let (these, rest) = market.split_at(count as usize);
                market = rest;
                if of == self.market {
                    self.session.command(moment.time, these)?;
                }
            }
        }
        Ok(true)
    }

    /// How many bytes there are to be taken.
    pub fn waiting(&mut self) -> usize {
        self.session.out().len()
    }

    /// The messages since the last call, each after its length in two bytes.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.session.out())
    }

    /// Ends the day; its last messages.
    ///
    /// # Errors
    /// It does not: it is written to memory.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.session.finish()
    }
}
