//! Who may do what, through every door: with the built program, over real connections.

mod standing;
mod veil;
