//! A monotone priority queue for non-negative integer keys: what is pushed is never smaller than
//! what was popped last (Ahuja, Mehlhorn, Orlin and Tarjan 1990, "Faster algorithms for the
//! shortest path problem").
//!
//! Cost: O(1) a push, amortised O(64) a pop at worst; O(1) when keys repeat.

/// The queue. Entries with equal keys come out first in, first out, once the first of them is out.
#[derive(Clone, Debug)]
pub(crate) struct RadixHeap {
    /// Bucket 0 holds keys equal to `last`; bucket `b` those whose highest bit that differs is `b - 1`.
    buckets: Vec<Vec<(i64, u32)>>,
    last: i64,
    /// How many entries of bucket 0 are out already.
    taken: usize,
}

impl Default for RadixHeap {
    fn default() -> Self {
        RadixHeap { buckets: vec![Vec::new(); 65], last: 0, taken: 0 }
    }
}

impl RadixHeap {
    /// Empties the queue; keys start from 0 again.
    pub(crate) fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.last = 0;
        self.taken = 0;
    }

    #[inline]
    pub(crate) fn push(&mut self, key: i64, entry: u32) {
        debug_assert!(key >= self.last, "the queue is monotone");
        self.buckets[bucket(key, self.last)].push((key, entry));
    }

    /// The next entry among those with the least key, if that has not changed since `advance`.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<u32> {
        let &(_, entry) = self.buckets[0].get(self.taken)?;
        self.taken += 1;
        Some(entry)
    }

    /// The entry that `pop` will give after so many others, if that is known.
    #[inline]
    pub(crate) fn ahead(&self, count: usize) -> Option<u32> {
        self.buckets[0].get(self.taken + count).map(|&(_, entry)| entry)
    }

    /// Goes on to the least key of the queue and returns it.
    ///
    /// # Panics
    /// Only debug builds: if `pop` would still give an entry.
    pub(crate) fn advance(&mut self) -> Option<i64> {
        debug_assert!(self.taken == self.buckets[0].len(), "smaller keys come first");
        self.buckets[0].clear();
        self.taken = 0;
        let source = (1..65).find(|&b| !self.buckets[b].is_empty())?;
        let mut moving = std::mem::take(&mut self.buckets[source]);
        self.last = moving.iter().map(|&(key, _)| key).min().expect("the bucket is not empty");
        for (key, entry) in moving.drain(..) {
            self.buckets[bucket(key, self.last)].push((key, entry));
        }
        self.buckets[source] = moving;
        Some(self.last)
    }
}

#[inline]
fn bucket(key: i64, last: i64) -> usize {
    (64 - (key ^ last).leading_zeros()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_leave_in_order_of_their_keys() {
        let mut heap = RadixHeap::default();
        let mut state = 1_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as i64
        };
        let mut keys = Vec::new();
        let (mut last, mut left) = (0, 0);
        for round in 0..2000 {
            keys.push(last + random());
            heap.push(keys[round], round as u32);
            left += 1;
            if round % 3 == 0 {
                last = heap.advance().unwrap();
                while let Some(entry) = heap.pop() {
                    assert_eq!(keys[entry as usize], last);
                    left -= 1;
                }
            }
        }
        while let Some(key) = heap.advance() {
            assert!(key > last);
            last = key;
            while let Some(entry) = heap.pop() {
                assert_eq!(keys[entry as usize], last);
                left -= 1;
            }
        }
        assert_eq!(left, 0);
    }
}
