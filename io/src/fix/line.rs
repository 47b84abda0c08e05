//! A connection of FIX: bytes that arrive, until they are a message, and bytes that are to be sent. What arrives is bounded by the longest message, what is to be sent by who
//! flushes, and who does not read is cut off.

use std::io;
use std::time::Duration;

use prometheus::IntCounter;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::message;

/// Both halves of a connection.
pub(super) struct Line<S> {
    read: ReadHalf<S>,
    write: WriteHalf<S>,
    /// What has arrived.
    bytes: Vec<u8>,
    /// What is to be sent.
    pub(super) out: Vec<u8>,
    unread: Duration,
    /// Counts that something was unread too long.
    slow: IntCounter,
}

/// Bytes that are read at a time.
const AT_A_TIME: usize = 4096;

impl<S: AsyncRead + AsyncWrite> Line<S> {
    /// A connection of these halves, on which nothing may be unread for so long.
    pub(super) fn new(read: ReadHalf<S>, write: WriteHalf<S>, unread: Duration, slow: IntCounter) -> Self {
        Line { read, write, bytes: Vec::new(), out: Vec::new(), unread, slow }
    }

    /// Waits for more bytes; false at the end.
    pub(super) async fn more(&mut self) -> io::Result<bool> {
        self.bytes.reserve(AT_A_TIME);
        Ok(self.read.read_buf(&mut self.bytes).await? > 0)
    }

    /// The length of the message that has arrived, and whether it is sound; none if none has.
    pub(super) fn arrived(&mut self) -> Result<Option<usize>, message::FrameError> {
        loop {
            match message::read(&self.bytes)? {
                None => return Ok(None),
                Some((Ok(_), length)) => return Ok(Some(length)),
                Some((Err(garbled), length)) => {
                    tracing::warn!(%garbled, "a message was passed over");
                    self.bytes.drain(..length);
                }
            }
        }
    }

    /// Takes so many bytes that have arrived.
    pub(super) fn take(&mut self, length: usize) -> Vec<u8> {
        self.bytes.drain(..length).collect()
    }

    /// Sends no more.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.write.shutdown().await
    }

    /// Sends what is to be sent, as long as some of it is read now and then.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        let mut at = 0;
        while at < self.out.len() {
            let written = timeout(self.unread, self.write.write(&self.out[at..])).await;
            let written = written.map_err(|_| {
                self.slow.inc();
                io::Error::from(io::ErrorKind::TimedOut)
            })??;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            at += written;
        }
        self.out.clear();
        self.write.flush().await
    }
}
