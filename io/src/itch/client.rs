//! Somebody who is told a day: what he sends, which is read whatever else there is to do, and what he is sent, numbered.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use super::soup;
use crate::server::patience::Patience;
use crate::server::site::Site;

/// How often something is sent at least.
const BEAT: Duration = Duration::from_secs(1);
/// How often it is looked whether that is due.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A client, logged in or not yet.
pub(super) struct Client<S> {
    read: ReadHalf<S>,
    write: WriteHalf<S>,
    /// What arrived.
    bytes: Vec<u8>,
    heard: Instant,
    sent: Instant,
    clock: Interval,
    /// When it was looked whether a heartbeat is due.
    looked: Instant,
    patience: Patience,
    /// The next message's number.
    pub(super) number: u64,
    /// The first that is sent: those before it are left out.
    pub(super) from: u64,
}

/// What came to pass at a client.
pub(super) enum Heard {
    /// Something arrived, or the end.
    Bytes(bool),
    /// It is time to look at the time.
    Beat,
    /// The site stops.
    Stopping,
}

impl<S: AsyncRead + AsyncWrite> Client<S> {
    /// A client of whom nothing is known.
    pub(super) fn new(stream: S, patience: Patience) -> Self {
        let (read, write) = tokio::io::split(stream);
        let mut clock = interval(LOOK_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let now = Instant::now();
        let (bytes, number, from) = (Vec::new(), 1, 1);
        Client { read, write, bytes, heard: now, sent: now, clock, looked: now, patience, number, from }
    }

    /// Waits for more bytes; false at the end.
    async fn more(&mut self) -> io::Result<bool> {
        self.bytes.reserve(soup::MOST_PACKET);
        let read = self.read.read_buf(&mut self.bytes).await?;
        self.heard = Instant::now();
        Ok(read > 0)
    }

    /// Takes what arrived after the login; false if the client leaves.
    fn take(&mut self) -> bool {
        while let Ok(Some((packet, length))) = soup::read(&self.bytes) {
            if !matches!(packet.letter, b'R' | b'U' | b'+') {
                return false;
            }
            self.bytes.drain(..length);
        }
        soup::read(&self.bytes).is_ok()
    }

    /// Waits for the login: a name, a session, a number. None if what comes is none.
    pub(super) async fn login(&mut self) -> io::Result<Option<(String, String, u64)>> {
        loop {
            match soup::read(&self.bytes) {
                Err(_) => return Ok(None),
                Ok(None) => {}
                Ok(Some((packet, length))) => {
                    let Ok(login) = soup::login(&packet) else { return Ok(None) };
                    let asked = (login.name.to_owned(), login.session.to_owned(), login.from);
                    self.bytes.drain(..length);
                    return Ok(Some(asked));
                }
            }
            if !self.more().await? {
                return Ok(None);
            }
        }
    }

    /// Waits until something comes to pass. Waiting can be given up and begun again.
    pub(super) async fn heard(&mut self, site: &Site) -> io::Result<Heard> {
        tokio::select! {
            () = site.stopping() => Ok(Heard::Stopping),
            _ = self.clock.tick() => Ok(Heard::Beat),
            more = async {
                self.bytes.reserve(soup::MOST_PACKET);
                self.read.read_buf(&mut self.bytes).await
            } => {
                self.heard = Instant::now();
                Ok(Heard::Bytes(more? > 0))
            }
        }
    }

    /// Does what that asks for: takes what arrived, sends a heartbeat if it is time for one, and sees whether the client has fallen silent. False if the connection is to end.
    pub(super) async fn goes_on(&mut self, heard: Heard, silence: Duration) -> io::Result<bool> {
        match heard {
            Heard::Stopping => Ok(false),
            Heard::Bytes(more) => Ok(more && self.take()),
            Heard::Beat => {
                self.looked = Instant::now();
                // What waits in the socket was said, however long nobody looked.
                if let Ok(more) = timeout(Duration::ZERO, self.more()).await
                    && !(more? && self.take())
                {
                    return Ok(false);
                }
                if self.heard.elapsed() > silence {
                    return Ok(false);
                }
                if self.sent.elapsed() >= BEAT {
                    self.send(&[0, 1, b'H']).await?;
                }
                Ok(true)
            }
        }
    }

    /// What is to be done while there is always something to be sent: nothing, or to look at the time.
    pub(super) fn is_due(&self, site: &Site) -> Option<Heard> {
        if site.is_stopping() {
            return Some(Heard::Stopping);
        }
        (self.looked.elapsed() >= LOOK_EVERY).then_some(Heard::Beat)
    }

    /// Sends bytes.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.patience.send(&mut self.write, bytes).await?;
        self.sent = Instant::now();
        Ok(())
    }

    /// Sends messages that come each after its length.
    pub(super) async fn messages(&mut self, framed: &[u8]) -> io::Result<()> {
        let (mut rest, mut packets) = (framed, Vec::new());
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let (message, after) = after.split_at(usize::from(u16::from_be_bytes(*length)));
            rest = after;
            if self.number >= self.from {
                soup::write(&mut packets, b'S', message);
            }
            self.number += 1;
        }
        if packets.is_empty() { Ok(()) } else { self.send(&packets).await }
    }

    /// Rejects a login, and ends.
    pub(super) async fn refuse(&mut self, reason: u8) -> io::Result<()> {
        let mut bytes = Vec::new();
        soup::write(&mut bytes, b'J', &[reason]);
        self.send(&bytes).await?;
        self.write.shutdown().await
    }

    /// Says that the day is over, and ends.
    pub(super) async fn end(&mut self) -> io::Result<()> {
        self.send(&[0, 1, b'Z']).await?;
        self.write.shutdown().await
    }
}
