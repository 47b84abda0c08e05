//! A certificate as it is written down, in JSON and in canonical bytes: `prices`, one list per linear level with a price per item, and
//! `coupled`, the scale and the cases of the coupled level in depth-first order (a branch is followed by its low
//! case and then by its high case). Items are numbered as the round lists them, groups as the model does.

use std::borrow::Cow;

use bartizan_solver::certify::cases::{Grown, grown, listed};
use bartizan_solver::certify::{Branch, Certificate, Tree};
use serde::{Deserialize, Serialize};

use crate::codec::{Codec, DecodeError, Mixer, Reader, choice, record};
use crate::layout::{Field, Layouts};

/// A certificate, to be written or as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CertificateRecord<'a> {
    /// For each linear level, a price for each item.
    pub prices: Cow<'a, [Vec<i64>]>,
    /// The proof of the coupled level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupled: Option<CoupledRecord>,
}

/// The proof of a coupled level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CoupledRecord {
    /// Prices and multipliers are in units of one part in this many.
    pub scale: i64,
    /// Branches and leaves in depth-first order, the low case of a branch first.
    pub cases: Vec<CaseRecord>,
}

record!(CoupledRecord { scale, cases });

/// One branch or leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)] // told at Tree and Branch
pub enum CaseRecord {
    Leaf { multipliers: Vec<i64>, prices: Vec<i64> },
    Total { group: u32, at_most: i64 },
    Arc { item: u32, receives: u32 },
}

choice!(CaseRecord {
    1 => Leaf { multipliers, prices },
    2 => Total { group, at_most },
    3 => Arc { item, receives },
});

impl Codec for CertificateRecord<'_> {
    fn encode(&self, bytes: &mut Vec<u8>) {
        (self.prices.len() as u32).encode(bytes);
        self.prices.iter().for_each(|prices| prices.encode(bytes));
        self.coupled.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let prices = Cow::Owned(Codec::decode(reader)?);
        Ok(CertificateRecord { prices, coupled: Codec::decode(reader)? })
    }

    fn mix(&self, mixer: &mut Mixer) {
        mixer.word(self.prices.len() as u64);
        self.prices.iter().for_each(|prices| prices.mix(mixer));
        self.coupled.mix(mixer);
    }

    fn layout(all: &mut Layouts) -> String {
        all.record("CertificateRecord", |all| {
            let prices = Field { name: "prices", of: Vec::<Vec<i64>>::layout(all) };
            vec![prices, Field { name: "coupled", of: Option::<CoupledRecord>::layout(all) }]
        })
    }
}

impl<'a> From<&'a Certificate> for CertificateRecord<'a> {
    fn from(certificate: &'a Certificate) -> Self {
        let coupled = certificate.coupled.as_ref().map(|(scale, tree)| {
            let cases = listed(tree, cases).into_iter().map(case).collect();
            CoupledRecord { scale: *scale, cases }
        });
        CertificateRecord { prices: Cow::Borrowed(&certificate.prices), coupled }
    }
}

fn case(tree: &Tree) -> CaseRecord {
    match tree {
        Tree::Leaf { multipliers, prices } => {
            CaseRecord::Leaf { multipliers: multipliers.clone(), prices: prices.clone() }
        }
        &Tree::Branch { on: Branch::Total { group, at_most }, .. } => CaseRecord::Total { group, at_most },
        &Tree::Branch { on: Branch::Arc { taker, giver }, .. } => {
            CaseRecord::Arc { item: taker, receives: giver }
        }
    }
}

fn cases(tree: &Tree) -> Option<[&Tree; 2]> {
    match tree {
        Tree::Leaf { .. } => None,
        Tree::Branch { low, high, .. } => Some([low, high]),
    }
}

impl CertificateRecord<'_> {
    /// The certificate, or `None` when the cases are not those of one tree.
    pub fn into_certificate(self) -> Option<Certificate> {
        let coupled = match self.coupled {
            None => None,
            Some(record) => Some((record.scale, grown(record.cases.into_iter(), grow)?)),
        };
        Some(Certificate { prices: self.prices.into_owned(), coupled })
    }
}

fn grow(case: CaseRecord) -> Grown<Tree> {
    let on = match case {
        CaseRecord::Leaf { multipliers, prices } => return Grown::Leaf(Tree::Leaf { multipliers, prices }),
        CaseRecord::Total { group, at_most } => Branch::Total { group, at_most },
        CaseRecord::Arc { item, receives } => Branch::Arc { taker: item, giver: receives },
    };
    Grown::Branch(Box::new(move |low, high| Tree::Branch { on, low: Box::new(low), high: Box::new(high) }))
}
