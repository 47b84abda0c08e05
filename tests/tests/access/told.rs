//! What the program and the README say of who may do what is what the table of commands says.

use std::collections::BTreeSet;

use bartizan_engine::realm::command::Command;
use bartizan_tests::program::run;
use bartizan_tests::workspace;

use crate::commands::TABLE;
use crate::table::rows;
use crate::village::COLUMNS;

/// The commands that are done for somebody of a column.
fn done(column: &str) -> BTreeSet<&'static str> {
    let place = COLUMNS.iter().position(|&name| name == column).expect("there is such a column");
    let is_done =
        |(row, words): (&'static str, [&str; COLUMNS.len()])| (words[place] == "done").then_some(row);
    rows(TABLE).into_iter().filter_map(is_done).map(|row| row.split(' ').next().expect("a name")).collect()
}

/// What is to be told of each: what anybody may, and what each role may beyond that; of an operator, what it alone may.
fn expected() -> Vec<(&'static str, BTreeSet<&'static str>)> {
    let anybody = done("guest");
    let roles = ["trader", "issuer", "organiser", "solver"];
    let beyond = |role: &'static str| (role, &done(role) - &anybody);
    let mut told = vec![("anybody", anybody.clone())];
    told.extend(roles.map(beyond));
    let others = roles.iter().fold(anybody.clone(), |others, role| &others | &done(role));
    told.push(("operator", &done("operator") - &others));
    told.push(("auditor", done("auditor")));
    told
}

/// The commands that a text names.
fn named(text: &str) -> BTreeSet<&'static str> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric();
    let words: BTreeSet<&str> = text.split(|letter| !is_word(letter)).collect();
    Command::NAMES.iter().copied().filter(|name| words.contains(name)).collect()
}

#[test]
fn the_program_says_what_each_role_may_do() {
    let help = run(["serve", "--help"]).clean();
    let (_, told) = help.split_once("Who may do what").expect("it says so");
    let (told, _) = told.split_once("\n\n").expect("it ends");
    let mut entries: Vec<(&str, String)> = Vec::new();
    for line in told.lines().skip(1) {
        match line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '))
            .and_then(|rest| rest.split_once(' '))
        {
            Some((who, rest)) => entries.push((who, rest.to_owned())),
            None => entries.last_mut().expect("an entry comes first").1.push_str(line),
        }
    }
    let found: Vec<_> = entries.iter().map(|(who, text)| (*who, named(text))).collect();
    assert_eq!(found, expected());
}

#[test]
fn the_readme_says_what_each_role_may_do() {
    let readme = std::fs::read_to_string(workspace().join("README.md")).expect("there is one");
    let (_, told) = readme.split_once("## Who may do what").expect("it says so");
    let (told, _) = told.split_once("\n## ").expect("it ends");
    let row = |line: &'_ str| -> Option<(String, BTreeSet<&'static str>)> {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.to_owned(), named(cells.next()?)))
    };
    let found: Vec<_> = told.lines().filter_map(row).skip(1).collect();
    let expected: Vec<_> = expected().into_iter().map(|(who, commands)| (who.to_owned(), commands)).collect();
    assert_eq!(found, expected);
}
