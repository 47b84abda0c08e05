//! What is kept of a session from one connection to the next, in a file that only grows until it is opened again.
//!
//! One line a thing, each appended before what it says is sent: the number of the next message of each side, the messages that can be sent again, how far in the log its agent was told, and the
//! texts of order ids that are no numbers. A line that was cut off is as if it had not been written. Lines are with the operating system when a message is sent, and on the disk when the
//! connection ends: a power cut, but not the end of the process, may lose the last of them. The counterparty then sees numbers that are too low, and resets the session; commands are safe from
//! that, by their ids.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::message::Fields;

/// Messages that are kept to be sent again; older ones are gap-filled.
pub const MESSAGES_KEPT: usize = 10_000;
/// Texts of ids that are kept.
const NAMES_KEPT: usize = 1 << 17;
/// Lines after which the file is written anew, if that many are not needed.
const LINES: usize = 4 * MESSAGES_KEPT;

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its type.
    pub kind: String,
    /// When.
    pub time: String,
    /// What followed its header.
    pub body: Fields,
}

/// What is kept of a session.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: File,
    /// The number of the next message that comes.
    incoming: u64,
    /// The number of the next message that goes.
    outgoing: u64,
    sent: BTreeMap<u64, Sent>,
    /// The last command of the log whose reports were sent.
    told: Option<u64>,
    names: BTreeMap<u64, String>,
    lines: usize,
}

impl Store {
    /// What the file at `path` keeps; a new session, if there is none.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let file = open(path, false)?;
        let mut store = Store {
            path: path.to_owned(),
            file,
            incoming: 1,
            outgoing: 1,
            sent: BTreeMap::new(),
            told: None,
            names: BTreeMap::new(),
            lines: 0,
        };
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        for line in text[..whole].lines() {
            store.learn(line);
        }
        store.rewrite()?;
        Ok(store)
    }

    fn learn(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_at_checked(2)?;
        match kind {
            "I " => self.incoming = rest.parse().ok()?,
            "O " => self.outgoing = rest.parse().ok()?,
            "L " => self.told = Some(rest.parse().ok()?),
            "N " => {
                let (id, name) = rest.split_once(' ')?;
                self.names.insert(id.parse().ok()?, name.to_owned());
            }
            "M " => {
                let mut parts = rest.splitn(4, ' ');
                let number: u64 = parts.next()?.parse().ok()?;
                let (kind, time) = (parts.next()?.to_owned(), parts.next()?.to_owned());
                let body = Fields::from_text(parts.next()?);
                self.outgoing = number + 1;
                self.keep(number, Sent { kind, time, body });
            }
            _ => {}
        }
        Some(())
    }

    fn keep(&mut self, number: u64, sent: Sent) {
        self.sent.insert(number, sent);
        if self.sent.len() > MESSAGES_KEPT {
            self.sent.pop_first();
        }
    }

    /// Writes the file anew, with what is needed: whole, or not at all.
    fn rewrite(&mut self) -> io::Result<()> {
        use std::fmt::Write as _;
        let mut text = String::new();
        for (id, name) in &self.names {
            let _ = writeln!(text, "N {id} {name}");
        }
        for (number, Sent { kind, time, body }) in &self.sent {
            let _ = writeln!(text, "M {number} {kind} {time} {}", body.as_text());
        }
        let _ = writeln!(text, "I {}\nO {}", self.incoming, self.outgoing);
        if let Some(told) = self.told {
            let _ = writeln!(text, "L {told}");
        }
        let new = self.path.with_extension("new");
        let mut file = open(&new, true)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        (self.file, self.lines) = (file, 0);
        Ok(())
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(line.as_bytes())?;
        self.lines += 1;
        if self.lines >= LINES { self.rewrite() } else { Ok(()) }
    }

    /// The number of the next message that comes.
    pub fn incoming(&self) -> u64 {
        self.incoming
    }

    /// The number of the next message that goes.
    pub fn outgoing(&self) -> u64 {
        self.outgoing
    }

    /// Notes the number of the next message that comes.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn expect(&mut self, incoming: u64) -> io::Result<()> {
        self.incoming = incoming;
        self.append(&format!("I {incoming}\n"))
    }

    /// Takes the next number for a message that goes; one that is given is kept to be sent again.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn number(&mut self, sent: Option<Sent>) -> io::Result<u64> {
        let number = self.outgoing;
        self.outgoing += 1;
        match sent {
            Some(sent) => {
                self.append(&format!("M {number} {} {} {}\n", sent.kind, sent.time, sent.body.as_text()))?;
                self.keep(number, sent);
            }
            None => self.append(&format!("O {}\n", self.outgoing))?,
        }
        Ok(number)
    }

    /// Begins again at 1 in both directions. What was told stays told.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn reset(&mut self) -> io::Result<()> {
        (self.incoming, self.outgoing) = (1, 1);
        self.sent.clear();
        self.rewrite()
    }

    /// A message that was sent, if it can be sent again.
    pub fn sent(&self, number: u64) -> Option<&Sent> {
        self.sent.get(&number)
    }

    /// All messages that can be sent again.
    pub fn all_sent(&self) -> impl Iterator<Item = &Sent> {
        self.sent.values()
    }

    /// The last command of the log whose reports were sent; none before the first connection.
    pub fn told(&self) -> Option<u64> {
        self.told
    }

    /// Notes that.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn tell(&mut self, told: u64) -> io::Result<()> {
        self.told = Some(told);
        self.append(&format!("L {told}\n"))
    }

    /// Keeps the text of an id that is no number.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn name(&mut self, id: u64, text: &str) -> io::Result<()> {
        if id.to_string() == text || self.names.get(&id).is_some_and(|known| known == text) {
            return Ok(());
        }
        if self.names.len() >= NAMES_KEPT {
            self.names.pop_first();
        }
        self.names.insert(id, text.to_owned());
        self.append(&format!("N {id} {text}\n"))
    }

    /// The text of an id: its number, unless another is known.
    pub fn name_of(&self, id: u64) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Has all of it on the disk.
    ///
    /// # Errors
    /// If that fails.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

fn open(path: &Path, is_new: bool) -> io::Result<File> {
    OpenOptions::new().create(true).append(!is_new).write(true).truncate(is_new).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_as_it_was_but_for_a_line_that_was_cut() {
        let folder = std::env::temp_dir().join(format!("bartizan-fix-store-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.session");
        let sent = |text: &str| Sent {
            kind: "8".into(),
            time: "20261128-07:00:00.000".into(),
            body: Fields::default().with(58, text),
        };
        let mut store = Store::open(&path).unwrap();
        assert_eq!((store.number(None).unwrap(), store.number(Some(sent("one two"))).unwrap()), (1, 2));
        store.expect(7).unwrap();
        store.tell(90).unwrap();
        store.name(1 << 63, "a-text").unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"I 99"].concat()).unwrap();
        let store = Store::open(&path).unwrap();
        assert_eq!((store.incoming(), store.outgoing(), store.told()), (7, 3, Some(90)));
        assert_eq!((store.sent(1), store.sent(2)), (None, Some(&sent("one two"))));
        assert_eq!((store.name_of(1 << 63), store.name_of(5)), ("a-text".into(), "5".into()));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
