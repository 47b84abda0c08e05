//! What happened before the feed begins, from the journal.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;

use super::feed::Moment;
use super::host::Host;
use crate::node::{History, HistoryError};

/// Tells the commands from `from` to `until`, as long as `tell` wants more. It starts from the newest snapshot before, so the cost is that of applying
/// what lies between; call it where waiting harms nobody.
///
/// # Errors
/// If the journal cannot be read.
pub fn tell(
    host: &Host,
    from: Sequence,
    until: Sequence,
    mut tell: impl FnMut(&Moment<'_>) -> bool,
) -> Result<(), HistoryError> {
    let before = from.0.checked_sub(1).filter(|&before| before > 0).map(Sequence);
    let history = match before {
        Some(before) => History::from_snapshot(Arc::clone(host.storage()), Some(before))?,
        None => History::from_start(Arc::clone(host.storage()))?,
    };
    history.run_while(until, |moment| {
        moment.sequence < from || {
            let told = Moment {
                sequence: moment.sequence,
                time: moment.time,
                envelope: moment.envelope,
                answer: moment.answer,
                events: &moment.events.list,
                reports: &moment.events.book.reports,
                market: &moment.events.book.market,
            };
            tell(&told)
        }
    })?;
    Ok(())
}
