//! A client of the ITCH feed, over a socket: it logs in, and takes what comes.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bartizan_io::itch::soup;

/// A connection.
#[derive(Debug)]
pub struct ItchClient {
    stream: TcpStream,
    bytes: Vec<u8>,
}

impl ItchClient {
    /// Connects.
    ///
    /// # Panics
    /// If it cannot.
    pub fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket has a timeout");
        ItchClient { stream, bytes: Vec::new() }
    }

    /// Logs in to a session of a market, from a message on.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn log_in(&mut self, market: &str, session: &str, from: &str) {
        let mut bytes = Vec::new();
        soup::write(&mut bytes, b'L', format!("{market:<6}{:<10}{session:>10}{from:>20}", "").as_bytes());
        self.stream.write_all(&bytes).expect("it can be written");
    }

    /// Says that it is there.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn beat(&mut self) {
        self.stream.write_all(&[0, 1, b'R']).expect("it can be written");
    }

    /// The next packet: its letter, and what it carries; none at the end.
    ///
    /// # Panics
    /// If what comes is none, or nothing comes.
    pub fn receive(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some((packet, length)) = soup::read(&self.bytes).expect("it is a packet") {
                let found = (packet.letter, packet.payload.to_vec());
                self.bytes.drain(..length);
                return Some(found);
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
}
