//! The rules that look at one file at a time. Each tells what it finds as `file:line: rule`.

use crate::source::{Source, is_word, item_end, line};

/// A file longer than this holds a second idea.
pub(crate) const MOST_FILE_LINES: usize = 600;

/// A function longer than this does not fit a screen.
pub(crate) const MOST_FUNCTION_LINES: usize = 70;

/// A file or a function that is longer than it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Long {
    /// The file.
    pub(crate) path: String,
    /// The function; empty for the file as a whole.
    pub(crate) function: String,
    /// Its lines.
    pub(crate) lines: usize,
    /// Where it begins.
    pub(crate) line: usize,
}

/// Files open with `//!`.
pub(crate) fn opens_with_what_it_is(source: &Source) -> Option<String> {
    (!source.text.starts_with("//!")).then(|| {
        format!("{}:1: a file opens with `//!`: what it is, and the invariant it keeps", source.path)
    })
}

/// `unwrap` in tests alone.
pub(crate) fn unwraps(source: &Source) -> Vec<String> {
    let unwraps = source.productive_lines().filter(|(_, code)| code.contains(".unwrap()"));
    unwraps
        .map(|(number, _)| {
            format!("{}:{number}: `unwrap` outside tests; say why it cannot fail with `expect`", source.path)
        })
        .collect()
}

/// Nothing is left for later, and every test runs.
pub(crate) fn leftovers(source: &Source) -> Vec<String> {
    // Put together here, so that this file does not break its own rule.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let calls = [concat!("to", "do!"), concat!("unimplemented", "!"), concat!("#[ign", "ore")];
    let mut found = Vec::new();
    for (index, (text, code)) in source.text.lines().zip(source.code.lines()).enumerate() {
        let word = words.into_iter().find(|word| has_word(text, word));
        for what in word.into_iter().chain(calls.into_iter().filter(|call| has_word(code, call))) {
            found.push(format!("{}:{}: `{what}`: finish it or leave it out", source.path, index + 1));
        }
    }
    found
}

/// Whether `text` holds `word` with no letter before or after it that would make it another word.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_word);
        let after = text[at + word.len()..].chars().next().is_some_and(is_word) && word.ends_with(is_word);
        !before && !after
    })
}

/// The file if it is too long, and its functions that are.
pub(crate) fn long(source: &Source) -> Vec<Long> {
    let whole = Long {
        path: source.path.clone(),
        function: String::new(),
        lines: source.text.lines().count(),
        line: 1,
    };
    let mut found = functions(source);
    found.retain(|function| function.lines > MOST_FUNCTION_LINES);
    if whole.lines > MOST_FILE_LINES {
        found.push(whole);
    }
    found
}

/// The functions that have a body.
pub(crate) fn functions(source: &Source) -> Vec<Long> {
    let code = &source.code;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let inside_word = code[..at].chars().next_back().is_some_and(is_word);
        let name: String = code[at + 3..].chars().take_while(|&letter| is_word(letter)).collect();
        if inside_word || name.is_empty() {
            continue;
        }
        let Some(end) = item_end(code, at).filter(|&end| code[end..].starts_with('}')) else { continue };
        let (first, last) = (line(code, at), line(code, end));
        found.push(Long { path: source.path.clone(), function: name, lines: last - first + 1, line: first });
    }
    found
}

/// What differs between `found` and the `allowed` exceptions (file, function, lines): new ones, grown
/// ones, and ones that the list makes larger than they are.
pub(crate) fn ratchet(found: &[Long], allowed: &[(&str, &str, usize)]) -> Vec<String> {
    let mut told = Vec::new();
    for long in found {
        let (kind, most) = match &*long.function {
            "" => ("file".to_owned(), MOST_FILE_LINES),
            name => (format!("function `{name}`"), MOST_FUNCTION_LINES),
        };
        let place = format!("{}:{}: {kind} of {} lines", long.path, long.line, long.lines);
        match allowed.iter().find(|entry| (entry.0, entry.1) == (&*long.path, &*long.function)) {
            None => told.push(format!("{place}; at most {most}")),
            Some(&(_, _, lines)) if long.lines > lines => {
                told.push(format!("{place}; it has grown from {lines}, and even that was over {most}"));
            }
            Some(&(_, _, lines)) if long.lines < lines => {
                told.push(format!("{place}; it has shrunk, so lower its entry here from {lines}"));
            }
            Some(_) => {}
        }
    }
    for &(path, function, _) in allowed {
        if !found.iter().any(|long| (&*long.path, &*long.function) == (path, function)) {
            told.push(format!("{path}:1: {function} is no longer too long, so take its entry away here"));
        }
    }
    told
}
