//! Proposals compete: each is verified against the frozen round, and the best so far stands.
//!
//! Better is what reaches more on the first objective that differs; and where all values are the same, what proves more: the tighter bound on the first
//! objective where they differ. A tie goes to the earlier one. Cost: that of [`verify()`], O(levels * wants) for each case of the proof. How much that
//! may come to is counted before anything is looked at, in steps that follow from the round's offers ([`BarterRound::steps_per_case`]), and
//! bounded by [`MAX_PROOF_STEPS`]: no proposal, however made, keeps a realm for longer than that.

use std::cmp::Ordering;

use super::command::{Claim, ProposeSettlement};
use super::freeze::{Frozen, freeze};
use super::rules::Goal;
use super::state::{BarterRound, Best, Rounds, Stage};
use super::units::RoundId;
use crate::authority::{Authority, Role};
use crate::certificate::{CaseRecord, CertificateRecord, CoupledRecord};
use crate::event::{Event, Events};
use crate::ledger::Ledger;
use crate::limits::{MAX_CASES, MAX_OBJECTIVES, MAX_OFFERS, MAX_PROOF_STEPS};
use crate::reject::Reject;
use crate::{Fault, ItemIndex, ItemKind, Level, Outcome, UserIndex, verify};

impl BarterRound {
    /// Refuses if it is not closed; else tells until when it takes proposals.
    pub(super) fn require_closed(&self) -> Result<u64, Reject> {
        match self.stage {
            Stage::Open => Err(Reject::RoundNotClosed),
            Stage::Closed { until } => Ok(until),
            Stage::Settled | Stage::Cancelled => Err(Reject::RoundEnded),
        }
    }
}

impl Frozen {
    /// An outcome of this round as a command of the round numbered `round`.
    ///
    /// # Panics
    /// If the outcome's objectives favour a user whom the round does not have.
    pub fn proposal(&self, round: RoundId, outcome: &Outcome) -> ProposeSettlement {
        let claim = |level: &Level| Claim {
            objective: Goal::of(level.objective, &self.agents).expect("the user exists"),
            value: level.value,
            bound: level.bound,
        };
        let CertificateRecord { prices, coupled } = CertificateRecord::from(&outcome.certificate);
        ProposeSettlement {
            round,
            takes: outcome.takes.iter().map(|item| item.0).collect(),
            levels: outcome.levels.iter().map(claim).collect(),
            certificate: CertificateRecord { prices: prices.into_owned().into(), coupled },
        }
    }

    /// The outcome that a proposal states, verified.
    fn outcome(&self, propose: &ProposeSettlement) -> Result<Outcome, Reject> {
        // An agent who is no user of the round is favoured by none of its objectives.
        let user_of = |agent| self.agents.iter().position(|&user| user == agent).unwrap_or(usize::MAX);
        let level = |claim: &Claim| Level {
            objective: claim.objective.objective(|agent| UserIndex(user_of(agent) as u32)),
            value: claim.value,
            bound: claim.bound,
        };
        let takes: Vec<ItemIndex> = propose.takes.iter().map(|&item| ItemIndex(item)).collect();
        let levels = propose.levels.iter().map(level).collect();
        // What cannot be read proves nothing, and is refused as that, once it is known that the rest would do.
        let certificate = propose.certificate.clone().into_certificate().unwrap_or_default();
        let outcome = Outcome { takes, levels, certificate };
        match verify(&self.round, &outcome) {
            Err(fault) => Err(Reject::from(&fault)),
            Ok(()) => Ok(outcome),
        }
    }
}

/// What a proposal with this fault is refused for.
impl From<&Fault> for Reject {
    fn from(fault: &Fault) -> Self {
        match fault {
            Fault::Malformed | Fault::NotProven { .. } => Reject::ProposalNotProven,
            Fault::Round(_)
            | Fault::WrongItemCount
            | Fault::NotGranted(_)
            | Fault::LimitExceeded(..)
            | Fault::WrongObjectives
            | Fault::WrongValue { .. } => Reject::ProposalInvalid,
        }
    }
}

impl Rounds {
    /// Verifies a proposal, and keeps it if it is the best so far.
    pub(crate) fn propose(
        &mut self,
        events: &mut Events,
        ledger: &Ledger,
        by: Authority,
        propose: &ProposeSettlement,
    ) -> Result<(), Reject> {
        let cases = propose.certificate.coupled.as_ref().map_or(0, |coupled| coupled.cases.len());
        if propose.takes.len() > MAX_OFFERS || propose.levels.len() > MAX_OBJECTIVES || cases > MAX_CASES {
            return Err(Reject::ListOutOfRange);
        }
        let round = self.known(propose.round)?;
        by.require_role(Role::Solver)?;
        if by.now >= round.require_closed()? {
            return Err(Reject::TooLate);
        }
        let most_leaves = MAX_PROOF_STEPS / round.steps_per_case().max(1);
        if leaves(propose.certificate.coupled.as_ref()) > most_leaves {
            return Err(Reject::ProofTooLong);
        }
        // What does not even have the round's size is refused before the round is stated, which costs more than all that was done so far.
        if propose.takes.len() != round.offers().count()
            || propose.levels.len() != round.rules.objectives.len()
        {
            return Err(Reject::ProposalInvalid);
        }
        let frozen = freeze(round, ledger);
        let outcome = frozen.outcome(propose)?;
        if round.best.as_ref().is_some_and(|best| !is_better(&propose.levels, &best.levels)) {
            return Err(Reject::ProposalNotBetter);
        }
        let items = traded(&frozen, &outcome);
        let is_optimal = outcome.is_optimal();
        let best = Best { solver: by.agent, takes: propose.takes.clone(), levels: propose.levels.clone() };
        self.change(propose.round, |round| round.best = Some(best));
        events.tell(Event::ProposalAccepted { round: propose.round, solver: by.agent, items, is_optimal });
        Ok(())
    }
}

/// How many cases of a proof are not divided further; one if nothing is divided.
fn leaves(coupled: Option<&CoupledRecord>) -> u64 {
    let is_leaf = |case: &&CaseRecord| matches!(case, CaseRecord::Leaf { .. });
    coupled.map_or(1, |coupled| coupled.cases.iter().filter(is_leaf).count().max(1) as u64)
}

/// How many lots and bids change hands.
fn traded(frozen: &Frozen, outcome: &Outcome) -> u32 {
    let trades = |(item, taken): (usize, &ItemIndex)| {
        taken.at() != item && frozen.round.items[item].kind != ItemKind::Dummy
    };
    outcome.takes.iter().enumerate().filter(|&pair| trades(pair)).count() as u32
}

/// Whether `new` outdoes `old` in value, or, as good in all, in what is proven. Both are for the same objectives.
fn is_better(new: &[Claim], old: &[Claim]) -> bool {
    let any_user = |_| UserIndex(0);
    let mut by_value = Ordering::Equal;
    let mut by_bound = Ordering::Equal;
    for (new, old) in new.iter().zip(old) {
        let more_is_better = new.objective.objective(any_user).more_is_better();
        let better = if more_is_better { Ordering::Greater } else { Ordering::Less };
        let judge = |ordering: Ordering| if better == Ordering::Less { ordering.reverse() } else { ordering };
        by_value = by_value.then(judge(new.value.cmp(&old.value)));
        // The bound stands on the other side of the value.
        by_bound = by_bound.then(judge(old.bound.cmp(&new.bound)));
    }
    by_value.then(by_bound) == Ordering::Greater
}
