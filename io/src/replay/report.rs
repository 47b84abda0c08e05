//! What a replay found, for people and as one JSON object for programs.

use std::fmt::Write as _;
use std::io::{self, Write};

use bartizan_engine::book::{DepthLevel, Side};
use serde_json::{Map, Number, Value};

use super::compare::PublishedTrade;
use super::explain::Comparison;
use super::run::Replay;
use super::survey::Survey;
use super::text::shown;
use super::time;
use super::venue::Venue;

/// A replay with what it was compared with.
#[derive(Debug)]
pub struct Report<'a> {
    /// The kind of file.
    pub venue: &'static Venue,
    /// What the file holds.
    pub survey: &'a Survey,
    /// The instrument, where the file names or numbers it.
    pub symbol: Option<String>,
    /// What the pass found.
    pub replay: &'a Replay,
    /// The time of the book that is shown, where one was asked for.
    pub at: Option<u64>,
    /// Levels of the book to show.
    pub levels: usize,
    /// Of a comparison with published best prices: what came of it.
    pub quotes: Option<Comparison>,
    /// Of a comparison with published trades: each of theirs and whether we found it.
    pub trades: Option<Vec<(PublishedTrade, bool)>>,
    /// Whether the text is to list what did not match.
    pub lists_unmatched: bool,
}

/// The percentiles shown.
const PERCENTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

impl Report<'_> {
    pub(super) fn price(&self, ticks: i64) -> String {
        self.raw_price(i128::from(ticks) * i128::from(self.replay.reconstruction.tick()))
    }

    pub(super) fn raw_price(&self, price: i128) -> String {
        shown(price, self.venue.price_decimals)
    }

    pub(super) fn size(&self, quantity: u128) -> String {
        shown(quantity as i128, self.venue.quantity_decimals)
    }

    fn depth(&self, side: Side) -> Vec<DepthLevel> {
        self.replay.reconstruction.book().depth(side, self.levels)
    }

    /// Volume-weighted average price.
    fn average_price(&self) -> Option<f64> {
        let statistics = &self.replay.statistics;
        let scale = 10f64.powi(self.venue.price_decimals as i32);
        (statistics.volume > 0).then(|| statistics.turnover as f64 / statistics.volume as f64 / scale)
    }

    pub(super) fn time(&self, time: u64) -> String {
        time::shown(time, self.venue.clock, 6)
    }

    /// Writes it for people.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.head(&mut text).and_then(|()| self.book(&mut text)).and_then(|()| self.story(&mut text));
        let _ = self.write_verdict(&mut text);
        out.write_all(text.as_bytes())
    }

    fn head(&self, text: &mut String) -> std::fmt::Result {
        let statistics = &self.replay.statistics;
        writeln!(text, "{}", self.venue.about)?;
        if let Some(symbol) = &self.symbol {
            let others = self.survey.symbols.iter().filter(|symbol| symbol.messages > 0).count();
            let which =
                if others > 1 { format!(", of {others} with orders or trades") } else { String::new() };
            writeln!(text, "instrument   {symbol}{which}")?;
        }
        if statistics.of_symbol > 0 {
            let (first, last) = (self.time(statistics.first), self.time(statistics.last));
            writeln!(text, "time         {first} to {last}")?;
        }
        let of_symbol = grouped(statistics.of_symbol);
        writeln!(text, "messages     {} read, {of_symbol} of the instrument", grouped(statistics.messages))?;
        for (kind, &count) in
            self.venue.kinds.iter().zip(&statistics.by_kind).filter(|(_, count)| **count > 0)
        {
            let share = 100.0 * count as f64 / statistics.messages as f64;
            writeln!(text, "             {:>12}  {share:5.1} %  {kind}", grouped(count))?;
        }
        if let Some(rate) = statistics.rate() {
            let busiest = grouped(statistics.busiest_second);
            writeln!(text, "rate         {rate:.1} messages a second; {busiest} in the busiest second")?;
        }
        Ok(())
    }

    fn book(&self, text: &mut String) -> std::fmt::Result {
        let book = self.replay.reconstruction.book();
        let statistics = &self.replay.statistics;
        let when = self.at.or((statistics.of_symbol > 0).then_some(statistics.last));
        let when = when.map_or_else(|| "without messages".into(), |when| format!("at {}", self.time(when)));
        writeln!(text, "\nbook         {when}, {} orders", grouped(book.len() as u64))?;
        if book.is_empty() {
            return Ok(());
        }
        let [bids, asks] = [Side::Buy, Side::Sell].map(|side| self.depth(side));
        writeln!(
            text,
            "  {:>7} {:>14} {:>14} | {:<14} {:>14} {:>7}",
            "orders", "size", "bid", "ask", "size", "orders"
        )?;
        for index in 0..bids.len().max(asks.len()) {
            let cells = |side: &[DepthLevel]| {
                side.get(index)
                    .map(|level| {
                        (
                            self.price(level.price.0),
                            self.size(level.quantity.0.into()),
                            level.count.to_string(),
                        )
                    })
                    .unwrap_or_default()
            };
            let ((bid, bid_size, bids), (ask, ask_size, asks)) = (cells(&bids), cells(&asks));
            writeln!(text, "  {bids:>7} {bid_size:>14} {bid:>14} | {ask:<14} {ask_size:>14} {asks:>7}")?;
        }
        Ok(())
    }

    fn story(&self, text: &mut String) -> std::fmt::Result {
        let statistics = &self.replay.statistics;
        if let Some((average, least, most)) = statistics.spread() {
            let scale = 10f64.powi(self.venue.price_decimals as i32);
            let average = average * self.replay.reconstruction.tick() as f64 / scale;
            let (least, most) = (self.price(least), self.price(most));
            writeln!(text, "\nspread       {average:.4} on average over time, from {least} to {most}")?;
        }
        writeln!(text, "best prices  {} changes", grouped(statistics.top_changes))?;
        write!(text, "trades       {}, volume {}", grouped(statistics.trades), self.size(statistics.volume))?;
        if let Some([first, high, low, last]) =
            statistics.prices.map(|all| all.map(|p| self.raw_price(p.into())))
        {
            write!(text, "\nprices       first {first}, high {high}, low {low}, last {last}")?;
        }
        if let Some(average) = self.average_price() {
            write!(text, ", average {average:.4}")?;
        }
        writeln!(text)?;
        if statistics.messages > 0 {
            let speed = self.replay.ns_per_message;
            writeln!(text, "speed        {speed:.0} ns a message, read and taken in")?;
        }
        let latency = &self.replay.latency_ns;
        if latency.total() > 0 {
            let told = PERCENTILES.map(|(name, share)| format!("{name} {}", latency.at(share))).join(", ");
            writeln!(
                text,
                "latency      {told}, longest {} ns (of {} timed)",
                latency.largest(),
                latency.total()
            )?;
        }
        Ok(())
    }

    /// Writes it as one JSON object on one line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, &Value::Object(self.json()))?;
        writeln!(out)
    }

    fn json(&self) -> Map<String, Value> {
        let statistics = &self.replay.statistics;
        let reconstruction = &self.replay.reconstruction;
        let top = reconstruction.top();
        let mut json = Map::new();
        let mut put = |name: &str, value: Value| {
            json.insert(name.into(), value);
        };
        put("kind", self.venue.name.into());
        put("symbol", self.symbol.clone().into());
        put("messages", statistics.messages.into());
        put("messages_of_symbol", statistics.of_symbol.into());
        let mix = self
            .venue
            .kinds
            .iter()
            .zip(&statistics.by_kind)
            .map(|(name, count)| ((*name).into(), (*count).into()));
        put("message_mix", Value::Object(mix.collect()));
        let time = |time| (statistics.of_symbol > 0).then(|| self.time(time)).into();
        put("first_time", time(statistics.first));
        put("last_time", time(statistics.last));
        put("messages_per_second", statistics.rate().into());
        put("messages_in_busiest_second", statistics.busiest_second.into());
        put("trades", statistics.trades.into());
        put("volume", number(&self.size(statistics.volume)));
        put("average_price", self.average_price().into());
        put(
            "last_price",
            statistics.prices.map_or(Value::Null, |all| number(&self.raw_price(all[3].into()))),
        );
        put("best_bid", top.bid.map_or(Value::Null, |price| number(&self.price(price.0))));
        put("best_bid_size", number(&self.size(top.bid_quantity.0.into())));
        put("best_ask", top.ask.map_or(Value::Null, |price| number(&self.price(price.0))));
        put("best_ask_size", number(&self.size(top.ask_quantity.0.into())));
        for (name, side) in [("bids", Side::Buy), ("asks", Side::Sell)] {
            let level = |level: DepthLevel| {
                let (price, size) = (self.price(level.price.0), self.size(level.quantity.0.into()));
                Value::Array(vec![number(&price), number(&size), level.count.into()])
            };
            put(name, Value::Array(self.depth(side).into_iter().map(level).collect()));
        }
        if let Some((average, least, most)) = statistics.spread() {
            let scale = 10f64.powi(self.venue.price_decimals as i32);
            put("average_spread", (average * reconstruction.tick() as f64 / scale).into());
            put("least_spread", number(&self.price(least)));
            put("most_spread", number(&self.price(most)));
        }
        put("best_price_changes", statistics.top_changes.into());
        put("orders", reconstruction.book().len().into());
        put("ns_per_message", ((self.replay.ns_per_message * 10.0).round() / 10.0).into());
        let latency = &self.replay.latency_ns;
        let mut shares: Map<String, Value> =
            PERCENTILES.iter().map(|(name, share)| ((*name).into(), latency.at(*share).into())).collect();
        shares.insert("max".into(), latency.largest().into());
        put("latency_ns", Value::Object(shares));
        self.put_verdict(&mut json);
        json
    }
}

/// A decimal as a JSON number; one too long for a number keeps its first 17 digits.
pub(super) fn number(decimal: &str) -> Value {
    if let Ok(whole) = decimal.parse::<i64>() {
        return whole.into();
    }
    decimal.parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// A count with a comma between thousands.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
