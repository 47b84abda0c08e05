//! Frames of answers and of what happened.

use bartizan_engine::book::{MarketEvent, Report};
use bartizan_engine::codec::{Codec, Reader};
use bartizan_engine::event::Event;
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::reject::Answer;
use zerocopy::{FromBytes, IntoBytes};

use super::frame::{Frame, FrameError};
use super::layout::{AnswerRecord, ToldHeader};

/// What followed from one command, or the part of it that somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The command's place in the log.
    pub sequence: Sequence,
    /// The log's time, in nanoseconds.
    pub time: u64,
    /// Who asked.
    pub actor: AgentId,
    /// The answer.
    pub answer: Answer,
    /// What happened.
    pub events: Vec<Event>,
    /// What the books reported.
    pub reports: Vec<Report>,
    /// What they told everybody.
    pub market: Vec<MarketEvent>,
}

/// Appends one thing told to a payload.
pub fn write(payload: &mut Vec<u8>, told: &Told) {
    let place = payload.len();
    let start = place + size_of::<ToldHeader>();
    payload.resize(start, 0);
    told.events.encode(payload);
    told.reports.encode(payload);
    told.market.encode(payload);
    let header = ToldHeader {
        length: ((payload.len() - start) as u32).into(),
        actor: told.actor.0.into(),
        sequence: told.sequence.0.into(),
        time: told.time.into(),
        answer: told.answer.0.into(),
        reserved: [0; 6],
    };
    payload[place..start].copy_from_slice(header.as_bytes());
}

/// The things told in a frame.
///
/// # Errors
/// If they are not as many as it says, or not what they should be.
pub fn read(frame: &Frame<'_>) -> Result<Vec<Told>, FrameError> {
    const EXPECTED: FrameError =
        FrameError::Payload("as many things told as the frame says, each after its header");
    let mut rest = frame.payload;
    let mut all = Vec::new();
    for _ in 0..frame.count {
        let (header, after) = ToldHeader::ref_from_prefix(rest).map_err(|_| EXPECTED)?;
        let bytes = after.get(..header.length.get() as usize).ok_or(EXPECTED)?;
        rest = &after[bytes.len()..];
        let mut reader = Reader::new(bytes);
        let told = Told {
            sequence: Sequence(header.sequence.get()),
            time: header.time.get(),
            actor: AgentId(header.actor.get()),
            answer: Answer(header.answer.get()),
            events: Codec::decode(&mut reader).map_err(|_| EXPECTED)?,
            reports: Codec::decode(&mut reader).map_err(|_| EXPECTED)?,
            market: Codec::decode(&mut reader).map_err(|_| EXPECTED)?,
        };
        if reader.remaining() > 0 {
            return Err(EXPECTED);
        }
        all.push(told);
    }
    if rest.is_empty() { Ok(all) } else { Err(EXPECTED) }
}

/// The answers in a frame.
///
/// # Errors
/// If they are not as many as it says.
pub fn answers<'a>(frame: &Frame<'a>) -> Result<&'a [AnswerRecord], FrameError> {
    let expected = FrameError::Payload("as many answers as the frame says");
    let answers = <[AnswerRecord]>::ref_from_bytes(frame.payload).map_err(|_| expected.clone())?;
    if answers.len() == usize::from(frame.count) { Ok(answers) } else { Err(expected) }
}
