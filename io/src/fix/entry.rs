//! Orders that a session enters, cancels and changes, each carried out and answered.

use std::io;
use std::sync::Arc;

use bartizan_engine::book::{ClientOrderId, OrderId};
use bartizan_engine::realm::command::{Command, Envelope};
use tokio::io::{AsyncRead, AsyncWrite};

use super::ids;
use super::instrument::Instrument;
use super::known::Key;
use super::line::Line;
use super::message::{Fields, Message};
use super::orders::{self, need_id, need_side};
use super::reports::{self, Request};
use super::session::Wrong;
use super::trading::{Failed, NOT_AUTHORISED, Trading};
use crate::clock::now;
use crate::server::access::Denied;
use crate::server::request::{Answered, Batch, Refusal};

/// How often a command is offered to a realm that is busy.
const OFFERS: usize = 400;

/// The tags that are looked at. Others may be those of repeating groups, as the parties of an order.
const READ: [u32; 23] =
    [34, 43, 49, 52, 56, 11, 18, 22, 37, 38, 40, 41, 44, 48, 54, 55, 59, 60, 99, 110, 111, 126, 211];

impl Trading {
    /// `D`, `F` and `G`.
    pub(super) async fn order<S: AsyncRead + AsyncWrite>(
        &mut self,
        message: &Message<'_>,
        line: &mut Line<S>,
    ) -> Result<(), Failed> {
        if let Some(tag) = message.repeated(&READ) {
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
            let why = ((1, 99), "no market has this symbol or number");
            return self.refuse((message, None), &request, None, why, &mut line.out);
        };
        let client = ids::client(&request.client);
        let target = if kind == 'D' { None } else { self.target(message, &request, &instrument)? };
        let command = match (kind, target) {
            ('D', _) => orders::place(message, &instrument)?,
            (_, None) => {
                let why = ((5, 1), "no order of this session has this id");
                return self.refuse((message, Some(&instrument)), &request, None, why, &mut line.out);
            }
            ('F', Some((_, order))) => orders::cancel(&instrument, order),
            (_, Some((_, order))) => orders::replace(message, &instrument, order, client)?,
        };
        let Self { session, orders, .. } = self;
        session.store.name(client.0, &request.client, |id| orders.is_open(ClientOrderId(id)))?;
        let answered = self.submit(&request, command, line).await?;
        match answered.answer.reject() {
            Some(reject) => {
                let reasons = (reports::order_reason(reject), reports::cancel_reason(reject));
                let why = (reasons, &*reports::named(reject));
                self.refuse((message, Some(&instrument)), &request, target, why, &mut line.out)
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
                Ok(self.session.send("8", &fields, now(), &mut line.out)?)
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
    fn refuse(
        &mut self,
        (message, instrument): (&Message<'_>, Option<&Instrument>),
        request: &Request,
        target: Option<Key>,
        ((of_order, of_cancel), text): ((u32, u32), &str),
        out: &mut Vec<u8>,
    ) -> Result<(), Failed> {
        if request.kind == 'D' {
            let mut symbol = Fields::default();
            reports::named_in(&mut symbol, instrument, message);
            let side = if need_side(message)? == bartizan_engine::book::Side::Buy { "1" } else { "2" };
            let (why, at) = (('8', of_order, text), now());
            // The books number from 1; this is of none of them, and no other is of this moment and this number.
            let id = format!("0.{at}.{}", self.session.store.outgoing());
            let fields = reports::refused((&request.client, &id), (&symbol, side), why, at);
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
        if matches!(answers, Err(Refusal::Busy)) {
            site.give_back(self.place, &self.principal, (1, 0));
        }
        let answers = answers.map_err(|refusal| Failed::Business(4, refusal.to_string()))?;
        let answered = answers.into_iter().next().expect("one command has one answer");
        let asked = Some((answered.sequence, request));
        let mut reached = host.feed().reached();
        // Something that is refused by its identity alone has no place in the log, or an earlier one.
        while self.next <= answered.sequence {
            if !self.tell(line, asked, false).await? {
                return Err(io::Error::from(io::ErrorKind::TimedOut).into());
            }
            if self.next <= answered.sequence && reached.changed().await.is_err() {
                return Err(Failed::Business(4, Refusal::Stopping.to_string()));
            }
        }
        Ok(answered)
    }
}
