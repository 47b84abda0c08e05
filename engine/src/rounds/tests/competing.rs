//! Proposals: the best one stands, and what is forged, unproven or no better is refused for its own reason.

use super::*;
use crate::Objective;

const SETTLE: &str = r#"{"SettleRound":{"round":1}}"#;

#[test]
fn a_ring_of_three_changes_hands() {
    let mut told = Told::with_ring();
    let best = told.best();
    told.done(SOL, &best);
    let accepted =
        Event::ProposalAccepted { round: RoundId(1), solver: AgentId(SOL), items: 3, is_optimal: true };
    assert_eq!(told.events.list, [accepted]);
    told.done(ANN, SETTLE);
    let has = |agent| [APPLE, BOOK, CUP].map(|asset| told.has(agent, asset));
    assert_eq!([ANN, BOB, CAT].map(has), [[0, 1, 0], [0, 0, 1], [1, 0, 0]]);
    let opened = told.events.list.iter().filter(|event| matches!(event, Event::AccountOpened { .. })).count();
    assert_eq!(opened, 3, "each had no account of what they got");
    let settled = Event::RoundSettled { round: RoundId(1), solver: AgentId(SOL), items: 3 };
    assert_eq!(told.events.list.last(), Some(&settled));
    assert_eq!(told.held(ANNS_APPLE), 0);
    assert!(told.realm.frozen_round(RoundId(1)).is_none(), "it ended");
}

#[test]
fn the_best_proposal_stands() {
    let mut told = Told::with_ring();
    let frozen = told.frozen();
    let nothing = packed(&frozen, vec![0, 1, 2], vec![vec![0; 3]]);
    assert_eq!((nothing.levels[0].value, nothing.levels[0].bound), (0, 3));
    let ring = vec![1, 2, 0];
    let loose = packed(&frozen, ring.clone(), vec![vec![5, 0, 0]]);
    assert_eq!((loose.levels[0].value, loose.levels[0].bound), (3, 7));
    let tight = packed(&frozen, ring, vec![vec![0; 3]]);
    assert!(tight.is_optimal());
    let [nothing, loose, tight] = [nothing, loose, tight].map(|outcome| told.proposal(&outcome));
    assert_eq!(told.say(OLGA, SETTLE), Some(Reject::NoProposal));
    told.done(SOL, &nothing);
    assert_eq!(told.say(SUE, &nothing), Some(Reject::ProposalNotBetter));
    assert_eq!(told.say(OLGA, SETTLE), Some(Reject::TooEarly));
    told.done(SUE, &loose);
    assert_eq!(told.say(SOL, &nothing), Some(Reject::ProposalNotBetter));
    assert_eq!(told.say(OLGA, SETTLE), Some(Reject::TooEarly), "the best, but who knows");
    told.done(SOL, &tight);
    assert_eq!(told.say(SUE, &loose), Some(Reject::ProposalNotBetter));
    assert_eq!(told.say(SUE, &tight), Some(Reject::ProposalNotBetter), "the earlier one stands");
    assert_eq!(told.realm.rounds().get(RoundId(1)).unwrap().best().unwrap().solver, AgentId(SOL));
    assert_eq!(told.say(IDA, SETTLE), Some(Reject::NotAllowed), "it is no business of hers");
    assert_eq!(told.say(SUE, SETTLE), Some(Reject::NotAllowed), "nor of her whose proposal was outdone");
    told.done(SOL, SETTLE);
    assert_eq!(told.say(IDA, SETTLE), Some(Reject::RoundEnded));
    assert_eq!(told.say(SOL, &tight), Some(Reject::RoundEnded));
}

#[test]
fn what_is_not_optimal_is_settled_when_the_time_is_over() {
    let mut told = Told::with_ring();
    let loose = packed(&told.frozen(), vec![1, 2, 0], vec![vec![5, 0, 0]]);
    let (loose, best) = (told.proposal(&loose), told.best());
    told.done(SOL, &loose);
    told.at(999);
    assert_eq!(told.say(BOB, SETTLE), Some(Reject::TooEarly));
    told.at(1000);
    assert_eq!(told.say(SUE, &best), Some(Reject::TooLate));
    told.done(BOB, SETTLE);
    assert_eq!(told.has(ANN, BOOK), 1);
}

#[test]
fn forged_proposals_are_refused() {
    let mut told = Told::with_ring();
    let frozen = told.frozen();
    let sound = solved(&frozen);
    let mut refused = |spoil: &dyn Fn(&mut Outcome)| {
        let mut outcome = sound.clone();
        spoil(&mut outcome);
        let proposal = told.proposal(&outcome);
        let rejected = told.say(SOL, &proposal);
        assert!(told.realm.rounds().get(RoundId(1)).unwrap().best().is_none());
        rejected
    };
    let invalid = Some(Reject::ProposalInvalid);
    assert_eq!(refused(&|o| o.takes = [2, 0, 1].map(ItemIndex).into()), invalid, "nobody asked for that");
    assert_eq!(refused(&|o| o.takes[0] = ItemIndex(0)), invalid, "the apple goes to two");
    assert_eq!(refused(&|o| o.takes[0] = ItemIndex(u32::MAX)), invalid);
    assert_eq!(refused(&|o| o.takes.truncate(2)), invalid, "too few items");
    assert_eq!(refused(&|o| o.takes.push(ItemIndex(3))), invalid, "too many");
    assert_eq!(refused(&|o| o.levels[0].objective = Objective::Users), invalid, "another objective");
    assert_eq!(refused(&|o| o.levels[0].objective = Objective::Favor(crate::UserIndex(0))), invalid);
    assert_eq!(refused(&|o| o.levels.clear()), invalid);
    assert_eq!(refused(&|o| o.levels[0].value = 4), invalid, "it reaches 3");
    let unproven = Some(Reject::ProposalNotProven);
    assert_eq!(refused(&|o| o.levels[0].bound = 2), unproven);
    assert_eq!(refused(&|o| o.levels[0].bound = 4), unproven, "it proves more than that");
    assert_eq!(refused(&|o| o.certificate.prices[0][0] += 9), unproven);
    assert_eq!(refused(&|o| o.certificate.prices[0].truncate(2)), unproven);
    assert_eq!(refused(&|o| o.certificate.prices[0][1] = i64::MAX), unproven);
    assert_eq!(refused(&|o| o.certificate.prices.clear()), unproven);
    let leaf = || certify::Tree::Leaf { multipliers: Vec::new(), prices: vec![0; 3] };
    assert_eq!(refused(&|o| o.certificate.coupled = Some((1, leaf()))), unproven);
    // What is traded is judged before how it is proven.
    assert_eq!(
        refused(&|o| {
            o.takes[0] = ItemIndex(0);
            o.certificate.prices.clear();
        }),
        invalid
    );
}

#[test]
fn proposals_are_checked_in_order() {
    let mut told = Told::with_round(OPEN);
    let text = |round: u32, takes: usize, levels: usize, cases: usize| {
        let level = r#"{"objective":"Items","value":0,"bound":0}"#;
        let case = r#"{"total":{"group":0,"at_most":0}}"#;
        format!(
            r#"{{"ProposeSettlement":{{"round":{round},"takes":[{}],"levels":[{}],
                "certificate":{{"prices":[],"coupled":{{"scale":1,"cases":[{}]}}}}}}}}"#,
            vec!["0"; takes].join(","),
            vec![level; levels].join(","),
            vec![case; cases].join(","),
        )
    };
    for long in [text(9, 65_537, 0, 0), text(9, 0, 9, 0), text(9, 0, 0, 1025)] {
        assert_eq!(told.say(IDA, &long), Some(Reject::ListOutOfRange));
    }
    assert_eq!(told.say(IDA, &text(9, 0, 0, 0)), Some(Reject::UnknownRound));
    assert_eq!(told.say(ANN, &text(1, 0, 0, 0)), Some(Reject::NotAllowed), "no solver");
    assert_eq!(told.say(SOL, &text(1, 0, 0, 0)), Some(Reject::RoundNotClosed));
    assert_eq!(told.say(IDA, SETTLE), Some(Reject::NotAllowed));
    assert_eq!(told.say(OLGA, SETTLE), Some(Reject::RoundNotClosed));
    assert_eq!(told.say(OLGA, r#"{"SettleRound":{"round":0}}"#), Some(Reject::UnknownRound));
    told.done(OLGA, r#"{"CloseRound":{"round":1}}"#);
    // The branches of a tree without leaves.
    assert_eq!(told.say(SOL, &text(1, 0, 1, 3)), Some(Reject::ProposalNotProven));
    let empty = told.best();
    told.done(SOL, &empty);
    told.done(OLGA, SETTLE);
    assert_eq!(told.say(SOL, &text(1, 0, 0, 0)), Some(Reject::RoundEnded));
}
