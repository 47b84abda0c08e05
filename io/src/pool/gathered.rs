//! What all readers of pools do with the arcs they gather: leave out those to altruists, refuse what is named twice, and bring
//! weights to the fewest decimals.

use std::collections::HashSet;

use bartizan_solver::exchange::Arc;

use super::fields::{Field, Offence, WEIGHT_DECIMALS};
use super::{Donors, PoolReading};

/// Arcs as they are read, each with where it stands.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) names: Vec<String>,
    pub(super) is_altruist: Vec<bool>,
    arcs: Vec<(Arc, usize)>,
    to_altruists: usize,
    known: HashSet<String>,
}

impl Gathered {
    pub(super) fn add_node(&mut self, name: String, is_altruist: bool) {
        self.names.push(name);
        self.is_altruist.push(is_altruist);
    }

    /// The same of a node whose name stands in the text, which may have it once.
    pub(super) fn add_named(&mut self, field: Field<'_>, is_altruist: bool) -> Result<(), Offence> {
        let name = field.text();
        if !self.known.insert(name.clone()) {
            return Err(field.offence(format!("{name} is listed a second time; expected each node once")));
        }
        self.add_node(name, is_altruist);
        Ok(())
    }

    /// Adds an arc between known nodes; `weight` is in millionths.
    pub(super) fn add_arc(&mut self, tail: u32, head: u32, weight: i64, at: usize) -> Result<(), Offence> {
        self.add_arc_with_passes(tail, head, weight, Vec::new(), at)
    }

    pub(super) fn add_arc_with_passes(
        &mut self,
        tail: u32,
        head: u32,
        weight: i64,
        passes: Vec<u32>,
        at: usize,
    ) -> Result<(), Offence> {
        if tail == head {
            let name = &self.names[tail as usize];
            return Err(Offence::new(at, format!("{name} gives to itself; expected two different nodes")));
        }
        if self.is_altruist[head as usize] {
            self.to_altruists += 1;
        } else {
            self.arcs.push((Arc { tail, head, gain: weight, passes }, at));
        }
        Ok(())
    }

    /// The pool.
    pub(super) fn finish(mut self, format: &'static str) -> Result<PoolReading, Offence> {
        self.arcs.sort_by(|one, other| {
            let key = |arc: &Arc| (arc.tail, arc.head);
            key(&one.0)
                .cmp(&key(&other.0))
                .then_with(|| one.0.passes.cmp(&other.0.passes))
                .then(one.1.cmp(&other.1))
        });
        for pair in self.arcs.windows(2) {
            let [(one, _), (other, at)] = pair else { continue };
            if (one.tail, one.head, &one.passes) == (other.tail, other.head, &other.passes) {
                let (tail, head) = (&self.names[one.tail as usize], &self.names[one.head as usize]);
                return Err(Offence::new(
                    *at,
                    format!("{tail} gives to {head} a second time; expected each arc once"),
                ));
            }
        }
        let mut decimals = WEIGHT_DECIMALS as u8;
        while decimals > 0 && self.arcs.iter().all(|(arc, _)| arc.gain % 10 == 0) {
            decimals -= 1;
            self.arcs.iter_mut().for_each(|(arc, _)| arc.gain /= 10);
        }
        let notices = match self.to_altruists {
            0 => Vec::new(),
            count => vec![format!("{count} arcs to altruists left out: altruists receive nothing")],
        };
        let arcs = self.arcs.into_iter().map(|(arc, _)| arc).collect();
        let Gathered { names, is_altruist, .. } = self;
        Ok(PoolReading {
            format,
            names,
            is_altruist,
            arcs,
            weight_decimals: decimals,
            donors: Donors::default(),
            notices,
        })
    }
}

/// Whether a name is that of an altruist: `Altruist 9`, or as older files of `PrefLib` spell it `Alturist 9`. Pairs are
/// called `Pair 9`; of any other name there is no telling.
pub(super) fn names_altruist(name: &str) -> Option<bool> {
    let starts = |front: &str| name.get(..front.len()).is_some_and(|start| start.eq_ignore_ascii_case(front));
    if starts("altruist") || starts("alturist") {
        return Some(true);
    }
    starts("pair").then_some(false)
}
