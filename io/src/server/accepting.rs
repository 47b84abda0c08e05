//! Connections as they come, until the site stops.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::site::Site;
use super::visitor::Peer;

/// How long to wait when no connection can be taken, such as for want of file descriptors, until some are free.
const WAIT: Duration = Duration::from_millis(100);

/// Where connections come in.
pub trait Listener: Sync {
    /// What a connection is.
    type Stream;

    /// The next connection, and where it comes from.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, Peer)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, Peer)> {
        let (stream, peer) = self.accept().await?;
        // What is short is sent at once.
        let _ = stream.set_nodelay(true);
        Ok((stream, Peer::at(peer)))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, Peer)> {
        self.accept().await.map(|(stream, _)| (stream, Peer::UNIX))
    }
}

/// Serves each connection as a task of its own; `serve` is told where it comes from.
pub async fn accept<L: Listener, F>(listener: L, site: Arc<Site>, serve: impl Fn(L::Stream, Peer) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    loop {
        tokio::select! {
            next = listener.next() => match next {
                Ok((stream, peer)) => {
                    let served = serve(stream, peer);
                    tokio::spawn(async move {
                        if let Err(error) = served.await {
                            tracing::debug!(%error, "a connection ended early");
                        }
                    });
                }
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken");
                    tokio::time::sleep(WAIT).await;
                }
            },
            () = site.stopping() => return,
        }
    }
}
