//! Commands, one or several: taken, made durable, answered.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bartizan_engine::book::{MarketEvent, Report};
use bartizan_engine::codec::Codec;
use bartizan_engine::event::Event;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Answer;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::Whole;
use super::caller::Caller;
use super::door::MOST_COMMANDS;
use super::page;
use super::problem::Problem;
use crate::json;
use crate::server::request::{Answered, Batch, Refusal};
use crate::server::scope::{Part, Scope};

/// A command, as a line of `bartizan run` has it, but for the time, which the server says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AskedCommand")]
pub struct AskedCommand {
    /// The actor's id of the command, never 0; sent again, it does nothing again. A single command may have it in the header `Idempotency-Key`
    /// instead, in decimal digits.
    #[serde(default)]
    pub id: Option<CommandId>,
    /// Who asks: the number of an agent; whoever signed in, if none is named.
    #[serde(default)]
    pub actor: Option<AgentId>,
    /// What is asked.
    pub command: Command,
}

/// Commands of a request, checked for who asks.
#[derive(Clone, Debug)]
pub struct Commands {
    /// The commands.
    pub envelopes: Vec<Envelope>,
    /// Whether there is one, not in an array.
    pub is_single: bool,
}

/// A command of more JSON than this is measured in the form in which the journal keeps it.
const LONG: usize = 256 << 10;

/// The most bytes that one command may have in the journal.
const MOST_KEPT: usize = 8 << 20;

impl Commands {
    /// Those in the body of a request.
    ///
    /// # Errors
    /// If they are malformed, too many or too long, or another's than who asks.
    pub fn read(caller: &Caller, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        caller.ask(0, body.len() as u64)?;
        let is_single = body.trim_ascii_start().first() != Some(&b'[');
        let mut asked = parse(body, is_single)?;
        if asked.is_empty() || asked.len() > MOST_COMMANDS {
            let detail = format!("expected 1 to {MOST_COMMANDS} commands, not {}", asked.len());
            let status =
                if asked.is_empty() { StatusCode::BAD_REQUEST } else { StatusCode::PAYLOAD_TOO_LARGE };
            return Err(Problem::new(status, detail));
        }
        // The request itself was counted as one of them.
        caller.charge(asked.len() as u64 - 1);
        if let Some(key) = key(headers)? {
            let [only] = &mut asked[..] else {
                let detail = "Idempotency-Key: expected ids in the commands, of which there are several";
                return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
            };
            if only.id.is_some_and(|id| id != key) {
                let detail = format!("Idempotency-Key: expected the command's own id or none, not {}", key.0);
                return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
            }
            only.id = Some(key);
        }
        let mut envelopes = Vec::with_capacity(asked.len());
        for (index, asked) in asked.into_iter().enumerate() {
            let AskedCommand { id, actor, command } = asked;
            let index = (!is_single).then_some(index);
            let missing =
                || Problem::malformed(1, 1, "expected an id, or a header Idempotency-Key").at(index);
            let (id, actor) = (id.ok_or_else(missing)?, actor.unwrap_or(caller.principal.agent));
            let may = caller.principal.may_send_as(actor);
            may.map_err(|denied| Problem::denied(denied).at(index))?;
            envelopes.push(Envelope { id, actor, command });
        }
        if body.len() > LONG && envelopes.iter().any(|envelope| envelope.to_bytes().len() > MOST_KEPT) {
            let detail = format!("a command has at most {MOST_KEPT} bytes in the journal");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        Ok(Commands { envelopes, is_single })
    }
}

fn parse(body: &[u8], is_single: bool) -> Result<Vec<AskedCommand>, Problem> {
    let parsed = if is_single { json::read(body).map(|one| vec![one]) } else { json::read(body) };
    Ok(parsed?)
}

/// The id that the header gives, which may be in quotes.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<CommandId>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let digits = value.to_str().unwrap_or("").trim();
    let digits = digits.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(digits);
    let id = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    let id = id.ok_or_else(|| {
        let detail = "Idempotency-Key: expected a command's id, a whole number in decimal digits";
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    Ok(Some(CommandId(id)))
}

/// Why a command was refused.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reject")]
pub struct RejectShape {
    /// Its number, which never changes.
    pub number: u16,
    /// Its name, which never changes.
    pub name: String,
    /// What it means.
    pub meaning: &'static str,
}

/// What followed from a command, as far as whoever asks may know it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "What")]
pub struct What {
    /// What happened, in order; `Reports` and `MarketData` count off the two that follow.
    pub events: Vec<Event>,
    /// What the books reported to those whose orders they are.
    pub reports: Vec<Report>,
    /// What the books told everybody.
    pub market_data: Vec<MarketEvent>,
}

impl From<Part> for What {
    fn from(part: Part) -> Self {
        What { events: part.events, reports: part.reports, market_data: part.market }
    }
}

/// The answer to a command.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
pub struct AnswerShape {
    /// The actor's id of the command.
    pub id: CommandId,
    /// Its place in the log; that of the first, if it was done before. None of what was refused for its id or its actor, which is not journalled.
    pub sequence: Option<Sequence>,
    /// The log's time when that was, in nanoseconds; left out of what was done before, since it is not kept by id: the log has it at `sequence`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// 0 if it was carried out, else the number of the reject.
    pub answer: u16,
    /// Why it was refused, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject: Option<RejectShape>,
    /// Whether it was done before; this is the first answer again.
    pub repeated: bool,
    /// The number of what it made: an order, a hold, an account and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<u64>,
    /// What followed, unless it was done before, or whoever asks may only write.
    #[serde(flatten)]
    pub what: Option<What>,
}

impl AnswerShape {
    /// What became of a command, told to who asked; what followed only as far as `scope` says, if at all.
    pub fn of(
        envelope: (CommandId, AgentId),
        answered: Answered,
        scope: Option<Scope>,
        realm: &realm::Realm,
    ) -> Self {
        let Answered { sequence, time, answer, is_repeated, made, events } = answered;
        let what =
            scope.zip(events).map(|(scope, events)| What::from(scope.of_events(envelope.1, &events, realm)));
        let sequence = (sequence.0 > 0).then_some(sequence);
        let time = (!is_repeated).then_some(time);
        let (answer, reject) = (answer.0, reject(answer));
        AnswerShape { id: envelope.0, sequence, time, answer, reject, repeated: is_repeated, made, what }
    }
}

fn reject(answer: Answer) -> Option<RejectShape> {
    let reject = answer.reject()?;
    Some(RejectShape { number: reject.number(), name: reject.name(), meaning: reject.meaning() })
}

/// Carries out one command, or several in an array, in order, though others may come between.
///
/// A single command that the realm refuses is answered with a problem that has the reject's number and name; an array with an answer for each. What was answered
/// is durable. After 429 and 503 send the same again.
#[utoipa::path(
    operation_id = "send_commands", post, path = "/v1/realms/{realm}/commands", tag = "commands",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("Idempotency-Key" = Option<String>, Header, description = "The id of a single command, in decimal digits: at most 340282366920938463463374607431768211455", pattern = "^[0-9]{1,39}$"),
    ),
    request_body(content = ref("#/components/schemas/CommandOrCommands"), content_type = "application/json"),
    responses(
        (status = 200, description = "What became of them", body = ref("#/components/schemas/AnswerOrAnswers")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn post(
    caller: Caller,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let Commands { envelopes, is_single } = Commands::read(&caller, &headers, &body)?;
    carry_out(&caller, envelopes, is_single).await
}

/// Carries out commands and tells what became of them.
///
/// # Errors
/// If they are not taken, or a single one is refused.
pub async fn carry_out(
    caller: &Caller,
    envelopes: Vec<Envelope>,
    is_single: bool,
) -> Result<Response, Problem> {
    let host = &caller.realm().host;
    let who: Vec<_> = envelopes.iter().map(|envelope| (envelope.id, envelope.actor)).collect();
    let answers = host.answers(|told| Batch { with_events: true, ..Batch::new(envelopes, told) }).await;
    let after = caller.door().site().bounds.retry_after;
    let mut answers = answers.map_err(|refusal| {
        if refusal == Refusal::Busy {
            caller.give_back(who.len() as u64);
        }
        Problem::refusal(&refusal, after)
    })?;
    for ((_, actor), _) in who.iter().zip(&answers).filter(|(_, answered)| answered.is_of_stranger()) {
        caller.note_stranger(*actor);
    }
    if let (true, [only]) = (is_single, &answers[..])
        && let Some(reject) = only.answer.reject()
    {
        let sequence = (only.sequence.0 > 0).then_some(only.sequence.0);
        return Err(Problem::reject(reject, sequence, only.is_repeated));
    }
    // Whose accounts are whose must be known, also of those that were opened just now, and who is an operator still.
    if !caller.principal.is_anybody {
        let last = answers.iter().map(|answered| answered.sequence).max();
        host.view().at_least(last.unwrap_or_default()).await;
    }
    let realm = host.view().read();
    // What whoever signed in is told of what follows from its commands.
    let scope = caller.principal.reads.then(|| Scope::most(caller.principal, &realm));
    let told = who.into_iter().zip(answers.drain(..));
    let mut told = told.map(|(who, answered)| AnswerShape::of(who, answered, scope, &realm));
    let body = match told.next() {
        Some(only) if is_single => page::bytes(&only),
        first => page::bytes(&first.into_iter().chain(told).collect::<Vec<_>>()),
    };
    drop(realm);
    Ok(page::json(body.into(), None))
}
