//! Where the lines of a run come from: a mapped file, or standard input. That is read by a thread of its own, so that Ctrl-C is heard while
//! nothing comes.
//!
//! Ctrl-C ends a run between two commands: what was taken is made durable, answered and counted. Pressed again, it ends the process where it
//! stands, as a kill would.

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::super::progress::erase;
use super::super::{Failure, INTERRUPTED};
use crate::input::Input;
use crate::node::intake::MOST_LINE;
use crate::wire::commands;

/// How much is read at once.
const PART: usize = 1 << 20;

/// How many parts are read ahead.
const AHEAD: usize = 4;

/// Where lines come from.
pub(super) enum Source {
    Mapped(Input),
    Piped(Pipe),
}

impl Source {
    /// The file at `path`; `-` is standard input, of which nothing is read yet.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        if path == Path::new("-") {
            let (sender, receiver) = sync_channel(AHEAD);
            return Ok(Source::Piped(Pipe { sender, receiver, buffer: Vec::new(), at: 0, seen: 0 }));
        }
        Input::open(path).map(Source::Mapped).map_err(|error| Failure::at(path, error))
    }

    /// Whether it is a batch file.
    pub(super) fn is_batch(&self) -> bool {
        matches!(self, Source::Mapped(input) if commands::is_batch(input))
    }

    /// From now on Ctrl-C is heard, and standard input is read.
    pub(super) fn start(&self) -> Result<(), Failure> {
        let wake = match self {
            Source::Mapped(_) => None,
            Source::Piped(pipe) => Some(pipe.sender.clone()),
        };
        let heard = ctrlc::set_handler(move || {
            if ASKED.swap(true, Ordering::Relaxed) {
                erase();
                std::process::exit(INTERRUPTED.into());
            }
            // Where there is no room, something has come, and who takes that looks.
            let _ = wake.as_ref().map(|wake| wake.try_send(Heard::Interrupt));
        });
        heard.map_err(|error| Failure::Told(format!("cannot watch for Ctrl-C: {error}")))?;
        if let Source::Piped(pipe) = self {
            let sender = pipe.sender.clone();
            std::thread::spawn(move || listen(&sender));
        }
        Ok(())
    }
}

static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether Ctrl-C has been pressed.
pub(super) fn is_interrupted() -> bool {
    ASKED.load(Ordering::Relaxed)
}

/// What wakes who waits for standard input.
#[derive(Debug)]
enum Heard {
    Bytes(Vec<u8>),
    End(io::Result<()>),
    Interrupt,
}

/// Reads standard input to its end, or until nobody wants it.
fn listen(sender: &SyncSender<Heard>) {
    let mut input = io::stdin().lock();
    let mut part = vec![0; PART];
    loop {
        let heard = match input.read(&mut part) {
            Ok(0) => Heard::End(Ok(())),
            Ok(length) => Heard::Bytes(part[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Heard::End(Err(error)),
        };
        let is_over = matches!(heard, Heard::End(_));
        if sender.send(heard).is_err() || is_over {
            return;
        }
    }
}

/// Standard input, line by line.
#[derive(Debug)]
pub(super) struct Pipe {
    sender: SyncSender<Heard>,
    receiver: Receiver<Heard>,
    buffer: Vec<u8>,
    /// Where the next line begins.
    at: usize,
    /// Up to where no line ends.
    seen: usize,
}

impl Pipe {
    /// The next line, if all of it is here. One that is longer than any may be is given as far as it is here.
    pub(super) fn next_line(&mut self) -> Option<&[u8]> {
        let from = self.at;
        let end = match memchr::memchr(b'\n', &self.buffer[self.seen..]) {
            Some(length) => self.seen + length,
            None if self.buffer.len() - from > MOST_LINE => self.buffer.len(),
            None => {
                self.seen = self.buffer.len();
                return None;
            }
        };
        self.at = (end + 1).min(self.buffer.len());
        self.seen = self.at;
        Some(&self.buffer[from..end])
    }

    /// Waits for more. Says whether there may be some: not after the end, nor after Ctrl-C.
    pub(super) fn wait(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        (self.at, self.seen) = (0, self.seen - self.at);
        match self.receiver.recv() {
            Ok(Heard::Bytes(bytes)) => {
                self.buffer.extend_from_slice(&bytes);
                Ok(true)
            }
            Ok(Heard::End(end)) => end.map(|()| false),
            Ok(Heard::Interrupt) | Err(_) => Ok(false),
        }
    }

    /// What is left after the end, if its line has no end.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }
}
