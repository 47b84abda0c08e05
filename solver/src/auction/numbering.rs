//! A numbering of assets and offers that does not depend on how they are given.
//!
//! Where offers are few, prices are seldom the only ones at which the market balances, and who trades is decided by the last digit of a sum. Neither is to
//! depend on which row comes first. So assets are ordered by what is offered of and for them, and for and of those, and so on: each has a number that
//! is mixed from those of the assets across its offers, as graphs are told from each other by refining colours (Weisfeiler and Leman 1968). Assets that
//! cannot be told apart keep their order, and so do offers that are the same in all. What is left to the order is who of those is first.
//!
//! Cost: a pass over the offers for each of at most [`ROUNDS`] rounds, as long as more assets are told apart, and a sort.

use super::offers::{self, Fault, Fill, Offer};
use super::prices;
use super::session::{Outcome, Session};
use crate::stream::Stream;

/// So many offers are few for any assets: a part of the market may be thin.
const FEW: usize = 1 << 14;

/// How far away offers may be for which an asset is told from another.
const ROUNDS: usize = 16;

/// Holds an auction of these offers. Where they are few, at all or for so many assets, what comes of it does not depend on how assets and offers are numbered, unless there are
/// offers that are the same, of which the first goes first, or assets that nothing tells apart. Where they are many, the first of those at one limit goes first. A [`Session`] keeps
/// their numbers, and may come to another outcome.
///
/// # Errors
/// The first fault of the offers.
pub fn clear(asset_count: usize, offers: &[Offer]) -> Result<Outcome, Fault> {
    if offers.is_empty() || offers.len() > FEW && !prices::is_thin(offers.len(), asset_count) {
        return Ok(settled(Session::new(asset_count, offers.to_vec())?));
    }
    offers::check(asset_count, offers)?;
    let numbering = Numbering::find(asset_count, offers);
    let session = Session::new(asset_count, numbering.renumbered(offers))?;
    Ok(numbering.restored(settled(session)))
}

fn settled(mut session: Session) -> Outcome {
    session.price();
    session.settle()
}

/// Assets and offers in an order of their own.
struct Numbering {
    /// The place of each asset.
    place: Vec<u32>,
    /// Which offer is at each place.
    offers: Vec<u32>,
}

impl Numbering {
    fn find(asset_count: usize, offers: &[Offer]) -> Self {
        let mut assets: Vec<u32> = (0..asset_count as u32).collect();
        let mut told = vec![0_u64; asset_count];
        let mut kinds = 1;
        for _ in 0..ROUNDS {
            let mut sums = told.clone();
            for offer in offers {
                let [sells, buys] = [offer.sells, offer.buys].map(|asset| asset as usize);
                let terms = mixed(mixed(mixed(offer.amount) ^ offer.at_least) ^ offer.minimum);
                // Sums, so that they do not depend on the order either.
                sums[sells] = sums[sells].wrapping_add(mixed(terms ^ told[buys]));
                sums[buys] = sums[buys].wrapping_add(mixed(!terms ^ told[sells]));
            }
            told = sums.into_iter().map(mixed).collect();
            assets.sort_by_key(|&asset| told[asset as usize]);
            let now = assets.chunk_by(|&one, &other| told[one as usize] == told[other as usize]).count();
            if now <= kinds {
                break;
            }
            kinds = now;
        }
        let mut place = vec![0; asset_count];
        for (at, asset) in (0..).zip(assets) {
            place[asset as usize] = at;
        }
        let mut order: Vec<u32> = (0..offers.len() as u32).collect();
        order.sort_by_key(|&number| {
            let Offer { sells, buys, amount, at_least, minimum } = offers[number as usize];
            (place[sells as usize], place[buys as usize], amount, at_least, minimum)
        });
        Numbering { place, offers: order }
    }

    /// The place of an asset.
    fn place(&self, asset: u32) -> u32 {
        self.place[asset as usize]
    }

    /// The offers in their places.
    fn renumbered(&self, offers: &[Offer]) -> Vec<Offer> {
        let renumbered = |&number: &u32| {
            let offer = offers[number as usize];
            Offer { sells: self.place(offer.sells), buys: self.place(offer.buys), ..offer }
        };
        self.offers.iter().map(renumbered).collect()
    }

    /// What came of them, with assets and offers as they are given, and the price of the first as 1.
    fn restored(&self, outcome: Outcome) -> Outcome {
        let first = outcome.prices[self.place[0] as usize];
        let mut fills = vec![Fill::default(); outcome.fills.len()];
        for (&number, fill) in self.offers.iter().zip(outcome.fills) {
            fills[number as usize] = fill;
        }
        let mut left_out: Vec<u32> = outcome.left_out.iter().map(|&at| self.offers[at as usize]).collect();
        left_out.sort_unstable();
        Outcome {
            prices: self.place.iter().map(|&at| outcome.prices[at as usize] / first).collect(),
            remainder: self.place.iter().map(|&at| outcome.remainder[at as usize]).collect(),
            fills,
            tolerance: outcome.tolerance,
            left_out,
        }
    }
}

/// A number each of whose bits depends on all of these.
fn mixed(number: u64) -> u64 {
    Stream::new(number).word()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offers of units of all sizes, with some room.
    fn offers(stream: &mut Stream, asset_count: u64) -> Vec<Offer> {
        let units: Vec<f64> =
            (0..asset_count).map(|_| libm::exp(stream.within(-400, 400) as f64 / 100.0)).collect();
        let offer = |stream: &mut Stream| {
            let sells = stream.below(asset_count);
            let buys = (sells + 1 + stream.below(asset_count - 1)) % asset_count;
            let [sold, bought] = [sells, buys].map(|asset| units[asset as usize]);
            let amount = (libm::exp(6.0 * stream.unit()) / sold).max(1.0) as u64;
            let at_least = (amount as f64 * sold / bought * (0.7 + 0.4 * stream.unit())).max(1.0) as u64;
            let minimum = if stream.one_in(8) { amount } else { 0 };
            Offer { sells: sells as u32, buys: buys as u32, amount, at_least, minimum }
        };
        let count = 4 + stream.below(40);
        (0..count).map(|_| offer(stream)).collect()
    }

    #[test]
    fn who_trades_what_does_not_depend_on_the_numbering_beside_many_offers_either() {
        let mut stream = Stream::new(18);
        for round in 0..20 {
            let few = offers(&mut stream, 5);
            let many = |sells: u32| {
                move |at: u64| Offer {
                    sells,
                    buys: 11 - sells,
                    amount: 1_000 + at,
                    at_least: 980 + at,
                    minimum: 0,
                }
            };
            let many: Vec<Offer> = (0..400).map(many(5)).chain((0..400).map(many(6))).collect();
            let sold = |few: &[Offer]| {
                let outcome = clear(7, &[few, &many].concat()).expect("the offers are sound");
                let terms = few.iter().map(|offer| [offer.amount, offer.at_least, offer.minimum]);
                let mut sold: Vec<_> = terms.zip(outcome.fills.iter().map(|fill| fill.sold)).collect();
                sold.sort_unstable();
                sold
            };
            let mut shuffled = few.clone();
            stream.shuffle(&mut shuffled);
            assert_eq!(sold(&few), sold(&shuffled), "{round}");
        }
    }

    #[test]
    fn who_trades_what_does_not_depend_on_the_numbering() {
        let mut stream = Stream::new(17);
        let mut traded = 0;
        for round in 0..200 {
            let asset_count = 2 + stream.below(6);
            let offers = offers(&mut stream, asset_count);
            let [mut assets, mut order] =
                [asset_count as usize, offers.len()].map(|count| (0..count).collect::<Vec<usize>>());
            stream.shuffle(&mut assets);
            stream.shuffle(&mut order);
            let asset = |old: u32| assets[old as usize] as u32;
            let renumbered =
                |offer: Offer| Offer { sells: asset(offer.sells), buys: asset(offer.buys), ..offer };
            let shuffled: Vec<Offer> = order.iter().map(|&number| renumbered(offers[number])).collect();
            let [one, other] =
                [&offers, &shuffled].map(|offers| clear(assets.len(), offers).expect("the offers are sound"));
            // Of offers that are the same any may be the first.
            let told = |offers: &[Offer], outcome: &Outcome, is_renumbered: bool| {
                let terms = |&offer: &Offer| {
                    let Offer { sells, buys, amount, at_least, minimum } =
                        if is_renumbered { offer } else { renumbered(offer) };
                    [u64::from(sells), u64::from(buys), amount, at_least, minimum]
                };
                let fills = outcome.fills.iter().map(|fill| [fill.sold, fill.bought]);
                let mut told: Vec<_> = offers.iter().map(terms).zip(fills).collect();
                told.sort_unstable();
                told
            };
            assert_eq!(told(&offers, &one, false), told(&shuffled, &other, true), "{round}");
            for (old, &new) in assets.iter().enumerate() {
                let price = other.prices[new] / other.prices[assets[0]];
                assert!((price / one.prices[old] - 1.0).abs() < 1e-12, "{round}: {old}");
                assert_eq!(one.remainder[old], other.remainder[new], "{round}: {old}");
            }
            traded += one.fills.iter().filter(|fill| fill.sold > 0).count();
        }
        assert!(traded > 1_000, "{traded}");
    }
}
