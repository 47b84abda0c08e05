//! The second pass on several threads: the lists are cut into parts of about equal length, and the
//! parts joined in order. Offences are the first in the text, notices and counts those of one
//! thread, so the outcome does not depend on how many threads there are.

use std::num::NonZero;
use std::ops::Range;

use super::items::Items;
use super::text::Fault;
use super::wants::{self, Rows};

/// Below this many bytes of text, starting a thread costs more than it saves.
const BYTES_PER_THREAD: usize = 4 << 20;
/// More threads than this wait for memory, not for arithmetic.
const MOST_THREADS: usize = 8;

/// How many threads to use for a text of this length.
pub(super) fn threads(length: usize) -> usize {
    let available = std::thread::available_parallelism().map_or(1, NonZero::get);
    available.min(MOST_THREADS).min(length / BYTES_PER_THREAD).max(1)
}

/// Reads all lists on at most `threads` threads.
pub(super) fn read<'a>(all: &Items<'a>, threads: usize) -> Result<Rows<'a>, Fault> {
    let parts = parts(all, threads);
    let results: Vec<_> = std::thread::scope(|scope| {
        let (first, later) = parts.split_first().expect("there is at least one part");
        let later: Vec<_> =
            later.iter().map(|part| scope.spawn(move || wants::read(all, part.clone()))).collect();
        let first = wants::read(all, first.clone());
        let joined = later.into_iter().map(|part| part.join().expect("reading lists never panics"));
        std::iter::once(first).chain(joined).collect()
    });
    let mut folder = all.scan.folder.clone();
    let mut results = results.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut rows = results.next().expect("there is at least one part");
    // Room for just what comes: growing by doubling would take half as much again.
    let more: usize = results.as_slice().iter().map(|later| later.item.len()).sum();
    rows.item.reserve_exact(more);
    rows.cost.reserve_exact(if rows.cost.is_empty() { 0 } else { more });
    rows.price.reserve_exact(if rows.price.is_empty() { 0 } else { more });
    for later in results {
        rows.counts.extend_from_slice(&later.counts);
        rows.item.extend_from_slice(&later.item);
        rows.cost.extend_from_slice(&later.cost);
        rows.price.extend_from_slice(&later.price);
        rows.notices.append(later.notices);
        rows.unknown.append(&later.unknown, all.scan.text, &mut folder);
        rows.latin1.extend_from_slice(&later.latin1);
    }
    Ok(rows)
}

/// Consecutive parts that cover all lists.
fn parts(all: &Items<'_>, threads: usize) -> Vec<Range<usize>> {
    let lists = &all.scan.lists;
    let begin = lists.first().map_or(0, |list| list.wants().start);
    let length = lists.last().map_or(0, |list| list.wants().end - begin);
    let cut = |part: usize| match part {
        0 => 0,
        _ if part == threads => lists.len(),
        _ => lists.partition_point(|list| list.wants().start < begin + length / threads * part),
    };
    (0..threads).map(|part| cut(part)..cut(part + 1)).collect()
}
