//! Dates as files write them: `2026-12-31`, of the Gregorian calendar.

/// Year, month and day of a date that there is, written with all its digits; none otherwise.
pub(crate) fn date(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('-');
    let mut next = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits)?;
        // A number may be written with a sign, and a date may not.
        part.bytes().all(|digit| digit.is_ascii_digit()).then(|| part.parse::<u32>().ok())?
    };
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let is_date = parts.next().is_none() && year > 0 && (1..=days(year, month)).contains(&day);
    is_date.then_some((year, month, day))
}

/// How many days a month has; none if there is no such month.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_that_there_are() {
        for (text, day) in [
            ("2026-12-31", (2026, 12, 31)),
            ("2024-02-29", (2024, 2, 29)),
            ("2000-02-29", (2000, 2, 29)),
            ("0001-01-01", (1, 1, 1)),
        ] {
            assert_eq!(date(text), Some(day), "{text}");
        }
        for text in [
            "2026-02-29",
            "2026-02-30",
            "1900-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-13-01",
            "2026-01-00",
            "2026-01-32",
            "0000-01-01",
            "+026-01-01",
            "2026-+1-01",
            "2026-1-01",
            "2026-01-01-",
            "2026-01",
            "",
            "31.12.2026",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
