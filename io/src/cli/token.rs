//! `bartizan token`: by which tokens agents sign in to a realm that is served.

use std::path::PathBuf;
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use clap::Subcommand;

use super::Failure;
use super::output::write_stdout;
use super::state::realm_at;
use crate::clock::now;
use crate::server::tokens::{Right, Token, Tokens};

/// Give agents tokens by which they sign in to a realm that is served, list them, take them back
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token, and print it: it is shown this once, and only its hash is kept
    Add {
        /// The realm's directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Whose it is
        #[arg(long, value_name = "NUMBER")]
        agent: u32,
        /// What it is for: `read` what is the agent's own and what everybody may see, `write` what the agent may do, `audit` to see everything
        #[arg(long, value_name = "RIGHT", value_delimiter = ',', default_value = "read,write")]
        rights: Vec<Right>,
        /// After how many days it ends; never, if none is given
        #[arg(long, value_name = "DAYS")]
        days: Option<u64>,
        /// What people need to know of it
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// List the tokens there are: the hash's beginning, the agent, what it is for
    List {
        /// The realm's directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Take a token back; it counts no more at once
    Revoke {
        /// The beginning of its hash, as `token list` shows it
        hash: String,
        /// The realm's directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.what {
        What::Add { data, agent, rights, days, note } => {
            let agent = AgentId(*agent);
            check_agent(data, agent)?;
            let expires = days.map(|days| {
                let length = u64::try_from(Duration::from_hours(days.saturating_mul(24)).as_nanos());
                now().saturating_add(length.unwrap_or(u64::MAX))
            });
            let (text, token) = Token::draw(agent, rights.clone(), expires, note.clone())
                .map_err(|error| Failure::Told(format!("cannot draw a token: {error}")))?;
            open(data)?
                .change(|tokens| tokens.push(token))
                .map_err(|error| Failure::Told(error.to_string()))?;
            write_stdout(|out| writeln!(out, "{text}"))
        }
        What::List { data } => {
            let tokens = open(data)?.list();
            write_stdout(|out| tokens.iter().try_for_each(|token| writeln!(out, "{}", line(token))))
        }
        What::Revoke { hash, data } => {
            let is_it = |token: &Token| token.hash.starts_with(hash.as_str());
            let revoke = |tokens: &mut Vec<Token>| {
                let found = tokens.iter().filter(|token| is_it(token)).count();
                if found == 1 && !hash.is_empty() {
                    tokens.retain(|token| !is_it(token));
                    return Ok(());
                }
                let told = format!("{found} tokens have a hash that begins with {hash}: expected one");
                Err(Failure::at(data, told))
            };
            open(data)?.change(revoke).map_err(|error| Failure::Told(error.to_string()))?
        }
    }
}

fn open(data: &std::path::Path) -> Result<Tokens, Failure> {
    Tokens::open(data).map_err(|error| Failure::Told(error.to_string()))
}

/// Refuses a token for nobody: most likely the number is mistyped.
fn check_agent(data: &std::path::Path, agent: AgentId) -> Result<(), Failure> {
    match realm_at(data, None)?.agent(agent) {
        Some(_) => Ok(()),
        None => Err(Failure::at(data, format!("there is no agent {}", agent.0))),
    }
}

fn line(token: &Token) -> String {
    let rights: Vec<String> = token.rights.iter().map(|right| format!("{right:?}").to_lowercase()).collect();
    let until = match token.expires {
        None => String::new(),
        Some(expires) if expires <= now() => ", ended".to_owned(),
        Some(expires) => format!(", for {} more days", (expires - now()).div_ceil(24 * 3_600_000_000_000)),
    };
    let note = if token.note.is_empty() { String::new() } else { format!(": {}", token.note) };
    format!(
        "{} agent {} {}{until}{note}",
        &token.hash[..12.min(token.hash.len())],
        token.agent.0,
        rights.join(",")
    )
}
