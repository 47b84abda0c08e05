//! A workload: commands that every engine can be given, recorded while our book carries them out.
//!
//! An order is named by the number of the step that enters it. Whoever records sees what the book makes of each step, so
//! that no step names an order that is not live: no engine spends its time on refusals.

use std::ops::Range;

use bartizan_engine::book::{
    AccountId, Book, ClientOrderId, Command, Events, NewOrder, OrderId, Price, Quantity, Reason, Report,
    Rules, Side, Time, TimeInForce,
};

/// The number of the step that entered an order.
pub(crate) type Order = u32;

/// One command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Add {
        side: Side,
        price: i64,
        quantity: u64,
        /// Immediate or cancel. Such a one always finds all that it asks for.
        is_immediate: bool,
    },
    Cancel {
        order: Order,
    },
    Reduce {
        order: Order,
        by: u64,
        /// What is open of it then.
        left: u64,
    },
}

/// Steps, the first of which only fill the book.
#[derive(Debug)]
pub(crate) struct Workload {
    /// What is asked for on the command line.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) about: String,
    pub(crate) steps: Vec<Step>,
    /// How many of the steps are not timed.
    warm_up: usize,
    /// Our book's id of the order that a step enters.
    ids: Vec<OrderId>,
    traded: u64,
}

/// The account of every order.
pub(crate) const ACCOUNT: AccountId = AccountId(0);

impl Workload {
    /// Steps that nobody has carried out, none of which names another.
    pub(crate) fn of_adds(steps: Vec<Step>) -> Self {
        Workload { name: "fill", about: String::new(), steps, warm_up: 0, ids: Vec::new(), traded: 0 }
    }

    /// The steps that fill the book.
    pub(crate) fn warm_up(&self) -> Range<usize> {
        0..self.warm_up
    }

    /// The steps after those.
    pub(crate) fn timed(&self) -> Range<usize> {
        self.warm_up..self.steps.len()
    }

    /// How many lots all steps trade.
    pub(crate) fn traded(&self) -> u64 {
        self.traded
    }

    /// The command to our book that is step `number`.
    #[inline]
    pub(crate) fn command(&self, number: usize) -> Command {
        command(self.steps[number], number, |order| self.ids[order as usize])
    }
}

fn command(step: Step, number: usize, id: impl Fn(Order) -> OrderId) -> Command {
    match step {
        Step::Add { side, price, quantity, is_immediate } => {
            let client = ClientOrderId(number as u64 + 1);
            let mut new = NewOrder::limit(client, side, Quantity(quantity), Price(price));
            if is_immediate {
                new.time_in_force = TimeInForce::Ioc;
            }
            Command::New(new)
        }
        Step::Cancel { order } => Command::Cancel { account: ACCOUNT, order: id(order) },
        Step::Reduce { order, by, .. } => {
            Command::Reduce { account: ACCOUNT, order: id(order), by: Quantity(by) }
        }
    }
}

/// Records steps.
#[derive(Debug)]
pub(crate) struct Recorder {
    book: Book,
    events: Events,
    steps: Vec<Step>,
    ids: Vec<OrderId>,
    traded: u64,
}

/// A resting order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resting {
    pub(crate) order: Order,
    pub(crate) side: Side,
    pub(crate) price: i64,
    pub(crate) left: u64,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let rules = Rules { index_client_ids: false, l1: false, l2: false, l3: false, ..Rules::default() };
        Recorder {
            book: Book::new(rules),
            events: Events::default(),
            steps: Vec::new(),
            ids: Vec::new(),
            traded: 0,
        }
    }

    /// How many steps there are.
    pub(crate) fn len(&self) -> usize {
        self.steps.len()
    }

    fn take(&mut self, step: Step) {
        let command = command(step, self.steps.len(), |order| self.ids[order as usize]);
        self.events.clear();
        self.book.apply(Time(0), &command, &mut self.events);
        let report = &self.events.reports[0];
        assert!(!report.reason.is_rejection(), "step {} is refused: {report:?}", self.steps.len());
        self.steps.push(step);
        self.ids.push(report.order);
        let fills = self.events.reports.iter().filter(|report| report.reason == Reason::AddedLiquidity);
        self.traded += fills.map(|fill| fill.quantity.0).sum::<u64>();
    }

    /// Enters an order, and returns its name.
    pub(crate) fn add(&mut self, side: Side, price: i64, quantity: u64) -> Order {
        self.take(Step::Add { side, price, quantity, is_immediate: false });
        (self.steps.len() - 1) as Order
    }

    /// Takes `quantity` from the first order of the queue, which has as much.
    pub(crate) fn take_from(&mut self, resting: Resting, quantity: u64) {
        let (side, price) = (resting.side.opposite(), resting.price);
        self.take(Step::Add { side, price, quantity, is_immediate: true });
    }

    /// Cancels a live order.
    pub(crate) fn cancel(&mut self, order: Order) {
        self.take(Step::Cancel { order });
    }

    /// Takes `by` from a live order, all of it if it has no more.
    pub(crate) fn reduce(&mut self, resting: Resting, by: u64) {
        let order = resting.order;
        if by >= resting.left {
            self.cancel(order);
        } else {
            self.take(Step::Reduce { order, by, left: resting.left - by });
        }
    }

    /// Cancels whatever is live.
    pub(crate) fn flatten(&mut self) {
        let live: Vec<u64> = self.book.live_orders().map(|order| order.client.0).collect();
        for client in live {
            self.cancel((client - 1) as Order);
        }
    }

    /// An order, if it is live.
    pub(crate) fn resting(&self, order: Order) -> Option<Resting> {
        self.book.order(self.ids[order as usize]).map(resting)
    }

    /// The order of a side that trades first.
    pub(crate) fn first(&self, side: Side) -> Option<Resting> {
        self.book.front(side).map(resting)
    }

    /// The best price of a side.
    pub(crate) fn best(&self, side: Side) -> Option<i64> {
        let top = self.book.top();
        let price = if side == Side::Buy { top.bid } else { top.ask };
        price.map(|price| price.0)
    }

    /// How much of `wanted` an order of this side and price would trade at once, if all prices are within 50 ticks.
    pub(crate) fn fillable(&self, side: Side, price: i64, wanted: u64) -> u64 {
        let accepts = |level: i64| if side == Side::Buy { level <= price } else { level >= price };
        let levels = self.book.depth(side.opposite(), 51);
        let within = levels.iter().take_while(|level| accepts(level.price.0));
        within.map(|level| level.quantity.0).sum::<u64>().min(wanted)
    }

    /// What the book reported of the last step.
    pub(crate) fn reports(&self) -> &[Report] {
        &self.events.reports
    }

    /// The workload, of which the first `warm_up` steps are not timed.
    pub(crate) fn finish(self, name: &'static str, about: String, warm_up: usize) -> Workload {
        let Recorder { steps, ids, traded, .. } = self;
        Workload { name, about, steps, warm_up, ids, traded }
    }
}

fn resting(view: bartizan_engine::book::OrderView) -> Resting {
    Resting { order: (view.client.0 - 1) as Order, side: view.side, price: view.price.0, left: view.leaves.0 }
}
