//! What was wrong and survived, in the words of the program whose dialect is read.
//!
//! The notices of one text take at most [`MOST_BYTES`]; further ones are counted, not kept, so that
//! memory stays linear in the text however long its names are.

use std::cmp::Ordering;

use super::dialect::Dialect;

const MOST_BYTES: usize = 64 << 20;

/// One thing that is wrong. Names are as they are shown: a dummy's with its user, and a user's in
/// parentheses where the dialect writes them.
#[derive(Debug)]
pub(super) enum Flaw<'f> {
    DummyWithoutUser { dummy: &'f str },
    DummyNotAllowed { dummy: &'f str },
    DummyNeedsUser { dummy: &'f str, list: &'f str },
    NotOfficial { item: &'f str },
    SecondList { item: &'f str, user: &'f str },
    NoAnnotation { word: &'f str, list: &'f str },
    BadAnnotation { word: &'f str, list: &'f str },
    AnnotationNotPositive { word: &'f str, list: &'f str },
    OwnList { item: &'f str, user: &'f str },
    Repeated { item: &'f str, list: &'f str, user: &'f str },
    SameUser { item: &'f str, list: &'f str, user: &'f str },
    Unknown { item: &'f str, user: &'f str, count: u32 },
    MissingColon { line: u32, user: &'f str },
    SecondLimit { user: &'f str },
    DefaultLimit { user: &'f str, bids: u32 },
    NotUtf8 { line: u32 },
    UnknownFavourite { user: &'f str },
}

impl Flaw<'_> {
    fn tell(&self, dialect: &Dialect) -> String {
        use Flaw as F;
        if dialect.money
            && let Some(told) = self.tell_in_oz()
        {
            return told;
        }
        match self {
            F::DummyWithoutUser { dummy } => format!("**** Dummy item {dummy} declared without a username."),
            F::DummyNotAllowed { dummy } => format!("**** Dummy items not allowed. ({dummy})"),
            F::DummyNeedsUser { dummy, list } => format!(
                "**** Dummy item {dummy} used in want list for item {list}, which does not have a username."
            ),
            F::NotOfficial { item } => format!(
                "**** Cannot define want list for {item} because it is not an official name.  \
                 (Usually indicates a typo by the item owner.)"
            ),
            F::SecondList { item, .. } => format!(
                "**** Item {item} has multiple want lists--ignoring all but first.  \
                 (Sometimes the result of an accidental line break in the middle of a want list.)"
            ),
            F::NoAnnotation { word, list } => format!(
                "**** Cannot use '=' annotation in item {word} in want list for item {list} \
                 unless using EXPLICIT_PRIORITIES."
            ),
            F::BadAnnotation { word, list } => {
                format!("**** Item {word} in want list for item {list} must have the format 'name=number'.")
            }
            F::AnnotationNotPositive { word, list } => format!(
                "**** Explicit priority must be positive in item {word} in want list for item {list}."
            ),
            F::OwnList { item, .. } => format!("**** Item {item} appears in its own want list."),
            F::Repeated { item, list, .. } => {
                format!("**** Item {item} is repeated in want list for {list}.")
            }
            F::SameUser { item, list, user } => {
                format!("**** Item {list} contains item {item} from the same user ({user})")
            }
            F::Unknown { item, count, .. } => {
                let plural = if *count == 1 { "" } else { "s" };
                format!("**** Unknown item {item} ({count} occurrence{plural})")
            }
            F::MissingColon { line, .. } => format!("**** Missing colon on line {line}."),
            F::SecondLimit { user } => format!("**** User {user} has more than one spending limit."),
            F::DefaultLimit { user, bids } => {
                format!("**** User {user} has a default spending limit for {bids} bids.")
            }
            F::NotUtf8 { line } => format!("**** Line {line} has a name that is not UTF-8; read as Latin-1."),
            F::UnknownFavourite { user } => format!("**** Unknown user {user} in METRIC=FAVOR-USER"),
        }
    }

    fn tell_in_oz(&self) -> Option<String> {
        use Flaw as F;
        Some(match self {
            F::SecondList { item, user } => format!("{user} has a duplicate entry for {item}"),
            F::OwnList { item, user } => format!("{user}: Item {item} appears in its own want list."),
            F::Repeated { item, list, user } => {
                format!("{user}: Item {item} is repeated in want list for {list}")
            }
            F::SameUser { item, list, user } => {
                format!("{user}: Item {list} contains item {item} from the same user")
            }
            F::Unknown { item, user, .. } => format!("{user}: Unknown code {item}"),
            F::MissingColon { line, user } => {
                format!("Missing colon with REQUIRE-COLONS selected: line {line} ({user})")
            }
            F::SecondLimit { user } => format!("{user} has more than one spending limit"),
            F::DefaultLimit { user, bids } => {
                format!("{user} is using a default spending limit for {bids} cash offer(s)")
            }
            _ => return None,
        })
    }
}

/// Notices in the order in which they arise.
#[derive(Debug)]
pub(super) struct Notices {
    dialect: &'static Dialect,
    told: Vec<String>,
    bytes: usize,
    dropped: usize,
}

impl Notices {
    pub(super) fn new(dialect: &'static Dialect) -> Notices {
        Notices { dialect, told: Vec::new(), bytes: 0, dropped: 0 }
    }

    /// Whether there is no room for another: what would be told need not be prepared.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MOST_BYTES
    }

    /// Counts a notice that there is no room for.
    pub(super) fn drop_one(&mut self) {
        self.dropped += 1;
    }

    /// Adds a notice.
    pub(super) fn add(&mut self, flaw: &Flaw<'_>) {
        if self.is_full() {
            self.drop_one();
        } else {
            self.push(flaw.tell(self.dialect));
        }
    }

    /// Adds the notices of `later`, as if they had been added here one by one.
    pub(super) fn append(&mut self, later: Notices) {
        for told in later.told {
            if self.is_full() {
                self.drop_one();
            } else {
                self.push(told);
            }
        }
        self.dropped += later.dropped;
    }

    fn push(&mut self, told: String) {
        self.bytes += told.len() + size_of::<String>();
        self.told.push(told);
    }

    /// The notices, sorted as the original sorts them, then how many there was no room for. The
    /// Oz program keeps a set, so there equal ones are told once.
    pub(super) fn finish(mut self) -> Vec<String> {
        self.told.sort_by(|a, b| by_utf16(a, b));
        if self.dialect.money {
            self.told.dedup();
        }
        if self.dropped > 0 {
            self.told.push(format!("**** {} more errors are not listed.", self.dropped));
        }
        self.told
    }
}

/// Orders strings by their UTF-16 code units. Bytes give the same order, except between characters
/// beyond U+FFFF (surrogates, there) and those from U+E000 up to U+FFFF.
pub(super) fn by_utf16(a: &str, b: &str) -> Ordering {
    let first_difference = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
    match first_difference {
        Some((a_byte, b_byte)) if a_byte >= 0xEE && b_byte >= 0xEE => a.encode_utf16().cmp(b.encode_utf16()),
        _ => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_is_by_utf16_units() {
        let mut names = ["\u{FF5E}", "\u{1F600}", "\u{E000}", "z", "é", "\u{D7FF}"];
        names.sort_by(|a, b| by_utf16(a, b));
        assert_eq!(names, ["z", "é", "\u{D7FF}", "\u{1F600}", "\u{E000}", "\u{FF5E}"]);
    }
}
