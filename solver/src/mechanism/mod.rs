//! Mechanisms: rules that make an outcome of ranked lists, each with what is known of it, in [`MECHANISMS`]. One a file.
//!
//! They work on a [`Market`], in which everybody brings one object, and trust its lists: what an honest list is worth against another is what a
//! mechanism is chosen for, and [`manipulation`] measures it. What can be seen of an outcome is checked by [`crate::certify::mechanism`], by code that shares
//! nothing with the rules. All of them are deterministic: ties and turns are told by the lists and by [`Market::order`].

mod cycles_and_chains;
pub mod manipulation;
mod market;
mod priority;
mod serial_dictatorship;
mod stable_exchange;
#[cfg(test)]
mod tests;
mod theorem;
mod top_cycles_rule;
mod top_trading_cycles;
mod your_turn;

use cycles_and_chains::Rule;

pub use market::{Market, Want};
pub use stable_exchange::NoneExists;
pub use theorem::{Domain, Property, Theorem};

/// A rule that makes an outcome of a market.
#[derive(Debug)]
pub struct Mechanism {
    /// The name given to `--mechanism`.
    pub name: &'static str,
    /// Other names that it goes by there.
    pub aliases: &'static [&'static str],
    /// What it is called.
    pub title: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What decides where lists leave it open.
    pub ties: &'static str,
    /// Who described it.
    pub source: &'static str,
    /// Whether it gives gifts; else they stay, and its theorems are about markets without any.
    pub gives_gifts: bool,
    /// Whether the order of priority can change what it makes.
    pub knows_priority: bool,
    /// Whether it makes exchanges between two alone.
    pub is_of_pairs: bool,
    /// What is known of it.
    pub theorems: &'static [Theorem],
    /// What each receives.
    pub receives: fn(&Market) -> Result<Vec<u32>, NoneExists>,
}

const fn always(property: Property, domain: Domain, source: &'static str) -> Theorem {
    Theorem { property, domain, holds: true, source }
}

const fn not_always(property: Property, domain: Domain, source: &'static str) -> Theorem {
    Theorem { property, domain, holds: false, source }
}

use Domain::{Dichotomous, Gifts, GiftsAlone, Strict, Ties, TiesAndGifts};
use Property::{
    Core, IndividuallyRational, PairEfficient, PairStable, ParetoEfficient, StrategyProof, StrictCore,
};

const BY_CONSTRUCTION: &str = "by construction: who trades receives what their list names";

/// Every mechanism.
pub const MECHANISMS: &[Mechanism] = &[
    Mechanism {
        name: "ttc",
        aliases: &[],
        title: "top trading cycles",
        about: "Everybody points at the first of their list that is left; rings trade and go.",
        ties: "by the order of the list; it knows no priority, so that a seed changes nothing",
        source: "Gale, in Shapley and Scarf (1974)",
        gives_gifts: false,
        knows_priority: false,
        is_of_pairs: false,
        theorems: &[
            always(IndividuallyRational, Ties, BY_CONSTRUCTION),
            always(ParetoEfficient, Strict, "Shapley and Scarf (1974); Roth and Postlewaite (1977)"),
            always(StrictCore, Strict, "Roth and Postlewaite (1977): it is the only outcome in it"),
            always(Core, Ties, "Shapley and Scarf (1974)"),
            always(StrategyProof, Ties, "Roth (1982); with ties broken beforehand Ehlers (2014)"),
            not_always(ParetoEfficient, Ties, "Ehlers (2014)"),
        ],
        receives: |market| Ok(top_trading_cycles::receives(market)),
    },
    Mechanism {
        name: "top-cycles",
        aliases: &[],
        title: "top cycles rule",
        about: "Top trading cycles for lists with ties: whoever holds one of their best lets others through until nobody they could help is unsatisfied.",
        ties: "who could point at several points at the one that leads to the unsatisfied participant of highest priority, and of those at the one of highest priority",
        source: "Jaramillo and Manjunath (2012)",
        gives_gifts: false,
        knows_priority: true,
        is_of_pairs: false,
        theorems: &[
            always(IndividuallyRational, Ties, BY_CONSTRUCTION),
            always(ParetoEfficient, Ties, "Jaramillo and Manjunath (2012)"),
            always(StrategyProof, Ties, "Jaramillo and Manjunath (2012)"),
            always(Core, Ties, "Saban and Sethuraman (2013)"),
            always(StrictCore, Strict, "where lists are strict it is top trading cycles"),
            not_always(StrictCore, Ties, "it can be empty: Shapley and Scarf (1974)"),
        ],
        receives: |market| Ok(top_cycles_rule::receives(market)),
    },
    Mechanism {
        name: "your-turn",
        aliases: &["yrmh-igyt"],
        title: "you request my house, I get your turn",
        about: "In the order of priority each gets the first of their list that is left, gifts among it; whose object is asked for gets the turn before it is given.",
        ties: "by the order of the list; turns are in the order of priority",
        source: "Abdulkadiroğlu and Sönmez (1999)",
        gives_gifts: true,
        knows_priority: true,
        is_of_pairs: false,
        theorems: &[
            always(IndividuallyRational, TiesAndGifts, BY_CONSTRUCTION),
            always(ParetoEfficient, Gifts, "Abdulkadiroğlu and Sönmez (1999), proposition 1"),
            always(StrategyProof, Gifts, "Abdulkadiroğlu and Sönmez (1999), theorem 1"),
            always(StrictCore, Strict, "without gifts it is top trading cycles"),
            not_always(ParetoEfficient, Ties, ""),
        ],
        receives: |market| Ok(your_turn::receives(market)),
    },
    Mechanism {
        name: "chains",
        aliases: &["ttcc"],
        title: "top trading cycles and chains, chains by priority",
        about: "Everybody points at the first of their list that is left; rings trade and go; without any, the chain from a gift to the last hand of highest priority is given along, and what the last hand brought stays to be taken (rule e).",
        ties: "by the order of the list; of several chains the one whose last hand has the highest priority is given along",
        source: "Roth, Sönmez and Ünver (2004)",
        gives_gifts: true,
        knows_priority: true,
        is_of_pairs: false,
        theorems: &[
            always(IndividuallyRational, TiesAndGifts, BY_CONSTRUCTION),
            always(ParetoEfficient, Gifts, "Roth, Sönmez and Ünver (2004), theorem 1"),
            always(
                StrategyProof,
                Gifts,
                "Roth, Sönmez and Ünver (2004), theorem 2; Krishna and Wang (2007): it is your-turn",
            ),
            always(StrictCore, Strict, "without gifts it is top trading cycles"),
            not_always(ParetoEfficient, Ties, ""),
        ],
        receives: |market| Ok(cycles_and_chains::receives(market, Rule::Priority)),
    },
    Mechanism {
        name: "longest-chains",
        aliases: &[],
        title: "top trading cycles and chains, longest chains",
        about: "As chains, but of the chains the longest is given along (rule c).",
        ties: "by the order of the list; of equally long chains the one whose last hand has the highest priority is given along",
        source: "Roth, Sönmez and Ünver (2004)",
        gives_gifts: true,
        knows_priority: true,
        is_of_pairs: false,
        theorems: &[
            always(IndividuallyRational, TiesAndGifts, BY_CONSTRUCTION),
            always(ParetoEfficient, Gifts, "Roth, Sönmez and Ünver (2004), theorem 1"),
            always(StrictCore, Strict, "without gifts it is top trading cycles"),
            not_always(StrategyProof, Gifts, "Roth, Sönmez and Ünver (2004)"),
        ],
        receives: |market| Ok(cycles_and_chains::receives(market, Rule::Longest)),
    },
    Mechanism {
        name: "serial-dictatorship",
        aliases: &["sd"],
        title: "serial dictatorship",
        about: "In the order of priority each gets the best that some outcome still lets them have in which everybody who gives receives something of their list, and those before them what they chose or its equal.",
        ties: "equals on a list stay open for those who come later in the order of priority; where none of them decides it, it is the first of the list that was to be had",
        source: "Svensson (1994), for gifts",
        gives_gifts: true,
        knows_priority: true,
        is_of_pairs: false,
        theorems: &[
            always(IndividuallyRational, TiesAndGifts, BY_CONSTRUCTION),
            always(ParetoEfficient, TiesAndGifts, "a lexicographic optimum is Pareto-efficient"),
            always(StrategyProof, GiftsAlone, "Svensson (1994)"),
            not_always(StrategyProof, Strict, "who lists less leaves others fewer outcomes"),
            not_always(Core, Strict, "who comes late may lose a better exchange"),
        ],
        receives: |market| Ok(serial_dictatorship::receives(market)),
    },
    Mechanism {
        name: "priority",
        aliases: &[],
        title: "priority mechanism of pairwise exchange",
        about: "Two exchange who list each other, in whatever place; in the order of priority each trades for whom that is possible together with those before them who do.",
        ties: "who trades is decided by the order of priority; with whom, where several would do, by the order of the lists, as the search for partners meets them first",
        source: "Roth, Sönmez and Ünver (2005)",
        gives_gifts: false,
        knows_priority: true,
        is_of_pairs: true,
        theorems: &[
            always(IndividuallyRational, Ties, BY_CONSTRUCTION),
            always(PairEfficient, Dichotomous, "Roth, Sönmez and Ünver (2005), proposition 1"),
            always(StrategyProof, Dichotomous, "Roth, Sönmez and Ünver (2005), theorem 1"),
            not_always(ParetoEfficient, Dichotomous, "rings of three are no exchanges of two"),
            not_always(StrategyProof, Strict, "places in a list do not count"),
        ],
        receives: |market| Ok(priority::receives(market)),
    },
    Mechanism {
        name: "stable",
        aliases: &[],
        title: "stable exchange of two",
        about: "Two exchange who list each other, so that no two would rather exchange with each other. Where lists are strict it finds such an outcome if one exists, else an odd ring that shows that none does. With ties an outcome is still one in which no two would both strictly rather exchange, but where none is found another order of ties may have one (whether any has is NP-complete: Ronn 1990).",
        ties: "by the order of the list; it knows no priority, so that a seed changes nothing",
        source: "Irving (1985); Tan (1991)",
        gives_gifts: false,
        knows_priority: false,
        is_of_pairs: true,
        theorems: &[
            always(IndividuallyRational, Ties, BY_CONSTRUCTION),
            always(PairStable, Strict, "Irving (1985): it finds one where one exists"),
            always(
                PairStable,
                Ties,
                "Irving (1985), where it finds one; with ties it can miss those that exist",
            ),
            always(
                PairEfficient,
                Strict,
                "a stable matching of strict lists is in the core of pairs; where one exists",
            ),
            not_always(ParetoEfficient, Strict, "rings of three are no exchanges of two"),
            not_always(StrategyProof, Strict, "Roth (1982), already for two sides"),
        ],
        receives: stable_exchange::receives,
    },
];

/// The mechanism called `name`, also by an alias, if there is one.
pub fn by_name(name: &str) -> Option<&'static Mechanism> {
    MECHANISMS.iter().find(|mechanism| mechanism.name == name || mechanism.aliases.contains(&name))
}
