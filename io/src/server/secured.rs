//! Connections as a door takes them: plain, or encrypted once they have shaken hands. What goes over them is counted.
//!
//! Hands are shaken when a door first reads or writes, in the task that serves the connection, so that nobody who is slow at it keeps others out; and within the time
//! that signing in may take. Whoever speaks anything else than TLS where that is spoken has an alert for an answer, and nothing more.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use prometheus::IntCounter;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

use super::accepting::Listener;
use super::meters::{Door, DoorMeters};
use super::site::Site;
use super::tls::Tls;
use super::visitor::Peer;

/// Where connections of a door come in.
#[derive(Debug)]
pub struct Secured<L> {
    listener: L,
    tls: Option<Arc<Tls>>,
    /// How long it may take to shake hands.
    patience: Duration,
    meters: DoorMeters,
}

impl<L> Secured<L> {
    /// Connections of `listener` to a door, encrypted if there is something to do that by.
    pub fn new(listener: L, tls: Option<&Arc<Tls>>, site: &Site, door: Door) -> Self {
        let (patience, meters) = (site.bounds.sign_in, site.meters().door(door).clone());
        Secured { listener, tls: tls.cloned(), patience, meters }
    }
}

impl<L: Listener> Listener for Secured<L>
where
    L::Stream: AsyncRead + AsyncWrite + Unpin,
{
    type Stream = Stream<L::Stream>;

    async fn next(&self) -> io::Result<(Self::Stream, Peer)> {
        let (stream, peer) = self.listener.next().await?;
        let state = match &self.tls {
            None => State::Plain(stream),
            Some(tls) => State::Shaking(Box::new(Shaking {
                accept: TlsAcceptor::from(tls.config()).accept(stream),
                until: Box::pin(sleep(self.patience)),
            })),
        };
        Ok((Stream { state, meters: self.meters.clone() }, peer))
    }
}

/// A connection.
pub struct Stream<S> {
    state: State<S>,
    meters: DoorMeters,
}

enum State<S> {
    Plain(S),
    Shaking(Box<Shaking<S>>),
    Encrypted(Box<TlsStream<S>>),
    /// It did not come to shaking hands.
    Refused,
}

struct Shaking<S> {
    accept: Accept<S>,
    until: Pin<Box<Sleep>>,
}

/// A stream that is ready, whichever it is.
macro_rules! of {
    ($stream:expr, $ready:ident => $do:expr) => {
        match &mut $stream.state {
            State::Plain($ready) => $do,
            State::Encrypted(encrypted) => {
                let $ready = &mut **encrypted;
                $do
            }
            State::Shaking(_) | State::Refused => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    };
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream<S> {
    /// Shakes hands, if that is to be done.
    fn shake(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let State::Shaking(shaking) = &mut self.state else { return Poll::Ready(Ok(())) };
        let done = match Pin::new(&mut shaking.accept).poll(context) {
            Poll::Ready(done) => done,
            Poll::Pending => {
                ready!(shaking.until.as_mut().poll(context));
                Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long to shake hands"))
            }
        };
        let (state, done) = match done {
            Ok(stream) => (State::Encrypted(Box::new(stream)), Ok(())),
            Err(error) => {
                self.meters.unshaken.inc();
                (State::Refused, Err(error))
            }
        };
        self.state = state;
        Poll::Ready(done)
    }
}

fn count(counter: &IntCounter, bytes: &Poll<io::Result<usize>>) {
    if let Poll::Ready(Ok(bytes)) = bytes {
        counter.inc_by(*bytes as u64);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.shake(context))?;
        let before = buffer.filled().len();
        let read = of!(self, stream => Pin::new(stream).poll_read(context, buffer));
        self.meters.received.inc_by((buffer.filled().len() - before) as u64);
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.shake(context))?;
        let written = of!(self, stream => Pin::new(stream).poll_write(context, bytes));
        count(&self.meters.sent, &written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.shake(context))?;
        let written = of!(self, stream => Pin::new(stream).poll_write_vectored(context, parts));
        count(&self.meters.sent, &written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        match &self.state {
            State::Plain(stream) => stream.is_write_vectored(),
            State::Shaking(_) | State::Encrypted(_) => true,
            State::Refused => false,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.shake(context))?;
        of!(self, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Who has not shaken hands is told nothing.
        if let State::Shaking(_) | State::Refused = self.state {
            return Poll::Ready(Ok(()));
        }
        of!(self, stream => Pin::new(stream).poll_shutdown(context))
    }
}
