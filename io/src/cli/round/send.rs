//! An outcome as the line of commands that proposes it, once the realm, as it is, would take it.

use std::path::Path;

use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Command;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::state::{BarterRound, Stage};
use bartizan_engine::rounds::units::RoundId;
use bartizan_engine::{Outcome, verify};

use crate::cli::Failure;
use crate::cli::notice::notice;
use crate::cli::output::write_stdout;
use crate::clock::now;
use crate::node::intake::{LATEST, Line};
use crate::report::fault::describe;

/// Who proposes, and under which id.
#[derive(Debug, clap::Args)]
pub(super) struct Sender {
    /// The number of the agent who proposes, a solver
    #[arg(long, value_name = "AGENT")]
    actor: u32,
    /// The agent's own id of the command; sent again under it, it is done once
    #[arg(long, value_name = "ID")]
    id: u128,
    /// The log's time at which it is to be taken, in nanoseconds since 1970, up to 9223372036854775807; else the clock's when it is run
    #[arg(long, value_name = "NS", value_parser = clap::value_parser!(u64).range(..=LATEST))]
    time: Option<u64>,
}

impl Sender {
    /// Prints the line. An outcome that the realm would refuse now is refused here, under the name of the realm's own reject; `source` is
    /// where the outcome comes from.
    pub(super) fn send(
        &self,
        round: RoundId,
        mut realm: Realm,
        frozen: &Frozen,
        outcome: Outcome,
        source: &Path,
    ) -> Result<(), Failure> {
        let most = realm.rounds().get(round).map(BarterRound::most_cases);
        let (mut outcome, mut why) = (outcome, String::new());
        if let Err(fault) = verify(&frozen.round, &outcome) {
            why = format!(" ({})", describe(&frozen.round, &outcome, &fault));
        } else if let Some(most) = most.filter(|&most| outcome.cases() > most) {
            outcome = outcome.with_cases(&frozen.round, most).expect("it was verified");
            notice(format_args!(
                "{}: its proof has more than the {most} cases that the realm takes: it is cut, and may prove less",
                source.display()
            ));
        }
        let command = Command::ProposeSettlement(frozen.proposal(round, &outcome));
        let line = Line { id: CommandId(self.id), actor: AgentId(self.actor), time: self.time, command };
        let envelope = line.clone().into_envelope();
        if let Identity::Repeated { first, .. } = realm.identify(&envelope) {
            notice(format_args!(
                "it was sent before, as sequence {}: sent again, it changes nothing",
                first.0
            ));
        } else {
            let until = realm.rounds().get(round).map(|round| round.stage);
            let time = self.time.unwrap_or_else(now).max(realm.clock());
            let mut events = Events::default();
            realm.apply(Sequence(realm.sequence().0 + 1), time, &envelope, &mut events);
            if let Some(Event::Rejected { reject, .. }) = events.list.last() {
                if let (Some(Stage::Closed { until }), Reject::TooLate | Reject::RoundEnded) = (until, reject)
                {
                    why = format!(
                        " (proposals are taken until {until} ns, and it would come at {time}; --time says another)"
                    );
                }
                return Err(Failure::at(source, format!("the realm would refuse it: {reject}{why}")));
            }
        }
        let line = serde_json::to_string(&line).expect("a command is JSON");
        write_stdout(|out| writeln!(out, "{line}"))
    }
}
