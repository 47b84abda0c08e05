//! Offers one a row: CSV with a header, or JSON Lines with the same fields.
//!
//! `sells` and `buys` name assets, by any text; `amount` is what is offered, `at_least` what is asked for all of it. If wanted, `id` is any text and
//! `minimum` the least to sell, if anything: the amount itself for all or nothing, 0 for none. Other amounts are decimal numbers above 0, in JSON also as
//! text. Other columns are passed over, unless they are spelt nearly like `minimum`; other fields of JSON are refused.

use std::borrow::Cow;

use csv::{ErrorKind, StringRecord};
use serde::Deserialize;

use super::amount::Amount;
use super::number::Number;
use super::offers::{Draft, Drafted, Row};
use crate::amount::hint;
use crate::csv_line::begins;
use crate::format::ReadError;
use crate::header;

/// Reads CSV.
///
/// # Errors
/// With line and column, if the header lacks a column or a row is no offer.
pub fn csv(text: &[u8]) -> Result<Draft, ReadError> {
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(false).from_reader(text);
    let header = rows.headers().map_err(|error| malformed(text, &error))?.clone();
    let fields: Vec<&str> = header.iter().collect();
    let place = |name: &str| header::place(&fields, name);
    let needed = |name: &str| header::needed(&fields, name, "sells, buys, amount and at_least");
    let needed = [needed("sells")?, needed("buys")?, needed("amount")?, needed("at_least")?];
    let (minimum, id) = (place("minimum")?, place("id")?);
    header::check_spelling(&fields, &["minimum"])?;
    let mut draft = Draft::default();
    let read: Vec<usize> = needed.into_iter().chain(minimum).chain(id).collect();
    draft.notices.extend(header::unread(&fields, &read));
    let mut record = StringRecord::new();
    let mut number = 0;
    while rows.read_record(&mut record).map_err(|error| malformed(text, &error))? {
        number += 1;
        let line = record.position().map_or(1, |position| begins(text, position));
        let field = |column: usize| record.get(column).unwrap_or_default();
        let wrong = |column: usize, told: String| ReadError {
            line,
            column: column as u64 + 1,
            message: format!("field {}: {told}", column + 1),
        };
        let read = |column: usize, read: fn(&str) -> Result<Amount, &'static str>| {
            let text = field(column);
            read(text).map_err(|what| wrong(column, format!("expected {what}, found {text:?}{}", hint(text))))
        };
        let amount = |column: usize| read(column, Amount::read);
        let said = |column: &Option<usize>| column.filter(|&column| !field(column).is_empty());
        let [sells, buys, offered, asked] = needed;
        let offer = Drafted {
            sells: draft.asset(field(sells), 0).map_err(|told| wrong(sells, told))?,
            buys: draft.asset(field(buys), 0).map_err(|told| wrong(buys, told))?,
            amount: amount(offered)?,
            at_least: amount(asked)?,
            minimum: said(&minimum).map(|column| read(column, Amount::read_from_zero)).transpose()?,
            purse: None,
            row: Row { number, id: id.map_or("", field).to_owned() },
            line,
        };
        draft.push(offer).map_err(|told| wrong(buys, told))?;
    }
    draft.tell_repeated_ids();
    Ok(draft)
}

fn malformed(text: &[u8], error: &csv::Error) -> ReadError {
    let line = error.position().map_or(1, |position| begins(text, position)).max(1);
    let message = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("expected {expected_len} fields as in the header, found {len}")
        }
        ErrorKind::Utf8 { .. } => "expected text in UTF-8".to_owned(),
        _ => format!("expected a row of CSV: {error}"),
    };
    ReadError { line, column: 1, message }
}

/// An offer in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    sells: Cow<'a, str>,
    #[serde(borrow)]
    buys: Cow<'a, str>,
    #[serde(borrow)]
    amount: Number<'a>,
    #[serde(borrow)]
    at_least: Number<'a>,
    #[serde(borrow)]
    minimum: Option<Number<'a>>,
    #[serde(borrow, default)]
    id: Cow<'a, str>,
}

/// Reads JSON Lines.
///
/// # Errors
/// With line and column, if a line is no offer.
pub fn json_lines(text: &[u8]) -> Result<Draft, ReadError> {
    let mut draft = Draft::default();
    let mut number = 0;
    for (at, text) in text.split(|&byte| byte == b'\n').enumerate() {
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        number += 1;
        let at = at as u64 + 1;
        let line = crate::json::read::<Line<'_>>(text).map_err(|error| {
            let error: ReadError = error.into();
            let is_spread = text.trim_ascii() == b"{";
            let hint = if is_spread { "; expected each offer whole on one line" } else { "" };
            ReadError { line: at, message: error.message + hint, ..error }
        })?;
        let wrong = |field: &str, told: String| ReadError {
            line: at,
            column: 1,
            message: format!("`{field}`: {told}"),
        };
        let amount = |field: &str, number: &Number<'_>| number.read().map_err(|told| wrong(field, told));
        let minimum = line.minimum.as_ref();
        let minimum = minimum.map(|least| least.read_from_zero().map_err(|told| wrong("minimum", told)));
        let offer = Drafted {
            sells: draft.asset(&line.sells, 0).map_err(|told| wrong("sells", told))?,
            buys: draft.asset(&line.buys, 0).map_err(|told| wrong("buys", told))?,
            amount: amount("amount", &line.amount)?,
            at_least: amount("at_least", &line.at_least)?,
            minimum: minimum.transpose()?,
            purse: None,
            row: Row { number, id: line.id.into_owned() },
            line: at,
        };
        draft.push(offer).map_err(|told| wrong("buys", told))?;
    }
    draft.tell_repeated_ids();
    Ok(draft)
}
