//! Connections: taken, bounded in number and in time, and ended gracefully.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::Instrument;

use super::caller::Connection;
use super::door::Door;
use super::problem::Problem;
use super::routes;
use super::stream::Read;
use super::visit::Visit;
use crate::server::accepting::{self, Listener};
use crate::server::audit::{self, What};
use crate::server::meters::Door as Kind;
use crate::server::site::Site;
use crate::server::spans;
use crate::server::visitor::{Peer, Visitor};

/// When to come again at the earliest if there is no room.
const LATER: Duration = Duration::from_secs(1);

/// Takes connections until the site is being stopped. Those that are being answered then have their answers first, each in its own task.
pub async fn accept<L: Listener>(listener: L, site: Arc<Site>)
where
    L::Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let router = service(Arc::clone(&site));
    let of = Arc::clone(&site);
    let serve = move |stream, peer| {
        let serve = serve(stream, peer, Arc::clone(&of), router.clone());
        serve.instrument(spans::connection(Kind::Http))
    };
    accepting::accept(listener, site, serve).await;
}

/// What answers the requests of a site.
pub fn service(site: Arc<Site>) -> TowerToHyperService<Router> {
    TowerToHyperService::new(routes::router(&Door::new(site)))
}

/// Serves a connection from somewhere until it ends, with what [`service`] gives.
///
/// # Errors
/// If the connection breaks, or what comes is no HTTP.
pub async fn serve<S>(
    stream: S,
    peer: Peer,
    site: Arc<Site>,
    router: TowerToHyperService<Router>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(room) = site.enter(Kind::Http) else { return refuse(stream, &site, peer).await };
    let slow = site.meters().door(Kind::Http).slow.clone();
    let (visitor, connection) =
        (Visitor { door: audit::Door::Http, peer }, Connection { room: Arc::new(room) });
    let of = Arc::clone(&site);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let (site, visit) = (Arc::clone(&of), Arc::new(Visit::new(visitor)));
        request.extensions_mut().insert(connection.clone());
        request.extensions_mut().insert(Arc::clone(&visit));
        let answering = router.call(request);
        async move {
            let answer = answering.await?;
            visit.note(&site, &answer);
            Ok::<_, Infallible>(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(site.bounds.silence)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(Read::new(stream, site.bounds.unread, slow)), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = site.stopping() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(|error| {
        if error.is_parse() {
            site.refused(0, visitor.refused(None, What::Malformed, error.to_string()));
        }
        io::Error::other(error)
    })
}

/// Answers the first request of a connection for which there is no room.
async fn refuse<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    site: &Site,
    peer: Peer,
) -> io::Result<()> {
    tracing::warn!(%peer, "there are as many connections as there may be");
    let Some(_turn) = site.refuse() else { return Ok(()) };
    let service = service_fn(|_: Request<Incoming>| async {
        let detail = "there are as many connections as there may be";
        let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).after(LATER);
        Ok::<_, Infallible>(problem.into_response())
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(site.bounds.sign_in)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // Who does not read the answer holds no one up for longer than who does not ask.
    let answered = tokio::time::timeout(2 * site.bounds.sign_in, connection).await;
    answered.map_err(|_| io::ErrorKind::TimedOut)?.map_err(io::Error::other)
}
