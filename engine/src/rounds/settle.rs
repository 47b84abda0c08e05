//! A settlement: all of the best proposal at once, or nothing.
//!
//! Whatever could go wrong is checked before the first posting: what is given is on hold, and those holds are the round's own; receivers' accounts
//! take no ceiling while an offer expects something (see [`Rounds::expects`]), and where there is none, one is opened, for which there must be
//! numbers left. Then first all holds of the round are released, and then each item goes from giver to receiver, in the order of the
//! rings; what does not trade is simply free. Cost: O(offers + wants).
//!
//! A settlement is not one of the transfers that can be corrected: what was swapped is swapped back by new transfers.

use std::collections::BTreeSet;

use bartizan_solver::certify::Certificate;

use super::freeze::{Frozen, freeze};
use super::offer::Gives;
use super::state::{BarterRound, Best, Rounds, Stage};
use super::units::RoundId;
use crate::authority::{Authority, Role};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::ledger::account::Limits;
use crate::ledger::posting::PostingKind;
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId};
use crate::reject::Reject;
use crate::{ItemIndex, Outcome};

/// One thing that changes hands.
struct Handover {
    from: AccountId,
    to: AgentId,
    asset: AssetId,
    amount: Amount,
}

impl Rounds {
    /// Settles a closed round by its best proposal: at once if nothing better exists, else when the time for proposals is over. For those whom it
    /// concerns: the organiser, the solver, whoever has an offer in it, and operators.
    pub(crate) fn settle(
        &mut self,
        events: &mut Events,
        ledger: &mut Ledger,
        by: Authority,
        id: RoundId,
    ) -> Result<(), Reject> {
        let round = self.known(id)?;
        // Whom a round concerned is forgotten when it ends; that it has ended is no secret.
        if !round.is_ended() && !concerns(round, by.agent) {
            by.require_as(round.organiser, Role::Organiser)?;
        }
        let until = round.require_closed()?;
        let best = round.best.as_ref().ok_or(Reject::NoProposal)?;
        if by.now < until && !best.is_optimal() {
            return Err(Reject::TooEarly);
        }
        let (handovers, items) = handovers(round, &freeze(round, ledger), best);
        let missing: BTreeSet<(AgentId, AssetId)> = handovers
            .iter()
            .map(|handover| (handover.to, handover.asset))
            .filter(|&(agent, asset)| ledger.account_of(agent, asset).is_none())
            .collect();
        if ledger.accounts_left() < missing.len() {
            return Err(Reject::Full);
        }
        let solver = best.solver;
        self.release_all(events, ledger, id);
        for (agent, asset) in missing {
            ledger.open(events, agent, asset, Limits::NONE).expect("the numbers left were counted");
        }
        for Handover { from, to, asset, amount } in handovers {
            let to = ledger.account_of(to, asset).expect("it was opened if it was missing");
            ledger.record(events, PostingKind::Posted, from, to, amount);
        }
        self.end(id, Stage::Settled);
        events.tell(Event::RoundSettled { round: id, solver, items });
        Ok(())
    }
}

/// Whether a round is the business of somebody other than its organiser.
fn concerns(round: &BarterRound, agent: AgentId) -> bool {
    round.best.as_ref().is_some_and(|best| best.solver == agent)
        || round.offers.values().any(|offer| offer.owner == agent)
}

/// What changes hands by a verified proposal, ring by ring, and how many lots and bids trade.
fn handovers(round: &BarterRound, frozen: &Frozen, best: &Best) -> (Vec<Handover>, u32) {
    let takes = best.takes.iter().map(|&item| ItemIndex(item)).collect();
    let outcome = Outcome { takes, levels: Vec::new(), certificate: Certificate::default() };
    let offer = |item: ItemIndex| &round.offers[&frozen.offers[item.at()]];
    let mut handovers = Vec::new();
    let mut items = 0;
    for hop in outcome.rings(&frozen.round).into_iter().flatten() {
        items += 1;
        let (taker, given) = (offer(hop.item), offer(hop.receives));
        let (asset, amount) = match given.gives {
            Gives::Lot { asset, amount } => (asset, amount),
            Gives::Bid { .. } => {
                (round.rules.money.expect("bids are made in money"), Amount(hop.price as u128))
            }
            Gives::Dummy => unreachable!("rings leave dummies out"),
        };
        if amount != Amount::ZERO {
            handovers.push(Handover { from: given.account, to: taker.owner, asset, amount });
        }
    }
    (handovers, items)
}
