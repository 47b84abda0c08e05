//! The layout of canonical bytes, type by type, as data: for those who write or read them in another language.
//!
//! It follows from the very lines from which the encoding follows (`record!` and `choice!`), so it cannot differ from that.

use std::collections::BTreeMap;

use serde::Serialize;

/// The layouts of types, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Layouts(BTreeMap<&'static str, Layout>);

/// One type's layout.
///
/// A type is written as `u8` to `u128` and `i32` to `i128` (little-endian), `bool` (a byte, 0 or 1), `text` (a `u32` of bytes, then UTF-8), `32 bytes`, `T?` (a
/// `bool`, then the value if it is there), `[T]` (a `u32` of items, then those), `2 T` (two of them), `(A, B)` (one, then the other), or by its name here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Its fields, one after the other.
    Record(Vec<Field>),
    /// A byte, the number of one of these, and then its fields.
    Choice(Vec<Variant>),
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name; empty if it is the only one.
    pub name: &'static str,
    /// Its type.
    pub of: String,
}

/// One of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// Its number.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// What follows the number.
    pub fields: Vec<Field>,
}

impl Layouts {
    /// What stands where a type has no layout.
    pub const NONE: &str = "none";

    /// The types, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Layout)> {
        self.0.iter().map(|(&name, layout)| (name, layout))
    }

    /// A type by its name.
    pub fn get(&self, name: &str) -> Option<&Layout> {
        self.0.get(name)
    }

    pub(crate) fn record(
        &mut self,
        name: &'static str,
        fields: impl FnOnce(&mut Self) -> Vec<Field>,
    ) -> String {
        self.add(name, |all| Layout::Record(fields(all)))
    }

    pub(crate) fn choice(
        &mut self,
        name: &'static str,
        variants: impl FnOnce(&mut Self) -> Vec<Variant>,
    ) -> String {
        self.add(name, |all| Layout::Choice(variants(all)))
    }

    /// Two types of one name must be the same, since a reader knows them by it.
    fn add(&mut self, name: &'static str, layout: impl FnOnce(&mut Self) -> Layout) -> String {
        let layout = layout(self);
        let known = self.0.entry(name).or_insert_with(|| layout.clone());
        assert_eq!(*known, layout, "two types are called {name}");
        name.to_owned()
    }
}
