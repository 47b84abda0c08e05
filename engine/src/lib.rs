//! The deterministic core of Bartizan. Today it holds order books ([`mod@book`], which opens with a session), and rounds of
//! barter: what a round is ([`Round`]), what it means to the solver ([`model`]), what an outcome says ([`Outcome`]), and
//! the check that an outcome is allowed and that none is better ([`mod@verify`]).
//!
//! Nothing here reads a file, a clock, an environment or a random source, and nothing starts a
//! thread: the same round gives the same bytes on any machine. Solving happens outside
//! (`bartizan-solver`, driven by `bartizan-io`); this crate states the problem and judges the answer.

pub mod authority;
pub mod book;
pub mod certificate;
pub mod claim;
pub mod codec;
pub mod event;
pub mod explain;
pub mod ids;
pub mod layout;
pub mod ledger;
pub mod limits;
pub mod market;
pub mod model;
pub mod objective;
pub mod outcome;
pub mod realm;
pub mod reject;
pub mod round;
pub mod rounds;
pub mod verify;

pub use claim::claim;
pub use ids::{ItemIndex, UserIndex};
pub use model::Model;
pub use objective::Objective;
pub use outcome::{Hop, Level, Outcome, Ring};
pub use round::{Item, ItemKind, Round, User, Wants};
pub use verify::{Fault, verify};
