//! The `.input` and `.ndds` files of kidney solvers: `nodes arcs`, then `giver receiver weight`, closed by `-1 -1 -1`. All count
//! from 0; in `.ndds` givers are altruists with a count of their own, and receivers are pairs of the `.input`.
//!
//! A text is of this form also where its heading or its end is lost: bare numbers, three to a line, are hardly want lists, and read
//! as such they would be cleared without a word. So it is the reader here that says what is missing.

use super::fields::{Field, Offence, lines, weight};
use super::gathered::Gathered;
use super::{MAX_NODES, PoolError, PoolFormat, PoolReading};

/// What the registry lists.
pub(super) const FORMAT: PoolFormat = PoolFormat {
    name: "input",
    about: ".input, with altruists from .ndds, from 0",
    ending: Some("input"),
    detect,
    read,
};

fn detect(text: &[u8]) -> bool {
    let last = text.trim_ascii_end().rsplit(|&byte| byte == b'\n').next().map(|line| Field::new(0, line));
    last.is_some_and(is_end) || is_of_triples(text)
}

fn is_end(line: Field<'_>) -> bool {
    line.blanks().count() == 3 && line.blanks().all(|field| field.bytes == b"-1")
}

/// Whether it may be the front of a number.
fn is_numeric(field: Field<'_>) -> bool {
    field.bytes.iter().all(|byte| byte.is_ascii_digit() || b"-.".contains(byte))
}

/// Whether it is three numbers to a line throughout, but for a heading of two and a last line that breaks off.
fn is_of_triples(text: &[u8]) -> bool {
    let is_number = |field: Field<'_>| field.number("", 0, u64::MAX).is_ok();
    let is_weight = |field: Field<'_>| weight(field).is_ok();
    let mut lines = lines(text).peekable();
    let (mut line_count, mut triple_count) = (0, 0);
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let field_count = line.blanks().count();
        let is_triple =
            field_count == 3 && line.blanks().take(2).all(is_number) && line.blanks().skip(2).all(is_weight);
        let is_heading = line_count == 0 && field_count == 2 && line.blanks().all(is_number);
        let breaks_off = is_last && triple_count > 0 && field_count <= 3 && line.blanks().all(is_numeric);
        if !is_triple && !is_heading && !breaks_off {
            return false;
        }
        line_count += 1;
        triple_count += usize::from(is_triple);
    }
    triple_count > 0
}

fn read(text: &[u8], altruists: Option<&[u8]>) -> Result<PoolReading, PoolError> {
    let mut gathered = Gathered::default();
    pairs(text, &mut gathered).map_err(|offence| PoolError::Text(offence.locate(text)))?;
    let pair_count = gathered.names.len() as u64;
    if let Some(altruists) = altruists {
        let read = table(
            altruists,
            |gathered, number| gathered.add_node(format!("altruist {number}"), true),
            &mut gathered,
            pair_count,
            pair_count,
        );
        read.map_err(|offence| PoolError::Altruists(offence.locate(altruists)))?;
    }
    // What is named twice may stand in either file: arcs of altruists come last.
    gathered.finish(FORMAT.name).map_err(|offence| match altruists {
        Some(altruists) if offence.message.starts_with("altruist ") => {
            PoolError::Altruists(offence.locate(altruists))
        }
        _ => PoolError::Text(offence.locate(text)),
    })
}

fn pairs(text: &[u8], gathered: &mut Gathered) -> Result<(), Offence> {
    table(text, |gathered, number| gathered.add_node(format!("pair {number}"), false), gathered, 0, u64::MAX)
}

/// Reads one file: `add` makes each of its givers, who count on from `first` in the pool; receivers are below
/// `receivers`, or the givers where that is more.
fn table(
    text: &[u8],
    add: fn(&mut Gathered, u64),
    gathered: &mut Gathered,
    first: u64,
    receivers: u64,
) -> Result<(), Offence> {
    let mut lines = lines(text);
    let heading = lines
        .next()
        .ok_or_else(|| Offence::new(0, "expected a first line with the numbers of givers and arcs"))?;
    let [givers, arcs] = fields(heading, "the numbers of givers and arcs")?;
    let giver_count = givers.number("number of givers", 0, MAX_NODES as u64 - first)?;
    let arc_count = arcs.number("number of arcs", 0, u64::from(u32::MAX))?;
    (0..giver_count).for_each(|number| add(gathered, number));
    let receiver_count = receivers.min(giver_count.max(first));
    let mut seen = 0;
    let mut is_closed = false;
    for line in lines {
        if is_closed {
            return Err(line.offence("a line after -1 -1 -1; expected the end"));
        }
        let [tail, head, worth] = fields(line, "a giver, a receiver and a weight")?;
        if [tail, head, worth].iter().all(|field| field.bytes == b"-1") {
            is_closed = true;
            continue;
        }
        if giver_count == 0 || receiver_count == 0 {
            return Err(line.offence("an arc, but nobody to give or to receive"));
        }
        let tail = first + tail.number("giver", 0, giver_count - 1)?;
        let head = head.number("receiver", 0, receiver_count - 1)?;
        gathered.add_arc(tail as u32, head as u32, weight(worth)?, line.at)?;
        seen += 1;
    }
    if !is_closed {
        return Err(Offence::new(text.len(), "the end; expected -1 -1 -1"));
    }
    if seen != arc_count {
        return Err(arcs.offence(format!("the first line tells {arc_count} arcs, but there are {seen}")));
    }
    Ok(())
}

fn fields<'a, const COUNT: usize>(line: Field<'a>, what: &str) -> Result<[Field<'a>; COUNT], Offence> {
    let fields: Vec<Field<'a>> = line.blanks().collect();
    fields.try_into().map_err(|fields: Vec<Field<'a>>| {
        line.offence(format!("{} fields; expected {what}, with blanks between", fields.len()))
    })
}
