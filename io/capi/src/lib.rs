//! The order book behind a C ABI: how C, C++, Python and others embed it. Its header, `include/bartizan.h`, is generated
//! from these files by a test (`BARTIZAN_BLESS=1 cargo test -p bartizan-capi` writes it anew); [`mod@guide`] opens it.
//!
//! Invariants: no panic crosses the boundary ([`mod@book`] catches it and the book stays broken); no byte from outside
//! becomes an enum unchecked ([`mod@command`]); what is handed out is either copied into the caller's memory or
//! borrowed until the book's next call. Reports are the engine's own records, handed out without a copy.
//! Lacks: reading or writing a journal, and callbacks.
#![allow(non_camel_case_types)] // what C sees is named as C sees it
#![allow(clippy::doc_markdown, rustdoc::broken_intra_doc_links)] // the documentation goes into a C header
#![allow(clippy::missing_safety_doc)] // the contract of all pointers stands once, at the head of the header

pub mod apply;
pub mod book;
pub mod command;
pub mod event;
pub mod guide;
pub mod names;
pub mod query;
pub mod report;
pub mod rules;
pub mod status;
