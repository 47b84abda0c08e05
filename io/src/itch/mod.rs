//! A market as ITCH 5.0 over TCP (`bartizan serve --itch ADDRESS`), in `SoupBinTCP` 3.0, for any reader of such feeds.
//!
//! A client logs in (`L`): its name is the number of a market of the first realm, blank for market 1; its password is not looked at, since what the feed tells everybody may know, and a token has no
//! room there. So the feed is open to this machine alone, and `serve` takes no other address for it. The session is blank, or the one that the client was in: the
//! market's number, a dot, and the days since 1970 in base 36. The number asked for is that of the first message wanted, from 1, the day's first; 0 or blank is the next one to come. The answer is
//! `A` with the session and the number, or `J` with `A`, a login that is none, or `S`, no such session: there is no such market, it tells no single orders (`l3`), its prices are finer than four
//! decimals, or the day is another.
//!
//! Then come the messages (`S`), each what `bartizan replay --itch` writes ([`crate::replay::itch50::write`]): the day from its beginning ([`day`]), from the journal as far as that is needed, and then as
//! it happens. Shares are lots, a price is money for a lot. A message has the same number whoever asks, so that a client that was cut off goes on where it was. `H` is sent when there is nothing else for a second, also before the login is answered, while the journal is read; a client that is
//! silent for thirty is cut off. With the first command of the next day the session ends (`Z`), and the next one can be logged in to.
//!
//! Lacks: more than one instrument a connection, and retransmission by UDP.

mod client;
pub mod day;
pub mod door;
pub mod soup;
