//! The certificate by which the server shows who it is, and the rules by which connections are encrypted: TLS 1.3 and 1.2, as `rustls` has them by default.
//!
//! It is read again when that is asked for. Connections that there are go on with what they began with; a file that is not sound leaves what was read before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// A certificate, with its key, and what was read of both last.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    read: RwLock<Arc<ServerConfig>>,
}

/// Why a certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file is not what it should be.
    #[error("{path}: expected {expected} in PEM: {cause}")]
    File {
        /// The file.
        path: String,
        /// What was looked for in it.
        expected: &'static str,
        /// What was found.
        cause: pem::Error,
    },
    /// They do not go together, or are of a kind that is not known.
    #[error("{certificate} and {key}: {cause}")]
    Pair {
        /// The certificate's file.
        certificate: String,
        /// The key's.
        key: String,
        /// Why.
        cause: rustls::Error,
    },
}

impl Tls {
    /// The certificate, and those that vouch for it, in one file, its key in another; both in PEM.
    ///
    /// # Errors
    /// If they cannot be read, or do not go together.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let read = RwLock::new(Arc::new(read(certificate, key)?));
        Ok(Tls { certificate: certificate.to_owned(), key: key.to_owned(), read })
    }

    /// Reads both again, for connections to come.
    ///
    /// # Errors
    /// As [`Tls::open`]; what was read before stands.
    pub fn reload(&self) -> Result<(), TlsError> {
        *self.read.write() = Arc::new(read(&self.certificate, &self.key)?);
        Ok(())
    }

    /// What was read last.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.read.read())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let (shown, kept) = (certificate.display().to_string(), key.display().to_string());
    let file = |path: &str, expected| {
        let path = path.to_owned();
        move |cause| TlsError::File { path, expected, cause }
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain =
        chain.and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) });
    let chain = chain.map_err(file(&shown, "certificates"))?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(file(&kept, "a private key"))?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, secret))
        .map_err(|cause| TlsError::Pair { certificate: shown, key: kept, cause })
}
