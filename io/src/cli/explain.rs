//! explain (soon)
use super::Failure;
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {}
pub(super) fn run(_: &Arguments) -> Result<(), Failure> { Ok(()) }
