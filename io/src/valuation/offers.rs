//! Offers of an auction as evidence: each counts as a trade at its limit.

use bartizan_solver::valuation::{Evidence, Exchange, Rankings};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::reading::Reading;
use crate::alike;
use crate::auction::amount::Amount;
use crate::auction::offers::Draft;
use crate::auction::{exchange, rows};
use crate::format::ReadError;

/// Reads an instance of Gnosis or CoW, or JSON Lines; none if the text is neither.
///
/// # Errors
/// With line and column, as far as they are known, if it has an offer that is none, or no offers.
pub(super) fn reading(text: &[u8]) -> Result<Option<Reading>, ReadError> {
    let begin = text.trim_ascii_start();
    if !begin.starts_with(b"{") {
        return Ok(None);
    }
    if let Some(draft) = exchange::read(text)? {
        return of(&draft, true).map(Some);
    }
    if is_offer(begin.split(|&byte| byte == b'\n').next().unwrap_or_default()) {
        return of(&rows::json_lines(text)?, false).map(Some);
    }
    Ok(None)
}

/// Whether a line is an object that says what it sells.
fn is_offer(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Offer {
        #[serde(rename = "sells")]
        _sells: IgnoredAny,
    }
    serde_json::from_slice::<Offer>(line).is_ok()
}

/// What offers are evidence of; those of an instance are told by their number in it, others by their line.
fn of(draft: &Draft, is_instance: bool) -> Result<Reading, ReadError> {
    let offers = draft.offers();
    let mut lines = Vec::with_capacity(offers.len());
    let mut exchanges = Vec::with_capacity(offers.len());
    for offer in offers {
        let value = |asset: u32, amount: Amount| {
            let (_, decimals) = draft.assets()[asset as usize];
            amount.moved(decimals).value()
        };
        exchanges.push(Exchange {
            gives: offer.sells,
            gets: offer.buys,
            given: value(offer.sells, offer.amount),
            got: value(offer.buys, offer.at_least),
            weight: 1.0,
            time: 0.0,
        });
        lines.push(if is_instance { offer.row.number } else { offer.line });
    }
    let refused = |message: String| ReadError { line: 1, column: 1, message };
    if exchanges.is_empty() {
        return Err(refused("expected offers; it has none".to_owned()));
    }
    let goods: Vec<String> = draft.assets().iter().map(|(name, _)| name.clone()).collect();
    let evidence = Evidence::new(goods.len(), exchanges, Rankings::default())
        .map_err(|refusal| refused(refusal.to_string()))?;
    let notices = draft.notices.iter().cloned().chain(alike::told(&goods)).collect();
    Ok(Reading {
        kind: "offers",
        goods,
        evidence,
        lines,
        is_by_order: is_instance,
        notices,
        ..Reading::default()
    })
}
