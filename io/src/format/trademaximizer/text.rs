//! The bytes of a wants list: what ends a line, what separates words, what a name says, and where
//! an offence stands. All offsets count bytes from the start of the text, behind a byte order mark.
//!
//! Nothing here knows what a line means.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::super::ReadError;

/// Why the text cannot be read, and at which byte.
#[derive(Debug)]
pub(super) struct Fault {
    /// Offset of the offending byte.
    pub(super) at: usize,
    /// What is wrong and what was expected.
    pub(super) message: String,
}

impl Fault {
    /// `offence` in the words of the original program, then what was `expected`.
    pub(super) fn new(at: usize, offence: &str, expected: &str) -> Fault {
        Fault { at, message: format!("{offence}; expected {expected}") }
    }

    /// The fault with its line and column in `text`. Cost O(text): it happens once.
    pub(super) fn locate(self, text: &[u8]) -> ReadError {
        let last = Lines::new(text).take_while(|line| line.range.start <= self.at).last();
        let (number, start) = last.map_or((1, 0), |line| (line.number, line.range.start));
        ReadError { line: number as u64, column: (self.at - start) as u64 + 1, message: self.message }
    }
}

/// The text behind a UTF-8 byte order mark.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

/// Refuses what is no text: UTF-16, anything with a NUL byte, and what 32-bit offsets cannot reach.
pub(super) fn check(text: &[u8]) -> Result<(), Fault> {
    if text.starts_with(b"\xFF\xFE") || text.starts_with(b"\xFE\xFF") {
        return Err(Fault::new(
            0,
            "not a text file in UTF-8: this is UTF-16",
            "the same list saved as UTF-8",
        ));
    }
    if let Some(at) = memchr(0, text) {
        return Err(Fault::new(at, "not a text file: it holds a NUL byte", "a wants list in UTF-8"));
    }
    if text.len() >= u32::MAX as usize {
        return Err(Fault::new(u32::MAX as usize, "the file is too large", "less than 4 GiB"));
    }
    Ok(())
}

/// One line, without its end.
#[derive(Debug)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    /// Where it stands in the text.
    pub(super) range: Range<usize>,
}

/// The lines of a text. `\n`, `\r\n` and a lone `\r` each end one.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Lines { text, at: 0, number: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        let start = self.at;
        let rest = &self.text[start..];
        if rest.is_empty() {
            return None;
        }
        let length = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let end_length = if rest[length..].starts_with(b"\r\n") { 2 } else { 1 };
        self.at = (start + length + end_length).min(self.text.len());
        self.number += 1;
        Some(Line { number: self.number, range: start..start + length })
    }
}

/// `range` without the characters up to U+0020 at its ends.
pub(super) fn trim(text: &[u8], range: Range<usize>) -> Range<usize> {
    let Some(first) = text[range.clone()].iter().position(|&byte| byte > b' ') else {
        return range.start..range.start;
    };
    let last = text[range.clone()].iter().rposition(|&byte| byte > b' ').unwrap_or(first);
    range.start + first..range.start + last + 1
}

/// Whether `byte` separates words: space, tab, line feed, vertical tab, form feed, return.
#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Whether a word that reaches `at` is complete there.
#[inline]
pub(super) fn ends_word(text: &[u8], at: usize, end: usize) -> bool {
    at >= end || is_space(text[at]) || text[at] == b':' || text[at] == b';'
}

/// Where the word of a want list that starts at `start` ends. A semicolon is a word of its own.
pub(super) fn word_end(text: &[u8], start: usize, end: usize) -> usize {
    if text[start] == b';' {
        return start + 1;
    }
    let ends = |&byte: &u8| is_space(byte) || byte == b':' || byte == b';';
    text[start..end].iter().position(ends).map_or(end, |length| start + length)
}

/// The words in `range`, semicolons among them.
pub(super) fn words(text: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        while at < range.end && (is_space(text[at]) || text[at] == b':') {
            at += 1;
        }
        let start = at;
        (start < range.end).then(|| {
            at = word_end(text, start, range.end);
            start..at
        })
    })
}

/// The words in `range`, where nothing but space separates them.
pub(super) fn words_at_space(text: &[u8], range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let base = text[range.clone()].as_ptr() as usize;
    let words = text[range.clone()].split(|&byte| is_space(byte)).filter(|word| !word.is_empty());
    words.map(move |word| {
        let start = range.start + (word.as_ptr() as usize - base);
        start..start + word.len()
    })
}

/// What `bytes` say: UTF-8, or Latin-1 when they are not UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// What `bytes` say, in upper case if names fold.
pub(super) fn shown(bytes: &[u8], folds: bool) -> Cow<'_, str> {
    let text = decode(bytes);
    if folds { Cow::Owned(text.to_uppercase()) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_ends_one_line() {
        let text = b"a\nb\r\nc\rd\n\ne";
        let lines: Vec<_> = Lines::new(text).map(|line| (line.number, &text[line.range])).collect();
        let expected: [(usize, &[u8]); 6] = [(1, b"a"), (2, b"b"), (3, b"c"), (4, b"d"), (5, b""), (6, b"e")];
        assert_eq!(lines, expected);
        assert_eq!(Lines::new(b"").count(), 0);
        assert_eq!(Lines::new(b"\n").count(), 1);
    }

    #[test]
    fn faults_are_located_by_line_and_byte() {
        let at = |at| Fault::new(at, "x", "y").locate(b"ab\r\ncd\re");
        assert_eq!((at(0).line, at(0).column), (1, 1));
        assert_eq!((at(5).line, at(5).column), (2, 2));
        assert_eq!((at(7).line, at(7).column), (3, 1));
        let empty = Fault::new(0, "x", "y").locate(b"");
        assert_eq!((empty.line, empty.column), (1, 1));
    }

    #[test]
    fn words_end_at_space_colon_and_semicolon() {
        let text = b" a:b;c \x0Bd;";
        let found: Vec<_> = words(text, 0..text.len()).map(|word| decode(&text[word])).collect();
        assert_eq!(found, ["a", "b", ";", "c", "d", ";"]);
    }

    #[test]
    fn what_is_not_utf8_is_latin1() {
        assert_eq!(decode(b"\xE9t\xE9"), "été");
        assert_eq!(decode("été".as_bytes()), "été");
        assert_eq!(shown("straße".as_bytes(), true), "STRASSE");
    }
}
