//! How many files the system lets the process have open, of which each connection is one.

/// Of the files that may be open, those that are for anything else than connections: journals, snapshots, sockets, connections that are being refused.
const OTHERS: u64 = 256;

/// Lets the process have as many files open as the system lets it, and says how many; none if the system does not tell.
#[cfg(unix)]
pub(super) fn raise_limit() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls are given a limit of the form that they take, which lives as long as they do; they touch nothing else.
    #[allow(unsafe_code)]
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) != 0 {
            return None;
        }
        let raised = libc::rlimit { rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max };
        if raised.rlim_cur > limit.rlim_cur && libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) == 0 {
            limit = raised;
        }
    }
    #[allow(clippy::useless_conversion, reason = "it has another width elsewhere")]
    Some(limit.rlim_cur.into())
}

/// How many connections there may be at a time, of so many files and no more than were asked for.
pub(super) fn connections(asked: u32, files: Option<u64>) -> u32 {
    let Some(files) = files else { return asked };
    let room = files.saturating_sub(OTHERS).max(files / 4).max(1);
    asked.min(u32::try_from(room).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_the_rest() {
        for (asked, files, room) in [
            (10_000, None, 10_000),
            (10_000, Some(1 << 20), 10_000),
            (10_000, Some(1024), 768),
            (10_000, Some(300), 75),
            (5, Some(300), 5),
            (5, Some(1), 1),
            (u32::MAX, Some(u64::MAX), u32::MAX),
        ] {
            assert_eq!(connections(asked, files), room, "{asked} of {files:?}");
        }
    }
}
