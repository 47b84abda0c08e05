//! The binary protocol: fixed little-endian records in frames with checksums, over any stream of bytes, and in files.
//!
//! - [`layout`] has the fixed records, [`frame`](mod@frame) the frames around them, [`commands`] the commands in those, and [`told`] what is told; [`client`] speaks the protocol.
//! - What a command or an event is in bytes, [`bartizan_engine::layout`] says; `bartizan schema binary` prints it.
//!
//! This module knows no socket, but for [`tls`], which is for clients: it turns bytes into values and back.
//!
#![doc = include_str!("spec.md")]

pub mod client;
pub mod commands;
pub mod frame;
pub mod layout;
pub mod tls;
pub mod told;
