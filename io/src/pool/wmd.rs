//! `PrefLib`'s weighted matching data.
//!
//! Old: `nodes,arcs`; for each node a line `id,Pair k` or `id,Altruist k`; then arcs `giver,receiver,weight`, counted
//! **from 0** whatever the ids say.
//!
//! New (since 2022): lines that start with `#`, of which `# NUMBER ALTERNATIVES: n`, `# NUMBER EDGES: m` and `# ALTERNATIVE NAME
//! i: Pair i` count; then arcs counted **from 1**.
//!
//! In both a node's name starts with `Pair` or `Altruist` (older files: `Alturist`), and that tells which it is.

use super::fields::{Field, Offence, lines, weight};
use super::gathered::{Gathered, names_altruist};
use super::{MAX_NODES, PoolError, PoolFormat, PoolReading};

/// The form since 2022.
pub(super) const NEW: PoolFormat = PoolFormat {
    name: "wmd",
    about: "PrefLib's .wmd with # headers, from 1",
    ending: None,
    detect: detect_new,
    read: read_new,
};

/// The form before.
pub(super) const OLD: PoolFormat = PoolFormat {
    name: "wmd-old",
    about: "PrefLib's old .wmd, from 0",
    ending: Some("wmd"),
    detect: detect_old,
    read: read_old,
};

fn first_line(text: &[u8]) -> Option<Field<'_>> {
    lines(text).next()
}

fn detect_new(text: &[u8]) -> bool {
    let names_kind = |line: &Field<'_>| {
        line.bytes.starts_with(b"# ALTERNATIVE NAME ") || line.bytes == b"# DATA TYPE: wmd"
    };
    lines(text).take_while(|line| line.bytes.starts_with(b"#")).any(|line| names_kind(&line))
}

fn detect_old(text: &[u8]) -> bool {
    let is_number = |field: Field<'_>| field.number("", 0, u64::MAX).is_ok();
    first_line(text).is_some_and(|line| line.commas().count() == 2 && line.commas().all(is_number))
}

fn read_new(text: &[u8], altruists: Option<&[u8]>) -> Result<PoolReading, PoolError> {
    with(text, altruists, new_pool)
}

fn read_old(text: &[u8], altruists: Option<&[u8]>) -> Result<PoolReading, PoolError> {
    with(text, altruists, old_pool)
}

fn with(
    text: &[u8],
    altruists: Option<&[u8]>,
    read: fn(&[u8]) -> Result<PoolReading, Offence>,
) -> Result<PoolReading, PoolError> {
    if altruists.is_some() {
        return Err(PoolError::NoSecondFile);
    }
    read(text).map_err(|offence| PoolError::Text(offence.locate(text)))
}

fn new_pool(text: &[u8]) -> Result<PoolReading, Offence> {
    let mut gathered = Gathered::default();
    let (mut node_count, mut arc_count) = (None, None);
    let mut seen = 0;
    for line in lines(text) {
        if let Some(header) = line.bytes.strip_prefix(b"#") {
            let header = Field::new(line.at + 1, header);
            if let Some(count) = value_of(header, b"NUMBER ALTERNATIVES:") {
                node_count = Some((count, count.number("number of nodes", 0, MAX_NODES as u64)?));
            } else if let Some(count) = value_of(header, b"NUMBER EDGES:") {
                arc_count = Some((count, count.number("number of arcs", 0, u64::from(u32::MAX))?));
            } else if let Some(name) = value_of(header, b"ALTERNATIVE NAME ") {
                add_named(&mut gathered, name)?;
            }
            continue;
        }
        if seen == 0 {
            agree(node_count, gathered.names.len() as u64, "nodes named")?;
        }
        arc(&mut gathered, line, 1)?;
        seen += 1;
    }
    agree(node_count, gathered.names.len() as u64, "nodes named")?;
    agree(arc_count, seen, "arcs")?;
    gathered.finish(NEW.name)
}

fn value_of<'a>(header: Field<'a>, key: &[u8]) -> Option<Field<'a>> {
    header.bytes.strip_prefix(key).map(|value| Field::new(header.at + key.len(), value))
}

/// `i: name`, where i counts from 1.
fn add_named(gathered: &mut Gathered, field: Field<'_>) -> Result<(), Offence> {
    let colon = field.bytes.iter().position(|&byte| byte == b':');
    let colon = colon.ok_or_else(|| field.offence("expected a node's number, a colon and its name"))?;
    let expected = gathered.names.len() as u64 + 1;
    if expected > MAX_NODES as u64 {
        return Err(field.offence(format!("a pool has at most {MAX_NODES} nodes")));
    }
    Field::new(field.at, &field.bytes[..colon]).number("node's number here", expected, expected)?;
    add_node(gathered, Field::new(field.at + colon + 1, &field.bytes[colon + 1..]))
}

fn add_node(gathered: &mut Gathered, field: Field<'_>) -> Result<(), Offence> {
    let is_altruist = names_altruist(&field.text());
    let is_altruist =
        is_altruist.ok_or_else(|| field.offence("expected a name that starts with Pair or Altruist"))?;
    gathered.add_named(field, is_altruist)
}

fn agree(told: Option<(Field<'_>, u64)>, counted: u64, what: &str) -> Result<(), Offence> {
    match told {
        Some((field, told)) if told != counted => {
            Err(field.offence(format!("the heading tells {told}, but there are {counted} {what}")))
        }
        _ => Ok(()),
    }
}

fn old_pool(text: &[u8]) -> Result<PoolReading, Offence> {
    let mut gathered = Gathered::default();
    let mut lines = lines(text);
    let first = lines
        .next()
        .ok_or_else(|| Offence::new(0, "expected a first line with the numbers of nodes and arcs"))?;
    let [nodes, arcs] = fields(first, "the numbers of nodes and arcs")?;
    let node_count = nodes.number("number of nodes", 0, MAX_NODES as u64)?;
    let arc_count = arcs.number("number of arcs", 0, u64::from(u32::MAX))?;
    for count in 0..node_count {
        let line = lines.next().ok_or_else(|| {
            nodes.offence(format!("the first line tells {node_count} nodes, but there are {count}"))
        })?;
        let [_, name] = fields(line, "a node's id and name")?;
        add_node(&mut gathered, name)?;
    }
    let mut seen = 0;
    for line in lines {
        arc(&mut gathered, line, 0)?;
        seen += 1;
    }
    agree(Some((arcs, arc_count)), seen, "arcs")?;
    gathered.finish(OLD.name)
}

/// `giver,receiver,weight`, counted from `base`.
fn arc(gathered: &mut Gathered, line: Field<'_>, base: u64) -> Result<(), Offence> {
    let [tail, head, worth] = fields(line, "a giver, a receiver and a weight")?;
    let node_count = gathered.names.len() as u64;
    if node_count == 0 {
        return Err(line.offence("an arc before any node; expected the nodes' names first"));
    }
    let node =
        |field: Field<'_>| field.number("node", base, node_count + base - 1).map(|node| (node - base) as u32);
    gathered.add_arc(node(tail)?, node(head)?, weight(worth)?, line.at)
}

fn fields<'a, const COUNT: usize>(line: Field<'a>, what: &str) -> Result<[Field<'a>; COUNT], Offence> {
    let fields: Vec<Field<'a>> = line.commas().collect();
    fields.try_into().map_err(|fields: Vec<Field<'a>>| {
        line.offence(format!("{} fields; expected {what}, with commas between", fields.len()))
    })
}
