//! Every message of NASDAQ TotalView-ITCH 5.0, field by field, as the venue's specification lays them out:
//! one table, from which come the types, their lengths, the parser and the writer.
//!
//! A message is a letter, then the instrument (`locate`), a tracking number, six bytes of nanoseconds since
//! midnight, and the fields of its type, big-endian, without gaps. Texts are padded with spaces.

use super::field::{text_at, time_at, u16_at, u32_at, u64_at};

/// What all messages begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The day's number of the instrument; 0 where the message is of none.
    pub locate: u16,
    /// The venue's own.
    pub tracking: u16,
    /// Nanoseconds since midnight.
    pub time: u64,
}

/// Bytes of a message's letter and header.
const HEAD: usize = 11;

macro_rules! size {
    (u8) => {
        1
    };
    (u32) => {
        4
    };
    (u64) => {
        8
    };
    ([u8; $n:literal]) => {
        $n
    };
}

macro_rules! get {
    (u8, $bytes:expr, $at:expr) => {
        $bytes[$at]
    };
    (u32, $bytes:expr, $at:expr) => {
        u32_at($bytes, $at)
    };
    (u64, $bytes:expr, $at:expr) => {
        u64_at($bytes, $at)
    };
    ([u8; $n:literal], $bytes:expr, $at:expr) => {
        text_at::<$n>($bytes, $at)
    };
}

macro_rules! put {
    (u8, $value:expr, $out:expr) => {
        $out.push(*$value)
    };
    (u32, $value:expr, $out:expr) => {
        $out.extend_from_slice(&$value.to_be_bytes())
    };
    (u64, $value:expr, $out:expr) => {
        $out.extend_from_slice(&$value.to_be_bytes())
    };
    ([u8; $n:literal], $value:expr, $out:expr) => {
        $out.extend_from_slice($value)
    };
}

macro_rules! messages {
    ($($(#[$about:meta])* $name:ident = $letter:literal {
        $($(#[$told:meta])* $field:ident: $type:tt,)*
    })*) => {
        /// What a message says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Body {
            $($(#[$about])* $name { $($(#[$told])* $field: $type,)* },)*
        }

        /// Every letter, in the order of [`Body`].
        pub const LETTERS: &[u8] = &[$($letter),*];

        /// What the messages are called, in the order of [`LETTERS`].
        pub const NAMES: &[&str] = &[$(stringify!($name)),*];

        /// How many bytes a message of this letter has, the letter counted.
        #[inline]
        pub fn length(letter: u8) -> Option<usize> {
            match letter {
                $($letter => Some(HEAD $(+ size!($type))*),)*
                _ => None,
            }
        }

        /// The body of a message whose length fits its letter.
        #[inline]
        #[allow(unused_assignments)] // where the next field would begin
        fn body(bytes: &[u8]) -> Option<Body> {
            let mut at = HEAD;
            Some(match bytes[0] {
                $($letter => Body::$name { $($field: {
                    let value = get!($type, bytes, at);
                    at += size!($type);
                    value
                },)* },)*
                _ => return None,
            })
        }

        impl Body {
            /// The letter of its type.
            pub fn letter(&self) -> u8 {
                match self { $(Body::$name { .. } => $letter,)* }
            }

            fn put(&self, out: &mut Vec<u8>) {
                match self { $(Body::$name { $($field,)* } => { $(put!($type, $field, out);)* })* }
            }
        }
    };
}

messages! {
    /// System event: where the venue is in its day.
    SystemEvent = b'S' {
        /// `O` start of messages, `S` of system hours, `Q` of market hours, `M`, `E`, `C` their ends.
        event: u8,
    }
    /// An instrument of the day.
    StockDirectory = b'R' {
        /// Its name, padded with spaces.
        stock: [u8; 8],
        /// Listing market.
        market_category: u8,
        /// Financial status.
        financial_status: u8,
        /// Shares of a round lot.
        round_lot: u32,
        /// `Y` or `N`.
        round_lots_only: u8,
        /// Issue classification.
        classification: u8,
        /// Issue sub-type.
        sub_type: [u8; 2],
        /// `P` live, `T` test.
        authenticity: u8,
        /// `Y`, `N` or space.
        short_sale_threshold: u8,
        /// `Y`, `N` or space.
        ipo: u8,
        /// Limit up, limit down tier.
        luld_tier: u8,
        /// `Y`, `N` or space.
        etp: u8,
        /// Leverage factor.
        etp_leverage: u32,
        /// `Y` or `N`.
        inverse: u8,
    }
    /// An instrument halts or goes on.
    TradingAction = b'H' {
        /// Its name.
        stock: [u8; 8],
        /// `H` halted, `P` paused, `Q` quotation only, `T` trading.
        state: u8,
        /// Nothing.
        reserved: u8,
        /// Why.
        reason: [u8; 4],
    }
    /// Short sale price test.
    RegSho = b'Y' {
        /// The instrument.
        stock: [u8; 8],
        /// `0` none, `1` intraday, `2` remains.
        action: u8,
    }
    /// A market maker of an instrument.
    MarketParticipant = b'L' {
        /// The participant.
        mpid: [u8; 4],
        /// The instrument.
        stock: [u8; 8],
        /// `Y` or `N`.
        primary: u8,
        /// Market maker mode.
        mode: u8,
        /// Participant state.
        state: u8,
    }
    /// Market-wide circuit breaker levels, prices times 10^8.
    DeclineLevels = b'V' {
        /// Level 1.
        level1: u64,
        /// Level 2.
        level2: u64,
        /// Level 3.
        level3: u64,
    }
    /// A market-wide circuit breaker acted.
    BreakerStatus = b'W' {
        /// Which level was breached.
        level: u8,
    }
    /// When an offering may be quoted.
    IpoQuoting = b'K' {
        /// The instrument.
        stock: [u8; 8],
        /// Seconds after midnight.
        release_time: u32,
        /// `A` anticipated, `C` cancelled.
        qualifier: u8,
        /// Its price.
        price: u32,
    }
    /// Limits of the auction after a pause.
    AuctionCollar = b'J' {
        /// The instrument.
        stock: [u8; 8],
        /// Reference price.
        reference: u32,
        /// Upper price.
        upper: u32,
        /// Lower price.
        lower: u32,
        /// How often it was extended.
        extension: u32,
    }
    /// A market centre halts an instrument, or goes on.
    OperationalHalt = b'h' {
        /// The instrument.
        stock: [u8; 8],
        /// `Q` Nasdaq, `B` BX, `X` PSX.
        market: u8,
        /// `H` halted, `T` trading.
        action: u8,
    }
    /// An order rests.
    AddOrder = b'A' {
        /// Its reference number.
        order: u64,
        /// `B` or `S`.
        side: u8,
        /// What it shows.
        shares: u32,
        /// The instrument.
        stock: [u8; 8],
        /// Its price, times 10,000.
        price: u32,
    }
    /// An order rests, and tells whose it is.
    AddOrderMpid = b'F' {
        /// Its reference number.
        order: u64,
        /// `B` or `S`.
        side: u8,
        /// What it shows.
        shares: u32,
        /// The instrument.
        stock: [u8; 8],
        /// Its price, times 10,000.
        price: u32,
        /// Whose it is.
        attribution: [u8; 4],
    }
    /// A resting order traded at its price.
    OrderExecuted = b'E' {
        /// Which.
        order: u64,
        /// How much.
        shares: u32,
        /// The trade.
        match_number: u64,
    }
    /// A resting order traded at another price.
    OrderExecutedPrice = b'C' {
        /// Which.
        order: u64,
        /// How much.
        shares: u32,
        /// The trade.
        match_number: u64,
        /// `Y`, or `N` where a cross counts it.
        printable: u8,
        /// At what price, times 10,000.
        price: u32,
    }
    /// A resting order shows less.
    OrderCancel = b'X' {
        /// Which.
        order: u64,
        /// How much less.
        shares: u32,
    }
    /// A resting order is gone.
    OrderDelete = b'D' {
        /// Which.
        order: u64,
    }
    /// A resting order ends and another begins.
    OrderReplace = b'U' {
        /// The one that ends.
        order: u64,
        /// The one that begins.
        new_order: u64,
        /// What it shows.
        shares: u32,
        /// Its price, times 10,000.
        price: u32,
    }
    /// A trade that no displayed order is part of.
    Trade = b'P' {
        /// Nothing (0).
        order: u64,
        /// `B` or `S` of the resting order; since 2014 always `B`.
        side: u8,
        /// How much.
        shares: u32,
        /// The instrument.
        stock: [u8; 8],
        /// At what price, times 10,000.
        price: u32,
        /// The trade.
        match_number: u64,
    }
    /// An auction was held.
    CrossTrade = b'Q' {
        /// How much.
        shares: u64,
        /// The instrument.
        stock: [u8; 8],
        /// At what price, times 10,000.
        price: u32,
        /// The trade.
        match_number: u64,
        /// `O` opening, `C` closing, `H` halt or offering, `I` intraday.
        cross: u8,
    }
    /// A trade was taken back.
    BrokenTrade = b'B' {
        /// Which.
        match_number: u64,
    }
    /// What an auction would do now.
    Imbalance = b'I' {
        /// How much would trade.
        paired: u64,
        /// How much would be left.
        imbalance: u64,
        /// `B`, `S`, `N`, or `O` for too few orders.
        direction: u8,
        /// The instrument.
        stock: [u8; 8],
        /// Price of auction orders alone.
        far: u32,
        /// Price of all orders.
        near: u32,
        /// Price for which the quantities hold.
        reference: u32,
        /// Which auction.
        cross: u8,
        /// How far from the reference.
        variation: u8,
    }
    /// Retail interest.
    RetailInterest = b'N' {
        /// The instrument.
        stock: [u8; 8],
        /// `B`, `S`, `A` both, `N` none.
        interest: u8,
    }
    /// A direct listing that raises capital.
    DirectListing = b'O' {
        /// The instrument.
        stock: [u8; 8],
        /// `Y` or `N`.
        eligible: u8,
        /// Lowest allowed price.
        minimum: u32,
        /// Highest allowed price.
        maximum: u32,
        /// Near execution price.
        near: u32,
        /// When that was.
        near_time: u64,
        /// Lower collar.
        lower: u32,
        /// Upper collar.
        upper: u32,
    }
}

/// The message in `bytes`: its header and body, and its place in [`LETTERS`]. `None` if no message has this
/// letter, or the length is not that of its letter.
#[inline]
pub fn parse(bytes: &[u8]) -> Option<(Header, Body)> {
    if length(*bytes.first()?)? != bytes.len() {
        return None;
    }
    let header = Header { locate: u16_at(bytes, 1), tracking: u16_at(bytes, 3), time: time_at(bytes, 5) };
    body(bytes).map(|body| (header, body))
}

/// Adds a message to `out`, without a frame.
pub fn put(header: &Header, body: &Body, out: &mut Vec<u8>) {
    out.push(body.letter());
    out.extend_from_slice(&header.locate.to_be_bytes());
    out.extend_from_slice(&header.tracking.to_be_bytes());
    out.extend_from_slice(&header.time.to_be_bytes()[2..]);
    body.put(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths that the venue's specification gives.
    const SPECIFIED: [(u8, usize); 23] = [
        (b'S', 12),
        (b'R', 39),
        (b'H', 25),
        (b'Y', 20),
        (b'L', 26),
        (b'V', 35),
        (b'W', 12),
        (b'K', 28),
        (b'J', 35),
        (b'h', 21),
        (b'A', 36),
        (b'F', 40),
        (b'E', 31),
        (b'C', 36),
        (b'X', 23),
        (b'D', 19),
        (b'U', 35),
        (b'P', 44),
        (b'Q', 40),
        (b'B', 19),
        (b'I', 50),
        (b'N', 20),
        (b'O', 48),
    ];

    #[test]
    fn lengths_are_those_of_the_specification() {
        assert_eq!(LETTERS.len(), SPECIFIED.len());
        for (letter, bytes) in SPECIFIED {
            assert_eq!(length(letter), Some(bytes), "{}", letter as char);
        }
        assert_eq!(length(b'Z'), None);
    }

    #[test]
    fn every_type_comes_back_as_it_was_written() {
        for (letter, bytes) in SPECIFIED {
            let message: Vec<u8> =
                (0..bytes).map(|at| if at == 0 { letter } else { (at as u8).wrapping_mul(7) }).collect();
            let (header, body) = parse(&message).unwrap();
            assert_eq!(body.letter(), letter);
            let mut written = Vec::new();
            put(&header, &body, &mut written);
            assert_eq!(written, message, "{}", letter as char);
            assert_eq!(parse(&message[..bytes - 1]), None);
        }
        assert_eq!(parse(b""), None);
    }
}
