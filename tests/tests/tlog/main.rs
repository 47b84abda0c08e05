//! The Merkle log: against a naive twin, against published vectors, and before outside judges.

mod folder;
mod kept;
mod naive;
mod notes;
mod outside;
mod program;
mod proofs;
mod publish;
mod published;
#[cfg(target_os = "linux")]
mod synced;
