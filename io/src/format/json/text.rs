//! Names in a document, borrowed from it where that can be, and what is wrong with one, and where.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::json::Malformed;
use crate::place::{Step, place};

/// A string that borrows from the document where it has no escapes.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string that is not empty")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_str(TextVisitor)?;
        if text.0.is_empty() { Err(D::Error::invalid_length(0, &TextVisitor)) } else { Ok(text) }
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What is wrong with a document that is sound JSON, and the piece of text that shows it.
pub(super) struct Offence<'a> {
    near: &'a str,
    /// The way to it, where no name stands near.
    way: Vec<Step>,
    message: String,
}

impl<'a> Offence<'a> {
    pub(super) fn new<T>(near: &Text<'a>, message: String) -> Result<T, Offence<'a>> {
        // A name with escapes is no part of the text; then the line is unknown, and 1 stands for it.
        let near = if let Cow::Borrowed(near) = near.0 { near } else { "" };
        Err(Offence { near, way: Vec::new(), message })
    }

    /// The same of what a way leads to.
    pub(super) fn at<T>(way: &[Step], message: String) -> Result<T, Offence<'a>> {
        Err(Offence { near: "", way: way.to_vec(), message })
    }

    pub(super) fn locate(self, text: &[u8]) -> Malformed {
        let at = (self.near.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
        let at = at.filter(|&at| !self.near.is_empty() && at <= text.len());
        let at = at.unwrap_or_else(|| if self.way.is_empty() { 0 } else { place(text, &self.way) });
        let before = &text[..at];
        let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        Malformed { line, column: (at - start) as u64 + 1, cause: self.message }
    }
}
