//! Barter rounds inside a realm: offers on hold, a round fixed, proposals verified, the best one settled.

pub mod units;
