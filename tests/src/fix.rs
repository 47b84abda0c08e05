//! A FIX client of the simplest kind, over a socket: it numbers what it sends, and looks at nothing but what it waits for.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bartizan_io::clock::now;
use bartizan_io::fix::message::{self, Fields};
use bartizan_io::fix::time;

/// A connection.
#[derive(Debug)]
pub struct FixClient<S = TcpStream> {
    stream: S,
    bytes: Vec<u8>,
    name: String,
    /// The number of the next message that is sent.
    pub next: u64,
}

/// A message that came, with its separators as bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came(pub String);

impl Came {
    /// The first field of a tag; empty if there is none.
    pub fn get(&self, tag: u32) -> &str {
        let is_it = |field: &&str| field.split_once('=').is_some_and(|(found, _)| found == tag.to_string());
        self.0.split('|').find(is_it).and_then(|field| field.split_once('=')).map_or("", |field| field.1)
    }

    /// Its fields of these tags, each with its tag.
    pub fn some(&self, tags: &[u32]) -> String {
        tags.iter().map(|&tag| format!("{tag}={}", self.get(tag))).collect::<Vec<_>>().join("|")
    }
}

impl FixClient {
    /// Connects, and logs on as `name` with `logon` beside what a logon needs.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn log_on(address: &str, name: &str, next: u64, logon: &str) -> Self {
        FixClient::log_on_every(address, name, next, "30", logon)
    }

    /// The same with a heartbeat every so many seconds.
    ///
    /// # Panics
    /// If it is not let in.
    pub fn log_on_every(address: &str, name: &str, next: u64, heartbeat: &str, logon: &str) -> Self {
        let mut client = FixClient::connect(address, name, next);
        client.send("A", &format!("98=0|108={heartbeat}|{logon}"));
        assert_eq!(client.receive().map(|came| came.get(35).to_owned()).as_deref(), Some("A"));
        client
    }

    /// Connects.
    ///
    /// # Panics
    /// If it cannot.
    pub fn connect(address: &str, name: &str, next: u64) -> Self {
        FixClient::try_connect(address, name, next).expect("it listens")
    }

    /// Connects, if somebody listens.
    ///
    /// # Errors
    /// If nobody does.
    pub fn try_connect(address: &str, name: &str, next: u64) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(FixClient::over(stream, name, next))
    }
}

impl<S: Read + Write> FixClient<S> {
    /// One who speaks over a stream.
    pub fn over(stream: S, name: &str, next: u64) -> Self {
        FixClient { stream, bytes: Vec::new(), name: name.to_owned(), next }
    }

    /// Sends a message of these fields, separated by bars, under the next number.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn send(&mut self, kind: &str, body: &str) {
        self.try_send(kind, body).expect("it can be written");
    }

    /// The same to a server that may go away.
    ///
    /// # Errors
    /// If it has.
    pub fn try_send(&mut self, kind: &str, body: &str) -> io::Result<()> {
        let body = body.trim_end_matches('|').replace('|', "\u{1}");
        let body = if body.is_empty() { body } else { body + "\u{1}" };
        let header = Fields::default().with(34, self.next).with(49, &self.name);
        let header = header.with(52, time::written(now())).with(56, "BARTIZAN");
        let mut bytes = Vec::new();
        message::write(&mut bytes, kind, &[&header, &Fields::from_text(&body)]);
        self.next += 1;
        self.stream.write_all(&bytes)
    }

    /// Sends bytes.
    ///
    /// # Panics
    /// If it cannot.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("it can be written");
    }

    /// The next message; none at the end.
    ///
    /// # Panics
    /// If what comes is none, or nothing comes.
    pub fn receive(&mut self) -> Option<Came> {
        loop {
            if let Some((message, length)) = message::read(&self.bytes).expect("it is framed") {
                message.expect("it is sound");
                let text: Vec<u8> = self.bytes.drain(..length).collect();
                return Some(Came(String::from_utf8(text).expect("it is text").replace('\u{1}', "|")));
            }
            let mut more = [0; 4096];
            match self.stream.read(&mut more) {
                Ok(0) => return None,
                Ok(read) => self.bytes.extend_from_slice(&more[..read]),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// The next message but for heartbeats, which must be of this type.
    ///
    /// # Panics
    /// If it is another.
    pub fn expect(&mut self, kind: &str) -> Came {
        loop {
            let came = self.receive().expect("a message");
            if came.get(35) != "0" {
                assert_eq!(came.get(35), kind, "{}", came.0);
                return came;
            }
        }
    }
}
