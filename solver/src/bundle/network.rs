//! What is carried out as a flow of units: from what an exchange gives over an item to what another receives, and, where one unit is given for
//! one, through the exchange from what it receives to what it gives.
//!
//! An exchange that is entered or left leaves its terms with units too many or too few. A path in the residual network (Ford and Fulkerson 1956) brings
//! one to the other: on its way units are passed on to others, and exchanges of one for one are entered or left. All changes are
//! noted, so that they can be taken back.
//!
//! Cost: O(choices) for a path.

use super::problem::{Carried, Objective, Problem, Term};
use super::rules::Rules;

/// No node, no term.
const NONE: u32 = u32::MAX;
/// A look at a choice takes as long as so many steps elsewhere, where numbers stand in a row.
const LOOK: u64 = 8;

/// Something changed by one unit.
#[derive(Clone, Copy, Debug)]
enum Change {
    /// How often an exchange is carried out.
    Times(u32, i64),
    /// Units of a choice.
    Units(u32, i64),
}

/// What an exchange gives, or receives.
struct Node {
    exchange: u32,
    is_wanted: bool,
    /// Its choices that nobody refuses.
    cells: std::ops::Range<usize>,
    count: i64,
    /// Units that have come and not gone on; below 0 those that are still to come.
    excess: i64,
}

/// A choice of a term.
struct Cell {
    term: u32,
    item: u32,
    /// How many units each time at most, where that is fewer than all.
    most: Option<i64>,
    cost: i64,
    units: i64,
    /// Where it stands in its term.
    place: usize,
}

impl Cell {
    /// Whether one more unit fits, or would once the exchange is carried out.
    fn has_room(&self, times: i64) -> bool {
        self.most.is_none_or(|most| self.units < most * times.max(1))
    }
}

/// Which exchanges a path may enter and leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ways<'a> {
    /// Not to be entered.
    pub(super) shut: &'a [u32],
    /// Not to be left.
    pub(super) kept: u32,
    /// Whether any may be left.
    pub(super) may_leave: bool,
}

/// What ends a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// A term that lacks a unit.
    Lacking,
    /// An exchange not of one for one that wants more than it gives.
    Taking,
    /// One that gives more.
    Giving,
}

/// The flow.
pub(super) struct Network<'a> {
    problem: &'a Problem,
    pub(super) rules: Rules,
    nodes: Vec<Node>,
    /// By exchange, its first term, and one number more.
    first: Vec<u32>,
    cells: Vec<Cell>,
    /// By item, the choices that give it, and those that receive it.
    of_item: [Vec<Vec<u32>>; 2],
    /// By item, units that change hands.
    moved: Vec<i64>,
    times: Vec<i64>,
    /// By user, how often exchanges are carried out.
    of_user: Vec<i64>,
    /// By objective.
    pub(super) values: Vec<i64>,
    changes: Vec<Change>,
    /// Terms that may have an excess; what is over and what is lacking in all.
    uneven: Vec<u32>,
    pub(super) over: i64,
    pub(super) lacking: i64,
    /// By node of the residual network, the one before on the path.
    before: Vec<(u32, Option<Change>)>,
    queue: Vec<u32>,
    /// From which of its choices on a term is looked at.
    turn: usize,
    pub(super) steps: u64,
}

impl<'a> Network<'a> {
    /// A network through which nothing flows.
    pub(super) fn new(problem: &'a Problem) -> Self {
        let items = problem.items.len();
        let mut own = Network {
            problem,
            rules: Rules::new(problem),
            nodes: Vec::new(),
            first: vec![0],
            cells: Vec::new(),
            of_item: [vec![Vec::new(); items], vec![Vec::new(); items]],
            moved: vec![0; items],
            times: vec![0; problem.exchanges.len()],
            of_user: vec![0; problem.users.len()],
            values: vec![0; problem.objectives.len()],
            changes: Vec::new(),
            uneven: Vec::new(),
            over: 0,
            lacking: 0,
            before: Vec::new(),
            queue: Vec::new(),
            turn: 0,
            steps: 0,
        };
        for (index, exchange) in (0_u32..).zip(&problem.exchanges) {
            exchange.gives.iter().for_each(|term| own.term(index, term, false));
            exchange.wants.iter().for_each(|term| own.term(index, term, true));
            own.first.push(own.nodes.len() as u32);
        }
        own.before = vec![(NONE, None); own.nodes.len() + 2 * items];
        own
    }

    fn term(&mut self, exchange: u32, term: &Term, is_wanted: bool) {
        let user = self.problem.exchanges[exchange as usize].user;
        let (number, first) = (self.nodes.len() as u32, self.cells.len());
        for (place, choice) in term.choices.iter().enumerate() {
            let owner = self.problem.items[choice.item as usize].owner;
            if is_wanted && (owner == user || self.problem.refuses(owner, user)) {
                continue;
            }
            self.of_item[usize::from(is_wanted)][choice.item as usize].push(self.cells.len() as u32);
            let most = (choice.most < term.count).then_some(choice.most);
            let (item, cost) = (choice.item, choice.cost);
            self.cells.push(Cell { term: number, item, most, cost, units: 0, place });
        }
        let cells = first..self.cells.len();
        self.nodes.push(Node { exchange, is_wanted, cells, count: term.count, excess: 0 });
    }

    /// Who receives this item's units.
    pub(super) fn takers(&self, item: u32) -> Vec<u32> {
        let taken = self.of_item[1][item as usize].iter().map(|&cell| &self.cells[cell as usize]);
        taken.filter(|cell| cell.units > 0).map(|cell| self.nodes[cell.term as usize].exchange).collect()
    }

    fn terms(&self, exchange: u32) -> std::ops::Range<u32> {
        self.first[exchange as usize]..self.first[exchange as usize + 1]
    }

    /// The term at the other end of an exchange of one for one.
    fn across(&self, term: u32) -> Option<u32> {
        let terms = self.terms(self.nodes[term as usize].exchange);
        let is_single = |term: u32| self.nodes[term as usize].count == 1;
        let [given, wanted] = [terms.start, terms.end.wrapping_sub(1)];
        let is_pair = terms.len() == 2 && is_single(given) && is_single(wanted);
        let is_swap =
            is_pair && self.nodes[given as usize].is_wanted != self.nodes[wanted as usize].is_wanted;
        is_swap.then_some(if term == given { wanted } else { given })
    }

    /// How often an exchange is carried out.
    pub(super) fn times(&self, exchange: u32) -> i64 {
        self.times[exchange as usize]
    }

    /// Whether an exchange may be carried out once more.
    pub(super) fn may_enter(&self, exchange: u32) -> bool {
        self.times(exchange) < self.problem.exchanges[exchange as usize].most && self.rules.allow(exchange)
    }

    /// Carries an exchange out once more, or once less, with all that it gives and receives still to come and to go.
    pub(super) fn enter(&mut self, exchange: u32, times: i64) {
        self.apply(Change::Times(exchange, times));
        for term in self.terms(exchange) {
            let node = &self.nodes[term as usize];
            self.shift(term, if node.is_wanted { -times } else { times } * node.count);
        }
    }

    fn shift(&mut self, term: u32, units: i64) {
        let excess = &mut self.nodes[term as usize].excess;
        let before = *excess;
        *excess += units;
        self.over += (*excess).max(0) - before.max(0);
        self.lacking += (-*excess).max(0) - (-before).max(0);
        self.uneven.push(term);
    }

    /// Whether everything that is given is received, and all rules are kept.
    pub(super) fn is_allowed(&mut self) -> bool {
        let is_bounded = |cell: &Cell| {
            let times = self.times(self.nodes[cell.term as usize].exchange);
            cell.most.is_none_or(|most| cell.units <= most * times)
        };
        let of_change = |change: &Change| match *change {
            Change::Times(exchange, _) => self
                .terms(exchange)
                .flat_map(|term| self.nodes[term as usize].cells.clone())
                .all(|cell| is_bounded(&self.cells[cell])),
            Change::Units(..) => true,
        };
        (self.over, self.lacking) == (0, 0) && self.rules.are_kept() && self.changes.iter().all(of_change)
    }

    /// Keeps all changes.
    pub(super) fn keep(&mut self) {
        self.changes.clear();
        self.uneven.clear();
        self.turn += 1;
    }

    /// Takes all changes back that were not kept.
    pub(super) fn take_back(&mut self) {
        while let Some(change) = self.changes.pop() {
            self.apply(match change {
                Change::Times(exchange, times) => Change::Times(exchange, -times),
                Change::Units(cell, units) => Change::Units(cell, -units),
            });
            self.changes.pop();
        }
        for term in std::mem::take(&mut self.uneven) {
            self.nodes[term as usize].excess = 0;
        }
        (self.over, self.lacking) = (0, 0);
        self.turn += 1;
    }

    /// An exchange that was entered and is counted by a rule which is broken now.
    pub(super) fn at_fault(&self, kept: u32) -> Option<u32> {
        self.changes.iter().find_map(|change| match *change {
            Change::Times(exchange, 1) if exchange != kept && self.rules.is_in_broken(exchange) => {
                Some(exchange)
            }
            _ => None,
        })
    }

    fn apply(&mut self, change: Change) {
        self.changes.push(change);
        let sign = match change {
            Change::Times(exchange, times) => {
                self.times[exchange as usize] += times;
                self.rules.count_times(self.problem, exchange, times);
                let own = &self.problem.exchanges[exchange as usize];
                let of_user = &mut self.of_user[own.user as usize];
                let traded = i64::from(*of_user > 0);
                *of_user += times;
                let trades = i64::from(*of_user > 0) - traded;
                for (value, objective) in self.values.iter_mut().zip(&self.problem.objectives) {
                    *value += match objective {
                        Objective::Items => times * own.units(true),
                        Objective::Favor(user) if *user == own.user => times * own.units(false),
                        Objective::Favor(_) => 0,
                        Objective::Users => trades,
                        Objective::Cost => -times * own.cost,
                    };
                }
                return;
            }
            Change::Units(_, units) => units,
        };
        let Change::Units(cell, _) = change else { return };
        let cell = &mut self.cells[cell as usize];
        cell.units += sign;
        let node = &self.nodes[cell.term as usize];
        self.moved[cell.item as usize] += if node.is_wanted { 0 } else { sign };
        self.rules.count_units(self.problem.exchanges[node.exchange as usize].user, cell.item, sign);
        for (value, objective) in self.values.iter_mut().zip(&self.problem.objectives) {
            *value -= if *objective == Objective::Cost { sign * cell.cost } else { 0 };
        }
    }

    /// Brings one unit that has come to where one is lacking, or where the goal is; the exchange of the goal is entered. Whether there was a way.
    pub(super) fn push(&mut self, goal: Goal, ways: Ways<'_>) -> bool {
        let over = |term: &u32| self.nodes[*term as usize].excess > 0;
        let starts = self.uneven.iter().copied().filter(over).collect();
        self.run(starts, goal, ways)
    }

    /// Brings one unit of an exchange that wants nothing to where one is lacking. Whether there was a way.
    pub(super) fn fetch(&mut self, givers: &[u32], ways: Ways<'_>) -> bool {
        let open = givers.iter().copied().filter(|own| !ways.shut.contains(own) && self.may_enter(*own));
        let starts = open.flat_map(|own| self.terms(own)).collect();
        self.run(starts, Goal::Lacking, ways)
    }

    fn run(&mut self, starts: Vec<u32>, goal: Goal, ways: Ways<'_>) -> bool {
        for start in starts {
            self.reach(start, start, None);
        }
        let (mut at, mut end) = (0, None);
        while let Some(&node) = self.queue.get(at)
            && end.is_none()
        {
            end = self.look(node, goal, ways);
            at += 1;
        }
        if let Some(end) = end {
            let mut node = end;
            let mut path = Vec::new();
            while let (before, change) = self.before[node as usize]
                && before != node
            {
                path.extend(change);
                node = before;
            }
            self.bring(node, end, path);
        }
        for node in self.queue.drain(..) {
            self.before[node as usize] = (NONE, None);
        }
        end.is_some()
    }

    /// Moves a unit along a path, given from its end.
    fn bring(&mut self, start: u32, end: u32, path: Vec<Change>) {
        for (node, sign) in [(start, 1), (end, -1)] {
            let &Node { exchange, excess, .. } = &self.nodes[node as usize];
            if sign * excess <= 0 {
                self.enter(exchange, 1);
            }
        }
        path.into_iter().rev().for_each(|change| self.apply(change));
        self.shift(start, -1);
        self.shift(end, 1);
    }

    /// Puts what can be reached from a node into the queue; the goal, if it is among that.
    fn look(&mut self, node: u32, goal: Goal, ways: Ways<'_>) -> Option<u32> {
        match node.checked_sub(self.nodes.len() as u32) {
            None => {
                self.look_from_term(node, ways);
                None
            }
            Some(of_item) if of_item.is_multiple_of(2) => self.look_among_givers(node, of_item / 2, goal),
            Some(of_item) => self.look_among_takers(node, of_item / 2, goal, ways),
        }
    }

    /// A unit too many at a term: another item is given, or one received is given back, or the exchange passes it on.
    fn look_from_term(&mut self, term: u32, ways: Ways<'_>) {
        let Node { exchange, is_wanted, ref cells, .. } = self.nodes[term as usize];
        let (cells, times) = (cells.clone(), self.times(exchange));
        let items = self.nodes.len() as u32;
        self.steps += LOOK * (cells.len() as u64 + 1);
        for place in 0..cells.len() {
            let index = cells.start + (place + self.turn) % cells.len();
            let cell = &self.cells[index];
            let item = items + 2 * cell.item;
            if is_wanted && cell.units > 0 {
                self.reach(item + 1, term, Some(Change::Units(index as u32, -1)));
            } else if !is_wanted && cell.has_room(times) {
                self.reach(item, term, Some(Change::Units(index as u32, 1)));
            }
        }
        let Some(across) = self.across(term) else { return };
        if is_wanted && !ways.shut.contains(&exchange) && self.may_enter(exchange) {
            self.reach(across, term, Some(Change::Times(exchange, 1)));
        } else if !is_wanted && times > 0 && ways.may_leave && exchange != ways.kept {
            self.reach(across, term, Some(Change::Times(exchange, -1)));
        }
    }

    /// A unit too many that is given of an item: there is one more of it, or it is given in the place of another.
    fn look_among_givers(&mut self, node: u32, item: u32, goal: Goal) -> Option<u32> {
        if self.moved[item as usize] < self.problem.items[item as usize].units {
            self.reach(node + 1, node, None);
        }
        for place in 0..self.count(false, item) {
            let index = self.choice(false, item, place);
            let Cell { term, units, .. } = self.cells[index as usize];
            if units > 0 && self.reach(term, node, Some(Change::Units(index, -1))) {
                let is_lacking = self.nodes[term as usize].excess < 0;
                if is_lacking && goal == Goal::Lacking {
                    return Some(term);
                }
            }
        }
        None
    }

    /// A unit of an item that nobody receives yet: somebody does, or one less of it is given.
    fn look_among_takers(&mut self, node: u32, item: u32, goal: Goal, ways: Ways<'_>) -> Option<u32> {
        if self.moved[item as usize] > 0 {
            self.reach(node - 1, node, None);
        }
        for place in 0..self.count(true, item) {
            let index = self.choice(true, item, place);
            let cell = &self.cells[index as usize];
            let Node { exchange, excess, .. } = self.nodes[cell.term as usize];
            let (term, times) = (cell.term, self.times(exchange));
            if self.before[term as usize].0 != NONE || !cell.has_room(times) {
                continue;
            }
            let is_end = match goal {
                Goal::Lacking => excess < 0,
                Goal::Taking | Goal::Giving => excess >= 0 && self.is_goal(exchange, goal, ways),
            };
            if is_end || times > 0 || self.across(term).is_some() {
                self.reach(term, node, Some(Change::Units(index, 1)));
            }
            if is_end {
                return Some(term);
            }
        }
        None
    }

    /// How many choices there are that give an item, or receive it; they count as looked at.
    fn count(&mut self, is_wanted: bool, item: u32) -> usize {
        let count = self.of_item[usize::from(is_wanted)][item as usize].len();
        self.steps += LOOK * (count as u64 + 1);
        count
    }

    /// One of them, by its place from where it is this one's turn.
    fn choice(&self, is_wanted: bool, item: u32, place: usize) -> u32 {
        let choices = &self.of_item[usize::from(is_wanted)][item as usize];
        choices[(place + self.turn) % choices.len()]
    }

    /// Whether an exchange could be entered and is of the kind that is looked for.
    fn is_goal(&self, exchange: u32, goal: Goal, ways: Ways<'_>) -> bool {
        let own = &self.problem.exchanges[exchange as usize];
        let more = own.units(true) - own.units(false);
        let is_kind = if goal == Goal::Taking { more > 0 } else { more < 0 };
        is_kind && !ways.shut.contains(&exchange) && self.may_enter(exchange)
    }

    /// Puts a node into the queue, if it was not there; whether it was not.
    fn reach(&mut self, node: u32, from: u32, change: Option<Change>) -> bool {
        let before = &mut self.before[node as usize];
        let is_new = before.0 == NONE;
        if is_new {
            *before = (from, change);
            self.queue.push(node);
        }
        is_new
    }

    /// What is carried out, before anything is paid.
    pub(super) fn carried(&self) -> Vec<Carried> {
        let carried = |exchange: u32| {
            let own = &self.problem.exchanges[exchange as usize];
            let mut made = Carried { exchange, times: self.times(exchange), ..Carried::default() };
            let mut nodes = self.terms(exchange).map(|term| &self.nodes[term as usize]);
            for (terms, units) in [(&own.gives, &mut made.gives), (&own.wants, &mut made.wants)] {
                for (term, node) in terms.iter().zip(nodes.by_ref()) {
                    let mut of_term = vec![0; term.choices.len()];
                    self.cells[node.cells.clone()].iter().for_each(|cell| of_term[cell.place] = cell.units);
                    units.push(of_term);
                }
            }
            made
        };
        (0..self.times.len() as u32).filter(|&exchange| self.times(exchange) > 0).map(carried).collect()
    }
}
