//! Whether a journal is still the one that its log was made of.

use std::path::Path;

use bartizan_engine::ledger::units::Sequence;

use super::journal;
use super::place::told;
use crate::cli::Failure;
use crate::cli::notice::notice;
use crate::tlog::log::committed;
use crate::tlog::publish::last;
use crate::tlog::{Beginning, FollowError, TreeHead, TreeSize};

/// Refuses a journal that does not begin with the tree that was committed or signed.
pub(super) fn compare(data: &Path, said: TreeHead) -> Result<(), Failure> {
    let mut beginning = Beginning::new(said);
    let at = |error: FollowError| Failure::at(data, error);
    journal::leaves(data, said.size, &mut |record| {
        if beginning.is_over() { Ok(()) } else { beginning.see(record).map_err(at) }
    })?;
    beginning.finish().map_err(at)
}

/// The trees that were said of the journal in `data`, in the log's `head` and in its signed checkpoint: the smaller first, and one if
/// they are the same.
pub(in crate::cli) fn said(data: &Path) -> Result<Vec<TreeHead>, Failure> {
    let folder = data.join("log");
    let committed = committed(&folder).map_err(told)?.map(|head| head.head);
    let signed = last(&folder).map_err(told)?.map(|(signed, _)| signed.head);
    let mut said: Vec<TreeHead> = committed.into_iter().chain(signed).collect();
    said.sort_by_key(|head| head.size);
    said.dedup();
    Ok(said)
}

/// Refuses a journal in `data`, which has `found` records, that does not begin with all of `said`.
pub(in crate::cli) fn has_all(data: &Path, said: &[TreeHead], found: TreeSize) -> Result<(), Failure> {
    match said.iter().find(|head| head.size > found) {
        Some(head) => Err(Failure::at(data, FollowError::Short { found, expected: head.size })),
        None => said.iter().try_for_each(|&head| compare(data, head)),
    }
}

/// Says so if what is told of a journal, up to the command `found`, lacks commands that its log has.
pub(in crate::cli) fn tell_missing(data: &Path, found: Sequence) {
    // A log that cannot be read says nothing; who asks for it is told why.
    let most = said(data).ok().and_then(|said| said.last().map(|head| head.size.0));
    if let Some(most) = most.filter(|&most| most > found.0) {
        notice(format_args!(
            "bartizan: {}: its log has {most} records, and its journal {}: this is without the last of them",
            data.display(),
            found.0
        ));
    }
}
