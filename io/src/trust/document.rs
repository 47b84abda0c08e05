//! What can move from one participant to another, as a document for programs (`trust.schema.json` describes it): the figures, the paths one a line, and the proof.
//! Amounts are in the smallest unit, of which `decimals` says what it is.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};

use bartizan_solver::certify::trust as certify;
use bartizan_solver::trust::{self, MAX_MOVED};
use serde::{Deserialize, Serialize};

use super::network::Network;
use crate::document::{Status, write_rows};
use crate::json::nearest;

/// What the document's `format` field says.
pub const FORMAT: &str = "bartizan-trust";

/// The version that is written and read.
pub const VERSION: u32 = 1;

/// The JSON Schema of the document.
pub const SCHEMA: &str = include_str!("trust.schema.json");

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question<'a> {
    /// From whom.
    #[serde(borrow)]
    pub from: Cow<'a, str>,
    /// To whom.
    #[serde(borrow)]
    pub to: Cow<'a, str>,
    /// How much at most, if not as much as can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// In how many steps at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_hops: Option<usize>,
}

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// [`FORMAT`].
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    /// [`VERSION`].
    pub version: u32,
    /// How many of the last digits of every amount stand behind the decimal point.
    pub decimals: u8,
    /// What was asked.
    #[serde(borrow)]
    pub question: Question<'a>,
    /// The figures.
    pub summary: Summary,
    /// Why no more can move.
    pub proof: Proof,
    /// The paths, of the greatest amount first.
    #[serde(borrow)]
    pub paths: Vec<Path<'a>>,
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How much moves.
    pub moved: i64,
    /// What cannot be exceeded.
    pub bound: i64,
    /// What that costs: of each line the amount times its cost, which is a step's unless the file says otherwise.
    pub cost: i128,
    /// Whether no way of moving as much costs less.
    pub cheapest: bool,
}

/// Why no more can move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// How much is proven.
    pub status: Status,
    /// Without a limit of steps: for how much moves and then for what it costs, a potential for each node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub potentials: Vec<Vec<i64>>,
    /// With a limit: the lengths of lines that have any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lengths: Vec<(u32, u32)>,
}

/// Value that moves along one path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path<'a> {
    /// How much.
    pub amount: i64,
    /// The participants, from the first to the last.
    #[serde(borrow)]
    pub through: Vec<Cow<'a, str>>,
    /// In whose token each step is made, where holdings move.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Cow<'a, str>>,
    /// The network's lines, counted from 0 in the order in which the file tells them.
    pub lines: Vec<u32>,
}

/// What can move in a network.
///
/// # Errors
/// If an end is not in it, or both are the same.
///
/// # Panics
/// If the solver's answer is none.
pub fn solve<'a>(network: &'a Network, question: Question<'a>) -> Result<Document<'a>, String> {
    let ends = ends(network, &question)?;
    let asked = question.amount.unwrap_or(MAX_MOVED).min(MAX_MOVED);
    let lines = &network.lines;
    let (mut paths, bound, proof, cheapest) = if let Some(hops) = question.max_hops {
        let found = trust::within(lines, ends, network.lines_in(hops), asked);
        let lengths = (0..).zip(found.lengths).filter(|&(_, length)| length > 0).collect();
        let proof = Proof { status: Status::Bounded, potentials: Vec::new(), lengths };
        (found.paths, found.bound, proof, false)
    } else {
        let (paths, clearing) = trust::cheapest(lines, ends, asked);
        let moved = clearing.cleared[lines.from.len()..].iter().map(|&back| i128::from(back)).sum();
        let proof = Proof { status: Status::Bounded, potentials: clearing.potentials, lengths: Vec::new() };
        (paths, moved, proof, true)
    };
    paths.sort_by_key(|path| Reverse(path.amount));
    let moved = certify::value(lines, ends, usize::MAX, &paths).expect("the solver finds paths");
    let fits = |amount: i128| i64::try_from(amount).expect("no more than was asked");
    let summary = Summary { moved: fits(moved), bound: fits(bound), cost: cost(network, &paths), cheapest };
    let status = Status::of(moved == bound);
    let shown = |path: trust::Path| Path {
        amount: path.amount,
        through: network.through(&path.lines).into_iter().map(Cow::from).collect(),
        tokens: network.tokens(&path.lines).into_iter().map(Cow::from).collect(),
        lines: path.lines,
    };
    Ok(Document {
        format: FORMAT.into(),
        version: VERSION,
        decimals: network.decimals,
        question,
        summary,
        proof: Proof { status, ..proof },
        paths: paths.into_iter().map(shown).collect(),
    })
}

/// The nodes from which and to which value is to move.
///
/// # Errors
/// If one of them is not in the network, or both are the same.
pub fn ends(network: &Network, question: &Question<'_>) -> Result<(u32, u32), String> {
    let number = |name: &str| {
        network.number(name).ok_or_else(|| {
            let names: Vec<&str> = network.names.iter().map(String::as_str).collect();
            let near =
                nearest(name, &names).map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            format!("{name:?} is not in the network{near}")
        })
    };
    let ends = (number(&question.from)?, number(&question.to)?);
    if ends.0 == ends.1 {
        return Err(format!("{:?} stands for both ends", question.from));
    }
    Ok(ends)
}

/// What moving along these paths costs.
pub fn cost(network: &Network, paths: &[trust::Path]) -> i128 {
    let cost = |path: &trust::Path| -> i128 {
        let unit = path.lines.iter().map(|&line| i128::from(network.lines.cost[line as usize]));
        i128::from(path.amount) * unit.sum::<i128>()
    };
    paths.iter().map(cost).sum()
}

impl Document<'_> {
    /// Writes it, one path a line.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = Document { paths: Vec::new(), ..self.clone() };
        write_rows(out, &head, &self.paths)
    }
}
