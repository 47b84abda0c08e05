//! What is known of a mechanism, as data: which property holds where, and who proved it. Tests hold every line of it to brute force, and
//! the program's help prints it.

use super::market::Market;

/// What can be said of an outcome, or of a mechanism's outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// Nobody receives what is worse than what they bring.
    IndividuallyRational,
    /// No other outcome is better for somebody and worse for nobody.
    ParetoEfficient,
    /// Exchanges are between two, and no other such outcome is better for somebody and worse for nobody.
    PairEfficient,
    /// No group can, with what its members bring, make each of them better off.
    Core,
    /// No group can, with what its members bring, make one of them better off and none worse off.
    StrictCore,
    /// Exchanges are between two, and no two would rather exchange with each other.
    PairStable,
    /// Nobody can gain by another list than their own, whatever the others' lists are.
    StrategyProof,
}

/// Where a theorem holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Lists are strict, and there are no gifts.
    Strict,
    /// Lists are strict; there may be gifts, and newcomers who bring nothing.
    Gifts,
    /// Lists may have ties; there are no gifts.
    Ties,
    /// Lists may have ties, and there may be gifts.
    TiesAndGifts,
    /// Only gifts are on lists, in any tiers.
    GiftsAlone,
    /// All objects of a list are equally good; there are no gifts.
    Dichotomous,
}

/// A theorem on a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theorem {
    /// What it is about.
    pub property: Property,
    /// Where.
    pub domain: Domain,
    /// Whether the property always holds there; else it sometimes does not.
    pub holds: bool,
    /// Who showed it; empty for a counterexample that is only in our tests.
    pub source: &'static str,
}

impl Property {
    /// Every property.
    pub const ALL: [Property; 7] = [
        Property::IndividuallyRational,
        Property::ParetoEfficient,
        Property::PairEfficient,
        Property::Core,
        Property::StrictCore,
        Property::PairStable,
        Property::StrategyProof,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Property::IndividuallyRational => "individually rational",
            Property::ParetoEfficient => "Pareto-efficient",
            Property::PairEfficient => "Pareto-efficient among exchanges of two",
            Property::Core => "core",
            Property::StrictCore => "strict core",
            Property::PairStable => "stable",
            Property::StrategyProof => "strategy-proof",
        }
    }

    /// What it says.
    pub fn meaning(self) -> &'static str {
        match self {
            Property::IndividuallyRational => "nobody receives what is worse than what they bring",
            Property::ParetoEfficient => "no other outcome is better for somebody and worse for nobody",
            Property::PairEfficient => {
                "exchanges are between two, and no other outcome of such is better for somebody and worse for nobody"
            }
            Property::Core => "no group can exchange among itself so that all its members are better off",
            Property::StrictCore => {
                "no group can exchange among itself so that one member is better off and none worse"
            }
            Property::PairStable => {
                "exchanges are between two, and no two would rather exchange with each other"
            }
            Property::StrategyProof => "nobody can gain by another list than their own",
        }
    }
}

impl Domain {
    /// Where that is, as the end of a sentence; of a mechanism that gives no gifts nothing is said of them.
    pub fn told(self, gives_gifts: bool) -> &'static str {
        match self {
            Domain::Strict if !gives_gifts => "where lists are strict",
            Domain::Ties if !gives_gifts => "where lists may have ties",
            Domain::Dichotomous if !gives_gifts => "where all of a list is equally good",
            Domain::Strict => "where lists are strict and there are no gifts",
            Domain::Gifts => "where lists are strict, with or without gifts and newcomers",
            Domain::Ties => "where there are no gifts, also where lists have ties",
            Domain::TiesAndGifts => "everywhere, also where lists have ties and there are gifts",
            Domain::GiftsAlone => "where only gifts are wanted",
            Domain::Dichotomous => "where all of a list is equally good and there are no gifts",
        }
    }

    /// Whether a market lies in it.
    pub fn covers(self, market: &Market) -> bool {
        let has_gifts = market.is_gift.contains(&true);
        match self {
            Domain::Strict => !market.has_ties() && !has_gifts,
            Domain::Gifts => !market.has_ties(),
            Domain::Ties => !has_gifts,
            Domain::TiesAndGifts => true,
            Domain::GiftsAlone => {
                market.lists.iter().flatten().all(|want| market.is_gift[want.object as usize])
            }
            Domain::Dichotomous => {
                !has_gifts && (0..market.count()).all(|participant| market.tier_count(participant) < 2)
            }
        }
    }
}
