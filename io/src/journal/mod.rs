//! The journal: everything that was ever decided about a realm, in order, on disk, so that nothing that was accepted
//! is lost and nothing that is read is not what was written. It keeps opaque records; what they mean, the realm knows.
//!
//! - [`Writer`] gathers records and makes a batch of them durable with one write and one sync (`writer`); opened
//!   again after a crash, it cuts what was not finished and refuses what is damaged (`recover`). [`settle`] does the same for who only reads.
//! - [`Reader`] gives the records back from any sequence on, from mapped files, each byte checked.
//! - [`Snapshots`] keeps the newest states of the realm, so that recovery reads only the journal's tail.
//! - [`inspect`] verifies and counts; [`usage()`] measures without reading.
//! - [`layout`] draws the files byte by byte, and tells how an unfinished write is told from damage.
//! - [`storage`] is the little that all of it asks of a disk: [`Directory`] is the real one, [`sim::SimStorage`] a disk
//!   that fails in every way a disk does, reproducibly from a seed.
//!
//! Nothing here has a clock, a thread or randomness of its own.

mod direct;
mod directory;
mod error;
pub mod inspect;
pub mod layout;
mod reader;
mod recover;
mod segment;
mod segments;
pub mod sim;
mod snapshot;
pub mod storage;
mod units;
mod usage;
mod writer;

pub use directory::Directory;
pub use error::{Cause, Damage, JournalError};
pub use layout::{Record, Records};
pub use reader::{Batch, Reader};
pub use recover::{Recovery, is_settled, settle};
pub use segment::{Tail, of_other_rules};
pub use snapshot::{Passed, Snapshot, SnapshotWriter, Snapshots};
pub use storage::{Operation, Storage, StorageError, StorageFile, try_to_write};
pub use units::{Chain, Position, RealmId, Sequence};
pub use usage::{Usage, usage};
pub use writer::{Options, Writer};
