//! Tokens by which agents sign in, in a file of the realm's directory that only its owner can read.
//!
//! A token is 32 random bytes, so its plain hash tells nothing about it; only that is kept.
//!
//! What was read of the file is shared by all: whoever looks up a token there waits for no disk. The file is read again when it has changed. Who signs in looks for
//! that first (`Tokens::find`), so a token counts, or counts no more, at once for whoever comes; for who is there it is looked for again and again
//! (`Tokens::look`).

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bartizan_engine::ledger::units::AgentId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::clock::now;
use crate::lock::Lock;
use crate::sync::{Mutex, RwLock, thread};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// See what is one's own, and what everybody may see.
    Read,
    /// Ask for what the agent may do.
    Write,
    /// See everything.
    Audit,
}

/// A token as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// The BLAKE3 of its text, in hexadecimal.
    pub hash: String,
    /// Whose it is.
    pub agent: AgentId,
    /// What it is for.
    pub rights: Vec<Right>,
    /// When it ends, in nanoseconds since 1970; none: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
    /// What people need to know of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Token {
    /// A new token: its text, which is shown once, and what is kept of it.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub fn draw(
        agent: AgentId,
        rights: Vec<Right>,
        expires: Option<u64>,
        note: String,
    ) -> Result<(String, Self), getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        let text = format!("bz_{}", URL_SAFE_NO_PAD.encode(bytes));
        let hash = hash(&text);
        Ok((text, Token { hash, agent, rights, expires, note }))
    }
}

/// The hash of a token's text, by which it is known again.
pub(super) type Mark = [u8; blake3::OUT_LEN];

impl Token {
    /// Its hash; none if what is kept of it is none.
    fn mark(&self) -> Option<Mark> {
        blake3::Hash::from_hex(&self.hash).ok().map(Mark::from)
    }

    /// Whether its time is not over.
    fn counts(&self, time: u64) -> bool {
        self.expires.is_none_or(|expires| time < expires)
    }

    /// Whether it is for that.
    pub(super) fn is_for(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// By what a file is seen to have changed: its time, its length, and its number, which is another one when it is written anew.
type Version = (SystemTime, u64, u64);

/// What a file says.
#[derive(Debug, Default)]
struct Read {
    version: Option<Version>,
    tokens: Vec<Token>,
    /// Their places.
    places: HashMap<Mark, usize>,
}

impl Read {
    fn new(version: Option<Version>, tokens: Vec<Token>) -> Self {
        let mut places = HashMap::with_capacity(tokens.len());
        for (place, token) in tokens.iter().enumerate() {
            // Of two the first counts.
            if let Some(mark) = token.mark() {
                places.entry(mark).or_insert(place);
            }
        }
        Read { version, tokens, places }
    }
}

/// The tokens of a realm, in a file that only its owner can read.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    /// Held for as long as it takes to copy a pointer, or to put another in its place.
    read: RwLock<Arc<Read>>,
    /// Held by who reads the file.
    reading: Mutex<()>,
    /// When it was last looked at for tokens whose time is over.
    looked: AtomicU64,
    changes: watch::Sender<u64>,
}

/// Why tokens cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct TokensError {
    path: String,
    cause: String,
}

impl Tokens {
    /// The file's name in a realm's directory.
    pub const FILE: &str = "tokens.json";

    /// Those in a realm's directory; none if there is no file.
    ///
    /// # Errors
    /// If there is one that cannot be read.
    pub fn open(data: &Path) -> Result<Self, TokensError> {
        let (path, read, reading) = (data.join(Self::FILE), RwLock::default(), Mutex::new(()));
        let (looked, changes) = (AtomicU64::new(now()), watch::Sender::new(0));
        let tokens = Tokens { path, read, reading, looked, changes };
        tokens.refresh()?;
        Ok(tokens)
    }

    /// All of them.
    pub fn list(&self) -> Vec<Token> {
        self.read().tokens.clone()
    }

    fn read(&self) -> Arc<Read> {
        Arc::clone(&self.read.read())
    }

    /// Changes the file by `change`, and says what that says. Two who do so at once wait for each other.
    ///
    /// # Errors
    /// If it cannot be read or written; it is as it was then.
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<Token>) -> T) -> Result<T, TokensError> {
        let lock = self.path.with_extension("lock");
        let _lock = loop {
            if let Some(lock) = Lock::take(&lock).map_err(|error| self.failed(&error))? {
                break lock;
            }
            thread::sleep(std::time::Duration::from_millis(10));
        };
        self.refresh()?;
        let mut tokens = self.list();
        let said = change(&mut tokens);
        self.write(&tokens).map_err(|error| self.failed(&error))?;
        self.refresh()?;
        Ok(said)
    }

    /// Writes the file anew: whole, or not at all, and so that it is durable. A token that was taken back stays so after a power cut.
    fn write(&self, tokens: &[Token]) -> std::io::Result<()> {
        let new = self.path.with_extension("json.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        serde_json::to_writer_pretty(&mut file, tokens)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn failed(&self, cause: &dyn std::fmt::Display) -> TokensError {
        TokensError { path: self.path.display().to_string(), cause: cause.to_string() }
    }

    /// Reads the file again if it has changed, so that a token that was added or taken back counts at once.
    fn refresh(&self) -> Result<(), TokensError> {
        if self.read().version == self.version()? {
            return Ok(());
        }
        // One at a time from here on: nobody puts what he read before into the place of what another has read since.
        let _reading = self.reading.lock();
        let version = self.version()?;
        if self.read().version == version {
            return Ok(());
        }
        let tokens = if version.is_some() {
            let text = std::fs::read(&self.path).map_err(|error| self.failed(&error))?;
            serde_json::from_slice(&text).map_err(|error| self.failed(&error))?
        } else {
            Vec::new()
        };
        *self.read.write() = Arc::new(Read::new(version, tokens));
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// That of the file as it is now; none if there is none.
    fn version(&self) -> Result<Option<Version>, TokensError> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => {
                let modified = metadata.modified().map_err(|error| self.failed(&error))?;
                Ok(Some((modified, metadata.len(), metadata.ino())))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Changes when a token may count no more.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Looks whether the file has changed, or the time of a token is over since this was last done, and tells those who listen.
    pub(super) fn look(&self) {
        self.refresh_or_warn();
        let time = now();
        let before = self.looked.swap(time, Ordering::AcqRel);
        let has_ended =
            |token: &Token| token.expires.is_some_and(|expires| before < expires && expires <= time);
        if self.read().tokens.iter().any(has_ended) {
            self.changes.send_modify(|changes| *changes += 1);
        }
    }

    /// A file that is being replaced, or is spoiled, leaves those that were read.
    fn refresh_or_warn(&self) {
        if let Err(error) = self.refresh() {
            tracing::warn!(%error, "the tokens cannot be read again");
        }
    }

    /// The token of this mark, as the file was when it was last looked at, unless its time is over.
    pub(super) fn held<T>(&self, mark: &Mark, of: impl FnOnce(&Token) -> T) -> Option<T> {
        let read = self.read();
        let token = &read.tokens[*read.places.get(mark)?];
        token.counts(now()).then(|| of(token))
    }

    /// What is kept of the token of this text, as the file is now, and its mark. It may wait for the disk.
    pub(super) fn find(&self, text: &str) -> Option<(Mark, Token)> {
        self.refresh_or_warn();
        let mark = Mark::from(blake3::hash(text.as_bytes()));
        Some((mark, self.held(&mark, Token::clone)?))
    }
}
