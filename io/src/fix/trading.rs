//! A session at work: which of its messages are carried out where, and what it is told: reports of its orders, and market data.
//!
//! While what happened before is read from the journal, the session goes on: what comes is read, heartbeats are sent, and what is the session's own is answered. Messages of the
//! application wait until all of it is told, since each is answered with all that happened up to it.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::book::{ExecType, OrderView, Report};
use bartizan_engine::event::Event;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::market::units::MarketId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::data::Subscription;
use super::instrument::Instrument;
use super::known::{Key, Orders};
use super::line::Line;
use super::message::{self, Fields, Message};
use super::reports::{self, Request};
use super::seat::{self, Seat};
use super::session::{Session, Taken, Wrong};
use crate::clock::now;
use crate::server::access::{Denied, Principal};
use crate::server::audit::What;
use crate::server::feed::{Moment, Next};
use crate::server::host::Host;
use crate::server::limits::Wait;
use crate::server::past::{Part, Past, Wanted};
use crate::server::site::Site;
use crate::server::visitor::Visitor;

/// FIX `BusinessRejectReason`: whoever asks may not.
pub(super) const NOT_AUTHORISED: u32 = 6;
/// Commands without a report of this agent after which it is noted all the same how far it was told.
const NOTED_EVERY: u64 = 10_000;

/// Commands with reports that are read ahead of what is told.
const READ_AHEAD: usize = 256;

/// How often a session looks at the time.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long nothing is read, at most, after more was asked for than may be.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// Slots of a book that are looked at while the view stands still.
const AT_ONCE: usize = 1 << 12;

/// What a session does with its realm.
pub(super) struct Trading {
    pub(super) site: Arc<Site>,
    pub(super) place: usize,
    visitor: Visitor,
    pub(super) principal: Principal,
    pub(super) session: Session,
    pub(super) orders: Orders,
    pub(super) subscriptions: Vec<Subscription>,
    /// What is to be told next.
    pub(super) next: Sequence,
    noted: u64,
    seat: Arc<Seat>,
    /// Since when whoever is there is asked whether he is, for another who wants to log on.
    tested: Option<u64>,
    /// When it was looked at the time.
    looked: Instant,
}

/// Reports of an agent that followed from one command.
type Own = (Sequence, u64, Vec<(MarketId, Report)>);

/// Why a message was not carried out.
pub(super) enum Failed {
    /// The message is wrong.
    Wrong(Wrong),
    /// The world is.
    Io(io::Error),
    /// The business is (FIX `j`): its reason, and a text.
    Business(u32, String),
}

impl From<Wrong> for Failed {
    fn from(wrong: Wrong) -> Self {
        Failed::Wrong(wrong)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Failed::Io(error)
    }
}

impl Trading {
    /// Of a session that has just logged on. What it knows of its agent's orders is what it was told before, and what is open. Walks through all books and waits
    /// for the disk.
    pub(super) fn new(
        (site, place): (Arc<Site>, usize),
        (visitor, principal): (Visitor, Principal),
        mut session: Session,
        seat: Arc<Seat>,
    ) -> io::Result<Self> {
        let view = site.realms()[place].host.view();
        let mut orders = Orders::default();
        for sent in session.store.all_sent() {
            let instrument = |market| Instrument::of(&view.read(), MarketId(u32::try_from(market).ok()?));
            let before = |key: Key| orders.get(key).copied();
            if let Some((key, known)) = reports::remembered(sent, instrument, before) {
                orders.learn_past(key, known);
            }
        }
        // What changes while the books are walked through is told after it.
        let told = session.store.told().unwrap_or_else(|| view.read().sequence().0);
        let is_own = |order: &OrderView| order.account.0 == principal.agent.0;
        let (mut market, mut first) = (MarketId(1), 0);
        while let Some(found) = view.read().markets().get(market) {
            let mut last = None;
            for (slot, order) in found.book().slots(first).take(AT_ONCE) {
                last = Some(slot);
                order.filter(is_own).inspect(|order| orders.learn_open(market, order));
            }
            (market, first) = last.map_or((MarketId(market.0 + 1), 0), |last| (market, last + 1));
        }
        session.store.tell(told)?;
        let next = Sequence(told + 1);
        Ok(Trading {
            site,
            place,
            visitor,
            principal,
            session,
            orders,
            subscriptions: Vec::new(),
            next,
            noted: told,
            seat,
            tested: None,
            looked: Instant::now(),
        })
    }

    /// Whether what the session came in by still counts.
    pub(super) fn is_let_in(&self) -> bool {
        self.site.realms()[self.place].access.holds(&self.principal)
    }

    /// Notes that something was refused.
    pub(super) fn refused(&self, what: What, reason: &str) {
        let refused = self.visitor.refused(Some(self.principal.agent), what, reason);
        self.site.refused(self.place, refused);
    }

    /// Takes a message of so many bytes of what may be asked for.
    pub(super) fn ask(&self, length: usize) -> Result<(), Wait> {
        self.site.ask(self.visitor, self.place, &self.principal, (1, length as u64))
    }

    pub(super) fn host(&self) -> &Host {
        &self.site.realms()[self.place].host
    }

    /// Tells all that is there to be told, or up to what was asked, or, between messages, as much as there is time for. `asked` is what this session asked for, and where that stands in the log; `is_between` says that no message is being carried out. False if the connection is to end.
    pub(super) async fn tell<S: AsyncRead + AsyncWrite>(
        &mut self,
        line: &mut Line<S>,
        asked: Option<(Sequence, &Request)>,
        is_between: bool,
    ) -> io::Result<bool> {
        let site = Arc::clone(&self.site);
        let feed = site.realms()[self.place].host.feed();
        loop {
            match feed.next(self.next) {
                Next::Nothing => {
                    self.send(line).await?;
                    return Ok(true);
                }
                Next::Groups(groups) => {
                    for group in groups {
                        for moment in group.moments(self.next) {
                            self.moment(&moment, asked, &mut line.out)?;
                        }
                        self.next = group.after(self.next);
                        self.send(line).await?;
                    }
                    self.note()?;
                    if asked.is_some_and(|(sequence, _)| self.next > sequence) {
                        return Ok(true);
                    }
                    // However much happens, whoever is there is heard.
                    if is_between && self.looked.elapsed() >= LOOK_EVERY {
                        return self.look(line).await;
                    }
                }
                Next::Missed(_) if !self.subscriptions.is_empty() => {
                    self.session.end("market data was not read fast enough", now(), &mut line.out)?;
                    return Ok(false);
                }
                Next::Missed(_) => {
                    if !self.tell_past(line, is_between).await? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    /// Sends what is to be sent. A file of the session that has grown long is written anew before that, where nobody else waits for the disk.
    pub(super) async fn send<S: AsyncRead + AsyncWrite>(&mut self, line: &mut Line<S>) -> io::Result<()> {
        if self.session.store.is_long() {
            let compaction = self.session.store.compaction();
            let written = tokio::task::spawn_blocking(move || compaction.write()).await;
            self.session.store.compacted(written.map_err(io::Error::other)??);
        }
        line.flush().await
    }

    /// Notes now and then how far the agent was told.
    fn note(&mut self) -> io::Result<()> {
        let told = self.next.0 - 1;
        if told >= self.noted + NOTED_EVERY {
            self.noted = told;
            self.session.store.tell(told)?;
        }
        Ok(())
    }

    /// Tells what happened before the feed begins. False if the connection is to end.
    async fn tell_past<S: AsyncRead + AsyncWrite>(
        &mut self,
        line: &mut Line<S>,
        is_between: bool,
    ) -> io::Result<bool> {
        let (site, place, principal) = (Arc::clone(&self.site), self.place, self.principal);
        let agent = principal.agent;
        let wanted =
            Wanted { site: Arc::clone(&site), place, agent, from: self.next, before: None, room: READ_AHEAD };
        let may = move |site: &Site| site.realms()[place].access.holds(&principal);
        let mut past: Past<Own, ()> = Past::read(wanted, (), may, move |(), moment| {
            let own = own(moment, agent);
            let bytes = size_of_val(own.as_slice());
            let is_told = !own.is_empty();
            Ok(if is_told { Part::Told((moment.sequence, moment.time, own), bytes) } else { Part::Nothing })
        });
        let mut clock = interval(LOOK_EVERY);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let goes_on = tokio::select! {
                part = past.next() => match part {
                    Some((sequence, time, own)) => {
                        self.reports(sequence, time, &own, None, &mut line.out)?;
                        true
                    }
                    None => break,
                },
                more = line.more(), if line.has_room() => {
                    self.session.hear(now());
                    more? && (!is_between || self.session_messages(line).await?)
                }
                _ = clock.tick() => self.look(line).await?,
                () = site.stopping() => {
                    self.leave(line)?;
                    false
                }
            };
            if !goes_on {
                return Ok(false);
            }
            self.send(line).await?;
        }
        self.next = past.stopped().await?.next;
        self.note()?;
        Ok(!is_between || self.session_messages(line).await?)
    }

    /// Takes the messages that have arrived, as long as they are the session's own. False if the connection is to end.
    async fn session_messages<S: AsyncRead + AsyncWrite>(&mut self, line: &mut Line<S>) -> io::Result<bool> {
        while let Some(length) = line.arrived_of_session() {
            let bytes = line.take(length);
            let Ok(Some((Ok(message), _))) = message::read(&bytes) else { break };
            if let Taken::End(reason) = self.session.take(&message, now(), &mut line.out)? {
                tracing::info!(reason, "a FIX session ends");
                return Ok(false);
            }
            self.pause(length).await;
            self.send(line).await?;
        }
        Ok(true)
    }

    /// Takes a message of the session's own of what may be asked for. What there is no other answer to is read later.
    pub(super) async fn pause(&self, length: usize) {
        if let Err(Wait(after)) = self.ask(length) {
            tokio::time::sleep(after.min(PAUSE)).await;
        }
    }

    /// Looks at the time, and whether what the session came in by still counts. False if the connection is to end.
    pub(super) async fn look<S: AsyncRead + AsyncWrite>(&mut self, line: &mut Line<S>) -> io::Result<bool> {
        self.looked = Instant::now();
        // What waits in the socket was heard, however long nobody looked.
        let more =
            if line.has_room() { timeout(Duration::ZERO, line.more()).await.ok() } else { Some(Ok(true)) };
        let has_come = more.is_some();
        if !more.unwrap_or(Ok(true))? {
            return Ok(false);
        }
        if has_come {
            self.session.hear(now());
        }
        if !self.is_let_in() {
            self.refused(What::SignIn, &Denied::Token.to_string());
            self.session.end(&Denied::Token.to_string(), now(), &mut line.out)?;
            return Ok(false);
        }
        if !self.keep_the_seat(&mut line.out)? {
            return Ok(false);
        }
        Ok(!matches!(self.session.tick(now(), &mut line.out)?, Taken::End(_)))
    }

    /// Ends the session since the node is being stopped.
    pub(super) fn leave<S: AsyncRead + AsyncWrite>(&mut self, line: &mut Line<S>) -> io::Result<()> {
        self.session.end("the node is being stopped", now(), &mut line.out).map(|_| ())
    }

    /// Asks whoever is there whether he is, if another wants to log on to the session. False if he says nothing.
    fn keep_the_seat(&mut self, out: &mut Vec<u8>) -> io::Result<bool> {
        if !self.seat.is_asked_for() {
            return Ok(true);
        }
        let at = now();
        match self.tested {
            None => {
                self.tested = Some(at);
                self.session.test(at, out)?;
            }
            Some(since) if self.session.heard() > since => {
                self.seat.answer();
                self.tested = None;
            }
            Some(since) if at.saturating_sub(since) > seat::ANSWER => {
                self.session.end("another connection has taken the session over", at, out)?;
                return Ok(false);
            }
            Some(_) => {}
        }
        Ok(true)
    }

    fn moment(
        &mut self,
        moment: &Moment<'_>,
        asked: Option<(Sequence, &Request)>,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let own = own(moment, self.principal.agent);
        if !own.is_empty() {
            let asked = asked.filter(|(sequence, _)| *sequence == moment.sequence);
            self.reports(moment.sequence, moment.time, &own, asked.map(|(_, request)| request), out)?;
        }
        let Trading { subscriptions, session, .. } = self;
        for subscription in subscriptions {
            let mut market = moment.market;
            let mut told = Vec::new();
            for event in moment.events {
                if let Event::MarketData { market: of, count } = *event {
                    let (these, rest) = market.split_at(count as usize);
                    market = rest;
                    if of == subscription.instrument.market {
                        told.extend(these.iter().map(|event| &event.data));
                    }
                }
            }
            if let Some(fields) = subscription.changes(moment.sequence, told.into_iter()) {
                session.send_of_many("X", &fields, now(), out)?;
            }
        }
        Ok(())
    }

    fn reports(
        &mut self,
        sequence: Sequence,
        time: u64,
        own: &[(MarketId, Report)],
        request: Option<&Request>,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        // Those that were sent before a crash are not sent again under other numbers: they are kept.
        let sent = self.session.store.told_of(sequence.0);
        for (index, (market, report)) in own.iter().enumerate().skip(sent) {
            let known = self.orders.learn(*market, report);
            let instrument = Instrument::of(&self.host().view().read(), *market);
            let instrument = instrument.expect("a market that reports exists");
            let store = &self.session.store;
            let fields = reports::execution(&instrument, (report, &known), time, (store, request));
            self.session.report(&fields, (sequence.0, index), now(), out)?;
        }
        (self.noted, self.next) = (sequence.0, Sequence(sequence.0 + 1));
        self.session.store.tell(sequence.0)
    }

    /// Notes how far the agent was told, at the end. Waits for the disk.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.session.store.tell(self.next.0 - 1)?;
        self.session.store.close()
    }

    /// Carries out a message of the application, of so many bytes, and answers it.
    pub(super) async fn carry_out<S: AsyncRead + AsyncWrite>(
        &mut self,
        (message, length): (&Message<'_>, usize),
        line: &mut Line<S>,
    ) -> io::Result<()> {
        let done = match (self.ask(length), message.kind()) {
            (Err(wait), _) => Err(Failed::Business(4, wait.to_string())),
            (_, b"D" | b"F" | b"G") => self.order(message, line).await,
            (_, b"H") => self.status(message, &mut line.out),
            (_, b"AF") => self.mass_status(message, line).await,
            (_, b"V") => {
                // Its snapshot is of the view, so what came before is told first.
                if !self.tell(line, None, false).await? {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                self.market_data(message, &mut line.out)
            }
            (_, b"R") => self.quote(message, &mut line.out),
            (_, _) => Err(Failed::Business(3, "messages of this type are not carried out here".to_owned())),
        };
        match done {
            Ok(()) => Ok(()),
            Err(Failed::Io(error)) => Err(error),
            Err(Failed::Wrong(wrong)) => self.session.reject(message, &wrong, now(), &mut line.out),
            Err(Failed::Business(reason, text)) => {
                if reason == NOT_AUTHORISED {
                    self.refused(What::Right, &text);
                }
                let kind = String::from_utf8_lossy(message.kind()).into_owned();
                let mut body = Fields::default().with(45, message.sequence().unwrap_or(0)).with(372, kind);
                if let Some(id) = message.get(11) {
                    body.put(379, String::from_utf8_lossy(id));
                }
                self.session.send_kept("j", &body.with(380, reason).with(58, text), now(), &mut line.out)
            }
        }
    }
}

/// The reports of an agent's orders; what was refused is answered to who asked.
fn own(moment: &Moment<'_>, agent: AgentId) -> Vec<(MarketId, Report)> {
    let mut reports = moment.reports;
    let mut own = Vec::new();
    for event in moment.events {
        if let Event::Reports { market, count } = *event {
            let (these, rest) = reports.split_at(count as usize);
            reports = rest;
            let is_refused =
                |report: &Report| matches!(report.exec_type, ExecType::Rejected | ExecType::CancelRejected);
            let is_own = |report: &&Report| report.account.0 == agent.0 && !is_refused(report);
            own.extend(these.iter().filter(is_own).map(|report| (market, *report)));
        }
    }
    own
}
