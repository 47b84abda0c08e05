//! A client of the binary protocol, over any stream: signs in, sends commands, takes what comes. It blocks, and starts no thread.
//!
//! [`Client`] is one connection. [`Caller`] is as many as it takes: it connects again after a break and sends again what was not answered, which is safe because
//! every command has an id.

use std::io::{self, Read, Write};
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::Envelope;
use ed25519_dalek::{Signer, SigningKey};
use zerocopy::FromZeros;

use super::commands;
use super::frame::{self, FrameError};
use super::layout::{
    AnswerRecord, CANCEL_ON_DISCONNECT, FRAME_HEADER, Goodbye, Hello, Kind, Login, MOST_TOLD, Retry,
    Subscribe, VERSION, Welcome, signed_text,
};
use super::told::{self, Told};

/// By what one signs in.
#[derive(Clone, Debug)]
pub enum Key {
    /// By nothing, where the machine's own users may.
    None,
    /// By a token.
    Token(String),
    /// By the agent's signing key, to the realm of this id, which one knows from elsewhere: whoever took it from the server that asks would sign in for that server
    /// wherever it likes.
    Signing(Box<SigningKey>, [u8; 16]),
}

/// Who signs in, and how.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// The realm's name; empty for the server's first.
    pub realm: String,
    /// As which agent.
    pub agent: AgentId,
    /// By what.
    pub key: Key,
    /// How often the server hears something at least; zero: as it likes.
    pub heartbeat: Duration,
    /// Whether the orders that are placed end with the connection.
    pub cancel_on_disconnect: bool,
}

impl SignIn {
    /// As an agent, by nothing, to the server's first realm.
    pub fn local(agent: AgentId) -> Self {
        SignIn {
            realm: String::new(),
            agent,
            key: Key::None,
            heartbeat: Duration::ZERO,
            cancel_on_disconnect: false,
        }
    }
}

/// Why a client cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What came is no frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// What came is not what was expected.
    #[error("expected {0}")]
    Unexpected(&'static str),
    /// The server ended the connection.
    #[error("the server ended the connection ({reason}): {text}")]
    Goodbye {
        /// A [`super::layout::Reason`].
        reason: u16,
        /// A word about it.
        text: String,
    },
    /// The realm's name has more than 32 bytes.
    #[error("a realm's name has at most 32 bytes")]
    Name,
    /// A command is longer than a frame may be.
    #[error("a command is longer than a frame may be")]
    TooLong,
}

/// What comes from a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// What became of the commands from `first` on.
    Answers {
        /// The number of the first.
        first: u64,
        /// Their answers, in order.
        answers: Vec<AnswerRecord>,
    },
    /// The commands from `first` on were not taken, nor any that were sent after them.
    Retry {
        /// The number of the first.
        first: u64,
        /// When to send them again.
        after: Duration,
        /// Why; see [`Retry::reason`].
        reason: u32,
    },
    /// What happened.
    Told(Vec<Told>),
    /// The server is still there.
    Heartbeat,
}

/// A connection on which somebody signed in.
#[derive(Debug)]
pub struct Client<S> {
    stream: S,
    bytes: Vec<u8>,
    at: usize,
    out: Vec<u8>,
    next: u64,
    welcome: Welcome,
}

impl<S: Read + Write> Client<S> {
    /// Signs in over a stream.
    ///
    /// # Errors
    /// If the stream fails, or the server does not take it; why.
    pub fn sign_in(stream: S, who: &SignIn) -> Result<Self, ClientError> {
        let (bytes, out, welcome) = (Vec::new(), Vec::new(), Welcome::new_zeroed());
        let mut client = Client { stream, bytes, at: 0, out, next: 1, welcome };
        let hello: Hello = client.fixed(Kind::Hello, "the server's hello")?;
        if hello.version.get() != VERSION {
            return Err(ClientError::Unexpected("a server of version 1"));
        }
        let mut realm = [0; 32];
        realm.get_mut(..who.realm.len()).ok_or(ClientError::Name)?.copy_from_slice(who.realm.as_bytes());
        let (credential, text) = match &who.key {
            Key::None => (0, Vec::new()),
            Key::Token(token) => (1, token.clone().into_bytes()),
            Key::Signing(key, id) => {
                let text = signed_text(&hello.challenge, id, &realm, who.agent.0);
                (2, key.sign(&text).to_bytes().to_vec())
            }
        };
        let login = Login {
            version: VERSION.into(),
            credential,
            flags: if who.cancel_on_disconnect { CANCEL_ON_DISCONNECT } else { 0 },
            agent: who.agent.0.into(),
            heartbeat_ms: (who.heartbeat.as_millis() as u32).into(),
            reserved: 0.into(),
            realm,
        };
        frame::write_record(&mut client.out, Kind::Login, &login, &text);
        client.flush()?;
        client.welcome = client.fixed(Kind::Welcome, "the server's welcome")?;
        Ok(client)
    }

    /// What the server said to the login.
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// The stream.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Sends commands, in as many frames as it takes; returns the number of the first, which is one more than that of the last before.
    ///
    /// # Errors
    /// If the stream fails, or a command is too long for any frame; nothing was sent then.
    pub fn send(&mut self, envelopes: &[Envelope]) -> Result<u64, ClientError> {
        self.send_as(self.next, envelopes)
    }

    /// Sends commands again, under the number that they had: after [`Message::Retry`].
    ///
    /// # Errors
    /// As [`Client::send`].
    pub fn send_as(&mut self, first: u64, envelopes: &[Envelope]) -> Result<u64, ClientError> {
        let (mut next, mut rest) = (first, envelopes);
        while !rest.is_empty() {
            let taken = commands::write(&mut self.out, next, rest);
            if taken == 0 {
                self.out.clear();
                return Err(ClientError::TooLong);
            }
            (next, rest) = (next + taken as u64, &rest[taken..]);
        }
        self.flush()?;
        self.next = next;
        Ok(first)
    }

    /// Asks to be told what happens, from a place in the log on (0: from now on). See [`Subscribe::scope`].
    ///
    /// # Errors
    /// If the stream fails.
    pub fn subscribe(&mut self, from: u64, scope: u8) -> Result<(), ClientError> {
        let subscribe = Subscribe { from: from.into(), scope, reserved: [0; 7] };
        frame::write_record(&mut self.out, Kind::Subscribe, &subscribe, &[]);
        self.flush()
    }

    /// Says that one is still there.
    ///
    /// # Errors
    /// If the stream fails.
    pub fn heartbeat(&mut self) -> Result<(), ClientError> {
        frame::write(&mut self.out, Kind::Heartbeat, 0, |_| 0);
        self.flush()
    }

    /// Says that nothing more will come, and takes what still comes until the server has ended the connection.
    ///
    /// # Errors
    /// If the stream fails.
    pub fn logout(mut self) -> Result<Vec<Message>, ClientError> {
        frame::write(&mut self.out, Kind::Logout, 0, |_| 0);
        self.flush()?;
        let mut messages = Vec::new();
        loop {
            match self.receive() {
                Ok(message) => messages.push(message),
                Err(ClientError::Goodbye { .. }) => return Ok(messages),
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for so long, and says meanwhile that one is still there.
    ///
    /// # Errors
    /// If the stream fails.
    pub fn rest(&mut self, length: Duration) -> Result<(), ClientError> {
        let beat = Duration::from_millis(u64::from(self.welcome.heartbeat_ms.get()) / 3);
        let mut left = length;
        while !beat.is_zero() && left > beat {
            std::thread::sleep(beat);
            self.heartbeat()?;
            left -= beat;
        }
        std::thread::sleep(left);
        Ok(())
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// If the stream fails or ends, the server says goodbye, or what comes is no frame.
    pub fn receive(&mut self) -> Result<Message, ClientError> {
        let (kind, length) = self.arrive()?;
        let arrived = frame::read(&self.bytes[self.at..], MOST_TOLD)?;
        let (frame, _) = arrived.ok_or(ClientError::Unexpected("the frame that arrived"))?;
        let message = match kind {
            Kind::Answers => {
                Message::Answers { first: frame.sequence, answers: told::answers(&frame)?.to_vec() }
            }
            Kind::Retry => {
                let (retry, _) = frame.record::<Retry>("when to try again")?;
                let after = Duration::from_millis(retry.after_ms.get().into());
                Message::Retry { first: frame.sequence, after, reason: retry.reason.get() }
            }
            Kind::Told => Message::Told(told::read(&frame)?),
            Kind::Heartbeat => Message::Heartbeat,
            Kind::Goodbye => return Err(goodbye(&frame)?),
            _ => return Err(ClientError::Unexpected("what a server sends")),
        };
        self.at += length;
        Ok(message)
    }

    fn fixed<T>(&mut self, expected: Kind, told: &'static str) -> Result<T, ClientError>
    where
        T: zerocopy::FromBytes + zerocopy::KnownLayout + zerocopy::Immutable + zerocopy::Unaligned + Copy,
    {
        let (kind, length) = self.arrive()?;
        let arrived = frame::read(&self.bytes[self.at..], MOST_TOLD)?;
        let (frame, _) = arrived.ok_or(ClientError::Unexpected("the frame that arrived"))?;
        if kind == Kind::Goodbye {
            return Err(goodbye(&frame)?);
        }
        if kind != expected {
            return Err(ClientError::Unexpected(told));
        }
        let record = *frame.record::<T>(told)?.0;
        self.at += length;
        Ok(record)
    }

    /// Waits until a frame has arrived; its kind and length.
    fn arrive(&mut self) -> Result<(Kind, usize), ClientError> {
        loop {
            if let Some((frame, length)) = frame::read(&self.bytes[self.at..], MOST_TOLD)? {
                return Ok((frame.kind, length));
            }
            self.bytes.drain(..self.at);
            self.at = 0;
            let arrived = self.bytes.len();
            self.bytes.resize(arrived + (1 << 16).max(FRAME_HEADER), 0);
            let read = self.stream.read(&mut self.bytes[arrived..]);
            self.bytes.truncate(arrived + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    fn flush(&mut self) -> Result<(), ClientError> {
        let written = self.stream.write_all(&self.out).and_then(|()| self.stream.flush());
        self.out.clear();
        Ok(written?)
    }
}

fn goodbye(frame: &frame::Frame<'_>) -> Result<ClientError, ClientError> {
    let (goodbye, text) = frame.record::<Goodbye>("a goodbye")?;
    let text = String::from_utf8_lossy(text).into_owned();
    Ok(ClientError::Goodbye { reason: goodbye.reason.get(), text })
}

/// Commands that [`Caller`] lets wait for answers at a time.
const IN_FLIGHT: usize = 4096;

/// Carries out commands over as many connections as it takes, each once and in order.
#[derive(Debug)]
pub struct Caller<C, S> {
    connect: C,
    who: SignIn,
    client: Option<Client<S>>,
    /// How often it connects in vain before it gives up, and how long it waits in between.
    patience: (u32, Duration),
}

impl<S: Read + Write, C: FnMut() -> io::Result<S>> Caller<C, S> {
    /// One that connects by `connect`, as often as it must; it gives up after so many failures in a row, and waits so long after each.
    pub fn new(connect: C, who: SignIn, failures: u32, wait: Duration) -> Self {
        Caller { connect, who, client: None, patience: (failures, wait) }
    }

    /// Carries out commands, and returns their answers in order.
    ///
    /// # Errors
    /// If it cannot connect any more, or the server refuses for good. Some of the commands may have been carried out; sent again, they are answered
    /// as they were.
    pub fn carry_out(&mut self, envelopes: &[Envelope]) -> Result<Vec<AnswerRecord>, ClientError> {
        let mut answers = Vec::with_capacity(envelopes.len());
        let mut failures = 0;
        while answers.len() < envelopes.len() {
            let before = answers.len();
            let Err(error) = self.go_on(envelopes, &mut answers) else { continue };
            self.client = None;
            failures = if answers.len() > before { 1 } else { failures + 1 };
            let is_final = !matches!(
                &error,
                ClientError::Io(_) | ClientError::Goodbye { reason: 4 | 5 | 8 | 11 | 12 | 13, .. }
            );
            if is_final || failures > self.patience.0 {
                return Err(error);
            }
            std::thread::sleep(self.patience.1);
        }
        Ok(answers)
    }

    /// Goes on over one connection, as long as that lasts.
    fn go_on(&mut self, envelopes: &[Envelope], answers: &mut Vec<AnswerRecord>) -> Result<(), ClientError> {
        let client = match &mut self.client {
            Some(client) => client,
            None => self.client.insert(Client::sign_in((self.connect)()?, &self.who)?),
        };
        // Commands are numbered on from here.
        let offset = client.next - answers.len() as u64;
        let mut sent = answers.len();
        while answers.len() < envelopes.len() {
            if sent < envelopes.len() && sent - answers.len() < IN_FLIGHT / 2 {
                let end = envelopes.len().min(answers.len() + IN_FLIGHT);
                client.send(&envelopes[sent..end])?;
                sent = end;
            }
            match client.receive()? {
                Message::Answers { answers: came, .. } => answers.extend(came),
                Message::Retry { first, after, .. } => {
                    client.rest(after)?;
                    let place = (first - offset) as usize;
                    client.send_as(first, &envelopes[place..sent])?;
                }
                Message::Heartbeat => client.heartbeat()?,
                Message::Told(_) => {}
            }
        }
        Ok(())
    }
}

/// The bytes of a batch file of these commands; see [`commands::batches`].
///
/// # Errors
/// If one is longer than a frame may be.
pub fn batch_file(envelopes: &[Envelope]) -> Result<Vec<u8>, ClientError> {
    let (mut bytes, mut next) = (Vec::new(), 0);
    while next < envelopes.len() {
        match commands::write(&mut bytes, next as u64 + 1, &envelopes[next..]) {
            0 => return Err(ClientError::TooLong),
            taken => next += taken,
        }
    }
    Ok(bytes)
}
