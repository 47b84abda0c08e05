//! Which round of which realm a command is about.

use std::path::PathBuf;

use bartizan_engine::realm::Realm;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::state::{BarterRound, Stage};
use bartizan_engine::rounds::units::RoundId;

use crate::cli::Failure;
use crate::cli::state::realm_at;

/// A round of a realm.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// The realm's directory
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
    /// The round's number: see `round list`
    #[arg(long, value_name = "N")]
    pub(super) round: u32,
}

impl Place {
    /// The realm as it is, or as it was after the command of a sequence.
    pub(super) fn realm(&self, at: Option<u64>) -> Result<Realm, Failure> {
        realm_at(&self.data, at)
    }

    /// The round's number.
    pub(super) fn id(&self) -> RoundId {
        RoundId(self.round)
    }

    /// The round.
    pub(super) fn find<'a>(&self, realm: &'a Realm) -> Result<&'a BarterRound, Failure> {
        realm.rounds().get(self.id()).ok_or_else(|| {
            let count = realm.rounds().iter().count();
            Failure::at(&self.data, format!("there is no round {}: the realm has {count} rounds", self.round))
        })
    }

    /// The round as solvers see it.
    pub(super) fn frozen(&self, realm: &Realm) -> Result<Frozen, Failure> {
        let stage = self.find(realm)?.stage;
        realm.frozen_round(self.id()).ok_or_else(|| {
            let why = match stage {
                Stage::Settled | Stage::Cancelled => {
                    "has ended, and its offers are forgotten; `round export` and `round show` take --at SEQUENCE, of a command when it was closed"
                }
                Stage::Open | Stage::Closed { .. } => {
                    "is open: only a closed round is fixed; its organiser says CloseRound, or it closes at its time"
                }
            };
            Failure::at(&self.data, format!("round {} {why}", self.round))
        })
    }
}
