//! FIX's UTC timestamps, from and to nanoseconds since 1970.

use crate::replay::time;
use crate::replay::venue::Clock;

/// `YYYYMMDD-HH:MM:SS.sss`.
pub fn written(nanoseconds: u64) -> String {
    time::shown(nanoseconds, Clock::Unix, 3).replace(['-', 'Z'], "").replace('T', "-")
}

/// The time of such a text, with any fraction of the second or none.
pub fn read(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let (date, of_day) = text.split_once('-')?;
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let dated = format!("{}-{}-{}T{of_day}", &date[..4], &date[4..6], &date[6..]);
    time::parse(&dated, Clock::Unix, (0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let time = 1_796_108_645_123_000_000;
        assert_eq!(read(written(time).as_bytes()), Some(time));
        assert_eq!(written(0), "19700101-00:00:00.000");
        assert_eq!(read(b"20261128-07:00:00"), read(b"20261128-07:00:00.000"));
        for bad in ["", "20261128", "2026-11-28-07:00:00", "20261128-7", "20261328-07:00:00"] {
            assert_eq!(read(bad.as_bytes()), None, "{bad}");
        }
    }
}
