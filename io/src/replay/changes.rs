//! A replay written down change by change: a row whenever the shown levels of the book are others than before,
//! and one for each trade, as CSV or as JSON Lines.

use std::io::{self, Write};

use bartizan_engine::book::Side;

use super::reconstruct::{Level, Trade};
use super::run::{Observer, Seen};
use super::time;
use super::venue::Venue;
use crate::amount::short_decimal;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated, with a header.
    Csv,
    /// A JSON object a line.
    JsonLines,
}

/// Who writes the rows.
#[derive(Debug)]
pub struct Changes<W> {
    out: W,
    form: Form,
    levels: usize,
    venue: &'static Venue,
    last: [Vec<Level>; 2],
}

impl<W: Write> Changes<W> {
    /// Rows of `levels` levels of each side.
    ///
    /// # Errors
    /// If the header cannot be written.
    pub fn new(mut out: W, form: Form, levels: usize, venue: &'static Venue) -> io::Result<Self> {
        if form == Form::Csv {
            write!(out, "time,event,side,price,size")?;
            for level in 1..=levels {
                write!(out, ",bid_{level},bid_size_{level},ask_{level},ask_size_{level}")?;
            }
            writeln!(out)?;
        }
        Ok(Changes { out, form, levels, venue, last: [Vec::new(), Vec::new()] })
    }

    /// Ends the rows.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn trade(&mut self, time: &str, trade: &Trade) -> io::Result<()> {
        let side = trade.aggressor.map_or("", |side| if side == Side::Buy { "buy" } else { "sell" });
        let price = short_decimal(trade.price, self.venue.price_decimals);
        let size = short_decimal(trade.quantity, self.venue.quantity_decimals);
        match self.form {
            Form::Csv => {
                write!(self.out, "{time},trade,{side},{price},{size}")?;
                writeln!(self.out, "{}", ",".repeat(4 * self.levels))
            }
            Form::JsonLines => {
                let side = if side.is_empty() { "null".into() } else { format!("\"{side}\"") };
                writeln!(
                    self.out,
                    "{{\"time\":\"{time}\",\"event\":\"trade\",\"side\":{side},\"price\":{price},\"size\":{size}}}"
                )
            }
        }
    }

    fn book(&mut self, time: &str) -> io::Result<()> {
        let venue = self.venue;
        let price = |level: &Level| short_decimal(level.price, venue.price_decimals);
        let size = |level: &Level| short_decimal(level.quantity, venue.quantity_decimals);
        match self.form {
            Form::Csv => {
                write!(self.out, "{time},book,,,")?;
                for level in 0..self.levels {
                    for side in &self.last {
                        let told =
                            side.get(level).map(|level| (price(level), size(level))).unwrap_or_default();
                        write!(self.out, ",{},{}", told.0, told.1)?;
                    }
                }
                writeln!(self.out)
            }
            Form::JsonLines => {
                let side = |levels: &[Level]| {
                    let told: Vec<String> =
                        levels.iter().map(|level| format!("[{},{}]", price(level), size(level))).collect();
                    told.join(",")
                };
                let (bids, asks) = (side(&self.last[0]), side(&self.last[1]));
                writeln!(
                    self.out,
                    "{{\"time\":\"{time}\",\"event\":\"book\",\"bids\":[{bids}],\"asks\":[{asks}]}}"
                )
            }
        }
    }
}

impl<W: Write> Observer for Changes<W> {
    fn see(&mut self, seen: &Seen<'_>) -> io::Result<()> {
        let &Seen { message, reconstruction: seen, changed, .. } = seen;
        let shown_time = || time::shown(message.time, self.venue.clock, 9);
        let (trades, told) = (seen.trades(), !seen.events().reports.is_empty());
        if trades.is_empty() && !changed && (self.levels == 1 || !told) {
            return Ok(());
        }
        let time = shown_time();
        for trade in trades.iter().filter(|trade| trade.printable) {
            self.trade(&time, trade)?;
        }
        if changed || (self.levels > 1 && told) {
            let now = [Side::Buy, Side::Sell].map(|side| seen.depth(side, self.levels));
            if now != self.last {
                self.last = now;
                self.book(&time)?;
            }
        }
        Ok(())
    }
}
