//! The canonical bytes of commands and of a realm's state: little-endian, fixed widths, one form for each value.
//!
//! A value has exactly one encoding, and [`Codec::decode`] takes no other: what decodes encodes to the same bytes again. So bytes can be
//! hashed, compared and kept, and a digest of a state is the hash of its bytes. Decoding never panics, and never holds more
//! memory than a small multiple of the bytes it was given. The layout is written out, type by type, by the `record!`
//! and `choice!` lines beside each type: a record is its fields in order, a choice its number (one byte) and then
//! its fields; a list is its length (four bytes) and then its items; text is its length and then UTF-8; an option is a byte,
//! 0 or 1, and then its value.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::layout::{Field, Layouts};

/// Why bytes are not a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The offset from the start of the value.
    pub at: usize,
    /// What should have been there.
    pub expected: &'static str,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "at byte {}: expected {}", self.at, self.expected)
    }
}

impl std::error::Error for DecodeError {}

/// What must hold of a value, or what was expected.
///
/// # Errors
/// If it does not hold.
#[inline]
pub(crate) fn expect(holds: bool, expected: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(expected) }
}

/// Bytes being read.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// From the first byte on.
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// An error here.
    pub fn error(&self, expected: &'static str) -> DecodeError {
        DecodeError { at: self.at, expected }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// If there are not as many.
    #[inline]
    pub fn take(&mut self, count: usize, expected: &'static str) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let taken = &self.bytes[self.at..end.ok_or_else(|| self.error(expected))?];
        self.at += count;
        Ok(taken)
    }

    /// The length of a list whose items take at least a byte each.
    fn length(&mut self) -> Result<usize, DecodeError> {
        let start = self.at;
        let length = u32::decode(self)? as usize;
        if length > self.remaining() {
            return Err(DecodeError { at: start, expected: "a length that fits the bytes there are" });
        }
        Ok(length)
    }
}

/// A 64-bit fingerprint of a value, fed word by word. Fast, the same everywhere, and no defence against someone who looks for
/// collisions: it tells a repeated command from another one of the same actor and id, whom a collision would harm alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mixer {
    sum: u64,
    place: u64,
}

impl Mixer {
    /// Adds a word. Words are weighed by their place, and independently, so that the processor can overlap them.
    #[inline]
    pub fn word(&mut self, word: u64) {
        self.place = self.place.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let product = u128::from(word ^ self.place) * u128::from(self.place | 0xa076_1d64_0000_0001);
        self.sum = self.sum.wrapping_add((product >> 64) as u64 ^ product as u64);
    }

    /// The fingerprint.
    #[inline]
    pub fn finish(self) -> u64 {
        let product = u128::from(self.sum ^ self.place) * 0xe703_7ed1_a0b4_28db_u128;
        (product >> 64) as u64 ^ product as u64
    }
}

/// What has canonical bytes. Every encoding takes at least one byte.
pub trait Codec: Sized {
    /// Appends the value's bytes.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// Reads one value.
    ///
    /// # Errors
    /// If the bytes are not one, with the offset and what was expected.
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Feeds the value to a fingerprint.
    fn mix(&self, mixer: &mut Mixer);

    /// Adds the type's layout to the others, and says what it is called there. What a realm alone keeps has none: nobody else writes it.
    fn layout(_: &mut Layouts) -> String {
        Layouts::NONE.to_owned()
    }

    /// The value's bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        bytes
    }

    /// The value that all of `bytes` are.
    ///
    /// # Errors
    /// If they are none, or more than one.
    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        if reader.remaining() == 0 { Ok(value) } else { Err(reader.error("no more bytes")) }
    }
}

impl Layouts {
    /// Those of a type and of all that it is made of.
    pub fn of<T: Codec>() -> Self {
        Layouts::default().and::<T>()
    }

    /// These, and those of another type.
    ///
    /// # Panics
    /// If two types of one name differ.
    #[must_use]
    pub fn and<T: Codec>(mut self) -> Self {
        T::layout(&mut self);
        self
    }
}

/// A field's layout; its type follows from how it is reached.
pub(crate) fn field<T, F: Codec>(name: &'static str, _: fn(&T) -> &F, all: &mut Layouts) -> Field {
    Field { name, of: F::layout(all) }
}

macro_rules! integers {
    ($($type:ty),*) => { $(
        impl Codec for $type {
            #[inline]
            fn encode(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            #[inline]
            fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
                let bytes = reader.take(size_of::<$type>(), concat!("the bytes of a ", stringify!($type)))?;
                Ok(<$type>::from_le_bytes(bytes.try_into().expect("as many as were taken")))
            }

            #[inline]
            fn mix(&self, mixer: &mut Mixer) {
                mixer.word(*self as u64);
                if size_of::<$type>() > 8 {
                    mixer.word((*self as u128 >> 64) as u64);
                }
            }

            fn layout(_: &mut Layouts) -> String {
                stringify!($type).to_owned()
            }
        }
    )* };
}

integers!(u8, u16, u32, u64, u128, i32, i64, i128);

impl Codec for bool {
    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("0 or 1");
        match u8::decode(reader)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(error),
        }
    }

    #[inline]
    fn mix(&self, mixer: &mut Mixer) {
        mixer.word(u64::from(*self));
    }

    fn layout(_: &mut Layouts) -> String {
        "bool".to_owned()
    }
}

impl Codec for [u8; 32] {
    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(reader.take(32, "the bytes of a key or hash")?.try_into().expect("as many as were taken"))
    }

    fn mix(&self, mixer: &mut Mixer) {
        mix_bytes(self, mixer);
    }

    fn layout(_: &mut Layouts) -> String {
        "32 bytes".to_owned()
    }
}

/// Writes a list's length.
///
/// # Panics
/// If it does not fit four bytes: what a realm keeps is bounded below that.
#[inline]
fn encode_length(length: usize, bytes: &mut Vec<u8>) {
    u32::try_from(length).expect("lists are shorter than 2^32").encode(bytes);
}

impl Codec for String {
    fn encode(&self, bytes: &mut Vec<u8>) {
        encode_length(self.len(), bytes);
        bytes.extend_from_slice(self.as_bytes());
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = reader.length()?;
        let error = reader.error("UTF-8 text");
        let text = reader.take(length, "text")?;
        std::str::from_utf8(text).map(str::to_owned).map_err(|_| error)
    }

    fn mix(&self, mixer: &mut Mixer) {
        mixer.word(self.len() as u64);
        mix_bytes(self.as_bytes(), mixer);
    }

    fn layout(_: &mut Layouts) -> String {
        "text".to_owned()
    }
}

impl<T: Codec> Codec for Option<T> {
    #[inline]
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.is_some().encode(bytes);
        if let Some(value) = self {
            value.encode(bytes);
        }
    }

    #[inline]
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(if bool::decode(reader)? { Some(T::decode(reader)?) } else { None })
    }

    #[inline]
    fn mix(&self, mixer: &mut Mixer) {
        self.is_some().mix(mixer);
        if let Some(value) = self {
            value.mix(mixer);
        }
    }

    fn layout(all: &mut Layouts) -> String {
        format!("{}?", T::layout(all))
    }
}

impl<A: Codec, B: Codec> Codec for (A, B) {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.0.encode(bytes);
        self.1.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok((A::decode(reader)?, B::decode(reader)?))
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.0.mix(mixer);
        self.1.mix(mixer);
    }

    fn layout(all: &mut Layouts) -> String {
        format!("({}, {})", A::layout(all), B::layout(all))
    }
}

impl<T: Codec> Codec for [T; 2] {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self[0].encode(bytes);
        self[1].encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok([T::decode(reader)?, T::decode(reader)?])
    }

    fn mix(&self, mixer: &mut Mixer) {
        self[0].mix(mixer);
        self[1].mix(mixer);
    }

    fn layout(all: &mut Layouts) -> String {
        format!("2 {}", T::layout(all))
    }
}

impl<T: Codec> Codec for Vec<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        encode_length(self.len(), bytes);
        for item in self {
            item.encode(bytes);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = reader.length()?;
        let mut items = Vec::with_capacity(length.min(1 << 12));
        for _ in 0..length {
            items.push(T::decode(reader)?);
        }
        Ok(items)
    }

    fn mix(&self, mixer: &mut Mixer) {
        mix_all(self.len(), self, mixer);
    }

    fn layout(all: &mut Layouts) -> String {
        format!("[{}]", T::layout(all))
    }
}

impl<T: Codec> Codec for VecDeque<T> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        encode_length(self.len(), bytes);
        for item in self {
            item.encode(bytes);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Vec::decode(reader).map(VecDeque::from)
    }

    fn mix(&self, mixer: &mut Mixer) {
        mix_all(self.len(), self, mixer);
    }
}

/// Keys rise, so that a map has one form.
impl<K: Codec + Ord, V: Codec> Codec for BTreeMap<K, V> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        encode_length(self.len(), bytes);
        for (key, value) in self {
            key.encode(bytes);
            value.encode(bytes);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("keys that rise");
        let entries = Vec::<(K, V)>::decode(reader)?;
        if entries.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(error);
        }
        Ok(entries.into_iter().collect())
    }

    fn mix(&self, mixer: &mut Mixer) {
        mixer.word(self.len() as u64);
        for (key, value) in self {
            key.mix(mixer);
            value.mix(mixer);
        }
    }
}

impl<K: Codec + Ord> Codec for BTreeSet<K> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        encode_length(self.len(), bytes);
        for key in self {
            key.encode(bytes);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("members that rise");
        let members = Vec::<K>::decode(reader)?;
        if members.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(error);
        }
        Ok(members.into_iter().collect())
    }

    fn mix(&self, mixer: &mut Mixer) {
        mix_all(self.len(), self, mixer);
    }
}

fn mix_all<'a, T: Codec + 'a>(length: usize, items: impl IntoIterator<Item = &'a T>, mixer: &mut Mixer) {
    mixer.word(length as u64);
    for item in items {
        item.mix(mixer);
    }
}

fn mix_bytes(bytes: &[u8], mixer: &mut Mixer) {
    for chunk in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        mixer.word(u64::from_le_bytes(word));
    }
}

/// `record!(Type { a, b })`: the bytes of a struct are those of its fields in this order. `record!(Type(0))`: of a struct around one
/// value, that value's.
macro_rules! record {
    ($($type:ident { $($field:ident),* $(,)? })*) => { $(
        #[allow(unused_variables, reason = "a record may have no fields")]
        impl $crate::codec::Codec for $type {
            #[inline]
            fn encode(&self, bytes: &mut Vec<u8>) {
                let $type { $($field),* } = self;
                $( $crate::codec::Codec::encode($field, bytes); )*
            }

            #[inline]
            fn decode(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                Ok($type { $($field: $crate::codec::Codec::decode(reader)?),* })
            }

            #[inline]
            fn mix(&self, mixer: &mut $crate::codec::Mixer) {
                let $type { $($field),* } = self;
                $( $crate::codec::Codec::mix($field, mixer); )*
            }

            fn layout(all: &mut $crate::layout::Layouts) -> String {
                all.record(stringify!($type), |_all| {
                    vec![$( $crate::codec::field(stringify!($field), |value: &$type| &value.$field, _all) ),*]
                })
            }
        }
    )* };
    ($($type:ident(0))*) => { $(
        impl $crate::codec::Codec for $type {
            #[inline]
            fn encode(&self, bytes: &mut Vec<u8>) {
                $crate::codec::Codec::encode(&self.0, bytes);
            }

            #[inline]
            fn decode(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                $crate::codec::Codec::decode(reader).map($type)
            }

            #[inline]
            fn mix(&self, mixer: &mut $crate::codec::Mixer) {
                $crate::codec::Codec::mix(&self.0, mixer);
            }

            fn layout(all: &mut $crate::layout::Layouts) -> String {
                all.record(stringify!($type), |all| vec![$crate::codec::field("", |value: &$type| &value.0, all)])
            }
        }
    )* };
}
pub(crate) use record;

/// `choice!(Type { 1 => A, 2 => B { x, y }, 3 => C(z) })`: the bytes of an enum are the variant's number, which never changes, and
/// then its fields.
macro_rules! choice {
    (@any $name:ident) => { _ };
    ($type:ident { $($number:literal => $variant:ident $({ $($field:ident),* $(,)? })? $(($inner:ident))?),* $(,)? }) => {
        #[allow(dead_code, reason = "not every choice is told by its variants' names")]
        impl $type {
            /// The variants' names.
            pub(crate) const VARIANTS: &[&str] = &[$(stringify!($variant)),*];

            /// The variant's name.
            pub(crate) fn variant(&self) -> &'static str {
                match self {
                    $( $type::$variant $({ $($field: _),* })? $((choice!(@any $inner)))? => stringify!($variant), )*
                }
            }
        }

        impl $crate::codec::Codec for $type {
            #[inline]
            fn encode(&self, bytes: &mut Vec<u8>) {
                match self {
                    $( $type::$variant $({ $($field),* })? $(($inner))? => {
                        bytes.push($number);
                        $( $( $crate::codec::Codec::encode($field, bytes); )* )?
                        $( $crate::codec::Codec::encode($inner, bytes); )?
                    } )*
                }
            }

            #[inline]
            fn decode(
                reader: &mut $crate::codec::Reader<'_>,
            ) -> Result<Self, $crate::codec::DecodeError> {
                let error = reader.error(concat!("the number of a ", stringify!($type)));
                Ok(match <u8 as $crate::codec::Codec>::decode(reader)? {
                    $( $number => {
                        $( $( let $field = $crate::codec::Codec::decode(reader)?; )* )?
                        $( let $inner = $crate::codec::Codec::decode(reader)?; )?
                        $type::$variant $({ $($field),* })? $(($inner))?
                    } )*
                    _ => return Err(error),
                })
            }

            #[inline]
            fn mix(&self, mixer: &mut $crate::codec::Mixer) {
                match self {
                    $( $type::$variant $({ $($field),* })? $(($inner))? => {
                        mixer.word($number);
                        $( $( $crate::codec::Codec::mix($field, mixer); )* )?
                        $( $crate::codec::Codec::mix($inner, mixer); )?
                    } )*
                }
            }

            #[allow(unreachable_patterns, unreachable_code, reason = "a choice may have one variant")]
            fn layout(all: &mut $crate::layout::Layouts) -> String {
                all.choice(stringify!($type), |_all| vec![ $( $crate::layout::Variant {
                    number: $number,
                    name: stringify!($variant),
                    fields: vec![
                        $( $( $crate::codec::field(stringify!($field), |value: &$type| match value {
                            $type::$variant { $field, .. } => $field,
                            _ => unreachable!("nobody calls it"),
                        }, _all) ),* )?
                        $( $crate::codec::field("", |value: &$type| match value {
                            $type::$variant($inner) => $inner,
                            _ => unreachable!("nobody calls it"),
                        }, _all) )?
                    ],
                } ),* ])
            }
        }
    };
}
pub(crate) use choice;
