//! Obligations as rows of CSV, with a header: `debtor,creditor,amount`, and if wanted `id`, `due` and `priority`, in any order; other columns
//! are passed over.
//!
//! Debtors and creditors are any text. Amounts are decimal numbers from 0 on with at most 9 digits behind the point; all are
//! counted in the smallest unit that any of them is written in, so that `35.00` is 3500 hundredths; where so small a unit leaves no room, with fewer zeros. `due` is a date, `2026-12-31`. `priority` is a whole number from 1 on; 1 comes first, and what has none
//! comes last. Rows in which somebody owes to themselves are left out; they are told, and so are those whose amount is 0.

use bartizan_solver::netting::{MAX_AMOUNT, MAX_OBLIGATIONS, MAX_PARTICIPANTS, Obligations};

use hashbrown::HashSet;

use super::names::Names;
use super::rows;
use crate::amount::{self, Digits};
use crate::format::ReadError;
use crate::{alike, calendar, header};

/// The most that all amounts come to: 31 times as much, which an objective may count, is still a number.
const MOST_TOTAL: i64 = i64::MAX / 32;

/// Obligations as a file tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What participants are called, in the order in which they appear.
    pub names: Vec<String>,
    /// By participant and row, in smallest units.
    pub obligations: Obligations,
    /// How many of the last digits of every amount stand behind the decimal point.
    pub decimals: u8,
    /// Whether the header has `due`, and whether it has `priority`.
    pub has_due: bool,
    /// See [`Reading::has_due`].
    pub has_priority: bool,
    /// What else the rows say.
    pub rows: Vec<Row>,
    /// The lines of rows that were left out, since they name one participant twice.
    pub self_debts: Vec<u64>,
    /// The lines of rows whose amount is 0. They stay, and nothing of them can be cleared.
    pub zeros: Vec<u64>,
    /// What of the file is not heeded, or may not be meant, one sentence each.
    pub notices: Vec<String>,
}

/// What a row says beside debtor, creditor and amount.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Where it stands, counted from 1.
    pub line: u64,
    /// Its id, if the file has any.
    pub id: String,
    /// When it is due, as a number that grows with the date; later than all dates if it says nothing.
    pub due: Option<u32>,
    /// The less, the sooner it is to be cleared.
    pub priority: Option<u32>,
}

/// Where the columns stand.
struct Columns {
    debtor: usize,
    creditor: usize,
    amount: usize,
    id: Option<usize>,
    due: Option<usize>,
    priority: Option<usize>,
}

/// Reads obligations.
///
/// # Errors
/// With line and column: if the header lacks a column, or a row is no obligation.
pub fn read(text: &[u8]) -> Result<Reading, ReadError> {
    let mut reading = Reading::default();
    let mut names = Names::default();
    let mut amounts: Vec<Digits> = Vec::new();
    let mut columns: Option<Columns> = None;
    rows::each(text, |line, fields| {
        let Some(columns) = &columns else {
            let found = Columns::find(fields)?;
            reading.notices.extend(header::unread(fields, &found.places()));
            columns = Some(found);
            // Memory that grows step by step is copied, and new to the system, each time.
            let most = memchr::memchr_iter(b'\n', text).count().min(MAX_OBLIGATIONS / 2);
            reading.reserve(most);
            amounts.reserve(most);
            return Ok(());
        };
        let place = Place { line, fields };
        let amount = place.amount(columns.amount)?;
        let row = place.row(columns)?;
        let mut number = |column: usize| {
            let number = names.number(place.text(column)?);
            if number as usize >= MAX_PARTICIPANTS - 2 {
                return Err(place.wrong(column, format!("more than {} participants", MAX_PARTICIPANTS - 2)));
            }
            Ok(number)
        };
        let (debtor, creditor) = (number(columns.debtor)?, number(columns.creditor)?);
        if debtor == creditor {
            reading.self_debts.push(line);
            return Ok(());
        }
        if reading.rows.len() >= MAX_OBLIGATIONS / 2 {
            return Err(place.wrong(0, format!("more than {} obligations", MAX_OBLIGATIONS / 2)));
        }
        if amount.number == 0 {
            reading.zeros.push(line);
        }
        reading.obligations.push(debtor, creditor, 0);
        amounts.push(amount);
        reading.rows.push(row);
        Ok(())
    })?;
    // A file without any line has no header.
    let columns = columns.map_or_else(|| Columns::find(&[]), Ok)?;
    (reading.has_due, reading.has_priority) = (columns.due.is_some(), columns.priority.is_some());
    if reading.rows.is_empty() && reading.self_debts.is_empty() {
        reading.notices.push("no obligations under the header".to_owned());
    }
    reading.names = names.told;
    reading.notices.extend(alike::told(&reading.names));
    reading.obligations.participants = reading.names.len();
    reading.set_amounts(&amounts, columns.amount)?;
    Ok(reading)
}

impl Columns {
    fn find(header: &[&str]) -> Result<Self, ReadError> {
        let place = |name: &str| header::place(header, name);
        let needed = |name: &str| header::needed(header, name, "debtor, creditor and amount");
        header::check_spelling(header, &["due", "priority"])?;
        Ok(Columns {
            debtor: needed("debtor")?,
            creditor: needed("creditor")?,
            amount: needed("amount")?,
            id: place("id")?,
            due: place("due")?,
            priority: place("priority")?,
        })
    }
}

impl Columns {
    fn places(&self) -> Vec<usize> {
        let needed = [self.debtor, self.creditor, self.amount];
        needed.into_iter().chain(self.id).chain(self.due).chain(self.priority).collect()
    }
}

/// A row, and where it stands.
struct Place<'a> {
    line: u64,
    fields: &'a [&'a str],
}

impl<'a> Place<'a> {
    fn wrong(&self, column: usize, message: String) -> ReadError {
        ReadError { line: self.line, column: column as u64 + 1, message }
    }

    fn text(&self, column: usize) -> Result<&'a str, ReadError> {
        let text = self.fields.get(column).copied().unwrap_or_default();
        if text.is_empty() {
            return Err(self.wrong(column, format!("field {}: expected a name, found nothing", column + 1)));
        }
        Ok(text)
    }

    /// The digits of an amount.
    fn amount(&self, column: usize) -> Result<Digits, ReadError> {
        let text = self.fields.get(column).copied().unwrap_or_default();
        let wrong = |what: &str| {
            Err(self.wrong(
                column,
                format!(
                    "field {}: expected an amount {what}, found {text:?}{}",
                    column + 1,
                    amount::hint(text)
                ),
            ))
        };
        if text.starts_with('-') {
            return wrong("from 0 on (what is owed the other way has debtor and creditor exchanged)");
        }
        amount::digits(text).or_else(wrong)
    }

    fn row(&self, columns: &Columns) -> Result<Row, ReadError> {
        let said = |column: Option<usize>| {
            let text = column.and_then(|column| self.fields.get(column).map(|&text| (column, text)));
            text.filter(|(_, text)| !text.is_empty())
        };
        let due = said(columns.due).map(|(column, text)| {
            date(text).ok_or_else(|| {
                self.wrong(
                    column,
                    format!("field {}: expected a date such as 2026-12-31, found {text:?}", column + 1),
                )
            })
        });
        let priority = said(columns.priority).map(|(column, text)| {
            let priority = text.parse().ok().filter(|&priority| priority > 0);
            priority.ok_or_else(|| {
                self.wrong(
                    column,
                    format!(
                        "field {}: expected a whole number from 1 on (1 comes first), found {text:?}",
                        column + 1
                    ),
                )
            })
        });
        let id = said(columns.id).map_or(String::new(), |(_, text)| text.to_owned());
        Ok(Row { line: self.line, id, due: due.transpose()?, priority: priority.transpose()? })
    }
}

/// A date as a number that grows with it.
fn date(text: &str) -> Option<u32> {
    calendar::date(text).map(|(year, month, day)| (year * 100 + month) * 100 + day)
}

impl Reading {
    /// Counts all amounts in the smallest unit that any of them is written in.
    fn reserve(&mut self, rows: usize) {
        let Obligations { debtor, creditor, amount, .. } = &mut self.obligations;
        debtor.reserve(rows);
        creditor.reserve(rows);
        amount.reserve(rows);
        self.rows.reserve(rows);
    }

    fn set_amounts(&mut self, amounts: &[Digits], column: usize) -> Result<(), ReadError> {
        // All together are at most one amount where there is to be credit.
        self.decimals = amount::decimals(&amounts.iter().copied(), MAX_AMOUNT, MAX_AMOUNT);
        let mut total: i64 = 0;
        for (number, digits) in amounts.iter().enumerate() {
            let line = self.rows[number].line;
            let wrong = |message: String| ReadError { line, column: column as u64 + 1, message };
            let units = digits.units(self.decimals);
            let amount =
                i64::try_from(units).ok().filter(|&amount| amount <= MAX_AMOUNT).ok_or_else(|| {
                    wrong(format!(
                        "the amount is too large: expected at most {MAX_AMOUNT} of the file's smallest unit"
                    ))
                })?;
            total = Some(total + amount).filter(|&total| total <= MOST_TOTAL).ok_or_else(|| {
                wrong(format!(
                    "all amounts together are too large: expected at most {MOST_TOTAL} of the smallest unit"
                ))
            })?;
            self.obligations.amount[number] = amount;
        }
        Ok(())
    }

    /// Which obligation stands in a line.
    ///
    /// # Errors
    /// If none does.
    pub fn number(&self, line: u64) -> Result<usize, String> {
        let found = self.rows.binary_search_by_key(&line, |row| row.line);
        found.map_err(|_| format!("line {line} of the file is no obligation"))
    }

    /// The lines of rows whose id another before them has.
    pub fn repeated_ids(&self) -> Vec<u64> {
        let mut seen = HashSet::new();
        let with_id = self.rows.iter().filter(|row| !row.id.is_empty());
        with_id.filter(|row| !seen.insert(row.id.as_str())).map(|row| row.line).collect()
    }

    /// An amount as people write it.
    pub fn shown(&self, amount: i64) -> String {
        amount::decimal(amount, self.decimals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        read(text.as_bytes()).expect_err("it is refused").to_string()
    }

    #[test]
    fn rows_are_read_in_any_order_of_columns_and_in_the_smallest_unit() {
        let text = "Creditor,note,amount, debtor ,due,priority,id\nbob,x,10.50,ann,2026-12-31,2,a7\nann,,3,\"bob\",,,\ncat,,0,cat,,,\nann,,0,bob,,,\n";
        let reading = read(text.as_bytes()).unwrap();
        assert_eq!(reading.names, ["ann", "bob", "cat"]);
        assert_eq!(
            (&reading.obligations.debtor[..], &reading.obligations.creditor[..]),
            (&[0, 1, 1][..], &[1, 0, 0][..])
        );
        assert_eq!((&reading.obligations.amount[..], reading.decimals), (&[1050, 300, 0][..], 2));
        let first = Row { line: 2, id: "a7".into(), due: Some(20_261_231), priority: Some(2) };
        assert_eq!(reading.rows[0], first);
        assert_eq!(reading.rows[1], Row { line: 3, ..Row::default() });
        assert_eq!((&reading.self_debts[..], &reading.zeros[..]), (&[4][..], &[5][..]));
        assert_eq!(reading.notices, ["columns not read: note"]);
        assert!(reading.has_due && reading.has_priority && reading.repeated_ids().is_empty());
        let again = read(b"id,debtor,creditor,amount\nx,a,b,1\n,b,a,1\n,b,c,1\nx,b,a,1\nx,c,a,1\n").unwrap();
        assert!(!again.has_due && !again.has_priority);
        assert_eq!(again.repeated_ids(), [5, 6]);
        assert_eq!(
            (reading.shown(1050), reading.shown(-5), reading.shown(0)),
            ("10.50".into(), "-0.05".into(), "0.00".into())
        );
    }

    #[test]
    fn what_is_no_obligation_is_told_by_line_and_field() {
        for (text, told) in [
            (
                "debtor,creditor\n",
                "line 1, column 1: expected a header with debtor, creditor and amount; it has no amount",
            ),
            ("", "it has no debtor (the file is empty)"),
            (
                "debtor,creditor,amount\na,b\n",
                "line 2, column 1: expected 3 fields as in the header, found 2",
            ),
            ("debtor,creditor,amount\na,b,1\na,,1\n", "line 3, column 2: field 2: expected a name"),
            (
                "debtor,creditor,amount\na,b,-4\n",
                "line 2, column 3: field 3: expected an amount from 0 on (what is owed the other way",
            ),
            ("debtor,creditor,amount\na,b,1e3\n", "as a decimal number, found \"1e3\""),
            ("debtor,creditor,amount\na,b,.5\n", "as a decimal number"),
            ("debtor,creditor,amount\na,b,0.1234567891\n", "at most 9 digits"),
            ("debtor,creditor,amount\na,b,99999999999999999999\n", "at most 18 digits"),
            ("debtor,creditor,amount\na,b,9999999999999999\n", "line 2, column 3: the amount is too large"),
            (
                "debtor,creditor,amount,due\na,b,1,31.12.2026\n",
                "line 2, column 4: field 4: expected a date such as 2026-12-31",
            ),
            ("debtor,creditor,amount,due\na,b,1,2026-13-01\n", "expected a date"),
            ("debtor,creditor,amount,due\na,b,1,2026-02-30\n", "expected a date"),
            ("debtor,creditor,amount,due\na,b,1,+026-02-03\n", "expected a date"),
            (
                "debtor,creditor,amount,Amount\na,b,1,2\n",
                "line 1, column 4: the header has the column amount twice",
            ),
            ("debtor,creditor,amount,id,id\na,b,1,,\n", "the header has the column id twice"),
            ("debtor;creditor;amount\na;b;1\n", "it has no debtor (its fields are separated by semicolons"),
            ("debtor,creditor,amount\na,b,\"1,234.50\"\n", "nothing between thousands: 1234.50"),
            ("debtor,creditor,amount\na,b,1,234\n", "found 4 (a comma within a field needs quotation marks"),
            ("debtor,creditor,amount,priority\na,b,1,0\n", "from 1 on (1 comes first), found \"0\""),
            ("debtor,creditor,amount,priority\na,b,1,-1\n", "from 1 on (1 comes first), found \"-1\""),
            ("[{\"debtor\": 1}]\n", "it has no debtor (this looks like JSON: expected CSV)"),
            (
                "debtor,creditor,amount,priority\na,b,1,high\n",
                "expected a whole number from 1 on (1 comes first), found \"high\"",
            ),
        ] {
            assert!(refused(text).contains(told), "{text}: {}", refused(text));
        }
        let many = "debtor,creditor,amount\n".to_owned() + &"a,b,1000000000000000\n".repeat(9_300);
        assert!(refused(&many).contains("all amounts together are too large"), "{}", refused(&many));
        assert!(read(b"debtor,creditor,amount\n\xff,b,1\n").unwrap_err().message.contains("UTF-8"));
    }
}
