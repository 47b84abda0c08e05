//! Which log a command is about.

use std::fmt::Display;
use std::path::PathBuf;

use crate::cli::{Failure, quoted};
use crate::tlog::log::committed;
use crate::tlog::{Checkpoint, Hash, Tiles, TreeSize, root};

/// The folder with a journal and its log.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// The folder with the journal; the log lies in its folder `log`
    #[arg(long, value_name = "DIR")]
    pub(super) data: PathBuf,
}

impl Place {
    /// The folder of the log.
    pub(super) fn log(&self) -> PathBuf {
        self.data.join("log")
    }

    /// What was last committed to the log, and its tiles.
    pub(super) fn open(&self) -> Result<(Checkpoint, Tiles), Failure> {
        let folder = self.log();
        let head = committed(&folder).map_err(told)?;
        let head = head.ok_or_else(|| {
            Failure::at(
                &folder,
                format!("no log here; make it: bartizan log checkpoint --data {}", quoted(&self.data)),
            )
        })?;
        let tiles = Tiles::new(&folder, head.head.size);
        Ok((head, tiles))
    }

    /// The root of the log at `size`; at the size that was committed it must be the root that was.
    pub(super) fn root(&self, head: &Checkpoint, tiles: &mut Tiles, size: TreeSize) -> Result<Hash, Failure> {
        if size > head.head.size {
            return Err(Failure::Told(format!(
                "there is no size {size}: the log has {} records",
                head.head.size
            )));
        }
        let found = root(size, |node| tiles.hash(node)).map_err(told)?;
        if size == head.head.size && found != head.head.root {
            let what = format!("the tiles have the root {found}, but {} was committed", head.head.root);
            return Err(Failure::at(
                &self.log(),
                format!("{what}; make them anew: bartizan log checkpoint --rebuild"),
            ));
        }
        Ok(found)
    }
}

/// An error that names its file itself.
pub(super) fn told(error: impl Display) -> Failure {
    Failure::Told(error.to_string())
}
