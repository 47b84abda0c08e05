//! Which numbers an option expects, where it was given something else. The parser of the command line says "invalid digit found in string", and
//! ranges in the words of Rust.

use std::any::TypeId;
use std::ffi::OsString;
use std::num::ParseIntError;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

/// What is told of `error` in `words`, if it is of a number whose bounds the parser knows.
pub(super) fn told(error: &clap::Error, mut command: Command, words: &[OsString]) -> Option<String> {
    let cause = std::error::Error::source(error)?;
    let is_of_bounds = cause.is::<ParseIntError>() || cause.to_string().contains(BEYOND);
    if error.kind() != ErrorKind::ValueValidation || !is_of_bounds {
        return None;
    }
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (option, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    command.build();
    let mut meant = &command;
    for word in words.iter().skip(1) {
        meant = meant.find_subcommand(word).unwrap_or(meant);
    }
    let argument = meant.get_arguments().find(|own| is_number(own) && own.to_string() == option)?;
    let (least, most) = bounds(argument);
    let is_too_large = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let expected = if most < u64::MAX || is_too_large {
        format!("from {least} to {most}")
    } else {
        format!("of at least {least}")
    };
    Some(format!("invalid value '{value}' for '{option}': expected a whole number {expected}"))
}

/// Whether an option's value is a whole number that is not negative.
pub(super) fn is_number(argument: &Arg) -> bool {
    let of = argument.get_value_parser().type_id();
    of == TypeId::of::<u16>()
        || of == TypeId::of::<u32>()
        || of == TypeId::of::<u64>()
        || of == TypeId::of::<usize>()
}

/// How the parser begins to tell bounds.
const BEYOND: &str = " is not in ";

/// The least and the greatest number that an option takes, which its parser tells of a number beyond them.
fn bounds(argument: &Arg) -> (u64, u64) {
    let refusal = |value: &str| {
        let number = Arg::new("number").value_parser(argument.get_value_parser().clone());
        let command = Command::new("number").no_binary_name(true).arg(number);
        command.try_get_matches_from([value]).err().map(|error| error.to_string())
    };
    for value in ["0", "9223372036854775807", "18446744073709551615"] {
        let told = refusal(value).unwrap_or_default();
        let Some((_, range)) = told.split_once(BEYOND) else { continue };
        let Some((least, most)) = range.lines().next().and_then(|range| range.split_once("..")) else {
            continue;
        };
        let number = |text: &str| text.trim_start_matches('=').trim().parse().ok();
        return (number(least).unwrap_or(0), number(most).unwrap_or(u64::MAX));
    }
    (0, u64::MAX)
}
