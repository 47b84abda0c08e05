//! The drop folder: a file of commands that is put there is taken exactly once.
//!
//! - **Put there** is a regular file once its name ends in `.batch`, `.bin` or `.jsonl` and does not begin with a dot. So write it under another name, or elsewhere on the same
//!   disk, and rename it: what bears such a name is taken for finished.
//! - Files are taken in the order of their names, of those that are there. One that does not end well, or cannot be read now, stops none after it.
//! - A file is checked to its end before its first command is asked: what is **malformed is refused whole**, moved to `failed/` with the reason
//!   beside it (`NAME.reason.txt`), and nothing of it was carried out. It is read into memory, so it has at most 1 GiB.
//! - A file that was carried out is moved to `done/`, after what became of it was made durable beside (`NAME.result.jsonl`, see `drop_file`). That a command is
//!   rejected is an answer like others. Where the name is taken by an earlier file, or by what became of one, a number is put before its ending.
//! - After a crash or a stop a file that is still there is gone on with. Its commands' ids, and its result as far as it goes, see to it that nothing is
//!   done twice. A journal that cannot be written leaves the file where it is, until it can.
//!
//! Commands are done at the clock's time; a time that a line names is not kept, as in a batch file. Whoever can write to the folder can speak as anybody: it is as
//! private as the realm's directory should be. An agent's commands count against what it may ask for as they do through any other door, the realm's own do not: where it
//! is too much, the file waits, and so do those after it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::audit::What;
use super::drop_file::{DROPPED, Undone, carry_out, commands, is_free};
use super::request::Refusal;
use super::site::Site;
use crate::lock::Lock;

/// How long nothing happens between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long what does not go is left.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The longest file.
const MOST_BYTES: u64 = 1 << 30;

/// How the names of files end that are taken.
const ENDINGS: [&str; 3] = [".batch", ".bin", ".jsonl"];

/// A folder that is watched for a realm.
#[derive(Debug)]
pub struct DropFolder {
    folder: PathBuf,
    site: Arc<Site>,
    /// The realm's place in the site.
    place: usize,
    _lock: Lock,
}

impl DropFolder {
    /// Makes the folder, with `done` and `failed` in it, where they are not there, for the realm at `place` of the site.
    ///
    /// # Errors
    /// If they cannot be made, or another process watches the folder.
    pub fn open(folder: &Path, site: &Arc<Site>, place: usize) -> io::Result<Self> {
        for inner in ["done", "failed"] {
            fs::create_dir_all(folder.join(inner))?;
        }
        let lock = Lock::take(&folder.join(".lock"))?
            .ok_or_else(|| io::Error::other("another process watches this folder"))?;
        Ok(DropFolder { folder: folder.to_owned(), site: Arc::clone(site), place, _lock: lock })
    }

    /// Takes what is put there, until the site stops.
    pub fn watch(self) {
        while !self.site.is_stopping() {
            let wait = match self.look() {
                Ok(wait) => wait,
                Err(_) if self.site.is_stopping() => return,
                Err(error) => {
                    tracing::error!(folder = %self.folder.display(), %error, "the drop folder waits");
                    RETRY_AFTER
                }
            };
            std::thread::sleep(wait);
        }
    }

    /// Takes what is there. Returns how long there is nothing to do then.
    fn look(&self) -> Result<Duration, Undone> {
        let mut wait = LOOK_EVERY;
        for name in self.names()? {
            if self.site.is_stopping() {
                return Err(Refusal::Stopping.into());
            }
            match read(&self.folder.join(&name)) {
                Ok(bytes) => self.take(&name, &bytes)?,
                Err(error) => match error.kind() {
                    // Somebody took it back.
                    io::ErrorKind::NotFound => {}
                    io::ErrorKind::FileTooLarge => self.refuse(&name, What::Size, &error.to_string())?,
                    io::ErrorKind::PermissionDenied => self.refuse(&name, What::Right, &error.to_string())?,
                    _ => {
                        let folder = self.folder.display();
                        tracing::error!(%folder, file = name, %error, "a dropped file cannot be read");
                        wait = RETRY_AFTER;
                    }
                },
            }
        }
        Ok(wait)
    }

    /// The files that are there, in order.
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_named = !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending));
            if is_named && entry.file_type()?.is_file() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn take(&self, name: &str, bytes: &[u8]) -> Result<(), Undone> {
        if let Some(error) = commands(bytes).find_map(Result::err) {
            return Ok(self.refuse(name, What::Malformed, &error)?);
        }
        let done = self.folder.join("done");
        let kept = free(&done, name, |kept| is_free(&done.join(result_of(kept)), name, bytes));
        carry_out(&self.site, self.place, (name, bytes), &done.join(result_of(&kept)))?;
        Ok(self.put_away(name, "done", &kept)?)
    }

    fn refuse(&self, name: &str, what: What, reason: &str) -> io::Result<()> {
        tracing::warn!(folder = %self.folder.display(), file = name, reason, "a dropped file was refused");
        self.site.refused(self.place, DROPPED.refused(None, what, format!("{name}: {reason}")));
        let failed = self.folder.join("failed");
        let reason_of = |kept: &str| failed.join(format!("{kept}.reason.txt"));
        let kept = free(&failed, name, |kept| !reason_of(kept).exists());
        let mut told = File::create(reason_of(&kept))?;
        writeln!(told, "{reason}")?;
        told.sync_all()?;
        self.put_away(name, "failed", &kept)
    }

    /// Moves a file to an inner folder, durably. What lies beside it there is durable before.
    fn put_away(&self, name: &str, inner: &str, kept: &str) -> io::Result<()> {
        let into = self.folder.join(inner);
        File::open(&into)?.sync_all()?;
        fs::rename(self.folder.join(name), into.join(kept))?;
        File::open(&into)?.sync_all()?;
        File::open(&self.folder)?.sync_all()
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if length > MOST_BYTES {
        let told = format!("the file has {length} bytes: at most {MOST_BYTES} are taken");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, told));
    }
    fs::read(path)
}

/// The name under which a file is kept in a folder: its own, or if that is taken with the first number before its ending that is free, and is free beside it, too.
fn free(folder: &Path, name: &str, is_free_beside: impl Fn(&str) -> bool) -> String {
    let is_free = |kept: &String| !folder.join(kept).exists() && is_free_beside(kept);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let mut names = (2..).map(|number: u64| format!("{stem}.{number}.{ending}"));
    Some(name.to_owned()).filter(is_free).or_else(|| names.find(is_free)).expect("numbers do not end")
}

/// The name of the file of what became of one.
fn result_of(kept: &str) -> String {
    format!("{kept}.result.jsonl")
}
