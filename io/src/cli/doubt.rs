//! What may be no want lists though it can be read as such: any text can.

use crate::format::Reading;

/// What is told of a round that may be something else; of one whose kind was told (`is_told`) only that nothing is in it.
pub(super) fn doubt(reading: &Reading<'_>, is_told: bool) -> Option<String> {
    let (round, format) = (&reading.round, reading.format);
    if round.items.is_empty() {
        return Some("no want lists in it".into());
    }
    if round.wants.item.is_empty() {
        return Some(format!(
            "read as {format}, nothing in it wants anything that is there; --kind says what it is"
        ));
    }
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit() || b".,-".contains(&byte));
    let is_bare = round.items.iter().all(|item| item.user.is_none() && is_number(&item.name));
    (is_bare && !is_told).then(|| {
        format!("read as {format}, its items are bare numbers that belong to nobody; --kind says what it is")
    })
}
