//! Names that differ only in the case of letters or in white space about them: most likely one thing, written in two ways.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

/// What is to be said of such names, if there are any: they are kept apart.
///
/// O(n log n) in the number of names.
pub(crate) fn told(names: &[impl AsRef<str>]) -> Option<String> {
    let folded = |number: u32| fold(names[number as usize].as_ref());
    let mut by_hash: Vec<(u64, u32)> = (0..names.len() as u32)
        .map(|number| {
            let mut hasher = DefaultHasher::new();
            folded(number).for_each(|letter| letter.hash(&mut hasher));
            (hasher.finish(), number)
        })
        .collect();
    by_hash.sort_unstable();
    let pairs = by_hash.windows(2).map(|pair| (pair[0], pair[1]));
    let is_pair =
        |(one, other): &((u64, u32), (u64, u32))| one.0 == other.0 && folded(one.1).eq(folded(other.1));
    let alike: Vec<(u32, u32)> = pairs.filter(is_pair).map(|(one, other)| (other.1, one.1)).collect();
    let &(other, one) = alike.iter().min()?;
    let [one, other] = [one, other].map(|number| names[number as usize].as_ref());
    let more = if alike.len() > 1 { format!(", and {} more", alike.len() - 1) } else { String::new() };
    Some(format!(
        "names that differ only in case or in white space about them are kept apart: {one:?} and {other:?}{more}"
    ))
}

fn fold(name: &str) -> impl Iterator<Item = char> {
    name.trim().chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_most_likely_one_are_told() {
        assert_eq!(told(&["bob", "ann", "Bobby"]), None);
        assert_eq!(told(&[""; 0]), None);
        let one =
            "names that differ only in case or in white space about them are kept apart: \"bob\" and \"Bob\"";
        assert_eq!(told(&["bob", "ann", "Bob"]).as_deref(), Some(one));
        let more = told(&["x", "EUR", "ÉTÉ", " eur", "été", "Eur\t"]).unwrap();
        assert!(more.ends_with("apart: \"EUR\" and \" eur\", and 2 more"), "{more}");
    }
}
