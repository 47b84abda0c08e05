//! Times as people write them, from and to nanoseconds since midnight or since 1970 (UTC), by the proleptic
//! Gregorian calendar and without leap seconds.

use std::fmt::Write as _;

use super::text::decimal;
use super::venue::Clock;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;

/// The time that `text` names, in nanoseconds of `clock`, in a file that begins at `first`: `HH:MM[:SS[.fraction]]`
/// (of the day of `first`), a date with that (`2023-12-25T23:00:00`, `Z` allowed), or plain seconds.
pub fn parse(text: &str, clock: Clock, first: u64) -> Option<u64> {
    let text = text.trim().trim_end_matches('Z');
    let midnight = first - first % DAY;
    if let Some((date, of_day)) = text.split_once(['T', ' ']) {
        let (days, time) = (days_from_date(date)?, time_of_day(of_day)?);
        return if clock == Clock::Unix { days.checked_mul(DAY)?.checked_add(time) } else { Some(time) };
    }
    if text.contains(':') {
        let time = time_of_day(text)?;
        return if clock == Clock::Unix { midnight.checked_add(time) } else { Some(time) };
    }
    decimal(text.as_bytes(), 9)
}

/// Nanoseconds after midnight of a time of day, perhaps after a date.
pub fn of_day(text: &str) -> Option<u64> {
    time_of_day(text.split_once(['T', ' ']).map_or(text, |(_, time)| time))
}

fn time_of_day(text: &str) -> Option<u64> {
    let mut parts = text.split(':');
    let hours = decimal(parts.next()?.as_bytes(), 0).filter(|&hours| hours < 24)?;
    let minutes = decimal(parts.next()?.as_bytes(), 0).filter(|&minutes| minutes < 60)?;
    let seconds = parts.next().map_or(Some(0), |seconds| decimal(seconds.as_bytes(), 9))?;
    (parts.next().is_none() && seconds < 60 * SECOND)
        .then_some((hours * 60 + minutes) * 60 * SECOND + seconds)
}

/// Days since 1970 of `YYYY-MM-DD` (after H. Hinnant, "chrono-compatible low-level date algorithms").
fn days_from_date(text: &str) -> Option<u64> {
    let mut parts = text.split('-').map(|part| decimal(part.as_bytes(), 0));
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some()
        || !(1970..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || !(1..=31).contains(&day)
    {
        return None;
    }
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    (date(days) == (year, month, day)).then_some(days)
}

/// Year, month and day of a day since 1970.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// `time` with `decimals` digits after the second; with its date where the clock has one.
pub fn shown(time: u64, clock: Clock, decimals: u32) -> String {
    let within = time % DAY;
    let (seconds, fraction) = (within / SECOND, within % SECOND);
    let (days, hours) = (time / DAY, seconds / 3600);
    let mut text = match clock {
        Clock::Unix => {
            let (year, month, day) = date(days);
            format!("{year:04}-{month:02}-{day:02}T{hours:02}")
        }
        Clock::Midnight => format!("{:02}", hours + 24 * days),
    };
    let _ = write!(text, ":{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    if decimals > 0 {
        let shown = fraction / 10u64.pow(9 - decimals);
        let _ = write!(text, ".{shown:0width$}", width = decimals as usize);
    }
    text + if clock == Clock::Unix { "Z" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_shown() {
        for (text, clock, time) in [
            ("09:30:00.004241176", Clock::Midnight, 34_200_004_241_176),
            ("2023-12-25T23:00:00.000000001Z", Clock::Unix, 1_703_545_200_000_000_001),
            ("2024-02-29T00:00:00.000000000Z", Clock::Unix, 1_709_164_800_000_000_000),
            ("1970-01-01T00:00:00.000000000Z", Clock::Unix, 0),
        ] {
            assert_eq!(parse(text, clock, 0), Some(time), "{text}");
            assert_eq!(shown(time, clock, 9), text);
        }
        assert_eq!(parse("09:30", Clock::Unix, 1_703_545_200_000_000_001), Some(1_703_496_600_000_000_000));
        assert_eq!(parse("34200.5", Clock::Midnight, 0), Some(34_200_500_000_000));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "x",
            "25:00",
            "09:60",
            "09:30:60",
            "09:30:00:00",
            "2023-13-01T09:30",
            "1.0.0",
            "2023-02-30T09:30",
            "2023-02-29T09:30",
            "9999-01-01T00:00",
            "monday 09:30",
        ] {
            assert_eq!(parse(text, Clock::Unix, 0), None, "{text}");
        }
        assert_eq!(parse("monday 09:30", Clock::Midnight, 0), None);
        // A time of day after the last that fits.
        assert_eq!(parse("23:59:59", Clock::Unix, u64::MAX), None);
    }
}
