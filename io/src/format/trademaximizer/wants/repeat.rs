//! Words that were read before: what they stand for is known, only the list that they stand in is new.

use bartizan_engine::ItemIndex;

use super::super::again::Again;
use super::super::options::Scheme;
use super::super::text::Fault;
use super::{Known, Reader};

impl Reader<'_, '_> {
    /// Takes the words that the list begun last repeats.
    pub(super) fn repeat(&mut self, again: Again) -> Result<(), Fault> {
        let own = ItemIndex(self.taker.item);
        let begin = self.plain_begin;
        let wants = &self.rows.item[begin..begin + again.count.min(self.plain)];
        // A dummy that others of its user want stands in its own list, too.
        let plain = wants.iter().position(|&item| item == own).unwrap_or(wants.len());
        if !again.whole {
            self.known.truncate(again.count);
            self.plain = self.plain.min(again.count);
            self.plain_begin = self.begin;
        }
        self.copy(begin, plain, again.whole && plain == again.count)?;
        for at in plain..again.count {
            let Known { start, length, scope, slot } = self.known[at];
            let start = (self.wants_start() + start) as usize;
            let count = self.rows.item.len();
            self.judge(slot, scope, start..start + length as usize)?;
            if self.rows.item.len() == count && !again.whole {
                self.plain = self.plain.min(at);
            }
        }
        Ok(())
    }

    /// Takes the `count` wants at `begin` of the rows, the first words of the pattern, once more.
    fn copy(&mut self, begin: usize, count: usize, whole: bool) -> Result<(), Fault> {
        let Some(last) = count.checked_sub(1) else {
            return Ok(());
        };
        let wants_start = self.wants_start();
        let at = |known: &Known| (wants_start + known.start) as usize;
        self.rows.item.extend_from_within(begin..begin + count);
        if !self.all.bids.is_empty() {
            self.rows.price.resize(self.rows.item.len(), 0);
        }
        if self.all.scan.options.scheme != Scheme::None {
            for known in &self.known[..count] {
                self.rows.cost.push(if self.taker.dummy { 0 } else { self.rank.cost(at(known))? });
                self.rank.step();
            }
        }
        self.last_at = at(&self.known[last]);
        if !whole {
            self.taken.mark_all(&self.rows.item[self.begin..], self.taker.item);
        }
        Ok(())
    }
}
