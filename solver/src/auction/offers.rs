//! Offers, what is wrong with them, and fills.

/// The most assets. Prices take the solution of dense linear systems of this size.
pub const MAX_ASSETS: usize = 1024;

/// The most offers.
pub const MAX_OFFERS: usize = 1 << 27;

/// The most of one asset that is offered in all, and the most that one offer asks for: products with prices of 53 bits fit into 128.
pub const MAX_TOTAL: u64 = 1 << 56;

/// The greatest tolerance that an outcome may have.
pub const MAX_TOLERANCE: f64 = 1.0 / 512.0;

/// The greatest price; its inverse is the least.
pub const MAX_PRICE: f64 = 1e280;

/// An offer to sell up to `amount` of one asset for another, at a rate of at least `at_least` for all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Offer {
    /// The asset that is sold.
    pub sells: u32,
    /// The asset that is bought.
    pub buys: u32,
    /// How much is offered, in smallest units.
    pub amount: u64,
    /// The least that is taken for the whole amount; of a part, in proportion, rounded up.
    pub at_least: u64,
    /// The least to sell, if anything: 0 for any part, `amount` for all or nothing.
    pub minimum: u64,
}

impl Offer {
    /// The least rate, of units bought to units sold.
    pub fn limit(&self) -> f64 {
        self.at_least as f64 / self.amount as f64
    }

    /// The least that is taken for a part.
    pub(super) fn least_for(&self, sold: u64) -> u64 {
        if sold == self.amount {
            return self.at_least;
        }
        let product = u128::from(sold) * u128::from(self.at_least);
        product.div_ceil(u128::from(self.amount)) as u64
    }

    /// The most of it of which the least that is taken is so much.
    pub(super) fn most_for(&self, bought: u64) -> u64 {
        let most = u128::from(bought) * u128::from(self.amount) / u128::from(self.at_least);
        u128::from(self.amount).min(most) as u64
    }
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Fill {
    /// How much was sold.
    pub sold: u64,
    /// How much was got for it.
    pub bought: u64,
}

/// What is wrong with offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There are more than [`MAX_ASSETS`].
    TooManyAssets,
    /// There are more than [`MAX_OFFERS`].
    TooManyOffers,
    /// This offer names an asset that there is not.
    UnknownAsset(u32),
    /// This offer sells an asset for itself.
    SameAsset(u32),
    /// This offer sells nothing.
    NothingSold(u32),
    /// This offer asks for nothing: its limit rate is 0, and its worth without bound.
    NothingAsked(u32),
    /// This offer asks for more than [`MAX_TOTAL`].
    AskedTooMuch(u32),
    /// This offer's minimum is more than its amount.
    MinimumTooHigh(u32),
    /// More than [`MAX_TOTAL`] of an asset is offered, counted up to this offer.
    OfferedTooMuch(u32),
}

/// How much of each asset is offered.
///
/// # Errors
/// The first fault of these offers, by their order.
pub fn check(asset_count: usize, offers: &[Offer]) -> Result<Vec<u64>, Fault> {
    if asset_count > MAX_ASSETS {
        return Err(Fault::TooManyAssets);
    }
    if offers.len() > MAX_OFFERS {
        return Err(Fault::TooManyOffers);
    }
    let mut offered = vec![0_u64; asset_count];
    for (number, offer) in offers.iter().enumerate() {
        let number = number as u32;
        check_one(asset_count, number, offer)?;
        let offered = &mut offered[offer.sells as usize];
        *offered = offered.saturating_add(offer.amount);
        if *offered > MAX_TOTAL {
            return Err(Fault::OfferedTooMuch(number));
        }
    }
    Ok(offered)
}

/// The first fault of one offer alone.
pub(super) fn check_one(asset_count: usize, number: u32, offer: &Offer) -> Result<(), Fault> {
    if offer.sells.max(offer.buys) as usize >= asset_count {
        return Err(Fault::UnknownAsset(number));
    }
    if offer.sells == offer.buys {
        return Err(Fault::SameAsset(number));
    }
    if offer.amount == 0 {
        return Err(Fault::NothingSold(number));
    }
    if offer.at_least == 0 {
        return Err(Fault::NothingAsked(number));
    }
    if offer.at_least > MAX_TOTAL {
        return Err(Fault::AskedTooMuch(number));
    }
    if offer.minimum > offer.amount {
        return Err(Fault::MinimumTooHigh(number));
    }
    if offer.amount > MAX_TOTAL {
        return Err(Fault::OfferedTooMuch(number));
    }
    Ok(())
}
