//! `bartizan round show`: what a round is about, and what would change hands by the best proposal so far.

use std::collections::BTreeSet;

use bartizan_engine::ledger::units::{AgentId, Amount};
use bartizan_engine::realm::Realm;
use bartizan_engine::rounds::offer::Gives;
use bartizan_engine::rounds::state::{BarterRound, Best};
use bartizan_engine::{ItemIndex, Outcome};
use bartizan_solver::certify::Certificate;

use super::names::{Names, stage};
use super::place::Place;
use crate::cli::Failure;
use crate::cli::columns::{columns, plain};
use crate::cli::output::write_stdout;

/// Show a round: who offers what for what, and what would change hands by the best proposal so far
///
/// Of a round that has ended the offers are forgotten: `--at` shows it as it was before.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    place: Place,
    /// As it was after the command of this sequence
    #[arg(long, value_name = "SEQUENCE")]
    at: Option<u64>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let place = &arguments.place;
    let realm = place.realm(arguments.at)?;
    let round = place.find(&realm)?;
    let names = Names(&realm);
    let goals: Vec<String> = round.rules.objectives.iter().map(|&goal| names.goal(goal)).collect();
    let mut lines = vec![
        format!("Round {} {}: {}", place.round, plain(&round.name), stage(round.stage)),
        format!("organised by {}, cleared for {}", names.agent(round.organiser), goals.join(", then ")),
    ];
    if let Some(at) = round.rules.closes_at.filter(|_| round.next_offer().0 > 0 && !round.is_ended()) {
        lines.push(format!("closes by itself at {at} ns"));
    }
    lines.extend(offers(names, round));
    if let Some(best) = round.best() {
        lines.extend(proposal(names, &realm, place, round, best));
    }
    write_stdout(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))
}

fn offers(names: Names<'_>, round: &BarterRound) -> Vec<String> {
    let mut rows = vec![["offer", "of", "gives", "would take"].map(str::to_owned)];
    rows.extend(round.offers().map(|(id, offer)| {
        let (gives, wants) = (names.gives(&round.rules, offer), names.wants(&round.rules, offer));
        [id.0.to_string(), names.agent(offer.owner), gives, wants]
    }));
    if rows.len() == 1 {
        return Vec::new();
    }
    let mut lines = vec![String::new()];
    lines.extend(columns(&rows, |column| column != 0));
    let owners: BTreeSet<AgentId> = round.offers().map(|(_, offer)| offer.owner).collect();
    for owner in owners {
        if let Some(most) = round.limit_of(owner) {
            lines.push(format!("{} spends at most {}", names.agent(owner), names.money(&round.rules, most)));
        }
    }
    lines
}

/// What changes hands by a proposal, ring by ring.
fn proposal(names: Names<'_>, realm: &Realm, place: &Place, round: &BarterRound, best: &Best) -> Vec<String> {
    let Some(frozen) = realm.frozen_round(place.id()) else { return Vec::new() };
    let mut lines = vec![String::new(), format!("best proposal, of {}:", names.agent(best.solver))];
    lines.extend(best.levels.iter().map(|level| {
        let proven = if level.value == level.bound {
            "proven".to_owned()
        } else {
            format!("the best may be {}", level.bound)
        };
        format!("  {} {}, {proven}", names.goal(level.objective), level.value)
    }));
    let takes = best.takes.iter().map(|&item| ItemIndex(item)).collect();
    let outcome = Outcome { takes, levels: Vec::new(), certificate: Certificate::default() };
    let offers: Vec<_> = round.offers().map(|(_, offer)| offer).collect();
    for ring in outcome.rings(&frozen.round) {
        lines.push(String::new());
        for hop in ring {
            let (taker, giver) = (offers[hop.item.at()], offers[hop.receives.at()]);
            let what = match giver.gives {
                Gives::Bid { .. } => names.money(&round.rules, Amount(hop.price as u128)),
                Gives::Lot { .. } | Gives::Dummy => names.gives(&round.rules, giver),
            };
            let (to, from) = (names.agent(taker.owner), names.agent(giver.owner));
            lines.push(format!("  {to} gets {what} from {from}"));
        }
    }
    lines
}
