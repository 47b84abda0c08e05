//! A source file as the rules see it: its text, the same with strings, characters and comments blanked
//! out, and which of its lines are tests.
//!
//! This is a lexer of a few tokens, no parser: it knows enough of Rust to match braces.

use std::path::Path;

/// One file.
pub(crate) struct Source {
    /// Its path from the workspace's folder, with `/`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
    /// The same with spaces for strings, characters and comments. Every line keeps its number.
    pub(crate) code: String,
    /// For each line, whether it is part of a test.
    pub(crate) is_test: Vec<bool>,
}

/// The folders that hold source.
const FOLDERS: [&str; 6] = ["engine", "solver", "io", "benches", "tests", "fuzz"];

/// Every file under `workspace`, sorted by path.
pub(crate) fn all(workspace: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        walk(&workspace.join(folder), folder, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    mark_test_files(&mut found);
    found
}

fn walk(folder: &Path, shown: &str, found: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{shown}: {error}")) {
        let entry = entry.expect("a folder can be listed");
        let name = entry.file_name().into_string().expect("a name is UTF-8");
        let (path, shown) = (entry.path(), format!("{shown}/{name}"));
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            walk(&path, &shown, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(Source::new(shown, std::fs::read_to_string(path).expect("a source file is UTF-8")));
        }
    }
}

impl Source {
    /// The file at `path` that says `text`.
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = blank(&text);
        let is_test_file =
            path.split('/').any(|part| matches!(part, "tests" | "benches" | "examples" | "fuzz"));
        let mut is_test = vec![is_test_file; text.lines().count() + 1];
        for (at, _) in code.match_indices("#[cfg(test)]") {
            let end = item_end(&code, at).unwrap_or(code.len());
            (line(&code, at)..=line(&code, end)).for_each(|number| is_test[number - 1] = true);
        }
        Source { path, text, code, is_test }
    }

    /// The lines of the code that are no test, with their numbers.
    pub(crate) fn productive_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .lines()
            .enumerate()
            .filter(|&(index, _)| !self.is_test[index])
            .map(|(index, line)| (index + 1, line))
    }

    /// The modules that `#[cfg(test)] mod name;` puts in files of their own.
    fn test_modules(&self) -> impl Iterator<Item = String> {
        let stem = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        let is_folder = matches!(stem.rsplit('/').next(), Some("mod" | "lib" | "main"));
        let folder = if is_folder { stem.rsplit_once('/').map_or("", |(folder, _)| folder) } else { stem };
        let after = self.code.match_indices("#[cfg(test)]").map(|(at, mark)| &self.code[at + mark.len()..]);
        after.filter_map(move |rest| {
            let name = rest.trim_start().strip_prefix("mod ")?.split_once(';')?.0.trim();
            name.chars().all(is_word).then(|| format!("{folder}/{name}"))
        })
    }
}

fn mark_test_files(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in sources {
        if modules.iter().any(|module| source.path.strip_prefix(module.as_str()).is_some_and(starts_a_file)) {
            source.is_test.fill(true);
        }
    }
}

fn starts_a_file(rest: &str) -> bool {
    rest == ".rs" || rest.starts_with('/')
}

/// The number of the line at byte `at`, from 1.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Whether `letter` can be part of a name.
pub(crate) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Where the item that stands at `at` ends: at its closing brace, or at its semicolon if it has no body.
pub(crate) fn item_end(code: &str, at: usize) -> Option<usize> {
    let mut nested = 0_usize;
    let mut in_body = false;
    for (offset, letter) in code[at..].char_indices() {
        match letter {
            '(' | '[' => nested += 1,
            '{' => {
                in_body |= nested == 0;
                nested += 1;
            }
            ')' | ']' | '}' => {
                nested = nested.checked_sub(1)?;
                if letter == '}' && nested == 0 && in_body {
                    return Some(at + offset);
                }
            }
            ';' if nested == 0 => return Some(at + offset),
            _ => {}
        }
    }
    None
}

/// `text` with spaces for what is inside strings, characters and comments, and for their marks.
pub(crate) fn blank(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = skipped(&letters, at);
        if end > at {
            code.extend(letters[at..end].iter().map(|&letter| if letter == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            code.push(letters[at]);
            at += 1;
        }
    }
    code
}

/// Where the comment, string or character that begins at `at` ends; `at` where none begins.
fn skipped(letters: &[char], at: usize) -> usize {
    let is = |offset: usize, letter: char| letters.get(at + offset) == Some(&letter);
    let until = |from: usize, letter: char| {
        letters[from.min(letters.len())..]
            .iter()
            .position(|&other| other == letter)
            .map_or(letters.len(), |n| from + n)
    };
    let inside_word = at > 0 && is_word(letters[at - 1]);
    match letters[at] {
        '/' if is(1, '/') => until(at, '\n'),
        '/' if is(1, '*') => block_comment_end(letters, at),
        '"' => string_end(letters, at + 1),
        '\'' if is(1, '\\') => (until(at + 3, '\'') + 1).min(letters.len()),
        '\'' if is(2, '\'') => at + 3,
        'r' if !inside_word => raw_string_end(letters, at + 1).unwrap_or(at),
        'b' | 'c' if !inside_word && is(1, 'r') => raw_string_end(letters, at + 2).unwrap_or(at),
        _ => at,
    }
}

fn block_comment_end(letters: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0);
    while at + 1 < letters.len() {
        match (letters[at], letters[at + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    letters.len()
}

fn string_end(letters: &[char], mut at: usize) -> usize {
    while at < letters.len() && letters[at] != '"' {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(letters.len())
}

/// Where the raw string ends whose `r` stands before `at`; `None` if there is none.
fn raw_string_end(letters: &[char], at: usize) -> Option<usize> {
    let hashes = letters[at..].iter().take_while(|&&letter| letter == '#').count();
    let first = at + hashes + 1;
    if letters.get(first - 1) != Some(&'"') {
        return None;
    }
    let closes = |&end: &usize| {
        letters[end] == '"'
            && letters.len() - end > hashes
            && letters[end + 1..=end + hashes].iter().all(|&l| l == '#')
    };
    Some((first..letters.len()).find(closes).map_or(letters.len(), |end| end + hashes + 1))
}
