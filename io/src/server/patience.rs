//! How long those who are told something may take to read it, whatever the door.

use std::io;
use std::time::Duration;

use prometheus::IntCounter;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::sync::time::timeout;

/// How much must be read within the time that things may go unread.
const PART: usize = 1 << 16;

/// How long things may go unread.
#[derive(Clone, Debug)]
pub struct Patience {
    unread: Duration,
    /// Counts those for whom that was too short.
    slow: IntCounter,
}

impl Patience {
    /// For so long; `slow` counts those who were too slow.
    pub fn new(unread: Duration, slow: IntCounter) -> Self {
        Patience { unread, slow }
    }

    /// Sends all of it; each part of 64 KiB must be taken within the time that things may go unread, so a trickle does not count.
    ///
    /// # Errors
    /// [`io::ErrorKind::TimedOut`] if it is not; else those of `write`.
    pub async fn send(&self, write: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
        let late = |_| {
            self.slow.inc();
            io::Error::from(io::ErrorKind::TimedOut)
        };
        for part in bytes.chunks(PART) {
            timeout(self.unread, write.write_all(part)).await.map_err(late)??;
        }
        timeout(self.unread, write.flush()).await.map_err(late)?
    }
}
