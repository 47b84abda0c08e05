//! Offers come and go while a round is open; what is given is on hold as long.
//!
//! Of bids all that is bid is held, or the agent's spending limit if that is less: more can never be spent.

use std::collections::BTreeSet;

use super::command::{LimitSpending, SubmitOffer, WithdrawOffer};
use super::offer::{Gives, MOST_MONEY, Offer, Want, Wanted, check_offer};
use super::state::{BarterRound, Rounds, Stage};
use super::units::RoundId;
use crate::authority::{Authority, Role};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::ledger::units::{AccountId, AgentId, Amount, AssetId};
use crate::reject::Reject;

impl BarterRound {
    /// Refuses if it takes no offers.
    pub(super) fn require_open(&self) -> Result<(), Reject> {
        match self.stage {
            Stage::Open => Ok(()),
            Stage::Closed { .. } => Err(Reject::RoundNotOpen),
            Stage::Settled | Stage::Cancelled => Err(Reject::RoundEnded),
        }
    }
}

impl Rounds {
    /// Takes an offer and holds what it gives.
    pub(crate) fn submit(
        &mut self,
        events: &mut Events,
        ledger: &mut Ledger,
        by: Authority,
        submit: &SubmitOffer,
    ) -> Result<(), Reject> {
        let round = self.known(submit.round);
        let is_next = |offer| round.is_ok_and(|round| round.next_offer() == offer);
        if round.is_ok() && !submit.offer.is_none_or(is_next) {
            return Err(Reject::NumberNotNext);
        }
        check_offer(submit.gives, &submit.wants)?;
        check_assets(ledger, submit)?;
        let round = round?;
        let account = check_names(round, ledger, by.agent, submit)?;
        by.require_role(Role::Trader)?;
        if by.agent == AgentId::REALM {
            return Err(Reject::NotAllowed);
        }
        let brings = check_wants(round, by.agent, &submit.wants)?;
        if matches!(submit.gives, Gives::Bid { .. }) && brings_money(round, &submit.wants) {
            return Err(Reject::NotAllowed);
        }
        let has_ceiling = |&asset: &AssetId| {
            let account = ledger.account_of(by.agent, asset).and_then(|account| ledger.account(account));
            account.is_some_and(|account| ledger.limits_of(account).ceiling.is_some())
        };
        if brings.iter().any(has_ceiling) {
            return Err(Reject::CeilingInMarket);
        }
        round.require_open()?;
        let held = to_hold(round, by.agent, submit.gives);
        let is_there = account.0 == 0 || ledger.available(account) >= held as i128;
        if !is_there && is_offered(round, ledger, by.agent, submit.gives) {
            return Err(Reject::ItemOffered);
        }
        check_money(round, submit)?;
        if !is_there {
            return Err(Reject::InsufficientFunds);
        }
        let owner = by.agent;
        let brings = brings.into_iter().collect();
        let offer = Offer { owner, gives: submit.gives, account, wants: submit.wants.clone(), brings };
        let offer = self.insert(submit.round, offer)?;
        if held != 0 {
            ledger.hold_out(events, account, held);
        }
        events.tell(Event::OfferSubmitted { round: submit.round, offer });
        Ok(())
    }

    /// Takes an offer out and frees what it gave: for its owner, the organiser, or an operator.
    pub(crate) fn withdraw(
        &mut self,
        events: &mut Events,
        ledger: &mut Ledger,
        by: Authority,
        withdraw: WithdrawOffer,
    ) -> Result<(), Reject> {
        let round = self.known(withdraw.round)?;
        let offer = round.offers.get(&withdraw.offer).ok_or(Reject::UnknownOffer)?;
        if by.agent != offer.owner {
            by.require_as(round.organiser, Role::Organiser)?;
        }
        round.require_open()?;
        let before = round.money_held(offer.owner);
        let offer = self.remove(withdraw.round, withdraw.offer);
        let after = self.known(withdraw.round)?.money_held(offer.owner);
        let freed = match offer.gives {
            Gives::Lot { amount, .. } => amount.0,
            Gives::Bid { .. } => before - after,
            Gives::Dummy => 0,
        };
        if freed != 0 {
            ledger.release_out(events, offer.account, freed);
        }
        events.tell(Event::OfferWithdrawn { round: withdraw.round, offer: withdraw.offer });
        Ok(())
    }

    /// Sets how much an agent will spend, and holds as much of it as is bid.
    pub(crate) fn limit_spending(
        &mut self,
        events: &mut Events,
        ledger: &mut Ledger,
        by: Authority,
        limit: LimitSpending,
    ) -> Result<(), Reject> {
        let LimitSpending { round: id, most } = limit;
        match most {
            Some(Amount::ZERO) => return Err(Reject::AmountZero),
            Some(most) if most > MOST_MONEY => return Err(Reject::AmountTooLarge),
            _ => {}
        }
        let round = self.known(id)?;
        by.require_role(Role::Trader)?;
        round.require_open()?;
        let money = round.rules.money.ok_or(Reject::NoMoney)?;
        let bid = round.load.bids_of(by.agent);
        let before = round.money_held(by.agent);
        let after = most.map_or(bid, |most| bid.min(most.0));
        if after != before {
            let account = ledger.account_of(by.agent, money).expect("money is held on it, so it is open");
            if after > before && ledger.available(account) < (after - before) as i128 {
                return Err(Reject::InsufficientFunds);
            }
            if after > before {
                ledger.hold_out(events, account, after - before);
            } else {
                ledger.release_out(events, account, before - after);
            }
        }
        self.change(id, |round| match most {
            Some(most) => drop(round.limits.insert(by.agent, most)),
            None => drop(round.limits.remove(&by.agent)),
        });
        events.tell(Event::SpendingLimited { round: id, agent: by.agent, most });
        Ok(())
    }

    /// Frees all that is held for a round.
    pub(super) fn release_all(&self, events: &mut Events, ledger: &mut Ledger, round: RoundId) {
        let held: Vec<(AccountId, u128)> = self.get(round).into_iter().flat_map(BarterRound::holds).collect();
        for (account, amount) in held {
            ledger.release_out(events, account, amount);
        }
    }
}

/// Whether the assets that an offer names exist.
fn check_assets(ledger: &Ledger, submit: &SubmitOffer) -> Result<(), Reject> {
    let given = match submit.gives {
        Gives::Lot { asset, .. } => Some(asset),
        Gives::Bid { .. } | Gives::Dummy => None,
    };
    let wanted = submit.wants.iter().filter_map(|want| match want.wanted {
        Wanted::Asset { asset, .. } => Some(asset),
        Wanted::Offer { .. } | Wanted::Money { .. } => None,
    });
    if given.into_iter().chain(wanted).any(|asset| ledger.asset(asset).is_none()) {
        return Err(Reject::UnknownAsset);
    }
    Ok(())
}

/// Whether what an offer names in its round exists; tells the account that what it gives is held on.
fn check_names(
    round: &BarterRound,
    ledger: &Ledger,
    owner: AgentId,
    submit: &SubmitOffer,
) -> Result<AccountId, Reject> {
    let is_unknown = |want: &Want| matches!(want.wanted, Wanted::Offer { offer, .. } if !round.offers.contains_key(&offer));
    if submit.wants.iter().any(is_unknown) {
        return Err(Reject::UnknownOffer);
    }
    let given = match submit.gives {
        Gives::Lot { asset, .. } => Some(asset),
        Gives::Bid { .. } => round.rules.money,
        Gives::Dummy => None,
    };
    match given {
        Some(asset) => ledger.account_of(owner, asset).ok_or(Reject::NoAccount),
        None => Ok(AccountId(0)),
    }
}

/// Whether the actor may want what is wanted: offers of others, and own dummies. Tells which assets that could bring.
fn check_wants(round: &BarterRound, owner: AgentId, wants: &[Want]) -> Result<BTreeSet<AssetId>, Reject> {
    let mut brings = BTreeSet::new();
    for want in wants {
        match want.wanted {
            Wanted::Asset { asset, .. } => drop(brings.insert(asset)),
            Wanted::Money { .. } => brings.extend(round.rules.money),
            Wanted::Offer { offer, .. } => {
                let other = &round.offers[&offer];
                if (other.owner == owner) != (other.gives == Gives::Dummy) {
                    return Err(Reject::NotAllowed);
                }
                match other.gives {
                    Gives::Lot { asset, .. } => drop(brings.insert(asset)),
                    Gives::Bid { .. } => brings.extend(round.rules.money),
                    Gives::Dummy => {}
                }
            }
        }
    }
    Ok(brings)
}

/// Whether what is wanted, also through dummies, may be money. Money for money would count as trade and be none.
fn brings_money(round: &BarterRound, wants: &[Want]) -> bool {
    let mut dummies = BTreeSet::new();
    let mut left: Vec<&Want> = wants.iter().collect();
    while let Some(want) = left.pop() {
        match want.wanted {
            Wanted::Asset { .. } => {}
            Wanted::Money { .. } => return true,
            Wanted::Offer { offer, .. } => match round.offers[&offer].gives {
                Gives::Bid { .. } => return true,
                Gives::Dummy if dummies.insert(offer) => left.extend(&round.offers[&offer].wants),
                Gives::Lot { .. } | Gives::Dummy => {}
            },
        }
    }
    false
}

/// How much more must be held for an offer.
fn to_hold(round: &BarterRound, owner: AgentId, gives: Gives) -> u128 {
    match gives {
        Gives::Lot { amount, .. } => amount.0,
        Gives::Bid { most } => {
            let bid = round.load.bids_of(owner) + most.0;
            round.limit_of(owner).map_or(bid, |limit| bid.min(limit.0)) - round.money_held(owner)
        }
        Gives::Dummy => 0,
    }
}

/// Whether the same owner offers the same thing already. Asked only once there is not enough of it, since it looks through all offers.
fn is_offered(round: &BarterRound, ledger: &Ledger, owner: AgentId, gives: Gives) -> bool {
    let Gives::Lot { asset, .. } = gives else { return false };
    let is_thing = ledger.asset(asset).is_some_and(|asset| asset.class.is_indivisible());
    is_thing
        && round.offers.values().any(|offer| {
            offer.owner == owner && matches!(offer.gives, Gives::Lot { asset: other, .. } if other == asset)
        })
}

/// Whether what is asked for in money is to be had in this round.
fn check_money(round: &BarterRound, submit: &SubmitOffer) -> Result<(), Reject> {
    for want in &submit.wants {
        if let Wanted::Offer { offer, price } = want.wanted {
            let bid = match round.offers[&offer].gives {
                Gives::Bid { most } => most,
                Gives::Lot { .. } | Gives::Dummy => Amount::ZERO,
            };
            if price > bid {
                return Err(Reject::AskTooHigh);
            }
        }
    }
    let is_money = |want: &Want| matches!(want.wanted, Wanted::Money { .. });
    if round.rules.money.is_none()
        && (matches!(submit.gives, Gives::Bid { .. }) || submit.wants.iter().any(is_money))
    {
        return Err(Reject::NoMoney);
    }
    Ok(())
}
