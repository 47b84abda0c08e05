//! Obligations put together by the two participants between whom they are: what a pair owes each other is cleared as a sum, and taken apart at the end in the
//! order of obligations. Those that count and those that do not are pairs of their own.
//!
//! The nodes are the participants, by how many obligations they have: what is looked at most often lies together. An arc is one side of a pair: one word
//! says where it leads and how it may be used, two more where its pair and the other side are, which are looked up only where something is pushed.
//!
//! What is pushed along an arc is released of what its end owes, and taken back of what it is owed: where everything that counts is cleared at the beginning, pushing either way takes back.

use std::ops::Range;

use super::obligations::{MAX_PARTICIPANTS, Obligations, Weights, by_degree};
use crate::prefetch::prefetch;

/// How an arc may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not at all.
    Full,
    /// To clear again: a unit gains 1.
    Again,
    /// At no cost.
    Free,
    /// To take back: a unit costs 1.
    Back,
}

/// One side of a pair, as its end sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Arc {
    /// The other end, how what is here may go there, how what is there may come here, and whether the pair counts.
    word: u32,
    /// Twice its pair, and 1 more if it is the second end's.
    side: u32,
    /// Where the other side of the pair is.
    twin: u32,
}

impl Arc {
    const AWAY: u32 = MAX_PARTICIPANTS.ilog2();
    const HERE: u32 = Self::AWAY + 2;
    const COUNTS: u32 = Self::AWAY + 4;

    fn state(self, shift: u32) -> State {
        [State::Full, State::Again, State::Free, State::Back][(self.word >> shift & 3) as usize]
    }

    pub(super) fn other(self) -> usize {
        (self.word & ((1 << Self::AWAY) - 1)) as usize
    }

    pub(super) fn away(self) -> State {
        self.state(Self::AWAY)
    }

    pub(super) fn here(self) -> State {
        self.state(Self::HERE)
    }

    fn counts(self) -> bool {
        self.word >> Self::COUNTS == 1
    }

    fn set(&mut self, away: State, here: State) {
        let kept = self.word & !(15 << Self::AWAY);
        self.word = kept | (away as u32) << Self::AWAY | (here as u32) << Self::HERE;
    }
}

/// What two participants owe each other.
#[derive(Clone, Copy, Debug)]
struct Pair {
    /// What was pushed from its first end to its second since the beginning.
    pushed: i64,
    /// The least that may be.
    least: i64,
    /// The most.
    most: i64,
}

impl Pair {
    /// How the first end's arc may be used, and the second's.
    fn states(&self, counts: bool) -> [State; 2] {
        let of = |pushed: i64, most: i64| match pushed {
            _ if pushed >= most => State::Full,
            _ if !counts => State::Free,
            ..0 => State::Again,
            _ => State::Back,
        };
        [of(self.pushed, self.most), of(-self.pushed, -self.least)]
    }
}

/// One obligation of a pair.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// Twice the pair, and 1 more if its second end is the debtor. While pairs are made: the second end, then whether it is the debtor, and
    /// whether the obligation counts.
    side: u32,
    number: u32,
    amount: i64,
}

/// The pairs of a network, and its arcs.
pub(super) struct Pairs {
    /// By node, which participant it is.
    pub(super) order: Vec<u32>,
    /// Where the arcs of each node start, and where those of them end that are kept in front; one entry more than nodes.
    rows: Vec<[u32; 2]>,
    /// The arcs.
    pub(super) arcs: Vec<Arc>,
    of: Vec<Pair>,
    parts: Vec<Part>,
}

impl Pairs {
    /// The pairs of the obligations `free`, with everything cleared of them that counts; and by node what is too much there then, or below 0, missing.
    pub(super) fn new(
        obligations: &Obligations,
        weights: &Weights,
        free: &[u32],
        cleared: &mut [i64],
    ) -> (Self, Vec<i64>) {
        let order = by_degree(obligations, free);
        let mut node = vec![0; obligations.participants];
        order.iter().enumerate().for_each(|(new, &old)| node[old as usize] = new as u32);
        let ends = |number: u32| {
            let number = number as usize;
            [obligations.debtor[number], obligations.creditor[number]].map(|old| node[old as usize])
        };
        let mut first = vec![0_u32; order.len() + 1];
        let mut excess = vec![0; order.len()];
        for &number in free {
            let [debtor, creditor] = ends(number);
            first[debtor.min(creditor) as usize + 1] += 1;
            if weights[number as usize] > 0 {
                let more = obligations.amount[number as usize] - cleared[number as usize];
                excess[debtor as usize] -= more;
                excess[creditor as usize] += more;
                cleared[number as usize] += more;
            }
        }
        sum(&mut first);
        let mut parts = vec![Part::default(); free.len()];
        let mut next = first.clone();
        for &number in free {
            let [debtor, creditor] = ends(number);
            let place = &mut next[debtor.min(creditor) as usize];
            let is_second = u32::from(debtor > creditor);
            let counts = u32::from(weights[number as usize] > 0);
            let side = debtor.max(creditor) << 2 | counts << 1 | is_second;
            parts[*place as usize] = Part { side, number, amount: obligations.amount[number as usize] };
            *place += 1;
        }
        let mut pairs = Pairs { order, rows: Vec::new(), arcs: Vec::new(), of: Vec::new(), parts };
        let ends = pairs.put_together(&first, cleared);
        pairs.draw_arcs(first, &ends);
        (pairs, excess)
    }

    /// Makes pairs of the parts, which lie by their first end from `first` on; returns of each its first end, and the second with whether it counts.
    fn put_together(&mut self, first: &[u32], cleared: &[i64]) -> Vec<[u32; 2]> {
        let mut ends: Vec<[u32; 2]> = Vec::with_capacity(self.parts.len());
        self.of.reserve(self.parts.len());
        let nodes = self.order.len();
        // By second end and whether it counts, the latest pair.
        let mut latest = vec![u32::MAX; 2 * nodes];
        for node in 0..nodes {
            let before = ends.len() as u32;
            for part in &mut self.parts[first[node] as usize..first[node + 1] as usize] {
                let (key, is_second) = (part.side >> 1, part.side & 1);
                let pair = &mut latest[key as usize];
                if *pair == u32::MAX || *pair < before {
                    *pair = ends.len() as u32;
                    ends.push([node as u32, key]);
                    self.of.push(Pair { pushed: 0, least: 0, most: 0 });
                }
                part.side = *pair << 1 | is_second;
                let cleared = if key & 1 == 1 { part.amount } else { cleared[part.number as usize] };
                let [least, most] = match is_second {
                    0 => [-cleared, part.amount - cleared],
                    _ => [cleared - part.amount, cleared],
                };
                let pair = &mut self.of[*pair as usize];
                pair.least += least;
                pair.most += most;
            }
        }
        ends
    }

    /// Draws the arcs of pairs.
    fn draw_arcs(&mut self, mut next: Vec<u32>, ends: &[[u32; 2]]) {
        next.fill(0);
        for &[one, key] in ends {
            next[one as usize + 1] += 1;
            next[key as usize / 2 + 1] += 1;
        }
        sum(&mut next);
        self.rows = next.iter().map(|&first| [first, first]).collect();
        self.arcs = vec![Arc::default(); 2 * ends.len()];
        for (number, (pair, &[first, key])) in self.of.iter().zip(ends).enumerate() {
            let counts = key & 1;
            let states = pair.states(counts == 1);
            let between = [first, key / 2];
            let places = between.map(|node| {
                let place = &mut next[node as usize];
                *place += 1;
                *place - 1
            });
            for end in 0..2 {
                let arc = &mut self.arcs[places[end] as usize];
                let word = between[1 - end] | counts << Arc::COUNTS;
                *arc = Arc { word, side: 2 * number as u32 + end as u32, twin: places[1 - end] };
                arc.set(states[end], states[1 - end]);
            }
        }
    }

    /// Where the arcs of a node are.
    pub(super) fn row(&self, node: usize) -> Range<usize> {
        self.rows[node][0] as usize..self.rows[node + 1][0] as usize
    }

    /// Fetches where the arcs of a node are.
    #[inline]
    pub(super) fn prefetch_row(&self, node: usize) {
        prefetch(&self.rows, node);
    }

    /// Where those of a node's arcs are that are kept in front.
    pub(super) fn front(&self, node: usize) -> Range<usize> {
        self.rows[node][0] as usize..self.rows[node][1] as usize
    }

    /// Keeps one of a node's arcs in front from now on, or no more, at both of its ends.
    pub(super) fn keep_in_front(&mut self, node: usize, place: usize, kept: bool) {
        let arc = self.arcs[place];
        for (node, place) in [(node, place), (arc.other(), arc.twin as usize)] {
            let front = &mut self.rows[node][1];
            *front -= u32::from(!kept);
            let border = *front as usize;
            *front += u32::from(kept);
            if place != border {
                self.arcs.swap(border, place);
                for at in [border, place] {
                    let twin = self.arcs[at].twin as usize;
                    self.arcs[twin].twin = at as u32;
                }
            }
        }
    }

    /// Pushes `excess` along an arc that may be used, as far as that is possible at the same cost; returns how much that is.
    pub(super) fn push(&mut self, place: usize, excess: i64) -> i64 {
        let arc = self.arcs[place];
        prefetch(&self.arcs, arc.twin as usize);
        let end = arc.side as usize % 2;
        let pair = &mut self.of[arc.side as usize / 2];
        let [pushed, most] = if end == 0 { [pair.pushed, pair.most] } else { [-pair.pushed, -pair.least] };
        let upto = if arc.away() == State::Again { 0 } else { most };
        let more = excess.min(upto - pushed);
        pair.pushed += if end == 0 { more } else { -more };
        let states = pair.states(arc.counts());
        let [away, here] = [states[end], states[1 - end]];
        if [away, here] != [arc.away(), arc.here()] {
            self.arcs[place].set(away, here);
            self.arcs[arc.twin as usize].set(here, away);
        }
        more
    }

    /// Takes the pairs apart: what was pushed is first cleared of the first of the obligations of which more can be, and the rest taken back of the last.
    pub(super) fn split(mut self, cleared: &mut [i64]) {
        for part in &self.parts {
            let pushed = &mut self.of[part.side as usize / 2].pushed;
            let cleared = &mut cleared[part.number as usize];
            let to_second = part.side % 2 == 0;
            let wish = if to_second { *pushed } else { -*pushed };
            let more = wish.clamp(0, part.amount - *cleared);
            *cleared += more;
            *pushed -= if to_second { more } else { -more };
        }
        for part in self.parts.iter().rev() {
            let pushed = &mut self.of[part.side as usize / 2].pushed;
            let cleared = &mut cleared[part.number as usize];
            let to_second = part.side % 2 == 0;
            let wish = if to_second { -*pushed } else { *pushed };
            let less = wish.clamp(0, *cleared);
            *cleared -= less;
            *pushed += if to_second { less } else { -less };
        }
    }
}

/// From how many each has to where each starts: of each the number stands one further.
fn sum(first: &mut [u32]) {
    for at in 1..first.len() {
        first[at] += first[at - 1];
    }
}
