//! Logs run again under other rules: the same rules change nothing, other ones what they should, by numbers worked out by hand; and the
//! program `bartizan replay-log` from outside.

mod barter;
mod by_hand;
mod logs;
mod program;
mod random;
