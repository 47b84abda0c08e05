//! What the command line says of itself.

use std::ffi::OsString;

use clap::Command;

use super::numbers::{self, is_number};
use super::{command, parse};

/// Shows every command to `visit`, with the words that lead to it.
fn each(command: &mut Command, words: &[String], visit: &mut dyn FnMut(&mut Command, &[String])) {
    visit(command, words);
    for next in command.get_subcommands_mut() {
        let words = [words, &[next.get_name().to_owned()]].concat();
        each(next, &words, visit);
    }
}

#[test]
fn no_help_speaks_of_what_is_within_the_program() {
    let mut count = 0;
    let mut command = command();
    command.build();
    each(&mut command, &["bartizan".to_owned()], &mut |command, words| {
        let help = command.render_long_help().to_string();
        for mark in ["[`", "`]", "::"] {
            assert!(!help.contains(mark), "{words:?} has {mark:?}: {help}");
        }
        count += 1;
    });
    assert!(count > 30, "{count}");
}

/// The bounds that are told to somebody who exceeds them, but for those of the number's size.
fn bounds(words: &[String], option: &str) -> Vec<String> {
    let told = |value: &str| {
        let words = words.iter().cloned().chain([format!("--{option}"), value.to_owned()]);
        parse(words.map(Into::into)).err().map_or(String::new(), |error| error.to_string())
    };
    let of_size = ["0", "65535", "4294967295", "18446744073709551615"];
    let mut found = Vec::new();
    for told in [told("0"), told("18446744073709551615")] {
        let Some((_, range)) = told.split_once(" is not in ") else { continue };
        let range = range.lines().next().unwrap_or_default();
        found.extend(range.split("..").map(|bound| bound.trim_start_matches('=').trim().to_owned()));
    }
    found.retain(|bound| !bound.is_empty() && !of_size.contains(&bound.as_str()));
    found
}

#[test]
fn bounds_of_numbers_are_told_by_the_help() {
    let mut options = Vec::new();
    let mut command = command();
    command.build();
    each(&mut command, &["bartizan".to_owned()], &mut |command, words| {
        for argument in command.get_arguments().filter(|argument| is_number(argument)) {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let long = argument.get_long().map(str::to_owned);
            options.extend(long.map(|long| (words.to_vec(), long, help)));
        }
    });
    let mut count = 0;
    for (words, option, help) in options {
        for bound in bounds(&words, &option) {
            count += 1;
            assert!(
                help.replace(',', "").contains(&bound),
                "{words:?} --{option}: {bound} is not told: {help}"
            );
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn what_is_no_number_is_told_which_are() {
    for (line, expected) in [
        (
            "clear FILE --budget -1",
            "invalid value '-1' for '--budget <STEPS>': expected a whole number of at least 0",
        ),
        (
            "clear FILE --budget much",
            "invalid value 'much' for '--budget <STEPS>': expected a whole number of at least 0",
        ),
        (
            "clear FILE --budget 99999999999999999999",
            "invalid value '99999999999999999999' for '--budget <STEPS>': expected a whole number from 0 to 18446744073709551615",
        ),
        (
            "compare FILE --tries=-2",
            "invalid value '-2' for '--tries <N>': expected a whole number of at least 0",
        ),
        (
            "clear FILE --threads 0",
            "invalid value '0' for '--threads <THREADS>': expected a whole number from 1 to 65535",
        ),
        ("log prove inclusion", ""),
        (
            "bench valuation --goods 2",
            "invalid value '2' for '--goods <GOODS>': expected a whole number from 3 to 2000",
        ),
    ] {
        let words: Vec<OsString> = ["bartizan"].into_iter().chain(line.split(' ')).map(Into::into).collect();
        let error = parse(words.clone()).expect_err(line);
        assert_eq!(numbers::told(&error, command(), &words).unwrap_or_default(), expected, "{line}");
    }
}

#[test]
fn a_negative_number_is_the_value_of_its_option() {
    for words in
        ["net debts.csv --credit -5", "trust lines.csv --amount -5", "generate obligations --firms -5"]
    {
        let words: Vec<&str> = ["bartizan"].into_iter().chain(words.split(' ')).collect();
        if let Err(error) = parse(words.iter().map(Into::into)) {
            let told = error.to_string();
            assert!(told.contains("invalid value '-5'") && !told.contains("-- -5"), "{told}");
        }
    }
    assert!(parse(["bartizan", "net", "debts.csv", "-5"].map(Into::into)).is_err());
}
