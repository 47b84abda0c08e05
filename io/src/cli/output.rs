//! Files written whole or not at all: into a temporary file beside the target, renamed when complete.
//! So a run that fails or is interrupted leaves what was there before, and nothing else.
//!
//! A file that is there keeps its permissions, and one that must not be written stays; a symbolic link stays, and
//! what it leads to is written. A device, a pipe or a descriptor (`/dev/null`, `/dev/stdout`, `/dev/fd/3`) is no
//! file to be replaced: it is written through.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::columns::escaped;
use super::{Failure, interrupt};

/// Whether `-` stood for a file, so that standard output holds what was to be in it.
static HOLDS_FILE: AtomicBool = AtomicBool::new(false);

/// Writes to `path` by `write`; `-` is standard output, which then holds that instead of what people are shown.
pub(super) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    if is_standard(path) {
        HOLDS_FILE.store(true, Ordering::Relaxed);
        return write_to_stdout(write);
    }
    let failed = |error: io::Error| Failure::at(path, format!("cannot write: {error}"));
    match target(path).map_err(failed)? {
        Target::File(file) => replace(&file, failed, write),
        Target::Stream(file) => match write_through(&file, write) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::Broken),
            written => written.map_err(failed),
        },
    }
}

/// Whether `path` stands for standard output.
pub(super) fn is_standard(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether `path` leads to standard output, by whatever name.
pub(super) fn is_standard_output(path: &Path) -> bool {
    let is_descriptor = |folder: &Path| folder == Path::new("/dev/fd") || folder.ends_with("self/fd");
    is_standard(path)
        || path == Path::new("/dev/stdout")
        || path.file_name() == Some(OsStr::new("1")) && path.parent().is_some_and(is_descriptor)
}

/// Refuses to write over what is read, or two results into one file, or where nothing can be written.
pub(super) fn check_targets(targets: &[(&str, Option<&Path>)], sources: &[&Path]) -> Result<(), Failure> {
    for (index, &(option, path)) in targets.iter().enumerate() {
        let Some(path) = path else { continue };
        if !is_standard(path) {
            let found = target(path).and_then(|found| match found {
                Target::File(file) => existing(&file).map(|_| ()),
                Target::Stream(_) => Ok(()),
            });
            found.map_err(|error| Failure::at(path, format!("cannot write: {error}")))?;
        }
        if sources.iter().any(|source| !is_standard(source) && is_same_file(source, path)) {
            return Err(Failure::Usage(format!("{option} would write over a file that is read")));
        }
        for &(other, also) in &targets[index + 1..] {
            if also.is_some_and(|also| is_same_file(also, path)) {
                return Err(Failure::Usage(format!("{option} and {other} name the same file")));
            }
        }
    }
    Ok(())
}

/// Whether two paths lead to one file, whose earlier content would be lost. A device has none.
fn is_same_file(a: &Path, b: &Path) -> bool {
    if is_standard(a) || is_standard(b) {
        return a == b;
    }
    match (target(a), target(b)) {
        (Ok(Target::File(a)), Ok(Target::File(b))) => a == b || has_same_number(&a, &b),
        _ => false,
    }
}

#[cfg(unix)]
fn has_same_number(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let number = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((number(a), number(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(not(unix))]
fn has_same_number(_: &Path, _: &Path) -> bool {
    false
}

/// What a path leads to.
#[derive(Debug)]
enum Target {
    /// An ordinary file, or none yet, by its own path.
    File(PathBuf),
    /// Anything else that can be written, opened.
    Stream(Stream),
}

/// What is written through.
#[derive(Debug)]
enum Stream {
    /// A device, a pipe, a socket.
    Device(PathBuf),
    /// An open descriptor of this process, by the folder that lists them.
    Descriptor(PathBuf),
}

/// Most links that are followed, as most systems have it.
const MOST_LINKS: usize = 40;

fn target(path: &Path) -> io::Result<Target> {
    let mut path = path.to_path_buf();
    for _ in 0..MOST_LINKS {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let folder = folder.canonicalize()?;
        let real = folder.join(name);
        if folder == Path::new("/dev/fd") || (folder.starts_with("/proc") && folder.ends_with("fd")) {
            return Ok(Target::Stream(Stream::Descriptor(real)));
        }
        match fs::symlink_metadata(&real).map(|found| found.file_type()) {
            Ok(kind) if kind.is_symlink() => path = folder.join(fs::read_link(&real)?),
            Ok(kind) if kind.is_file() => return Ok(Target::File(real)),
            Ok(kind) if kind.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(_) => return Ok(Target::Stream(Stream::Device(real))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Target::File(real)),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("its symbolic links go round in a circle"))
}

fn write_through(stream: &Stream, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, stream.open()?);
    write(&mut out)?;
    out.flush()
}

impl Stream {
    fn open(&self) -> io::Result<File> {
        match self {
            Stream::Device(path) => OpenOptions::new().write(true).open(path),
            // Opened anew, standard output in a file would begin at its start again, over what we write there.
            #[cfg(unix)]
            Stream::Descriptor(path) if path.file_name() == Some(OsStr::new("1")) => {
                use std::os::fd::AsFd as _;
                Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
            }
            #[cfg(unix)]
            Stream::Descriptor(path) if path.file_name() == Some(OsStr::new("2")) => {
                use std::os::fd::AsFd as _;
                Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
            }
            Stream::Descriptor(path) => OpenOptions::new().append(true).open(path),
        }
    }
}

/// The ordinary file that is there, if there is one and it may be written.
fn existing(path: &Path) -> io::Result<Option<File>> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Writes an ordinary file beside itself, and renames it.
fn replace(
    path: &Path,
    failed: impl Fn(io::Error) -> Failure,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let before = existing(path).map_err(&failed)?;
    let temporary = temporary_name(path);
    interrupt::removes(&temporary, path)?;
    let written = (|| {
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        if let Some(before) = before {
            file.set_permissions(before.metadata()?.permissions())?;
        }
        let mut out = BufWriter::with_capacity(1 << 18, file);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?;
        fs::rename(&temporary, path)
    })();
    interrupt::is_whole(written.is_ok());
    written.map_err(|error| {
        // Whether the half-written file can be removed does not change what is reported.
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}

/// Writes text in which control characters of names, such as those that colour a terminal, are written out.
struct Escaping<'a>(&'a mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.0.write_all(escaped(text).as_bytes())?,
            Err(_) => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Writes what people are shown by `write` to standard output, unless that holds a file.
pub(super) fn write_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    if HOLDS_FILE.load(Ordering::Relaxed) {
        return Ok(());
    }
    write_to_stdout(|out| write(&mut Escaping(out)))
}

fn write_to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(|error| Failure::writing(&error))
}
