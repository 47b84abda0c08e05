//! Which items a list has taken already. A filter answers for most that it has not; a short list is
//! looked through, and a long one leaves its mark at each item.

use bartizan_engine::ItemIndex;

/// Up to this many wants, looking through them now and then beats marking each.
const SHORT_LIST: usize = 64;
/// Words of the filter.
const FILTER: usize = 16;

/// What is known of one list at a time. Its wants so far are handed in as `wants`.
#[derive(Debug)]
pub(super) struct Taken {
    /// A bit for each item taken; other items may share it.
    filter: [u64; FILTER],
    /// For each item, the last list that took it after it had become long.
    by: Vec<u32>,
}

impl Taken {
    pub(super) fn new(item_count: usize) -> Taken {
        Taken { filter: [0; FILTER], by: vec![u32::MAX; item_count] }
    }

    /// Begins another list.
    pub(super) fn begin(&mut self) {
        self.filter = [0; FILTER];
    }

    /// Whether the list of `taker` has taken `item`.
    #[inline]
    pub(super) fn has(&self, item: u32, wants: &[ItemIndex], taker: u32) -> bool {
        let (word, bit) = filter_bit(item);
        if self.filter[word] & bit == 0 {
            return false;
        }
        if wants.len() < SHORT_LIST {
            return wants.contains(&ItemIndex(item));
        }
        self.by[item as usize] == taker
    }

    /// Notes the latest want of the list of `taker`.
    #[inline]
    pub(super) fn mark(&mut self, wants: &[ItemIndex], taker: u32) {
        let Some(item) = wants.last() else {
            return;
        };
        let (word, bit) = filter_bit(item.0);
        self.filter[word] |= bit;
        if wants.len() == SHORT_LIST {
            for item in wants {
                self.by[item.at()] = taker;
            }
        } else if wants.len() > SHORT_LIST {
            self.by[item.at()] = taker;
        }
    }

    /// Notes all wants of the list of `taker`, where none was noted before.
    pub(super) fn mark_all(&mut self, wants: &[ItemIndex], taker: u32) {
        for item in wants {
            let (word, bit) = filter_bit(item.0);
            self.filter[word] |= bit;
        }
        if wants.len() >= SHORT_LIST {
            for item in wants {
                self.by[item.at()] = taker;
            }
        }
    }
}

/// Where the filter keeps the bit of `item`.
#[inline]
fn filter_bit(item: u32) -> (usize, u64) {
    (item as usize / 64 % FILTER, 1 << (item % 64))
}
