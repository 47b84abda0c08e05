//! From names to items, at memory speed: an open table whose slots hold the folded name itself.
//!
//! A name of at most 15 bytes lies in its slot, upper-cased, so that most look-ups touch one cache
//! line and never the text. Texts hold no NUL, so padding with zeros tells lengths apart. A longer
//! name is represented by a hash, and compared with the text where it was first written.
//!
//! A dummy's name is private to its user: the user is part of what is looked up (the `scope`).
//! Linear probing by cache lines, at a load of at most 2/3; hashing is fixed, and no outcome depends on it.

use super::text::{decode, shown};

/// The user of an item that has none.
pub(super) const NOBODY: u32 = u32::MAX;
/// The scope of names that everybody can use.
pub(super) const PUBLIC: u32 = u32::MAX - 1;
/// The scope of dummies that were declared wrongly and that no list can name.
pub(super) const MISPLACED: u32 = u32::MAX - 2;
/// The item of an official name that has no want list.
pub(super) const NO_LIST: u32 = u32::MAX;

const LONGEST_SHORT: usize = 15;
const LONG: u64 = 0xFF << 56;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A folded name of at most 15 bytes with its length in the last byte, or the hash of a longer one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Key {
    low: u64,
    high: u64,
}

impl Key {
    #[inline]
    pub(super) fn hash(self, scope: u32) -> u64 {
        let scoped = self.high ^ 0xD6E8_FEB8_6659_FD93 ^ (u64::from(scope) << 20);
        fold_multiply(self.low ^ 0x9E37_79B9_7F4A_7C15, scoped)
    }
}

#[inline]
fn fold_multiply(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

/// Makes keys of names. It remembers the folded bytes of the last name that was not short.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    /// Whether case is folded away.
    pub(super) folds: bool,
    mask: u64,
    long: Vec<u8>,
}

impl Folder {
    pub(super) fn new(folds: bool) -> Folder {
        Folder { folds, mask: if folds { u64::MAX } else { 0 }, long: Vec::new() }
    }

    /// The key of `name`, which is not empty.
    pub(super) fn key(&mut self, name: &[u8]) -> Key {
        if name.len() <= LONGEST_SHORT && name.is_ascii() {
            let key = pack(name);
            return Key { low: fold(key.low, self.mask), high: fold(key.high, self.mask) };
        }
        self.long.clear();
        if name.is_ascii() {
            self.long.extend_from_slice(name);
            if self.folds {
                self.long.make_ascii_uppercase();
            }
        } else {
            self.long.extend_from_slice(shown(name, self.folds).as_bytes());
        }
        if self.long.len() <= LONGEST_SHORT {
            return pack(&self.long);
        }
        let words = self.long.chunks(8).map(|chunk| load(chunk, 0));
        let hash = words.fold(self.long.len() as u64, |hash, word| {
            fold_multiply(hash ^ word ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB)
        });
        Key { low: hash, high: LONG }
    }

    /// The key and the length of the name at `at`, if it is short and plain: ASCII up to the next
    /// byte that could end it or give it a meaning of its own.
    #[inline]
    pub(super) fn short(&self, text: &[u8], at: usize) -> Option<(Key, usize)> {
        let mut low = load(text, at);
        let mut high = 0;
        let stop = stops(low);
        let length = if stop == 0 {
            high = load(text, at + 8);
            let stop = stops(high);
            let length = stop.trailing_zeros() as usize / 8;
            if stop == 0 {
                return None;
            }
            high &= (1 << (8 * length)) - 1;
            8 + length
        } else {
            let length = stop.trailing_zeros() as usize / 8;
            low &= (1 << (8 * length)) - 1;
            length
        };
        let high = fold(high, self.mask) | (length as u64) << 56;
        (length > 0).then_some((Key { low: fold(low, self.mask), high }, length))
    }

    /// Whether `name` folds to the bytes of the last long name.
    fn is_last(&self, name: &[u8]) -> bool {
        if name.is_ascii() {
            return if self.folds { name.eq_ignore_ascii_case(&self.long) } else { name == self.long };
        }
        if self.folds {
            shown(name, true).as_bytes() == self.long
        } else {
            decode(name).as_bytes() == self.long
        }
    }
}

fn pack(name: &[u8]) -> Key {
    let high = if name.len() > 8 { load(name, 8) } else { 0 };
    Key { low: load(name, 0), high: high | (name.len() as u64) << 56 }
}

/// Eight bytes from `at` on, padded with zeros behind the end of `text`.
#[inline]
fn load(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    if let Some(word) = rest.first_chunk::<8>() {
        return u64::from_le_bytes(*word);
    }
    rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// Upper case of eight ASCII bytes, where `mask` is set.
#[inline]
fn fold(word: u64, mask: u64) -> u64 {
    let from_a = word.wrapping_add(ONES * (0x80 - 0x61));
    let past_z = word.wrapping_add(ONES * (0x7F - 0x7A));
    word ^ ((from_a & !past_z & !word & HIGHS) >> 2 & mask)
}

/// A mask whose lowest set bit marks the first byte that is not an ordinary part of a name: up to
/// U+0020, one of `: ; =`, or not ASCII. Higher bits may be wrong: each test borrows upwards only.
#[inline]
fn stops(word: u64) -> u64 {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let low = word.wrapping_sub(ONES * 0x21) & !word;
    let colons = zero((word ^ (ONES * 0x3A)) & !ONES);
    let equals = zero(word ^ (ONES * 0x3D));
    (word | low | colons | equals) & HIGHS
}

/// A name with what it stands for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    key: Key,
    /// The item, or [`NO_LIST`].
    pub(super) item: u32,
    /// Who owns the item; for a dummy, also who can name it; for an official name without a
    /// list, its place among the official names.
    pub(super) user: u32,
}

impl Slot {
    /// Whether the slot holds the short name `key`.
    #[inline]
    pub(super) fn is(&self, key: Key, scope: u32) -> bool {
        self.key == key && (scope == PUBLIC || self.user == scope)
    }
}

/// A cache line of slots. A name whose slot is taken goes into the other slot of its line, and only
/// then to the next line, so most searches touch one line.
#[repr(align(64))]
#[derive(Clone, Copy, Debug, Default)]
struct Pair([Slot; 2]);

/// The places where a name may lie, in the order of a search.
#[derive(Clone, Copy)]
struct Search {
    at: usize,
    side: usize,
    mask: usize,
}

impl Search {
    #[inline]
    fn next(&mut self) {
        self.at ^= 1;
        if self.at & 1 == self.side {
            self.at = (self.at + 2) & self.mask;
        }
    }
}

/// The table.
#[derive(Debug)]
pub(super) struct Names<'a> {
    pairs: Vec<Pair>,
    used: usize,
    long: Vec<&'a [u8]>,
}

impl<'a> Names<'a> {
    pub(super) fn new() -> Self {
        Names { pairs: vec![Pair::default(); 8], used: 0, long: Vec::new() }
    }

    /// Makes room for `more` further names.
    pub(super) fn reserve(&mut self, more: usize) {
        let wanted = ((self.used + more) * 3 / 2 + 1).next_power_of_two();
        if wanted <= self.pairs.len() * 2 {
            return;
        }
        let old = std::mem::replace(&mut self.pairs, vec![Pair::default(); wanted / 2]);
        for slot in old.into_iter().flat_map(|pair| pair.0).filter(|slot| slot.key.high != 0) {
            let long = slot.key.high & LONG == LONG;
            let first =
                if long { self.long[(slot.key.high & !LONG) as usize][0] } else { slot.key.low as u8 };
            let scope = if first == b'%' { slot.user } else { PUBLIC };
            let key = if long { Key { low: slot.key.low, high: LONG } } else { slot.key };
            let mut search = self.search(key.hash(scope));
            while self.slot(search).key.high != 0 {
                search.next();
            }
            self.pairs[search.at / 2].0[search.at % 2] = slot;
        }
    }

    /// Brings the slot at `hash` into the cache. The result means nothing; that it is used keeps
    /// the loads, and since nothing depends on them the processor waits for many at once.
    #[inline]
    pub(super) fn touch(&self, hash: u64) -> u32 {
        self.slot(self.search(hash)).item
    }

    /// The slot of the short name `key`.
    #[inline]
    pub(super) fn find_short(&self, key: Key, hash: u64, scope: u32) -> Option<&Slot> {
        let mut search = self.search(hash);
        loop {
            let slot = self.slot(search);
            if slot.is(key, scope) {
                return Some(slot);
            }
            if slot.key.high == 0 {
                return None;
            }
            search.next();
        }
    }

    /// The slot of `key`, the last key that `folder` made if it is a long one.
    pub(super) fn find(&self, key: Key, scope: u32, folder: &Folder) -> Option<&Slot> {
        let slot = self.slot(self.probe(key, scope, folder));
        (slot.key.high != 0).then_some(slot)
    }

    /// The slot of `name`, and whether it is new. A new slot belongs to `scope` and has no list.
    pub(super) fn insert(&mut self, name: &'a [u8], scope: u32, folder: &mut Folder) -> (&mut Slot, bool) {
        self.reserve(1);
        let mut key = folder.key(name);
        let Search { at, .. } = self.probe(key, scope, folder);
        let slot = &mut self.pairs[at / 2].0[at % 2];
        let new = slot.key.high == 0;
        if new {
            if key.high == LONG {
                key.high |= self.long.len() as u64;
                self.long.push(name);
            }
            *slot = Slot { key, item: NO_LIST, user: scope };
            self.used += 1;
        }
        (slot, new)
    }

    #[inline]
    fn search(&self, hash: u64) -> Search {
        let mask = self.pairs.len() * 2 - 1;
        let at = hash as usize & mask;
        Search { at, side: at & 1, mask }
    }

    #[inline]
    fn slot(&self, search: Search) -> &Slot {
        &self.pairs[search.at / 2].0[search.at % 2]
    }

    /// Where `key` lies, or the free slot where it would.
    fn probe(&self, key: Key, scope: u32, folder: &Folder) -> Search {
        let mut search = self.search(key.hash(scope));
        loop {
            let slot = self.slot(search);
            let same = if key.high == LONG {
                slot.key.low == key.low
                    && slot.key.high & LONG == LONG
                    && (scope == PUBLIC || slot.user == scope)
                    && folder.is_last(self.long[(slot.key.high & !LONG) as usize])
            } else {
                slot.is(key, scope)
            };
            if same || slot.key.high == 0 {
                return search;
            }
            search.next();
        }
    }
}
