//! FIX's tag=value encoding: messages framed by body length and checksum, read without copying, and written.
//!
//! What comes from a socket is bounded: a message has at most [`MOST_BODY`] bytes of body and [`MOST_FIELDS`] fields. Three things can be wrong with it. What cannot be framed
//! ([`FrameError`]) ends the connection, since nothing after it can be found. What is framed but spoiled ([`Garbled`]) is passed over, as FIX has it: the next
//! message shows the gap, and the gap is filled. What is whole but has a field that is none ([`Message::wrong`]) is a message with a number, and is rejected: were it passed over, it
//! would come again for ever.
//!
//! A field of data, which may hold the separator, is as long as the field of its length before it says.

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
    wrong: Option<Wrong>,
}

/// Why a message is rejected (FIX `3`): the tag, the reason's number (`SessionRejectReason`), a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Which field; 0 where it has no tag.
    pub tag: u32,
    /// FIX `SessionRejectReason`.
    pub reason: u32,
    /// In words.
    pub text: &'static str,
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
    /// The body does not end where a field does.
    #[error("the body does not end where a field does")]
    Length,
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

/// The fields of a body, as far as they are such; the first that is none is noted.
fn fields<'a>(begin: &'a [u8], body: &'a [u8]) -> Result<Message<'a>, Garbled> {
    if !body.ends_with(&[SOH]) {
        return Err(Garbled::Length);
    }
    let kind = body.strip_prefix(b"35=").and_then(|rest| rest.first());
    if kind.is_none_or(|&first| first == SOH) {
        return Err(Garbled::Kind);
    }
    let (mut fields, mut wrong) = (Vec::new(), None);
    let mut rest = body;
    while !rest.is_empty() {
        let (found, is_wrong, length) = field(rest, fields.last().copied());
        wrong = wrong.or(is_wrong);
        match found {
            Some(_) if fields.len() == MOST_FIELDS => {
                wrong = wrong.or(Some(Wrong { tag: 0, reason: 99, text: "more than 256 fields" }));
            }
            found => fields.extend(found),
        }
        rest = &rest[length..];
    }
    Ok(Message { begin, fields, wrong })
}

/// A tag and its value.
type Field<'a> = (u32, &'a [u8]);

/// The field that `rest` begins with, what is wrong with it, and its length with its separator. `before` is the field before it.
fn field<'a>(rest: &'a [u8], before: Option<Field<'a>>) -> (Option<Field<'a>>, Option<Wrong>, usize) {
    let end = rest.iter().position(|&byte| byte == SOH).expect("a body ends with a separator");
    let equals = rest[..end].iter().position(|&byte| byte == b'=');
    let tag = equals.and_then(|equals| number(&rest[..equals])).and_then(|tag| u32::try_from(tag).ok());
    let (Some(equals), Some(tag)) = (equals, tag.filter(|&tag| tag > 0)) else {
        let wrong = Wrong { tag: 0, reason: 0, text: "a field is no number, equals sign and value" };
        return (None, Some(wrong), end + 1);
    };
    let start = equals + 1;
    if let Some((of, text)) = before.filter(|&(of, _)| data_after(of) == Some(tag)) {
        let length = number(text).and_then(|length| usize::try_from(length).ok());
        let end = length.and_then(|length| start.checked_add(length));
        if let Some(end) = end.filter(|&end| rest.get(end) == Some(&SOH)) {
            return (Some((tag, &rest[start..end])), None, end + 1);
        }
        let wrong = Wrong { tag: of, reason: 6, text: "the data that follows has another length" };
        let end = start + rest[start..].iter().position(|&byte| byte == SOH).unwrap_or(0);
        return (Some((tag, &rest[start..end])), Some(wrong), end + 1);
    }
    let is_empty = Wrong { tag, reason: 4, text: "a tag without a value" };
    (Some((tag, &rest[start..end])), (start == end).then_some(is_empty), end + 1)
}

/// The field of data of which a field tells the length.
fn data_after(tag: u32) -> Option<u32> {
    match tag {
        90 | 95 | 212 | 348 | 350 | 352 | 354 | 356 | 358 | 360 | 362 | 364 | 445 | 618 | 621 => {
            Some(tag + 1)
        }
        93 => Some(89),
        _ => None,
    }
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

    /// The first of its fields that is none, if there is one; why.
    pub fn wrong(&self) -> Option<&Wrong> {
        self.wrong.as_ref()
    }

    /// Its number.
    pub fn sequence(&self) -> Option<u64> {
        self.get(34).and_then(number)
    }

    /// The first of these tags that occurs twice.
    pub fn repeated(&self, tags: &[u32]) -> Option<u32> {
        tags.iter().copied().find(|&tag| self.all(tag).nth(1).is_some())
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

    fn framed(body: &str) -> Vec<u8> {
        let body = body.replace('|', "\u{1}");
        let mut bytes = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len()).into_bytes();
        let sum = checksum(&bytes);
        bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
        bytes
    }

    #[test]
    fn a_field_that_is_none_spoils_its_message_and_no_more() {
        let many = format!("35=D|34=7|{}49=C|", "58=x|".repeat(MOST_FIELDS));
        for (body, tag, reason) in [
            ("35=D|x=1|34=7|", 0, 0),
            ("35=D|34=7|no equals sign|", 0, 0),
            ("35=D|0=1|34=7|", 0, 0),
            ("35=D||34=7|", 0, 0),
            ("35=D|58=|34=7|", 58, 4),
            ("35=D|34=7|354=9|355=four|", 354, 6),
            ("35=D|34=7|354=x|355=four|", 354, 6),
            (&many, 0, 99),
        ] {
            let bytes = framed(body);
            let (message, length) = read(&bytes).unwrap().unwrap();
            let message = message.unwrap();
            assert_eq!((message.sequence(), length), (Some(7), bytes.len()), "{body}");
            assert_eq!(message.wrong().map(|wrong| (wrong.tag, wrong.reason)), Some((tag, reason)), "{body}");
        }
        for (body, garbled) in
            [("35=D|34=7", Garbled::Length), ("34=7|35=D|", Garbled::Kind), ("35=|", Garbled::Kind)]
        {
            assert_eq!(read(&framed(body)).unwrap().unwrap().0, Err(garbled), "{body}");
        }
    }

    #[test]
    fn data_is_as_long_as_is_said() {
        for length in [90, 93, 95, 212, 348, 354, 364, 445, 618, 621] {
            let data = data_after(length).unwrap();
            let bytes = framed(&format!("35=D|{length}=9|{data}=a|10=000||58=after|"));
            let message = read(&bytes).unwrap().unwrap().0.unwrap();
            assert_eq!(message.wrong(), None);
            assert_eq!(message.get(data), Some(&b"a\x0110=000\x01"[..]));
            assert_eq!((message.get(58), message.fields().len()), (Some(&b"after"[..]), 4));
        }
        let bytes = framed("35=D|95=0|96=|");
        assert_eq!(read(&bytes).unwrap().unwrap().0.unwrap().wrong(), None);
        let bytes = framed("35=A|96=token|");
        assert_eq!(read(&bytes).unwrap().unwrap().0.unwrap().get(96), Some(&b"token"[..]));
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
