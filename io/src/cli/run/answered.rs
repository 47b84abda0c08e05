//! The answer to one command, as a JSON object: `line`, `sequence`, `answer`, `made` where it made something that has a number, and the reject's
//! name where it was refused.

use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::command::Envelope;
use bartizan_engine::realm::identity::Identity;
use bartizan_engine::reject::Answer;
use serde_json::{Value, json};

/// The answer to a command that was journalled.
pub(super) fn first(line: u64, sequence: Sequence, answer: Answer, said: &Events) -> Value {
    let mut told = any(line, sequence, answer, said.made);
    if let Some(Event::Rejected { step: Some(step), .. }) = said.list.last() {
        told["step"] = (*step).into();
    }
    told
}

fn any(line: u64, sequence: Sequence, answer: Answer, made: Option<u64>) -> Value {
    let mut told = json!({ "line": line, "sequence": sequence, "answer": answer });
    if let Some(made) = made {
        told["made"] = made.into();
    }
    if let Some(reject) = answer.reject() {
        told["reject"] = reject.name().into();
    }
    told
}

/// The answer to one that need not be journalled.
pub(super) fn known(line: u64, known: Identity) -> Value {
    match known {
        Identity::Repeated { first: sequence, answer, made } => {
            let mut told = any(line, sequence, answer, made);
            told["repeated"] = true.into();
            told
        }
        Identity::Refused(reject) => {
            json!({ "line": line, "answer": reject.number(), "reject": reject.name() })
        }
        Identity::New => unreachable!("a new command is journalled"),
    }
}

/// What followed from a command that was journalled.
pub(super) fn with_events(
    line: u64,
    sequence: Sequence,
    envelope: &Envelope,
    answer: Answer,
    said: &Events,
) -> Value {
    json!({
        "line": line,
        "sequence": sequence,
        "actor": envelope.actor,
        "id": envelope.id,
        "answer": answer,
        "events": said.list,
        "reports": said.book.reports,
        "market_data": said.book.market,
    })
}
