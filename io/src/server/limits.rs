//! How much each may ask for: of every agent of a realm, whichever doors and connections it comes by, and from every address before anybody has signed in there.
//!
//! What is counted is commands and bytes. Each count has a bucket, kept as the generic cell rate algorithm keeps it (ITU-T I.371): as the time until which what
//! was taken is paid for, so a bucket is one number, is full again by itself, and needs no timer. What is larger than a whole bucket is let through
//! when that is full, and paid for afterwards: nobody is shut out by the size of a batch. Whoever asks for more is told when to ask again, and nothing of it counts.
//!
//! Memory is bounded: no more than [`Rates::known`] agents and as many addresses are known at a time. When there are more, those whose buckets are full are forgotten,
//! which changes nothing for them; those who come while all others are in use share one bucket, so a flood from ever new addresses slows down strangers, not those
//! who are known. The addresses of an IPv6 network of 64 bits count as one.
//!
//! The crate `governor` keeps buckets the same way; it is not used here, since it neither bounds the number of keys nor takes of two buckets at once or not at all.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::AgentId;
use parking_lot::Mutex;

/// How much of something may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So much a second; 0: as much as one likes.
    pub per_second: u64,
    /// So much at once, where nothing was asked for before.
    pub burst: u64,
}

/// How much each may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Commands of an agent; a query counts as one.
    pub commands: Rate,
    /// Bytes of an agent's commands and queries.
    pub bytes: Rate,
    /// Connections and requests of an address that nobody signs in by.
    pub attempts: Rate,
    /// Agents, and addresses, that are known at a time.
    pub known: usize,
}

impl Rate {
    /// As much as one likes.
    pub const ANY: Rate = Rate { per_second: 0, burst: 0 };

    /// So much a second, and twice that at once.
    pub fn of(per_second: u64) -> Self {
        Rate { per_second, burst: per_second.saturating_mul(2) }
    }

    /// So many attempts a second, and ten times that at once: browsers and probes come in bunches.
    pub fn of_attempts(per_second: u64) -> Self {
        Rate { per_second, burst: per_second.saturating_mul(10) }
    }

    /// In how much time so much is paid for, in nanoseconds.
    fn time(self, count: u64) -> u64 {
        let nanoseconds = u128::from(count) * 1_000_000_000 / u128::from(self.per_second.max(1));
        // More than a hundred years is as good as for ever, and sums of such times are none too large.
        nanoseconds.min(1 << 62) as u64
    }

    /// How long to wait until so much may be taken, of what is paid for until `paid`.
    fn wait(self, paid: u64, now: u64, count: u64) -> u64 {
        if self.per_second == 0 || count == 0 {
            return 0;
        }
        let room = self.time(self.burst.max(1));
        let owed = paid.saturating_sub(now);
        owed.saturating_add(self.time(count).min(room)).saturating_sub(room)
    }

    /// Takes so much.
    fn take(self, paid: &mut u64, now: u64, count: u64) {
        if self.per_second > 0 {
            *paid = (*paid).max(now).saturating_add(self.time(count)).min(now + (1 << 62));
        }
    }
}

impl Rates {
    /// As much as one likes.
    pub const ANY: Rates = Rates { commands: Rate::ANY, bytes: Rate::ANY, attempts: Rate::ANY, known: 1 };
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            commands: Rate::of(50_000),
            bytes: Rate::of(64 << 20),
            attempts: Rate::of_attempts(50),
            known: 1 << 16,
        }
    }
}

/// More is asked for than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more is asked for than may be: ask again in {} ms", self.0.as_millis())]
pub struct Wait(pub Duration);

impl Wait {
    /// In whole milliseconds, at least one, so that whoever waits so long has waited long enough.
    fn of(nanoseconds: u64) -> Result<(), Self> {
        match nanoseconds.div_ceil(1_000_000) {
            0 => Ok(()),
            milliseconds => Err(Wait(Duration::from_millis(milliseconds))),
        }
    }
}

/// Who is known, and until when what each took is paid for.
#[derive(Debug)]
struct Known<K, const N: usize> {
    buckets: HashMap<K, [u64; N]>,
    most: usize,
    /// Of those for whom there is no room.
    shared: [u64; N],
    /// When those were last forgotten whose buckets are full.
    forgot: u64,
}

/// How often it is tried at most to make room, which costs a walk through all who are known.
const FORGET_EVERY: u64 = 1_000_000_000;

impl<K: Hash + Eq + Copy, const N: usize> Known<K, N> {
    fn new(most: usize) -> Self {
        Known { buckets: HashMap::new(), most, shared: [0; N], forgot: 0 }
    }

    fn of(&mut self, key: K, now: u64) -> &mut [u64; N] {
        let is_full = self.buckets.len() >= self.most && !self.buckets.contains_key(&key);
        if is_full && now.saturating_sub(self.forgot) >= FORGET_EVERY {
            self.forgot = now;
            self.buckets.retain(|_, paid| paid.iter().any(|&paid| paid > now));
        }
        if is_full && self.buckets.len() >= self.most {
            return &mut self.shared;
        }
        self.buckets.entry(key).or_insert([0; N])
    }
}

/// By what time is told: nanoseconds that never go back.
type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// How much each has asked for.
pub struct Limits {
    rates: Rates,
    clock: Clock,
    /// By the realm's place in the site, and the agent: commands and bytes.
    agents: Mutex<Known<(usize, AgentId), 2>>,
    addresses: Mutex<Known<u64, 1>>,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Limits").field("rates", &self.rates).finish_non_exhaustive()
    }
}

impl Limits {
    /// Nobody has asked for anything yet.
    pub fn new(rates: Rates) -> Self {
        let start = Instant::now();
        Limits::by_clock(rates, Box::new(move || start.elapsed().as_nanos() as u64))
    }

    /// The same by a clock of one's own, in nanoseconds.
    pub fn by_clock(rates: Rates, clock: Clock) -> Self {
        let (agents, addresses) = (Mutex::new(Known::new(rates.known)), Mutex::new(Known::new(rates.known)));
        Limits { rates, clock, agents, addresses }
    }

    /// Takes so many commands and bytes of an agent of the realm at `place`, or nothing.
    ///
    /// # Errors
    /// If it is too much; when to ask again.
    pub fn ask(&self, place: usize, agent: AgentId, commands: u64, bytes: u64) -> Result<(), Wait> {
        let Rates { commands: of_commands, bytes: of_bytes, .. } = self.rates;
        if of_commands.per_second == 0 && of_bytes.per_second == 0 {
            return Ok(());
        }
        let now = (self.clock)();
        let mut agents = self.agents.lock();
        let paid = agents.of((place, agent), now);
        let wait = of_commands.wait(paid[0], now, commands).max(of_bytes.wait(paid[1], now, bytes));
        Wait::of(wait)?;
        of_commands.take(&mut paid[0], now, commands);
        of_bytes.take(&mut paid[1], now, bytes);
        Ok(())
    }

    /// Takes so many commands of an agent, too, however many that are: of a request that was let through before it was known how many it holds. They are paid for afterwards.
    pub fn charge(&self, place: usize, agent: AgentId, commands: u64) {
        if self.rates.commands.per_second > 0 && commands > 0 {
            let now = (self.clock)();
            let mut agents = self.agents.lock();
            self.rates.commands.take(&mut agents.of((place, agent), now)[0], now, commands);
        }
    }

    /// Gives back what was taken of an agent for what was not carried out, since there was too much to do.
    pub fn give_back(&self, place: usize, agent: AgentId, commands: u64, bytes: u64) {
        let Rates { commands: of_commands, bytes: of_bytes, .. } = self.rates;
        if of_commands.per_second == 0 && of_bytes.per_second == 0 {
            return;
        }
        let mut agents = self.agents.lock();
        let paid = agents.of((place, agent), (self.clock)());
        paid[0] = paid[0].saturating_sub(of_commands.time(commands));
        paid[1] = paid[1].saturating_sub(of_bytes.time(bytes));
    }

    /// Takes one attempt to come in from an address.
    ///
    /// # Errors
    /// If there were too many; when to try again.
    pub fn attempt(&self, address: IpAddr) -> Result<(), Wait> {
        let rate = self.rates.attempts;
        if rate.per_second == 0 {
            return Ok(());
        }
        let now = (self.clock)();
        let mut addresses = self.addresses.lock();
        let [paid] = addresses.of(network(address), now);
        Wait::of(rate.wait(*paid, now, 1))?;
        rate.take(paid, now, 1);
        Ok(())
    }

    /// Gives an attempt back: somebody came in by it.
    pub fn came_in(&self, address: IpAddr) {
        let rate = self.rates.attempts;
        if rate.per_second > 0 {
            let mut addresses = self.addresses.lock();
            let [paid] = addresses.of(network(address), (self.clock)());
            *paid = paid.saturating_sub(rate.time(1));
        }
    }
}

/// What counts as one address: an IPv4 address, or the first 64 bits of one of IPv6.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        // No network of IPv6 that is given out begins with 32 zeros.
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => (u128::from(address) >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const ANN: AgentId = AgentId(1);

    /// Limits by a clock that is set by hand, in milliseconds.
    fn limits(rates: Rates) -> (Limits, impl Fn(u64)) {
        let time = Arc::new(AtomicU64::new(1));
        let clock = Arc::clone(&time);
        let limits = Limits::by_clock(rates, Box::new(move || clock.load(Ordering::Relaxed)));
        (limits, move |at: u64| time.store(at * 1_000_000 + 1, Ordering::Relaxed))
    }

    fn wait(milliseconds: u64) -> Result<(), Wait> {
        Err(Wait(Duration::from_millis(milliseconds)))
    }

    fn address(number: u32) -> IpAddr {
        Ipv4Addr::from(number).into()
    }

    #[test]
    fn an_agent_has_a_burst_and_then_its_rate() {
        let rates = Rates { commands: Rate { per_second: 100, burst: 20 }, known: 8, ..Rates::ANY };
        let (limits, set) = limits(rates);
        assert_eq!(limits.ask(0, ANN, 15, 0), Ok(()));
        assert_eq!(limits.ask(0, ANN, 5, 0), Ok(()));
        assert_eq!(limits.ask(0, ANN, 1, 0), wait(10), "a hundredth of a second each");
        assert_eq!(limits.ask(0, ANN, 8, 0), wait(80));
        assert_eq!(limits.ask(0, AgentId(2), 20, 0), Ok(()), "another's is another");
        assert_eq!(
            limits.ask(1, ANN, 20, 0),
            Ok(()),
            "and so is that of another realm's agent of this number"
        );
        set(79);
        assert_eq!(limits.ask(0, ANN, 8, 0), wait(1));
        set(80);
        assert_eq!(limits.ask(0, ANN, 8, 0), Ok(()), "after as long as was said");
        assert_eq!(limits.ask(0, ANN, 1, 0), wait(10));
        set(10_000);
        assert_eq!(limits.ask(0, ANN, 20, 0), Ok(()), "no more than a burst is saved");
        assert_eq!(limits.ask(0, ANN, 1, 0), wait(10));
    }

    #[test]
    fn what_is_larger_than_a_burst_is_let_through_and_paid_for() {
        let rates = Rates { commands: Rate { per_second: 1_000, burst: 10 }, ..Rates::ANY };
        let (limits, set) = limits(rates);
        assert_eq!(limits.ask(0, ANN, 500, 0), Ok(()));
        assert_eq!(limits.ask(0, ANN, 500, 0), wait(500), "as soon as all of it is paid for");
        set(499);
        assert_eq!(limits.ask(0, ANN, 500, 0), wait(1));
        assert_eq!(limits.ask(0, ANN, 9, 0), Ok(()), "what is small need not wait so long");
        set(509);
        assert_eq!(limits.ask(0, ANN, 1, 0), Ok(()));
        limits.charge(0, ANN, 99);
        assert_eq!(limits.ask(0, ANN, 1, 0), wait(91), "a request counts as all that it holds");
        set(1_000);
        assert_eq!(limits.ask(0, ANN, u64::MAX, 0), Ok(()));
        assert!(limits.ask(0, ANN, 1, 0).is_err(), "and that is for ever");
    }

    #[test]
    fn what_is_given_back_may_be_asked_for_again() {
        let rates = Rates {
            commands: Rate { per_second: 10, burst: 10 },
            bytes: Rate { per_second: 1_000, burst: 1_000 },
            ..Rates::ANY
        };
        let (limits, set) = limits(rates);
        for _ in 0..100 {
            assert_eq!(limits.ask(0, ANN, 10, 1_000), Ok(()));
            limits.give_back(0, ANN, 10, 1_000);
        }
        assert_eq!(limits.ask(0, ANN, 10, 1_000), Ok(()));
        assert_eq!(limits.ask(0, ANN, 1, 0), wait(100));
        set(10_000);
        limits.give_back(0, ANN, 10, 1_000);
        assert_eq!(limits.ask(0, ANN, 10, 1_000), Ok(()));
        assert_eq!(limits.ask(0, ANN, 1, 0), wait(100), "no more than a burst is saved");
    }

    #[test]
    fn of_two_counts_both_are_taken_or_none() {
        let rates = Rates {
            commands: Rate { per_second: 10, burst: 10 },
            bytes: Rate { per_second: 1_000, burst: 1_000 },
            ..Rates::ANY
        };
        let (limits, _) = limits(rates);
        assert_eq!(limits.ask(0, ANN, 1, 900), Ok(()));
        assert_eq!(limits.ask(0, ANN, 1, 300), wait(200), "by its bytes");
        assert_eq!(limits.ask(0, ANN, 9, 100), Ok(()), "no command was taken with them");
        assert_eq!(limits.ask(0, ANN, 1, 1), wait(100), "the longer of two waits");
    }

    #[test]
    fn an_address_is_slowed_down_by_those_alone_who_do_not_come_in() {
        let rates = Rates { attempts: Rate { per_second: 10, burst: 3 }, known: 8, ..Rates::ANY };
        let (limits, set) = limits(rates);
        for _ in 0..100 {
            assert_eq!(limits.attempt(address(1)), Ok(()));
            limits.came_in(address(1));
        }
        for _ in 0..3 {
            assert_eq!(limits.attempt(address(1)), Ok(()));
        }
        assert_eq!(limits.attempt(address(1)), wait(100));
        assert_eq!(limits.attempt(address(2)), Ok(()));
        let inside = |host: u128| IpAddr::from(Ipv6Addr::from((0x2001_0db8_u128 << 96) + host));
        for host in 0..3 {
            assert_eq!(limits.attempt(inside(host)), Ok(()));
        }
        assert!(limits.attempt(inside(77)).is_err(), "a network of IPv6 counts as one");
        let mapped = IpAddr::from(Ipv4Addr::from(1).to_ipv6_mapped());
        assert!(limits.attempt(mapped).is_err(), "an address is the same in either form");
        set(100);
        assert_eq!(limits.attempt(address(1)), Ok(()));
    }

    #[test]
    fn ever_new_addresses_take_no_more_room_and_nothing_from_those_who_are_known() {
        let rates = Rates { attempts: Rate { per_second: 1, burst: 2 }, known: 100, ..Rates::ANY };
        let (limits, set) = limits(rates);
        set(5_000);
        let let_in = (0..10_000).filter(|&number| limits.attempt(address(number)).is_ok()).count();
        assert_eq!(let_in, 102, "one for each of those known, and two for all others together");
        assert_eq!(limits.addresses.lock().buckets.len(), 100);
        assert_eq!(limits.attempt(address(7)), Ok(()), "who was known first has its own");
        set(8_000);
        let let_in = (20_000..30_000).filter(|&number| limits.attempt(address(number)).is_ok()).count();
        assert_eq!(let_in, 102, "who is not heard of any more makes room");
        assert_eq!(limits.addresses.lock().buckets.len(), 100);
    }

    #[test]
    fn no_limit_is_none() {
        let (limits, _) = limits(Rates::ANY);
        assert_eq!(limits.ask(0, ANN, u64::MAX, u64::MAX), Ok(()));
        assert_eq!(limits.attempt(address(1)), Ok(()));
        assert!(limits.agents.lock().buckets.is_empty() && limits.addresses.lock().buckets.is_empty());
    }
}
