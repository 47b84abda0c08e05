//! The drop folder: a file of commands that is put there is taken exactly once.
//!
//! - **Put there** is a regular file once its name ends in `.batch`, `.bin` or `.jsonl` and does not begin with a dot. So write it under another name, or elsewhere on the same
//!   disk, and rename it: what bears such a name is taken for finished.
//! - Files are taken in the order of their names, of those that are there. One that does not end well stops none after it.
//! - A file is checked to its end before its first command is asked: what is **malformed is refused whole**, moved to `failed/` with the reason
//!   beside it (`NAME.reason.txt`), and nothing of it was carried out. It is read into memory, so it has at most 1 GiB.
//! - A file that was carried out is moved to `done/`, after what became of it was made durable beside (`NAME.result.jsonl`, see `drop_file`). That a command is
//!   rejected is an answer like others. Where the name is taken by an earlier file, a number is added to it.
//! - After a crash or a stop a file that is still there is gone on with. Its commands' ids, and its result as far as it goes, see to it that nothing is
//!   done twice. A journal that cannot be written leaves the file where it is, until it can.
//!
//! Commands are done at the clock's time; a time that a line names is not kept, as in a batch file. Whoever can write to the folder can speak as anybody: it is as
//! private as the realm's directory should be. An agent's commands count against what it may ask for as they do through any other door: where it is too much, the file
//! waits.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::audit::What;
use super::drop_file::{DROPPED, Undone, carry_out, commands};
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
            let looked = self.names().map_err(Undone::from).and_then(|names| {
                for name in names {
                    self.take(&name)?;
                }
                Ok(())
            });
            let wait = match looked {
                Ok(()) => LOOK_EVERY,
                Err(_) if self.site.is_stopping() => return,
                Err(error) => {
                    tracing::error!(folder = %self.folder.display(), %error, "the drop folder waits");
                    RETRY_AFTER
                }
            };
            std::thread::sleep(wait);
        }
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

    fn take(&self, name: &str) -> Result<(), Undone> {
        if self.site.is_stopping() {
            return Err(Refusal::Stopping.into());
        }
        let bytes = match read(&self.folder.join(name)) {
            Ok(bytes) => bytes,
            // Somebody took it back.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error)
                if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::FileTooLarge) =>
            {
                let is_long = error.kind() == io::ErrorKind::FileTooLarge;
                let what = if is_long { What::Size } else { What::Right };
                return Ok(self.refuse(name, what, &error.to_string())?);
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(error) = commands(&bytes).find_map(Result::err) {
            return Ok(self.refuse(name, What::Malformed, &error)?);
        }
        let kept = free(&self.folder.join("done"), name);
        let result = self.folder.join("done").join(format!("{kept}.result.jsonl"));
        carry_out(&self.site, self.place, (name, &bytes), &result)?;
        Ok(self.put_away(name, "done", &kept)?)
    }

    fn refuse(&self, name: &str, what: What, reason: &str) -> io::Result<()> {
        tracing::warn!(folder = %self.folder.display(), file = name, reason, "a dropped file was refused");
        self.site.refused(self.place, DROPPED.refused(None, what, format!("{name}: {reason}")));
        let kept = free(&self.folder.join("failed"), name);
        let mut told = File::create(self.folder.join("failed").join(format!("{kept}.reason.txt")))?;
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

/// The name under which a file is kept in a folder: its own, or if that is taken with the first number that is free.
fn free(folder: &Path, name: &str) -> String {
    let (mut kept, mut number) = (name.to_owned(), 1);
    while folder.join(&kept).exists() {
        number += 1;
        kept = format!("{name}.{number}");
    }
    kept
}
