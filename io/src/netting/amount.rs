//! Amounts as people write them, and in the smallest unit of a file: whole numbers of which so many digits stand behind the decimal point.

/// Most digits behind the decimal point.
const MOST_DECIMALS: usize = 9;

/// The digits of an amount from 0 on, and how many of them stand behind the point. Zeros at the end behind the point are none.
///
/// # Errors
/// What was expected.
pub fn digits(text: &str) -> Result<(u64, usize), &'static str> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return Err("as a decimal number");
    }
    if part.len() > MOST_DECIMALS {
        return Err("with at most 9 digits behind the point");
    }
    match format!("{whole}{part}").parse() {
        Ok(digits) => Ok((digits, part.len())),
        Err(_) => Err("of at most 18 digits"),
    }
}

/// An amount in units of which `decimals` digits stand behind the point; none if it is no amount, or has more decimals.
pub fn parse(text: &str, decimals: u8) -> Option<i64> {
    let (digits, behind) = digits(text).ok()?;
    let scale = 10_i64.pow(u32::from(decimals).checked_sub(behind as u32)?);
    i64::try_from(digits).ok()?.checked_mul(scale)
}

/// An amount as people write it.
pub fn shown(amount: i64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{:0width$}", amount.unsigned_abs(), width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    let sign = if amount < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}
