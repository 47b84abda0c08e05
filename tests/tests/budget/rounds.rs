//! The largest round that a realm takes: an honest proof of it is accepted, and one that would take too long to judge is refused unread.
//!
//! What either costs is written to the terminal: `cargo test --release -p bartizan-tests --test budget -- --nocapture`.

use std::time::Instant;

use bartizan_engine::certificate::{CaseRecord, CoupledRecord};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::IssueAsset;
use bartizan_engine::ledger::units::{AgentId, Amount, AssetId};
use bartizan_engine::limits::{MAX_CASES, MAX_OFFERS, MAX_PROOF_STEPS, MAX_ROUND_WANTS};
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, DefineAsset, OpenAccount, RegisterAgent};
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::command::{CloseRound, OpenRound, ProposeSettlement, SubmitOffer};
use bartizan_engine::rounds::offer::{Gives, Want, Wanted};
use bartizan_engine::rounds::rules::Goal;
use bartizan_engine::rounds::units::RoundId;
use bartizan_io::clear::{Settings, clear};

use crate::Told;

const ROUND: RoundId = RoundId(1);

/// So many agents have so many pieces of an asset of their own each, and want any piece of the next agent's: as many offers, and as many wants, as
/// a round may have.
const AGENTS: u32 = 1024;
const PIECES: u32 = MAX_OFFERS as u32 / AGENTS;

const _: () = assert!(AGENTS as u64 * PIECES as u64 * PIECES as u64 == MAX_ROUND_WANTS);

/// The largest round, closed.
fn largest(objectives: &[Goal]) -> Told {
    let mut told = Told::default();
    let roles = Roles::of(&[Role::Organiser, Role::Trader, Role::Solver]);
    let realm = AgentId::REALM;
    for number in 1..=AGENTS {
        let name = format!("{number}");
        told.does(
            realm,
            Command::RegisterAgent(RegisterAgent { agent: None, name: name.clone(), key: None, roles }),
        );
        let (class, supply) = (AssetClass::Token, SupplyRule::Open);
        told.does(realm, Command::DefineAsset(DefineAsset { asset: None, name, class, scale: 0, supply }));
        let (owner, asset) = (AgentId(number), AssetId(number));
        let (overdraft, ceiling) = (Amount::ZERO, None);
        told.does(
            realm,
            Command::OpenAccount(OpenAccount { account: None, owner, asset, overdraft, ceiling }),
        );
        let credit = told.realm.ledger().account_of(owner, asset).expect("it was opened");
        told.does(realm, Command::IssueAsset(IssueAsset { credit, amount: Amount(PIECES.into()) }));
    }
    told.does(
        AgentId(1),
        Command::OpenRound(OpenRound {
            round: Some(ROUND),
            name: "largest".into(),
            objectives: objectives.to_vec(),
            nontrade_cost: 0,
            money: None,
            closes_at: None,
            proposals_ns: u64::MAX,
        }),
    );
    for number in 1..=AGENTS {
        let wanted = Wanted::Asset { asset: AssetId(number % AGENTS + 1), least: Amount(1) };
        for _ in 0..PIECES {
            let gives = Gives::Lot { asset: AssetId(number), amount: Amount(1) };
            let wants = vec![Want { wanted, cost: 1 }];
            told.does(
                AgentId(number),
                Command::SubmitOffer(SubmitOffer { round: ROUND, offer: None, gives, wants }),
            );
        }
    }
    let more = SubmitOffer { round: ROUND, offer: None, gives: Gives::Dummy, wants: Vec::new() };
    assert_eq!(told.say(AgentId(1), Command::SubmitOffer(more)), Some(Reject::RoundFull));
    told.does(AgentId(1), Command::CloseRound(CloseRound { round: ROUND }));
    told
}

#[test]
fn the_largest_rounds_are_judged_and_what_would_take_too_long_is_not() {
    let lists: [Vec<Goal>; 3] = [
        vec![Goal::Items],
        vec![Goal::Items, Goal::Users],
        vec![Goal::Items, Goal::Cost, Goal::WeightedCost, Goal::Users, Goal::Favor(AgentId(1))],
    ];
    for objectives in lists {
        let mut told = largest(&objectives);
        let frozen = told.realm.frozen_round(ROUND).expect("it is closed");
        assert_eq!(frozen.round.wants.item.len() as u64, MAX_ROUND_WANTS);
        let settings = Settings { threads: 2, ..Settings::default() };
        let outcome = clear(&frozen.round, &settings, &mut |_| ()).expect("it can be weighed").outcome;
        assert!(outcome.is_optimal(), "{:?}", outcome.levels);
        let honest = frozen.proposal(ROUND, &outcome);
        let leaf = CaseRecord::Leaf { multipliers: Vec::new(), prices: Vec::new() };
        let coupled = Some(CoupledRecord { scale: 1, cases: vec![leaf; MAX_CASES] });
        let certificate = honest.certificate.clone();
        let long = ProposeSettlement {
            certificate: bartizan_engine::certificate::CertificateRecord { coupled, ..certificate },
            ..honest.clone()
        };
        let begun = Instant::now();
        assert_eq!(told.say(AgentId(2), Command::ProposeSettlement(long)), Some(Reject::ProofTooLong));
        let refused = begun.elapsed();
        let begun = Instant::now();
        told.does(AgentId(2), Command::ProposeSettlement(honest));
        let judged = begun.elapsed();
        let steps = told.realm.rounds().get(ROUND).expect("it is there").steps_per_case();
        assert!(steps <= MAX_PROOF_STEPS, "an undivided proof of any round is judged");
        println!(
            "{} objectives: judged in {judged:?}, {:.1} ns a want; too long a proof refused in {refused:?}; {steps} steps a case, at most {} cases",
            objectives.len(),
            judged.as_nanos() as f64 / MAX_ROUND_WANTS as f64,
            MAX_PROOF_STEPS / steps,
        );
        long_proof(&mut told, &frozen.proposal(ROUND, &outcome), MAX_PROOF_STEPS / steps);
    }
}

/// As long a proof as is judged, of the honest proposal's last level: the same case again and again, told apart by whether agent 1 trades its first piece for one
/// piece or another.
fn long_proof(told: &mut Told, honest: &ProposeSettlement, most: u64) {
    let Some(coupled) = &honest.certificate.coupled else { return };
    let leaf = coupled.cases.last().expect("there is a case").clone();
    let mut cases = Vec::new();
    for receives in 0..most as u32 - 1 {
        cases.extend([CaseRecord::Arc { item: 0, receives: PIECES + receives }, leaf.clone()]);
    }
    cases.push(leaf);
    let coupled = Some(CoupledRecord { scale: coupled.scale, cases });
    let certificate = honest.certificate.clone();
    let certificate = bartizan_engine::certificate::CertificateRecord { coupled, ..certificate };
    let long = ProposeSettlement { certificate, ..honest.clone() };
    let begun = Instant::now();
    assert_eq!(told.say(AgentId(2), Command::ProposeSettlement(long)), Some(Reject::ProposalNotBetter));
    println!("    {most} cases judged in {:?}", begun.elapsed());
}
