//! What a binary connection sends: answers, what is told, heartbeats, and why it ends.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use zerocopy::{Immutable, IntoBytes};

use super::patience::Patience;
use super::request::Answered;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::time::{Instant, MissedTickBehavior, interval_at};
use crate::wire::frame;
use crate::wire::layout::{AnswerRecord, Goodbye, Kind, REPEATED, Reason, Retry};

/// What is to be sent.
pub(super) enum Out {
    /// What became of the commands from `first` on.
    Answers {
        /// The number of the first.
        first: u64,
        /// Each with its answer.
        answers: Vec<Answered>,
        /// They wait until this is on its way.
        #[expect(dead_code, reason = "what counts is when it is dropped")]
        waiting: Waiting,
    },
    /// The commands from `first` on were not taken.
    Retry {
        /// The number of the first.
        first: u64,
        /// Why: [`Retry::reason`].
        reason: u32,
        /// When to try again.
        after: Duration,
        /// They wait until this is on its way, if they were taken to wait.
        #[expect(dead_code, reason = "what counts is when it is dropped")]
        waiting: Option<Waiting>,
    },
    /// Nothing more will come.
    Goodbye {
        /// Why.
        reason: Reason,
        /// A word about it.
        text: String,
    },
}

/// Commands that wait for their answers, as long as this is held.
pub(super) struct Waiting(Arc<AtomicU32>, u32);

impl Waiting {
    pub(super) fn new(waiting: &Arc<AtomicU32>, count: u32) -> Self {
        waiting.fetch_add(count, Ordering::AcqRel);
        Waiting(Arc::clone(waiting), count)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::AcqRel);
    }
}

/// Bytes that are sent together, at most, but for the last thing.
const TOGETHER: usize = 1 << 18;

/// The sending half of a connection.
pub(super) struct Writing<W> {
    write: W,
    bytes: Vec<u8>,
    patience: Patience,
}

impl<W: AsyncWrite + Unpin> Writing<W> {
    pub(super) fn new(write: W, patience: Patience) -> Self {
        Writing { write, bytes: Vec::new(), patience }
    }

    /// Sends one fixed record.
    pub(super) async fn record<T: IntoBytes + Immutable>(
        &mut self,
        kind: Kind,
        record: &T,
    ) -> io::Result<()> {
        frame::write_record(&mut self.bytes, kind, record, &[]);
        self.flush().await
    }

    /// Says why it ends.
    pub(super) async fn goodbye(mut self, reason: Reason, text: &str) -> io::Result<()> {
        self.add(&Out::Goodbye { reason, text: text.to_owned() });
        self.flush().await?;
        self.write.shutdown().await
    }

    /// Sends what comes, until nothing more will, or the other end is gone or too slow.
    pub(super) async fn run(
        mut self,
        mut answers: mpsc::UnboundedReceiver<Out>,
        mut told: mpsc::Receiver<Vec<u8>>,
        heartbeat: Duration,
    ) {
        let heartbeat = heartbeat.max(Duration::from_millis(10));
        let mut beat = interval_at(Instant::now() + heartbeat, heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut tells = true;
        loop {
            let mut sent = Vec::new();
            tokio::select! {
                biased;
                out = answers.recv() => match out {
                    Some(out) => sent.push(out),
                    None => break,
                },
                frame = told.recv(), if tells => match frame {
                    Some(frame) => self.bytes.extend_from_slice(&frame),
                    None => tells = false,
                },
                _ = beat.tick() => frame::write(&mut self.bytes, Kind::Heartbeat, 0, |_| 0),
            }
            let mut length = 0;
            while length < TOGETHER
                && let Ok(out) = answers.try_recv()
            {
                length += if let Out::Answers { answers, .. } = &out {
                    answers.len() * size_of::<AnswerRecord>()
                } else {
                    0
                };
                sent.push(out);
            }
            for out in &sent {
                self.add(out);
            }
            let is_over = sent.iter().any(|out| matches!(out, Out::Goodbye { .. }));
            // Before it can be read: whoever has read it may fill the window again.
            drop(sent);
            if self.flush().await.is_err() {
                return;
            }
            if is_over {
                break;
            }
        }
        let _ = self.write.shutdown().await;
    }

    fn add(&mut self, out: &Out) {
        let bytes = &mut self.bytes;
        match out {
            Out::Answers { first, answers, .. } => frame::write(bytes, Kind::Answers, *first, |payload| {
                for told in answers {
                    payload.extend_from_slice(record(told).as_bytes());
                }
                answers.len() as u16
            }),
            Out::Retry { first, reason, after, .. } => {
                let retry = Retry { after_ms: (after.as_millis() as u32).into(), reason: (*reason).into() };
                frame::write(bytes, Kind::Retry, *first, |payload| {
                    payload.extend_from_slice(retry.as_bytes());
                    1
                });
            }
            Out::Goodbye { reason, text } => {
                let goodbye = Goodbye { reason: (*reason as u16).into(), reserved: [0; 2] };
                frame::write_record(&mut self.bytes, Kind::Goodbye, &goodbye, text.as_bytes());
            }
        }
    }

    /// Sends what there is.
    async fn flush(&mut self) -> io::Result<()> {
        self.patience.send(&mut self.write, &self.bytes).await?;
        self.bytes.clear();
        if self.bytes.capacity() > TOGETHER {
            self.bytes = Vec::new();
        }
        Ok(())
    }
}

fn record(told: &Answered) -> AnswerRecord {
    AnswerRecord {
        sequence: told.sequence.0.into(),
        time: told.time.into(),
        made: told.made.unwrap_or(0).into(),
        answer: told.answer.0.into(),
        flags: if told.is_repeated { REPEATED } else { 0 }.into(),
        reserved: 0.into(),
    }
}
