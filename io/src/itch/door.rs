//! The door of the feed: a login, then the day's messages from wherever the client is, first from the journal, then as it happens.
//!
//! A client that reads slowly falls back to the journal, which harms nobody, and one that does not read at all is cut off: memory is that of a few chunks of messages. While the journal is read, the
//! client is heard, and sent heartbeats.

use std::io;
use std::sync::Arc;

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::market::units::MarketId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Instrument;

use super::client::Client;
use super::day::{self, DAY, Day};
use super::soup;
use crate::server::accepting::{self, Listener};
use crate::server::feed::Next;
use crate::server::meters::Door;
use crate::server::past::{Part, Past, Stopped, Wanted};
use crate::server::site::Site;
use crate::server::spans;

/// Messages from the journal are sent in chunks of about this length.
const CHUNK: usize = 1 << 16;

/// Chunks that are read ahead of what is sent.
const READ_AHEAD: usize = 4;

/// Takes connections until the site stops. The realm is the site's first.
pub async fn accept<L: Listener>(listener: L, site: Arc<Site>)
where
    L::Stream: AsyncRead + AsyncWrite + Send + 'static,
{
    let of = Arc::clone(&site);
    let serve = move |stream, _| serve(stream, Arc::clone(&of)).instrument(spans::connection(Door::Itch));
    accepting::accept(listener, site, serve).await;
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
    let mut client = Client::new(stream, site.patience(Door::Itch));
    site.realms()[0].host.up_to_date().await;
    let Ok(asked) = timeout(site.bounds.sign_in, client.login()).await else { return Ok(()) };
    let Some((name, session, from)) = asked? else { return client.refuse(b'A').await };
    if room.is_none() {
        tracing::warn!("there are as many connections as there may be");
        return client.refuse(b'S').await;
    }
    let Some(opened) = open(&site, &name, &mut client).await? else { return Ok(()) };
    let opened = opened.and_then(|opened| {
        let own = soup::session(opened.market.0, opened.start / DAY).ok_or("its session has no name")?;
        if session.is_empty() || session == own {
            Ok((own, opened))
        } else {
            Err("the day is another".to_owned())
        }
    });
    match opened {
        Ok((own, opened)) => tell(&site, (opened.first, opened.day), (&own, from), &mut client).await,
        Err(reason) => {
            tracing::warn!(reason, "an ITCH login was refused");
            client.refuse(b'S').await
        }
    }
}

/// A day that is opened.
struct Opened {
    market: MarketId,
    /// When it begins.
    start: u64,
    /// Its first command.
    first: Sequence,
    day: Day,
}

/// Opens the day for a client who gave this name, while it is heard; none if it left, or the site stops; why not, if it cannot be opened.
async fn open<S: AsyncRead + AsyncWrite>(
    site: &Arc<Site>,
    name: &str,
    client: &mut Client<S>,
) -> io::Result<Option<Result<Opened, String>>> {
    let market = if name.is_empty() { Some(1) } else { name.parse().ok() };
    let clock = site.realms()[0].host.view().read().clock();
    let start = clock - clock % DAY;
    // Whoever opens it sees that nobody waits for it any more.
    let (wanted, _waits) = oneshot::channel::<()>();
    let of = Arc::clone(site);
    let mut opening = tokio::spawn(async move {
        let turn = of.replay().await;
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let host = &of.realms()[0].host;
            let market = MarketId(market.ok_or("a name is the number of a market")?);
            let goes_on = || !wanted.is_closed() && !of.is_stopping();
            let found = day::beginning(host, start, goes_on).map_err(|error| error.to_string())?;
            let (first, before) = found.ok_or("nobody waits for it")?;
            let day = Day::open(&host.view().read(), &before, market, start)?;
            Ok(Opened { market, start, first, day })
        });
        read.await.map_err(io::Error::other)
    });
    loop {
        tokio::select! {
            opened = &mut opening => return opened.map_err(io::Error::other)?.map(Some),
            heard = client.heard(site) => {
                if !client.goes_on(heard?, site.bounds.silence).await? {
                    return Ok(None);
                }
            }
        }
    }
}

/// Tells a day from its first command on.
async fn tell<S: AsyncRead + AsyncWrite>(
    site: &Arc<Site>,
    (first, day): (Sequence, Day),
    (session, from): (&str, u64),
    client: &mut Client<S>,
) -> io::Result<()> {
    let host = &site.realms()[0].host;
    let mut reached = host.feed().reached();
    let mut telling = Telling { site: Arc::clone(site), day, next: first };
    if from == 0 {
        // What has happened so far is counted, and not sent.
        client.from = u64::MAX;
        let until = Sequence(host.view().reached().0 + 1);
        while telling.next < until {
            let Some(more) = telling.tell_past(Some(until), client).await? else { return Ok(()) };
            telling = match more {
                More::Goes(telling) => telling,
                More::Over(day) => return end(day, client).await,
            };
        }
        client.messages(&telling.day.take()).await?;
        client.from = client.number;
    } else {
        client.from = from;
    }
    let mut bytes = Vec::new();
    soup::accept(&mut bytes, session, client.from);
    client.send(&bytes).await?;
    loop {
        match host.feed().next(telling.next) {
            Next::Missed(_) => {
                let Some(more) = telling.tell_past(None, client).await? else { return Ok(()) };
                telling = match more {
                    More::Goes(telling) => telling,
                    More::Over(day) => return end(day, client).await,
                };
            }
            Next::Groups(groups) => {
                for group in groups {
                    for moment in group.moments(telling.next) {
                        if !telling.day.tell(&moment)? {
                            return end(telling.day, client).await;
                        }
                    }
                    telling.next = group.after(telling.next);
                    client.messages(&telling.day.take()).await?;
                }
                if let Some(due) = client.is_due(site)
                    && !client.goes_on(due, site.bounds.silence).await?
                {
                    return Ok(());
                }
            }
            Next::Nothing => {
                client.messages(&telling.day.take()).await?;
                tokio::select! {
                    changed = reached.changed() => if changed.is_err() { return Ok(()) },
                    heard = client.heard(site) => {
                        if !client.goes_on(heard?, site.bounds.silence).await? {
                            return Ok(());
                        }
                    }
                }
            }
        }
    }
}

/// Tells the day's last messages, and that it is over.
async fn end<S: AsyncRead + AsyncWrite>(day: Day, client: &mut Client<S>) -> io::Result<()> {
    // What was written and not taken comes before its last messages.
    client.messages(&day.finish()?).await?;
    client.end().await
}

/// A day that is being told, from a command on.
struct Telling {
    site: Arc<Site>,
    day: Day,
    next: Sequence,
}

/// How a day stands after some of it was told.
enum More {
    Goes(Telling),
    Over(Day),
}

impl Telling {
    /// Tells what is in the journal before `until`, or until there is time to go on with the feed; none if the connection is to end.
    async fn tell_past<S: AsyncRead + AsyncWrite>(
        self,
        until: Option<Sequence>,
        client: &mut Client<S>,
    ) -> io::Result<Option<More>> {
        let site = self.site;
        // Nobody says who he is here: all are one to those who take turns.
        let agent = AgentId::REALM;
        let wanted = Wanted {
            site: Arc::clone(&site),
            place: 0,
            agent,
            from: self.next,
            before: until,
            room: READ_AHEAD,
        };
        let mut past = Past::read(
            wanted,
            self.day,
            |_| true,
            |day: &mut Day, moment| {
                if !day.tell(moment)? {
                    return Ok(Part::Over);
                }
                let bytes = day.waiting();
                Ok(if bytes < CHUNK { Part::Nothing } else { Part::Told(day.take(), bytes) })
            },
        );
        loop {
            tokio::select! {
                chunk = past.next() => match chunk {
                    Some(chunk) => client.messages(&chunk).await?,
                    None => break,
                },
                heard = client.heard(&site) => {
                    if !client.goes_on(heard?, site.bounds.silence).await? {
                        return Ok(None);
                    }
                }
            }
        }
        let Stopped { next, is_over, state: mut day } = past.stopped().await?;
        if is_over {
            return Ok(Some(More::Over(day)));
        }
        client.messages(&day.take()).await?;
        Ok(Some(More::Goes(Telling { site, day, next })))
    }
}
