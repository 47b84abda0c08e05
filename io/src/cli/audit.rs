//! `bartizan audit`: what a server refused, from the trail that it keeps in the realm's directory.

use std::path::PathBuf;
use std::time::Duration;

use super::Failure;
use super::columns::plain;
use super::notice::notice;
use super::output::write_stdout;
use crate::clock::now;
use crate::replay::time;
use crate::replay::venue::Clock;
use crate::server::audit::Line;
use crate::server::audit::file;

/// Show what `serve` refused: who was not let in, or may not do what it asked, asked for too much, or sent what is no command
///
/// What the realm itself refuses is in its journal, not here. Floods are summed up; the newest 20 MB are kept.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The realm's directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// What was refused since a time (2026-11-28T07:00:00, UTC), or so long ago until now (30s, 15m, 2h, 7d)
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Since>,
    /// Print JSON lines, as the trail has them
    #[arg(long)]
    json: bool,
}

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    /// A time, in nanoseconds since 1970.
    At(u64),
    /// So long ago.
    Ago(Duration),
}

fn since(text: &str) -> Result<Since, String> {
    let unit = |letter| match letter {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        'd' => Some(86_400),
        _ => None,
    };
    if let Some((count, seconds)) =
        text.char_indices().last().and_then(|(at, letter)| Some((&text[..at], unit(letter)?)))
        && let Ok(count) = count.parse::<u32>()
    {
        return Ok(Since::Ago(Duration::from_secs(u64::from(count) * seconds)));
    }
    match text.contains(['T', ' ']).then(|| time::parse(text, Clock::Unix, (0, 0))) {
        Some(Ok(at)) => Ok(Since::At(at)),
        _ => Err("expected a time as 2026-11-28T07:00:00, or how long ago as 30s, 15m, 2h or 7d".to_owned()),
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let from = match arguments.since {
        None => 0,
        Some(Since::At(at)) => at,
        Some(Since::Ago(ago)) => now().saturating_sub(ago.as_nanos() as u64),
    };
    let failed = |error: &dyn std::fmt::Display| Failure::at(&arguments.data, error);
    std::fs::metadata(&arguments.data).map_err(|error| failed(&error))?;
    let (lines, unreadable) =
        file::read(&arguments.data, |line| line.time >= from).map_err(|error| failed(&error))?;
    if unreadable > 0 {
        notice(format_args!("{unreadable} lines of the trail cannot be read, and are passed over"));
    }
    write_stdout(|out| {
        lines.iter().try_for_each(|line| {
            let text = if arguments.json { serde_json::to_string(line)? } else { shown(line) };
            writeln!(out, "{text}")
        })
    })
}

/// A line for people.
fn shown(line: &Line) -> String {
    let refused = &line.refused;
    // As JSON has their names, without its quotes.
    let word = |value: Result<String, serde_json::Error>| value.expect("a word is JSON").replace('"', "");
    let at = time::shown(line.time, Clock::Unix, 3);
    let (door, what) =
        (word(serde_json::to_string(&refused.door)), word(serde_json::to_string(&refused.what)));
    let peer = refused.peer.map_or(String::new(), |peer| format!(" from {peer}"));
    let agent = refused.agent.map_or(String::new(), |agent| format!(" agent {}", agent.0));
    let more = line.more.map_or(String::new(), |more| {
        format!(" (and the like {more} times in all since the last such line)")
    });
    let lost = if line.lost > 0 { format!("; before this {} were lost", line.lost) } else { String::new() };
    format!("{at} {door}{peer}{agent} {what}: {}{more}{lost}", plain(&refused.reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_time_or_how_long_ago() {
        assert_eq!(since("90m"), Ok(Since::Ago(Duration::from_mins(90))));
        assert_eq!(since("7d"), Ok(Since::Ago(Duration::from_hours(168))));
        assert_eq!(since("1970-01-02T00:00:01Z"), Ok(Since::At(86_401_000_000_000)));
        for bad in ["", "h", "-1h", "12", "12:00", "yesterday", "1970-13-01T00:00:00", "5\u{20ac}"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }
}
