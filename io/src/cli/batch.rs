//! `bartizan batch`: lines of commands as a batch file of the binary protocol.

use std::path::PathBuf;

use super::Failure;
use super::notice::notice;
use super::output::{check_targets, write_file};
use crate::input::Input;
use crate::node::intake;
use crate::wire::client::batch_file;

/// Write commands as a batch file, which `run` takes faster than lines
///
/// A batch file is frames of commands as the binary protocol has them. Its commands have no times: they are done at the clock's.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The commands, one JSON object a line
    file: PathBuf,
    /// The batch file
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    check_targets(&[("--output", Some(&arguments.output))], &[&arguments.file])?;
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.file, error);
    let input = Input::open(&arguments.file).map_err(|error| failed(&error))?;
    let (mut envelopes, mut timed) = (Vec::new(), 0_u64);
    for (number, text) in intake::lines(&input) {
        let Some(line) = intake::read_line(number, text).map_err(|error| failed(&error))? else { continue };
        timed += u64::from(line.time.is_some());
        envelopes.push(line.into_envelope());
    }
    let bytes = batch_file(&envelopes).map_err(|error| failed(&error))?;
    write_file(&arguments.output, |out| out.write_all(&bytes))?;
    if timed > 0 {
        notice(format_args!("{timed} of the lines name their time, which a batch file does not keep"));
    }
    Ok(())
}
