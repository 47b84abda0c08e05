//! Between the passes: an item for each want list, in their order, and its name in the table.

use std::borrow::Cow;

use bartizan_engine::{Item, ItemKind, UserIndex, limits};

use super::money::{self, Bid};
use super::names::{MISPLACED, NO_LIST, NOBODY, PUBLIC};
use super::notices::Flaw;
use super::scan::{List, Scan};
use super::text::{Fault, decode, shown};

/// How many names are looked up ahead.
const BATCH: usize = 64;

/// The items, each with its list: `scan.lists[i]` is the list of item `i`.
#[derive(Debug)]
pub(super) struct Items<'a> {
    pub(super) scan: Scan<'a>,
    pub(super) made: Vec<Item<'a>>,
    /// By amount, the highest first; equal ones in the order of their lists.
    pub(super) bids: Vec<Bid>,
}

impl<'a> Items<'a> {
    /// Makes the items of all lists that count, and forgets the other lists.
    pub(super) fn new(mut scan: Scan<'a>) -> Result<Items<'a>, Fault> {
        let mut lists = std::mem::take(&mut scan.lists);
        scan.names.reserve(lists.len().min(limits::MAX_ITEMS));
        let made = Vec::with_capacity(lists.len().min(limits::MAX_ITEMS));
        let mut all = Items { scan, made, bids: Vec::new() };
        let mut kept = 0;
        for at in 0..lists.len() {
            if at % BATCH == 0 {
                all.look_ahead(&lists[at..lists.len().min(at + BATCH)]);
            }
            if all.place(lists[at])? {
                lists[kept] = lists[at];
                kept += 1;
            }
        }
        lists.truncate(kept);
        all.scan.lists = lists;
        money::default_limits(&mut all.scan.users, &all.bids, &mut all.scan.notices);
        all.bids.sort_by_key(|bid| std::cmp::Reverse(bid.amount));
        Ok(all)
    }

    /// Brings the places of the names of `lists` in the table into the cache. The loads do not depend
    /// on each other, so the processor waits for all at once and not for one after the other.
    fn look_ahead(&self, lists: &[List]) {
        let Scan { text, folder, names, .. } = &self.scan;
        let mut touched = 0;
        for list in lists {
            let at = list.name().start;
            if let Some((key, _)) = folder.short(text, at) {
                let scope = if text[at] == b'%' { list.user } else { PUBLIC };
                touched ^= names.touch(key.hash(scope));
            }
        }
        std::hint::black_box(touched);
    }

    /// Makes the item of `list`, or says why the list does not count.
    fn place(&mut self, list: List) -> Result<bool, Fault> {
        let text = self.scan.text;
        let name = &text[list.name()];
        let next = self.made.len() as u32;
        if next as usize == limits::MAX_ITEMS {
            let expected = format!("at most {}", limits::MAX_ITEMS);
            return Err(Fault::new(list.name().start, "there are too many want lists", &expected));
        }
        if self.scan.dialect.money && name[0] == b'$' {
            let amount = money::amount(text, list.name())?;
            self.bids.push(Bid { amount, user: list.user, item: next });
            let name = format!("{} bid {}", decode(name), self.bids.len());
            self.push(list, Cow::Owned(name), ItemKind::Bid(amount), b"");
            return Ok(true);
        }
        let kind = if name[0] == b'%' { ItemKind::Dummy } else { ItemKind::Good };
        let scope = self.scope(list, name);
        let scan = &mut self.scan;
        if scope == PUBLIC && scan.officials.is_some() {
            let key = scan.folder.key(name);
            if scan.names.find(key, PUBLIC, &scan.folder).is_none() {
                scan.notices.add(&Flaw::NotOfficial { item: &scan.spelling().item(name) });
                return Ok(false);
            }
        }
        let (slot, new) = scan.names.insert(name, scope, &mut scan.folder);
        if slot.item != NO_LIST {
            self.note_second(list, name, scope);
            return Ok(false);
        }
        slot.item = next;
        let official =
            if new { None } else { scan.officials.as_mut().map(|all| &mut all[slot.user as usize]) };
        slot.user = if scope == PUBLIC { list.user } else { scope };
        let title = official.map_or(&b""[..], |official| {
            official.used = true;
            official.title
        });
        if std::str::from_utf8(name).is_err() {
            scan.latin1.push(list.line);
        }
        self.push(list, decode(name), kind, title);
        Ok(true)
    }

    /// Who can name the item of `list`; notices a dummy that nobody can.
    fn scope(&mut self, list: List, name: &[u8]) -> u32 {
        if name[0] != b'%' {
            return PUBLIC;
        }
        let notices = &mut self.scan.notices;
        let dummy = &shown(name, self.scan.folder.folds);
        if list.user == NOBODY {
            notices.add(&Flaw::DummyWithoutUser { dummy });
        } else if !self.scan.options.dummies {
            notices.add(&Flaw::DummyNotAllowed { dummy });
        } else {
            return list.user;
        }
        MISPLACED
    }

    fn note_second(&mut self, list: List, name: &[u8], scope: u32) {
        let notices = &mut self.scan.notices;
        if notices.is_full() {
            return notices.drop_one();
        }
        let spelling = self.scan.spelling();
        let user = self.scan.users.get(list.user as usize);
        let item = if scope == list.user { spelling.dummy(name, user).into() } else { spelling.item(name) };
        self.scan.notices.add(&Flaw::SecondList { item: &item, user: &spelling.user(user) });
    }

    fn push(&mut self, list: List, name: Cow<'a, str>, kind: ItemKind, title: &'a [u8]) {
        let user = (list.user != NOBODY).then_some(UserIndex(list.user));
        self.made.push(Item { name, user, kind, title: decode(title) });
    }
}
