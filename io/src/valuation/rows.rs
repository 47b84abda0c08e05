//! Trades, offers and obligations as rows of CSV, told apart by their header.

use bartizan_solver::valuation::{Evidence, Exchange, Rankings, Refusal};
use csv::StringRecord;
use hashbrown::HashMap;

use crate::csv_line::begins;
use crate::format::ReadError;
use crate::{alike, amount, calendar, header};

use super::reading::Reading;

/// Names of columns, the one that is told in errors first.
const GIVES: &[&str] = &["gives", "sell", "sells", "from", "sold", "debtor"];
const GETS: &[&str] = &["gets", "buy", "buys", "to", "bought", "creditor"];
const GIVEN: &[&str] = &["given", "sell_amount", "sold_amount", "amount"];
const GOT: &[&str] = &["got", "buy_amount", "bought_amount", "at_least"];
const LIMIT: &[&str] = &["limit", "rate", "price"];

/// Reads rows, if the first line names two goods, or would if commas separated its fields. With `lenient`, rows that are wrong are left out and told; else they are errors.
pub(super) fn reading(text: &[u8], lenient: bool) -> Option<Result<Reading, ReadError>> {
    if let Some(columns) = Columns::of(text) {
        return Some(rows(text, &columns, lenient));
    }
    let header = first_line(text)?;
    let others = [';', '\t'].map(|mark| header.replace(mark, ","));
    let is_other = others.iter().any(|header| Columns::of(header.as_bytes()).is_some());
    // No list of wants begins like that: it would have its users in parentheses, or a colon after the item.
    let is_table = header.contains([',', '\t']) && !header.contains(['(', ':', '{', '[', '#', '!']);
    (is_other || is_table).then(|| {
        let message = format!(
            "expected a header with two goods, such as gives,gets,given,got or sells,buys,amount,at_least or debtor,creditor,amount{}",
            header::hint(&[header])
        );
        Err(ReadError { line: 1, column: 1, message })
    })
}

fn first_line(text: &[u8]) -> Option<&str> {
    let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
    Some(std::str::from_utf8(&text[..end]).ok()?.trim_start_matches('\u{feff}'))
}

/// Where the columns stand.
struct Columns {
    kind: &'static str,
    gives: usize,
    gets: usize,
    given: Option<usize>,
    got: Option<usize>,
    limit: Option<usize>,
    weight: Option<usize>,
    time: Option<usize>,
}

impl Columns {
    /// The columns, if the first line names two goods.
    fn of(text: &[u8]) -> Option<Self> {
        let header = first_line(text)?;
        let fields: Vec<String> =
            header.split(',').map(|field| field.trim().trim_matches('"').to_lowercase()).collect();
        let find = |names: &[&str]| fields.iter().position(|field| names.contains(&field.as_str()));
        let (gives, gets) = (find(GIVES)?, find(GETS)?);
        let is_debt = fields[gives] == "debtor" && fields[gets] == "creditor";
        let (given, got, limit) = (find(GIVEN), find(GOT), find(LIMIT));
        // Lines of credit from one participant to another look like offers without an amount.
        let is_credit = fields[gives] == "from" && fields[gets] == "to" && given.or(got).is_none();
        let is_credit = is_credit && limit.is_some_and(|limit| fields[limit] == "limit");
        let kind = match (is_debt, got) {
            _ if is_credit => "lines of credit",
            (true, _) => "obligations",
            (false, Some(got)) if fields[got] == "at_least" => "offers",
            (false, Some(_)) => "trades",
            (false, None) => "offers",
        };
        Some(Columns {
            kind,
            gives,
            gets,
            given,
            got,
            limit,
            weight: find(&["weight"]),
            time: find(&["time", "date"]),
        })
    }

    fn places(&self) -> Vec<usize> {
        let others = [self.given, self.got, self.limit, self.weight, self.time];
        [self.gives, self.gets].into_iter().chain(others.into_iter().flatten()).collect()
    }

    fn check(&self) -> Result<(), ReadError> {
        if self.kind == "lines of credit" {
            let message = "from, to and limit are lines of credit, which do not say what goods are worth (`trust` reads them); offers have sell, buy and limit".to_owned();
            return Err(ReadError { line: 1, column: 1, message });
        }
        let missing = match self.kind {
            "obligations" | "trades" if self.given.is_none() => GIVEN,
            "offers" if self.got.is_some() && self.given.is_none() => GIVEN,
            "offers" if self.limit.or(self.got).is_none() => &["got", "buy_amount", "limit"],
            _ => return Ok(()),
        };
        let message = format!("expected a column {} in the header", missing.join(" or "));
        Err(ReadError { line: 1, column: 1, message })
    }
}

fn rows(text: &[u8], columns: &Columns, lenient: bool) -> Result<Reading, ReadError> {
    columns.check()?;
    let header: Vec<&str> = first_line(text).unwrap_or_default().split(',').map(str::trim).collect();
    header::check_spelling(&header, &["weight"])?;
    let unquoted: Vec<&str> = header.iter().map(|field| field.trim_matches('"')).collect();
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    let mut names = Names::default();
    let mut reading = Reading { kind: columns.kind, ..Reading::default() };
    reading.notices.extend(header::unread(&unquoted, &columns.places()));
    let (mut exchanges, mut debts) = (Vec::new(), Vec::new());
    let (mut left_out, mut first_left): (usize, Option<ReadError>) = (0, None);
    let (mut idle, mut first_idle) = (0_usize, 0);
    let mut record = StringRecord::new();
    let mut line = 1;
    loop {
        let row = match rows.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                line = record.position().map_or(1, |position| begins(text, position));
                row(&record, columns, line, &mut names)
            }
            Err(error) => {
                line = error.position().map_or(line + 1, |position| begins(text, position));
                Err(ReadError { line, column: 1, message: format!("expected a row of CSV: {error}") })
            }
        };
        match row {
            Ok(exchange) if exchange.gives == exchange.gets => {
                idle += 1;
                first_idle = if idle == 1 { line } else { first_idle };
            }
            Ok(exchange) if columns.kind == "obligations" => debts.push(exchange),
            Ok(exchange) => {
                exchanges.push(exchange);
                reading.lines.push(line);
            }
            Err(error) if lenient => {
                left_out += 1;
                first_left.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    reading.left_out = left_out;
    let mut left = Vec::new();
    if let Some(error) = first_left {
        left.push(format!("rows left out that cannot be used: {left_out} (the first: {error})"));
    }
    if idle > 0 {
        left.push(format!(
            "rows left out of something for as much of itself: {idle} (the first is line {first_idle})"
        ));
    }
    if exchanges.is_empty() && debts.is_empty() {
        left.insert(0, "expected rows under the header; it has none".to_owned());
        let message = left.join("; ");
        return Err(ReadError { line: 1, column: 1, message });
    }
    reading.notices.extend(left);
    let place = |refusal: Refusal| ReadError { line, column: 1, message: refusal.to_string() };
    reading.evidence = Evidence::new(names.told.len(), exchanges, rankings(&debts)).map_err(place)?;
    reading.notices.extend(alike::told(&names.told));
    reading.goods = names.told;
    Ok(reading)
}

/// Obligations as comparisons: the creditor before the debtor, by the amount as a multiple of the mean.
fn rankings(debts: &[Exchange]) -> Rankings {
    let mut rankings = Rankings::default();
    let mean = debts.iter().map(|debt| debt.given / debts.len() as f64).sum::<f64>();
    for debt in debts {
        let weight = debt.weight * debt.given / mean;
        if weight > 0.0 && weight.is_finite() {
            rankings.push_weighted(&[debt.gets, debt.gives], weight);
        }
    }
    rankings
}

/// Goods by name, in the order in which they appear.
#[derive(Default)]
struct Names {
    told: Vec<String>,
    index: HashMap<String, u32>,
}

impl Names {
    fn index(&mut self, name: &str) -> u32 {
        if let Some(&index) = self.index.get(name) {
            return index;
        }
        let index = self.told.len() as u32;
        self.index.insert(name.to_owned(), index);
        self.told.push(name.to_owned());
        index
    }
}

fn row(
    record: &StringRecord,
    columns: &Columns,
    line: u64,
    names: &mut Names,
) -> Result<Exchange, ReadError> {
    let wrong = |column: usize, message: String| {
        let message = format!("field {}: {message}", column + 1);
        ReadError { line, column: column as u64 + 1, message }
    };
    let name = |column: usize| match record.get(column) {
        Some("") | None => Err(wrong(column, "expected a name".into())),
        Some(name) => Ok(name),
    };
    let number = |column: Option<usize>, otherwise: f64| {
        let Some(column) = column else { return Ok(otherwise) };
        let text = record.get(column).unwrap_or_default();
        // So near to 0 that it is read as 0.
        let is_lost = |number: f64| {
            let digits = text.split(['e', 'E']).next().unwrap_or_default();
            number == 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit))
        };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && !is_lost(number) => Ok(number),
            Ok(_) => Err(wrong(column, format!("{text} is out of range"))),
            Err(_) => Err(wrong(column, format!("expected a number, found {text:?}{}", amount::hint(text)))),
        }
    };
    let given = number(columns.given, 1.0)?;
    let is_debt = columns.kind == "obligations";
    let got = match (columns.got, is_debt) {
        (_, true) => given,
        (Some(_), _) => number(columns.got, 1.0)?,
        (None, _) => given * number(columns.limit, 1.0)?,
    };
    check_above_zero(record, columns).map_err(|(column, told)| wrong(column, told))?;
    let weight = number(columns.weight, 1.0)?;
    let time = match columns.time {
        None => 0.0,
        Some(column) => {
            let text = record.get(column).unwrap_or_default();
            time(text).ok_or_else(|| wrong(column, format!("expected a number or a date, found {text:?}")))?
        }
    };
    let (gives, gets) = (name(columns.gives)?, name(columns.gets)?);
    // Checked under numbers that exist, so that a row that is left out names no goods.
    let exchange = Exchange { gives: 0, gets: u32::from(gives != gets), given, got, weight, time };
    let place = match (weight > 0.0, given > 0.0) {
        (false, _) => columns.weight,
        (_, true) => columns.got.or(columns.limit),
        (_, false) => columns.given,
    };
    exchange.check(2, 0).map_err(|refusal| {
        let told = refusal.to_string();
        let cause = told.split_once(": ").map_or(told.as_str(), |(_, cause)| cause);
        wrong(place.unwrap_or(0), cause.to_owned())
    })?;
    Ok(Exchange { gives: names.index(gives), gets: names.index(gets), ..exchange })
}

/// Refuses amounts and rates of 0, which are numbers: the column, and what was expected.
fn check_above_zero(record: &StringRecord, columns: &Columns) -> Result<(), (usize, String)> {
    let is_zero = |column: &usize| record.get(*column).and_then(|text| text.parse().ok()) == Some(0.0);
    let sides = [columns.given, columns.got.or(columns.limit)];
    let zeros: Vec<usize> = sides.into_iter().flatten().filter(is_zero).collect();
    let &[column, ref more @ ..] = &*zeros else { return Ok(()) };
    let is_arbitrage = more.is_empty() && columns.kind != "obligations";
    let why = if is_arbitrage { ": something for nothing is infinite arbitrage" } else { "" };
    Err((column, format!("expected an amount above 0, found {}{why}", &record[column])))
}

/// A time as a number: itself, or the days since 1970 of a date.
pub(crate) fn time(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        return number.is_finite().then_some(number);
    }
    let (year, month, day) = calendar::date(text.get(..10)?)?;
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let clock = text.get(11..19).and_then(|clock| {
        let mut parts = clock.split(':').map(str::parse::<f64>);
        Some((parts.next()?.ok()? * 60.0 + parts.next()?.ok()?) * 60.0 + parts.next()?.ok()?)
    });
    Some(days as f64 + clock.unwrap_or(0.0) / 86_400.0)
}
