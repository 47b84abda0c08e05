//! A table of what is expected, as text: a row begins with what is done, and has a word for each column.

use crate::village::COLUMNS;

/// The rows of a table: what is done, and the word for each column. Blank lines and the line of the columns' names are left out.
pub(crate) fn rows(table: &'static str) -> Vec<(&'static str, [&'static str; COLUMNS.len()])> {
    let mut lines = table.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let head = lines.next().expect("a table has a line of names");
    let names: Vec<&str> = head.split_whitespace().collect();
    assert_eq!(names, COLUMNS, "the columns");
    let row = |line: &'static str| {
        let (what, words) =
            line.split_once("  ").unwrap_or_else(|| panic!("two blanks end what is done: {line}"));
        let words: Vec<&str> = words.split_whitespace().collect();
        let count = words.len();
        let words = words.try_into().unwrap_or_else(|_| panic!("{what} has {count} words"));
        (what, words)
    };
    lines.map(row).collect()
}

/// Compares what was found with a table, row by row.
///
/// # Panics
/// If they differ, with the table as it would have to be.
pub(crate) fn compare(table: &'static str, found: &[(String, Vec<String>)]) {
    let expected: Vec<(String, Vec<String>)> = rows(table)
        .into_iter()
        .map(|(what, words)| (what.to_owned(), words.map(str::to_owned).to_vec()))
        .collect();
    let written = |rows: &[(String, Vec<String>)]| -> Vec<String> {
        let word = |word: &String| format!("{word:<10}");
        let line = |(what, words): &(String, Vec<String>)| {
            let words = words.iter().map(word).collect::<Vec<_>>().concat();
            format!("{what:<44}{}", words.trim_end())
        };
        rows.iter().map(line).collect()
    };
    let (expected, found) = (written(&expected), written(found));
    let differs = |(expected, found): &(&String, &String)| expected != found;
    if let Some((expected, row)) = expected.iter().zip(&found).find(differs) {
        panic!("expected\n{expected}\nfound\n{row}\nand in all\n{}", found.join("\n"));
    }
    assert_eq!(found, expected);
}
