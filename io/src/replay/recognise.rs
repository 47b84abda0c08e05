//! What a file is that is no order flow, so that who gave it learns what to give.

use super::text::{found_instead, whole};
use super::trade_list;

/// How foreign files begin, and what to do.
const FOREIGN: [(&[u8], &str); 7] = [
    (b"PK\x03\x04", "found a ZIP archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "found a 7z archive: unpack it first"),
    (b"\xfd7zXZ", "found an xz-compressed file: unpack it first"),
    (b"\x1f\x8b", "found a gzip-compressed file of something else: unpack it first"),
    (b"PAR1", "found a Parquet file: convert it to DBN or CSV first"),
    (b"{", "found JSON: convert it first"),
    (b"[", "found JSON: convert it first"),
];

/// What `bytes` are, in place of order flow.
pub(super) fn instead(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "and the file is empty (--kind NAME reads it as order flow without a message)".into();
    }
    if trade_list::detect(bytes) {
        return "found a list of trades: name it with --book, and the order events as the file".into();
    }
    if let Some((_, told)) = FOREIGN.iter().find(|(start, _)| bytes.starts_with(start)) {
        return (*told).into();
    }
    let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    if is_order_book(line) {
        return "found rows like those of a LOBSTER order book: name it with --book, and the messages as the file".into();
    }
    format!(
        "{} (--kind NAME reads it as that kind all the same, and says where it is not)",
        found_instead(line)
    )
}

/// Whether a row is of prices and sizes alone, four to a level.
fn is_order_book(row: &[u8]) -> bool {
    let fields: Vec<&[u8]> = row.split(|&byte| byte == b',').collect();
    fields.len().is_multiple_of(4)
        && fields.iter().all(|field| whole(field.strip_prefix(b"-").unwrap_or(field)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_order_flow_is_told_by_what_it_is() {
        for (bytes, told) in [
            (&b""[..], "the file is empty"),
            (
                b"5859400,200,5853300,18\n",
                "found rows like those of a LOBSTER order book: name it with --book",
            ),
            (b"trade_id,timestamp\n", "found a list of trades: name it with --book"),
            (b"PK\x03\x04\0\0", "found a ZIP archive"),
            (b"\x1f\x8b\x08", "found a gzip-compressed file of something else"),
            (b"{\"a\": 1}", "found JSON"),
            (b"not order flow\nmore", "found \"not order flow\" (--kind NAME"),
            (b"\x7fELF\x02\x01\x01\0", "found 8 bytes that are no text"),
        ] {
            let found = instead(bytes);
            assert!(found.contains(told), "{found}");
        }
    }
}
