//! What can be made to go wrong.

/// What goes wrong by itself, and how often.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The operation, counted from 1 over the disk's life, within which everything ends.
    pub crash_at: Option<u64>,
    /// Of a thousand writes, how many fail after part of their bytes.
    pub write_per_mille: u32,
    /// Of a thousand syncs, how many fail.
    pub sync_per_mille: u32,
    /// Of a thousand writes, how many go somewhere else, and say that all is well.
    pub misdirect_per_mille: u32,
    /// How many bytes the disk has room for.
    pub capacity: Option<u64>,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What was not synced is there in any part, or not.
    PowerCut,
    /// What was written is there, the last write perhaps in part.
    ProcessDeath,
}
