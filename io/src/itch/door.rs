//! The door of the feed: a login, then the day's messages from wherever the client is, first from the journal, then as it happens.
//!
//! A client that reads slowly falls back to the journal, which harms nobody, and one that does not read at all is cut off: memory is that of one chunk of messages.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::market::units::MarketId;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::Instrument;

use super::day::{self, DAY, Day};
use super::soup;
use crate::server::accepting::{self, Listener};
use crate::server::feed::Next;
use crate::server::host::Host;
use crate::server::meters::Door;
use crate::server::past;
use crate::server::patience::Patience;
use crate::server::site::Site;
use crate::server::spans;

/// How often something is sent at least.
const BEAT: Duration = Duration::from_secs(1);
/// Messages from the journal are sent in chunks of about this length.
const CHUNK: usize = 1 << 16;

/// Takes connections until the site stops. The realm is the site's first.
pub async fn accept<L: Listener>(listener: L, site: Arc<Site>)
where
    L::Stream: AsyncRead + AsyncWrite + Send + 'static,
{
    let of = Arc::clone(&site);
    let serve = move |stream, _| serve(stream, Arc::clone(&of)).instrument(spans::connection(Door::Itch));
    accepting::accept(listener, site, serve).await;
}

/// The reading half, with what has arrived.
struct Incoming<S> {
    read: ReadHalf<S>,
    bytes: Vec<u8>,
    heard: Instant,
}

impl<S: AsyncRead + AsyncWrite> Incoming<S> {
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
}

/// The writing half: numbers the messages, and leaves out those before the one that was asked for.
struct Outgoing<S> {
    write: WriteHalf<S>,
    patience: Patience,
    /// The next message's number.
    number: u64,
    /// The first that is sent.
    from: u64,
    sent: Instant,
}

impl<S: AsyncRead + AsyncWrite> Outgoing<S> {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.patience.send(&mut self.write, bytes).await?;
        self.sent = Instant::now();
        Ok(())
    }

    /// Sends messages that come each after its length.
    async fn messages(&mut self, framed: &[u8]) -> io::Result<()> {
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
}

/// Serves a connection until it ends, or the day does.
///
/// # Errors
/// If the connection breaks, or the journal cannot be read.
pub async fn serve<S>(stream: S, site: Arc<Site>) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let room = site.enter(Door::Itch);
    let turn = room.is_none().then(|| site.refuse());
    if let Some(None) = turn {
        return Ok(());
    }
    let (read, write) = tokio::io::split(stream);
    let mut incoming = Incoming { read, bytes: Vec::new(), heard: Instant::now() };
    let patience = site.patience(Door::Itch);
    let mut outgoing = Outgoing { write, patience, number: 1, from: 1, sent: Instant::now() };
    let host = &site.realms()[0].host;
    host.up_to_date().await;
    let Ok(asked) = timeout(site.bounds.sign_in, login(&mut incoming)).await else { return Ok(()) };
    let Some((name, session, from)) = asked? else { return refuse(&mut outgoing, b'A').await };
    if room.is_none() {
        tracing::warn!("there are as many connections as there may be");
        return refuse(&mut outgoing, b'S').await;
    }
    let market = if name.is_empty() { Some(1) } else { name.parse().ok() };
    let clock = host.view().read().clock();
    let start = clock - clock % DAY;
    let (site_of, opening) = (Arc::clone(&site), move |site: &Site| {
        let host = &site.realms()[0].host;
        let (first, before) = day::beginning(host, start).map_err(|error| error.to_string())?;
        let market = MarketId(market.ok_or("a name is the number of a market")?);
        let day = Day::open(&host.view().read(), &before, market, start)?;
        Ok::<_, String>((first, day, market))
    });
    let turn = site.replay().await;
    let opened = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        opening(&site_of)
    });
    let opened = opened.await.map_err(io::Error::other)?;
    let (first, day, market) = match opened {
        Ok(opened) => opened,
        Err(reason) => {
            tracing::warn!(reason, "an ITCH login was refused");
            return refuse(&mut outgoing, b'S').await;
        }
    };
    let own = soup::session(market.0, start / DAY).filter(|own| session.is_empty() || session == *own);
    let Some(own) = own else { return refuse(&mut outgoing, b'S').await };
    tell(&site, (first, day), (&own, from), (&mut incoming, &mut outgoing)).await
}

async fn refuse<S: AsyncRead + AsyncWrite>(outgoing: &mut Outgoing<S>, reason: u8) -> io::Result<()> {
    let mut bytes = Vec::new();
    soup::write(&mut bytes, b'J', &[reason]);
    outgoing.send(&bytes).await?;
    outgoing.write.shutdown().await
}

/// Waits for the login: a name, a session, a number. None if what comes is none.
async fn login<S: AsyncRead + AsyncWrite>(
    incoming: &mut Incoming<S>,
) -> io::Result<Option<(String, String, u64)>> {
    loop {
        match soup::read(&incoming.bytes) {
            Err(_) => return Ok(None),
            Ok(None) => {}
            Ok(Some((packet, length))) => {
                let Ok(login) = soup::login(&packet) else { return Ok(None) };
                let asked = (login.name.to_owned(), login.session.to_owned(), login.from);
                incoming.bytes.drain(..length);
                return Ok(Some(asked));
            }
        }
        if !incoming.more().await? {
            return Ok(None);
        }
    }
}

/// Tells a day from its first command on.
async fn tell<S: AsyncRead + AsyncWrite + Send + 'static>(
    site: &Arc<Site>,
    (first, mut day): (Sequence, Day),
    (session, from): (&str, u64),
    (incoming, outgoing): (&mut Incoming<S>, &mut Outgoing<S>),
) -> io::Result<()> {
    let host = &site.realms()[0].host;
    let mut reached = host.feed().reached();
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut next = first;
    if from == 0 {
        // What has happened so far is counted, and not sent.
        outgoing.from = u64::MAX;
        let until = Sequence(host.view().reached().0 + 1);
        (day, next) = tell_past(site, day, (next, until), outgoing).await?;
        if next < until {
            return end(day, outgoing).await;
        }
        outgoing.messages(&day.take()).await?;
        outgoing.from = outgoing.number;
    } else {
        outgoing.from = from;
    }
    let mut bytes = Vec::new();
    soup::accept(&mut bytes, session, outgoing.from);
    outgoing.send(&bytes).await?;
    loop {
        match host.feed().next(next) {
            Next::Missed(oldest) => {
                (day, next) = tell_past(site, day, (next, oldest), outgoing).await?;
                if next < oldest {
                    return end(day, outgoing).await;
                }
            }
            Next::Groups(groups) => {
                for group in groups {
                    for moment in group.moments(next) {
                        if !day.tell(&moment)? {
                            return end(day, outgoing).await;
                        }
                    }
                    next = group.after(next);
                    outgoing.messages(&day.take()).await?;
                }
            }
            Next::Nothing => {
                outgoing.messages(&day.take()).await?;
                tokio::select! {
                    changed = reached.changed() => if changed.is_err() { return Ok(()) },
                    more = incoming.more() => if !more? || !incoming.take() { return Ok(()) },
                    _ = beat.tick() => {
                        if incoming.heard.elapsed() > site.bounds.silence {
                            return Ok(());
                        }
                        if outgoing.sent.elapsed() >= BEAT {
                            outgoing.send(&[0, 1, b'H']).await?;
                        }
                    }
                    () = site.stopping() => return Ok(()),
                }
            }
        }
    }
}

/// Tells the day's last messages, and that it is over.
async fn end<S: AsyncRead + AsyncWrite>(day: Day, outgoing: &mut Outgoing<S>) -> io::Result<()> {
    // What was written and not taken comes before its last messages.
    outgoing.messages(&day.finish()?).await?;
    outgoing.send(&[0, 1, b'Z']).await?;
    outgoing.write.shutdown().await
}

/// Tells what is in the journal from one place to before another; the day, and the place that was reached, which is earlier if the day ended there.
async fn tell_past<S: AsyncRead + AsyncWrite + Send + 'static>(
    site: &Arc<Site>,
    mut day: Day,
    (from, until): (Sequence, Sequence),
    outgoing: &mut Outgoing<S>,
) -> io::Result<(Day, Sequence)> {
    if from >= until {
        return Ok((day, from));
    }
    let (told, mut chunks) = mpsc::channel::<Vec<u8>>(4);
    let site = Arc::clone(site);
    let turn = site.replay().await;
    let reading = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let host: &Host = &site.realms()[0].host;
        let mut failed = Ok(());
        let mut chunk = Vec::new();
        // A day that ends on the way ends at its first command after it.
        let mut next = until;
        let read = past::tell(host, from, Sequence(until.0 - 1), |moment| {
            match day.tell(moment) {
                Ok(true) => {}
                Ok(false) => {
                    next = moment.sequence;
                    return false;
                }
                Err(error) => {
                    failed = Err(error);
                    return false;
                }
            }
            chunk.append(&mut day.take());
            chunk.len() < CHUNK || told.blocking_send(std::mem::take(&mut chunk)).is_ok()
        });
        read.map_err(|error| io::Error::other(error.to_string()))?;
        failed?;
        // Who reads it no more ends the connection himself.
        let _ = told.blocking_send(chunk);
        Ok::<_, io::Error>((day, next))
    });
    while let Some(chunk) = chunks.recv().await {
        outgoing.messages(&chunk).await?;
    }
    reading.await.map_err(io::Error::other)?
}
