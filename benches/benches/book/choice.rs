//! What the command line asks for: words that name parts of the benchmark and engines, in any order. Of either kind
//! all are meant when none is named.

/// The parts, in their order.
pub(crate) const PARTS: [&str; 6] = ["a", "b", "c", "depth", "memory", "waiting"];

/// The engines.
pub(crate) const ENGINES: [&str; 5] = ["bartizan", "realm", "matchcore", "lobster", "orderbook-rs"];

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Choice {
    words: Vec<String>,
    /// Whether this is a measurement. If not (`cargo test`), everything is run once, and small.
    pub(crate) is_measured: bool,
}

impl Choice {
    /// Reads the command line. `cargo bench` adds `--bench` to it.
    ///
    /// # Errors
    /// If a word names nothing.
    pub(crate) fn parse(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (options, words): (Vec<String>, Vec<String>) =
            arguments.partition(|argument| argument.starts_with("--"));
        match words.iter().find(|word| !PARTS.contains(&&***word) && !ENGINES.contains(&&***word)) {
            Some(word) => Err(format!(
                "{word:?} is no part and no engine: expected some of {}, {}",
                PARTS.join(", "),
                ENGINES.join(", ")
            )),
            None => Ok(Choice { words, is_measured: options.iter().any(|option| option == "--bench") }),
        }
    }

    /// Whether this part or engine is wanted.
    pub(crate) fn takes(&self, word: &str) -> bool {
        let kind: &[&str] = if PARTS.contains(&word) { &PARTS } else { &ENGINES };
        self.words.iter().any(|asked| asked == word)
            || !self.words.iter().any(|asked| kind.contains(&&**asked))
    }
}
