//! `bartizan log key`: makes a key that signs checkpoints, and shows the key that checks them.

use std::path::PathBuf;

use super::place::told;
use crate::cli::Failure;
use crate::cli::output::write_stdout;
use crate::tlog::SignerKey;

/// Print the verifier key of a private key, or make a new one
///
/// A private key is one line, PRIVATE+KEY+NAME+ID+KEY, in a file that nobody else can read. What is printed,
/// NAME+ID+KEY, is for everybody who checks what it signed.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file with the private key
    file: PathBuf,
    /// Make a new key of this name, such as example.com/log, in a new file; the log's key has the log's name
    #[arg(long, value_name = "NAME")]
    new: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let key = match &arguments.new {
        Some(name) => {
            let key = SignerKey::generate(name).map_err(told)?;
            key.write(&arguments.file).map_err(told)?;
            key
        }
        None => SignerKey::read(&arguments.file).map_err(told)?,
    };
    write_stdout(|out| writeln!(out, "{}", key.verifier()))
}
