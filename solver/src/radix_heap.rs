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
    size: usize,
    /// How many entries of bucket 0 are out already.
    taken: usize,
}

impl Default for RadixHeap {
    fn default() -> Self {
        RadixHeap { buckets: vec![Vec::new(); 65], last: 0, size: 0, taken: 0 }
    }
}

impl RadixHeap {
    /// Empties the queue; keys start from 0 again.
    pub(crate) fn clear(&mut self) {
        self.buckets.iter_mut().for_each(Vec::clear);
        self.last = 0;
        self.size = 0;
        self.taken = 0;
    }

    #[inline]
    pub(crate) fn push(&mut self, key: i64, entry: u32) {
        debug_assert!(key >= self.last, "the queue is monotone");
        self.buckets[bucket(key, self.last)].push((key, entry));
        self.size += 1;
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(i64, u32)> {
        if self.size == 0 {
            return None;
        }
        if self.taken == self.buckets[0].len() {
            self.buckets[0].clear();
            self.taken = 0;
            self.redistribute();
        }
        self.size -= 1;
        self.taken += 1;
        Some(self.buckets[0][self.taken - 1])
    }

    fn redistribute(&mut self) {
        let source = (1..65).find(|&b| !self.buckets[b].is_empty()).expect("the queue is not empty");
        let mut moving = std::mem::take(&mut self.buckets[source]);
        self.last = moving.iter().map(|&(key, _)| key).min().expect("the bucket is not empty");
        for (key, entry) in moving.drain(..) {
            self.buckets[bucket(key, self.last)].push((key, entry));
        }
        self.buckets[source] = moving;
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
        let mut last = 0;
        for entry in 0..2000 {
            heap.push(last + random(), entry);
            if entry % 3 == 0 {
                let (key, _) = heap.pop().unwrap();
                assert!(key >= last);
                last = key;
            }
        }
        let mut rest = 0;
        while let Some((key, _)) = heap.pop() {
            assert!(key >= last);
            last = key;
            rest += 1;
        }
        assert_eq!(rest, 2000 - 667);
    }
}
