//! Commands tried on a copy of the realm: what would follow, and nothing is kept.
//!
//! Trying costs nobody anything and leaves no trace, so it must not tell more than one sees anyway. Whoever does not see everything tries on a copy without what
//! others do not display ([`Realm::veil`]): what follows then follows from what it sees, and may differ from what would happen. Neither is it told whose accounts it would
//! deal with.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AccountId, AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::Envelope;
use schemars::JsonSchema;
use serde::Serialize;
use tracing::Instrument;

use super::body::Whole;
use super::caller::Caller;
use super::commands::{AnswerShape, Commands};
use super::copies::broken;
use super::door::Door;
use super::page;
use super::problem::Problem;
use crate::clock::now;
use crate::node::history::digest;
use crate::server::access::Principal;
use crate::server::request::Answered;
use crate::server::scope::Scope;

/// What would become of commands.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "DryRun")]
pub struct DryRun {
    /// The last command of the copy, with those that were tried.
    pub sequence: Sequence,
    /// The log's time then, in nanoseconds.
    pub time: u64,
    /// The digest of the copy's state then, for whoever sees everything: that of the realm, were they carried out at that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What would become of each.
    pub answers: Vec<AnswerShape>,
}

/// To copy so many accounts and live orders counts as one command.
const COPIED_FOR_ONE: usize = 1_000;

/// Tries commands on a copy of the realm, tells what would follow, and keeps nothing of it.
///
/// Takes what `commands` takes. It costs a copy of the realm, while which nobody reads that, so realms are copied for a twentieth of the time at most: in a large one it may take
/// seconds until something is tried. An agent has one thing tried at a time, and sixteen are tried or wait for it in all (429 for others); each thousand accounts and live orders
/// count as one command of the agent; and nothing is tried in a realm of more than a million of them (413).
///
/// Whoever does not see everything tries on a copy without what others do not display: reserves of icebergs, stops, pegs. In what follows, the accounts of
/// others are 0.
#[utoipa::path(
    operation_id = "try_commands", post, path = "/v1/realms/{realm}/dry-run", tag = "commands",
    params(("realm" = String, Path, description = "The realm's name")),
    request_body(content = ref("#/components/schemas/CommandOrCommands"), content_type = "application/json"),
    responses(
        (status = 200, description = "What would become of them", body = ref("#/components/schemas/DryRun")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn post(
    State(door): State<Door>,
    caller: Caller,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    caller.may_read()?;
    let Commands { envelopes, .. } = Commands::read(&caller, &headers, &body)?;
    let (copies, place) = (Arc::clone(door.copies()), caller.place());
    let turn = copies.turn(place, caller.principal.agent)?;
    // Whoever asked may go; its turn lasts as long as this.
    let trying = async move {
        let _turn = turn;
        let (copy, permit) = copies.of(place).await?;
        caller.charge((copy.size / COPIED_FOR_ONE) as u64);
        let tried = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            tried(Arc::unwrap_or_clone(copy).realm, &envelopes, caller.principal)
        });
        tried.await.map_err(|_| broken())
    };
    let tried = tokio::spawn(trying.in_current_span()).await.map_err(|_| broken())??;
    Ok(page::json(page::bytes(&tried).into(), None))
}

fn tried(mut realm: Realm, envelopes: &[Envelope], principal: Principal) -> DryRun {
    // What is tried changes nothing of what one sees meanwhile.
    let scope = Scope::most(principal, &realm);
    if !scope.all {
        realm.veil(principal.agent);
    }
    let mut answers = Vec::with_capacity(envelopes.len());
    for envelope in envelopes {
        let time = now().max(realm.clock());
        let identity = realm.identify(envelope);
        let answered = Answered::known(identity, time).unwrap_or_else(|| {
            let (sequence, mut events) = (Sequence(realm.sequence().0 + 1), Events::default());
            let answer = realm.apply(sequence, time, envelope, &mut events);
            let made = events.made;
            Answered { sequence, time, answer, is_repeated: false, made, events: Some(Box::new(events)) }
        });
        let mut answer = AnswerShape::of((envelope.id, envelope.actor), answered, Some(scope), &realm);
        if let Some(what) = answer.what.as_mut().filter(|_| !scope.all) {
            what.events.iter_mut().for_each(|event| hide_others(event, principal.agent, &realm));
        }
        answers.push(answer);
    }
    let digest = scope.all.then(|| digest(&realm).to_hex().to_string());
    DryRun { sequence: realm.sequence(), time: realm.clock(), digest, answers }
}

/// Takes the accounts of others out of what would be told to an agent: a trade that happens tells with whom, one that is tried does not.
fn hide_others(event: &mut Event, agent: AgentId, realm: &Realm) {
    let accounts = match event {
        Event::Posting(posting) => [&mut posting.debit, &mut posting.credit],
        Event::HoldEnded { held, .. } => [&mut held.debit, &mut held.credit],
        _ => return,
    };
    for account in accounts {
        if realm.ledger().account(*account).is_some_and(|found| found.owner != agent) {
            *account = AccountId(0);
        }
    }
}
