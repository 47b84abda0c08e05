//! TLS for a client: a stream over which [`super::client::Client`] signs in as it does over any other.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// An encrypted stream to a server that has shown who it is.
pub type Secure = StreamOwned<ClientConnection, TcpStream>;

/// Shakes hands over a connection. The server must show a certificate for `name`, its host's name or address, for which one of `authorities`, certificates in PEM, vouches.
///
/// # Errors
/// If there is no certificate among the authorities, the server is not who it should be, or the connection breaks.
pub fn connect(mut stream: TcpStream, name: &str, authorities: &[u8]) -> io::Result<Secure> {
    let invalid =
        |error: &dyn std::fmt::Display| io::Error::new(io::ErrorKind::InvalidInput, error.to_string());
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities) {
        let authority = authority.map_err(|error| invalid(&error))?;
        roots.add(authority).map_err(|error| invalid(&error))?;
    }
    if roots.is_empty() {
        return Err(invalid(&"expected certificates in PEM"));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(|error| invalid(&error))?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|error| invalid(&error))?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}
