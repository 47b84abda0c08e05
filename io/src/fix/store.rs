//! What is kept of a session from one connection to the next, in a file that only grows until it is written anew.
//!
//! One line a thing: the CRC-32C of what follows in eight digits, a letter, and what it is, each appended before what it says is sent: the number of the next message of each side (`I`, `O`), the
//! messages that can be sent again, each with which report of which command it is (`S`), how far in the log its agent was told, whole commands (`L`) and reports of the next (`P`), the
//! texts of order ids that are no numbers (`N`), and that both numbers began again (`Z`). A line that was cut off or spoiled is as if it had not been written, and what is not written whole is cut
//! off at once. Lines without a sum, of before, are read, too. Lines are with the operating system when a message is sent, and on the disk when the
//! connection ends: a power cut, but not the end of the process, may lose the last of them. The counterparty then sees numbers that are too low, and resets the session; commands are safe from
//! that, by their ids.
//!
//! Numbers of what is never sent again, as market data, are noted ahead: after a crash the next message has a number that is higher than it would be, and what lies between is gap-filled.
//!
//! Cost: a write of one line; and whenever there are many that are not needed any more ([`Store::is_long`]), one of all that is kept, which waits for the disk ([`Compaction::write`]).

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::message::Fields;

/// Messages that are kept to be sent again; older ones are gap-filled.
pub const MESSAGES_KEPT: usize = 10_000;
/// Texts of ids that are kept.
const NAMES_KEPT: usize = 1 << 17;
/// Texts of open orders that are passed over, at most, to forget one that is of none.
const PASSED_OVER: usize = 64;
/// Lines after which the file is to be written anew.
const LINES: usize = 4 * MESSAGES_KEPT;
/// Numbers that are noted ahead.
const AHEAD: u64 = 1000;

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
    /// The number of the next message that goes, as the file has it: no less.
    noted: u64,
    sent: BTreeMap<u64, Sent>,
    /// The last command of the log whose reports were all sent.
    told: Option<u64>,
    /// A command, and how many of its reports were sent.
    within: (u64, usize),
    names: BTreeMap<u64, String>,
    /// The ids of the names, the oldest first.
    ages: VecDeque<u64>,
    lines: usize,
    /// Bytes of the file.
    length: u64,
    /// Whether its last line was not written whole, and could not be cut off.
    is_spoiled: bool,
}

/// A file that is to be written anew.
#[derive(Debug)]
pub struct Compaction {
    path: PathBuf,
    text: String,
}

/// A file that was written anew.
#[derive(Debug)]
pub struct Compacted {
    file: File,
    length: u64,
}

impl Compaction {
    /// Writes it: whole, or not at all. Waits for the disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(self) -> io::Result<Compacted> {
        let new = self.path.with_extension("new");
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(self.text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        Ok(Compacted { file: appending(&self.path)?, length: self.text.len() as u64 })
    }
}

impl Store {
    /// What the file at `path` keeps; a new session, if there is none.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut store = Store {
            path: path.to_owned(),
            file: appending(path)?,
            incoming: 1,
            outgoing: 1,
            noted: 1,
            sent: BTreeMap::new(),
            told: None,
            within: (0, 0),
            names: BTreeMap::new(),
            ages: VecDeque::new(),
            lines: 0,
            length: 0,
            is_spoiled: false,
        };
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        for line in bytes[..whole].split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
            if sound(line).and_then(|line| store.learn(line)).is_none() {
                tracing::warn!(path = %path.display(), "a line of what is kept of a session is spoiled");
            }
        }
        store.noted = store.outgoing;
        let written = store.compaction().write()?;
        store.compacted(written);
        Ok(store)
    }

    fn learn(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_at_checked(2)?;
        match kind {
            "I " => self.incoming = rest.parse().ok()?,
            "O " => self.outgoing = rest.parse().ok()?,
            "L " => self.told = Some(rest.parse().ok()?),
            "P " => {
                let (command, reports) = rest.split_once(' ')?;
                self.within = (command.parse().ok()?, reports.parse().ok()?);
            }
            "N " => {
                let (id, name) = rest.split_once(' ')?;
                self.remember(id.parse().ok()?, name);
            }
            "S " | "M " => {
                let parts = if kind == "S " { 5 } else { 4 };
                let mut parts = rest.splitn(parts, ' ');
                let number: u64 = parts.next()?.parse().ok()?;
                let (sent_kind, time) = (parts.next()?.to_owned(), parts.next()?.to_owned());
                if kind == "S "
                    && let Some((command, report)) = parts.next()?.split_once('.')
                {
                    self.within = (command.parse().ok()?, report.parse::<usize>().ok()? + 1);
                }
                let body = Fields::from_text(parts.next()?);
                self.outgoing = self.outgoing.max(number + 1);
                self.keep(number, Sent { kind: sent_kind, time, body });
            }
            "Z " => {
                (self.incoming, self.outgoing) = (1, 1);
                self.sent.clear();
            }
            _ => return None,
        }
        Some(())
    }

    fn keep(&mut self, number: u64, sent: Sent) {
        self.sent.insert(number, sent);
        if self.sent.len() > MESSAGES_KEPT {
            self.sent.pop_first();
        }
    }

    fn remember(&mut self, id: u64, text: &str) {
        if self.names.insert(id, text.to_owned()).is_none() {
            self.ages.push_back(id);
        }
    }

    /// Whether there are many lines that are not needed any more.
    pub fn is_long(&self) -> bool {
        self.lines >= LINES
    }

    /// The file as it is to be written anew. Nothing may be noted until that is done ([`Store::compacted`]).
    pub fn compaction(&self) -> Compaction {
        let mut text = String::new();
        let mut line = |line: &str| text.push_str(&summed(line));
        for id in &self.ages {
            line(&format!("N {id} {}", self.names[id]));
        }
        for (number, Sent { kind, time, body }) in &self.sent {
            line(&format!("S {number} {kind} {time} - {}", body.as_text()));
        }
        line(&format!("I {}", self.incoming));
        line(&format!("O {}", self.noted.max(self.outgoing)));
        if let Some(told) = self.told {
            line(&format!("L {told}"));
        }
        line(&format!("P {} {}", self.within.0, self.within.1));
        Compaction { path: self.path.clone(), text }
    }

    /// Goes on with the file that was written anew.
    pub fn compacted(&mut self, written: Compacted) {
        (self.file, self.length) = (written.file, written.length);
        (self.lines, self.is_spoiled) = (0, false);
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        if self.is_spoiled {
            return Err(io::Error::other("what is kept of the session could not be written before"));
        }
        let line = summed(line);
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // What was written of it must not be the beginning of the next.
            self.is_spoiled = self.file.set_len(self.length).is_err();
            return Err(error);
        }
        self.length += line.len() as u64;
        self.lines += 1;
        Ok(())
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
        self.append(&format!("I {incoming}"))
    }

    /// Takes the next number for a message that goes and is not kept.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn number(&mut self) -> io::Result<u64> {
        self.number_ahead(1)
    }

    /// The same where there are many: most numbers are noted before they are taken.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn number_of_many(&mut self) -> io::Result<u64> {
        self.number_ahead(AHEAD)
    }

    fn number_ahead(&mut self, ahead: u64) -> io::Result<u64> {
        let number = self.outgoing;
        if number + 1 > self.noted {
            self.append(&format!("O {}", number + ahead))?;
            self.noted = number + ahead;
        }
        self.outgoing += 1;
        Ok(number)
    }

    /// Takes the next number for a message that goes, which is kept to be sent again; `report` says of which command it is which report.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn number_kept(&mut self, sent: Sent, report: Option<(u64, usize)>) -> io::Result<u64> {
        let number = self.outgoing;
        let place = report.map_or("-".to_owned(), |(command, report)| format!("{command}.{report}"));
        self.append(&format!("S {number} {} {} {place} {}", sent.kind, sent.time, sent.body.as_text()))?;
        if let Some((command, report)) = report {
            self.within = (command, report + 1);
        }
        self.outgoing += 1;
        self.noted = self.noted.max(self.outgoing);
        self.keep(number, sent);
        Ok(number)
    }

    /// Begins again at 1 in both directions. What was told stays told.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn reset(&mut self) -> io::Result<()> {
        self.append("Z 1")?;
        (self.incoming, self.outgoing, self.noted) = (1, 1, 1);
        self.sent.clear();
        Ok(())
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
        self.append(&format!("L {told}"))
    }

    /// How many reports of a command were sent, if it was not told whole.
    pub fn told_of(&self, command: u64) -> usize {
        if self.within.0 == command { self.within.1 } else { 0 }
    }

    /// Keeps the text of an id that is no number. Of those that are too many the oldest is forgotten that no open order has.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn name(&mut self, id: u64, text: &str, is_open: impl Fn(u64) -> bool) -> io::Result<()> {
        if id.to_string() == text || self.names.get(&id).is_some_and(|known| known == text) {
            return Ok(());
        }
        for _ in 0..PASSED_OVER {
            if self.names.len() < NAMES_KEPT {
                break;
            }
            let Some(oldest) = self.ages.pop_front() else { break };
            if is_open(oldest) {
                self.ages.push_back(oldest);
            } else {
                self.names.remove(&oldest);
            }
        }
        self.remember(id, text);
        self.append(&format!("N {id} {text}"))
    }

    /// The text of an id: its number, unless another is known.
    pub fn name_of(&self, id: u64) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Notes the numbers as they are, and has all of it on the disk.
    ///
    /// # Errors
    /// If that fails.
    pub fn close(&mut self) -> io::Result<()> {
        if self.noted != self.outgoing {
            self.append(&format!("O {}", self.outgoing))?;
            self.noted = self.outgoing;
        }
        self.file.sync_all()
    }
}

/// A line with its sum.
fn summed(line: &str) -> String {
    format!("{:08x} {line}\n", crc32c::crc32c(line.as_bytes()))
}

/// What a line says, if that is what was written.
fn sound(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    if line.as_bytes().get(1) == Some(&b' ') {
        // One of before, without a sum.
        return Some(line);
    }
    let (sum, line) = line.split_at_checked(8)?;
    let line = line.strip_prefix(' ')?;
    (u32::from_str_radix(sum, 16) == Ok(crc32c::crc32c(line.as_bytes()))).then_some(line)
}

fn appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own, which goes with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("bartizan-fix-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        fn path(&self) -> PathBuf {
            self.0.join("a.session")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn sent(text: &str) -> Sent {
        let body = Fields::default().with(58, text);
        Sent { kind: "8".into(), time: "20261128-07:00:00.000".into(), body }
    }

    #[test]
    fn a_session_is_as_it_was_but_for_a_line_that_was_cut() {
        let folder = Folder::new("cut");
        let path = folder.path();
        let mut store = Store::open(&path).unwrap();
        let numbers = (store.number().unwrap(), store.number_kept(sent("one two"), Some((90, 1))).unwrap());
        assert_eq!(numbers, (1, 2));
        store.expect(7).unwrap();
        store.tell(89).unwrap();
        store.name(1 << 63, "a-text", |_| false).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&whole[..], b"I 99"].concat()).unwrap();
        for _ in 0..2 {
            let store = Store::open(&path).unwrap();
            assert_eq!((store.incoming(), store.outgoing(), store.told()), (7, 3, Some(89)));
            assert_eq!((store.told_of(90), store.told_of(91)), (2, 0));
            assert_eq!((store.sent(1), store.sent(2)), (None, Some(&sent("one two"))));
            assert_eq!((store.name_of(1 << 63), store.name_of(5)), ("a-text".into(), "5".into()));
        }
    }

    #[test]
    fn a_spoiled_line_spoils_no_other_and_lines_of_before_are_read() {
        let folder = Folder::new("spoiled");
        let path = folder.path();
        let before = "I 5\nO 3\nM 3 8 20261128-07:00:00.000 58=old\u{1}\nN 9 nine\nL 70\n";
        std::fs::write(&path, before).unwrap();
        let mut store = Store::open(&path).unwrap();
        assert_eq!((store.incoming(), store.outgoing(), store.told()), (5, 4, Some(70)));
        assert_eq!((store.sent(3), store.name_of(9)), (Some(&sent("old")), "nine".into()));
        store.expect(6).unwrap();
        store.number_kept(sent("new"), None).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        let bent = whole.replacen(&summed("I 6"), &summed("I 6").replace("I 6", "I 7"), 1);
        assert_ne!(bent, whole);
        // A line that was written in part, and one after it.
        std::fs::write(&path, format!("{bent}{}{}", &summed("I 44")[..11], summed("I 45"))).unwrap();
        let store = Store::open(&path).unwrap();
        assert_eq!((store.incoming(), store.outgoing()), (5, 5));
        assert_eq!(store.sent(4), Some(&sent("new")));
    }

    #[test]
    fn what_cannot_be_written_is_not_taken_and_nothing_is_written_after_it() {
        let folder = Folder::new("failed");
        let mut store = Store::open(&folder.path()).unwrap();
        store.file = File::open(folder.path()).unwrap();
        assert!(store.number().is_err() && store.number_kept(sent("a"), None).is_err());
        assert_eq!((store.outgoing(), store.sent(1)), (1, None));
        store.file = appending(&folder.path()).unwrap();
        assert!(store.expect(2).is_err(), "the line before may be there in part");
    }

    #[test]
    fn numbers_of_many_are_noted_ahead_and_as_they_are_at_the_end() {
        let folder = Folder::new("ahead");
        let path = folder.path();
        let mut store = Store::open(&path).unwrap();
        let lines = |path: &Path| std::fs::read_to_string(path).unwrap().lines().count();
        let before = lines(&path);
        for number in 1..=AHEAD {
            assert_eq!(store.number_of_many().unwrap(), number);
        }
        assert_eq!(lines(&path), before + 1);
        assert_eq!(store.number_of_many().unwrap(), AHEAD + 1);
        assert_eq!(store.number_kept(sent("a"), None).unwrap(), AHEAD + 2);
        assert_eq!(store.number().unwrap(), AHEAD + 3);
        // A crash: no number is taken twice.
        assert_eq!(Store::open(&path).unwrap().outgoing(), 2 * AHEAD + 1);
        let mut store = Store::open(&path).unwrap();
        store.reset().unwrap();
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.outgoing(), 1);
        store.number_of_many().unwrap();
        store.close().unwrap();
        assert_eq!(Store::open(&path).unwrap().outgoing(), 2);
    }

    #[test]
    fn a_long_file_is_written_anew_with_what_is_needed() {
        let folder = Folder::new("long");
        let path = folder.path();
        let mut store = Store::open(&path).unwrap();
        for number in 1..=LINES as u64 {
            assert!(!store.is_long());
            store.number_kept(sent("a"), Some((number, 0))).unwrap();
        }
        assert!(store.is_long());
        let long = std::fs::metadata(&path).unwrap().len();
        let written = store.compaction().write().unwrap();
        store.compacted(written);
        assert!(!store.is_long() && std::fs::metadata(&path).unwrap().len() < long / 3);
        store.tell(LINES as u64).unwrap();
        let again = Store::open(&path).unwrap();
        assert_eq!((again.outgoing(), again.told()), (LINES as u64 + 1, Some(LINES as u64)));
        let oldest = (LINES - MESSAGES_KEPT) as u64;
        assert_eq!((again.sent(oldest), again.sent(oldest + 1)), (None, Some(&sent("a"))));
        assert_eq!(again.told_of(LINES as u64), 1);
    }

    #[test]
    fn the_oldest_name_is_forgotten_that_no_open_order_has() {
        let folder = Folder::new("names");
        let mut store = Store::open(&folder.path()).unwrap();
        // Their ids fall, so that the oldest has the highest.
        let id = |number: usize| (1 << 63) + (NAMES_KEPT - number) as u64 + 10;
        for number in 0..NAMES_KEPT {
            store.name(id(number), "a", |_| false).unwrap();
        }
        store.name(7, "b", |open| open == id(0)).unwrap();
        assert_eq!(store.name_of(id(0)), "a", "it is open");
        assert_eq!(store.name_of(id(1)), id(1).to_string(), "it was the oldest but one");
        assert_eq!((store.name_of(id(2)), store.name_of(7)), ("a".into(), "b".into()));
    }
}
