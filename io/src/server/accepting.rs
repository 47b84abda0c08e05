//! Connections as they come, until the site stops.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::site::Site;

/// How long to wait when no connection can be taken, such as for want of file descriptors, until some are free.
const WAIT: Duration = Duration::from_millis(100);

/// Where connections come in.
pub trait Listener: Sync {
    /// What a connection is.
    type Stream;

    /// The next connection, and whether it comes from this machine.
    fn next(&self) -> impl Future<Output = io::Result<(Self::Stream, bool)>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<(TcpStream, bool)> {
        let (stream, peer) = self.accept().await?;
        // What is short is sent at once.
        let _ = stream.set_nodelay(true);
        Ok((stream, peer.ip().is_loopback()))
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<(UnixStream, bool)> {
        self.accept().await.map(|(stream, _)| (stream, true))
    }
}

/// Serves each connection as a task of its own; `serve` is told whether it comes from this machine.
pub async fn accept<L: Listener, F>(listener: L, site: Arc<Site>, serve: impl Fn(L::Stream, bool) -> F)
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    loop {
        tokio::select! {
            next = listener.next() => match next {
                Ok((stream, is_local)) => {
                    let served = serve(stream, is_local);
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
