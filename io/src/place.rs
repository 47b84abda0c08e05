//! Where something stands in a JSON text: found by the way to it, from outside in.
//!
//! A reader that is told only once the whole text is read that something in it is wrong tells its line so. Cost: linear in the text, for each place.

use serde::de::IgnoredAny;

/// A step from an object or a list to what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The value of the last field of this name.
    Field(&'static str),
    /// The member or element of this number, from 0. Of a member that is its value.
    Nth(usize),
}

/// Where the way leads, in bytes from the start of the text, which must be sound JSON; as far as it leads, where it leads nowhere.
pub(crate) fn place(text: &[u8], way: &[Step]) -> usize {
    let mut at = blanks(text, 0);
    for &step in way {
        let Some(inner) = inner(text, at, step) else { break };
        at = inner;
    }
    at
}

/// The value in the object or list at `at` to which a step leads.
fn inner(text: &[u8], at: usize, step: Step) -> Option<usize> {
    let is_object = match text.get(at)? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    let mut found = None;
    let mut next = blanks(text, at + 1);
    let mut number = 0;
    while !matches!(text.get(next)?, b'}' | b']') {
        let mut is_meant = step == Step::Nth(number);
        if is_object {
            let (name, end): (String, usize) = value(text, next)?;
            is_meant |= matches!(step, Step::Field(field) if field == name);
            // Behind the name stands a colon.
            next = blanks(text, blanks(text, end) + 1);
        }
        if is_meant {
            found = Some(next);
        }
        let (_, end): (IgnoredAny, usize) = value(text, next)?;
        next = blanks(text, end);
        if text.get(next) == Some(&b',') {
            next = blanks(text, next + 1);
        }
        number += 1;
    }
    found
}

/// The value at `at`, and where it ends.
fn value<T: serde::de::DeserializeOwned>(text: &[u8], at: usize) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(text.get(at..)?).into_iter();
    let value = values.next()?.ok()?;
    Some((value, at + values.byte_offset()))
}

/// The first place from `at` on where there is no blank.
fn blanks(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_leads_to_its_value() {
        let text = br#" {"a": [1, {"b" : "x,}]", "c":[ ]} ,null], "b\u0063": {"k": 2, "k": 3}}"#;
        let at = |way: &[Step]| std::str::from_utf8(&text[place(text, way)..]).unwrap();
        assert!(at(&[]).starts_with("{\"a\""));
        assert!(at(&[Step::Field("a")]).starts_with("[1"));
        assert!(at(&[Step::Field("a"), Step::Nth(1), Step::Field("b")]).starts_with("\"x,"));
        assert!(at(&[Step::Field("a"), Step::Nth(2)]).starts_with("null"));
        assert!(at(&[Step::Nth(1), Step::Nth(0)]).starts_with("2,"), "by number");
        assert!(
            at(&[Step::Field("bc"), Step::Field("k")]).starts_with("3}"),
            "an escaped name, and the last of two"
        );
        assert!(at(&[Step::Field("a"), Step::Nth(9), Step::Nth(0)]).starts_with("[1"), "as far as it leads");
    }
}
