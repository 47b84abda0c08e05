//! The session layer: numbers, gaps, heartbeats, resending, and the end. It does no input or output of its own but for its [`Store`]: it takes messages and times, and appends what is to be
//! sent to bytes.
//!
//! Invariant: a message is given to the application once and in order of its number, whatever was lost or sent twice; its number counts as taken only once the application is done
//! with it ([`Session::done`]), so that what a crash interrupts is asked for again.

use std::io;
use std::time::Duration;

pub use super::message::Wrong;
use super::message::{self, BEGIN_STRING, Fields, Message, number};
use super::store::{Sent, Store};
use super::time;

/// How far the time of sending may be off.
const ACCURACY: u64 = 120_000_000_000;

/// How long messages that were asked for again may not come before they are asked for once more.
const ON_THE_WAY: u64 = 10_000_000_000;

/// How often the same message is asked for.
const ASKED: u32 = 3;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was the session's own affair, or comes again.
    Session,
    /// It is for the application.
    Application,
    /// The connection is to end.
    End(String),
}

/// A field is missing.
pub fn missing(tag: u32) -> Wrong {
    Wrong { tag, reason: 1, text: "a required tag is missing" }
}

/// A field has a value that it cannot have.
pub fn incorrect(tag: u32, text: &'static str) -> Wrong {
    Wrong { tag, reason: 5, text }
}

/// A session, logged on.
#[derive(Debug)]
pub struct Session {
    /// Our `CompID`.
    own: String,
    /// Theirs.
    other: String,
    /// What is kept of it.
    pub store: Store,
    heartbeat: u64,
    heard: u64,
    spoke: u64,
    is_tested: bool,
    asked: Option<Asked>,
    has_logged_out: bool,
}

/// Messages that were asked for again.
#[derive(Clone, Copy, Debug)]
struct Asked {
    /// The first that is missing.
    from: u64,
    /// The one that showed it.
    to: u64,
    /// When it was asked for, or one of them came.
    at: u64,
    /// How often the first was asked for.
    times: u32,
}

/// Whether a message says when it was sent, and that was a moment ago.
fn is_timely(message: &Message<'_>, now: u64) -> bool {
    message.get(52).and_then(time::read).is_some_and(|sent| sent.abs_diff(now) <= ACCURACY)
}

/// What is said of a message that is not.
const NOT_TIMELY: &str = "SendingTime is missing or two minutes off";

impl Session {
    /// A session between two `CompID`s, to be logged on at `now`.
    pub fn new(own: &str, other: &str, store: Store, now: u64) -> Self {
        Session {
            own: own.to_owned(),
            other: other.to_owned(),
            store,
            heartbeat: 0,
            heard: now,
            spoke: now,
            is_tested: false,
            asked: None,
            has_logged_out: false,
        }
    }

    fn header(&self, number: u64, sent: &str) -> Fields {
        let fields = Fields::default().with(34, number).with(49, &self.own);
        fields.with(52, sent).with(56, &self.other)
    }

    /// Sends a message of the session's own, which is not sent again.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn send(&mut self, kind: &str, body: &Fields, now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let number = self.store.number()?;
        self.put(number, (kind, body), now, out);
        Ok(())
    }

    /// The same of one of many messages, as of market data: after a crash their numbers may be passed over.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn send_of_many(&mut self, kind: &str, body: &Fields, now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let number = self.store.number_of_many()?;
        self.put(number, (kind, body), now, out);
        Ok(())
    }

    fn put(&mut self, number: u64, (kind, body): (&str, &Fields), now: u64, out: &mut Vec<u8>) {
        message::write(out, kind, &[&self.header(number, &time::written(now)), body]);
        self.spoke = now;
    }

    /// Sends a message of the application, which is kept.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn send_kept(&mut self, kind: &str, body: &Fields, now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let sent = Sent { kind: kind.to_owned(), time: time::written(now), body: body.clone() };
        let number = self.store.number_kept(sent, None)?;
        self.put(number, (kind, body), now, out);
        Ok(())
    }

    /// Sends an execution report, which is kept with which report of which command it is.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn report(
        &mut self,
        body: &Fields,
        report: (u64, usize),
        now: u64,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        let sent = Sent { kind: "8".to_owned(), time: time::written(now), body: body.clone() };
        let number = self.store.number_kept(sent, Some(report))?;
        self.put(number, ("8", body), now, out);
        Ok(())
    }

    /// Rejects a message (FIX `3`).
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn reject(&mut self, of: &Message<'_>, wrong: &Wrong, now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let kind = String::from_utf8_lossy(of.kind()).into_owned();
        let mut body = Fields::default().with(45, of.sequence().unwrap_or(0));
        if wrong.tag != 0 {
            body.put(371, wrong.tag);
        }
        let body = body.with(372, kind).with(373, wrong.reason).with(58, wrong.text);
        self.send_kept("3", &body, now, out)
    }

    /// Answers a logon that was let in, of a heartbeat of so many seconds.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn log_on(&mut self, logon: &Message<'_>, now: u64, out: &mut Vec<u8>) -> io::Result<Taken> {
        let seconds = logon.get(108).and_then(number).unwrap_or(0);
        self.heartbeat = Duration::from_secs(seconds).as_nanos() as u64;
        if let Some(wrong) = logon.wrong() {
            return self.end(wrong.text, now, out);
        }
        if !is_timely(logon, now) {
            return self.end(NOT_TIMELY, now, out);
        }
        let resets = logon.says_yes(141);
        let came = logon.sequence().unwrap_or(0);
        if resets {
            if came != 1 {
                return self.end("ResetSeqNumFlag is for MsgSeqNum 1", now, out);
            }
            self.store.reset()?;
        }
        // Even one that says that it may have come before: a connection begins with a logon of its own.
        if came < self.store.incoming() {
            return self.end(&self.low(came), now, out);
        }
        let mut body = Fields::default().with(98, 0).with(108, seconds);
        if resets {
            body.put(141, 'Y');
        }
        self.send("A", &body, now, out)?;
        if came > self.store.incoming() {
            return self.ask_again(logon, came, now, out);
        }
        self.done(came)?;
        Ok(Taken::Session)
    }

    /// When something was heard last.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn test(&mut self, now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        self.is_tested = true;
        self.send("1", &Fields::default().with(112, "heard?"), now, out)
    }

    /// Notes that something was heard, if it is no message yet.
    pub fn hear(&mut self, now: u64) {
        (self.heard, self.is_tested) = (now, false);
    }

    /// Takes a message.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn take(&mut self, message: &Message<'_>, now: u64, out: &mut Vec<u8>) -> io::Result<Taken> {
        self.hear(now);
        let Some(came) = message.sequence() else { return self.end("MsgSeqNum (34) is missing", now, out) };
        if message.begin() != BEGIN_STRING.as_bytes() {
            return self.end("this session speaks FIX.4.4", now, out);
        }
        let expected = self.store.incoming();
        if let Some(wrong) = self.wrong_header(message, now) {
            self.reject(message, &wrong, now, out)?;
            if came == expected {
                self.done(came)?;
            }
            return self.end(wrong.text, now, out);
        }
        let is_reset = message.kind() == b"4" && !message.says_yes(123);
        if came > expected && !is_reset {
            match message.kind() {
                b"2" => self.resend(message, now, out)?,
                b"5" => return self.log_out(now, out),
                _ => {}
            }
            return self.ask_again(message, came, now, out);
        }
        if came < expected && !is_reset {
            return self.too_low(message, now, out);
        }
        if let Some(wrong) = message.wrong() {
            self.reject(message, wrong, now, out)?;
            if came == expected {
                self.done(came)?;
            }
            return Ok(Taken::Session);
        }
        match message.kind() {
            b"0" => {}
            b"1" => match message.get(112) {
                Some(id) => {
                    let body = Fields::default().with(112, String::from_utf8_lossy(id));
                    self.send("0", &body, now, out)?;
                }
                None => self.reject(message, &missing(112), now, out)?,
            },
            b"2" => self.resend(message, now, out)?,
            b"3" => tracing::warn!(session = self.other, "a message of ours was rejected"),
            b"4" => return self.set_incoming(message, is_reset, now, out),
            b"5" => {
                self.done(came)?;
                return self.log_out(now, out);
            }
            b"A" => return self.end("a second logon", now, out),
            _ => return Ok(Taken::Application),
        }
        self.done(came)?;
        Ok(Taken::Session)
    }

    /// Says that the application is done with a message.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn done(&mut self, number: u64) -> io::Result<()> {
        self.store.expect(number + 1)
    }

    fn wrong_header(&self, message: &Message<'_>, now: u64) -> Option<Wrong> {
        if message.get(49) != Some(self.other.as_bytes()) {
            return Some(Wrong { tag: 49, reason: 9, text: "SenderCompID is not this session's" });
        }
        if message.get(56) != Some(self.own.as_bytes()) {
            return Some(Wrong { tag: 56, reason: 9, text: "TargetCompID is not this session's" });
        }
        (!is_timely(message, now)).then_some(Wrong { tag: 52, reason: 10, text: NOT_TIMELY })
    }

    fn low(&self, came: u64) -> String {
        format!("MsgSeqNum too low, expecting {} but received {came}", self.store.incoming())
    }

    fn too_low(&mut self, message: &Message<'_>, now: u64, out: &mut Vec<u8>) -> io::Result<Taken> {
        if !message.says_yes(43) {
            return self.end(&self.low(message.sequence().unwrap_or(0)), now, out);
        }
        if message.get(122).and_then(time::read).is_none() {
            // It was taken before, so its number is not taken again.
            self.reject(message, &missing(122), now, out)?;
        }
        Ok(Taken::Session)
    }

    /// Asks for what is missing before message `came`, unless that is on its way. What was asked for and did not come, since it was passed over again or never sent, is asked for once
    /// more, and after some times the session ends.
    fn ask_again(
        &mut self,
        message: &Message<'_>,
        came: u64,
        now: u64,
        out: &mut Vec<u8>,
    ) -> io::Result<Taken> {
        let from = self.store.incoming();
        let before = self.asked.filter(|asked| from <= asked.to);
        let is_answered = |asked: &Asked| message.says_yes(43) && came >= asked.to;
        match before {
            Some(asked) if asked.from < from && !is_answered(&asked) => {
                self.asked = Some(Asked { from, at: now, times: 1, ..asked });
                return Ok(Taken::Session);
            }
            Some(asked) if !is_answered(&asked) && now.saturating_sub(asked.at) < ON_THE_WAY => {
                return Ok(Taken::Session);
            }
            _ => {}
        }
        let times = before.filter(|asked| asked.from == from).map_or(0, |asked| asked.times);
        if times == ASKED {
            let text = format!("message {from} was asked for {ASKED} times, and did not come");
            return self.end(&text, now, out);
        }
        let to = before.map_or(came, |asked| asked.to.max(came));
        self.asked = Some(Asked { from, to, at: now, times: times + 1 });
        self.send("2", &Fields::default().with(7, from).with(16, 0), now, out)?;
        Ok(Taken::Session)
    }

    fn set_incoming(
        &mut self,
        message: &Message<'_>,
        is_reset: bool,
        now: u64,
        out: &mut Vec<u8>,
    ) -> io::Result<Taken> {
        let expected = self.store.incoming();
        match message.get(36).and_then(number) {
            None => self.reject(message, &missing(36), now, out)?,
            Some(next) if next > expected => {
                self.store.expect(next)?;
                return Ok(Taken::Session);
            }
            Some(next) if next == expected && is_reset => return Ok(Taken::Session),
            Some(_) => {
                self.reject(message, &incorrect(36, "NewSeqNo is not above the expected number"), now, out)?;
            }
        }
        if !is_reset {
            self.done(expected)?;
        }
        Ok(Taken::Session)
    }

    /// Sends again what is asked for; the session's own messages, and those that are not kept, are gap-filled.
    fn resend(&mut self, message: &Message<'_>, now: u64, out: &mut Vec<u8>) -> io::Result<()> {
        let from = message.get(7).and_then(number);
        let (Some(from), Some(to)) = (from, message.get(16).and_then(number)) else {
            let tag = if from.is_none() { 7 } else { 16 };
            return self.reject(message, &missing(tag), now, out);
        };
        let last = self.store.outgoing() - 1;
        let to = if to == 0 { last } else { to.min(last) };
        if from == 0 || from > to {
            return Ok(());
        }
        let written = time::written(now);
        let mut gap = None;
        for number in from..=to {
            match self.store.sent(number) {
                None => gap = gap.or(Some(number)),
                Some(Sent { kind, time, body }) => {
                    self.fill(gap.take(), number, &written, out);
                    let header = self.header(number, &written).with(43, 'Y').with(122, time);
                    message::write(out, kind, &[&header, body]);
                }
            }
        }
        self.fill(gap, to + 1, &written, out);
        self.spoke = now;
        Ok(())
    }

    fn fill(&self, gap: Option<u64>, next: u64, written: &str, out: &mut Vec<u8>) {
        if let Some(start) = gap {
            let header = self.header(start, written).with(43, 'Y').with(122, written);
            message::write(out, "4", &[&header, &Fields::default().with(123, 'Y').with(36, next)]);
        }
    }

    /// Looks at the time: sends a heartbeat, or asks for one, or ends.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn tick(&mut self, now: u64, out: &mut Vec<u8>) -> io::Result<Taken> {
        if self.heartbeat == 0 {
            return Ok(Taken::Session);
        }
        let silent = now.saturating_sub(self.heard);
        if silent > 2 * self.heartbeat + self.heartbeat / 5 {
            return self.end("nothing was heard", now, out);
        }
        if silent > self.heartbeat + self.heartbeat / 5 && !self.is_tested {
            self.test(now, out)?;
        }
        if now.saturating_sub(self.spoke) >= self.heartbeat {
            self.send("0", &Fields::default(), now, out)?;
        }
        Ok(Taken::Session)
    }

    fn log_out(&mut self, now: u64, out: &mut Vec<u8>) -> io::Result<Taken> {
        if !std::mem::replace(&mut self.has_logged_out, true) {
            self.send("5", &Fields::default(), now, out)?;
        }
        Ok(Taken::End("it logged out".to_owned()))
    }

    /// Logs out; why.
    ///
    /// # Errors
    /// If what is kept cannot be written.
    pub fn end(&mut self, text: &str, now: u64, out: &mut Vec<u8>) -> io::Result<Taken> {
        if !std::mem::replace(&mut self.has_logged_out, true) {
            self.send("5", &Fields::default().with(58, text), now, out)?;
        }
        Ok(Taken::End(text.to_owned()))
    }
}
