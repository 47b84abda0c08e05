//! A round of bundles as an integer program.
//!
//! Columns: how often each exchange is carried out; then, where a term leaves a choice, how many units of each; then whether each user
//! trades, where that counts; then remainders: by how much a user with a spending limit stays below what the exchanges would let it pay.
//!
//! Rows: what is given of an item is received, and is no more than there is; a term's choices make up its count; caps and limits. Payments
//! are no columns: they exist just when what must be paid at the least sums to no more than 0, what may be paid at the most to no
//! less, and nobody must pay more than the spending limit.
//!
//! What may be paid is counted only as far as it matters: up to the spending limit, up to what others could ask for in all, and what the payer's own
//! exchanges bring in. Where one exchange may pay as much as all that, so much is paid whatever else is. That keeps numbers small that a relaxation
//! could not tell apart.

use std::collections::BTreeMap;

use super::problem::{Carried, Objective, Of, Problem, Term};
use crate::program::{Program, Row};

/// Units of a choice: so many times the amount of a column. `None` where the choice is refused.
type Cell = Option<(u32, i64)>;

/// Where units of an item go or come from.
struct Use {
    item: u32,
    exchange: u32,
    is_wanted: bool,
    column: u32,
    units: i64,
}

/// Which columns of the program stand for what.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The program, with one level for each objective.
    pub program: Program,
    /// The exchanges of each user.
    of_user: Vec<Vec<u32>>,
    /// By exchange, the cells of each term and choice: of what is given, then of what is wanted.
    cells: Vec<[Vec<Vec<Cell>>; 2]>,
    /// The column that says whether a user trades, where that counts.
    trading: Vec<Option<u32>>,
    /// What each exchange may pay at the most, as far as it matters.
    payable: Vec<i64>,
    /// The column of what each user with a spending limit does not pay, where it can bind, and the limit as far as it matters.
    unspent: Vec<Option<(u32, i64)>>,
}

impl Statement {
    /// States a problem. Cost: O(choices * (log refusals + log items)), and the entries of its rows.
    pub fn new(problem: &Problem) -> Self {
        let count = problem.exchanges.len();
        let mut own = Statement {
            program: Program {
                most: problem.exchanges.iter().map(|exchange| exchange.most).collect(),
                decisive: count,
                ..Program::default()
            },
            of_user: vec![Vec::new(); problem.users.len()],
            cells: Vec::with_capacity(count),
            trading: vec![None; problem.users.len()],
            payable: problem.exchanges.iter().map(|exchange| exchange.pays.1).collect(),
            unspent: vec![None; problem.users.len()],
        };
        for index in 0..count {
            let exchange = &problem.exchanges[index];
            own.of_user[exchange.user as usize].push(index as u32);
            let gives = exchange.gives.iter().map(|term| own.term(problem, index as u32, term, false));
            let gives = gives.collect();
            let wants = exchange.wants.iter().map(|term| own.term(problem, index as u32, term, true));
            let wants = wants.collect();
            own.cells.push([gives, wants]);
        }
        own.balance(problem);
        own.cap(problem);
        own.limit(problem);
        own.program.gains =
            problem.objectives.iter().map(|&objective| own.gains(problem, objective)).collect();
        own.pay(problem);
        // Columns that came later gain nothing.
        let column_count = own.program.most.len();
        own.program.gains.iter_mut().for_each(|gains| gains.resize(column_count, 0));
        own
    }

    fn column(&mut self, most: i64) -> u32 {
        self.program.most.push(most.max(0));
        self.program.most.len() as u32 - 1
    }

    /// Adds a row, unless it holds of itself.
    fn row(&mut self, entries: BTreeMap<u32, i64>, is_exact: bool, most: i64) {
        let entries: Vec<(u32, i64)> = entries.into_iter().filter(|entry| entry.1 != 0).collect();
        if !entries.is_empty() {
            self.program.rows.push(Row { entries, is_exact, most });
        }
    }

    fn term(&mut self, problem: &Problem, exchange: u32, term: &Term, is_wanted: bool) -> Vec<Cell> {
        let user = problem.exchanges[exchange as usize].user;
        let owner = |item: u32| problem.items[item as usize].owner;
        let is_open = |item: u32| !is_wanted || (owner(item) != user && !problem.refuses(owner(item), user));
        let open = || term.choices.iter().filter(|choice| is_open(choice.item));
        let times = problem.exchanges[exchange as usize].most;
        if open().map(|choice| choice.most).sum::<i64>() < term.count {
            self.program.most[exchange as usize] = 0;
        }
        if open().count() == 1 {
            let cell = |item: u32| is_open(item).then_some((exchange, term.count));
            return term.choices.iter().map(|choice| cell(choice.item)).collect();
        }
        let mut whole = BTreeMap::from([(exchange, -term.count)]);
        let cells = term.choices.iter().map(|choice| {
            is_open(choice.item).then(|| {
                let most = choice.most.saturating_mul(times).min(problem.items[choice.item as usize].units);
                let column = self.column(most);
                whole.insert(column, 1);
                if choice.most < term.count {
                    self.row(BTreeMap::from([(column, 1), (exchange, -choice.most)]), false, 0);
                }
                (column, 1)
            })
        });
        let cells = cells.collect();
        self.row(whole, true, 0);
        cells
    }

    /// All cells that are not refused, with their item and exchange, and whether they are wanted.
    fn uses(&self, problem: &Problem) -> Vec<Use> {
        let mut uses = Vec::new();
        for (exchange, (own, cells)) in (0_u32..).zip(problem.exchanges.iter().zip(&self.cells)) {
            for (terms, cells, is_wanted) in [(&own.gives, &cells[0], false), (&own.wants, &cells[1], true)] {
                let choices = terms.iter().flat_map(|term| &term.choices).zip(cells.iter().flatten());
                uses.extend(choices.filter_map(|(choice, cell)| {
                    cell.map(|(column, units)| Use { item: choice.item, exchange, is_wanted, column, units })
                }));
            }
        }
        uses
    }

    fn balance(&mut self, problem: &Problem) {
        let mut balance = vec![BTreeMap::new(); problem.items.len()];
        let mut given = balance.clone();
        for Use { item, is_wanted, column, units, .. } in self.uses(problem) {
            *balance[item as usize].entry(column).or_insert(0) += if is_wanted { -units } else { units };
            if !is_wanted {
                *given[item as usize].entry(column).or_insert(0) += units;
            }
        }
        for ((balance, given), item) in balance.into_iter().zip(given).zip(&problem.items) {
            self.row(balance, true, 0);
            self.row(given, false, item.units);
        }
    }

    fn cap(&mut self, problem: &Problem) {
        for (user, caps) in problem.users.iter().enumerate() {
            for (most, is_wanted) in [(caps.most_given, false), (caps.most_received, true)] {
                let Some(most) = most else { continue };
                let units = |&index: &u32| {
                    let exchange = &problem.exchanges[index as usize];
                    let terms = if is_wanted { &exchange.wants } else { &exchange.gives };
                    (index, terms.iter().map(|term| term.count).sum())
                };
                self.row(self.of_user[user].iter().map(units).collect(), false, most);
            }
        }
    }

    fn limit(&mut self, problem: &Problem) {
        // By user and item.
        let mut uses: BTreeMap<(u32, u32), Vec<Use>> = BTreeMap::new();
        for own in self.uses(problem) {
            uses.entry((problem.exchanges[own.exchange as usize].user, own.item)).or_default().push(own);
        }
        for limit in &problem.limits {
            let mut entries = BTreeMap::new();
            match &limit.of {
                Of::Exchanges(exchanges) => entries.extend(exchanges.iter().map(|&exchange| (exchange, 1))),
                Of::Items { user, items } => {
                    for own in items.iter().filter_map(|&item| uses.get(&(*user, item))).flatten() {
                        *entries.entry(own.column).or_insert(0) += own.units;
                    }
                }
            }
            self.row(entries, false, limit.most);
        }
    }

    fn pay(&mut self, problem: &Problem) {
        let least = |exchanges: &[u32]| -> BTreeMap<u32, i64> {
            exchanges.iter().map(|&index| (index, problem.exchanges[index as usize].pays.0)).collect()
        };
        let all: Vec<u32> = (0..problem.exchanges.len() as u32).collect();
        self.row(least(&all), false, 0);
        let asked = self.up_to(&all, |pays| -pays);
        let mut columns = Vec::new();
        for (user, caps) in problem.users.iter().enumerate() {
            let own = std::mem::take(&mut self.of_user[user]);
            if let Some(limit) = caps.most_paid {
                self.row(least(&own), false, limit);
            }
            let limit = caps.most_paid.map_or(asked, |limit| asked.min(limit.into()));
            let matters = limit + self.up_to(&own, |pays| -pays);
            for &exchange in &own {
                let payable = &mut self.payable[exchange as usize];
                *payable = i128::from(*payable).min(matters.max(0)) as i64;
            }
            let rest = self.up_to(&own, |pays| pays) - limit;
            if caps.most_paid.is_some() && rest > 0 {
                let (limit, column) = (limit as i64, self.column(rest.min(i64::MAX.into()) as i64));
                self.unspent[user] = Some((column, limit));
                let mut up_to: BTreeMap<u32, i64> =
                    own.iter().map(|&index| (index, self.payable[index as usize])).collect();
                up_to.insert(column, -1);
                self.row(up_to, false, limit);
                columns.push(column);
            }
            self.of_user[user] = own;
        }
        self.program.remainders = columns.len();
        let unpaid = (0_u32..).zip(&self.payable).map(|(index, &payable)| (index, -payable));
        let unpaid = unpaid.chain(columns.into_iter().map(|column| (column, 1))).collect();
        self.row(unpaid, false, 0);
    }

    /// What exchanges come to at most if each counts what `of` makes of its payment, where that is above 0.
    fn up_to(&self, exchanges: &[u32], of: impl Fn(i64) -> i64) -> i128 {
        let most = |&index: &u32| {
            let (payable, times) = (self.payable[index as usize], self.program.most[index as usize]);
            i128::from(of(payable).max(0)) * i128::from(times)
        };
        exchanges.iter().map(most).sum()
    }

    fn gains(&mut self, problem: &Problem, objective: Objective) -> Vec<i64> {
        let mut gains = vec![0; self.program.most.len()];
        match objective {
            Objective::Items => {
                for (exchange, gain) in problem.exchanges.iter().zip(&mut gains) {
                    *gain = exchange.wants.iter().map(|term| term.count).sum();
                }
            }
            Objective::Favor(user) => {
                for (exchange, gain) in problem.exchanges.iter().zip(&mut gains) {
                    let units: i64 = exchange.gives.iter().map(|term| term.count).sum();
                    *gain = if exchange.user == user { units } else { 0 };
                }
            }
            Objective::Cost => {
                for (index, exchange) in problem.exchanges.iter().enumerate() {
                    gains[index] -= exchange.cost;
                    let cells = &self.cells[index];
                    let terms =
                        exchange.gives.iter().zip(&cells[0]).chain(exchange.wants.iter().zip(&cells[1]));
                    for (choice, cell) in terms.flat_map(|(term, cells)| term.choices.iter().zip(cells)) {
                        if let &Some((column, units)) = cell {
                            gains[column as usize] -= choice.cost * units;
                        }
                    }
                }
            }
            Objective::Users => {
                for user in 0..problem.users.len() {
                    let column = self.trading[user].unwrap_or_else(|| self.trades(user));
                    self.trading[user] = Some(column);
                    gains.resize(self.program.most.len(), 0);
                    gains[column as usize] = 1;
                }
            }
        }
        gains
    }

    fn trades(&mut self, user: usize) -> u32 {
        let column = self.column(1);
        let mut entries: BTreeMap<u32, i64> = self.of_user[user].iter().map(|&index| (index, -1)).collect();
        entries.insert(column, 1);
        self.row(entries, false, 0);
        column
    }

    /// The exchanges that amounts carry out, before anything is paid.
    pub fn carried(&self, amounts: &[i64]) -> Vec<Carried> {
        let units = |cells: &Vec<Cell>| -> Vec<i64> {
            cells
                .iter()
                .map(|cell| cell.map_or(0, |(column, units)| amounts[column as usize] * units))
                .collect()
        };
        let carried = |(exchange, cells): (u32, &[Vec<Vec<Cell>>; 2])| {
            let times = amounts[exchange as usize];
            (times > 0).then(|| Carried {
                exchange,
                times,
                gives: cells[0].iter().map(units).collect(),
                wants: cells[1].iter().map(units).collect(),
                pays: 0,
            })
        };
        (0_u32..).zip(&self.cells).filter_map(carried).collect()
    }

    /// The amounts that carry out just that. `carried` must be allowed by the problem.
    pub fn amounts(&self, problem: &Problem, carried: &[Carried]) -> Vec<i64> {
        let mut amounts = vec![0; self.program.most.len()];
        let mut reach = vec![0_i64; problem.users.len()];
        for own in carried {
            let exchange = &problem.exchanges[own.exchange as usize];
            amounts[own.exchange as usize] = own.times;
            let cells = &self.cells[own.exchange as usize];
            for (terms, cells) in [(&own.gives, &cells[0]), (&own.wants, &cells[1])] {
                for (&units, cell) in terms.iter().flatten().zip(cells.iter().flatten()) {
                    if let &Some((column, 1)) = cell
                        && column as usize >= problem.exchanges.len()
                    {
                        amounts[column as usize] = units;
                    }
                }
            }
            if let Some(column) = self.trading[exchange.user as usize] {
                amounts[column as usize] = 1;
            }
            reach[exchange.user as usize] += self.payable[own.exchange as usize] * own.times;
        }
        for (&unspent, reach) in self.unspent.iter().zip(reach) {
            if let Some((column, limit)) = unspent {
                amounts[column as usize] = (reach - limit).max(0);
            }
        }
        amounts
    }
}
