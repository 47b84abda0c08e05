//! `PrefLib`'s `.dat` beside a pool: who the pairs are. `Pair,Patient,Donor,Wife-P?,%Pra,Out-Deg,Altruist`, one line a node, in the order of
//! the pool.

use super::fields::{Field, Offence, lines};
use crate::format::ReadError;

/// One node of a pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// The line of the file that tells of it, from 1.
    pub line: u64,
    /// The patient's blood type.
    pub patient: String,
    /// The donor's blood type.
    pub donor: String,
    /// Whether the donor is the patient's husband.
    pub is_wife: bool,
    /// How likely a cross-match fails, in hundred-thousandths.
    pub cpra: u32,
    /// How many receivers the donor has by the file's count.
    pub receivers: u32,
    /// Whether there is a donor alone.
    pub is_altruist: bool,
}

const HEADING: &[u8] = b"Pair,Patient,Donor,Wife-P?,%Pra,Out-Deg,Altruist";

/// Whether a text is a `.dat` file, by its heading.
pub fn is_patients(text: &[u8]) -> bool {
    lines(text).next().is_some_and(|line| line.bytes == HEADING)
}

/// Reads a `.dat` file.
///
/// # Errors
/// The first thing wrong, with line and column.
pub fn read(text: &[u8]) -> Result<Vec<Patient>, ReadError> {
    patients(text).map_err(|offence| offence.locate(text))
}

fn patients(text: &[u8]) -> Result<Vec<Patient>, Offence> {
    let (mut number, mut seen) = (1, 0);
    let mut line_at = |at: usize| {
        number += memchr::memchr_iter(b'\n', &text[seen..at]).count() as u64;
        seen = at;
        number
    };
    let mut lines = lines(text);
    let told = || format!("expected the heading {}", String::from_utf8_lossy(HEADING));
    let heading = lines.next().ok_or_else(|| Offence::new(0, told()))?;
    if heading.bytes != HEADING {
        return Err(heading.offence(told()));
    }
    lines.enumerate().map(|(index, line)| patient(line, index as u64 + 1, line_at(line.at))).collect()
}

fn patient(line: Field<'_>, number: u64, line_number: u64) -> Result<Patient, Offence> {
    let fields: Vec<Field<'_>> = line.commas().collect();
    let [pair, patient, donor, wife, cpra, receivers, altruist] = fields[..] else {
        return Err(line.offence(format!("{} fields; expected seven, with commas between", fields.len())));
    };
    pair.number("pair's number here", number, number)?;
    let blood = |field: Field<'_>| {
        let is_known = matches!(field.bytes, b"O" | b"A" | b"B" | b"AB");
        if is_known { Ok(field.text()) } else { Err(field.offence("expected a blood type: O, A, B or AB")) }
    };
    let flag = |field: Field<'_>| field.number("flag", 0, 1).map(|flag| flag == 1);
    Ok(Patient {
        line: line_number,
        patient: blood(patient)?,
        donor: blood(donor)?,
        is_wife: flag(wife)?,
        cpra: share(cpra)?,
        receivers: receivers.number("number of receivers", 0, u64::from(u32::MAX))? as u32,
        is_altruist: flag(altruist)?,
    })
}

/// A share from 0 to 1, in hundred-thousandths; what stands behind them is cut off.
fn share(field: Field<'_>) -> Result<u32, Offence> {
    let refused = || field.offence("expected a share from 0 to 1");
    let text = std::str::from_utf8(field.bytes).map_err(|_| refused())?;
    let share: f64 = text.parse().map_err(|_| refused())?;
    if (0.0..=1.0).contains(&share) { Ok((share * 1e5) as u32) } else { Err(refused()) }
}
