//! The file of what `bartizan serve` is told, in TOML. What is not understood is refused with its place, and with the name that was probably meant.

use std::path::Path;

use super::super::Failure;
use super::options::Options;
use crate::json::plain;

/// Reads the file at `path`.
pub(super) fn read(path: &Path) -> Result<Options, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
    parse(&text).map_err(|error| Failure::at(path, error))
}

/// Why a file is not understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {cause}")]
struct Malformed {
    /// Counted from 1.
    line: usize,
    /// Counted from 1.
    column: usize,
    /// What was expected.
    cause: String,
}

fn parse(text: &str) -> Result<Options, Malformed> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&letter| letter != '\n').count() + 1;
        Malformed { line, column, cause: plain(error.message(), "") }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Args;

    use super::*;

    const EXAMPLE: &str = include_str!("../../../examples/serve.toml");

    /// The example with what it leaves out put in.
    fn whole() -> String {
        let is_key = |line: &str| {
            line.split_once(" = ")
                .is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
        };
        let line = |line: &'static str| line.strip_prefix("# ").filter(|rest| is_key(rest)).unwrap_or(line);
        EXAMPLE.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_is_understood_and_names_every_flag() {
        let options = parse(EXAMPLE).expect("it is understood as it is");
        assert_eq!(options.data, ["shop"]);
        let defaults = Options::default();
        assert_eq!(
            (options.tcp(), options.http()),
            (defaults.tcp(), defaults.http()),
            "what it says is the default"
        );
        parse(&whole()).expect("it is understood with everything in it");
        let table: toml::Table = whole().parse().expect("it is TOML");
        let keys: BTreeSet<String> = table.keys().cloned().collect();
        let command = Options::augment_args(clap::Command::new("serve"));
        let flags = command.get_arguments().filter_map(|argument| argument.get_long().map(str::to_owned));
        assert_eq!(keys, flags.collect(), "keys and flags are the same");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_place() {
        for (text, line, column, cause) in [
            ("data = [\"a\"]\nhtpp = \"127.0.0.1:1\"\n", 2, 1, "unknown field `htpp`; did you mean `http`?"),
            ("data = \"a\"", 1, 8, "a list is expected, not the text \"a\""),
            ("closed = 1", 1, 10, "true or false is expected, not 1"),
            ("\n  tcp = 7400", 2, 9, "a text in quotation marks is expected, not 7400"),
            ("closed = true\nclosed = true", 2, 1, "duplicate key"),
        ] {
            let expected = Malformed { line, column, cause: cause.to_owned() };
            assert_eq!(parse(text).expect_err(text), expected);
        }
        let told = parse("http = \"localhost\"").expect_err("it names no port").to_string();
        assert!(told.starts_with("line 1, column 8: expected an IP address with a port"), "{told}");
        let told = parse("[realm]\nx = 1").expect_err("there is no such table").to_string();
        assert!(
            told.starts_with("line 1, column 2: unknown field `realm`; known: `data`, `tcp`, "),
            "{told}"
        );
        assert!(parse("data = [").expect_err("it is cut").to_string().starts_with("line 1, column "));
    }

    #[test]
    fn flags_count_before_the_file() {
        let file =
            parse("data = [\"a\", \"b\"]\nclosed = true\nhttp = \"127.0.0.1:1\"\nfix = \"127.0.0.1:2\"")
                .unwrap();
        let said = Options { data: vec!["c".into()], closed: Some(false), ..Options::default() };
        let options = said.or(file);
        assert_eq!((options.data, options.closed), (vec!["c".to_owned()], Some(false)));
        assert_eq!(
            (options.http.map(|http| http.port()), options.fix.map(|fix| fix.port())),
            (Some(1), Some(2))
        );
        assert_eq!(options.tcp, None);
    }
}
