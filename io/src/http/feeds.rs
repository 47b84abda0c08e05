//! Feeds: what happens, as Server-Sent Events and over `WebSocket`s.

use axum::body::Bytes;
use axum::extract::Extension;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bartizan_engine::ledger::units::Sequence;
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use super::asked::Asked;
use super::caller::{Caller, Connection};
use super::chunks;
use super::listening::{WAITING, event, plain, tell};
use super::problem::Problem;
use crate::server::scope::Scope;

/// What is listened to.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Listen {
    /// The first command to be told of, at most the next one that there will be; from now on, if none is named.
    pub from: Option<u64>,
    /// `own`: what concerns whoever signed in; `public`: what everybody may know; `both`; `all`: everything, for whoever may see that. The most
    /// that one may hear, if it is not said.
    #[param(pattern = "^(own|public|both|all)$")]
    pub scope: Option<String>,
}

fn heard(caller: &Caller, named: Option<&str>) -> Result<Scope, Problem> {
    caller.may_read()?;
    let agent = caller.principal.agent;
    match named {
        None => Ok(Scope::most(caller.principal, &caller.realm().host.view().read())),
        Some("own") => Ok(Scope::own(agent)),
        Some("public") => Ok(Scope::PUBLIC),
        Some("both") => Ok(Scope::both(agent)),
        Some("all") => {
            caller.sees_all("only who sees everything is told everything")?;
            Ok(Scope::ALL)
        }
        Some(other) => {
            let detail = format!("scope: expected own, public, both or all, not {other}");
            Err(Problem::new(StatusCode::BAD_REQUEST, detail))
        }
    }
}

/// The command after the one that a listener heard of last, if it says so.
fn resumed(headers: &HeaderMap) -> Result<Option<Sequence>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let last: Option<u64> = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let last = last.filter(|&last| last < u64::MAX).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, "Last-Event-ID: expected the sequence of a command")
    })?;
    Ok(Some(Sequence(last + 1)))
}

/// Refuses to tell from a place that the log has not come to: whoever asks for that thinks of another log, or of what was lost.
async fn is_reached(caller: &Caller, from: Option<Sequence>) -> Result<(), Problem> {
    let Some(from) = from else { return Ok(()) };
    let host = &caller.realm().host;
    host.up_to_date().await;
    let reached = host.view().reached();
    if from.0 <= reached.0 + 1 {
        return Ok(());
    }
    let detail = format!(
        "the log is at {}, so nothing can be told from {} on: at most from {}, or after {} (Last-Event-ID)",
        reached.0,
        from.0,
        reached.0 + 1,
        reached.0
    );
    Err(Problem::new(StatusCode::BAD_REQUEST, detail))
}

/// What happens, as Server-Sent Events; with `Upgrade: websocket` as WebSocket messages.
///
/// Each event's `id` is the sequence of its command; `Last-Event-ID` resumes after it. Each says since which command nothing else was to be told. Who reads too
/// slowly is told so (`slow`) and cut off.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/feed", tag = "feeds",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        Listen,
        ("Last-Event-ID" = Option<u64>, Header, description = "The last command that was heard of"),
    ),
    responses(
        (status = 200, description = "Events whose data are of this form", body = ref("#/components/schemas/Said"), content_type = "text/event-stream"),
        (status = 101, description = "A WebSocket whose messages are of the same form"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn feed(
    caller: Caller,
    Asked(listen): Asked<Listen>,
    headers: HeaderMap,
    Extension(connection): Extension<Connection>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let scope = heard(&caller, listen.scope.as_deref())?;
    let from = resumed(&headers)?.or(listen.from.map(Sequence));
    is_reached(&caller, from).await?;
    if let Ok(upgrade) = upgrade {
        let upgrade = upgrade.max_message_size(MOST_HEARD);
        return Ok(upgrade.on_upgrade(move |socket| talk(socket, caller, scope, from, connection)));
    }
    if headers.contains_key("sec-websocket-key") {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "expected a whole WebSocket handshake"));
    }
    let (out, told) = mpsc::channel(WAITING + 1);
    // Who loses the connection is to try again after a second.
    out.try_send(Ok(Bytes::from_static(b"retry: 1000\n\n"))).expect("there is room");
    tokio::spawn(tell(caller, scope, from, event, out));
    Ok(chunks::answer("text/event-stream", told))
}

/// The most bytes of a message that a listener may send: there is nothing to say but goodbye.
const MOST_HEARD: usize = 4_096;

/// Tells what happens on a WebSocket; the connection counts until that is over.
async fn talk(
    mut socket: WebSocket,
    caller: Caller,
    scope: Scope,
    from: Option<Sequence>,
    connection: Connection,
) {
    let (out, mut told) = mpsc::channel(WAITING + 1);
    let telling = tokio::spawn(tell(caller, scope, from, plain, out));
    loop {
        let said = tokio::select! {
            said = told.recv() => said,
            // A goodbye is answered while the next is waited for, and then there is none.
            heard = socket.recv() => match heard {
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => break,
            },
        };
        let Some(Ok(said)) = said else {
            // Who cannot be told goodbye is gone.
            let _ = socket.send(Message::Close(None)).await;
            break;
        };
        let text = Utf8Bytes::try_from(said).expect("JSON is UTF-8");
        if socket.send(Message::Text(text)).await.is_err() {
            break;
        }
    }
    telling.abort();
    drop(connection);
}
