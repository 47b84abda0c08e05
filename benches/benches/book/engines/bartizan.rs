//! Ours: every order type compiled in, every report written, the last 65,536 trades kept for a bust.
//! Orders are named by the ids that the reports of their acceptance gave.

use std::hint::black_box;

use bartizan_engine::book::{Book, Command, Events, Reason, Rules, Time};

use crate::engine::Engine;
use crate::workload::Workload;

/// Our book, fed in batches of a size.
pub(crate) struct Bartizan {
    book: Book,
    events: Events,
    batch: usize,
}

/// Reports alone.
pub(crate) fn reports_only() -> Rules {
    Rules { index_client_ids: false, l1: false, l2: false, l3: false, ..Rules::default() }
}

/// Reports, and an index of client ids.
pub(crate) fn with_client_ids() -> Rules {
    Rules { index_client_ids: true, ..reports_only() }
}

/// Reports, and market data of all three depths.
pub(crate) fn with_market_data() -> Rules {
    Rules { index_client_ids: false, ..Rules::default() }
}

impl Bartizan {
    pub(crate) fn new(rules: Rules, batch: usize) -> Self {
        Bartizan { book: Book::new(rules), events: Events::default(), batch }
    }

    #[inline]
    fn take(&mut self, commands: &[Command]) {
        self.events.clear();
        match commands {
            [command] => self.book.apply(Time(0), command, &mut self.events),
            commands => self.book.apply_batch(Time(0), commands, &mut self.events),
        }
    }
}

impl Engine for Bartizan {
    type Command = Command;

    #[inline]
    fn translate(&self, workload: &Workload, number: usize, commands: &mut Vec<Command>) {
        commands.push(workload.command(number));
    }

    #[inline]
    fn run(&mut self, commands: &[Command]) {
        for batch in commands.chunks(self.batch) {
            self.take(batch);
            black_box(&self.events);
        }
    }

    fn traded(&mut self, commands: &[Command]) -> u64 {
        let mut sum = 0;
        for batch in commands.chunks(self.batch) {
            self.take(batch);
            for report in &self.events.reports {
                assert!(!report.reason.is_rejection(), "{report:?}");
                if report.reason == Reason::AddedLiquidity {
                    sum += report.quantity.0;
                }
            }
        }
        sum
    }
}
