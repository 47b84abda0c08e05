//! The circulation that clears most, where every obligation that counts counts alike: costs are -1, 0 and 1 then, and much is simpler than in `flow`, which is for
//! any weights.
//!
//! All obligations between the same two participants that count are one [`Pair`], and all that do not another. It begins with
//! everything cleared that counts, so some participants are owed more by it than they owe. What is too much at one is pushed to where it is missing along the
//! cheapest paths, of the fewest steps among these, where taking back a unit costs 1 and clearing it again gains 1.
//! How far a node is from there (cost times [`Flow::scale`] and steps in one number) is its label: it falls by exactly what an arc costs, and 1, where that arc may be
//! used. Rounds take turns: labels are made exact, and then everything is pushed along arcs that may be used, by pushes and relabels (Goldberg 1997, "An
//! efficient implementation of a scaling minimum-cost flow algorithm"). Of those each node has one at most at a time, and waits if it needs another; few as these then are, they
//! go on at most [`MOST_TURNS`] times before labels are made exact again.
//!
//! What makes rounds cheap: each node remembers the arc by which it was reached last. As long as these still lead to where something is missing, labels are
//! exact; only nodes that they do not lead there any more are searched again (as Ramalingam and Reps 1996, "An incremental algorithm for a generalization of
//! the shortest-path problem", do for one arc that is taken away).
//!
//! Cost: in theory as `flow` with a weight of 1; 16 bytes an obligation, 48 a pair and 33 a participant.

use std::collections::VecDeque;
use std::ops::Range;

use super::obligations::{MAX_PARTICIPANTS, Obligations, Weights};
use super::pairs::{Arc, Pairs, State};
use crate::prefetch::prefetch;
use crate::radix_heap::RadixHeap;

const UNREACHED: i64 = i64::MAX;

/// How many turns ahead a node is fetched, then its arcs, then where they lead; and of how many arcs at most.
const FAR: usize = 16;
const NEAR: usize = 8;
const NEXT: usize = 3;
const MOST_FETCHED: usize = 16;

/// So many nodes for each that is relabelled before labels are made exact again.
const RELABELLED: usize = 16;

/// Nor have nodes more turns than that.
const MOST_TURNS: u32 = 16;

/// What is known of a node in a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Unknown,
    /// Its label is exact.
    Exact,
    /// Its label is still to be found.
    Waiting,
}

/// The weight that all of `free` have which have any, if that is one, and above 0.
pub(super) fn weight(weights: &Weights, free: &[u32]) -> Option<i32> {
    let mut found = free.iter().map(|&number| weights[number as usize]).filter(|&weight| weight != 0);
    let weight = found.next().filter(|&weight| weight > 0)?;
    found.all(|other| other == weight).then_some(weight)
}

/// As `flow::circulation`, if the weights are none but 0 and `weight`.
pub(super) fn circulation(
    obligations: &Obligations,
    (weights, weight): (&Weights, i32),
    free: &[u32],
    cleared: &mut [i64],
) -> Vec<i64> {
    let (pairs, excess) = Pairs::new(obligations, weights, free, cleared);
    let mut flow = Flow::new(pairs, excess);
    while flow.set_labels() {
        flow.discharge();
        while flow.goes_on() {
            flow.discharge();
        }
    }
    let mut potentials = vec![0; obligations.participants];
    let by_node = flow.potentials();
    for (&node, potential) in flow.pairs.order.iter().zip(by_node) {
        potentials[node as usize] = potential * i64::from(weight);
    }
    flow.pairs.split(cleared);
    potentials
}

/// Along which arcs of a node a search goes, and by how much less than that a label must rise.
type Along = (fn(&Pairs, usize) -> Range<usize>, i64);

#[derive(Clone, Copy, Debug)]
struct Node {
    label: i64,
    /// What came to the node and has not left it; below 0: what is missing there.
    excess: i64,
    /// In a search: by how much the label rises at most.
    rise: i64,
    parent: Parent,
    /// The arc to try next, if the node has had its turn in this round.
    next: u32,
}

/// By which arc a node was reached: where it leads, and how it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parent(u32);

impl Parent {
    const NONE: Self = Parent(u32::MAX);
    /// Of a node where something is missing.
    const ROOT: Self = Parent(u32::MAX - 1);

    fn new(node: usize, state: State) -> Self {
        Parent((state as u32) << MAX_PARTICIPANTS.ilog2() | node as u32)
    }

    fn node(self) -> usize {
        self.0 as usize & (MAX_PARTICIPANTS - 1)
    }

    fn state(self) -> usize {
        (self.0 >> MAX_PARTICIPANTS.ilog2()) as usize
    }
}

/// What a node has had in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Nothing,
    Begun,
    Relabelled,
}

struct Flow {
    pairs: Pairs,
    /// By state of an arc, what a label falls by along it.
    falls: [i64; 4],
    /// What a unit of cost is in labels: more than twice as much as there can be steps, which are fewer than nodes where labels are exact, and one more at most for
    /// each node relabelled since: a share of one in [`RELABELLED`] of all, and then once more each.
    scale: i64,
    /// Whether arcs are kept in front yet.
    is_sorted: bool,
    nodes: Vec<Node>,
    mark: Vec<Mark>,
    turn: Vec<Turn>,
    heap: RadixHeap,
    /// Nodes with too much, in the order in which they came to it.
    active: VecDeque<u32>,
    /// Nodes that would be relabelled a second time.
    stuck: Vec<u32>,
    /// How many nodes were relabelled since labels were exact.
    relabelled: usize,
    /// How many turns nodes have had since then.
    turns: u32,
}

impl Flow {
    fn new(pairs: Pairs, excess: Vec<i64>) -> Self {
        let count = excess.len();
        let scale = 6 * (count as i64 + 1);
        let parent = |excess: i64| if excess < 0 { Parent::ROOT } else { Parent::NONE };
        let node = |excess| Node { label: 0, excess, rise: UNREACHED, parent: parent(excess), next: 0 };
        Flow {
            pairs,
            falls: [0, 1 - scale, 1, 1 + scale],
            scale,
            is_sorted: false,
            nodes: excess.into_iter().map(node).collect(),
            mark: vec![Mark::Unknown; count],
            turn: vec![Turn::Nothing; count],
            heap: RadixHeap::default(),
            active: VecDeque::new(),
            stuck: Vec::new(),
            relabelled: 0,
            turns: 0,
        }
    }

    /// What the label of the end of an arc is at most, if it may be used.
    fn through(&self, arc: Arc) -> Option<i64> {
        let state = arc.away();
        (state != State::Full).then(|| self.nodes[arc.other()].label + self.falls[state as usize])
    }

    /// Makes all labels exact. False if nowhere is too much.
    fn set_labels(&mut self) -> bool {
        (self.relabelled, self.turns) = (0, 0);
        self.stuck.clear();
        self.active.clear();
        self.active
            .extend((0..).zip(&self.nodes).filter(|(_, node)| node.excess > 0).map(|(number, _)| number));
        if self.active.is_empty() {
            return false;
        }
        let all: Along = (Pairs::row, UNREACHED);
        let mut last;
        if self.is_sorted {
            let in_front: Along = (Pairs::front, self.scale / 2);
            self.mark_exact();
            let waiting = self.waiting();
            if 2 * waiting.len() > self.nodes.len() {
                self.begin_everywhere();
            } else {
                self.begin_beside(&waiting, in_front);
            }
            last = self.search(in_front);
            let waiting = self.waiting();
            self.begin_beside(&waiting, all);
            last = self.search(all).max(last);
            for &node in &waiting {
                self.sort(node as usize);
            }
        } else {
            self.begin_everywhere();
            last = self.search(all);
            for node in 0..self.nodes.len() {
                self.sort(node);
            }
            self.is_sorted = true;
        }
        // What is reached from nowhere may wait farther off than all the rest.
        for node in self.waiting() {
            let node = node as usize;
            assert!(
                self.nodes[node].excess <= 0,
                "what was cleared before was a circulation, so all can go back"
            );
            self.nodes[node].label += last;
            self.nodes[node].parent = Parent::NONE;
        }
        true
    }

    fn waiting(&self) -> Vec<u32> {
        let is_waiting = |mark: &Mark| *mark == Mark::Waiting;
        // Memory that grew step by step would be new to the system each time.
        let mut waiting = Vec::with_capacity(self.mark.iter().filter(|&mark| is_waiting(mark)).count());
        waiting.extend((0..).zip(&self.mark).filter(|(_, mark)| is_waiting(mark)).map(|(node, _)| node));
        waiting
    }

    /// Keeps those of a node's arcs in front, at both ends, along which or against which labels fall by as much as they say of cost.
    fn sort(&mut self, node: usize) {
        for arc in &self.pairs.arcs[self.pairs.row(node)] {
            prefetch(&self.nodes, arc.other());
        }
        for place in self.pairs.front(node).rev() {
            if !self.is_tight(node, self.pairs.arcs[place]) {
                self.pairs.keep_in_front(node, place, false);
            }
        }
        for place in self.pairs.front(node).end..self.pairs.row(node).end {
            if self.is_tight(node, self.pairs.arcs[place]) {
                self.pairs.keep_in_front(node, place, true);
            }
        }
    }

    /// Whether an arc or its twin may be used without changing what the labels of its ends say of cost.
    fn is_tight(&self, node: usize, arc: Arc) -> bool {
        let [here, there] = [self.nodes[node].label, self.nodes[arc.other()].label];
        let [away, back] = [arc.away(), arc.here()];
        away != State::Full && there + self.falls[away as usize] - here < self.scale / 2
            || back != State::Full && here + self.falls[back as usize] - there < self.scale / 2
    }

    /// Marks the nodes whose labels are exact, and those whose are not.
    fn mark_exact(&mut self) {
        self.mark.fill(Mark::Unknown);
        let mut path: Vec<u32> = Vec::new();
        for start in 0..self.mark.len() {
            if let Some(node) = self.nodes.get(start + FAR) {
                prefetch(&self.nodes, node.parent.node());
            }
            let mut at = start;
            while self.mark[at] == Mark::Unknown {
                let Node { label, parent, .. } = self.nodes[at];
                if parent == Parent::ROOT {
                    self.mark[at] = Mark::Exact;
                } else if parent != Parent::NONE
                    && label == self.nodes[parent.node()].label + self.falls[parent.state()]
                {
                    path.push(at as u32);
                    at = parent.node();
                } else {
                    self.mark[at] = Mark::Waiting;
                }
            }
            let mark = self.mark[at];
            for node in path.drain(..) {
                self.mark[node as usize] = mark;
            }
        }
    }

    /// Begins a search of all nodes, where something is missing.
    fn begin_everywhere(&mut self) {
        self.heap.clear();
        self.mark.fill(Mark::Waiting);
        for (number, node) in self.nodes.iter_mut().enumerate() {
            node.rise = UNREACHED;
            if node.parent == Parent::ROOT {
                node.rise = 0;
                self.heap.push(0, number as u32);
            }
        }
    }

    /// Begins a search of nodes whose labels are not exact, beside those whose are.
    fn begin_beside(&mut self, waiting: &[u32], (arcs, most): Along) {
        self.heap.clear();
        for &number in waiting {
            let (mut best, mut parent) = (UNREACHED, Parent::NONE);
            for place in arcs(&self.pairs, number as usize) {
                let arc = self.pairs.arcs[place];
                if arc.away() != State::Full && self.mark[arc.other()] == Mark::Exact {
                    let through = self.nodes[arc.other()].label + self.falls[arc.away() as usize];
                    if through < best {
                        (best, parent) = (through, Parent::new(arc.other(), arc.away()));
                    }
                }
            }
            let node = &mut self.nodes[number as usize];
            node.rise = UNREACHED;
            if best < UNREACHED && best - node.label < most {
                node.rise = best - node.label;
                node.parent = parent;
                self.heap.push(node.rise, number);
            }
        }
    }

    /// Finds the labels of nodes that wait, those that rise least first; returns by how much the last rose.
    fn search(&mut self, (arcs, most): Along) -> i64 {
        let mut key = 0;
        loop {
            let Some(number) = self.heap.pop() else {
                let Some(least) = self.heap.advance() else { return key };
                key = least;
                continue;
            };
            self.fetch([FAR, NEAR, NEXT].map(|ahead| self.heap.ahead(ahead)), arcs, Arc::here);
            let number = number as usize;
            if self.mark[number] != Mark::Waiting {
                continue;
            }
            self.mark[number] = Mark::Exact;
            self.nodes[number].label += key;
            let label = self.nodes[number].label;
            for place in arcs(&self.pairs, number) {
                let arc = self.pairs.arcs[place];
                let tail = arc.other();
                if arc.here() != State::Full && self.mark[tail] == Mark::Waiting {
                    let node = &mut self.nodes[tail];
                    let rise = label + self.falls[arc.here() as usize] - node.label;
                    if rise < node.rise.min(most) {
                        node.rise = rise;
                        node.parent = Parent::new(number, arc.here());
                        self.heap.push(rise, tail as u32);
                    }
                }
            }
        }
    }

    /// Fetches what will be needed of nodes that have their turn soon, of which these are known: the node far ahead itself, the arcs of the nearer
    /// one, and where those of the next lead that may be used.
    #[inline]
    fn fetch(
        &self,
        [far, near, next]: [Option<u32>; 3],
        arcs: fn(&Pairs, usize) -> Range<usize>,
        state: fn(Arc) -> State,
    ) {
        if let Some(node) = far {
            prefetch(&self.nodes, node as usize);
            self.pairs.prefetch_row(node as usize);
        }
        if let Some(node) = near {
            prefetch(&self.pairs.arcs, arcs(&self.pairs, node as usize).start);
        }
        if let Some(node) = next {
            let row = arcs(&self.pairs, node as usize);
            for &arc in self.pairs.arcs[row].iter().take(MOST_FETCHED) {
                if state(arc) != State::Full {
                    prefetch(&self.nodes, arc.other());
                }
            }
        }
    }

    /// Lets nodes that would be relabelled a second time have another turn, unless there are none or many were relabelled: without exact labels what is too much would be pushed to and fro.
    fn goes_on(&mut self) -> bool {
        self.turns += 1;
        if RELABELLED * self.relabelled >= self.nodes.len() || self.turns == MOST_TURNS {
            return false;
        }
        self.active.extend(self.stuck.drain(..).filter(|&node| self.nodes[node as usize].excess > 0));
        !self.active.is_empty()
    }

    /// Pushes what is too much on, until nothing is, or it is where a node would be relabelled a second time: there it waits.
    fn discharge(&mut self) {
        self.turn.fill(Turn::Nothing);
        while let Some(node) = self.active.pop_front() {
            self.fetch(
                [FAR, NEAR, NEXT].map(|ahead| self.active.get(ahead).copied()),
                Pairs::front,
                Arc::away,
            );
            let node = node as usize;
            if self.turn[node] == Turn::Nothing {
                self.turn[node] = Turn::Begun;
                self.nodes[node].next = self.pairs.front(node).start as u32;
            }
            while self.nodes[node].excess > 0 {
                let Node { label, next, .. } = self.nodes[node];
                let mut places = next as usize..self.pairs.front(node).end;
                let usable = places.find(|&place| self.through(self.pairs.arcs[place]) == Some(label));
                if let Some(place) = usable {
                    self.nodes[node].next = place as u32;
                    self.push(node, place);
                } else if !self.relabel(node) {
                    break;
                }
            }
        }
    }

    /// Pushes what is too much at a node along one of its arcs.
    fn push(&mut self, node: usize, place: usize) {
        let arc = self.pairs.arcs[place];
        let head = arc.other();
        let pushed = self.pairs.push(place, self.nodes[node].excess);
        self.nodes[node].excess -= pushed;
        if self.pairs.arcs[place].away() != arc.away()
            && self.nodes[node].parent == Parent::new(head, arc.away())
        {
            self.nodes[node].parent = Parent::NONE;
        }
        let before = self.nodes[head].excess;
        self.nodes[head].excess += pushed;
        if before < 0 && before + pushed >= 0 {
            self.nodes[head].parent = Parent::NONE;
        }
        if before <= 0 && before + pushed > 0 {
            self.active.push_back(head as u32);
        }
    }

    /// Gives a node the least label that it can have by those of its neighbours, at its own cost; false if it has none, or has had another in this round.
    fn relabel(&mut self, node: usize) -> bool {
        let usable = |place: usize| Some((self.through(self.pairs.arcs[place])?, place));
        let Some((through, place)) = self.pairs.front(node).filter_map(usable).min() else { return false };
        let before = self.nodes[node].label;
        if through - before >= self.scale / 2 {
            return false;
        }
        if through > before && self.turn[node] == Turn::Relabelled {
            self.stuck.push(node as u32);
            return false;
        }
        if through > before {
            self.turn[node] = Turn::Relabelled;
            self.relabelled += 1;
        }
        let arc = self.pairs.arcs[place];
        let parent = Parent::new(arc.other(), arc.away());
        self.nodes[node] = Node { label: through, parent, next: place as u32, ..self.nodes[node] };
        true
    }

    /// Potentials in units of cost: labels rounded down.
    ///
    /// A label exceeds what its neighbour's says by 1 at most, and only that can round to one unit more, if it is the first of a unit and the neighbour's the
    /// last of one. So units begin where no label is; there is such a place, since there are fewer labels than it takes to make a unit.
    fn potentials(&self) -> Vec<i64> {
        let mut is_met = vec![false; self.scale as usize];
        for node in &self.nodes {
            is_met[node.label.rem_euclid(self.scale) as usize] = true;
        }
        let begin = is_met.iter().position(|is_met| !is_met).expect("fewer labels than places") as i64;
        self.nodes.iter().map(|node| (node.label - begin).div_euclid(self.scale)).collect()
    }
}
