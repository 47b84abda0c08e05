//! `ClOrdID`s, which are texts, as the numbers that the realm and its books know commands and orders by.
//!
//! Both are functions of the text alone, so that the same order sent again, on this connection or after any number of others, is the same command.

use bartizan_engine::book::ClientOrderId;
use bartizan_engine::realm::ids::CommandId;

/// The most bytes of an id.
pub const MOST_ID: usize = 64;

/// Bits of what stands for a text.
const TEXT: u64 = 1 << 63;

/// Whether a text may be an id: 1 to [`MOST_ID`] printable characters of ASCII without spaces.
pub fn is_id(text: &[u8]) -> bool {
    (1..=MOST_ID).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

/// The realm's id of the command of a `ClOrdID`.
///
/// The digits at its end, at most 18, are the low half, a number. What stands before them is hashed into the high half, which is zero if nothing does: so `17` is 17, and
/// ids that count up, whatever their prefix, rise, which is what a realm remembers longest. Digits that begin with a zero are hashed together with how many they are, so that `017`
/// is not 17.
pub fn command(text: &str) -> CommandId {
    let bytes = text.as_bytes();
    let digits = bytes.iter().rev().take(18).take_while(|byte| byte.is_ascii_digit()).count();
    let (before, digits) = text.split_at(text.len() - digits);
    let number = super::message::number(digits.as_bytes()).unwrap_or(0);
    let is_padded = digits.starts_with('0');
    if before.is_empty() && !is_padded {
        return CommandId(number.into());
    }
    let width = if is_padded { digits.len() } else { usize::from(!digits.is_empty()) * 32 };
    let high = hash(&[before.as_bytes(), &[0, width as u8]].concat()) | TEXT;
    CommandId(u128::from(high) << 64 | u128::from(number))
}

/// The book's id of the order of a `ClOrdID`: a number below 2^63 without zeros before it is itself, and of every other text it is 63 bits of its BLAKE3, and the highest bit.
pub fn client(text: &str) -> ClientOrderId {
    let plain = text.parse::<u64>().ok().filter(|&number| number != 0 && number < TEXT);
    match plain.filter(|number| number.to_string() == text) {
        Some(number) => ClientOrderId(number),
        None => ClientOrderId(hash(text.as_bytes()) | TEXT),
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("8 of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart_and_rise_with_their_numbers() {
        assert_eq!((command("17"), client("17")), (CommandId(17), ClientOrderId(17)));
        let texts = ["17", "017", "0017", "A17", "A017", "A", "B17", "17A", "A1", "7", "0", "00", "-"];
        let mut commands: Vec<_> = texts.map(command).to_vec();
        let mut clients: Vec<_> = texts.map(client).to_vec();
        commands.sort_unstable();
        commands.dedup();
        clients.sort_unstable();
        clients.dedup();
        assert_eq!((commands.len(), clients.len()), (texts.len(), texts.len()));
        assert!(command("ORD-0009") < command("ORD-0010") && command("x9") < command("x10"));
        assert!(client("18446744073709551615").0 >= TEXT && client("0").0 >= TEXT);
        assert!(is_id(b"a-1") && !is_id(b"") && !is_id(b"a b") && !is_id(&[b'a'; 65]));
    }
}
