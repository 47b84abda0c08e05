//! FIX's tag=value encoding: messages framed by body length and checksum, read without copying, and written.
//!
//! What comes from a socket is bounded: a message has at most [`MOST_BODY`] bytes of body and [`MOST_FIELDS`] fields. Two things can be wrong with it. What cannot be framed
//! ([`FrameError`]) ends the connection, since nothing after it can be found. What is framed but spoiled ([`Garbled`]) is passed over, as FIX has it: the next
//! message shows the gap, and the gap is filled.

use std::fmt::{Display, Write as _};

/// What separates fields.
pub const SOH: u8 = 1;
/// The version spoken.
pub const BEGIN_STRING: &str = "FIX.4.4";
/// The most bytes between the body length and the checksum.
pub const MOST_BODY: usize = 8192;
/// The most fields of a message.
pub const MOST_FIELDS: usize = 256;

/// Bytes of `10=nnn` with its separator.
const TRAILER: usize = 7;
/// Bytes in which begin string and body length must be found.
const MOST_HEAD: usize = 32;

/// A message that arrived: its fields between body length and checksum, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    begin: &'a [u8],
    fields: Vec<(u32, &'a [u8])>,
}

/// Why bytes are no FIX message, nor the beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// They do not begin with `8=`.
    #[error("expected a message that begins with 8=, a begin string and 9=, a body length")]
    Begin,
    /// The body length is no number.
    #[error("expected the body length as a number")]
    Length,
    /// The body is longer than any may be.
    #[error("the body is longer than {MOST_BODY} bytes")]
    TooLong,
    /// The checksum does not stand where the body length says.
    #[error("expected the checksum 10= where the body ends")]
    Trailer,
}

/// Why a message that was framed is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Garbled {
    /// The checksum is another.
    #[error("the checksum is another")]
    Checksum,
    /// A field is no tag and value.
    #[error("a field is no number, equals sign and value")]
    Field,
    /// There are more fields than may be.
    #[error("more than {MOST_FIELDS} fields")]
    TooMany,
    /// The first field is not the type of the message.
    #[error("the first field is not the message type")]
    Kind,
}

/// A message and its length in bytes; none until it has arrived whole.
pub type Read<'a> = Option<(Result<Message<'a>, Garbled>, usize)>;

/// The message that `bytes` begin with.
///
/// # Errors
/// If they cannot be the beginning of one.
pub fn read(bytes: &[u8]) -> Result<Read<'_>, FrameError> {
    let known = bytes.len().min(2);
    if bytes[..known] != b"8="[..known] {
        return Err(FrameError::Begin);
    }
    let Some((begin, after)) = value_at(bytes, 2, FrameError::Begin)? else { return Ok(None) };
    let known = (bytes.len() - after).min(2);
    if bytes[after..after + known] != b"9="[..known] {
        return Err(FrameError::Begin);
    }
    let Some((length, start)) = value_at(bytes, after + 2, FrameError::Length)? else { return Ok(None) };
    let length = number(length).ok_or(FrameError::Length)?;
    let length = usize::try_from(length).ok().filter(|&length| length <= MOST_BODY);
    let end = start + length.ok_or(FrameError::TooLong)?;
    // What does not end where it should is said as soon as that is seen: the rest of it may never come.
    let known = bytes.len().saturating_sub(end).min(3);
    if known > 0 && bytes[end..end + known] != b"10="[..known] {
        return Err(FrameError::Trailer);
    }
    let Some(whole) = bytes.get(..end + TRAILER) else { return Ok(None) };
    let trailer = &whole[end..];
    if trailer[TRAILER - 1] != SOH {
        return Err(FrameError::Trailer);
    }
    let told = number(&trailer[3..6]);
    if told != Some(u64::from(checksum(&whole[..end]))) {
        return Ok(Some((Err(Garbled::Checksum), whole.len())));
    }
    Ok(Some((fields(begin, &whole[start..end]), whole.len())))
}

/// The value at `at`, which ends within the head, and where the next field begins; none if that has not arrived.
fn value_at(bytes: &[u8], at: usize, error: FrameError) -> Result<Option<(&[u8], usize)>, FrameError> {
    let Some(rest) = bytes.get(at..bytes.len().min(MOST_HEAD)) else { return Ok(None) };
    match rest.iter().position(|&byte| byte == SOH) {
        Some(length) => Ok(Some((&rest[..length], at + length + 1))),
        None if bytes.len() >= MOST_HEAD => Err(error),
        None => Ok(None),
    }
}

fn fields<'a>(begin: &'a [u8], body: &'a [u8]) -> Result<Message<'a>, Garbled> {
    let body = body.strip_suffix(&[SOH]).ok_or(Garbled::Field)?;
    let mut fields = Vec::new();
    for field in body.split(|&byte| byte == SOH) {
        if fields.len() == MOST_FIELDS {
            return Err(Garbled::TooMany);
        }
        let equals = field.iter().position(|&byte| byte == b'=').ok_or(Garbled::Field)?;
        let tag = number(&field[..equals]).and_then(|tag| u32::try_from(tag).ok());
        fields.push((tag.filter(|&tag| tag > 0).ok_or(Garbled::Field)?, &field[equals + 1..]));
    }
    let message = Message { begin, fields };
    if message.fields[0].0 == 35 { Ok(message) } else { Err(Garbled::Kind) }
}

/// A number of at most 18 digits.
pub fn number(text: &[u8]) -> Option<u64> {
    if !(1..=18).contains(&text.len()) || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// The sum of all bytes, without what is beyond 256.
pub fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, &byte| sum.wrapping_add(byte))
}

impl<'a> Message<'a> {
    /// The version it says it is of.
    pub fn begin(&self) -> &'a [u8] {
        self.begin
    }

    /// Its type.
    pub fn kind(&self) -> &'a [u8] {
        self.fields[0].1
    }

    /// All its fields, in order.
    pub fn fields(&self) -> &[(u32, &'a [u8])] {
        &self.fields
    }

    /// The first field of a tag.
    pub fn get(&self, tag: u32) -> Option<&'a [u8]> {
        self.all(tag).next()
    }

    /// Every field of a tag, as a repeating group has them.
    pub fn all(&self, tag: u32) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |field| field.0 == tag).map(|field| field.1)
    }

    /// Whether a field of a tag says yes.
    pub fn says_yes(&self, tag: u32) -> bool {
        self.get(tag) == Some(b"Y")
    }

    /// Its number.
    pub fn sequence(&self) -> Option<u64> {
        self.get(34).and_then(number)
    }

    /// The first tag that occurs twice.
    pub fn repeated(&self) -> Option<u32> {
        let occurs = |at: usize| self.fields[..at].iter().any(|field| field.0 == self.fields[at].0);
        (1..self.fields.len()).find(|&at| occurs(at)).map(|at| self.fields[at].0)
    }
}

/// The fields of a message to be sent, as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(String);

impl Fields {
    /// Appends a field. What is no printable character of its value becomes a question mark.
    #[must_use]
    pub fn with(mut self, tag: u32, value: impl Display) -> Self {
        self.put(tag, value);
        self
    }

    /// Appends a field, as [`Fields::with`].
    pub fn put(&mut self, tag: u32, value: impl Display) {
        let start = self.0.len();
        write!(self.0, "{tag}={value}").expect("a text takes what is written");
        if self.0[start..].contains(char::is_control) {
            let plain = self.0[start..].replace(char::is_control, "?");
            self.0.replace_range(start.., &plain);
        }
        self.0.push(char::from(SOH));
    }

    /// These fields, and others after them.
    #[must_use]
    pub fn and(mut self, others: &Fields) -> Self {
        self.0.push_str(&others.0);
        self
    }

    /// Fields as they were written before.
    pub fn from_text(text: &str) -> Self {
        Fields(text.to_owned())
    }

    /// As they are written.
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

/// Appends a message of `kind` with what follows its type.
pub fn write(into: &mut Vec<u8>, kind: &str, fields: &[&Fields]) {
    let length = 4 + kind.len() + fields.iter().map(|fields| fields.0.len()).sum::<usize>();
    let start = into.len();
    into.extend_from_slice(format!("8={BEGIN_STRING}\u{1}9={length}\u{1}35={kind}\u{1}").as_bytes());
    for fields in fields {
        into.extend_from_slice(fields.0.as_bytes());
    }
    let sum = checksum(&into[start..]);
    into.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A heartbeat without its checksum, counted by hand.
    const HEARTBEAT: &[u8] =
        b"8=FIX.4.4\x019=45\x0135=0\x0134=2\x0149=A\x0152=20261128-07:00:00.000\x0156=B\x0110=";

    #[test]
    fn what_is_written_is_read_again_and_every_cut_waits_for_more() {
        let fields = Fields::default().with(34, 2).with(49, "A").with(58, "one\u{1}10=000");
        let mut bytes = Vec::new();
        write(&mut bytes, "0", &[&fields]);
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Ok(None), "{length}");
        }
        let (message, length) = read(&bytes).unwrap().unwrap();
        let message = message.unwrap();
        assert_eq!((message.kind(), length), (&b"0"[..], bytes.len()));
        assert_eq!(message.get(58), Some(&b"one?10=000"[..]));
        for place in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[place] ^= 4;
            assert!(!matches!(read(&bent), Ok(Some((Ok(_), _)))), "byte {place} is not noticed");
        }
    }

    #[test]
    fn what_cannot_be_framed_is_told() {
        assert_eq!(read(b"GET / HTTP/1.1"), Err(FrameError::Begin));
        assert_eq!(read(b"8=FIX.4.4\x0135=0\x01"), Err(FrameError::Begin));
        assert_eq!(read(b"8=FIX.4.4\x019=x\x01"), Err(FrameError::Length));
        assert_eq!(read(b"8=FIX.4.4\x019=8193\x01"), Err(FrameError::TooLong));
        assert_eq!(read(b"8=FIX.4.4\x019=5\x0135=0\x0134=2\x01"), Err(FrameError::Trailer));
        assert_eq!(read(&[b"8=".as_slice(), &[b'x'; 40]].concat()), Err(FrameError::Begin));
        let mut bytes = HEARTBEAT.to_vec();
        let sum = checksum(&bytes[..bytes.len() - 3]);
        bytes.extend_from_slice(format!("{sum:03}\u{1}").as_bytes());
        assert!(read(&bytes).unwrap().unwrap().0.is_ok());
    }
}
