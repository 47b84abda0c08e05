//! The commands that move value between accounts, each checked as a whole before anything changes.
//!
//! The checks of one step go in the order of the rejects' numbers ([`crate::reject`]); a group is refused for the first of its steps that fails.
//! Meaning follows `TigerBeetle`'s transfers, with these differences: accounts carry limits in both directions instead of two flags; holds have
//! numbers of their own and expire by the log's time at a moment given, not after a timeout; a group is one command with a list of steps
//! instead of a run of linked events; every transfer says who asks, and is refused to others than the debited account's owner; amounts of zero are
//! refused, and nothing is "as much as there is"; corrections name what they reverse.

use serde::{Deserialize, Serialize};

use super::Ledger;
use super::account::Account;
use super::history::{Past, Place, Standing};
use super::hold::{Hold, HoldEnd};
use super::posting::PostingKind;
use super::units::{AccountId, AgentId, Amount, HoldId, Sequence};
use crate::authority::{Authority, Role};
use crate::codec::{choice, record};
use crate::event::{Event, Events};
use crate::reject::Reject;

/// Most steps of a linked group.
pub const MAX_STEPS: usize = 1_024;

/// Moves an amount, at once or in two phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateTransfer {
    /// From where.
    pub debit: AccountId,
    /// To where.
    pub credit: AccountId,
    /// How much.
    pub amount: Amount,
    /// If given, the amount is held until it is posted or voided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
}

/// How long a two-phase transfer waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// When it expires, in nanoseconds of the log; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// Moves what is held. The rest of the hold, if not all is posted, is free again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PostPending {
    /// Which hold.
    pub hold: HoldId,
    /// How much of it; none: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// Frees what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoidPending {
    /// Which hold.
    pub hold: HoldId,
}

/// The issuer makes more of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IssueAsset {
    /// Into which account; its asset is issued.
    pub credit: AccountId,
    /// How much.
    pub amount: Amount,
}

/// An owner gives units of an asset up; there are fewer of it then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetireAsset {
    /// From which account.
    pub debit: AccountId,
    /// How much.
    pub amount: Amount,
}

/// Reverses a transfer, all of it, once. Nothing in the log is ever changed. A linked group reverses what earlier commands moved: what its own earlier steps did
/// is not known as a transfer before all of it is done ([`Reject::UnknownTransfer`]), since a group that moves something and takes it back need not move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CorrectTransfer {
    /// Where the transfer's command stands in the log.
    pub sequence: Sequence,
    /// Which step of a linked group it was; 0 of any other.
    #[serde(default)]
    pub step: u32,
}

record!(CreateTransfer { debit, credit, amount, pending });
record!(Pending { expires });
record!(PostPending { hold, amount });
record!(VoidPending { hold });
record!(IssueAsset { credit, amount });
record!(RetireAsset { debit, amount });
record!(CorrectTransfer { sequence, step });

/// One step of a linked group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Step {
    /// See [`CreateTransfer`].
    CreateTransfer(CreateTransfer),
    /// See [`PostPending`].
    PostPending(PostPending),
    /// See [`VoidPending`].
    VoidPending(VoidPending),
    /// See [`IssueAsset`].
    IssueAsset(IssueAsset),
    /// See [`RetireAsset`].
    RetireAsset(RetireAsset),
    /// See [`CorrectTransfer`].
    CorrectTransfer(CorrectTransfer),
}

choice!(Step {
    1 => CreateTransfer(step),
    2 => PostPending(step),
    3 => VoidPending(step),
    4 => IssueAsset(step),
    5 => RetireAsset(step),
    6 => CorrectTransfer(step),
});

#[inline]
fn check_amount(amount: Amount) -> Result<(), Reject> {
    match amount {
        Amount::ZERO => Err(Reject::AmountZero),
        _ if amount > Amount::MAX => Err(Reject::AmountTooLarge),
        _ => Ok(()),
    }
}

impl Ledger {
    /// Carries out one step.
    ///
    /// # Errors
    /// The first check that fails; then nothing changed.
    #[inline]
    pub fn carry_out(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Sequence,
        step: &Step,
    ) -> Result<(), Reject> {
        let past = self.step(events, by, Place { sequence: at, step: 0 }, step)?;
        if let Some(past) = past {
            self.history.push(past);
        }
        Ok(())
    }

    /// Carries out all steps, or none.
    ///
    /// # Errors
    /// The step that failed, and why; the steps before it are taken back.
    pub fn carry_out_all(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Sequence,
        steps: &[Step],
    ) -> Result<(), (Reject, Option<u32>)> {
        if steps.is_empty() || steps.len() > MAX_STEPS {
            return Err((Reject::ListOutOfRange, None));
        }
        let mark = events.list.len();
        let mut past = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let place = Place { sequence: at, step: index as u32 };
            match self.step(events, by, place, step) {
                Ok(moved) => past.extend(moved),
                Err(reject) => {
                    self.take_back(events, mark);
                    return Err((reject, Some(index as u32)));
                }
            }
        }
        for moved in past {
            self.history.push(moved);
        }
        Ok(())
    }

    fn step(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Place,
        step: &Step,
    ) -> Result<Option<Past>, Reject> {
        match step {
            Step::CreateTransfer(transfer) => self.transfer(events, by, at, transfer),
            Step::PostPending(post) => self.post_pending(events, by, at, post).map(Some),
            Step::VoidPending(void) => self.void_pending(events, by, void.hold).map(|()| None),
            Step::IssueAsset(issue) => self.issue(events, by, at, issue).map(Some),
            Step::RetireAsset(retire) => self.retire(events, by, at, retire).map(Some),
            Step::CorrectTransfer(correction) => self.correct(events, by, at, correction).map(Some),
        }
    }

    /// Undoes what events since `mark` tell of, the last first, and forgets them.
    fn take_back(&mut self, events: &mut Events, mark: usize) {
        for event in events.list.drain(mark..).rev() {
            match event {
                Event::Posting(posting) => self.book(posting.inverse()),
                Event::HoldCreated { hold } => self.holds.undo_insert(hold),
                Event::HoldEnded { hold, held, .. } => self.holds.undo_end(hold, held),
                Event::Reversed { of, step } => {
                    self.history.set_reversed(Place { sequence: of, step }, false);
                }
                _ => unreachable!("no step tells of anything else"),
            }
        }
    }

    #[inline]
    fn transfer(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Place,
        transfer: &CreateTransfer,
    ) -> Result<Option<Past>, Reject> {
        let &CreateTransfer { debit, credit, amount, pending } = transfer;
        check_amount(amount)?;
        if debit == credit {
            return Err(Reject::SameAccount);
        }
        let from = self.account(debit).ok_or(Reject::UnknownDebitAccount)?;
        let to = self.account(credit).ok_or(Reject::UnknownCreditAccount)?;
        by.require(from.owner)?;
        if from.asset != to.asset {
            return Err(Reject::DifferentAssets);
        }
        self.check_open(debit, credit)?;
        if pending.and_then(|pending| pending.expires).is_some_and(|expires| expires <= by.now) {
            return Err(Reject::AlreadyExpired);
        }
        if from.owner == AgentId::REALM || to.owner == AgentId::REALM {
            return Err(Reject::IssueAccount);
        }
        self.check_funds(debit, credit, amount)?;
        if let Some(Pending { expires }) = pending {
            if self.holds.is_full() {
                return Err(Reject::Full);
            }
            let hold = Hold { debit, credit, amount, expires: expires.unwrap_or(0) };
            self.record(events, PostingKind::Held, debit, credit, amount);
            let hold = self.holds.insert(hold);
            events.tell(Event::HoldCreated { hold });
            return Ok(None);
        }
        self.record(events, PostingKind::Posted, debit, credit, amount);
        Ok(Some(Past { place: at, debit, credit, amount, standing: Standing::Stands }))
    }

    fn post_pending(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Place,
        post: &PostPending,
    ) -> Result<Past, Reject> {
        if let Some(amount) = post.amount {
            check_amount(amount)?;
        }
        let held = self.hold_for(by, post.hold, |from, to| by.is(from) || by.is(to))?;
        let amount = post.amount.unwrap_or(held.amount);
        if amount > held.amount {
            return Err(Reject::PostTooLarge);
        }
        let Hold { debit, credit, .. } = held;
        self.record(events, PostingKind::Released, debit, credit, held.amount);
        self.record(events, PostingKind::Posted, debit, credit, amount);
        self.end_hold(events, post.hold, held, HoldEnd::Posted);
        Ok(Past { place: at, debit, credit, amount, standing: Standing::Stands })
    }

    /// Frees a hold: the one it was to bring something may do that, since it is a promise to them.
    fn void_pending(&mut self, events: &mut Events, by: Authority, id: HoldId) -> Result<(), Reject> {
        let held = self.hold_for(by, id, |_, to| by.is(to))?;
        self.record(events, PostingKind::Released, held.debit, held.credit, held.amount);
        self.end_hold(events, id, held, HoldEnd::Voided);
        Ok(())
    }

    /// An open hold that the actor may end. Whose a hold was is forgotten when it ends: that it ended is told to whoever asks. One whose time is over
    /// has ended, even if its turn to be taken out has not come.
    fn hold_for(
        &self,
        by: Authority,
        id: HoldId,
        may: impl Fn(AgentId, AgentId) -> bool,
    ) -> Result<Hold, Reject> {
        let held = self.holds.get(id)?;
        if held.expires != 0 && held.expires <= by.now {
            return Err(Reject::HoldExpired);
        }
        let owner = |account: AccountId| self.accounts[account.0 as usize - 1].owner;
        if by.is_operator() || may(owner(held.debit), owner(held.credit)) {
            Ok(held)
        } else {
            Err(Reject::NotAllowed)
        }
    }

    fn end_hold(&mut self, events: &mut Events, hold: HoldId, held: Hold, end: HoldEnd) {
        self.holds.end(hold, end);
        events.tell(Event::HoldEnded { hold, held, end });
    }

    /// Ends holds whose time is over, by expiry, then number, and no more than `most` of them. Those that are left hold their amounts until it
    /// is their turn, but can be neither posted nor voided.
    ///
    /// # Panics
    /// It cannot: only open holds have an expiry.
    pub fn expire(&mut self, events: &mut Events, now: u64, most: usize) {
        for _ in 0..most {
            let due = self.holds.first_expiry().filter(|&(expires, _)| expires <= now);
            let Some((_, id)) = due else { return };
            let held = self.holds.get(id).expect("only open holds have an expiry");
            self.record(events, PostingKind::Released, held.debit, held.credit, held.amount);
            self.end_hold(events, id, held, HoldEnd::Expired);
        }
    }

    fn issue(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Place,
        issue: &IssueAsset,
    ) -> Result<Past, Reject> {
        let &IssueAsset { credit, amount } = issue;
        check_amount(amount)?;
        let to = *self.account(credit).ok_or(Reject::UnknownCreditAccount)?;
        let asset = self.asset(to.asset).expect("an account's asset exists");
        by.require_as(asset.issuer, Role::Issuer)?;
        if to.is_closed {
            return Err(Reject::CreditAccountClosed);
        }
        let cap = asset.supply.cap().ok_or(Reject::NotIssuable)?;
        let debit = asset.issue_account;
        if to.owner == AgentId::REALM {
            return Err(Reject::IssueAccount);
        }
        if !to.has_room(self.limits_of(&to), amount.0) {
            return Err(Reject::CeilingExceeded);
        }
        if self.outstanding(to.asset).0 + amount.0 > cap.0 {
            return Err(Reject::SupplyExceeded);
        }
        self.record(events, PostingKind::Posted, debit, credit, amount);
        Ok(Past { place: at, debit, credit, amount, standing: Standing::Stands })
    }

    fn retire(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Place,
        retire: &RetireAsset,
    ) -> Result<Past, Reject> {
        let &RetireAsset { debit, amount } = retire;
        check_amount(amount)?;
        let from = *self.account(debit).ok_or(Reject::UnknownDebitAccount)?;
        by.require(from.owner)?;
        let asset = self.asset(from.asset).expect("an account's asset exists");
        let credit = asset.issue_account;
        self.check_open(debit, credit)?;
        if asset.supply.cap().is_none() {
            return Err(Reject::NotIssuable);
        }
        if from.owner == AgentId::REALM {
            return Err(Reject::IssueAccount);
        }
        // The issue account's ceiling is zero, so no more can be retired than is out.
        self.check_funds(debit, credit, amount)?;
        self.record(events, PostingKind::Posted, debit, credit, amount);
        Ok(Past { place: at, debit, credit, amount, standing: Standing::Stands })
    }

    /// Whoever received gives back; operators may do so for them.
    fn correct(
        &mut self,
        events: &mut Events,
        by: Authority,
        at: Place,
        correction: &CorrectTransfer,
    ) -> Result<Past, Reject> {
        let place = Place { sequence: correction.sequence, step: correction.step };
        let Past { debit, credit, amount, standing, .. } = self.history.get(place)?;
        self.require_giver(by, credit)?;
        self.check_open(credit, debit)?;
        standing.require()?;
        self.check_funds(credit, debit, amount)?;
        if self.is_issue_account(credit) {
            let asset = self.accounts[credit.0 as usize - 1].asset;
            let cap = self
                .asset(asset)
                .and_then(|asset| asset.supply.cap())
                .expect("it was retired, so it is issued");
            if self.outstanding(asset).0 + amount.0 > cap.0 {
                return Err(Reject::SupplyExceeded);
            }
        }
        self.record(events, PostingKind::Posted, credit, debit, amount);
        self.history.set_reversed(place, true);
        events.tell(Event::Reversed { of: place.sequence, step: place.step });
        let (debit, credit) = (credit, debit);
        Ok(Past { place: at, debit, credit, amount, standing: Standing::Reversal })
    }

    /// Refuses who may not give back what came into an account: of an issue account, the issuer makes anew what was retired.
    fn require_giver(&self, by: Authority, account: AccountId) -> Result<(), Reject> {
        let Account { owner, asset, .. } = self.accounts[account.0 as usize - 1];
        if owner != AgentId::REALM {
            return by.require(owner);
        }
        by.require_as(self.asset(asset).expect("an account's asset exists").issuer, Role::Issuer)
    }
}
