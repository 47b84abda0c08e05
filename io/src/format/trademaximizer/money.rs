//! Money in the Oz dialect: bids, spending limits, and what a want list may say of them.

use std::ops::Range;

use bartizan_engine::User;

use super::notices::{Flaw, Notices};
use super::text::{Fault, decode, words};

/// Largest amount that may be bid, asked, or set as a limit.
const MOST: i64 = 3000;

/// Most wants in a round with money: an amount stands for many bids, so a short text could ask for
/// more wants than there is memory.
pub(super) const MOST_WANTS: usize = 1 << 24;

/// What a line of the Oz dialect gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// An item or a dummy.
    Item,
    /// Money.
    Bid,
    /// Nothing: it sets the user's spending limit.
    Limit(i64),
}

/// An offer to pay up to `amount` for one of the wants of `item`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bid {
    pub(super) amount: i64,
    pub(super) user: u32,
    pub(super) item: u32,
}

/// The amount that `word` names.
pub(super) fn amount(text: &[u8], word: Range<usize>) -> Result<i64, Fault> {
    let digits = text[word.clone()].strip_prefix(b"$").unwrap_or_default();
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    digits.parse().ok().filter(|amount| (0..=MOST).contains(amount)).ok_or_else(|| {
        let offence = format!("Error parsing amount \"{}\"", decode(&text[word.clone()]));
        Fault::new(word.start, &offence, "an amount from $0 to $3000 in whole units")
    })
}

/// What the line gives whose item and wants stand at these ranges; refuses money where it may not be.
pub(super) fn given(
    text: &[u8],
    item: &Range<usize>,
    wants: Range<usize>,
    user: &str,
) -> Result<Given, Fault> {
    let name = &text[item.clone()];
    if name.eq_ignore_ascii_case(b"LIMIT") {
        let mut said = words(text, wants);
        return match (said.next(), said.next()) {
            (Some(word), None) => Ok(Given::Limit(amount(text, word)?)),
            (word, second) => {
                let at = second.or(word).unwrap_or_else(|| item.clone()).start;
                let offence = format!("{user} has a nonsense spending limit");
                Err(Fault::new(at, &offence, "exactly one amount, as in `(user) LIMIT: $50`"))
            }
        };
    }
    let is_bid = name[0] == b'$';
    if is_bid {
        amount(text, item.clone())?;
    }
    let allowed = usize::from(!is_bid && name[0] != b'%');
    let amounts = || words(text, wants.clone()).filter(|word| text[word.start] == b'$');
    if let Some(excess) = amounts().nth(allowed) {
        let expected = "at most one amount in the list of an item, and none in the list of a dummy or a bid";
        return Err(Fault::new(excess.start, "too complicated", expected));
    }
    if let Some(word) = amounts().next() {
        amount(text, word)?;
    }
    Ok(if is_bid { Given::Bid } else { Given::Item })
}

/// Gives each user with bids and no limit the highest bid as limit.
pub(super) fn default_limits(users: &mut [User<'_>], bids: &[Bid], notices: &mut Notices) {
    let mut highest = vec![(0, 0_i64); users.len()];
    for bid in bids {
        let (count, amount) = &mut highest[bid.user as usize];
        *count += 1;
        *amount = bid.amount.max(*amount);
    }
    for (user, (count, amount)) in users.iter_mut().zip(highest) {
        if count > 0 && user.limit.is_none() {
            user.limit = Some(amount);
            if count > 1 {
                notices.add(&Flaw::DefaultLimit { user: &user.name, bids: count });
            }
        }
    }
}
