//! `SoupBinTCP` 3.0 packets, in which exchanges send ITCH over TCP: two bytes of length, big-endian, a letter, and what it carries.

/// The most bytes of a packet of a client, its letter counted.
pub const MOST_PACKET: usize = 1024;

/// A packet that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What kind it is of.
    pub letter: u8,
    /// What it carries.
    pub payload: &'a [u8],
}

/// Why bytes are no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoupError {
    /// A packet has at least its letter.
    #[error("a packet without a letter")]
    Empty,
    /// It is too long.
    #[error("a packet of {0} bytes, of at most {MOST_PACKET}")]
    TooLong(usize),
    /// A login is of another length, or its number is none.
    #[error("expected a login of a name, a password, a session and a number: 6, 10, 10 and 20 characters")]
    Login,
}

/// The packet that `bytes` begin with, and its length; none until it has arrived whole.
///
/// # Errors
/// If there is none.
pub fn read(bytes: &[u8]) -> Result<Option<(Packet<'_>, usize)>, SoupError> {
    let Some((length, rest)) = bytes.split_first_chunk::<2>() else { return Ok(None) };
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 {
        return Err(SoupError::Empty);
    }
    if length > MOST_PACKET {
        return Err(SoupError::TooLong(length));
    }
    let Some(packet) = rest.get(..length) else { return Ok(None) };
    Ok(Some((Packet { letter: packet[0], payload: &packet[1..] }, 2 + length)))
}

/// Appends a packet.
pub fn write(into: &mut Vec<u8>, letter: u8, payload: &[u8]) {
    into.extend_from_slice(&(payload.len() as u16 + 1).to_be_bytes());
    into.push(letter);
    into.extend_from_slice(payload);
}

/// A login request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login<'a> {
    /// Who.
    pub name: &'a str,
    /// Of which session; empty: of the one that goes on.
    pub session: &'a str,
    /// From which message on; 0: from the next.
    pub from: u64,
}

/// Reads a login request.
///
/// # Errors
/// If it is none.
pub fn login<'a>(packet: &Packet<'a>) -> Result<Login<'a>, SoupError> {
    if packet.letter != b'L' || packet.payload.len() != 46 {
        return Err(SoupError::Login);
    }
    let text = std::str::from_utf8(packet.payload).ok().filter(|text| text.is_ascii());
    let text = text.ok_or(SoupError::Login)?;
    let from = match text[26..].trim() {
        "" => 0,
        number => number.parse().map_err(|_| SoupError::Login)?,
    };
    Ok(Login { name: text[..6].trim(), session: text[16..26].trim(), from })
}

/// Characters of a session's name.
const SESSION: usize = 10;

/// The name of a market's session of a day: the market's number, a dot, and the days since 1970 in base 36. None if that has no room: it has for every market that can be logged in to, until 2097.
pub fn session(market: u32, day: u64) -> Option<String> {
    let (mut digits, mut left) = (Vec::new(), day);
    while left > 0 || digits.is_empty() {
        digits.push(char::from(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(left % 36) as usize]));
        left /= 36;
    }
    let day: String = digits.iter().rev().collect();
    Some(format!("{market}.{day}")).filter(|name| name.len() <= SESSION)
}

/// Appends that a login is accepted to a session, from a message on.
pub fn accept(into: &mut Vec<u8>, session: &str, from: u64) {
    write(into, b'A', format!("{session:>SESSION$}{from:>20}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_every_market_that_can_be_named_fits_and_is_its_own() {
        assert_eq!(session(1, 20_785).as_deref(), Some("1.G1D"));
        assert_eq!(session(999_999, 46_655).as_deref(), Some("999999.ZZZ"));
        assert_eq!((session(7, 0).as_deref(), session(7, 36).as_deref()), (Some("7.0"), Some("7.10")));
        assert_eq!(session(999_999, 46_656), None);
        for market in [1, 10_000, 999_999] {
            let mut bytes = Vec::new();
            accept(&mut bytes, &session(market, 20_785).unwrap(), u64::MAX);
            assert_eq!(bytes.len(), 33, "{market}");
        }
    }

    #[test]
    fn packets_are_read_as_they_are_written() {
        let mut bytes = Vec::new();
        let text = format!("{:<6}{:<10}{:>10}{:>20}", "1", "", "1.G1D", 17);
        write(&mut bytes, b'L', text.as_bytes());
        for length in 0..bytes.len() {
            assert_eq!(read(&bytes[..length]), Ok(None));
        }
        let (packet, length) = read(&bytes).unwrap().unwrap();
        assert_eq!(length, 49);
        assert_eq!(login(&packet), Ok(Login { name: "1", session: "1.G1D", from: 17 }));
        assert_eq!(login(&Packet { letter: b'L', payload: b"short" }), Err(SoupError::Login));
        assert_eq!(read(&[0, 0]), Err(SoupError::Empty));
        assert_eq!(read(&[4, 1, b'U']), Err(SoupError::TooLong(1025)));
    }
}
