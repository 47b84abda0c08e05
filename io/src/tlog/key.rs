//! Keys of signed notes (C2SP `signed-note`), of the one kind that we use: ed25519, signature type 0x01.
//!
//! Verifier keys are written `NAME+ID+KEY`: the key's name, eight hexadecimal digits, and base64 of the type
//! byte and the 32 bytes of the public key. Private keys are kept as Go's `sumdb/note` and the tools around it
//! keep them, `PRIVATE+KEY+NAME+ID+KEY`, with the 32-byte seed for the public key: one line that carries its name, where a
//! PKCS#8 file would not. The file has mode 0600; one that others can read is refused.
//!
//! The ID is the first four bytes of SHA-256(name, newline, type byte, public key): a name for a key, not a
//! fingerprint to rely on.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The signature type of ed25519.
const ED25519: u8 = 1;
/// How a private key's line begins.
const PRIVATE: &str = "PRIVATE+KEY+";

/// Why a key cannot be had. The text of a private key is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name cannot stand in a signature's line.
    #[error(
        "`{0}` cannot name a key: expected a name without spaces, plus signs and control characters, such as example.com/log"
    )]
    Name(String),
    /// Not of the form of a key.
    #[error("not a {what} key: expected {expected}")]
    Form {
        /// Which kind of key it was to be.
        what: &'static str,
        /// Its form.
        expected: &'static str,
    },
    /// A key of another kind.
    #[error("the key of {name} is of type {found:#04x}: expected 0x01, ed25519")]
    Kind {
        /// Its name.
        name: String,
        /// Its type byte.
        found: u8,
    },
    /// The bytes are no point of the curve.
    #[error("the key of {0} is no ed25519 public key")]
    Point(String),
    /// The ID is not that of the key.
    #[error("the key of {name} has the ID {expected:08x}, but is said to have {found}")]
    Id {
        /// Its name.
        name: String,
        /// The ID that is written.
        found: String,
        /// The ID that it has.
        expected: u32,
    },
    /// The file cannot be read or written.
    #[error("{}: cannot {what}: {cause}", path.display())]
    File {
        /// The key's file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        cause: io::Error,
    },
    /// Others may read the private key.
    #[error("{}: others can read this private key (mode {mode:o}): chmod 600 it, or make a new one if they may have", path.display())]
    Open {
        /// The key's file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// What is wrong with the key in this file.
    #[error("{}: {cause}", path.display())]
    At {
        /// The key's file.
        path: PathBuf,
        /// What is wrong.
        cause: Box<KeyError>,
    },
    /// The system has no random numbers.
    #[error("no random numbers for a new key: {0}")]
    Random(String),
}

/// Whether `name` can name a key.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A key that tells whether a note was signed by its private counterpart.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl VerifierKey {
    fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::Name(name.into()));
        }
        let hashed = Sha256::new()
            .chain_update(name)
            .chain_update([b'\n', ED25519])
            .chain_update(key.as_bytes())
            .finalize();
        let (id, _) = hashed.split_first_chunk().expect("a hash is longer than an ID");
        Ok(VerifierKey { name: name.into(), id: u32::from_be_bytes(*id), key })
    }

    /// Who signs with it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which key of this name.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether `signature` was made over `text`.
    pub fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text, &signature).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, typed(self.key.as_bytes()))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form =
            || KeyError::Form { what: "verifier", expected: "NAME+ID+KEY, such as `log key FILE` prints" };
        let (name, id, bytes) = parts(text).ok_or_else(form)?;
        let key = untyped(name, bytes, form)?;
        let key = VerifyingKey::from_bytes(&key).map_err(|_| KeyError::Point(name.into()))?;
        let key = VerifierKey::new(name, key)?;
        key.has_id(id)?;
        Ok(key)
    }
}

impl VerifierKey {
    fn has_id(&self, id: &str) -> Result<(), KeyError> {
        if id == format!("{:08x}", self.id) {
            return Ok(());
        }
        Err(KeyError::Id { name: self.name.clone(), found: id.into(), expected: self.id })
    }
}

/// A private key. It is not shown by `Debug`, and is wiped from memory when dropped.
pub struct SignerKey {
    key: SigningKey,
    verifier: VerifierKey,
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey(of {})", self.verifier)
    }
}

impl SignerKey {
    /// A new key from the system's random numbers.
    ///
    /// # Errors
    /// If the name cannot name a key, or the system has no random numbers.
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| KeyError::Random(error.to_string()))?;
        SignerKey::from_seed(name, &seed)
    }

    /// The key that this seed makes (RFC 8032's private key).
    ///
    /// # Errors
    /// If the name cannot name a key.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = SigningKey::from_bytes(seed);
        Ok(SignerKey { verifier: VerifierKey::new(name, key.verifying_key())?, key })
    }

    /// The key that a line `PRIVATE+KEY+NAME+ID+KEY` holds.
    ///
    /// # Errors
    /// If it is no such line, or not of an ed25519 key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let form = || KeyError::Form { what: "private", expected: "one line, PRIVATE+KEY+NAME+ID+KEY" };
        let (name, id, bytes) = text.strip_prefix(PRIVATE).and_then(parts).ok_or_else(form)?;
        let key = SignerKey::from_seed(name, &untyped(name, bytes, form)?)?;
        key.verifier.has_id(id)?;
        Ok(key)
    }

    /// The key in the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read, others can read it too, or it holds no private key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let file_error = |what| move |cause| KeyError::File { path: path.into(), what, cause };
        let mut file = File::open(path).map_err(file_error("read"))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = file.metadata().map_err(file_error("read"))?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeyError::Open { path: path.into(), mode });
            }
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(file_error("read"))?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        SignerKey::parse(line).map_err(|cause| KeyError::At { path: path.into(), cause: Box::new(cause) })
    }

    /// Writes the key to a new file at `path` that nobody else can read.
    ///
    /// # Errors
    /// If there is a file already, or it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let file_error = |what| move |cause| KeyError::File { path: path.into(), what, cause };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(path).map_err(file_error("make a new file"))?;
        let VerifierKey { name, id, .. } = &self.verifier;
        let line = format!("{PRIVATE}{name}+{id:08x}+{}\n", typed(self.key.as_bytes()));
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(file_error("write"))
    }

    /// The key that checks what this one signs.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signature over `text`.
    pub fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.key.sign(text).to_bytes()
    }
}

/// Name, ID and the rest, in which there may be more plus signs.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('+')?;
    let (id, bytes) = rest.split_once('+')?;
    Some((name, id, bytes))
}

fn typed(key: &[u8; 32]) -> String {
    STANDARD.encode([&[ED25519], key.as_slice()].concat())
}

fn untyped(name: &str, text: &str, form: impl FnOnce() -> KeyError) -> Result<[u8; 32], KeyError> {
    match STANDARD.decode(text).as_deref() {
        Ok([ED25519, key @ ..]) => key.try_into().map_err(|_| form()),
        Ok([kind, ..]) => Err(KeyError::Kind { name: name.into(), found: *kind }),
        _ => Err(form()),
    }
}
