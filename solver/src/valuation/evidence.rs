//! What values are estimated from: exchanges (trades, offers, obligations: so much of one good for so much of another),
//! rankings (wants lists: which goods somebody would rather have, best first), and, for a round of single
//! items, the graph of who would take what.
//!
//! Everything is checked on the way in, so methods meet neither zero amounts nor goods that do not exist. Goods that no
//! exchange or ranking joins, directly or through others, are in different components: nothing says what one is worth in terms
//! of the other, so a valuation holds within a component only, where the geometric mean of the values is 1.
//!
//! Cost: 48 bytes an exchange; building is one pass with one logarithm an exchange.

use super::joined::Joined;
use super::number::ln;
use crate::Graph;

/// How many times the least weight the greatest may be, for methods in which the heavy would drown the light in rounding.
pub const MOST_SPAN: f64 = 1e8;

/// So much of one good for so much of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exchange {
    /// The good that is given.
    pub gives: u32,
    /// The good that is got for it.
    pub gets: u32,
    /// How much is given; positive.
    pub given: f64,
    /// How much is got; positive.
    pub got: f64,
    /// How much the exchange counts, as if it had been made so many times; positive.
    pub weight: f64,
    /// When, in any unit; exchanges may come in any order.
    pub time: f64,
}

impl Exchange {
    /// An exchange that counts once, at no particular time.
    pub fn new(gives: u32, gets: u32, given: f64, got: f64) -> Self {
        Exchange { gives, gets, given, got, weight: 1.0, time: 0.0 }
    }

    /// The logarithm of how much is got for one of what is given: what the logarithms of the two goods' values differ
    /// by, if the exchange is even.
    #[inline]
    pub fn log_rate(&self) -> f64 {
        let rate = self.got / self.given;
        if rate.is_normal() { ln(rate) } else { ln(self.got) - ln(self.given) }
    }

    /// Checks this exchange, the one of `index`, among `good_count` goods.
    ///
    /// # Errors
    /// The first thing wrong.
    pub fn check(&self, good_count: usize, index: usize) -> Result<(), Refusal> {
        let Exchange { gives, gets, given, got, weight, time } = *self;
        if gives as usize >= good_count || gets as usize >= good_count {
            return Err(Refusal::UnknownGood(index));
        }
        if !(given.is_finite() && got.is_finite() && weight.is_finite() && time.is_finite()) {
            return Err(Refusal::NotFinite(index));
        }
        if given < 0.0 || got < 0.0 || weight <= 0.0 {
            return Err(Refusal::Negative(index));
        }
        if given == 0.0 && got == 0.0 {
            return Err(Refusal::Nothing(index));
        }
        let is_idle = gives == gets;
        if given == 0.0 || got == 0.0 || (is_idle && given.to_bits() != got.to_bits()) {
            return Err(Refusal::InfiniteArbitrage(index));
        }
        Ok(())
    }
}

/// Lists of goods, each from the one that is liked best to the one that is liked least, as compressed rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rankings {
    first: Vec<u32>,
    good: Vec<u32>,
    weight: Vec<f64>,
}

impl Rankings {
    /// Adds a list, best first, that counts once.
    ///
    /// # Panics
    /// As [`Rankings::push_weighted`].
    pub fn push(&mut self, list: &[u32]) {
        self.push_weighted(list, 1.0);
    }

    /// Adds a list, best first, that counts as if it had been made `weight` times. Lists of fewer than two goods say nothing and are left
    /// out.
    ///
    /// # Panics
    /// If the weight is not positive and finite, or there are 2^32 places in all lists.
    pub fn push_weighted(&mut self, list: &[u32], weight: f64) {
        assert!(weight > 0.0 && weight.is_finite(), "a list counts a positive number of times");
        if list.len() < 2 {
            return;
        }
        if self.first.is_empty() {
            self.first.push(0);
        }
        self.weight.push(weight);
        self.good.extend_from_slice(list);
        self.first.push(u32::try_from(self.good.len()).expect("fewer than 2^32 places"));
    }

    /// Number of lists.
    pub fn len(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// Whether there are no lists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lists, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.first.windows(2).map(|ends| &self.good[ends[0] as usize..ends[1] as usize])
    }

    /// The lists with how often each counts.
    pub fn weighted(&self) -> impl Iterator<Item = (&[u32], f64)> {
        self.iter().zip(self.weight.iter().copied())
    }
}

/// Why there are no values.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The exchange of this index names a good that does not exist.
    UnknownGood(usize),
    /// The exchange of this index has an amount, weight or time that is no finite number.
    NotFinite(usize),
    /// The exchange of this index has a negative amount, or a weight that is not positive.
    Negative(usize),
    /// The exchange of this index is of nothing for nothing.
    Nothing(usize),
    /// In the exchange of this index one side is nothing, or a good is exchanged for more of itself: whoever repeats
    /// it gains without end, and no values are consistent with it.
    InfiniteArbitrage(usize),
    /// The ranking of this index names a good twice, or one that does not exist.
    Ranking(usize),
    /// The method needs evidence of a kind that is not there.
    Needs(&'static str),
    /// The method takes at most so many of what it names.
    TooLarge(&'static str, usize),
    /// The value of this good is beyond what a floating-point number holds.
    Overflow(usize),
    /// The linear program was not solved.
    NotSolved,
    /// The linear program lost so many digits that its prices prove nothing.
    Apart,
    /// The values did not settle within so many sweeps.
    NotSettled(usize),
    /// The greatest weight is more than [`MOST_SPAN`] times the least.
    Span,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Refusal::UnknownGood(index) => write!(f, "exchange {index}: a good that does not exist"),
            Refusal::NotFinite(index) => write!(f, "exchange {index}: not a finite number"),
            Refusal::Negative(index) => {
                write!(f, "exchange {index}: a negative amount, or a weight that is not positive")
            }
            Refusal::Nothing(index) => write!(f, "exchange {index}: nothing for nothing"),
            Refusal::InfiniteArbitrage(index) => {
                write!(
                    f,
                    "exchange {index}: infinite arbitrage: something for nothing, or a good for more of itself"
                )
            }
            Refusal::Ranking(index) => write!(f, "ranking {index}: a good twice, or one that does not exist"),
            Refusal::Needs(what) => write!(f, "this method needs {what}"),
            Refusal::TooLarge(what, most) => write!(f, "this method takes at most {most} {what}"),
            Refusal::Overflow(good) => write!(f, "the value of good {good} is out of range"),
            Refusal::NotSolved => write!(f, "the linear program was not solved"),
            Refusal::Apart => {
                write!(f, "the rates, or what is offered, are too far apart for the linear program's digits")
            }
            Refusal::NotSettled(sweeps) => {
                write!(
                    f,
                    "the values did not settle within {sweeps} sweeps: the goods are too loosely joined"
                )
            }
            Refusal::Span => {
                write!(f, "the greatest weight is more than {MOST_SPAN:e} times the least")
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// What values are estimated from, checked.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    good_count: usize,
    exchanges: Vec<Exchange>,
    log_rate: Vec<f64>,
    rankings: Rankings,
    round: Option<Graph>,
    component: Vec<u32>,
    component_count: usize,
}

impl Evidence {
    /// Checks exchanges and rankings of `good_count` goods. An exchange of a good for as much of itself says nothing and is left
    /// out.
    ///
    /// # Errors
    /// The first thing wrong.
    pub fn new(good_count: usize, mut exchanges: Vec<Exchange>, rankings: Rankings) -> Result<Self, Refusal> {
        let mut log_rate = Vec::with_capacity(exchanges.len());
        let mut joined = Joined::new(good_count);
        let mut is_idle = false;
        for (index, exchange) in exchanges.iter().enumerate() {
            exchange.check(good_count, index)?;
            log_rate.push(exchange.log_rate());
            is_idle |= exchange.gives == exchange.gets;
            joined.join(exchange.gives, exchange.gets);
        }
        if is_idle {
            let mut keep = exchanges.iter().map(|exchange| exchange.gives != exchange.gets);
            log_rate.retain(|_| keep.next() == Some(true));
            exchanges.retain(|exchange| exchange.gives != exchange.gets);
        }
        let mut seen = vec![usize::MAX; good_count];
        for (index, list) in rankings.iter().enumerate() {
            for &good in list {
                match seen.get_mut(good as usize) {
                    Some(last) if *last != index => *last = index,
                    _ => return Err(Refusal::Ranking(index)),
                }
                joined.join(list[0], good);
            }
        }
        let (component, component_count) = joined.components();
        Ok(Evidence { good_count, exchanges, log_rate, rankings, round: None, component, component_count })
    }

    /// The same with the graph of a round, whose nodes are the goods.
    ///
    /// # Panics
    /// If the graph has another number of nodes.
    #[must_use]
    pub fn with_round(mut self, graph: Graph) -> Self {
        assert_eq!(graph.node_count(), self.good_count, "the nodes of the round are the goods");
        self.round = Some(graph);
        self
    }

    /// Number of goods.
    pub fn good_count(&self) -> usize {
        self.good_count
    }

    /// The exchanges.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The logarithm of each exchange's rate.
    pub fn log_rates(&self) -> &[f64] {
        &self.log_rate
    }

    /// The exchanges with the logarithms of their rates.
    pub fn rated(&self) -> impl Iterator<Item = (&Exchange, f64)> {
        self.exchanges.iter().zip(self.log_rate.iter().copied())
    }

    /// The rankings.
    pub fn rankings(&self) -> &Rankings {
        &self.rankings
    }

    /// The graph of the round, if the evidence is one.
    pub fn round(&self) -> Option<&Graph> {
        self.round.as_ref()
    }

    /// The component of each good, numbered from 0 in the order of their first goods.
    pub fn components(&self) -> &[u32] {
        &self.component
    }

    /// Number of components.
    pub fn component_count(&self) -> usize {
        self.component_count
    }

    /// Refuses evidence without exchanges.
    ///
    /// # Errors
    /// [`Refusal::Needs`].
    pub fn need_exchanges(&self) -> Result<(), Refusal> {
        if self.exchanges.is_empty() { Err(Refusal::Needs("exchanges with amounts")) } else { Ok(()) }
    }

    /// Refuses weights of which the greatest is more than [`MOST_SPAN`] times the least.
    ///
    /// # Errors
    /// [`Refusal::Span`].
    pub fn need_even_weights(&self) -> Result<(), Refusal> {
        let of_lists = self.rankings.weighted().map(|(_, weight)| weight);
        let weights = self.exchanges.iter().map(|exchange| exchange.weight).chain(of_lists);
        let (least, most) =
            weights.fold((f64::INFINITY, 0.0_f64), |(a, b), weight| (a.min(weight), b.max(weight)));
        if most > MOST_SPAN * least { Err(Refusal::Span) } else { Ok(()) }
    }

    /// Shifts logarithms so that their mean is 0 in each component. Goods worth nothing, of logarithm minus infinity, stay so
    /// and are left out of the mean.
    pub fn center(&self, log_value: &mut [f64]) {
        let mut sum = vec![0.0; self.component_count];
        let mut count = vec![0_u32; self.component_count];
        for (value, &component) in log_value.iter().zip(&self.component) {
            if value.is_finite() {
                sum[component as usize] += value;
                count[component as usize] += 1;
            }
        }
        for (value, &component) in log_value.iter_mut().zip(&self.component) {
            if value.is_finite() {
                *value -= sum[component as usize] / f64::from(count[component as usize]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(exchange: Exchange) -> Option<Refusal> {
        Evidence::new(3, vec![Exchange::new(0, 1, 1.0, 1.0), exchange], Rankings::default()).err()
    }

    #[test]
    fn what_is_wrong_is_named() {
        let is = |gives, gets, given, got| refusal(Exchange::new(gives, gets, given, got));
        assert_eq!(is(0, 2, 1.0, 2.0), None);
        assert_eq!(is(0, 3, 1.0, 2.0), Some(Refusal::UnknownGood(1)));
        assert_eq!(is(0, 1, 0.0, 2.0), Some(Refusal::InfiniteArbitrage(1)));
        assert_eq!(is(0, 1, 2.0, 0.0), Some(Refusal::InfiniteArbitrage(1)));
        assert_eq!(is(1, 1, 2.0, 3.0), Some(Refusal::InfiniteArbitrage(1)));
        assert_eq!(is(1, 1, 2.0, 2.0), None);
        assert_eq!(is(0, 1, 0.0, 0.0), Some(Refusal::Nothing(1)));
        assert_eq!(is(0, 1, -1.0, 2.0), Some(Refusal::Negative(1)));
        assert_eq!(is(0, 1, f64::NAN, 2.0), Some(Refusal::NotFinite(1)));
        assert_eq!(is(0, 1, f64::INFINITY, 2.0), Some(Refusal::NotFinite(1)));
        let weightless = Exchange { weight: 0.0, ..Exchange::new(0, 1, 1.0, 1.0) };
        assert_eq!(refusal(weightless), Some(Refusal::Negative(1)));
        let mut rankings = Rankings::default();
        rankings.push(&[0, 1, 0]);
        assert_eq!(Evidence::new(2, Vec::new(), rankings).err(), Some(Refusal::Ranking(0)));
    }

    #[test]
    fn rates_beyond_a_floating_point_number_still_have_a_logarithm() {
        let rate = Exchange::new(0, 1, 1e-300, 1e300).log_rate();
        assert!((rate - 600.0 * ln(10.0)).abs() < 1e-9, "{rate}");
    }

    #[test]
    fn components_are_numbered_by_their_first_good_and_centred_apart() {
        let exchanges = vec![Exchange::new(4, 1, 1.0, 1.0), Exchange::new(3, 3, 2.0, 2.0)];
        let mut rankings = Rankings::default();
        rankings.push(&[2, 0]);
        let evidence = Evidence::new(5, exchanges, rankings).unwrap();
        assert_eq!(evidence.components(), [0, 1, 0, 2, 1]);
        assert_eq!((evidence.component_count(), evidence.exchanges().len()), (3, 1));
        let mut log_value = vec![1.0, f64::NEG_INFINITY, 3.0, 5.0, 7.0];
        evidence.center(&mut log_value);
        assert_eq!(log_value, [-1.0, f64::NEG_INFINITY, 1.0, 0.0, 0.0]);
    }
}
