//! Certificates (placeholder body follows).

/// Why nothing better exists: for each level, a price per item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificate {
    /// For each level before the coupled one, a price for each item.
    pub prices: Vec<Vec<i64>>,
}
