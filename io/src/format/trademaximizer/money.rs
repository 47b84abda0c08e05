//! Money in the Oz dialect: bids, spending limits, and what a want list may say of them.
//!
//! Amounts are read in hundredths. A round in which all of them are whole counts in whole units.

use std::ops::Range;

use bartizan_engine::{ItemKind, Round, User, limits};

use super::notices::{Flaw, Notices};
use super::text::{Fault, decode, words};

/// How finely amounts are read.
const DECIMALS: u8 = 2;
/// The hundredths in one.
const WHOLE: i64 = 100;
/// Largest amount that may be bid, asked, or set as a limit.
const MOST: i64 = 3000 * WHOLE;
const _: () = assert!(MOST <= limits::MAX_AMOUNT && DECIMALS <= limits::MAX_MONEY_DECIMALS);

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

/// The amount that `word` names, in hundredths.
pub(super) fn amount(text: &[u8], word: Range<usize>) -> Result<i64, Fault> {
    hundredths(&text[word.clone()]).filter(|&amount| amount <= MOST).ok_or_else(|| {
        let offence = format!("Error parsing amount \"{}\"", decode(&text[word.clone()]));
        Fault::new(word.start, &offence, "an amount from $0 to $3000 with at most two decimals, as in $52.75")
    })
}

/// The hundredths of `$52`, `$52.7` or `$52.75`.
fn hundredths(word: &[u8]) -> Option<i64> {
    let (whole, decimals) = match word.strip_prefix(b"$")? {
        [whole @ .., b'.', tenths] => (whole, [*tenths, b'0']),
        [whole @ .., b'.', tenths, hundredths] => (whole, [*tenths, *hundredths]),
        whole => (whole, *b"00"),
    };
    if whole.is_empty() || !whole.iter().chain(&decimals).all(u8::is_ascii_digit) {
        return None;
    }
    let append = |amount: i64, digit: &u8| amount.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    Some(whole.iter().chain(&decimals).fold(0, append))
}

/// Sets the unit of the amounts of `round`, which are in hundredths.
pub(super) fn set_unit(round: &mut Round<'_>) {
    let is_whole = |amount: &i64| amount % WHOLE == 0;
    let bids_are_whole = round.items.iter().all(|item| match &item.kind {
        ItemKind::Bid(amount) => is_whole(amount),
        ItemKind::Good | ItemKind::Dummy => true,
    });
    let limits_are_whole = round.users.iter().filter_map(|user| user.limit.as_ref()).all(is_whole);
    if !(bids_are_whole && limits_are_whole && round.wants.price.iter().all(is_whole)) {
        round.money_decimals = DECIMALS;
        return;
    }
    for item in &mut round.items {
        if let ItemKind::Bid(amount) = &mut item.kind {
            *amount /= WHOLE;
        }
    }
    let limits = round.users.iter_mut().filter_map(|user| user.limit.as_mut());
    limits.chain(&mut round.wants.price).for_each(|amount| *amount /= WHOLE);
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

/// Whether some line of `text` is a money bid, `(user) $N: ...`.
pub(super) fn is_bid_on(text: &[u8]) -> bool {
    memchr::memchr_iter(b'$', text).any(|at| {
        let before = text[..at].trim_ascii_end();
        let starts_line =
            |open: usize| before[..open].last().is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        before.len() < at
            && before.ends_with(b")")
            && memchr::memrchr2(b'(', b'\n', before)
                .is_some_and(|open| before[open] == b'(' && starts_line(open))
            && text.get(at + 1).is_some_and(u8::is_ascii_digit)
    })
}
