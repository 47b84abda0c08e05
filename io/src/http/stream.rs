//! A stream whose writes must make progress: who does not read what it is sent is cut off, and who reads it by drops as well.
//!
//! What counts is the time for which writes waited. It may add up to no more than a bound while 64 KiB go out, so that a few bytes now and then buy no time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use prometheus::IntCounter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// So many bytes must go out while writes wait for as long as they may.
const PART: usize = 1 << 16;

/// A stream that fails once writes have waited for `unread` while fewer than [`PART`] bytes went out.
pub(super) struct Read<S> {
    stream: S,
    unread: Duration,
    /// Counts that it took too long.
    slow: IntCounter,
    /// Since when a write waits, and until when it may.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// How long others waited, and how many bytes went out, since as many did as must.
    waited: Duration,
    written: usize,
}

impl<S> Read<S> {
    pub(super) fn new(stream: S, unread: Duration, slow: IntCounter) -> Self {
        Read { stream, unread, slow, waiting: None, waited: Duration::ZERO, written: 0 }
    }

    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
        bytes: impl Fn(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = &written {
            if let Some((since, _)) = self.waiting.take() {
                self.waited += since.elapsed();
            }
            self.written += done.as_ref().map_or(0, bytes);
            if self.written >= PART {
                (self.waited, self.written) = (Duration::ZERO, 0);
            }
            return written;
        }
        let left = self.unread.saturating_sub(self.waited);
        let (_, until) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        match until.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.slow.inc();
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Read<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Read<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written, |&count| count)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.watch(context, written, |&count| count)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(context);
        self.watch(context, done, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_trickle_buys_no_time() {
        let (near, mut far) = duplex(1_024);
        let slow = IntCounter::new("slow", "Those who were too slow.").expect("its name is sound");
        let mut near = Read::new(near, Duration::from_millis(100), slow.clone());
        let trickling = tokio::spawn(async move {
            let mut bytes = [0; 64];
            while far.read(&mut bytes).await.is_ok_and(|read| read > 0) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let written = tokio::time::timeout(Duration::from_secs(10), near.write_all(&vec![0; 1 << 18])).await;
        let error = written.expect("it is cut off").expect_err("it does not go out");
        assert_eq!((error.kind(), slow.get()), (io::ErrorKind::TimedOut, 1));
        drop(near);
        trickling.await.expect("it ends");
    }

    #[tokio::test]
    async fn who_reads_all_of_it_may_stop_now_and_then() {
        let (near, mut far) = duplex(1_024);
        let slow = IntCounter::new("slow", "Those who were too slow.").expect("its name is sound");
        let mut near = Read::new(near, Duration::from_millis(400), slow);
        let reading = tokio::spawn(async move {
            let (mut bytes, mut all) = (vec![0; PART], 0);
            while let Ok(read @ 1..) = far.read(&mut bytes).await {
                if all / (4 * PART) < (all + read) / (4 * PART) {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                all += read;
            }
            all
        });
        near.write_all(&vec![0; 16 * PART]).await.expect("it is read");
        drop(near);
        assert_eq!(reading.await.expect("it ends"), 16 * PART);
    }
}
