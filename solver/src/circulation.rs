//! A maximum-gain circulation, level by level: the best set of rings by the first linear objective,
//! among those the best by the second, and so on.
//!
//! Each level works on the arcs that some optimum of the levels before can use, and starts from an
//! optimum of theirs. Contracting its pairs leaves a digraph on the takers; only arcs inside one of
//! its strongly connected components can be exchanged for others. Each component is a square
//! assignment problem of its own, solved on as many threads as asked for. Afterwards the prices of
//! whole components are raised, in topological order, until every arc between components is worth
//! strictly less than what its taker has. So one price per node proves the level on the whole graph,
//! and the arcs worth exactly as much as what their takers have are the ones left for the next level.
//!
//! The result does not depend on the number of threads: components share nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::assignment::Assignment;
use crate::rows::{ByArc, ByTaker, NONE, Rows};
use crate::{Components, Graph};

/// What arcs are worth on one level. A node's arc to itself is always worth 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinearGains {
    /// The same for all arcs of a taker.
    ByTaker(Vec<i64>),
    /// By arc of the graph.
    ByArc(Vec<i64>),
}

impl LinearGains {
    /// What `taker` gains along `arc`.
    #[inline]
    pub fn gain(&self, graph: &Graph, taker: usize, arc: usize) -> i64 {
        if graph.arcs(taker).start == arc {
            return 0;
        }
        match self {
            LinearGains::ByTaker(gain) => gain[taker],
            LinearGains::ByArc(gain) => gain[arc],
        }
    }

    /// What `takes` gains in all.
    ///
    /// # Panics
    /// If somebody takes where there is no arc.
    pub fn total(&self, graph: &Graph, takes: &[u32]) -> i64 {
        (0..takes.len())
            .map(|taker| {
                let arc = graph.arc_between(taker, takes[taker] as usize).expect("takes along arcs");
                self.gain(graph, taker, arc)
            })
            .sum()
    }
}

/// The best circulation so far and the arcs that equally good ones can use.
#[derive(Clone, Debug)]
pub struct Face {
    /// What each node takes: a permutation, optimal on all levels solved.
    pub takes: Vec<u32>,
    /// Who takes each node: the inverse of `takes`.
    pub taker_of: Vec<u32>,
    /// Whether an arc is left: only these lie on circulations as good as `takes`.
    pub open: Vec<bool>,
    /// For each level solved, the price of each node.
    pub prices: Vec<Vec<i64>>,
}

/// A component of a face as a problem of its own.
pub(crate) struct Piece {
    /// The nodes that take, by local index.
    pub(crate) takers: Vec<u32>,
    /// The nodes that are taken, by local index: giver `k` is what taker `k` takes on the face.
    pub(crate) givers: Vec<u32>,
    /// The arcs between them, in the order of the graph's rows.
    pub(crate) rows: Rows,
    /// Whether a taker's arc to itself is among them; it then stands first.
    pub(crate) has_self: Vec<bool>,
}

impl Face {
    /// The face of all circulations: every arc open, nobody trading.
    pub fn whole(graph: &Graph) -> Self {
        let identity: Vec<u32> = (0..graph.node_count() as u32).collect();
        Face {
            takes: identity.clone(),
            taker_of: identity,
            open: vec![true; graph.arc_count()],
            prices: Vec::new(),
        }
    }

    /// The components in which this face can change, by the contracted digraph.
    pub(crate) fn components(&self, graph: &Graph) -> Components {
        let (count, arcs) = (graph.node_count(), |taker| graph.arcs(taker));
        if self.taker_of.iter().enumerate().all(|(node, &taker)| node == taker as usize) {
            return Components::find(count, arcs, |arc| self.open[arc].then(|| graph.head(arc)));
        }
        Components::find(count, arcs, |arc| self.open[arc].then(|| self.taker_of[graph.head(arc)] as usize))
    }

    /// Solves one more level: `takes` becomes the best of this face by `gains`, the face shrinks to
    /// its equals, and the prices that prove it are added.
    ///
    /// # Panics
    /// If `takes` is no permutation along open arcs of `graph`.
    pub fn optimise(&mut self, graph: &Graph, gains: &LinearGains, threads: usize) {
        let components = self.components(graph);
        let taken_along = |taker: usize| {
            let arc = graph.arc_between(taker, self.takes[taker] as usize).expect("takes along arcs");
            gains.gain(graph, taker, arc)
        };
        let mut value: Vec<i64> = (0..graph.node_count()).map(taken_along).collect();
        let mut price = vec![0; graph.node_count()];
        let mut order: Vec<usize> =
            (0..components.count()).filter(|&c| components.members(c).len() > 1).collect();
        order.sort_by_key(|&c| (std::cmp::Reverse(components.members(c).len()), c));
        let mut local = vec![NONE; graph.node_count()];
        for &component in &order {
            for (index, &taker) in components.members(component).iter().enumerate() {
                local[self.takes[taker as usize] as usize] = index as u32;
            }
        }
        let solve = |component: usize| {
            let piece = self.piece(graph, &components, component, &local);
            let assignment = solve_piece(graph, &piece, gains, |taker, arc| {
                self.is_inside(graph, &components, taker, arc)
            });
            // Rows and scratch space go at once: at a million nodes they are most of the memory.
            let (Piece { takers, givers, .. }, Assignment { mate, value, price, .. }) = (piece, assignment);
            (takers, givers, mate, value, price)
        };
        let mut adopt = Vec::with_capacity(order.len());
        in_parallel(&order, threads, solve, |solved| adopt.push(solved));
        for (takers, givers, mates, values, prices) in adopt {
            for (index, &taker) in takers.iter().enumerate() {
                value[taker as usize] = values[index];
                price[givers[index] as usize] = prices[index];
                self.takes[taker as usize] = givers[mates[index] as usize];
            }
        }
        self.separate(graph, &components, |taker, arc| gains.gain(graph, taker, arc), &mut value, &mut price);
        for (taker, &taken) in self.takes.iter().enumerate() {
            self.taker_of[taken as usize] = taker as u32;
        }
        for (taker, value) in value.iter().enumerate() {
            for arc in graph.arcs(taker) {
                self.open[arc] &= value + price[graph.head(arc)] == gains.gain(graph, taker, arc);
            }
        }
        self.prices.push(price);
    }

    /// Whether `arc` of `taker` is open and leads to a giver of the same component.
    fn is_inside(&self, graph: &Graph, components: &Components, taker: usize, arc: usize) -> bool {
        self.open[arc] && components.of[self.taker_of[graph.head(arc)] as usize] == components.of[taker]
    }

    /// Cuts one component out, with local indices: taker `k` is its `k`-th member, giver `k` what
    /// that member takes now.
    pub(crate) fn piece(
        &self,
        graph: &Graph,
        components: &Components,
        component: usize,
        local: &[u32],
    ) -> Piece {
        let takers = components.members(component).to_vec();
        let givers: Vec<u32> = takers.iter().map(|&taker| self.takes[taker as usize]).collect();
        let mut first = Vec::with_capacity(takers.len() + 1);
        let mut head = Vec::with_capacity(takers.iter().map(|&taker| graph.arcs(taker as usize).len()).sum());
        let mut has_self = Vec::with_capacity(takers.len());
        first.push(0);
        let inside = |arc: usize| {
            let giver = graph.head(arc);
            let index = local[giver];
            (self.open[arc] && givers.get(index as usize) == Some(&(giver as u32))).then_some(index)
        };
        for &taker in &takers {
            let arcs = graph.arcs(taker as usize);
            has_self.push(inside(arcs.start).is_some());
            head.extend(arcs.filter_map(inside));
            first.push(head.len() as u32);
        }
        Piece { takers, givers, rows: Rows { first, head }, has_self }
    }

    /// Raises the prices of whole components until no arc between two of them is worth as much as
    /// what its taker has. Components come in topological order, so one pass is enough.
    pub(crate) fn separate(
        &self,
        graph: &Graph,
        components: &Components,
        gain: impl Fn(usize, usize) -> i64,
        value: &mut [i64],
        price: &mut [i64],
    ) {
        // The component and price of each giver side by side: one cache miss an arc.
        let mut giver_at: Vec<(u32, i64)> = Vec::with_capacity(price.len());
        giver_at.extend(
            self.taker_of.iter().zip(&*price).map(|(&taker, &price)| (components.of[taker as usize], price)),
        );
        let mut raise = vec![0_i64; components.count()];
        for component in (0..components.count()).rev() {
            let own = raise[component];
            for &taker in components.members(component) {
                let taker = taker as usize;
                for arc in graph.arcs(taker).filter(|&arc| self.open[arc]) {
                    let (other, price) = giver_at[graph.head(arc)];
                    if other as usize != component {
                        let excess = gain(taker, arc) - value[taker] - price;
                        let raise = &mut raise[other as usize];
                        *raise = (*raise).max(own + excess + 1);
                    }
                }
            }
        }
        for node in 0..graph.node_count() {
            value[node] -= raise[components.of[node] as usize];
            price[node] += raise[giver_at[node].0 as usize];
        }
    }
}

fn solve_piece(
    graph: &Graph,
    piece: &Piece,
    gains: &LinearGains,
    inside: impl Fn(usize, usize) -> bool,
) -> Assignment {
    match gains {
        LinearGains::ByTaker(gain) => {
            let gains = ByTaker {
                gain: piece.takers.iter().map(|&taker| gain[taker as usize]).collect(),
                has_self: piece.has_self.clone(),
            };
            let mut assignment = Assignment::new(&piece.rows, &gains);
            assignment.complete(&piece.rows, &gains);
            assignment
        }
        LinearGains::ByArc(_) => {
            let mut by_arc = Vec::with_capacity(piece.rows.head.len());
            for &taker in &piece.takers {
                let taker = taker as usize;
                by_arc.extend(
                    graph
                        .arcs(taker)
                        .filter(|&arc| inside(taker, arc))
                        .map(|arc| gains.gain(graph, taker, arc)),
                );
            }
            let gains = ByArc(by_arc);
            let mut assignment = Assignment::new(&piece.rows, &gains);
            assignment.complete(&piece.rows, &gains);
            assignment
        }
    }
}

/// Runs `work` over `tasks` on up to `threads` threads and hands each result to `collect`, in the
/// order in which they finish.
fn in_parallel<T: Send>(
    tasks: &[usize],
    threads: usize,
    work: impl Fn(usize) -> T + Sync,
    mut collect: impl FnMut(T),
) {
    let threads = threads.min(tasks.len());
    if threads <= 1 {
        for &task in tasks {
            collect(work(task));
        }
        return;
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                while let Some(&task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if sender.send(work(task)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        receiver.iter().for_each(&mut collect);
    });
}
