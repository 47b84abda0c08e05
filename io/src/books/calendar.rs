//! The day of a moment, by the proleptic Gregorian calendar.

/// The date of `time`, in nanoseconds since 1970, as `YYYY-MM-DD`.
pub(super) fn date(time: u64) -> String {
    let days = (time / 86_400_000_000_000) as i64;
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The date of a number of days since 1970, 0 or later. (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.)
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468; // since the first of March of the year 0
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn leap_years_and_turns_of_years() {
        let day = 86_400_000_000_000;
        for (days, told) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (10_956, "1999-12-31"),
            (11_016, "2000-02-29"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date(days * day + day - 1), told);
        }
    }
}
