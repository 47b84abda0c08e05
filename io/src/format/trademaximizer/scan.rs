//! The first pass: one look at every line, in order. It takes options, official names and users,
//! and notes where each want list stands; every offence that ends the reading of a line as such is
//! found here. Cost O(text); it keeps 20 bytes for each list and copies no name.

use std::ops::Range;

use bartizan_engine::User;
use memchr::{memchr, memrchr};

use super::dialect::Dialect;
use super::heading::{self, Heading};
use super::money::{self, Given};
use super::names::{Folder, NOBODY, Names, PUBLIC};
use super::notices::{Flaw, Notices};
use super::options::Options;
use super::spelling::Spelling;
use super::text::{Fault, Line, Lines, decode, is_space, shown, trim};

/// Where a want list stands. Offsets fit: a text is smaller than 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub(super) line: u32,
    /// Its user, or [`NOBODY`].
    pub(super) user: u32,
    start: u32,
    name_end: u32,
    end: u32,
}

impl List {
    /// The item.
    pub(super) fn name(self) -> Range<usize> {
        self.start as usize..self.name_end as usize
    }

    /// What it is given for.
    pub(super) fn wants(self) -> Range<usize> {
        self.name_end as usize..self.end as usize
    }
}

/// An official name.
#[derive(Debug)]
pub(super) struct Official<'a> {
    pub(super) name: &'a [u8],
    pub(super) title: &'a [u8],
    /// Whether it has a want list.
    pub(super) used: bool,
}

/// What the lines say.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) text: &'a [u8],
    pub(super) dialect: &'static Dialect,
    pub(super) options: Options,
    pub(super) folder: Folder,
    /// The official names, if there is a block of them.
    pub(super) officials: Option<Vec<Official<'a>>>,
    /// Official names now, items later.
    pub(super) names: Names<'a>,
    pub(super) users: Vec<User<'a>>,
    pub(super) lists: Vec<List>,
    pub(super) notices: Notices,
    /// Lines with a name that is not UTF-8.
    pub(super) latin1: Vec<u32>,
    user_names: Names<'a>,
    last_user: (&'a [u8], u32),
    in_block: bool,
}

impl<'a> Scan<'a> {
    /// Scans `text`.
    pub(super) fn new(text: &'a [u8], dialect: &'static Dialect) -> Result<Scan<'a>, Fault> {
        let mut scan = Scan {
            text,
            dialect,
            options: Options::new(dialect),
            folder: Folder::new(!dialect.case_sensitive),
            officials: None,
            names: Names::new(),
            users: Vec::new(),
            lists: Vec::new(),
            notices: Notices::new(dialect),
            latin1: Vec::new(),
            user_names: Names::new(),
            last_user: (b"", NOBODY),
            in_block: false,
        };
        for line in Lines::new(text) {
            scan.line(&line)?;
        }
        Ok(scan)
    }

    /// How names are written in notices.
    pub(super) fn spelling(&self) -> Spelling {
        Spelling { dialect: self.dialect, folds: self.folder.folds }
    }

    fn line(&mut self, line: &Line) -> Result<(), Fault> {
        let range = trim(self.text, line.range.clone());
        let bytes = &self.text[range.clone()];
        let Some(&first) = bytes.first() else {
            return Ok(());
        };
        if first == b'#' {
            return if bytes.starts_with(b"#!") { self.option_line(range) } else { Ok(()) };
        }
        if let Some(at) = memchr(b'#', bytes) {
            self.check_hash(at, &range)?;
        }
        if first == b'!' && bytes.eq_ignore_ascii_case(b"!BEGIN-OFFICIAL-NAMES") {
            return self.begin_block(range.start);
        }
        if first == b'!' && bytes.eq_ignore_ascii_case(b"!END-OFFICIAL-NAMES") {
            let open = std::mem::take(&mut self.in_block);
            let offence = "!END-OFFICIAL-NAMES without matching !BEGIN-OFFICIAL-NAMES";
            return if open {
                Ok(())
            } else {
                Err(Fault::new(range.start, offence, "!BEGIN-OFFICIAL-NAMES first"))
            };
        }
        if self.in_block {
            self.official(line.number as u32, range)
        } else {
            self.list(line.number as u32, range)
        }
    }

    fn option_line(&mut self, range: Range<usize>) -> Result<(), Fault> {
        let expected = "all options in front of everything else";
        if !self.lists.is_empty() {
            let offence = "Options (#!...) cannot be declared after first real want list";
            return Err(Fault::new(range.start, offence, expected));
        }
        if self.officials.is_some() {
            let offence = "Options (#!...) cannot be declared after official names";
            return Err(Fault::new(range.start, offence, expected));
        }
        self.options.take(self.text, range.start + 2..range.end)?;
        self.folder = Folder::new(!self.options.display.case_sensitive);
        Ok(())
    }

    /// A `#` that does not begin its line may only stand in the description of an official name.
    fn check_hash(&self, at: usize, range: &Range<usize>) -> Result<(), Fault> {
        let at = range.start + at;
        if !self.in_block {
            let offence = "Comments (#...) cannot be used after beginning of line";
            return Err(Fault::new(at, offence, "a line that starts with #, or no # at all"));
        }
        if at < self.official_end(range) {
            return Err(Fault::new(at, "# symbol cannot be used in an item name", "a name without #"));
        }
        Ok(())
    }

    fn begin_block(&mut self, at: usize) -> Result<(), Fault> {
        if self.officials.is_some() {
            return Err(Fault::new(at, "Cannot begin official names more than once", "one block of them"));
        }
        if !self.lists.is_empty() {
            let offence = "Official names cannot be declared after first real want list";
            return Err(Fault::new(at, offence, "official names in front of all want lists"));
        }
        self.officials = Some(Vec::new());
        self.in_block = true;
        Ok(())
    }

    fn official_end(&self, range: &Range<usize>) -> usize {
        let ends = |&byte: &u8| is_space(byte) || byte == b':';
        self.text[range.clone()].iter().position(ends).map_or(range.end, |length| range.start + length)
    }

    fn official(&mut self, line: u32, range: Range<usize>) -> Result<(), Fault> {
        let text = self.text;
        match text[range.start] {
            b':' => return Err(Fault::new(range.start, "Line cannot begin with colon", "an item's name")),
            b'%' => {
                let offence = "Cannot give official names for dummy items";
                return Err(Fault::new(range.start, offence, "the name of an item that changes hands"));
            }
            _ => {}
        }
        let name = &text[range.start..self.official_end(&range)];
        self.note_encoding(name, line);
        let officials = self.officials.get_or_insert_default();
        let (slot, new) = self.names.insert(name, PUBLIC, &mut self.folder);
        if !new {
            let offence = format!("Official name {}+ already defined", shown(name, self.folder.folds));
            return Err(Fault::new(range.start, &offence, "each name once"));
        }
        slot.user = officials.len() as u32;
        let title = title(text, range.start + name.len()..range.end);
        officials.push(Official { name, title, used: false });
        Ok(())
    }

    fn list(&mut self, line: u32, range: Range<usize>) -> Result<(), Fault> {
        if self.options.official_names && self.officials.is_none() {
            let offence = "Missing official names with REQUIRE-OFFICIAL-NAMES selected";
            return Err(Fault::new(range.start, offence, "!BEGIN-OFFICIAL-NAMES in front of all want lists"));
        }
        let Heading { user, item, wants, colon } =
            heading::read(self.text, range, &self.options, self.dialect)?;
        let user = user.map_or(NOBODY, |user| self.user(&self.text[user], line));
        if !colon && self.options.colons {
            let user = self.users.get(user as usize).map_or("", |user| &user.name);
            self.notices.add(&Flaw::MissingColon { line, user });
        }
        if self.dialect.money
            && let Some(spender) = self.users.get_mut(user as usize)
            && let Given::Limit(amount) = money::given(self.text, &item, wants.clone(), &spender.name)?
        {
            if spender.limit.replace(amount).is_some() {
                self.notices.add(&Flaw::SecondLimit { user: &spender.name });
            }
            return Ok(());
        }
        let (start, name_end, end) = (item.start as u32, item.end as u32, wants.end as u32);
        self.lists.push(List { line, user, start, name_end, end });
        Ok(())
    }

    /// The user called `name`; lists of one user mostly follow each other.
    fn user(&mut self, name: &'a [u8], line: u32) -> u32 {
        if self.last_user.0 != name {
            self.note_encoding(name, line);
            let (slot, new) = self.user_names.insert(name, PUBLIC, &mut self.folder);
            if new {
                slot.item = self.users.len() as u32;
                self.users.push(User { name: decode(name), limit: None });
            }
            self.last_user = (name, slot.item);
        }
        self.last_user.1
    }

    fn note_encoding(&mut self, name: &[u8], line: u32) {
        if std::str::from_utf8(name).is_err() {
            self.latin1.push(line);
        }
    }
}

/// The description in `range`: between the outer quotes behind `==>`, else all but the mark in front.
fn title(text: &[u8], range: Range<usize>) -> &[u8] {
    let rest = &text[trim(text, range)];
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let rest = &rest[trim(rest, 0..rest.len())];
    let Some(behind) = rest.strip_prefix(b"==>") else {
        return rest;
    };
    match (memchr(b'"', behind), memrchr(b'"', behind)) {
        (Some(first), Some(last)) if first < last => &behind[first + 1..last],
        _ => &behind[trim(behind, 0..behind.len())],
    }
}
