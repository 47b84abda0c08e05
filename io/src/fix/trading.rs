//! What a session asks of its realm, and what it is told: orders, their reports, market data.

use std::io;
use std::sync::Arc;

use bartizan_engine::book::{ExecType, OrderId, Report};
use bartizan_engine::event::Event;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::market::units::MarketId;
use bartizan_engine::realm::command::{Command, Envelope};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use super::data::{self, Action, Subscription};
use super::ids;
use super::instrument::Instrument;
use super::known::{Key, Orders};
use super::line::Line;
use super::message::{Fields, Message};
use super::orders::{self, need, need_id, need_side};
use super::reports::{self, Request};
use super::session::{Session, Wrong, incorrect};
use crate::clock::now;
use crate::server::access::{Denied, Principal};
use crate::server::audit::What;
use crate::server::feed::{Moment, Next};
use crate::server::host::Host;
use crate::server::limits::Wait;
use crate::server::past;
use crate::server::request::{Answered, Batch, Refusal};
use crate::server::site::Site;
use crate::server::visitor::Visitor;

/// FIX `BusinessRejectReason`: whoever asks may not.
const NOT_AUTHORISED: u32 = 6;
/// How often a command is offered to a realm that is busy.
const OFFERS: usize = 400;
/// Commands without a report of this agent after which it is noted all the same how far it was told.
const NOTED_EVERY: u64 = 10_000;

/// What a session does with its realm.
pub(super) struct Trading {
    pub(super) site: Arc<Site>,
    place: usize,
    visitor: Visitor,
    principal: Principal,
    pub(super) session: Session,
    orders: Orders,
    subscriptions: Vec<Subscription>,
    /// What is to be told next.
    next: Sequence,
    noted: u64,
}

/// Reports of an agent that followed from one command.
type Own = (Sequence, u64, Vec<(MarketId, Report)>);

/// Why a message was not carried out.
enum Failed {
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
    /// Of a session that has just logged on.
    pub(super) fn new(
        site: Arc<Site>,
        place: usize,
        (visitor, principal): (Visitor, Principal),
        mut session: Session,
    ) -> io::Result<Self> {
        let mut orders = Orders::default();
        let told = {
            let realm = site.realms()[place].host.view().read();
            for sent in session.store.all_sent() {
                let instrument = |market| Instrument::of(&realm, MarketId(market as u32));
                let before = |key: Key| orders.get(key).copied();
                if let Some((key, known)) = reports::remembered(sent, instrument, before) {
                    orders.learn_past(key, known);
                }
            }
            for market in (1..).map(MarketId) {
                let Some(found) = realm.markets().get(market) else { break };
                let is_own = |account: u32| account == principal.agent.0;
                for view in found.book().live_orders().filter(|view| is_own(view.account.0)) {
                    orders.learn_open(market, &view);
                }
            }
            session.store.told().unwrap_or(realm.sequence().0)
        };
        session.store.tell(told)?;
        let next = Sequence(told + 1);
        let (subscriptions, noted) = (Vec::new(), told);
        Ok(Trading { site, place, visitor, principal, session, orders, subscriptions, next, noted })
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

    /// Tells all that is there to be told. `asked` is what this session asked for, and where that stands in the log. False if the connection is to end.
    pub(super) async fn tell<S: AsyncRead + AsyncWrite>(
        &mut self,
        line: &mut Line<S>,
        asked: Option<(Sequence, &Request)>,
    ) -> io::Result<bool> {
        let site = Arc::clone(&self.site);
        let feed = site.realms()[self.place].host.feed();
        loop {
            match feed.next(self.next) {
                Next::Nothing => {
                    line.flush().await?;
                    return Ok(true);
                }
                Next::Groups(groups) => {
                    for group in groups {
                        for moment in group.moments(self.next) {
                            self.moment(&moment, asked, &mut line.out)?;
                        }
                        self.next = group.after(self.next);
                        line.flush().await?;
                    }
                    self.note()?;
                }
                Next::Missed(_) if !self.subscriptions.is_empty() => {
                    self.session.end("market data was not read fast enough", now(), &mut line.out)?;
                    return Ok(false);
                }
                Next::Missed(oldest) => self.tell_past(oldest, line).await?,
            }
        }
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

    /// Tells what happened before the feed begins.
    async fn tell_past<S: AsyncRead + AsyncWrite>(
        &mut self,
        oldest: Sequence,
        line: &mut Line<S>,
    ) -> io::Result<()> {
        let (site, place, from) = (Arc::clone(&self.site), self.place, self.next);
        let agent = self.principal.agent;
        let (out, mut told) = mpsc::channel::<Own>(256);
        let turn = self.site.replay().await;
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let host = &site.realms()[place].host;
            past::tell(host, from, Sequence(oldest.0 - 1), |moment| {
                let own = own(moment, agent);
                own.is_empty() || out.blocking_send((moment.sequence, moment.time, own)).is_ok()
            })
        });
        while let Some((sequence, time, own)) = told.recv().await {
            self.reports(sequence, time, &own, None, &mut line.out)?;
            line.flush().await?;
        }
        let read = reading.await.map_err(io::Error::other)?;
        read.map_err(|error| io::Error::other(error.to_string()))?;
        self.next = oldest;
        Ok(())
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
                session.send("X", &fields, now(), out)?;
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
        for (market, report) in own {
            let known = self.orders.learn(*market, report);
            let instrument = Instrument::of(&self.host().view().read(), *market);
            let instrument = instrument.expect("a market that reports exists");
            let store = &self.session.store;
            let fields = reports::execution(&instrument, (report, &known), time, (store, request));
            self.session.send_kept("8", &fields, now(), out)?;
        }
        self.noted = sequence.0;
        self.session.store.tell(sequence.0)
    }

    /// Notes how far the agent was told, at the end.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.session.store.tell(self.next.0 - 1)?;
        self.session.store.sync()
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
            (_, b"AF") => self.mass_status(message, &mut line.out),
            (_, b"V") => {
                // Its snapshot is of the view, so what came before is told first.
                self.tell(line, None).await?;
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

    /// `D`, `F` and `G`.
    async fn order<S: AsyncRead + AsyncWrite>(
        &mut self,
        message: &Message<'_>,
        line: &mut Line<S>,
    ) -> Result<(), Failed> {
        if let Some(tag) = message.repeated() {
            return Err(Wrong { tag, reason: 13, text: "a tag appears more than once" }.into());
        }
        if !self.is_let_in() {
            return Err(Failed::Business(NOT_AUTHORISED, Denied::Token.to_string()));
        }
        self.principal
            .may_send_as(self.principal.agent)
            .map_err(|why| Failed::Business(NOT_AUTHORISED, why.to_string()))?;
        let client = need_id(message, 11)?.to_owned();
        let original = message.get(41).map(|_| need_id(message, 41)).transpose()?.map(str::to_owned);
        let kind = char::from(message.kind()[0]);
        let request = Request { kind, client, original };
        let instrument = Instrument::of_message(&self.host().view().read(), message)?;
        let Some(instrument) = instrument else {
            return self.refuse(
                message,
                &request,
                None,
                (1, 99),
                "no market has this symbol or number",
                line,
            );
        };
        let client = ids::client(&request.client);
        let target = if kind == 'D' { None } else { self.target(message, &request, &instrument)? };
        let command = match (kind, target) {
            ('D', _) => orders::place(message, &instrument)?,
            (_, None) => {
                return self.refuse(
                    message,
                    &request,
                    None,
                    (5, 1),
                    "no order of this session has this id",
                    line,
                );
            }
            ('F', Some((_, order))) => orders::cancel(&instrument, order),
            (_, Some((_, order))) => orders::replace(message, &instrument, order, client)?,
        };
        self.session.store.name(client.0, &request.client)?;
        let answered = self.submit(&request, command, line).await?;
        match answered.answer.reject() {
            Some(reject) => {
                let reasons = (reports::order_reason(reject), reports::cancel_reason(reject));
                self.refuse(message, &request, target, reasons, &reports::named(reject), line)
            }
            None if answered.is_repeated => {
                let key = target.or_else(|| self.orders.find(client).map(|(key, _)| key));
                let Some((key, known)) = key.and_then(|key| Some((key, *self.orders.get(key)?))) else {
                    let text = format!(
                        "it was carried out before, at {} of the log, and how it stands is not kept",
                        answered.sequence.0
                    );
                    return Err(Failed::Business(0, text));
                };
                let fields = reports::status(&instrument, key.1, &known, &self.session.store, now());
                Ok(self.session.send_kept("8", &fields, now(), &mut line.out)?)
            }
            None => Ok(()),
        }
    }

    /// The order that a cancel or a change is of.
    fn target(
        &self,
        message: &Message<'_>,
        request: &Request,
        instrument: &Instrument,
    ) -> Result<Option<Key>, Wrong> {
        let original = request.original.as_deref().ok_or(Wrong {
            tag: 41,
            reason: 1,
            text: "a required tag is missing",
        })?;
        let by_id = message.get(37).and_then(|id| std::str::from_utf8(id).ok()?.parse().ok());
        let by_id = by_id.map(|id| (instrument.market, OrderId(id)));
        let by_id = by_id.filter(|&key| self.orders.get(key).is_some());
        let found = self.orders.find(ids::client(original)).map(|(key, _)| key);
        Ok(by_id.or(found.filter(|(market, _)| *market == instrument.market)))
    }

    /// Refuses an order, a cancel or a change, by the number that each has for it.
    fn refuse<S: AsyncRead + AsyncWrite>(
        &mut self,
        message: &Message<'_>,
        request: &Request,
        target: Option<Key>,
        (of_order, of_cancel): (u32, u32),
        text: &str,
        line: &mut Line<S>,
    ) -> Result<(), Failed> {
        let out = &mut line.out;
        if request.kind == 'D' {
            let symbol = String::from_utf8_lossy(message.get(55).unwrap_or_default()).into_owned();
            let side = if need_side(message)? == bartizan_engine::book::Side::Buy { "1" } else { "2" };
            let why = ('8', of_order, text);
            let fields = reports::refused(&request.client, (&symbol, side), why, now());
            return Ok(self.session.send_kept("8", &fields, now(), out)?);
        }
        let known = target.and_then(|key| self.orders.get(key).map(|known| (key, known)));
        let fields = reports::cancel_refused(request, known, (of_cancel, text), now());
        Ok(self.session.send_kept("9", &fields, now(), out)?)
    }

    /// Has a command carried out, and tells all that happened up to it.
    async fn submit<S: AsyncRead + AsyncWrite>(
        &mut self,
        request: &Request,
        command: Command,
        line: &mut Line<S>,
    ) -> Result<Answered, Failed> {
        let envelope = Envelope { id: ids::command(&request.client), actor: self.principal.agent, command };
        let site = Arc::clone(&self.site);
        let host = &site.realms()[self.place].host;
        let ask = || host.answers(|told| Batch::new(vec![envelope.clone()], told));
        let mut answers = ask().await;
        for _ in 1..OFFERS {
            if !matches!(answers, Err(Refusal::Busy)) {
                break;
            }
            tokio::time::sleep(site.bounds.retry_after).await;
            answers = ask().await;
        }
        let answers = answers.map_err(|refusal| Failed::Business(4, refusal.to_string()))?;
        let answered = answers.into_iter().next().expect("one command has one answer");
        let asked = Some((answered.sequence, request));
        let mut reached = host.feed().reached();
        // Something that is refused by its identity alone has no place in the log, or an earlier one.
        while self.next <= answered.sequence {
            if !self.tell(line, asked).await? {
                return Err(io::Error::from(io::ErrorKind::TimedOut).into());
            }
            if self.next <= answered.sequence && reached.changed().await.is_err() {
                return Err(Failed::Business(4, Refusal::Stopping.to_string()));
            }
        }
        Ok(answered)
    }

    /// `H`.
    fn status(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        let client = need_id(message, 11)?;
        let side = need_side(message)?;
        let instrument = Instrument::of_message(&self.host().view().read(), message)?;
        let found = self.orders.find(ids::client(client));
        let found = found.filter(|((market, _), _)| {
            instrument.as_ref().is_some_and(|instrument| instrument.market == *market)
        });
        let fields = if let (Some(((_, order), known)), Some(instrument)) = (found, &instrument) {
            reports::status(instrument, order, known, &self.session.store, now())
        } else {
            let symbol = String::from_utf8_lossy(message.get(55).unwrap_or_default()).into_owned();
            let side = if side == bartizan_engine::book::Side::Buy { "1" } else { "2" };
            let why = ('I', 5, "no order of this session has this id");
            reports::refused(client, (&symbol, side), why, now())
        };
        Ok(self.session.send_kept("8", &fields, now(), out)?)
    }

    /// `AF`: every open order of the agent, or of a market.
    fn mass_status(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        let id = need_id(message, 584)?.to_owned();
        let market = match need(message, 585)? {
            b"7" => None,
            b"1" => match Instrument::of_message(&self.host().view().read(), message)? {
                Some(instrument) => Some(instrument.market),
                None => return Err(Failed::Business(2, "no market has this symbol or number".to_owned())),
            },
            _ => return Err(incorrect(585, "the orders of all markets, 7, or of one, 1").into()),
        };
        let open = self.orders.open().filter(|((of, _), _)| market.is_none_or(|market| market == *of));
        let open: Vec<_> = open.map(|(key, known)| (key, *known)).collect();
        if open.is_empty() {
            let fields = reports::refused("NONE", ("NONE", "1"), ('I', 5, "no order is open"), now());
            let fields = fields.with(584, id).with(911, 0).with(912, 'Y');
            return Ok(self.session.send_kept("8", &fields, now(), out)?);
        }
        let count = open.len();
        for (index, ((market, order), known)) in open.into_iter().enumerate() {
            let instrument = Instrument::of(&self.host().view().read(), market);
            let instrument = instrument.expect("a market with orders exists");
            let fields = reports::status(&instrument, order, &known, &self.session.store, now());
            let fields = fields.with(584, &id).with(911, count);
            let fields = fields.with(912, if index + 1 == count { 'Y' } else { 'N' });
            self.session.send_kept("8", &fields, now(), out)?;
        }
        Ok(())
    }

    /// `V`.
    fn market_data(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        let (request, mut refused) = data::request(message)?;
        if request.action == Action::Unsubscribe {
            self.subscriptions.retain(|subscription| subscription.id != request.id);
            return Ok(());
        }
        let site = Arc::clone(&self.site);
        let realm = site.realms()[self.place].host.view().read();
        let mut instruments = Vec::new();
        for (symbol, id) in data::asked(message)? {
            match Instrument::meant(&realm, symbol, id)? {
                Some(instrument) => instruments.push(instrument),
                None => refused = refused.or(Some(data::Refused('0', "no market has this symbol or number"))),
            }
        }
        let subscribes = request.action == Action::Subscribe;
        if subscribes && self.subscriptions.iter().any(|subscription| subscription.id == request.id) {
            refused = Some(data::Refused('1', "a subscription has this id"));
        }
        if subscribes && self.subscriptions.len() + instruments.len() > data::MOST_SUBSCRIPTIONS {
            refused = Some(data::Refused('2', "at most 64 subscriptions"));
        }
        if let Some(refused) = refused {
            let fields = data::refuse(&request.id, refused);
            return Ok(self.session.send_kept("Y", &fields, now(), out)?);
        }
        for instrument in instruments {
            let market = realm.markets().get(instrument.market).expect("it was found a moment ago");
            let fields = data::snapshot(&request, &instrument, market.book());
            self.session.send("W", &fields, now(), out)?;
            if subscribes {
                let since = realm.sequence();
                self.subscriptions.push(Subscription::new(&request, instrument, market.book(), since));
            }
        }
        Ok(())
    }

    /// `R`: there are no quotes here, only orders.
    fn quote(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        let id = need_id(message, 131)?;
        let symbol = String::from_utf8_lossy(need(message, 55)?).into_owned();
        let fields = Fields::default().with(131, id).with(658, 99).with(146, 1).with(55, symbol);
        let fields = fields.with(58, "markets here match orders: there are no quotes");
        Ok(self.session.send_kept("AG", &fields, now(), out)?)
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
