//! Signed notes (C2SP `signed-note`): a text, an empty line, and a line `— NAME SIGNATURE` for each who signed.
//!
//! A signature counts when a key with its name and ID is known and it was made by that key over the text. One that
//! no known key made is passed over, as the specification has it, so that keys can change and witnesses can sign; one
//! that bears a known key's name and ID and is not its own makes the whole note worthless.
//!
//! What is not of the form is refused and named, before any signature is looked at.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::key::{SignerKey, VerifierKey, is_key_name};

/// The longest note that is read.
const LONGEST: usize = 1 << 20;
/// The most signatures that are read; the specification asks for 16 at least.
const MOST_SIGNATURES: usize = 100;

/// Why a note is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than a note may be.
    #[error("{0} bytes long: a note has at most 1 MiB")]
    Long(usize),
    /// Not UTF-8.
    #[error("not UTF-8 at byte {0}")]
    NotText(usize),
    /// A control character other than the newline.
    #[error("line {line}: the control character {code:#04x} has no place in a note")]
    Control {
        /// Counted from 1.
        line: usize,
        /// Which character.
        code: u32,
    },
    /// No empty line before signatures.
    #[error("no signatures: expected an empty line after the text, then lines `— NAME SIGNATURE`")]
    Unsigned,
    /// The last line does not end.
    #[error("it ends within a line: expected a newline after the last signature")]
    Cut,
    /// A line after the text that is no signature.
    #[error("line {line}: not a signature: expected `— NAME SIGNATURE`, with the signature in base64")]
    Signature {
        /// Counted from 1.
        line: usize,
    },
    /// More signatures than a note may have.
    #[error("more than 100 signatures")]
    Many,
    /// A known key's signature is not over this text.
    #[error("the signature of {name} (key {id:08x}) is not over this text")]
    Forged {
        /// Whose it says it is.
        name: String,
        /// Of which key.
        id: u32,
    },
    /// No known key signed.
    #[error("not signed by {wanted}: it has signatures of {present}")]
    Unknown {
        /// The keys that were asked for.
        wanted: String,
        /// The keys that signed.
        present: String,
    },
    /// The text cannot be signed.
    #[error("a text to sign ends with a newline and has no other control characters")]
    Text,
}

/// One line below a note's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who signed.
    pub name: String,
    /// With which key.
    pub id: u32,
    /// What the key made of the text.
    pub bytes: Vec<u8>,
}

/// A text and who signed it. Nothing of it is to be believed before [`Note::signers`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note of this text, not signed yet.
    ///
    /// # Errors
    /// If it does not end with a newline, or has other control characters.
    pub fn new(text: String) -> Result<Self, NoteError> {
        if !text.ends_with('\n') || control(&text).is_some() {
            return Err(NoteError::Text);
        }
        Ok(Note { text, signatures: Vec::new() })
    }

    /// Reads a signed note.
    ///
    /// # Errors
    /// The first thing that is not of the form.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > LONGEST {
            return Err(NoteError::Long(bytes.len()));
        }
        let note = std::str::from_utf8(bytes).map_err(|error| NoteError::NotText(error.valid_up_to()))?;
        if let Some((line, code)) = control(note) {
            return Err(NoteError::Control { line, code });
        }
        let empty_line = note.rfind("\n\n").ok_or(NoteError::Unsigned)?;
        let (text, below) = (&note[..=empty_line], &note[empty_line + 2..]);
        if below.is_empty() {
            return Err(NoteError::Unsigned);
        }
        let below = below.strip_suffix('\n').ok_or(NoteError::Cut)?;
        let first = text.lines().count() + 2;
        let lines = below.split('\n').zip(first..);
        let signatures = lines
            .map(|(line, number)| signature(line).ok_or(NoteError::Signature { line: number }))
            .collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::Many);
        }
        Ok(Note { text: text.into(), signatures })
    }

    /// What was signed, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Who says to have signed.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds the signature of `key`, unless it is there.
    pub fn sign(&mut self, key: &SignerKey) {
        let (name, id) = (key.verifier().name(), key.verifier().id());
        let bytes = key.sign(self.text.as_bytes()).to_vec();
        let signature = NoteSignature { name: name.into(), id, bytes };
        if !self.signatures.contains(&signature) {
            self.signatures.push(signature);
        }
    }

    /// Which of the `known` keys signed this text: one at least.
    ///
    /// # Errors
    /// If none did, or a signature that bears the name and ID of one was not made by it.
    pub fn signers<'a>(&self, known: &'a [VerifierKey]) -> Result<Vec<&'a VerifierKey>, NoteError> {
        let mut signers: Vec<&VerifierKey> = Vec::new();
        for signature in &self.signatures {
            let is_its = |key: &&VerifierKey| key.name() == signature.name && key.id() == signature.id;
            for key in known.iter().filter(is_its) {
                if !key.has_signed(self.text.as_bytes(), &signature.bytes) {
                    return Err(NoteError::Forged { name: signature.name.clone(), id: signature.id });
                }
                if !signers.contains(&key) {
                    signers.push(key);
                }
            }
        }
        if signers.is_empty() {
            return Err(self.unknown(known));
        }
        Ok(signers)
    }

    /// Whether all of the `wanted` keys signed this text.
    ///
    /// # Errors
    /// If one did not, or a signature that bears the name and ID of one was not made by it.
    pub fn signed_by_all(&self, wanted: &[VerifierKey]) -> Result<(), NoteError> {
        let signers = self.signers(wanted)?;
        let missing: Vec<_> = wanted.iter().filter(|key| !signers.contains(key)).cloned().collect();
        if missing.is_empty() { Ok(()) } else { Err(self.unknown(&missing)) }
    }

    fn unknown(&self, wanted: &[VerifierKey]) -> NoteError {
        let told = |keys: Vec<String>| if keys.is_empty() { "nobody".into() } else { keys.join(", ") };
        let one = |name: &str, id: u32| format!("{name} (key {id:08x})");
        NoteError::Unknown {
            wanted: told(wanted.iter().map(|key| one(key.name(), key.id())).collect()),
            present: told(self.signatures.iter().map(|s| one(&s.name, s.id)).collect()),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for NoteSignature { name, id, bytes } in &self.signatures {
            let bytes = STANDARD.encode([&id.to_be_bytes(), bytes.as_slice()].concat());
            writeln!(f, "— {name} {bytes}")?;
        }
        Ok(())
    }
}

/// The line and code of the first control character below the space that is no newline.
fn control(text: &str) -> Option<(usize, u32)> {
    let is_control = |c: char| c < ' ' && c != '\n';
    let at = text.find(is_control)?;
    let line = 1 + text[..at].matches('\n').count();
    Some((line, text[at..].chars().next().map_or(0, u32::from)))
}

fn signature(line: &str) -> Option<NoteSignature> {
    let (name, bytes) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(bytes).ok()?;
    let (id, bytes) = bytes.split_first_chunk()?;
    (is_key_name(name) && !bytes.is_empty()).then(|| NoteSignature {
        name: name.into(),
        id: u32::from_be_bytes(*id),
        bytes: bytes.into(),
    })
}
