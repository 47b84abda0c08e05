//! The front of a want line: user, item, colon, and every test that the line as a whole must pass,
//! in the order of the original, so that a line with two offences is refused for the same one.
//!
//! Where the original would quietly take a line apart in a way that nobody meant, it is refused:
//! an item glued to `)` on a line without a colon, and a semicolon inside a username. A tab inside
//! a username stays part of it.

use std::ops::Range;

use memchr::{memchr, memrchr};

use super::dialect::Dialect;
use super::options::Options;
use super::text::{Fault, is_space, trim, word_end};

/// A want line taken apart. The ranges stand in the text.
#[derive(Debug)]
pub(super) struct Heading {
    /// The username without its parentheses.
    pub(super) user: Option<Range<usize>>,
    /// The item given.
    pub(super) item: Range<usize>,
    /// The rest: what it is given for.
    pub(super) wants: Range<usize>,
    /// Whether there is a colon.
    pub(super) colon: bool,
}

/// Takes apart the trimmed, non-empty line at `range`.
pub(super) fn read(
    text: &[u8],
    range: Range<usize>,
    options: &Options,
    dialect: &Dialect,
) -> Result<Heading, Fault> {
    let line = &text[range.clone()];
    let fault =
        |at: usize, offence: &str| Fault::new(range.start + at, offence, "`(user) item : wanted wanted`");
    let close = parentheses(line, options.usernames).map_err(|(at, offence)| fault(at, offence))?;
    let semicolon = memchr(b';', line);
    let colon = memchr(b':', line);
    if let Some(at) = semicolon {
        if colon.is_some_and(|colon| at < colon) {
            return Err(fault(at, "Semicolon cannot appear before colon"));
        }
        let before = &line[trim(line, 0..at)];
        if before.last().is_none_or(|&last| last == b')') || close.is_some_and(|close| at < close) {
            return Err(fault(at, "Semicolon cannot appear before first item on line"));
        }
    }
    // The original parts user and item when the user's name holds a space, or nothing does.
    let parted = dialect.glued_items
        && close.is_some_and(|close| memchr(b' ', line).is_none_or(|space| space < close));
    if let Some(at) = colon {
        let last = memrchr(b':', line).unwrap_or(at);
        if last != at {
            return Err(fault(last, "Cannot have more that one colon on a line"));
        }
        if !is_one_item(line, close, at, parted) {
            return Err(fault(at, "Must have exactly one item before a colon (:)"));
        }
    } else if options.colons && dialect.colon_is_fatal {
        let end = close.map_or(0, |close| close + 1);
        return Err(fault(end.min(line.len() - 1), "Missing colon with REQUIRE-COLONS selected"));
    } else if let Some(close) = close
        && dialect.glued_items
        && !parted
        && !is_space(line[close + 1])
    {
        return Err(fault(close + 1, "Missing space behind username"));
    }
    let front = close.map_or(0, |close| close + 1);
    let item_start =
        line[front..].iter().position(|&byte| !is_space(byte)).map_or(front, |skip| front + skip);
    let item = range.start + item_start..word_end(text, range.start + item_start, range.end);
    if item.is_empty() {
        return Err(fault(item_start, "Must have exactly one item before a colon (:)"));
    }
    let user = close.map(|close| range.start + 1..range.start + close);
    Ok(Heading { user, wants: item.end..range.end, item, colon: colon.is_some() })
}

/// Where the username's parenthesis closes, if there is a username.
fn parentheses(line: &[u8], required: bool) -> Result<Option<usize>, (usize, &'static str)> {
    let open = memchr(b'(', line);
    let close = memchr(b')', line);
    if open.is_none() && required {
        return Err((0, "Missing username with REQUIRE-USERNAMES selected"));
    }
    if open != Some(0) {
        return match (open, close) {
            (Some(at), _) => Err((at, "Username can only be used at the front of a want list")),
            // The original overlooks a `)` in front, where it is part of a name.
            (None, Some(at)) if at > 0 => Err((at, "Bad ')' on a line that does not have a '('")),
            _ => Ok(None),
        };
    }
    if let Some(at) = memrchr(b'(', line).filter(|&at| at > 0) {
        return Err((at, "Cannot have more than one '(' per line"));
    }
    let Some(close) = close else {
        return Err((0, "Missing ')' in username"));
    };
    if close == line.len() - 1 {
        return Err((close, "Username cannot appear on a line by itself"));
    }
    if let Some(at) = memrchr(b')', line).filter(|&at| at > close) {
        return Err((at, "Cannot have more than one ')' per line"));
    }
    if close == 1 {
        return Err((close, "Cannot have empty parentheses"));
    }
    Ok(Some(close))
}

/// Whether what stands before the colon is one item, behind the username if there is one.
fn is_one_item(line: &[u8], close: Option<usize>, colon: usize, parted: bool) -> bool {
    let header = &line[trim(line, 0..colon)];
    if let Some(close) = close {
        let behind = header.get(close + 1..).unwrap_or_default();
        let space = behind.iter().take_while(|&&byte| is_space(byte)).count();
        let item = &behind[space..];
        let apart = parted || space > 0;
        return apart && !item.is_empty() && !item.iter().any(|&byte| is_space(byte));
    }
    let start = header.iter().rposition(|&byte| is_space(byte)).map_or(0, |space| space + 1);
    let in_front = header[..start].iter().rfind(|&&byte| !is_space(byte));
    let alone = start == 0 || in_front == Some(&b')');
    alone && header.get(start).is_some_and(|&first| first != b'(' && first != b')')
}
