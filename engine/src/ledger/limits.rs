//! The limits in use, each once: many accounts share the same, and each then needs four bytes for them.

use hashbrown::HashMap;

use super::account::Limits;
use crate::codec::{Codec, DecodeError, Mixer, Reader};

/// Limits by place. Those in place 0 are [`Limits::NONE`].
#[derive(Clone, Debug)]
pub(super) struct LimitTable {
    known: Vec<Limits>,
    places: HashMap<Limits, u32, Seed>,
}

/// The table is never iterated, so that its seed is fixed matters to nothing that can be seen.
type Seed = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

impl Default for LimitTable {
    fn default() -> Self {
        let mut table = LimitTable { known: Vec::new(), places: HashMap::default() };
        table.intern(Limits::NONE);
        table
    }
}

impl LimitTable {
    #[inline]
    pub(super) fn get(&self, place: u32) -> Limits {
        self.known[place as usize]
    }

    /// The limits of a place that may not be known.
    pub(super) fn try_get(&self, place: u32) -> Option<Limits> {
        self.known.get(place as usize).copied()
    }

    /// All limits in use.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Limits> {
        self.known.iter()
    }

    /// The place of these limits, new if nobody had them.
    pub(super) fn intern(&mut self, limits: Limits) -> u32 {
        let next = self.known.len() as u32;
        let place = *self.places.entry(limits).or_insert(next);
        if place == next {
            self.known.push(limits);
        }
        place
    }
}

impl Codec for LimitTable {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.known.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("limits, each once, the first of them none");
        let known: Vec<Limits> = Vec::decode(reader)?;
        let mut table = LimitTable::default();
        for &limits in &known {
            table.intern(limits);
        }
        if table.known == known { Ok(table) } else { Err(error) }
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.known.mix(mixer);
    }
}
