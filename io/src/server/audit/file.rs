//! The trail's files: `audit.jsonl` in the realm's directory, one JSON object a line, readable by its owner alone. When it is longer than [`MOST_BYTES`] it becomes
//! `audit.1.jsonl`, that `audit.2.jsonl` and so on up to [`KEPT`]; what is older is gone. So its size is bounded whatever is refused.
//!
//! A line is written whole by one write. What a crash or a full disk left half written is ended by the next line, and passed over by readers.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::line::Line;

/// A file that is as long is put aside.
pub const MOST_BYTES: u64 = 4 << 20;

/// So many are kept that were put aside.
pub const KEPT: u32 = 4;

/// The longest line: none that is written is nearly as long.
const MOST_LINE: u64 = 64 << 10;

fn path(data: &Path, age: u32) -> PathBuf {
    match age {
        0 => data.join("audit.jsonl"),
        age => data.join(format!("audit.{age}.jsonl")),
    }
}

/// A trail that is written.
#[derive(Debug)]
pub struct Trail {
    data: PathBuf,
    /// The file, its length, and whether its last line is whole; none until something is to be written, or after that failed.
    open: Option<(File, u64, bool)>,
    /// The last line's number.
    number: u64,
}

impl Trail {
    /// The trail in a realm's directory. Nothing is made until something is written.
    pub fn new(data: &Path) -> Self {
        // It goes on from the last line that can be read.
        let number = last_number(&path(data, 0)).or_else(|| last_number(&path(data, 1)));
        Trail { data: data.to_owned(), open: None, number: number.unwrap_or(0) }
    }

    /// Writes a line under the next number.
    ///
    /// # Errors
    /// If it cannot be written. The next one is tried anew.
    pub fn append(&mut self, line: &mut Line) -> io::Result<()> {
        line.number = self.number + 1;
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let written = self.write(&bytes);
        if written.is_err() {
            self.open = None;
        } else {
            self.number += 1;
        }
        written
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.open.as_ref().is_some_and(|&(_, length, _)| length + bytes.len() as u64 > MOST_BYTES) {
            self.open = None;
            for age in (0..KEPT).rev() {
                match std::fs::rename(path(&self.data, age), path(&self.data, age + 1)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        let (file, length, is_whole) = match &mut self.open {
            Some(open) => open,
            None => self.open.insert(open(&path(&self.data, 0))?),
        };
        if !*is_whole {
            file.write_all(b"\n")?;
            (*length, *is_whole) = (*length + 1, true);
        }
        *is_whole = false;
        file.write_all(bytes)?;
        (*length, *is_whole) = (*length + bytes.len() as u64, true);
        Ok(())
    }
}

/// Opens a file to append to: it, its length, and whether it ends with a whole line.
fn open(path: &Path) -> io::Result<(File, u64, bool)> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    let length = file.metadata()?.len();
    let mut last = *b"\n";
    if length > 0 {
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
    }
    Ok((file, length, last == *b"\n"))
}

/// The number of the last line of a file that can be read.
fn last_number(path: &Path) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(2 * MOST_LINE))).ok()?;
    let mut bytes = Vec::new();
    file.take(2 * MOST_LINE).read_to_end(&mut bytes).ok()?;
    bytes
        .rsplit(|&byte| byte == b'\n')
        .find_map(|line| serde_json::from_slice::<Line>(line).ok())
        .map(|line| line.number)
}

/// What is told of a trail: its lines, and how many cannot be read.
pub type Told = (Vec<Line>, u64);

/// Reads the lines of a realm's trail that `wanted` wants, the oldest first.
///
/// # Errors
/// If a file is there that cannot be read.
pub fn read(data: &Path, wanted: impl Fn(&Line) -> bool) -> io::Result<Told> {
    let (mut lines, mut unreadable) = (Vec::new(), 0);
    let mut text = Vec::new();
    for age in (0..=KEPT).rev() {
        let file = match File::open(path(data, age)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::new(file);
        loop {
            text.clear();
            if (&mut reader).take(MOST_LINE).read_until(b'\n', &mut text)? == 0 {
                break;
            }
            match serde_json::from_slice::<Line>(&text) {
                Ok(line) => lines.extend(Some(line).filter(&wanted)),
                Err(_) => unreadable += u64::from(!text.trim_ascii().is_empty()),
            }
        }
    }
    // A file that was put aside while this read is read once more, or not at all: in order and once is what is told.
    lines.sort_by_key(|line| line.number);
    lines.dedup_by_key(|line| line.number);
    Ok((lines, unreadable))
}
