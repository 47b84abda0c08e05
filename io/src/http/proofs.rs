//! A realm's Merkle log in the layout of C2SP `tlog-tiles`, and proofs of it in the documents that `bartizan log verify` reads.
//!
//! It is what was last committed to the log beside the server (`bartizan log checkpoint`). The checkpoint and the tiles of hashes are for whoever signed in. What the commands say is
//! nobody else's affair, so the bundles of them are for who sees everything, and a proof of inclusion, which has its command, for whoever asked for that, too.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bartizan_engine::ledger::units::{self as engine, AgentId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::asked::{Asked, Named};
use super::caller::Caller;
use super::page::{bytes, json};
use super::problem::Problem;
use crate::journal::Sequence;
use crate::node::intake::Line;
use crate::tlog::publish::last;
use crate::tlog::tile::Level;
use crate::tlog::{Entry, FolderError, LogError, ProofDocument, ProveError, Prover, Tile, TreeSize, entry};

/// The checkpoint of the realm's log: its size and its root, signed.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/log/checkpoint", tag = "log",
    params(("realm" = String, Path, description = "The realm's name")),
    responses(
        (status = 200, description = "The signed checkpoint, as C2SP tlog-checkpoint has it", body = String, content_type = "text/plain"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn checkpoint(caller: Caller) -> Result<Response, Problem> {
    caller.may_read()?;
    let path = caller.realm().log.join("checkpoint");
    match reading(move || std::fs::read(path)).await? {
        Ok(note) => Ok(answer(note, "text/plain; charset=utf-8", "private, no-cache")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(absent()),
        Err(error) => Err(failed(&error)),
    }
}

/// A tile of the realm's log: `{level}/{number}` of hashes, or `entries/{number}`, with `.p/{width}` behind if it is partial.
///
/// Numbers are written as C2SP tlog-tiles has them, in threes of digits with slashes between. What the commands say, the entries, is told to whoever sees
/// everything.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/log/tile/{*tile}", tag = "log",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("tile" = String, Path, description = "The tile's place"),
    ),
    responses(
        (status = 200, description = "The tile", body = String, content_type = "application/octet-stream"),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn tile(
    caller: Caller,
    Named((_, place)): Named<(String, String)>,
) -> Result<Response, Problem> {
    caller.may_read()?;
    let tile = format!("tile/{place}").parse::<Tile>();
    let tile = tile.map_err(|no_tile| Problem::not_found(no_tile.to_string()))?;
    if tile.level == Level::Entries {
        caller.sees_all("only who sees everything sees everybody's commands")?;
    }
    let found = proving(&caller, move |prover, _| prover.tiles().asked(tile).map_err(ProveError::from));
    let found = found.await?.ok_or_else(|| Problem::not_found(format!("the log has no {tile} yet")))?;
    Ok(answer(found, "application/octet-stream", "private, max-age=31536000, immutable"))
}

/// Which record, in a log of which size.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichRecord {
    /// The record's sequence, counted from 1.
    #[param(minimum = 1)]
    pub sequence: u64,
    /// In the log as it was when it had so many records; as it is signed, if that is not said.
    pub size: Option<u64>,
}

/// A proof that a command is in the log, for its actor and for whoever sees everything.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/log/inclusion", tag = "log",
    params(("realm" = String, Path, description = "The realm's name"), WhichRecord),
    responses(
        (status = 200, description = "The proof, which `bartizan log verify` reads", body = ref("#/components/schemas/Proof")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn inclusion(caller: Caller, Asked(which): Asked<WhichRecord>) -> Result<Response, Problem> {
    caller.may_read()?;
    let WhichRecord { sequence, size } = which;
    let included =
        proving(&caller, move |prover, signed| prover.inclusion(sequence, size.map_or(signed, TreeSize)));
    let included = included.await?;
    let document = if included.is_digest() {
        // Whose command it is, too, is told by the journal alone.
        let turn =
            Arc::clone(caller.door().proofs()).acquire_owned().await.map_err(|error| failed(&error))?;
        let storage = Arc::clone(caller.realm().host.storage());
        let record = reading(move || {
            let _turn = turn;
            entry::read(storage, Sequence(sequence))
        });
        match record.await?.map_err(|error| failed(&error))? {
            None => included.document(),
            Some(record) => included
                .with_record(&record)
                .ok_or_else(|| failed(&"a record of the journal is not the one in the log"))?,
        }
    } else {
        included.document()
    };
    let actor = document.entry().as_ref().and_then(actor);
    if actor != Some(caller.principal.agent) {
        caller.sees_all("the command is somebody else's")?;
    }
    Ok(json(bytes(&document).into(), None))
}

/// Who asked for what a record says.
fn actor(entry: &Entry) -> Option<AgentId> {
    serde_json::from_str(&entry.line).ok().map(|line: Line| line.actor)
}

/// Which sizes of a log.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichSizes {
    /// Since it had so many records.
    #[param(minimum = 1)]
    pub from: u64,
    /// Until it had so many; until it was signed, if that is not said.
    pub to: Option<u64>,
}

/// A proof that the log only grew.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/log/consistency", tag = "log",
    params(("realm" = String, Path, description = "The realm's name"), WhichSizes),
    responses(
        (status = 200, description = "The proof, which `bartizan log verify` reads", body = ref("#/components/schemas/Proof")),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn consistency(
    caller: Caller,
    Asked(which): Asked<WhichSizes>,
) -> Result<Response, Problem> {
    caller.may_read()?;
    let WhichSizes { from, to } = which;
    let proof = proving(&caller, move |prover, signed| {
        prover.consistency(TreeSize(from), to.map_or(signed, TreeSize))
    });
    let proof: ProofDocument = proof.await?;
    Ok(json(bytes(&proof).into(), None))
}

/// Reads files where waiting harms nobody.
async fn reading<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(read).await.map_err(|error| failed(&error))
}

/// Makes something of the log, with the size at which it was signed; at which it was committed, if it never was signed.
async fn proving<T: Send + 'static>(
    caller: &Caller,
    prove: impl FnOnce(&mut Prover, TreeSize) -> Result<T, ProveError> + Send + 'static,
) -> Result<T, Problem> {
    let realm = caller.realm();
    // Who was answered is not told that there is no such command.
    realm.host.up_to_date().await;
    let (folder, reached) = (realm.log.clone(), realm.host.view().reached());
    let turn = Arc::clone(caller.door().proofs()).acquire_owned().await.map_err(|error| failed(&error))?;
    let proved = reading(move || {
        let _turn = turn;
        let mut prover = open(&folder)?;
        let signed = last(&folder).map_err(|error| failed(&error))?;
        let size = signed.map_or(prover.size(), |(signed, _)| signed.head.size);
        prove(&mut prover, size).map_err(|error| unproven(&error, reached))
    });
    proved.await?
}

fn open(folder: &Path) -> Result<Prover, Problem> {
    Prover::open(folder).map_err(|error| failed(&error))?.ok_or_else(absent)
}

/// Why something is not proven of the log of a realm that has come to the command `reached`.
fn unproven(error: &ProveError, reached: engine::Sequence) -> Problem {
    match error {
        ProveError::NoRecord { sequence, size } if (1..=reached.0).contains(sequence) => {
            Problem::not_found(format!(
                "the signed log ends at {size}, before command {sequence}: its operator extends it by bartizan log checkpoint"
            ))
        }
        ProveError::NoRecord { .. } | ProveError::NoSize { .. } => Problem::not_found(error.to_string()),
        ProveError::Unproven(_) => Problem::new(StatusCode::BAD_REQUEST, error.to_string()),
        // The log is brought up to the journal just now: what was read of it is not all of one size.
        ProveError::Log(LogError::Folder(FolderError::Missing { .. })) => {
            tracing::warn!(%error, "a part of the log was not found");
            Problem::not_found("a part of the log was not found: ask again, it may just be growing")
        }
        ProveError::Log(_) | ProveError::Damaged { .. } => failed(error),
    }
}

fn absent() -> Problem {
    Problem::not_found("the realm keeps no signed log: its operator makes one with bartizan log checkpoint")
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "the log cannot be read");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the log cannot be read; the server's own log says why")
}

fn answer(body: Vec<u8>, media_type: &'static str, caching: &'static str) -> Response {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(header::VARY, HeaderValue::from_static("Authorization"));
    response
}
