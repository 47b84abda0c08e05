//! A connection of FIX: bytes that arrive, until they are a message, and bytes that are to be sent. What arrives is bounded by the longest message, what is to be sent by who
//! flushes, and who does not read is cut off.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};

use super::message;
use crate::server::patience::Patience;

/// Both halves of a connection.
pub(super) struct Line<S> {
    read: ReadHalf<S>,
    write: WriteHalf<S>,
    /// What has arrived.
    bytes: Vec<u8>,
    /// What is to be sent.
    pub(super) out: Vec<u8>,
    patience: Patience,
}

/// Bytes that are read at a time.
const AT_A_TIME: usize = 4096;

/// Bytes that are read ahead at most, while messages wait.
const MOST_AHEAD: usize = 1 << 16;

/// The types of messages that are the session's own.
const OF_SESSION: [&[u8]; 7] = [b"0", b"1", b"2", b"3", b"4", b"5", b"A"];

impl<S: AsyncRead + AsyncWrite> Line<S> {
    /// A connection of these halves.
    pub(super) fn new(read: ReadHalf<S>, write: WriteHalf<S>, patience: Patience) -> Self {
        Line { read, write, bytes: Vec::new(), out: Vec::new(), patience }
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

    /// Whether more is to be read, though messages wait.
    pub(super) fn has_room(&self) -> bool {
        self.bytes.len() < MOST_AHEAD
    }

    /// The length of the message that has arrived, if that is the session's own.
    pub(super) fn arrived_of_session(&mut self) -> Option<usize> {
        self.arrived().ok()??;
        let (message, length) = message::read(&self.bytes).ok()??;
        message.ok().filter(|message| OF_SESSION.contains(&message.kind())).map(|_| length)
    }

    /// Takes so many bytes that have arrived.
    pub(super) fn take(&mut self, length: usize) -> Vec<u8> {
        self.bytes.drain(..length).collect()
    }

    /// Sends no more.
    pub(super) async fn close(&mut self) -> io::Result<()> {
        self.write.shutdown().await
    }

    /// Sends what is to be sent.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        self.patience.send(&mut self.write, &self.out).await?;
        self.out.clear();
        Ok(())
    }
}
