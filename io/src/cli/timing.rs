//! `--timing`: times and peak memory, as one line of JSON on standard error.

use std::time::Duration;

use super::notice::notice;

/// Tells how long each part took, then how many steps were looked at where they are counted, and the peak memory.
pub(super) fn tell(spans: &[(&str, Duration)], steps: Option<u64>) {
    let spans = spans.iter().map(|(name, span)| format!("\"{name}_s\":{:.6}", span.as_secs_f64()));
    let steps = steps.map(|steps| format!("\"steps\":{steps}"));
    let memory = peak_memory_bytes().map_or_else(|| "null".into(), |bytes| bytes.to_string());
    let fields: Vec<String> = spans.chain(steps).chain([format!("\"peak_bytes\":{memory}")]).collect();
    notice(format_args!("{{{}}}", fields.join(",")));
}

/// The most memory this process has had, where the system tells (Linux).
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}
