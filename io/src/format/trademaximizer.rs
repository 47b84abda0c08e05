//! wants lists (to be written)
use super::{Format, ReadError, Reading};
pub(super) const TRADEMAXIMIZER: Format = Format { name: "trademaximizer", about: "TradeMaximizer wants lists", detect: |_| true, read };
pub(super) const OZ: Format = Format { name: "oz", about: "the Oz dialect", detect: |_| false, read };
fn read(_: &[u8]) -> Result<Reading<'_>, ReadError> { Err(ReadError { line: 1, column: 1, message: "not yet".into() }) }
