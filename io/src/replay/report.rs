//! What a replay found, for people and as one JSON object for programs.

use std::fmt::Write as _;
use std::io::{self, Write};

use bartizan_engine::book::Side;
use serde_json::{Map, Number, Value};

use super::explain::Comparison;
use super::reconstruct::Level;
use super::run::Replay;
use super::survey::{Survey, Symbol};
use super::time;
use super::trade_list::TradesCompared;
use super::venue::Venue;
use crate::amount::short_decimal;

/// A replay with what it was compared with.
#[derive(Debug)]
pub struct Report<'a> {
    /// The kind of file.
    pub venue: &'static Venue,
    /// What the file holds.
    pub survey: &'a Survey,
    /// The instrument.
    pub symbol: Symbol,
    /// What the pass found.
    pub replay: &'a Replay,
    /// The time of the book that is shown, where one was asked for.
    pub at: Option<u64>,
    /// Messages of the opening book's file that are no new orders.
    pub opening_passed_over: u64,
    /// Levels of the book to show.
    pub levels: usize,
    /// Of a comparison with published best prices: what came of it.
    pub quotes: Option<Comparison>,
    /// Of a comparison with published trades: what came of it.
    pub trades: Option<TradesCompared>,
    /// Whether the text is to list what did not match.
    pub lists_unmatched: bool,
}

/// The percentiles shown.
const PERCENTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

impl Report<'_> {
    pub(super) fn price(&self, price: i64) -> String {
        short_decimal(price, self.venue.price_decimals)
    }

    pub(super) fn size(&self, quantity: u128) -> String {
        short_decimal(quantity as i128, self.venue.quantity_decimals)
    }

    fn depth(&self, side: Side) -> Vec<Level> {
        self.replay.reconstruction.depth(side, self.levels)
    }

    /// Volume-weighted average price.
    fn average_price(&self) -> Option<f64> {
        let statistics = &self.replay.statistics;
        let scale = 10f64.powi(self.venue.price_decimals as i32);
        (statistics.volume > 0).then(|| statistics.turnover as f64 / statistics.volume as f64 / scale)
    }

    pub(super) fn time(&self, time: u64) -> String {
        // As fine as it is, so that what is printed can be given back to --at.
        time::shown(time, self.venue.clock, if time.is_multiple_of(1000) { 6 } else { 9 })
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
        if let Some(symbol) = self.symbol.called() {
            let others = self.survey.symbols.iter().filter(|symbol| symbol.messages > 0).count();
            let which =
                if others > 1 { format!(", of {others} with orders or trades") } else { String::new() };
            writeln!(text, "instrument   {symbol}{which}")?;
        }
        if statistics.of_symbol > 0 {
            let (first, last) = (self.time(statistics.first), self.time(statistics.last));
            writeln!(text, "time         {first} to {last}")?;
        }
        if self.survey.steps_back > 0 {
            let count = grouped(self.survey.steps_back);
            writeln!(
                text,
                "             {count} of the file's messages are earlier than one before them: taken in the file's order, at its time"
            )?;
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
            let since = if statistics.busy_from > statistics.first {
                format!(" since {}, after a long silence", self.time(statistics.busy_from))
            } else {
                String::new()
            };
            writeln!(
                text,
                "rate         {rate:.1} messages a second{since}; {busiest} in the busiest second"
            )?;
        }
        Ok(())
    }

    /// When the book that is shown was so, and whether the messages go that far.
    fn when(&self) -> String {
        let statistics = &self.replay.statistics;
        let Some(at) = self.at.or((statistics.of_symbol > 0).then_some(statistics.last)) else {
            return "without messages".into();
        };
        let told = format!("at {}", self.time(at));
        if self.symbol.first > self.symbol.last {
            told
        } else if at < self.symbol.first {
            format!("{told}, before the first message at {}", self.time(self.symbol.first))
        } else if at > self.symbol.last {
            format!("{told}, after the last message at {}", self.time(self.symbol.last))
        } else {
            told
        }
    }

    fn book(&self, text: &mut String) -> std::fmt::Result {
        let book = self.replay.reconstruction.book();
        let statistics = &self.replay.statistics;
        if let Some(opening) = statistics.opening {
            write!(text, "\nopening      {} orders", grouped(opening.orders))?;
            if let (Some(bid), Some(ask), true) = (opening.bid, opening.ask, opening.is_crossed()) {
                let (bid, ask) = (self.price(bid), self.price(ask));
                write!(
                    text,
                    "; they are no book to trade in: the best bid {bid} is not below the best ask {ask}"
                )?;
            }
            if self.opening_passed_over > 0 {
                let count = grouped(self.opening_passed_over);
                write!(text, "; messages of its file that are no new orders, passed over: {count}")?;
            }
            writeln!(text)?;
        }
        writeln!(text, "\nbook         {}: {} orders", self.when(), grouped(book.len() as u64))?;
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
            let cells = |side: &[Level]| {
                side.get(index)
                    .map(|level| {
                        (self.price(level.price), self.size(level.quantity.into()), level.count.to_string())
                    })
                    .unwrap_or_default()
            };
            let ((bid, bid_size, bids), (ask, ask_size, asks)) = (cells(&bids), cells(&asks));
            writeln!(text, "  {bids:>7} {bid_size:>14} {bid:>14} | {ask:<14} {ask_size:>14} {asks:>7}")?;
        }
        Ok(())
    }

    /// When the book was crossed, so that nothing could trade in it.
    fn crossed(&self, text: &mut String) -> std::fmt::Result {
        let crossed = self.replay.statistics.crossed;
        if crossed.messages == 0 {
            return Ok(());
        }
        let (count, all) = (grouped(crossed.messages), grouped(self.replay.statistics.of_symbol));
        let (first, last) = (self.time(crossed.first), self.time(crossed.last));
        writeln!(
            text,
            "crossed      after {count} of {all} messages, between {first} and {last}: bids at or above asks, nothing trades here"
        )
    }

    fn story(&self, text: &mut String) -> std::fmt::Result {
        let statistics = &self.replay.statistics;
        writeln!(text)?;
        if let Some((average, least, most)) = statistics.spread() {
            let scale = 10f64.powi(self.venue.price_decimals as i32);
            let average = average / scale;
            let (least, most) = (self.price(least), self.price(most));
            writeln!(text, "spread       {average:.4} on average over time, from {least} to {most}")?;
        }
        self.crossed(text)?;
        writeln!(text, "best prices  {} changes", grouped(statistics.top_changes))?;
        write!(text, "trades       {}, volume {}", grouped(statistics.trades), self.size(statistics.volume))?;
        if let Some([first, high, low, last]) = statistics.prices.map(|all| all.map(|p| self.price(p))) {
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
            let known =
                PERCENTILES.iter().filter_map(|(name, share)| Some((name, latency.quantile(*share)?)));
            let told: Vec<String> = known.map(|(name, at)| format!("{name} {at}, ")).collect();
            writeln!(
                text,
                "latency      {}longest {} ns (of {} timed)",
                told.concat(),
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
        let mut json = Map::new();
        let mut put = |name: &str, value: Value| {
            json.insert(name.into(), value);
        };
        put("kind", self.venue.name.into());
        put("symbol", self.symbol.called().into());
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
        put("messages_back_in_time", self.survey.steps_back.into());
        put("messages_per_second", statistics.rate().into());
        put("messages_in_busiest_second", statistics.busiest_second.into());
        put("trades", statistics.trades.into());
        put("volume", number(&self.size(statistics.volume)));
        put("average_price", self.average_price().into());
        put("last_price", statistics.prices.map_or(Value::Null, |all| number(&self.price(all[3]))));
        for (name, side) in [("best_bid", Side::Buy), ("best_ask", Side::Sell)] {
            let best = reconstruction.depth(side, 1).first().copied();
            put(name, best.map_or(Value::Null, |level| number(&self.price(level.price))));
            let size = best.map_or(0, |level| level.quantity);
            put(&format!("{name}_size"), number(&self.size(size.into())));
        }
        for (name, side) in [("bids", Side::Buy), ("asks", Side::Sell)] {
            let level = |level: Level| {
                let (price, size) = (self.price(level.price), self.size(level.quantity.into()));
                Value::Array(vec![number(&price), number(&size), level.count.into()])
            };
            put(name, Value::Array(self.depth(side).into_iter().map(level).collect()));
        }
        let scale = 10f64.powi(self.venue.price_decimals as i32);
        let spread = statistics.spread();
        put("average_spread", spread.map(|(average, ..)| average / scale).into());
        for (name, spread) in [
            ("least_spread", spread.map(|(_, least, _)| least)),
            ("most_spread", spread.map(|(.., most)| most)),
        ] {
            put(name, spread.map_or(Value::Null, |spread| number(&self.price(spread))));
        }
        put("best_price_changes", statistics.top_changes.into());
        put("orders", reconstruction.book().len().into());
        put("tick", number(&self.price(reconstruction.grid().tick)));
        put("lot", number(&self.size(reconstruction.grid().lot.into())));
        put("opening_orders", statistics.opening.map(|opening| opening.orders).into());
        put("opening_passed_over", statistics.opening.map(|_| self.opening_passed_over).into());
        put("opening_is_crossed", statistics.opening.map(|opening| opening.is_crossed()).into());
        put("messages_while_crossed", statistics.crossed.messages.into());
        put("ns_per_message", ((self.replay.ns_per_message * 10.0).round() / 10.0).into());
        let latency = &self.replay.latency_ns;
        let mut shares: Map<String, Value> = PERCENTILES
            .iter()
            .map(|(name, share)| ((*name).into(), latency.quantile(*share).into()))
            .collect();
        shares.insert("max".into(), (latency.total() > 0).then(|| latency.largest()).into());
        shares.insert("timed".into(), latency.total().into());
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
