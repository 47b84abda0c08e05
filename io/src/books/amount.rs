//! Amounts as people write them: with the digits of their asset's scale behind the decimal point.

/// `units` of an asset whose scale is `scale`: 5275 at scale 2 is `52.75`.
pub fn decimal(units: i128, scale: u8) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = units.unsigned_abs().to_string();
    let scale = usize::from(scale);
    if scale == 0 {
        return format!("{sign}{digits}");
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, part) = padded.split_at(padded.len() - scale);
    format!("{sign}{whole}.{part}")
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn the_point_stands_before_the_scale() {
        for (units, scale, told) in [
            (0, 0, "0"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5275, 2, "-52.75"),
            (7, 0, "7"),
            (-1, 3, "-0.001"),
        ] {
            assert_eq!(decimal(units, scale), told);
        }
    }
}
