//! The binary protocol on a connection, from the server's side.
//!
//! One task reads, one writes, one tells what happens if that was asked for. What waits for answers is bounded by the window, what is told by the
//! feed's ring and a few frames, and what goes unread by a time: a client who reads too slowly is told so, and cut off.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::reject::{Answer, Reject};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::{Notify, mpsc};
use tracing::Instrument;

use super::access::{Credential, Denied, Principal};
use super::audit::{self, What};
use super::limits::Wait;
use super::meters::Door;
use super::placed::{self, Order, Placed};
use super::request::{Answered, Batch, Refusal};
use super::site::{Realm, Site};
use super::spans;
use super::telling::{self, Listener};
use super::thread::Health;
use super::visitor::{Peer, Visitor};
use super::writing::{Out, Waiting, Writing};
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use crate::sync::task;
use crate::sync::time::{Instant, sleep, sleep_until, timeout};
use crate::wire::commands;
use crate::wire::frame::{self, Frame, FrameError};
use crate::wire::layout::{
    CANCEL_ON_DISCONNECT, Hello, Kind, Login, MOST_PAYLOAD, RETRY_BUSY, RETRY_RATE, Reason, Subscribe,
    VERSION, Welcome, signed_text,
};

/// Why a connection ends: the reason, and a word about it.
type End = (Reason, String);

fn lost() -> End {
    (Reason::Login, "what it signed in by counts no more: the token is not known or its time is over, or the key was replaced".to_owned())
}

fn stopping() -> End {
    (Reason::Stopping, "the node is being stopped".to_owned())
}

fn malformed(error: &FrameError) -> End {
    (Reason::Malformed, error.to_string())
}

/// Serves a connection from somewhere until it ends.
///
/// # Errors
/// If the system gives no random bytes, or the connection breaks before anybody signed in.
pub async fn serve<S>(stream: S, site: Arc<Site>, peer: Peer) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (read, write) = tokio::io::split(stream);
    let mut writing = Writing::new(write, site.patience(Door::Binary));
    let Some(_room) = site.enter(Door::Binary) else {
        let Some(_turn) = site.refuse() else { return Ok(()) };
        return writing.goodbye(Reason::Full, "there are as many connections as there may be").await;
    };
    let visitor = Visitor { door: audit::Door::Binary, peer };
    let attempt = site.attempt(visitor);
    let mut challenge = [0; 32];
    getrandom::fill(&mut challenge).map_err(|error| io::Error::other(error.to_string()))?;
    let hello = Hello { version: VERSION.into(), reserved: [0; 6], challenge };
    writing.record(Kind::Hello, &hello).await?;
    let mut incoming = Incoming { read, bytes: Vec::new(), at: 0 };
    let time = site.time_to_sign_in(&attempt);
    let signed = timeout(time, sign_in(&mut incoming, &site, &challenge, visitor)).await;
    let signed = signed.unwrap_or_else(|_| Err((Reason::Silent, "it took too long to sign in".to_owned())));
    let (place, principal, login) = match signed {
        Ok(signed) => signed,
        Err(_) if let Some(wait) = attempt.wait => {
            site.in_vain(visitor, wait);
            return writing.goodbye(Reason::Rate, &wait.to_string()).await;
        }
        Err((reason, text)) => {
            tracing::warn!(target: "audit", %peer, reason = text, "a login was refused");
            return writing.goodbye(reason, &text).await;
        }
    };
    site.came_in(&attempt);
    let realm = &site.realms()[place];
    let asked = Duration::from_millis(login.heartbeat_ms.get().into());
    let silence = if asked.is_zero() { site.bounds.silence } else { asked.min(site.bounds.silence) };
    let welcome = Welcome {
        realm: realm.host.id().0,
        sequence: realm.host.view().reached().0.into(),
        agent: principal.agent.0.into(),
        heartbeat_ms: (silence.as_millis() as u32).into(),
        window: site.bounds.window.into(),
        most_payload: (MOST_PAYLOAD as u32).into(),
    };
    writing.record(Kind::Welcome, &welcome).await?;
    let (out, answers) = mpsc::unbounded_channel();
    let (telling, told) = mpsc::channel(4);
    let writer = task::spawn(writing.run(answers, told, silence / 2).in_current_span());
    let placed = (login.flags & CANCEL_ON_DISCONNECT != 0).then(Placed::new);
    let mut session = Session {
        site: Arc::clone(&site),
        place,
        visitor,
        principal,
        out,
        telling: Some(telling),
        expected: 1,
        is_behind: false,
        paused: None,
        waiting: Arc::default(),
        void: Arc::default(),
        failed: Arc::default(),
        placed,
    };
    let end = session.read(&mut incoming, silence).await;
    session.end(end).await;
    drop(session);
    // The writer ends with the last of those who send to it; its failures are the client's.
    let _ = writer.await;
    Ok(())
}

/// Bytes that arrive.
struct Incoming<R> {
    read: R,
    bytes: Vec<u8>,
    /// Up to where they were taken.
    at: usize,
}

/// An idle connection keeps no more room than this for what may arrive.
const IDLE_ROOM: usize = 4096;

impl<R: AsyncRead + Unpin> Incoming<R> {
    /// Waits for more bytes; false at the end.
    async fn more(&mut self, silence: Duration) -> Result<bool, End> {
        self.bytes.drain(..self.at);
        self.at = 0;
        if self.bytes.is_empty() && self.bytes.capacity() > IDLE_ROOM {
            self.bytes = Vec::new();
        }
        if self.bytes.capacity() - self.bytes.len() < IDLE_ROOM / 2 {
            self.bytes.reserve(IDLE_ROOM.max(self.bytes.len()));
        }
        match timeout(silence, self.read.read_buf(&mut self.bytes)).await {
            Ok(Ok(read)) => Ok(read > 0),
            Ok(Err(_)) => Ok(false),
            Err(_) => Err((Reason::Silent, format!("nothing was heard for {} ms", silence.as_millis()))),
        }
    }
}

/// The longest payload before somebody has signed in.
const MOST_LOGIN: usize = 1024;

async fn sign_in<R: AsyncRead + Unpin + Send>(
    incoming: &mut Incoming<R>,
    site: &Site,
    challenge: &[u8; 32],
    visitor: Visitor,
) -> Result<(usize, Principal, Login), End> {
    let refused = |place, agent, what, end: End| {
        site.refused(place, visitor.refused(agent, what, &*end.1));
        end
    };
    loop {
        if let Some((frame, length)) = frame::read(&incoming.bytes[incoming.at..], MOST_LOGIN)
            .map_err(|error| refused(0, None, kind_of(&error), malformed(&error)))?
        {
            let asked = asked(&frame, site, visitor.peer.is_local);
            let (place, login) = asked.map_err(|end| refused(0, None, What::SignIn, end))?;
            spans::realm(site.realms()[place].host.name());
            // An agent that was registered a moment ago is known, and one whose roles were taken away.
            if !site.realms()[place].host.up_to_date().await {
                return Err((Reason::Failing, "the realm is broken, and nobody can sign in".to_owned()));
            }
            let (frame, _) = frame::read(&incoming.bytes[incoming.at..], MOST_LOGIN)
                .map_err(|error| malformed(&error))?
                .ok_or_else(|| (Reason::Malformed, "expected a login".to_owned()))?;
            let realm = &site.realms()[place];
            let admitted = admit(&frame, realm, &login, challenge, visitor.peer.is_local);
            let agent = Some(AgentId(login.agent.get()));
            let principal = admitted.map_err(|end| refused(place, agent, What::SignIn, end))?;
            incoming.at += length;
            spans::agent(principal.agent);
            return Ok((place, principal, login));
        }
        if !incoming.more(site.bounds.silence).await? {
            return Err((Reason::Logout, "the connection ended before a login".to_owned()));
        }
    }
}

/// What is refused in a frame that is none.
fn kind_of(error: &FrameError) -> What {
    if matches!(error, FrameError::TooLong { .. }) { What::Size } else { What::Malformed }
}

fn denied(told: &dyn std::fmt::Display) -> End {
    (Reason::Login, told.to_string())
}

/// Which realm somebody asks for, and how. Who needs a credential is not told whether there is such a realm, but that the credential is none for it.
fn asked(frame: &Frame<'_>, site: &Site, is_local: bool) -> Result<(usize, Login), End> {
    if frame.kind != Kind::Login {
        return Err(denied(&"expected a login"));
    }
    let (login, _) = frame.record::<Login>("a login").map_err(|error| malformed(&error))?;
    if login.version.get() != VERSION {
        return Err(denied(&format!("this server speaks version {VERSION}")));
    }
    let end = login.realm.iter().position(|&byte| byte == 0).unwrap_or(login.realm.len());
    let name =
        std::str::from_utf8(&login.realm[..end]).map_err(|_| denied(&"the realm's name is no UTF-8"))?;
    let is_known_here = site.realms().iter().any(|realm| is_local && realm.access.is_open());
    let place = site.place(name).ok_or_else(|| match login.credential {
        _ if is_known_here => denied(&format!("there is no realm {name} here")),
        0 => denied(&Denied::Anonymous),
        1 => denied(&Denied::Token),
        _ => denied(&Denied::Signature),
    });
    Ok((place?, *login))
}

/// Lets somebody in by what it signs in with.
fn admit(
    frame: &Frame<'_>,
    realm: &Realm,
    login: &Login,
    challenge: &[u8; 32],
    is_local: bool,
) -> Result<Principal, End> {
    let (_, credential) = frame.record::<Login>("a login").map_err(|error| malformed(&error))?;
    let agent = AgentId(login.agent.get());
    let text = signed_text(challenge, &realm.host.id().0, &login.realm, agent.0);
    let credential = match login.credential {
        0 => Credential::None,
        1 => Credential::Token(std::str::from_utf8(credential).map_err(|_| denied(&"the token is no text"))?),
        2 => {
            let signature = credential.try_into().map_err(|_| denied(&"a signature has 64 bytes"))?;
            Credential::Signature(&text, signature)
        }
        other => return Err(denied(&format!("credentials of kind {other} are not known"))),
    };
    realm.access.sign_in(realm.host.view(), Some(agent), credential, is_local).map_err(|error| denied(&error))
}

/// A connection on which somebody signed in.
struct Session {
    site: Arc<Site>,
    /// The realm's place in the site.
    place: usize,
    visitor: Visitor,
    principal: Principal,
    out: mpsc::UnboundedSender<Out>,
    /// To be told what happens by; given away to who tells it.
    telling: Option<mpsc::Sender<Vec<u8>>>,
    /// The number of the next command.
    expected: u64,
    /// Whether a frame was not taken, so that what was sent after it comes again.
    is_behind: bool,
    /// Until when nothing is read, after more was asked for than may be.
    paused: Option<Instant>,
    /// Commands that wait for answers.
    waiting: Arc<AtomicU32>,
    /// Set when what waits is not to be carried out any more.
    void: Arc<AtomicBool>,
    /// Told when that was set.
    failed: Arc<Notify>,
    /// If they are to be cancelled when the connection ends.
    placed: Option<Placed>,
}

impl Session {
    fn realm(&self) -> &Realm {
        &self.site.realms()[self.place]
    }

    /// Reads frames until the connection is to end; why.
    async fn read<R: AsyncRead + Unpin>(
        &mut self,
        incoming: &mut Incoming<R>,
        silence: Duration,
    ) -> Option<End> {
        let (site, principal) = (Arc::clone(&self.site), self.principal);
        let mut is_lost = pin!(site.realms()[self.place].access.lost(&principal));
        loop {
            while let Some((frame, length)) = match frame::read(&incoming.bytes[incoming.at..], MOST_PAYLOAD)
            {
                Ok(read) => read,
                Err(error) => return Some(self.not_taken(&error)),
            } {
                if let Err(end) = self.take(&frame) {
                    return Some(end);
                }
                incoming.at += length;
                if self.paused.is_some() {
                    break;
                }
            }
            let until = self.paused;
            tokio::select! {
                () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => self.paused = None,
                more = incoming.more(silence), if until.is_none() => match more {
                    Ok(true) => {}
                    Ok(false) => return None,
                    Err(end) => return Some(end),
                },
                () = is_lost.as_mut() => return Some(lost()),
                () = self.site.stopping() => return Some(stopping()),
                () = self.failed.notified() => return Some(self.not_carried_out()),
                () = self.out.closed() => return None,
            }
        }
    }

    /// Commands that were not carried out, or of which that is not known, end it: so what is sent again is sent in order.
    fn not_carried_out(&self) -> End {
        // Whatever the realm said of them at its end.
        if self.realm().host.health() == Health::Stopped {
            return stopping();
        }
        let text = "commands were not taken; sign in again, and send again what was not answered";
        (Reason::Failing, text.to_owned())
    }

    /// What is no frame, or holds no commands, ends the connection.
    fn not_taken(&self, error: &FrameError) -> End {
        self.refused(kind_of(error), &error.to_string());
        malformed(error)
    }

    fn refused(&self, what: What, reason: &str) {
        self.site.refused(self.place, self.visitor.refused(Some(self.principal.agent), what, reason));
    }

    fn take(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        match frame.kind {
            Kind::Commands => self.commands(frame),
            Kind::Heartbeat => self.still_in(),
            Kind::Subscribe => {
                let asked = frame.record::<Subscribe>("a subscription");
                let (asked, _) = asked.map_err(|error| self.not_taken(&error))?;
                let principal = self.principal;
                let scope = telling::scope(principal, asked.scope, &self.realm().host.view().read())
                    .ok_or((Reason::NotAllowed, "it may not be told that".to_owned()))?;
                let out = self.telling.take();
                let out = out.ok_or((Reason::Malformed, "a second subscription".to_owned()))?;
                let (site, place) = (Arc::clone(&self.site), self.place);
                let listener = Listener { site, place, principal, scope, out };
                let telling = telling::tell(listener, asked.from.get(), self.out.clone());
                task::spawn(telling.in_current_span());
                Ok(())
            }
            Kind::Logout => Err((Reason::Logout, String::new())),
            _ => Err((Reason::Malformed, "a frame that only a server sends, or a second login".to_owned())),
        }
    }

    /// Ends the session of whoever came in by what counts no more.
    fn still_in(&self) -> Result<(), End> {
        if self.realm().access.holds(&self.principal) { Ok(()) } else { Err(lost()) }
    }

    fn commands(&mut self, frame: &Frame<'_>) -> Result<(), End> {
        if self.void.load(Ordering::Acquire) {
            return Err(self.not_carried_out());
        }
        if frame.sequence > self.expected && self.is_behind {
            return Ok(());
        }
        if frame.sequence != self.expected {
            return Err((Reason::Gap, format!("expected command {}, not {}", self.expected, frame.sequence)));
        }
        self.still_in()?;
        let size = (frame.count.into(), frame.payload.len() as u64);
        if let Err(Wait(after)) = self.site.ask(self.visitor, self.place, &self.principal, size) {
            self.is_behind = true;
            self.paused = Some(Instant::now() + after.min(PAUSE));
            // Who has gone will ask again.
            let _ =
                self.out.send(Out::Retry { first: frame.sequence, reason: RETRY_RATE, after, waiting: None });
            return Ok(());
        }
        let envelopes = commands::read(frame, self.principal.agent);
        let envelopes = envelopes.map_err(|error| self.not_taken(&error))?;
        if let Some(placed) = &mut self.placed {
            placed.look(self.site.realms()[self.place].host.view());
        }
        for envelope in &envelopes {
            let may = self.principal.may_send_as(envelope.actor);
            may.map_err(|denied| (Reason::NotAllowed, denied.to_string()))?;
        }
        let count = envelopes.len() as u32;
        if self.waiting.load(Ordering::Acquire) + count > self.site.bounds.window {
            return Err((
                Reason::Window,
                format!("at most {} commands may wait for answers", self.site.bounds.window),
            ));
        }
        let first = frame.sequence;
        let waiting = Waiting::new(&self.waiting, count);
        match self.realm().host.offer(self.batch(first, envelopes, waiting)) {
            Ok(()) => {
                self.expected += u64::from(count);
                self.is_behind = false;
            }
            // The batch tells what became of it as everything else does.
            Err((batch, refusal)) => {
                self.is_behind = true;
                // It is to be asked for again.
                self.site.give_back(self.place, &self.principal, size);
                batch.reply.tell(Err(refusal));
            }
        }
        Ok(())
    }

    fn batch(&self, first: u64, envelopes: Vec<Envelope>, waiting: Waiting) -> Batch {
        let (out, void, failed) = (self.out.clone(), Arc::clone(&self.void), Arc::clone(&self.failed));
        let placed = self.placed.as_ref().map(|placed| placed.teller(&envelopes));
        let after = self.site.bounds.retry_after;
        let strangers = self.strangers(&envelopes);
        let told = Box::new(move |answers: Result<Vec<_>, Refusal>| {
            let told = match answers {
                Ok(answers) => {
                    strangers(&answers);
                    if let Some(tell) = placed {
                        tell(&answers);
                    }
                    Out::Answers { first, answers, waiting }
                }
                // There was no room for it: it is to be sent again, here.
                Err(Refusal::Busy) => Out::Retry { first, reason: RETRY_BUSY, after, waiting: Some(waiting) },
                // It may have been carried out all the same, so what follows it must not be; the session says why, once.
                Err(_) => {
                    void.store(true, Ordering::Release);
                    failed.notify_one();
                    return;
                }
            };
            // Who has gone will ask again.
            let _ = out.send(told);
        });
        Batch { void: Some(Arc::clone(&self.void)), ..Batch::new(envelopes, told) }
    }

    /// Notes which of these commands, once they are answered, were of actors whom nobody knows: only who may speak as anybody can send such.
    fn strangers(&self, envelopes: &[Envelope]) -> impl FnOnce(&[Answered]) + Send + use<> {
        let is_anybody = self.principal.is_anybody;
        let actors: Vec<AgentId> =
            envelopes.iter().filter(|_| is_anybody).map(|envelope| envelope.actor).collect();
        let (site, place, visitor) = (Arc::clone(&self.site), self.place, self.visitor);
        move |answers| {
            for (&actor, _) in actors.iter().zip(answers).filter(|(_, answered)| answered.is_of_stranger()) {
                let reason = Reject::UnknownActor.meaning();
                site.refused(place, visitor.refused(Some(actor), What::Actor, reason));
            }
        }
    }

    /// Says why, and cancels what was placed, if that was asked for.
    async fn end(&mut self, end: Option<End>) {
        if let Some((reason, text)) = end {
            match reason {
                Reason::NotAllowed => self.refused(What::Right, &text),
                Reason::Login => self.refused(What::SignIn, &text),
                Reason::Window => self.refused(What::Rate, &text),
                _ => {}
            }
            if matches!(reason, Reason::Logout | Reason::Stopping) {
                self.until_answered().await;
            }
            let _ = self.out.send(Out::Goodbye { reason, text });
        }
        if let Some(placed) = self.placed.take() {
            self.cancel(placed).await;
        }
    }

    /// Waits until everything that was taken is answered, and the answers are sent.
    async fn until_answered(&self) {
        while self.waiting.load(Ordering::Acquire) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Cancels what was placed and is open, however long that takes: nobody else will.
    async fn cancel(&self, placed: Placed) {
        // What is still on its way may place more.
        self.until_answered().await;
        let host = &self.realm().host;
        let mut left = placed.left(host.view()).await;
        while !left.is_empty() {
            let envelopes: Vec<Envelope> = left.iter().take(1024).map(placed::cancel).collect();
            match host.answers(|told| Batch { is_own: true, ..Batch::new(envelopes, told) }).await {
                Ok(answers) => {
                    let behind = Answer::from(Err(Reject::MarketBehind));
                    let again = left.iter().zip(&answers).filter(|(_, told)| told.answer == behind);
                    let again: Vec<Order> = again.map(|(&order, _)| order).collect();
                    left.drain(..answers.len());
                    left.extend(again);
                }
                Err(Refusal::Stopping) => return,
                Err(_) if matches!(host.health(), Health::Broken(_) | Health::Stopped) => return,
                Err(_) => sleep(self.site.bounds.retry_after.max(RETRY)).await,
            }
        }
    }
}

/// How long nothing is read, at most, after more was asked for than may be.
const PAUSE: Duration = Duration::from_secs(1);

/// How long to wait at least before cancels that were not taken are sent again.
const RETRY: Duration = Duration::from_millis(20);
