//! What a list repeats of an earlier one. A user's lists often begin with the same words, down to the
//! same bytes: those words are found by comparing text with text, and looked up once.
//!
//! Only the short names at the start of a list are repeated, up to the first word that is anything else.

use std::ops::Range;

use super::names::NOBODY;
use super::scan::List;
use super::text::ends_word;

/// The words at the start of a list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    /// How many there are.
    pub(super) count: usize,
    /// The bytes of the wants up to the end of the last.
    pub(super) length: usize,
    /// Whether the list has no other words.
    pub(super) whole: bool,
}

/// The list that others are compared with: the last one that was not wholly the start of one before.
#[derive(Debug)]
pub(super) struct Pattern {
    user: u32,
    wants: Range<usize>,
    /// Where each of its first words ends, from the start of its wants.
    ends: Vec<u32>,
    /// Whether the next word may follow those.
    open: bool,
}

impl Pattern {
    pub(super) fn new() -> Pattern {
        Pattern { user: NOBODY, wants: 0..0, ends: Vec::new(), open: false }
    }

    /// What `list` repeats. Unless that is all of it, it becomes the pattern.
    pub(super) fn begin(&mut self, text: &[u8], list: List) -> Again {
        let wants = list.wants();
        let mut again = Again { count: 0, length: 0, whole: false };
        if list.user == self.user {
            let common = common_length(&text[self.wants.clone()], &text[wants.clone()]);
            again.count = self.ends.partition_point(|&end| end as usize <= common);
            // The last word may go on in one list and not in the other.
            let stands = |&end: &u32| ends_word(text, wants.start + end as usize, wants.end);
            if !self.ends[..again.count].last().is_none_or(stands) {
                again.count -= 1;
            }
            again.length = self.ends[..again.count].last().map_or(0, |&end| end as usize);
            again.whole = again.length == wants.len();
        }
        if !again.whole {
            self.ends.truncate(again.count);
            *self = Pattern { user: list.user, wants, ends: std::mem::take(&mut self.ends), open: true };
        }
        again
    }

    /// Whether the short name that ends `end` bytes behind the start of the wants can be repeated.
    #[inline]
    pub(super) fn push(&mut self, end: usize) -> bool {
        if self.open {
            self.ends.push(end as u32);
        }
        self.open
    }

    /// No further word of this list can be repeated.
    #[inline]
    pub(super) fn close(&mut self) {
        self.open = false;
    }
}

/// How many bytes two texts have in common at their start.
fn common_length(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let blocks = a.as_chunks::<BLOCK>().0.iter().zip(b.as_chunks::<BLOCK>().0);
    let start = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    start + a[start..].iter().zip(&b[start..]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_alike_up_to_the_first_difference() {
        let text = b"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz";
        for length in 0..text.len() {
            let mut other = *text;
            other[length] = b'!';
            assert_eq!(common_length(text, &other), length);
            assert_eq!(common_length(text, &text[..length]), length);
        }
    }
}
