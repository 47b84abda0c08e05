//! Credit lines as rows of CSV. With a header: `from,to,limit`, and if wanted `cost` (of a unit, a whole number; 1 if there is none): so much value may move from one to
//! the other, on credit that `to` gives; several rows of one pair add up. Or `source,target,rating,time`, as SNAP's Bitcoin OTC set has them, without a header if all are numbers: whoever rates somebody
//! above 0 takes so much of that one's promises, so as much may move from who is rated to who rates; other ratings give no credit. A rating is what one thinks of another, so of
//! several of one pair the latest stands, of one time the last row. Objects of JSON are graphs of Circles ([`super::circles`]).

use bartizan_solver::netting::{MAX_AMOUNT, MAX_OBLIGATIONS, MAX_PARTICIPANTS, MAX_WEIGHT};
use csv::StringRecord;
use hashbrown::HashMap;

use super::circles;
use super::network::{Form, Network};
use crate::amount::{self, Digits};
use crate::csv_line::begins;
use crate::format::ReadError;
use crate::{alike, csv_line, header};

/// Reads a network of credit lines, whichever of these forms it has.
///
/// # Errors
/// With line and column: if it is of none, or something in it is wrong.
pub fn read(text: &[u8]) -> Result<Network, ReadError> {
    if text.trim_ascii_start().first() == Some(&b'{') {
        return circles::read(text);
    }
    let mut rows =
        csv::ReaderBuilder::new().trim(csv::Trim::All).has_headers(false).flexible(false).from_reader(text);
    let mut record = StringRecord::new();
    let mut reader = Reader::default();
    let mut columns = None;
    while rows.read_record(&mut record).map_err(|error| malformed(text, &error))? {
        let line = record.position().map_or(1, |position| begins(text, position));
        let row = Row { line, record: &record };
        match &columns {
            None => {
                let mut found = row.columns()?;
                reader.network.notices.extend(found.unread.take());
                if !found.is_header {
                    reader.rating(&row, &found, 3)?;
                }
                columns = Some(found);
            }
            Some(columns) => match columns.time {
                Some(time) => reader.rating(&row, columns, time)?,
                None => reader.line(&row, columns)?,
            },
        }
    }
    match columns {
        None => {
            let message = format!("expected {EXPECTED}{}", header::hint(&[]));
            Err(ReadError { line: 1, column: 1, message })
        }
        Some(columns) => reader.finish(columns.limit),
    }
}

/// What a file begins with.
const EXPECTED: &str = "a header with from, to and limit, or ratings: source,target,rating,time, whose header may be left out if all are numbers";

fn malformed(text: &[u8], error: &csv::Error) -> ReadError {
    let line = error.position().map_or(1, |position| begins(text, position)).max(1);
    ReadError {
        line,
        column: 1,
        message: format!("expected a row of CSV with as many fields as the first: {error}"),
    }
}

/// Where the columns stand.
struct Columns {
    from: usize,
    to: usize,
    limit: usize,
    cost: Option<usize>,
    /// Of ratings: the limit is the rating then.
    time: Option<usize>,
    is_header: bool,
    /// What is to be said of other columns.
    unread: Option<String>,
}

struct Row<'a> {
    line: u64,
    record: &'a StringRecord,
}

impl Row<'_> {
    fn wrong(&self, column: usize, what: &str) -> ReadError {
        let found = self.record.get(column).unwrap_or_default();
        let message = format!("field {}: expected {what}, found {found:?}", column + 1);
        ReadError { line: self.line, column: column as u64 + 1, message }
    }

    fn columns(&self) -> Result<Columns, ReadError> {
        let fields: Vec<&str> = self.record.iter().collect();
        let place = |name: &str| header::place(&fields, name);
        if let (Some(from), Some(to), Some(limit)) = (place("from")?, place("to")?, place("limit")?) {
            header::check_spelling(&fields, &["cost"])?;
            let cost = place("cost")?;
            let read: Vec<usize> = [from, to, limit].into_iter().chain(cost).collect();
            let unread = header::unread(&fields, &read);
            return Ok(Columns { from, to, limit, cost, time: None, is_header: true, unread });
        }
        if let [Some(to), Some(from), Some(limit), Some(time)] =
            [place("source")?, place("target")?, place("rating")?, place("time")?]
        {
            let unread = header::unread(&fields, &[from, to, limit, time]);
            return Ok(Columns { from, to, limit, cost: None, time: Some(time), is_header: true, unread });
        }
        if self.record.len() == 4 && self.record.iter().all(|field| field.parse::<f64>().is_ok()) {
            let time = Some(3);
            return Ok(Columns {
                from: 1,
                to: 0,
                limit: 2,
                cost: None,
                time,
                is_header: false,
                unread: None,
            });
        }
        let message = format!("expected {EXPECTED}{}", header::hint(&fields));
        Err(ReadError { line: self.line, column: 1, message })
    }
}

#[derive(Default)]
struct Reader {
    network: Network,
    numbers: HashMap<String, u32>,
    /// By line: the digits, and where it stands in the file.
    limits: Vec<(Digits, u64)>,
    /// All of them, in the order of the file.
    ratings: Vec<Rating>,
}

/// So much of `ends.0`'s promises `ends.1` takes since `time`.
struct Rating {
    line: u64,
    ends: (u32, u32),
    points: i32,
    time: f64,
}

impl Reader {
    fn number(&mut self, row: &Row<'_>, column: usize) -> Result<u32, ReadError> {
        let name = row.record.get(column).unwrap_or_default();
        if name.is_empty() {
            return Err(row.wrong(column, "a name"));
        }
        if let Some(&number) = self.numbers.get(name) {
            return Ok(number);
        }
        let number = self.network.names.len() as u32;
        if number as usize >= MAX_PARTICIPANTS {
            return Err(row.wrong(column, &format!("at most {MAX_PARTICIPANTS} participants")));
        }
        self.numbers.insert(name.to_owned(), number);
        self.network.names.push(name.to_owned());
        Ok(number)
    }

    fn line(&mut self, row: &Row<'_>, columns: &Columns) -> Result<(), ReadError> {
        let ends = (self.number(row, columns.from)?, self.number(row, columns.to)?);
        let text = row.record.get(columns.limit).unwrap_or_default();
        let limit = amount::digits(text).map_err(|what| {
            let error = row.wrong(columns.limit, &format!("a limit {what}"));
            ReadError { message: error.message + amount::hint(text), ..error }
        })?;
        let said = columns.cost.map(|column| (column, row.record.get(column).unwrap_or_default()));
        let cost = match said {
            Some((column, text)) if !text.is_empty() => {
                let cost = text.parse().ok().filter(|cost| (0..=MAX_WEIGHT).contains(cost));
                cost.ok_or_else(|| row.wrong(column, &format!("a whole number from 0 to {MAX_WEIGHT}")))?
            }
            _ => 1,
        };
        if self.limits.len() >= MAX_OBLIGATIONS / 2 {
            return Err(row.wrong(0, &format!("at most {} lines", MAX_OBLIGATIONS / 2)));
        }
        self.network.has_cost = columns.cost.is_some();
        self.network.rows += 1;
        self.network.lines.push(ends.0, ends.1, 0, cost);
        self.limits.push((limit, row.line));
        Ok(())
    }

    fn rating(&mut self, row: &Row<'_>, columns: &Columns, time_column: usize) -> Result<(), ReadError> {
        let points = row.record.get(columns.limit).and_then(|text| text.parse::<i32>().ok());
        let points = points.ok_or_else(|| row.wrong(columns.limit, "a whole number"))?;
        let time = row.record.get(time_column).and_then(|text| text.parse::<f64>().ok());
        let time = time.filter(|time| time.is_finite());
        let time = time.ok_or_else(|| row.wrong(time_column, "a time as a number"))?;
        let ends = (self.number(row, columns.from)?, self.number(row, columns.to)?);
        self.network.form = Form::Ratings;
        self.network.rows += 1;
        if self.ratings.len() >= MAX_OBLIGATIONS / 2 {
            return Err(row.wrong(0, &format!("at most {} ratings", MAX_OBLIGATIONS / 2)));
        }
        self.ratings.push(Rating { line: row.line, ends, points, time });
        Ok(())
    }

    /// Makes lines of the ratings that stand.
    fn rate(&mut self) {
        let mut latest: HashMap<(u32, u32), usize> = HashMap::new();
        for (place, rating) in self.ratings.iter().enumerate() {
            let stands = latest.entry(rating.ends).or_insert(place);
            if rating.time >= self.ratings[*stands].time {
                *stands = place;
            }
        }
        let (mut replaced, mut without) = (Vec::new(), Vec::new());
        for (place, rating) in self.ratings.iter().enumerate() {
            let Rating { line, ends, points, .. } = *rating;
            match u64::try_from(points) {
                _ if latest[&ends] != place => replaced.push(line),
                Ok(number) if number > 0 => {
                    self.network.lines.push(ends.0, ends.1, 0, 1);
                    self.limits.push((Digits { number, ..Digits::default() }, line));
                }
                _ => without.push(line),
            }
        }
        let notices = &mut self.network.notices;
        notices.extend(csv_line::told(
            "ratings left out, since a later one of the same by the same stands",
            &replaced,
        ));
        notices.extend(csv_line::told(
            "ratings left out, since they are not above 0 and give no credit",
            &without,
        ));
    }

    /// Tells of rows that bring nothing, or may not be meant.
    fn notice(&mut self) {
        let lines = &self.network.lines;
        let (mut to_self, mut zero, mut again) = (Vec::new(), Vec::new(), Vec::new());
        let mut pairs = hashbrown::HashSet::new();
        for (number, &(digits, line)) in self.limits.iter().enumerate() {
            let ends = (lines.from[number], lines.to[number]);
            if ends.0 == ends.1 {
                to_self.push(line);
            } else if digits.number == 0 {
                zero.push(line);
            } else if !pairs.insert(ends) {
                again.push(line);
            }
        }
        self.network.used = self.limits.len() - to_self.len() - zero.len();
        for (what, rows) in [
            ("rows by which nothing moves, since they lead from somebody to themselves", to_self),
            ("rows by which nothing moves, since their limit is 0", zero),
            ("rows of a pair that a row before them is of, whose limits add up", again),
        ] {
            self.network.notices.extend(csv_line::told(what, &rows));
        }
    }

    /// Counts all limits in the smallest unit that any of them is written in.
    fn finish(mut self, column: usize) -> Result<Network, ReadError> {
        self.rate();
        self.notice();
        if self.network.rows == 0 {
            return Err(ReadError {
                line: 1,
                column: 1,
                message: "expected rows under the header; it has none".to_owned(),
            });
        }
        let decimals = amount::decimals(&self.limits.iter().map(|limit| limit.0), MAX_AMOUNT, i64::MAX);
        for (number, &(digits, line)) in self.limits.iter().enumerate() {
            let limit = i64::try_from(digits.units(decimals)).ok().filter(|&limit| limit <= MAX_AMOUNT);
            self.network.lines.limit[number] = limit.ok_or_else(|| ReadError {
                line,
                column: column as u64 + 1,
                message: format!(
                    "the limit is too large: expected at most {MAX_AMOUNT} of the file's smallest unit"
                ),
            })?;
        }
        self.network.decimals = decimals;
        self.network.lines.nodes = self.network.names.len();
        self.network.notices.extend(alike::told(&self.network.names));
        Ok(self.network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_ratings_are_read() {
        let network = read(b"To,from,limit,cost\nbob,ann,10.5,\ncat, bob ,3,7\n").unwrap();
        assert_eq!(network.names, ["ann", "bob", "cat"]);
        let lines = &network.lines;
        assert_eq!((&lines.from[..], &lines.to[..]), (&[0, 1][..], &[1, 2][..]));
        assert_eq!((&lines.limit[..], &lines.cost[..], network.decimals), (&[105, 30][..], &[1, 7][..], 1));
        let more = read(b"from,to,limit,note\na,b,1,x\nA,b,1,y\n").unwrap().notices;
        assert!(more[0] == "columns not read: note" && more[1].ends_with("\"a\" and \"A\""), "{more:?}");
        let zeros = read(b"from,to,limit\na,b,10.00\nb,c,3\n").unwrap();
        assert_eq!(
            (&zeros.lines.limit[..], zeros.decimals),
            (&[1_000, 300][..], 2),
            "hundredths are written"
        );
        let network = read(b"6,2,4,1289241911.7\n6,5,-2,1289241941.5\n2,6,10,1\n").unwrap();
        assert_eq!(network.names, ["2", "6", "5"]);
        let lines = &network.lines;
        assert_eq!(
            (&lines.from[..], &lines.to[..], &lines.limit[..]),
            (&[0, 1][..], &[1, 0][..], &[4, 10][..])
        );
        assert_eq!(network.through(&[0, 1]), ["2", "6", "2"]);
    }

    /// Without a header names that are no numbers might be those of credit lines, which lead the other way.
    #[test]
    fn ratings_with_a_header_are_of_any_names() {
        let network = read(b"Source,target,rating,time\nann,bob,4,10\nann,cat,-2,11\n").unwrap();
        assert_eq!((network.form, network.rows, network.used), (Form::Ratings, 2, 1));
        let [ann, bob] = ["ann", "bob"].map(|name| network.number(name).unwrap());
        assert_eq!((network.lines.from[0], network.lines.to[0], network.lines.limit[0]), (bob, ann, 4));
        let moved = read(b"time,rating,target,source\n10,4,bob,ann\n").unwrap();
        assert_eq!((moved.names, moved.lines.limit), (vec!["bob".to_owned(), "ann".to_owned()], vec![4]));
        let told = read(b"ann,bob,4,10\n").unwrap_err().to_string();
        assert!(told.ends_with("whose header may be left out if all are numbers"), "{told}");
    }

    /// The row with the latest time stands, wherever it is; of one time the last row. None is left out without a word.
    #[test]
    fn of_several_ratings_of_one_by_another_the_latest_stands() {
        let network =
            read(b"6,2,4,10\n6,2,7,30\n6,2,9,20\n5,2,3,10\n5,2,-1,11\n2,6,1,5\n2,6,2,5\n2,2,3,1\n").unwrap();
        let lines = &network.lines;
        let all: Vec<_> = (0..3).map(|line| (lines.from[line], lines.to[line], lines.limit[line])).collect();
        let [two, six] = ["2", "6"].map(|name| network.number(name).unwrap());
        assert_eq!(all, [(two, six, 7), (six, two, 2), (two, two, 3)]);
        assert_eq!((network.form, network.rows, network.used), (Form::Ratings, 8, 2));
        assert_eq!(
            network.notices,
            [
                "ratings left out, since a later one of the same by the same stands: 4 (the first is line 1)",
                "ratings left out, since they are not above 0 and give no credit: 1 (the first is line 5)",
                "rows by which nothing moves, since they lead from somebody to themselves: 1 (the first is line 8)",
            ]
        );
    }

    #[test]
    fn rows_that_bring_nothing_or_may_not_be_meant_are_told() {
        let network = read(b"from,to,limit\na,b,5\nb,b,1\na,c,0\na,b,2\n").unwrap();
        assert_eq!(
            (network.form, network.rows, network.used, &network.lines.limit[..]),
            (Form::Lines, 4, 2, &[5, 1, 0, 2][..])
        );
        assert_eq!(
            network.notices,
            [
                "rows by which nothing moves, since they lead from somebody to themselves: 1 (the first is line 3)",
                "rows by which nothing moves, since their limit is 0: 1 (the first is line 4)",
                "rows of a pair that a row before them is of, whose limits add up: 1 (the first is line 5)",
            ]
        );
    }

    #[test]
    fn what_is_no_line_is_told_by_line_and_field() {
        for (text, told) in [
            (
                "",
                "line 1, column 1: expected a header with from, to and limit, or ratings: source,target,rating,time, whose header may be left out if all are numbers (the file is empty)",
            ),
            ("from,to,limit\n", "line 1, column 1: expected rows under the header; it has none"),
            ("a,b\n", "line 1, column 1: expected a header with from, to and limit, or ratings"),
            (
                "from,to,limit\na,b,-1\n",
                "line 2, column 3: field 3: expected a limit as a decimal number, found \"-1\"",
            ),
            ("from,to,limit\n,b,1\n", "line 2, column 1: field 1: expected a name"),
            ("from,to,limit\na,b,9999999999999999\n", "line 2, column 3: the limit is too large"),
            (
                "from,to,limit,cost\na,b,1,-1\n",
                "line 2, column 4: field 4: expected a whole number from 0 to",
            ),
            ("from;to;limit\na;b;1\n", "if all are numbers (its fields are separated by semicolons"),
            ("from,to,limit,to\na,b,1,c\n", "line 1, column 4: the header has the column to twice"),
            ("from,to,limit\na,b,\"1,5\"\n", "found \"1,5\" (expected a point before"),
            ("from,to,limit\na,b\n", "line 2, column 1: expected a row of CSV"),
            ("1,2,3,4\n1,2,half,4\n", "line 2, column 3: field 3: expected a whole number, found \"half\""),
            ("1,2,3,4\n1,2,3,nan\n", "line 2, column 4: field 4: expected a time as a number, found \"nan\""),
        ] {
            let error = read(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(told), "{text}: {error}");
        }
    }
}
