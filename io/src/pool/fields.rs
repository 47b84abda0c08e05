//! Lines and fields of a text, each knowing where it stands, and the numbers in them.

use crate::format::ReadError;

/// Something wrong at a place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offence {
    /// Bytes from the start of the text.
    pub(super) at: usize,
    /// What is wrong and what was expected.
    pub(super) message: String,
}

impl Offence {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Offence { at, message: message.into() }
    }

    /// The same with line and column.
    pub(super) fn locate(self, text: &[u8]) -> ReadError {
        let before = &text[..self.at.min(text.len())];
        let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        ReadError { line, column: (before.len() - start) as u64 + 1, message: self.message }
    }
}

/// A piece of a text, without blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) at: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Field<'a> {
    pub(super) fn new(at: usize, bytes: &'a [u8]) -> Self {
        let front = bytes.len() - bytes.trim_ascii_start().len();
        Field { at: at + front, bytes: bytes.trim_ascii() }
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes).into_owned()
    }

    pub(super) fn offence(&self, message: impl Into<String>) -> Offence {
        Offence::new(self.at, message)
    }

    /// The fields between commas.
    pub(super) fn commas(self) -> impl Iterator<Item = Field<'a>> {
        let mut at = self.at;
        self.bytes.split(|&byte| byte == b',').map(move |part| {
            let field = Field::new(at, part);
            at += part.len() + 1;
            field
        })
    }

    /// The fields between blanks.
    pub(super) fn blanks(self) -> impl Iterator<Item = Field<'a>> {
        let mut at = self.at;
        let parts = self.bytes.split(u8::is_ascii_whitespace).map(move |part| {
            let field = Field::new(at, part);
            at += part.len() + 1;
            field
        });
        parts.filter(|field| !field.bytes.is_empty())
    }

    /// A whole number from `least` to `most`, called `what`.
    pub(super) fn number(&self, what: &str, least: u64, most: u64) -> Result<u64, Offence> {
        let text = std::str::from_utf8(self.bytes).unwrap_or("?");
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<u64> = if is_plain { text.parse().ok() } else { None };
        number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            self.offence(format!("{shown:?} is no {what}; expected a whole number from {least} to {most}"))
        })
    }
}

/// The lines of a text that hold anything, without line ends and blanks around them; of a mark in front of the text it
/// takes no notice.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mark = if text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut at = mark;
    let lines = text[mark..].split(|&byte| byte == b'\n').map(move |line| {
        let field = Field::new(at, line);
        at += line.len() + 1;
        field
    });
    lines.filter(|line| !line.bytes.is_empty())
}

/// How many digits of a weight may stand behind the decimal point.
pub(super) const WEIGHT_DECIMALS: u32 = 6;
/// The greatest weight.
pub(super) const MAX_WEIGHT: i64 = 1_000_000;

/// A weight, in millionths: a decimal from 0 to [`MAX_WEIGHT`].
pub(super) fn weight(field: Field<'_>) -> Result<i64, Offence> {
    let refused = || {
        let shown: String = field.text().chars().take(20).collect();
        field.offence(format!(
            "{shown:?} is no weight; expected a number from 0 to {MAX_WEIGHT} with at most {WEIGHT_DECIMALS} decimals"
        ))
    };
    let text = std::str::from_utf8(field.bytes).map_err(|_| refused())?;
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) || part.len() > WEIGHT_DECIMALS as usize {
        return Err(refused());
    }
    let whole: i64 = whole.parse().map_err(|_| refused())?;
    let part = part.bytes().chain(std::iter::repeat(b'0')).take(WEIGHT_DECIMALS as usize);
    let part = part.fold(0, |sum, digit| 10 * sum + i64::from(digit - b'0'));
    let weight = whole.checked_mul(10_i64.pow(WEIGHT_DECIMALS)).map(|whole| whole + part);
    weight.filter(|&weight| weight <= MAX_WEIGHT * 10_i64.pow(WEIGHT_DECIMALS)).ok_or_else(refused)
}
