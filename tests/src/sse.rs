//! A listener to a realm's feed as Server-Sent Events.

use serde_json::Value;

use crate::http::Client;

/// Where the feed of the realm `realm` is.
const FEED: &str = "/v1/realms/realm/feed";

/// A listener to Server-Sent Events.
#[derive(Debug)]
pub struct Listener {
    client: Client,
    text: String,
}

/// An event: its id, its name, its data.
pub type Event = (u64, String, Value);

impl Listener {
    /// Listens.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn start(mut client: Client, query: &str, headers: &[(&str, &str)]) -> Self {
        client.send("GET", &format!("{FEED}{query}"), headers, b"");
        let (status, headers) = client.head();
        assert_eq!(status, 200);
        assert!(headers.contains(&("content-type".to_owned(), "text/event-stream".to_owned())));
        Listener { client, text: String::new() }
    }

    /// The next event; none at the end.
    ///
    /// # Panics
    /// If what comes is no event.
    #[expect(clippy::should_implement_trait, reason = "it is asked for one event at a time")]
    pub fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(|value| value.trim_start_matches(": ").to_owned())
                };
                let told = field("id").map(|id| {
                    let data = serde_json::from_str(&field("data").expect("data")).expect("JSON");
                    (id.parse().expect("a number"), field("event").unwrap_or_default(), data)
                });
                self.text = rest.to_owned();
                match told {
                    Some(told) => return Some(told),
                    None => continue,
                }
            }
            self.text += std::str::from_utf8(&self.client.try_chunk().ok().flatten()?).expect("UTF-8");
        }
    }

    /// The next event, which must come.
    ///
    /// # Panics
    /// If none does.
    pub fn command(&mut self) -> Event {
        self.next().expect("something happens")
    }
}
