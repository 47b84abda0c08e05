//! Who may do what, through every door: with the built program, over real connections. What is expected of whom stands in tables that are compared row by row
//! with what happens, and that know every command, route, frame and message that there is.

mod audit;
mod commands;
mod doors;
mod limits;
mod queries;
mod standing;
mod table;
mod told;
mod veil;
mod village;
