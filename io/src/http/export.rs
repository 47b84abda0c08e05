//! A realm's books, written from its journal as they are asked for.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use utoipa::IntoParams;

use super::asked::Asked;
use super::caller::{Caller, Reader};
use super::chunks;
use super::problem::Problem;
use crate::books::{self, Format};
use crate::node::history::History;
use crate::server::scope::Scope;
use crate::server::site::Realm;

/// Which books.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichBooks {
    /// In which form.
    #[param(pattern = "^(hledger|ledger|beancount|csv|jsonl)$")]
    pub format: String,
}

/// The realm's books, as `bartizan export` writes them, for whoever sees everything.
///
/// They are of all that was durable when they were asked for. Whoever does not read them is cut off, and what is not whole ends without its last chunk.
#[utoipa::path(
    get, path = "/v1/realms/{realm}/export", tag = "state",
    params(("realm" = String, Path, description = "The realm's name"), WhichBooks),
    responses(
        (
            status = 200, description = "The books",
            content((String = "text/plain"), (String = "text/csv"), (String = "application/jsonl"))
        ),
        (status = "default", description = "Why not", body = ref("#/components/schemas/Problem"), content_type = "application/problem+json"),
    ),
)]
pub(super) async fn export(reader: Reader, Asked(which): Asked<WhichBooks>) -> Result<Response, Problem> {
    let format = books::by_name(&which.format).ok_or_else(|| {
        let names: Vec<&str> = books::FORMATS.iter().map(|format| format.name).collect();
        let detail = format!("format: expected one of {}, not {}", names.join(", "), which.format);
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    let caller = reader.caller().clone();
    caller.sees_all(ALL_ALONE)?;
    let site = caller.door().site();
    let turn = caller.try_replay()?;
    let (out, told) = mpsc::channel(4);
    let mut out = Out { chunk: Vec::new(), told: out, unread: site.bounds.unread, caller: caller.clone() };
    let host_reached = caller.realm().host.view().reached();
    tokio::task::spawn_blocking(move || {
        let written = History::from_start(Arc::clone(caller.realm().host.storage()))
            .map_err(io::Error::other)
            .and_then(|history| books::write(format, history, Some(host_reached), &mut out))
            .and_then(|()| out.flush());
        if let Err(error) = written {
            out.fail(error);
        }
        drop(turn);
    });
    Ok(chunks::answer(media_type(format), told))
}

fn media_type(format: &Format) -> &'static str {
    match format.name {
        "csv" => "text/csv; charset=utf-8",
        "jsonl" => "application/jsonl",
        _ => "text/plain; charset=utf-8",
    }
}

/// Why somebody does not get them.
const ALL_ALONE: &str = "only who sees everything sees the books";

/// A chunk is told when it is longer than this.
const LONG: usize = 64 << 10;

/// Writes chunks to whoever reads them.
struct Out {
    chunk: Vec<u8>,
    told: mpsc::Sender<io::Result<Bytes>>,
    unread: Duration,
    caller: Caller,
}

impl Out {
    fn send(&self, told: io::Result<Bytes>) -> io::Result<()> {
        let sent = Handle::current().block_on(tokio::time::timeout(self.unread, self.told.send(told)));
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Breaks the body off.
    fn fail(&self, error: io::Error) {
        tracing::warn!(%error, "books were not written to their end");
        // Who is gone need not be told.
        let _ = self.send(Err(error));
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= LONG {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::take(&mut self.chunk);
        let Realm { host, access, .. } = self.caller.realm();
        if !Scope::ALL.is_for(&self.caller.principal, access, &host.view().read()) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, ALL_ALONE));
        }
        self.send(Ok(chunk.into()))
    }
}
