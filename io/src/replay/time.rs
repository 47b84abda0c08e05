//! Times as people write them, from and to nanoseconds since midnight or since 1970 (UTC), by the proleptic
//! Gregorian calendar and without leap seconds.

use std::fmt::Write as _;

use super::text::decimal;
use super::venue::Clock;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;

/// The time that `text` names, in nanoseconds of `clock`, in a file of the times `within`: `HH:MM[:SS[.fraction]]`, a date with
/// that (`2023-12-25T23:00:00`, `Z` allowed), or plain seconds. A time of day alone is of the first day of the file, or of
/// the next if it is in the file only then; where times count from midnight, hours may go on past 24.
///
/// # Errors
/// What was expected, and what there is.
pub fn parse(text: &str, clock: Clock, within: (u64, u64)) -> Result<u64, String> {
    let expected = |what: &str| format!("expected {what}, found {text:?}");
    let trimmed = text.trim().trim_end_matches('Z');
    let dated = trimmed.split_once(['T', ' ']);
    match clock {
        Clock::Midnight => {
            let what =
                "a time of day as HH:MM:SS, or seconds after midnight (times of such files have no date)";
            let time = match (dated, trimmed.contains(':')) {
                (Some(_), _) => None,
                (None, true) => clock_time(trimmed, u64::MAX),
                (None, false) => decimal(trimmed.as_bytes(), 9),
            };
            time.ok_or_else(|| expected(what))
        }
        Clock::Unix => {
            let what = "HH:MM:SS, a date with that (2023-12-25T23:00:00), or seconds since 1970";
            let time = match (dated, trimmed.contains(':')) {
                (Some((date, of_day)), _) => on_date(date, of_day),
                (None, true) => on_first_day(trimmed, within),
                (None, false) => decimal(trimmed.as_bytes(), 9),
            };
            time.ok_or_else(|| expected(what))
        }
    }
}

fn on_date(date: &str, of_day: &str) -> Option<u64> {
    days_from_date(date)?.checked_mul(DAY)?.checked_add(time_of_day(of_day)?)
}

fn on_first_day(of_day: &str, (first, last): (u64, u64)) -> Option<u64> {
    let time = (first - first % DAY).checked_add(time_of_day(of_day)?)?;
    let next = time.checked_add(DAY).filter(|&next| time < first && next <= last);
    Some(next.unwrap_or(time))
}

/// Nanoseconds after midnight of a time of day, perhaps after a date.
pub fn of_day(text: &str) -> Option<u64> {
    time_of_day(text.split_once(['T', ' ']).map_or(text, |(_, time)| time))
}

fn time_of_day(text: &str) -> Option<u64> {
    clock_time(text, 24)
}

/// `HH:MM[:SS[.fraction]]` with less than `end` hours.
fn clock_time(text: &str, end: u64) -> Option<u64> {
    let mut parts = text.split(':');
    let hours = decimal(parts.next()?.as_bytes(), 0).filter(|&hours| hours < end)?;
    let minutes = decimal(parts.next()?.as_bytes(), 0).filter(|&minutes| minutes < 60)?;
    let seconds = parts.next().map_or(Some(0), |seconds| decimal(seconds.as_bytes(), 9))?;
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    (parts.next().is_none() && seconds < 60 * SECOND)
        .then(|| minutes.checked_mul(60 * SECOND)?.checked_add(seconds))
        .flatten()
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
            assert_eq!(parse(text, clock, (0, 0)), Ok(time), "{text}");
            assert_eq!(shown(time, clock, 9), text);
        }
        let first = 1_703_545_200_000_000_001;
        assert_eq!(parse("09:30", Clock::Unix, (first, first)), Ok(1_703_496_600_000_000_000));
        assert_eq!(parse("34200.5", Clock::Midnight, (0, 0)), Ok(34_200_500_000_000));
    }

    #[test]
    fn a_time_past_midnight_is_of_the_next_day_where_the_file_goes_on_until_then() {
        // From 23:00 on Christmas Day on.
        let first = 1_703_545_200_000_000_001;
        let midnight = 1_703_548_800_000_000_000;
        let half_past = midnight + 1_800 * SECOND;
        assert_eq!(parse("00:30", Clock::Unix, (first, half_past)), Ok(half_past));
        assert_eq!(parse("00:30", Clock::Unix, (first, half_past - 1)), Ok(half_past - DAY));
        assert_eq!(parse("23:30", Clock::Unix, (first, half_past)), Ok(midnight - 1_800 * SECOND));
        assert_eq!(parse("25:30", Clock::Midnight, (first, half_past)), Ok(91_800 * SECOND));
        assert!(parse("25:30", Clock::Unix, (first, half_past)).is_err());
    }

    #[test]
    fn a_date_is_refused_where_times_have_none() {
        let told = parse("2012-06-21T10:00", Clock::Midnight, (0, 0)).unwrap_err();
        assert!(
            told.starts_with("expected a time of day") && told.ends_with("found \"2012-06-21T10:00\""),
            "{told}"
        );
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
            assert!(parse(text, Clock::Unix, (0, 0)).is_err(), "{text}");
        }
        for text in ["monday 09:30", "9999999999:00", "999999999999999999:59"] {
            assert!(parse(text, Clock::Midnight, (0, 0)).is_err(), "{text}");
        }
        // A time of day after the last that fits.
        assert!(parse("23:59:59", Clock::Unix, (u64::MAX, u64::MAX)).is_err());
    }
}
