//! Option lines: what each word of a `#!` line means.
//!
//! The options of all dialects are accepted in each. Those that steer a search of the original
//! (ITERATIONS, SHRINK, VERBOSE and their like) are checked and otherwise mean nothing here.

use std::ops::Range;

use bartizan_engine::limits;

use super::super::Display;
use super::dialect::Dialect;
use super::text::{Fault, shown, trim, words_at_space};

/// How a rank becomes the cost of a want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Every want costs 1.
    None,
    /// r
    Linear,
    /// r(r+1)/2
    Triangle,
    /// r^2
    Square,
    /// 1 + (r-1) * 2520/n, for the n accepted wants of the list
    Scaled,
    /// r, which `name=number` sets
    Explicit,
}

/// What is wanted beyond most trades at least cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Metric {
    Chains,
    UsersTrading,
    UserSquares,
    Favor(String),
}

/// What the option lines have said so far.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each is one independent option of the format
pub(super) struct Options {
    /// The options, upper-cased, in order.
    pub(super) given: Vec<String>,
    pub(super) display: Display,
    pub(super) colons: bool,
    pub(super) usernames: bool,
    pub(super) official_names: bool,
    pub(super) dummies: bool,
    pub(super) repeats: bool,
    pub(super) scheme: Scheme,
    pub(super) small_step: i64,
    pub(super) big_step: i64,
    pub(super) nontrade_cost: Option<i64>,
    pub(super) seed: u64,
    pub(super) metric: Metric,
}

/// A number that an option takes.
struct Number {
    least: u64,
    most: u64,
    wording: &'static str,
}

const STEP: Number = Number { least: 0, most: i32::MAX as u64, wording: "a non-negative integer" };
const COUNT: Number = Number { least: 1, most: i32::MAX as u64, wording: "a positive integer" };
const COST: Number = Number { least: 1, most: limits::MAX_COST as u64, wording: "a positive integer" };
const SEED: Number = Number { least: 1, most: i64::MAX as u64, wording: "a positive integer" };
const DIGIT: Number = Number { least: 0, most: 9, wording: "a single digit" };

impl Options {
    /// What holds without any option.
    pub(super) fn new(dialect: &Dialect) -> Options {
        Options {
            given: Vec::new(),
            display: Display { case_sensitive: dialect.case_sensitive, ..Display::default() },
            colons: dialect.colons,
            usernames: dialect.usernames,
            official_names: false,
            dummies: dialect.dummies,
            repeats: dialect.repeats,
            scheme: Scheme::None,
            small_step: 1,
            big_step: 9,
            nontrade_cost: None,
            seed: 1,
            metric: Metric::Chains,
        }
    }

    /// Takes the options in `range`: what stands behind `#!`.
    pub(super) fn take(&mut self, text: &[u8], range: Range<usize>) -> Result<(), Fault> {
        let range = trim(text, range);
        if range.is_empty() {
            return Err(unknown(range.start, ""));
        }
        for word in words_at_space(text, range) {
            let option = shown(&text[word.clone()], true).into_owned();
            match option.split_once('=') {
                None => self.flag(&option, word.start)?,
                Some((name, value)) => self.setting(&option, name, value, word.start)?,
            }
            self.given.push(option);
        }
        Ok(())
    }

    fn flag(&mut self, option: &str, at: usize) -> Result<(), Fault> {
        match option {
            "CASE-SENSITIVE" => self.display.case_sensitive = true,
            "REQUIRE-COLONS" => self.colons = true,
            "REQUIRE-USERNAMES" => self.usernames = true,
            "REQUIRE-OFFICIAL-NAMES" => self.official_names = true,
            "HIDE-ERRORS" => self.display.errors = false,
            "HIDE-REPEATS" => self.repeats = false,
            "HIDE-LOOPS" => self.display.loops = false,
            "HIDE-SUMMARY" => self.display.summary = false,
            "HIDE-NONTRADES" => self.display.nontrades = false,
            "HIDE-STATS" => self.display.stats = false,
            "SHOW-MISSING" => self.display.missing = true,
            "SHOW-ELAPSED-TIME" => self.display.elapsed_time = true,
            "SHOW-WANTS" => self.display.wants = true,
            "SORT-BY-ITEM" => self.display.sort_by_item = true,
            "ALLOW-DUMMIES" => self.dummies = true,
            "LINEAR-PRIORITIES" => self.scheme = Scheme::Linear,
            "TRIANGLE-PRIORITIES" => self.scheme = Scheme::Triangle,
            "SQUARE-PRIORITIES" => self.scheme = Scheme::Square,
            "SCALED-PRIORITIES" => self.scheme = Scheme::Scaled,
            "EXPLICIT-PRIORITIES" => self.scheme = Scheme::Explicit,
            "SHRINK-VERBOSE" | "VERBOSE" | "DEBUG" => {}
            _ => return Err(unknown(at, option)),
        }
        Ok(())
    }

    fn setting(&mut self, option: &str, name: &str, value: &str, at: usize) -> Result<(), Fault> {
        let value_at = at + name.len() + 1;
        let number = |limits: Number| limits.read(name, value, value_at);
        match name {
            "SMALL-STEP" => self.small_step = number(STEP)? as i64,
            "BIG-STEP" => self.big_step = number(STEP)? as i64,
            "NONTRADE-COST" => self.nontrade_cost = Some(number(COST)? as i64),
            "SEED" => self.seed = number(SEED)?,
            "ITERATIONS" => _ = number(COUNT)?,
            "SHRINK" => _ = number(DIGIT)?,
            "CODE-DIGITS" | "CODE-LETTERS" => _ = number(STEP)?,
            "GEEKLIST" | "YEAR" | "MONTH" => {}
            "METRIC" => self.metric(value, value_at)?,
            _ => return Err(unknown(at, option)),
        }
        Ok(())
    }

    fn metric(&mut self, value: &str, at: usize) -> Result<(), Fault> {
        match value {
            // The default; in the original it does not undo another metric.
            "CHAIN-SIZES-SOS" => {}
            "USERS-TRADING" => self.metric = Metric::UsersTrading,
            "USERS-SOS" => self.metric = Metric::UserSquares,
            _ => {
                let user = value.strip_prefix("FAVOR-USER=").ok_or_else(|| {
                    let offence = format!("Unknown metric option \"{value}\"");
                    Fault::new(at, &offence, "CHAIN-SIZES-SOS, USERS-TRADING, USERS-SOS or FAVOR-USER=name")
                })?;
                self.metric = Metric::Favor(user.to_owned());
            }
        }
        Ok(())
    }
}

fn unknown(at: usize, option: &str) -> Fault {
    let offence = format!("Unknown option \"{option}\"");
    Fault::new(at, &offence, "an option of TradeMaximizer, such as ALLOW-DUMMIES or SEED=1")
}

impl Number {
    fn read(&self, name: &str, value: &str, at: usize) -> Result<u64, Fault> {
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let plain = digits && !(self.least == 1 && value.starts_with('0'));
        let number = value.parse().ok().filter(|number| (self.least..=self.most).contains(number));
        let single = self.most > 9 || value.len() == 1;
        number.filter(|_| plain && single).ok_or_else(|| {
            let offence = format!("{name} argument must be {}", self.wording);
            Fault::new(at, &offence, &format!("{} to {}", self.least, self.most))
        })
    }
}

/// Whether the option lines at the head of `text` hold an option of the Oz dialect.
pub(super) fn are_of_oz(text: &[u8]) -> bool {
    const MARKS: [&[u8]; 5] = [b"GEEKLIST=", b"CODE-DIGITS=", b"CODE-LETTERS=", b"YEAR=", b"MONTH="];
    let mut head = super::text::Lines::new(text)
        .map(|line| trim(text, line.range))
        .take_while(|line| line.is_empty() || text[line.start] == b'#')
        .filter(|line| text[line.clone()].starts_with(b"#!"));
    head.any(|line| {
        words_at_space(text, line.start + 2..line.end).any(|word| {
            let word = &text[word];
            MARKS
                .iter()
                .any(|mark| word.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark)))
        })
    })
}
