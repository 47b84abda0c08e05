//! What the two programs that read these lists do differently, as data: no other file asks which
//! program it stands in for, except for the wording of notices.

/// One program's reading of a wants list.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is one independent difference
pub(super) struct Dialect {
    /// The name of the format.
    pub(super) name: &'static str,
    /// Names are told apart by case even without CASE-SENSITIVE.
    pub(super) case_sensitive: bool,
    /// Every list needs a username, with or without REQUIRE-USERNAMES.
    pub(super) usernames: bool,
    /// Every list needs a colon, with or without REQUIRE-COLONS.
    pub(super) colons: bool,
    /// A missing colon ends the reading; otherwise it is a notice.
    pub(super) colon_is_fatal: bool,
    /// Repeated wants are noticed, unless HIDE-REPEATS.
    pub(super) repeats: bool,
    /// Dummies may be used, with or without ALLOW-DUMMIES.
    pub(super) dummies: bool,
    /// `name=number` sets a rank; otherwise `=` is a character like any other.
    pub(super) annotations: bool,
    /// `$N` is money and LIMIT a spending limit; otherwise they are names like any other.
    pub(super) money: bool,
    /// The item may stand right behind `)` when the line's first space comes earlier, or nowhere.
    pub(super) glued_items: bool,
}

/// `TradeMaximizer` 1.3c, with what 1.4a and `FastTradeMaximizer` add.
pub(super) const TRADEMAXIMIZER: Dialect = Dialect {
    name: "trademaximizer",
    case_sensitive: false,
    usernames: false,
    colons: false,
    colon_is_fatal: true,
    repeats: true,
    dummies: false,
    annotations: true,
    money: false,
    glued_items: true,
};

/// The Oz program: money bids and spending limits.
pub(super) const OZ: Dialect = Dialect {
    name: "oz",
    case_sensitive: true,
    usernames: true,
    colons: true,
    colon_is_fatal: false,
    repeats: false,
    dummies: true,
    annotations: false,
    money: true,
    glued_items: false,
};
