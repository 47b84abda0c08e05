//! The second pass: the words of every list become wants.
//!
//! Words that a list repeats of an earlier one are taken over as a whole, see `again`.
//!
//! Most words are short plain names. They are gathered in small batches whose first probes into the
//! table do not depend on each other, so the processor waits for several cache lines at once; then
//! they are judged in order. Every other word takes the slow way, one at a time. Nothing is
//! allocated per word but the output.
//!
//! Lists do not depend on each other, so `parallel` may cut them into parts: the outcome is the same.

mod repeat;

use std::ops::Range;

use bartizan_engine::limits::MAX_COST;
use bartizan_engine::{ItemIndex, ItemKind};
use memchr::memchr;

use super::again::{Again, Pattern};
use super::items::Items;
use super::money;
use super::names::{Folder, Key, NO_LIST, NOBODY, PUBLIC};
use super::notices::{Flaw, Notices};
use super::options::Scheme;
use super::rank::{Rank, scale, too_costly};
use super::scan::List;
use super::taken::Taken;
use super::text::{Fault, ends_word, is_space, word_end};
use super::unknown::Unknown;

const BATCH: usize = 64;

/// The wants of some consecutive lists.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    /// How many wants each list has.
    pub(super) counts: Vec<u32>,
    pub(super) item: Vec<ItemIndex>,
    /// Empty without priorities.
    pub(super) cost: Vec<i64>,
    /// Empty without money.
    pub(super) price: Vec<i64>,
    pub(super) notices: Notices,
    pub(super) unknown: Unknown<'a>,
    /// Lines with a name that is not UTF-8.
    pub(super) latin1: Vec<u32>,
}

/// What stands in the text, on its way to items.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The list at this place begins, with words that were read before.
    List(u32, Again),
    /// A short name.
    Word(Word),
}

/// A short name.
#[derive(Clone, Copy, Debug)]
struct Word {
    key: Key,
    hash: u64,
    at: u32,
    length: u32,
    scope: u32,
    /// Semicolons in front of it.
    leaps: u32,
    /// Whether a later list may repeat it.
    kept: bool,
}

/// A word that later lists may repeat: where it stands in the wants, and what it stands for.
#[derive(Clone, Copy, Debug)]
struct Known {
    start: u32,
    length: u32,
    scope: u32,
    slot: Option<(u32, u32)>,
}

/// The list being read.
#[derive(Clone, Copy, Debug)]
struct Taker {
    item: u32,
    user: u32,
    dummy: bool,
    line: u32,
}

/// Reads lists into rows.
struct Reader<'t, 'a> {
    all: &'t Items<'a>,
    folder: Folder,
    rows: Rows<'a>,
    /// Where the wants of this list begin.
    begin: usize,
    taken: Taken,
    batch: Vec<Step>,
    pattern: Pattern,
    /// The words of the pattern.
    known: Vec<Known>,
    /// How many of the first of them are wants, one each, and where in the rows those begin.
    plain: usize,
    plain_begin: usize,
    taker: Taker,
    rank: Rank,
    last_at: usize,
}

/// Reads the lists at `places`.
pub(super) fn read<'a>(all: &Items<'a>, places: Range<usize>) -> Result<Rows<'a>, Fault> {
    let scan = &all.scan;
    let lists = &scan.lists[places.clone()];
    let span =
        lists.first().map_or(0, |list| list.wants().start)..lists.last().map_or(0, |list| list.wants().end);
    let likely = memchr::memchr_iter(b' ', &scan.text[span]).count();
    let of = |present: bool| Vec::with_capacity(if present { likely } else { 0 });
    let rows = Rows {
        counts: Vec::with_capacity(lists.len()),
        item: Vec::with_capacity(likely),
        cost: of(scan.options.scheme != Scheme::None),
        price: of(!all.bids.is_empty()),
        notices: Notices::new(scan.dialect),
        unknown: Unknown::new(),
        latin1: Vec::new(),
    };
    let mut reader = Reader {
        all,
        folder: scan.folder.clone(),
        rows,
        begin: 0,
        taken: Taken::new(all.made.len()),
        batch: Vec::with_capacity(BATCH),
        pattern: Pattern::new(),
        known: Vec::new(),
        plain: 0,
        plain_begin: 0,
        taker: Taker { item: NO_LIST, user: NOBODY, dummy: false, line: 0 },
        rank: Rank::first(&scan.options),
        last_at: 0,
    };
    for (place, list) in places.zip(lists) {
        reader.list(place as u32, *list)?;
    }
    reader.flush()?;
    reader.finish_list()?;
    Ok(reader.rows)
}

impl Reader<'_, '_> {
    /// Gathers the words of the list at `place`.
    fn list(&mut self, place: u32, list: List) -> Result<(), Fault> {
        let text = self.all.scan.text;
        let money = self.all.scan.dialect.money;
        let wants = list.wants();
        let again = self.pattern.begin(text, list);
        self.gather(Step::List(place, again))?;
        let (mut at, mut leaps) = (wants.start + again.length, 0);
        while at < wants.end {
            let byte = text[at];
            if is_space(byte) || byte == b':' {
                at += 1;
                continue;
            }
            if byte == b';' {
                self.pattern.close();
                leaps += 1;
                at += 1;
                continue;
            }
            let private = byte == b'%';
            let plain = !(private && list.user == NOBODY || money && byte == b'$');
            let short = if plain { self.folder.short(text, at) } else { None };
            if let Some((key, length)) = short.filter(|&(_, length)| ends_word(text, at + length, wants.end))
            {
                let scope = if private { list.user } else { PUBLIC };
                let hash = key.hash(scope);
                let kept = self.pattern.push(at + length - wants.start);
                let (at32, length32) = (at as u32, length as u32);
                self.gather(Step::Word(Word { key, hash, at: at32, length: length32, scope, leaps, kept }))?;
                at += length;
            } else {
                self.pattern.close();
                self.flush()?;
                self.rank.leap(leaps);
                let end = word_end(text, at, wants.end);
                self.slow(at..end)?;
                at = end;
            }
            leaps = 0;
        }
        Ok(())
    }

    #[inline]
    fn gather(&mut self, step: Step) -> Result<(), Fault> {
        self.batch.push(step);
        if self.batch.len() == BATCH { self.flush() } else { Ok(()) }
    }

    /// Looks the batch up and judges its words in order.
    fn flush(&mut self) -> Result<(), Fault> {
        let names = &self.all.scan.names;
        let touched = self.batch.iter().fold(0, |touched, step| match step {
            Step::List(..) => touched,
            Step::Word(word) => touched ^ names.touch(word.hash),
        });
        std::hint::black_box(touched);
        for at in 0..self.batch.len() {
            let word = match self.batch[at] {
                Step::Word(word) => word,
                Step::List(place, again) => {
                    self.finish_list()?;
                    self.begin_list(place);
                    self.repeat(again)?;
                    continue;
                }
            };
            let Word { key, hash, at, length, scope, leaps, kept } = word;
            self.rank.leap(leaps);
            let slot = names.find_short(key, hash, scope).map(|slot| (slot.item, slot.user));
            let count = self.rows.item.len();
            self.judge(slot, scope, at as usize..(at + length) as usize)?;
            if kept {
                let is_plain = self.plain == self.known.len() && self.rows.item.len() > count;
                self.plain += usize::from(is_plain);
                let start = at - self.wants_start();
                self.known.push(Known { start, length, scope, slot });
            }
        }
        self.batch.clear();
        Ok(())
    }

    fn begin_list(&mut self, place: u32) {
        let List { user, line, .. } = self.all.scan.lists[place as usize];
        let dummy = self.all.made[place as usize].kind == ItemKind::Dummy;
        self.taker = Taker { item: place, user, dummy, line };
        self.rank = Rank::first(&self.all.scan.options);
        self.begin = self.rows.item.len();
        self.taken.begin();
    }

    /// Where the wants of the list begun last start in the text.
    fn wants_start(&self) -> u32 {
        self.all.scan.lists[self.taker.item as usize].wants().start as u32
    }

    /// Closes the list that was begun last, if any was.
    fn finish_list(&mut self) -> Result<(), Fault> {
        if self.taker.item == NO_LIST {
            return Ok(());
        }
        if self.all.scan.options.scheme == Scheme::Scaled && !self.taker.dummy {
            scale(&mut self.rows.cost[self.begin..], self.last_at)?;
        }
        self.rows.counts.push((self.rows.item.len() - self.begin) as u32);
        Ok(())
    }

    /// A word that is long, not ASCII, annotated, money, or a dummy that nobody can have meant.
    fn slow(&mut self, word: Range<usize>) -> Result<(), Fault> {
        let scan = &self.all.scan;
        let text = scan.text;
        let mut name = word.clone();
        if scan.dialect.annotations
            && let Some(length) = memchr(b'=', &text[word.clone()])
        {
            match self.annotation(word.clone(), length)? {
                Some(rank) => self.rank.now = rank,
                None => return Ok(()),
            }
            name.end = name.start + length;
        }
        if scan.dialect.money && text[name.start] == b'$' {
            return self.bids(word);
        }
        let mut scope = PUBLIC;
        if text[name.start] == b'%' {
            scope = self.taker.user;
            if scope == NOBODY {
                let dummy = &scan.spelling().item(&text[name]);
                if let Some((list, _)) = &self.list_and_user() {
                    self.rows.notices.add(&Flaw::DummyNeedsUser { dummy, list });
                }
                return Ok(());
            }
        }
        if std::str::from_utf8(&text[name.clone()]).is_err()
            && self.rows.latin1.last() != Some(&self.taker.line)
        {
            self.rows.latin1.push(self.taker.line);
        }
        let key = self.folder.key(&text[name.clone()]);
        let slot = scan.names.find(key, scope, &self.folder).map(|slot| (slot.item, slot.user));
        self.judge(slot, scope, name)
    }

    /// The rank that `word` sets, whose first `=` stands behind `length` bytes.
    fn annotation(&mut self, word: Range<usize>, length: usize) -> Result<Option<i64>, Fault> {
        let scan = &self.all.scan;
        let digits = &scan.text[word.start + length + 1..word.end];
        let explicit = scan.options.scheme == Scheme::Explicit;
        let formed = length > 0 && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
        let number = digits
            .iter()
            .filter(|_| formed)
            .fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
        if explicit && number == i64::MAX {
            return Err(too_costly(word.start + length + 1));
        }
        if explicit && number >= 1 {
            return Ok(Some(number));
        }
        if let Some((list, _)) = &self.list_and_user() {
            let word = &scan.spelling().item(&scan.text[word]);
            self.rows.notices.add(&match (explicit, formed) {
                (false, _) => Flaw::NoAnnotation { word, list },
                (true, false) => Flaw::BadAnnotation { word, list },
                (true, true) => Flaw::AnnotationNotPositive { word, list },
            });
        }
        Ok(None)
    }

    /// `$N`: every bid of another user of at least that much.
    fn bids(&mut self, word: Range<usize>) -> Result<(), Fault> {
        let all = self.all;
        let asked = money::amount(all.scan.text, word.clone())?;
        for bid in all.bids.iter().take_while(|bid| bid.amount >= asked) {
            if bid.user != self.taker.user {
                if self.rows.item.len() >= money::MOST_WANTS {
                    let expected = format!("at most {} wants in a list with money", money::MOST_WANTS);
                    return Err(Fault::new(word.start, "too many bids answer too many amounts", &expected));
                }
                self.accept(bid.item, word.start, asked)?;
            }
        }
        Ok(())
    }

    /// Takes the item and user that `word` stands for, if it may be wanted here.
    #[inline]
    fn judge(&mut self, slot: Option<(u32, u32)>, scope: u32, word: Range<usize>) -> Result<(), Fault> {
        let Some((item, user)) = slot else {
            self.unknown(scope, word);
            return Ok(());
        };
        if item == NO_LIST {
            self.rank.step();
            return Ok(());
        }
        let taker = self.taker;
        let own = item == taker.item;
        let repeated = self.taken.has(item, &self.rows.item[self.begin..], self.taker.item);
        let same_user = scope == PUBLIC && user == taker.user && user != NOBODY;
        if !(own || repeated || same_user) {
            return self.accept(item, word.start, 0);
        }
        if (own || !repeated || self.all.scan.options.repeats)
            && let Some((list, user)) = &self.list_and_user()
        {
            let item = &self.spelled(scope, word);
            self.rows.notices.add(&match (own, repeated) {
                (true, _) => Flaw::OwnList { item, user },
                (_, true) => Flaw::Repeated { item, list, user },
                _ => Flaw::SameUser { item, list, user },
            });
        }
        Ok(())
    }

    #[inline]
    fn accept(&mut self, item: u32, at: usize, price: i64) -> Result<(), Fault> {
        let scan = &self.all.scan;
        if scan.options.scheme != Scheme::None {
            let cost = if self.taker.dummy { 0 } else { self.rank.cost(at)? };
            debug_assert!(scan.options.scheme == Scheme::Scaled || (0..=MAX_COST).contains(&cost));
            self.rows.cost.push(cost);
        }
        if !self.all.bids.is_empty() {
            self.rows.price.push(price);
        }
        self.rows.item.push(ItemIndex(item));
        self.taken.mark(&self.rows.item[self.begin..], self.taker.item);
        self.last_at = at;
        self.rank.step();
        Ok(())
    }

    #[cold]
    fn unknown(&mut self, scope: u32, word: Range<usize>) {
        if self.all.scan.dialect.money {
            if let Some((_, user)) = &self.list_and_user() {
                let item = &self.spelled(scope, word);
                self.rows.notices.add(&Flaw::Unknown { item, user, count: 1 });
            }
        } else {
            self.rows.unknown.count(self.all.scan.text, word, scope, &mut self.folder);
        }
    }

    /// The name at `word` as notices have it.
    fn spelled(&self, scope: u32, word: Range<usize>) -> String {
        let scan = &self.all.scan;
        let name = &scan.text[word];
        match scope {
            PUBLIC => scan.spelling().item(name).into_owned(),
            _ => scan.spelling().dummy(name, scan.users.get(scope as usize)),
        }
    }

    /// The item and user of this list as notices have them. Without room for another notice it
    /// counts one that is left out.
    fn list_and_user(&mut self) -> Option<(String, String)> {
        if self.rows.notices.is_full() {
            self.rows.notices.drop_one();
            return None;
        }
        let scan = &self.all.scan;
        let spelling = scan.spelling();
        let item = &self.all.made[self.taker.item as usize];
        let user = scan.users.get(self.taker.user as usize);
        let list = if self.taker.dummy && user.is_some() && scan.options.dummies {
            spelling.dummy(item.name.as_bytes(), user)
        } else {
            spelling.item(item.name.as_bytes()).into_owned()
        };
        Some((list, spelling.user(user)))
    }
}
