//! What a session asks: how orders stand, and market data.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::data::{self, Action, Subscription};
use super::ids;
use super::instrument::Instrument;
use super::known::Key;
use super::line::Line;
use super::message::{Fields, Message};
use super::orders::{need, need_id, need_side};
use super::reports;
use super::session::incorrect;
use super::trading::{Failed, Trading};
use crate::clock::now;

/// Orders whose status is told at once.
const AT_ONCE: usize = 64;

impl Trading {
    /// `H`.
    pub(super) fn status(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
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
            let mut symbol = Fields::default();
            reports::named_in(&mut symbol, instrument.as_ref(), message);
            let side = if side == bartizan_engine::book::Side::Buy { "1" } else { "2" };
            let why = ('I', 5, "no order of this session has this id");
            reports::refused((client, "0"), (&symbol, side), why, now())
        };
        Ok(self.session.send("8", &fields, now(), out)?)
    }

    /// `AF`: every open order of the agent, or of a market.
    pub(super) async fn mass_status<S: AsyncRead + AsyncWrite>(
        &mut self,
        message: &Message<'_>,
        line: &mut Line<S>,
    ) -> Result<(), Failed> {
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
        let open: Vec<Key> = open.map(|(key, _)| key).collect();
        if open.is_empty() {
            let symbol = Fields::default().with(55, "N/A");
            let fields = reports::refused(("NONE", "0"), (&symbol, "1"), ('I', 5, "no order is open"), now());
            let fields = fields.with(584, id).with(911, 0).with(912, 'Y');
            return Ok(self.session.send("8", &fields, now(), &mut line.out)?);
        }
        let count = open.len();
        for (index, key) in open.into_iter().enumerate() {
            // Nothing is told meanwhile, so what is known stands still.
            let known = *self.orders.get(key).expect("it is open");
            let instrument = Instrument::of(&self.host().view().read(), key.0);
            let instrument = instrument.expect("a market with orders exists");
            let fields = reports::status(&instrument, key.1, &known, &self.session.store, now());
            let fields = fields.with(584, &id).with(911, count);
            let fields = fields.with(912, if index + 1 == count { 'Y' } else { 'N' });
            self.session.send_of_many("8", &fields, now(), &mut line.out)?;
            if (index + 1) % AT_ONCE == 0 {
                self.send(line).await?;
                if self.site.is_stopping() || !self.look(line).await? {
                    return Err(io::Error::from(io::ErrorKind::TimedOut).into());
                }
            }
        }
        Ok(())
    }

    /// `V`.
    pub(super) fn market_data(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        let (request, mut refused) = data::request(message)?;
        if request.action == Action::Unsubscribe {
            self.subscriptions.retain(|subscription| subscription.id != request.id);
            return Ok(());
        }
        let site = Arc::clone(&self.site);
        // The realm stands still while the snapshots are made, and no longer.
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
            drop(realm);
            let fields = data::refuse(&request.id, refused);
            return Ok(self.session.send_kept("Y", &fields, now(), out)?);
        }
        let snapshots = instruments.into_iter().map(|instrument| {
            let market = realm.markets().get(instrument.market).expect("it was found a moment ago");
            let fields = data::snapshot(&request, &instrument, market.book());
            let new = || Subscription::new(&request, instrument, market.book(), realm.sequence());
            (fields, subscribes.then(new))
        });
        let snapshots: Vec<_> = snapshots.collect();
        drop(realm);
        for (fields, subscription) in snapshots {
            self.session.send_of_many("W", &fields, now(), out)?;
            self.subscriptions.extend(subscription);
        }
        Ok(())
    }

    /// `R`: there are no quotes here, only orders.
    pub(super) fn quote(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Result<(), Failed> {
        let id = need_id(message, 131)?;
        let symbol = String::from_utf8_lossy(need(message, 55)?).into_owned();
        let fields = Fields::default().with(131, id).with(658, 99).with(146, 1).with(55, symbol);
        let fields = fields.with(58, "markets here match orders: there are no quotes");
        Ok(self.session.send_kept("AG", &fields, now(), out)?)
    }
}
