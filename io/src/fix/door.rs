//! The door of FIX: connections, who comes in, and the loop of a session.
//!
//! One task serves a connection. It answers the logon, and then carries out one message after the other: each is answered, and what followed from it is told, before the next is looked at. What
//! happens meanwhile comes from the realm's feed, and what happened while nobody was connected from the journal.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bartizan_engine::ledger::units::AgentId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::Instrument;

use super::line::Line;
use super::message::{self, BEGIN_STRING, Fields, FrameError, Message, number};
use super::seat::Seats;
use super::session::{Session, Taken};
use super::store::Store;
use super::time;
use super::trading::{LOOK_EVERY, Trading};
use crate::clock::now;
use crate::server::accepting::{self, Listener};
use crate::server::access::{Credential, Principal};
use crate::server::audit::{self, What};
use crate::server::meters::Door as Kind;
use crate::server::site::Site;
use crate::server::spans;
use crate::server::visitor::{Peer, Visitor};

/// What sessions come in by.
#[derive(Debug)]
pub struct Door {
    /// What is served.
    pub site: Arc<Site>,
    /// Where the sessions of each realm are kept.
    pub folders: Vec<PathBuf>,
    /// The sessions that are connected.
    seats: Seats,
}

/// The longest time between heartbeats that may be asked for, in seconds.
const MOST_HEARTBEAT: u64 = 3600;

impl Door {
    /// A door to a site whose realms keep their sessions in these folders.
    pub fn new(site: Arc<Site>, folders: Vec<PathBuf>) -> Self {
        Door { site, folders, seats: Seats::default() }
    }
}

/// Takes connections until the site stops.
pub async fn accept<L: Listener>(listener: L, door: Door)
where
    L::Stream: AsyncRead + AsyncWrite + Send + 'static,
{
    let (site, door) = (Arc::clone(&door.site), Arc::new(door));
    let serve =
        move |stream, peer| serve(stream, Arc::clone(&door), peer).instrument(spans::connection(Kind::Fix));
    accepting::accept(listener, site, serve).await;
}

/// Serves a connection from somewhere until it ends.
///
/// # Errors
/// If the connection breaks, or what is kept of the session cannot be written.
pub async fn serve<S>(stream: S, door: Arc<Door>, peer: Peer) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let room = door.site.enter(Kind::Fix);
    let turn = room.is_none().then(|| door.site.refuse());
    if let Some(None) = turn {
        return Ok(());
    }
    let (read, write) = tokio::io::split(stream);
    let mut line = Line::new(read, write, door.site.patience(Kind::Fix));
    let visitor = Visitor { door: audit::Door::Fix, peer };
    // Who is not let in learns why from the log and the trail alone, as FIX advises.
    let attempt = door.site.attempt(visitor);
    let refused = |place, agent, what, reason: &str| {
        door.site.refused(place, visitor.refused(agent, what, reason));
    };
    let logon = timeout(door.site.time_to_sign_in(&attempt), first(&mut line)).await;
    let arrived = logon.unwrap_or(Ok(Ok(None)))?;
    let arrived = arrived.inspect_err(|error| refused(0, None, kind_of(*error), &error.to_string()));
    let Ok(Some(length)) = arrived else { return line.close().await };
    let bytes: Vec<u8> = line.take(length);
    let Ok(Some((Ok(logon), _))) = message::read(&bytes) else { return Ok(()) };
    if room.is_none() {
        return refuse(&logon, &mut line).await;
    }
    // An agent that was registered a moment ago is known, and one whose roles were taken away.
    if let Some(place) = meant(&door.site, &logon) {
        let seen = timeout(door.site.bounds.sign_in, door.site.realms()[place].host.up_to_date()).await;
        if seen != Ok(true) {
            tracing::warn!("a FIX logon was refused: what can be seen of the realm goes no further");
            return line.close().await;
        }
    }
    let (place, principal, path) = match sign_in(&door, &logon, peer.is_local) {
        Ok(signed) => signed,
        Err(reason) => {
            let place = meant(&door.site, &logon).unwrap_or(0);
            tracing::warn!(target: "audit", reason, "a FIX logon was refused");
            refused(place, claimed(&logon), What::SignIn, reason);
            return line.close().await;
        }
    };
    door.site.came_in(&attempt);
    spans::realm(door.site.realms()[place].host.name());
    spans::agent(principal.agent);
    let Some(held) = door.seats.take(path.clone()).await else {
        refused(place, Some(principal.agent), What::SignIn, "the session is logged on already");
        return line.close().await;
    };
    let store = waiting(move || Store::open(&path)).await?;
    let text = |tag| String::from_utf8_lossy(logon.get(tag).unwrap_or_default()).into_owned();
    let mut session = Session::new(&text(56), &text(49), store, now());
    let taken = begin(&mut session, &logon, &mut line.out)?;
    let ended = if taken == Taken::Session {
        // It is answered before anything is looked for.
        line.flush().await?;
        let (site, seat) = (Arc::clone(&door.site), Arc::clone(&held.seat));
        let new = move || Trading::new((site, place), (visitor, principal), session, seat);
        let mut trading = waiting(new).await?;
        let ended = run(&mut line, &mut trading).await;
        waiting(move || trading.finish()).await?;
        ended
    } else {
        waiting(move || session.store.close()).await
    };
    line.flush().await?;
    line.close().await?;
    ended
}

/// Does what waits for the disk, where others need not wait for it.
async fn waiting<T: Send + 'static>(what: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    spawn_blocking(what).await.map_err(io::Error::other)?
}

/// Begins a session by its logon, or ends it at once.
fn begin(session: &mut Session, logon: &Message<'_>, out: &mut Vec<u8>) -> io::Result<Taken> {
    if logon.get(98) != Some(b"0") {
        return session.end("EncryptMethod is 0", now(), out);
    }
    if logon.get(108).and_then(number).is_none_or(|seconds| seconds > MOST_HEARTBEAT) {
        return session.end("HeartBtInt is 0 to 3600 seconds", now(), out);
    }
    session.log_on(logon, now(), out)
}

/// Says in the words of a session that there is no room for it, whoever it is.
async fn refuse<S: AsyncRead + AsyncWrite>(logon: &Message<'_>, line: &mut Line<S>) -> io::Result<()> {
    tracing::warn!("there are as many connections as there may be");
    let name = |tag| String::from_utf8_lossy(logon.get(tag).unwrap_or_default()).into_owned();
    let header =
        Fields::default().with(34, 1).with(49, name(56)).with(52, time::written(now())).with(56, name(49));
    let why = Fields::default().with(58, "there are as many connections as there may be");
    message::write(&mut line.out, "5", &[&header, &why]);
    line.flush().await?;
    line.close().await
}

/// Waits for the first message, which must be a logon.
async fn first<S: AsyncRead + AsyncWrite>(
    line: &mut Line<S>,
) -> io::Result<Result<Option<usize>, FrameError>> {
    loop {
        match line.arrived() {
            Ok(None) if !line.more().await? => return Ok(Ok(None)),
            Ok(None) => {}
            arrived => return Ok(arrived),
        }
    }
}

/// What is refused in what is no message.
fn kind_of(error: FrameError) -> What {
    if error == FrameError::TooLong { What::Size } else { What::Malformed }
}

/// The place of the realm that a logon means by its target; the first is meant by the program's name, too.
fn meant(site: &Site, logon: &Message<'_>) -> Option<usize> {
    let target = std::str::from_utf8(logon.get(56)?).ok().filter(|target| !target.is_empty())?;
    site.place(target).or((target == "BARTIZAN").then_some(0))
}

/// As which agent somebody wants to log on, if it says so.
fn claimed(logon: &Message<'_>) -> Option<AgentId> {
    let number = logon.get(553).and_then(number)?;
    u32::try_from(number).ok().map(AgentId)
}

/// Who logs on, to which realm, and where that session is kept.
fn sign_in(
    door: &Door,
    logon: &Message<'_>,
    is_local: bool,
) -> Result<(usize, Principal, PathBuf), &'static str> {
    if logon.begin() != BEGIN_STRING.as_bytes() || logon.kind() != b"A" {
        return Err("expected a logon of FIX.4.4");
    }
    if logon.sequence().is_none_or(|number| number == 0) {
        return Err("MsgSeqNum (34) is missing");
    }
    let id = |tag| {
        let text = std::str::from_utf8(logon.get(tag).unwrap_or_default()).unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_id = (1..=32).contains(&text.len()) && text.bytes().all(is_plain);
        if is_id { Ok(text) } else { Err("a CompID has 1 to 32 letters, digits, dashes, dots or lines") }
    };
    let (sender, target) = (id(49)?, id(56)?);
    let place = meant(&door.site, logon).ok_or("TargetCompID names no realm")?;
    let agent = match logon.get(553) {
        Some(text) => {
            let number = number(text).and_then(|number| u32::try_from(number).ok());
            Some(AgentId(number.ok_or("Username (553) is the number of an agent")?))
        }
        None => None,
    };
    let token = logon.get(554).or(logon.get(96)).map(std::str::from_utf8).transpose();
    let token = token.map_err(|_| "the token is no text")?;
    let credential = token.map_or(Credential::None, Credential::Token);
    if token.is_none() && agent.is_none() {
        return Err("without a token, Username (553) says which agent it is");
    }
    let realm = &door.site.realms()[place];
    let signed = realm.access.sign_in(realm.host.view(), agent, credential, is_local);
    let principal = signed.map_err(|_| "the token is not known, is another agent's, or is needed")?;
    // A session is told what happens to its agent's orders.
    principal.may_read().map_err(|_| "the token may only write")?;
    let folder = &door.folders[place];
    std::fs::create_dir_all(folder).map_err(|_| "the session's folder cannot be made")?;
    // A token's agent and the two names are the session: nobody comes into another agent's.
    Ok((place, principal, folder.join(format!("{}.{sender}.{target}.session", principal.agent.0))))
}

/// Serves a session that is logged on.
async fn run<S: AsyncRead + AsyncWrite>(line: &mut Line<S>, trading: &mut Trading) -> io::Result<()> {
    let site = Arc::clone(&trading.site);
    let mut reached = trading.host().feed().reached();
    let mut clock = interval(LOOK_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        if !trading.tell(line, None, true).await? {
            return Ok(());
        }
        while let Some(length) = match line.arrived() {
            Ok(arrived) => arrived,
            Err(error) => {
                trading.refused(kind_of(error), &error.to_string());
                trading.session.end(&error.to_string(), now(), &mut line.out)?;
                return Ok(());
            }
        } {
            let bytes: Vec<u8> = line.take(length);
            let Ok(Some((Ok(message), _))) = message::read(&bytes) else { break };
            match trading.session.take(&message, now(), &mut line.out)? {
                Taken::Session => trading.pause(length).await,
                Taken::End(reason) => {
                    tracing::info!(reason, "a FIX session ends");
                    return Ok(());
                }
                Taken::Application => {
                    trading.carry_out((&message, length), line).await?;
                    trading.session.done(message.sequence().unwrap_or(0))?;
                }
            }
            trading.send(line).await?;
        }
        trading.send(line).await?;
        if *reached.borrow() >= trading.next {
            reached.mark_changed();
        }
        tokio::select! {
            more = line.more() => {
                trading.session.hear(now());
                if !more? {
                    return Ok(());
                }
            }
            changed = reached.changed() => if changed.is_err() { return Ok(()) },
            _ = clock.tick() => if !trading.look(line).await? { return Ok(()) },
            () = site.stopping() => return trading.leave(line),
        }
    }
}
