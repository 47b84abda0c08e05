//! Which prices of one side have a level, best first.
//!
//! Prices near the best one lie in a window of [`WINDOW`] ticks: an array from tick to level and a bitmap of three tiers, so
//! that finding a level takes one load and finding the next best a few bit scans. Prices beyond the window lie
//! in an ordered map. The window moves when reaching into the map has cost as much as moving it would, so no pattern of
//! prices costs more than the map alone, within a constant.
//!
//! Both sides use the same code through *keys*: a key is a price to buy, and a price to sell negated, so the best is always the highest.

use std::collections::BTreeMap;

/// Ticks in the window.
pub(super) const WINDOW: usize = 1 << 16;
const WORDS: usize = WINDOW / 64;
const SUMMARIES: usize = WORDS / 64;

/// The occupied keys of one side, each with the index of its level.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    /// The key at the window's start.
    base: i64,
    /// By tick of the window: the level's index plus one; zero is none.
    slots: Vec<u32>,
    bits: Vec<u64>,
    summary: [u64; SUMMARIES],
    top: u64,
    /// Levels in the window.
    near: usize,
    far: BTreeMap<i64, u32>,
    /// What reaching beyond the window has cost since it last moved.
    reached: usize,
}

impl Ladder {
    pub(super) fn new() -> Self {
        Ladder {
            base: 0,
            slots: vec![0; WINDOW],
            bits: vec![0; WORDS],
            summary: [0; SUMMARIES],
            top: 0,
            near: 0,
            far: BTreeMap::new(),
            reached: 0,
        }
    }

    /// The place of `key` in the window, if it is there.
    #[inline]
    fn place(&self, key: i64) -> Option<usize> {
        let offset = key.wrapping_sub(self.base) as u64;
        (offset < WINDOW as u64).then_some(offset as usize)
    }

    /// The level at `key`.
    #[inline]
    pub(super) fn get(&self, key: i64) -> Option<u32> {
        match self.place(key) {
            Some(place) => self.slots[place].checked_sub(1),
            None => self.far.get(&key).copied(),
        }
    }

    /// Adds a level where there is none. `best` is the best key there will be.
    #[inline]
    pub(super) fn insert(&mut self, key: i64, level: u32, best: i64) {
        match self.place(key) {
            Some(place) => self.set(place, level),
            None => self.insert_far(key, level, best),
        }
    }

    #[inline]
    fn set(&mut self, place: usize, level: u32) {
        self.slots[place] = level + 1;
        self.near += 1;
        let word = &mut self.bits[place >> 6];
        let had = std::mem::replace(word, *word | 1 << (place & 63));
        if had == 0 {
            self.summary[place >> 12] |= 1 << (place >> 6 & 63);
            self.top |= 1 << (place >> 12);
        }
    }

    #[inline]
    fn unset(&mut self, place: usize) {
        self.slots[place] = 0;
        self.near -= 1;
        let word = &mut self.bits[place >> 6];
        *word &= !(1 << (place & 63));
        if *word == 0 {
            let summary = &mut self.summary[place >> 12];
            *summary &= !(1 << (place >> 6 & 63));
            if *summary == 0 {
                self.top &= !(1 << (place >> 12));
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn insert_far(&mut self, key: i64, level: u32, best: i64) {
        self.far.insert(key, level);
        self.reach(best);
    }

    /// Pays for one step beyond the window, and moves it to `best` once that is paid for.
    fn reach(&mut self, best: i64) {
        self.reached += 1;
        if self.reached > self.near {
            self.move_to(best);
        }
    }

    /// Moves the window so that `best` lies at three quarters of it.
    fn move_to(&mut self, best: i64) {
        self.reached = 0;
        let base = best.saturating_sub(WINDOW as i64 / 4 * 3);
        if base == self.base {
            return;
        }
        let mut place = self.highest(WINDOW - 1);
        while let Some(at) = place {
            self.far.insert(self.base + at as i64, self.slots[at] - 1);
            self.unset(at);
            place = self.highest(at);
        }
        self.base = base;
        let last = base.saturating_add(WINDOW as i64 - 1);
        let moving: Vec<(i64, u32)> =
            self.far.range(base..=last).map(|(&key, &level)| (key, level)).collect();
        for (key, level) in moving {
            self.far.remove(&key);
            self.set((key - base) as usize, level);
        }
    }

    /// Removes the level at `key`.
    #[inline]
    pub(super) fn remove(&mut self, key: i64) {
        match self.place(key) {
            Some(place) => self.unset(place),
            None => self.remove_far(key),
        }
    }

    #[cold]
    #[inline(never)]
    fn remove_far(&mut self, key: i64) {
        self.far.remove(&key);
        self.reached += 1;
    }

    /// The highest occupied place at or below `place`.
    #[inline]
    fn highest(&self, place: usize) -> Option<usize> {
        let word = place >> 6;
        let found = self.bits[word] & (u64::MAX >> (63 - (place & 63)));
        if found != 0 {
            return Some((word << 6) | (63 - found.leading_zeros() as usize));
        }
        let group = word >> 6;
        let words = self.summary[group] & below(word & 63);
        if words != 0 {
            return Some(self.last_of_word((group << 6) | (63 - words.leading_zeros() as usize)));
        }
        let groups = self.top & below(group);
        if groups == 0 {
            return None;
        }
        let group = 63 - groups.leading_zeros() as usize;
        Some(self.last_of_word((group << 6) | (63 - self.summary[group].leading_zeros() as usize)))
    }

    #[inline]
    fn last_of_word(&self, word: usize) -> usize {
        (word << 6) | (63 - self.bits[word].leading_zeros() as usize)
    }

    /// The best level.
    pub(super) fn first(&self) -> Option<(i64, u32)> {
        self.best_of(self.highest(WINDOW - 1), i64::MAX)
    }

    /// The best level worse than `key`.
    #[inline]
    pub(super) fn next(&self, key: i64) -> Option<(i64, u32)> {
        let offset = key as i128 - self.base as i128;
        let near = match offset {
            ..=0 => None,
            1..=65_535 => self.highest(offset as usize - 1),
            _ => self.highest(WINDOW - 1),
        };
        self.best_of(near, key)
    }

    /// The better of a place in the window and what lies beyond the window below `key`.
    #[inline]
    fn best_of(&self, near: Option<usize>, key: i64) -> Option<(i64, u32)> {
        let near = near.map(|place| (self.base + place as i64, self.slots[place] - 1));
        if self.far.is_empty() {
            return near;
        }
        let far = self.far.range(..key).next_back().map(|(&key, &level)| (key, level));
        near.max(far)
    }

    /// Panics if the tiers and the array disagree, or a key is both near and far.
    pub(super) fn check(&self) {
        let mut near = 0;
        for (place, &slot) in self.slots.iter().enumerate() {
            assert_eq!(slot != 0, self.bits[place >> 6] >> (place & 63) & 1 == 1, "bit of place {place}");
            near += usize::from(slot != 0);
        }
        assert_eq!(near, self.near, "levels in the window");
        for (word, &bits) in self.bits.iter().enumerate() {
            assert_eq!(bits != 0, self.summary[word >> 6] >> (word & 63) & 1 == 1, "summary of word {word}");
        }
        for (group, &summary) in self.summary.iter().enumerate() {
            assert_eq!(summary != 0, self.top >> group & 1 == 1, "top of group {group}");
        }
        assert!(self.far.keys().all(|&key| self.place(key).is_none()), "a far key lies in the window");
    }
}

const _: () = assert!(WINDOW == 65_536 && SUMMARIES <= 64, "three tiers, the last of one word");

/// The bits below `bit`.
#[inline]
fn below(bit: usize) -> u64 {
    (1 << bit) - 1
}
