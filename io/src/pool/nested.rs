//! The nested lists of `KP_*.txt` files: a line `nodes altruists pairs arcs`, then a list that holds for each node the list of those it can
//! give to, counted from 1, and after it a list of the same shape with weights. Altruists come last.
//!
//! The files at hand count in `arcs` one from each pair to each altruist as well, which the lists do not have; both counts
//! are taken.

use super::fields::{Field, Offence, lines, weight};
use super::gathered::Gathered;
use super::{MAX_NODES, PoolError, PoolFormat, PoolReading};

/// What the registry lists.
pub(super) const FORMAT: PoolFormat =
    PoolFormat { name: "nested", about: "nested lists (KP_*.txt), from 1", ending: None, detect, read };

fn detect(text: &[u8]) -> bool {
    let mut lines = lines(text);
    let is_number = |field: Field<'_>| field.number("", 0, u64::MAX).is_ok();
    let first = lines.next().is_some_and(|line| line.blanks().count() == 4 && line.blanks().all(is_number));
    first && lines.next().is_some_and(|line| line.bytes.starts_with(b"["))
}

fn read(text: &[u8], altruists: Option<&[u8]>) -> Result<PoolReading, PoolError> {
    if altruists.is_some() {
        return Err(PoolError::NoSecondFile);
    }
    pool(text).map_err(|offence| PoolError::Text(offence.locate(text)))
}

fn pool(text: &[u8]) -> Result<PoolReading, Offence> {
    let heading = lines(text).next();
    let heading = heading.ok_or_else(|| Offence::new(0, "expected a first line of four numbers"))?;
    let counts: Vec<Field<'_>> = heading.blanks().collect();
    let [nodes, altruists, pairs, arcs] = counts[..] else {
        return Err(heading.offence("expected four numbers: nodes, altruists, pairs and arcs"));
    };
    let node_count = nodes.number("number of nodes", 0, MAX_NODES as u64)?;
    let altruist_count = altruists.number("number of altruists", 0, node_count)?;
    let pair_count = pairs.number("number of pairs", 0, node_count)?;
    if pair_count != node_count - altruist_count {
        return Err(pairs.offence(format!(
            "{node_count} nodes are told, of which {altruist_count} are altruists, and {pair_count} pairs; expected {} pairs",
            node_count - altruist_count
        )));
    }
    let arc_count = arcs.number("number of arcs", 0, u64::from(u32::MAX))?;
    let mut gathered = Gathered::default();
    for node in 1..=node_count {
        let is_altruist = node > pair_count;
        let kind = if is_altruist { "altruist" } else { "pair" };
        gathered.add_node(format!("{kind} {node}"), is_altruist);
    }
    let mut scan = Scan { text, at: heading.at + heading.bytes.len() };
    let heads = scan.lists(node_count, "receivers")?;
    let weights = scan.lists(node_count, "weights")?;
    scan.skip_blanks();
    if scan.at < text.len() {
        return Err(Offence::new(scan.at, "more after the two lists; expected the end"));
    }
    let mut seen = 0;
    for (tail, (heads, weights)) in heads.iter().zip(&weights).enumerate() {
        for (index, head) in heads.iter().enumerate() {
            let worth = weights.get(index).ok_or_else(|| head.offence("this arc has no weight"))?;
            let node = head.number("node", 1, node_count)? - 1;
            gathered.add_arc(tail as u32, node as u32, weight(*worth)?, head.at)?;
            seen += 1;
        }
        if let Some(more) = weights.get(heads.len()) {
            return Err(more.offence("this weight has no arc"));
        }
    }
    if arc_count != seen && arc_count != seen + pair_count * altruist_count {
        return Err(arcs.offence(format!("the first line tells {arc_count} arcs, but there are {seen}")));
    }
    gathered.finish(FORMAT.name)
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn skip_blanks(&mut self) {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
    }

    /// Takes `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_blanks();
        let is_next = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Offence> {
        if self.take(byte) { Ok(()) } else { Err(Offence::new(self.at, format!("expected {what}"))) }
    }

    /// A list of `count` lists.
    fn lists(&mut self, count: u64, what: &str) -> Result<Vec<Vec<Field<'a>>>, Offence> {
        self.expect(b'[', "a list of lists, which starts with [")?;
        let mut lists = Vec::new();
        while !self.take(b']') {
            if !lists.is_empty() {
                self.expect(b',', "a comma or ]")?;
            }
            if lists.len() as u64 == count {
                return Err(Offence::new(self.at, format!("more than {count} lists of {what}")));
            }
            lists.push(self.list()?);
        }
        if lists.len() as u64 != count {
            return Err(Offence::new(self.at, format!("{} lists of {what}; expected {count}", lists.len())));
        }
        Ok(lists)
    }

    fn list(&mut self) -> Result<Vec<Field<'a>>, Offence> {
        self.expect(b'[', "a list, which starts with [")?;
        let mut fields = Vec::new();
        while !self.take(b']') {
            if !fields.is_empty() {
                self.expect(b',', "a comma or ]")?;
                self.skip_blanks();
            }
            let start = self.at;
            let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
            while self.text.get(self.at).is_some_and(is_part) {
                self.at += 1;
            }
            if start == self.at {
                return Err(Offence::new(start, "expected a number"));
            }
            fields.push(Field::new(start, &self.text[start..self.at]));
        }
        Ok(fields)
    }
}
