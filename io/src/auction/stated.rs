//! How many digits behind the point assets are stated to have, where they are not to be counted in as many as they are written with: bikes that are written
//! `1.0` have none.

use std::collections::BTreeMap;

/// The most digits that can be stated.
pub const MOST_DECIMALS: u8 = 18;

/// What is stated: of some assets, or of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    all: Option<u8>,
    of: BTreeMap<String, u8>,
}

/// One statement: of an asset, or of all that none is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Of which asset, if of one.
    pub asset: Option<String>,
    /// How many digits.
    pub decimals: u8,
}

impl Statement {
    /// Reads `N` or `ASSET=N`.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(text: &str) -> Result<Self, String> {
        let (asset, digits) = match text.rsplit_once('=') {
            Some((asset, digits)) => (Some(asset.trim().to_owned()), digits.trim()),
            None => (None, text.trim()),
        };
        if asset.as_deref() == Some("") {
            return Err("expected the name of an asset before =".to_owned());
        }
        let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let decimals = digits.parse().ok().filter(|&decimals| is_number && decimals <= MOST_DECIMALS);
        let decimals = decimals
            .ok_or_else(|| format!("expected a whole number from 0 to {MOST_DECIMALS}, or ASSET=N"))?;
        Ok(Statement { asset, decimals })
    }
}

impl Stated {
    /// What all of these say.
    ///
    /// # Errors
    /// If two are of the same asset, or of all.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Result<Self, String> {
        let mut stated = Stated::default();
        for Statement { asset, decimals } in statements {
            let of = asset.as_ref().map_or_else(|| "all others".to_owned(), |asset| format!("{asset:?}"));
            let before = match asset {
                Some(asset) => stated.of.insert(asset, decimals),
                None => stated.all.replace(decimals),
            };
            if before.is_some() {
                return Err(format!("the decimals of {of} are stated twice"));
            }
        }
        Ok(stated)
    }

    /// How many digits an asset is stated to have, if anything is stated of it.
    pub fn of(&self, asset: &str) -> Option<u8> {
        self.of.get(asset).copied().or(self.all)
    }

    /// The assets of which something is stated by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.of.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(all: &[&str]) -> Result<Stated, String> {
        Stated::new(all.iter().map(|text| Statement::read(text).expect("it is a statement")))
    }

    #[test]
    fn what_is_said_of_an_asset_goes_before_what_is_said_of_all() {
        let stated = stated(&["2", "bikes=0", " a=b = 18 "]).unwrap();
        assert_eq!(["bikes", "a=b", "money"].map(|asset| stated.of(asset)), [Some(0), Some(18), Some(2)]);
        assert_eq!(stated.names().collect::<Vec<_>>(), ["a=b", "bikes"]);
        assert_eq!(Stated::default().of("bikes"), None);
    }

    #[test]
    fn what_says_nothing_is_told() {
        for text in ["", "x", "-1", "+1", "19", "1.5", "bikes=", "bikes=-1", "bikes=300"] {
            assert!(Statement::read(text).unwrap_err().contains("from 0 to 18"), "{text}");
        }
        assert!(Statement::read("=2").unwrap_err().contains("name of an asset"));
        assert_eq!(stated(&["a=1", "a=1"]), Err("the decimals of \"a\" are stated twice".to_owned()));
        assert_eq!(stated(&["1", "2"]), Err("the decimals of all others are stated twice".to_owned()));
    }
}
