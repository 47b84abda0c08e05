//! Names and their numbers, in the order in which they appear. Most are short, and are looked up without following a reference to their text.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};

/// The most bytes of a name that its [`Key`] holds whole.
const SHORT: usize = 15;

/// The first bytes of a name, and then how many it has, up to one more than [`SHORT`].
type Key = u128;

/// Names that are numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// In the order of their numbers.
    pub(super) told: Vec<String>,
    keys: Vec<Key>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// The number of a name, if it has one.
    fn find(&self, name: &str, key: Key, hash: u64) -> Option<u32> {
        let is_it = |&number: &u32| {
            let number = number as usize;
            self.keys[number] == key && (name.len() <= SHORT || self.told[number] == name)
        };
        self.numbers.find(hash, is_it).copied()
    }

    /// The number of a name, which is a new one if it has none.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        let key = key(name);
        let hash = hashed(&self.hasher, key, name);
        if let Some(number) = self.find(name, key, hash) {
            return number;
        }
        let number = self.told.len() as u32;
        self.told.push(name.to_owned());
        self.keys.push(key);
        let Names { told, keys, numbers, hasher } = self;
        let again = |&number: &u32| hashed(hasher, keys[number as usize], &told[number as usize]);
        numbers.insert_unique(hash, number, again);
        number
    }
}

fn key(name: &str) -> Key {
    let mut bytes = [0; SHORT + 1];
    let held = name.len().min(SHORT);
    bytes[..held].copy_from_slice(&name.as_bytes()[..held]);
    bytes[SHORT] = name.len().min(SHORT + 1) as u8;
    Key::from_le_bytes(bytes)
}

fn hashed(hasher: &DefaultHashBuilder, key: Key, name: &str) -> u64 {
    if name.len() <= SHORT { hasher.hash_one(key) } else { hasher.hash_one(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_whatever_their_length() {
        let mut names = Names::default();
        let of: Vec<String> =
            (0..40).flat_map(|len| ["a", "b", "\0"].map(|letter| letter.repeat(len) + "x")).collect();
        for _ in 0..2 {
            let numbers: Vec<u32> = of.iter().map(|name| names.number(name)).collect();
            assert!(numbers[..3] == [0; 3] && numbers[3..].iter().zip(1..).all(|(&number, at)| number == at));
        }
        assert_eq!(names.number(""), 118);
        assert_eq!(names.number("\0"), 119);
        assert_eq!(names.told.len(), 120);
    }
}
