//! A DBN file's bytes as its decoder reads them, unpacked where they are compressed, with how far it has come and whether
//! what is compressed goes on where the file ends.

use std::cell::Cell;
use std::io::{self, BufRead, ErrorKind, Read};
use std::rc::Rc;

/// The first bytes of a zstandard frame.
pub(super) const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How far a reader has come in a file.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Bytes of the file that have been taken.
    pub(super) packed: Cell<u64>,
    /// Bytes that have come of them.
    pub(super) unpacked: Cell<u64>,
    /// The first of those, which say how long the metadata is.
    prelude: Cell<[u8; PRELUDE]>,
    /// Whether what is compressed ends in the middle.
    pub(super) is_cut: Cell<bool>,
}

const PRELUDE: usize = 8;

impl Progress {
    /// How long the metadata is, the prelude counted.
    pub(super) fn metadata(&self) -> u64 {
        let [.., a, b, c, d] = self.prelude.get();
        PRELUDE as u64 + u64::from(u32::from_le_bytes([a, b, c, d]))
    }
}

/// A file's bytes, and how many of them have been taken.
struct Packed<'a> {
    rest: &'a [u8],
    progress: Rc<Progress>,
}

impl Read for Packed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.rest.read(buffer)?;
        self.progress.packed.set(self.progress.packed.get() + read as u64);
        Ok(read)
    }
}

impl BufRead for Packed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        Ok(self.rest)
    }

    fn consume(&mut self, amount: usize) {
        self.rest.consume(amount);
        self.progress.packed.set(self.progress.packed.get() + amount as u64);
    }
}

/// What comes of a file's bytes, as much at a time as there is room for.
///
/// An end in the middle of what is compressed is an error of another kind here than the
/// [`ErrorKind::UnexpectedEof`] that zstandard makes it: that the decoder takes for the end of the records.
pub(super) struct Unpacked<'a> {
    inner: Box<dyn Read + 'a>,
    progress: Rc<Progress>,
}

impl<'a> Unpacked<'a> {
    pub(super) fn new(bytes: &'a [u8], progress: &Rc<Progress>) -> io::Result<Self> {
        let packed = Packed { rest: bytes, progress: Rc::clone(progress) };
        let inner: Box<dyn Read + 'a> = if bytes.starts_with(ZSTD) {
            Box::new(zstd::stream::read::Decoder::with_buffer(packed)?)
        } else {
            Box::new(packed)
        };
        Ok(Unpacked { inner, progress: Rc::clone(progress) })
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = self.inner.read(&mut buffer[filled..]).map_err(|error| {
                self.progress.is_cut.set(error.kind() == ErrorKind::UnexpectedEof);
                io::Error::new(ErrorKind::InvalidData, error)
            })?;
            if read == 0 {
                break;
            }
            filled += read;
        }
        let before = self.progress.unpacked.get();
        if before < PRELUDE as u64 {
            let mut prelude = self.progress.prelude.get();
            for (to, from) in prelude[before as usize..].iter_mut().zip(&buffer[..filled]) {
                *to = *from;
            }
            self.progress.prelude.set(prelude);
        }
        self.progress.unpacked.set(before + filled as u64);
        Ok(filled)
    }
}
