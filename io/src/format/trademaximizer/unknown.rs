//! Wanted names that nobody gives, counted: each becomes one notice, however often it occurs.

use std::ops::Range;

use super::names::{Folder, NO_LIST, Names, PUBLIC};
use super::notices::{Flaw, Notices};
use super::scan::Scan;

/// One name.
#[derive(Clone, Copy, Debug)]
struct Unheard {
    start: u32,
    end: u32,
    scope: u32,
    count: u32,
}

/// The names, in the order of their first occurrence.
#[derive(Debug)]
pub(super) struct Unknown<'a> {
    names: Names<'a>,
    all: Vec<Unheard>,
}

impl<'a> Unknown<'a> {
    pub(super) fn new() -> Self {
        Unknown { names: Names::new(), all: Vec::new() }
    }

    /// Counts the name at `word`.
    pub(super) fn count(&mut self, text: &'a [u8], word: Range<usize>, scope: u32, folder: &mut Folder) {
        let (start, end) = (word.start as u32, word.end as u32);
        self.add(text, Unheard { start, end, scope, count: 1 }, folder);
    }

    /// Adds what a later part of the text counted.
    pub(super) fn append(&mut self, later: &Unknown<'a>, text: &'a [u8], folder: &mut Folder) {
        for &unheard in &later.all {
            self.add(text, unheard, folder);
        }
    }

    /// Tells of each name.
    pub(super) fn tell(&self, scan: &Scan<'_>, notices: &mut Notices) {
        let spelling = scan.spelling();
        for unheard in &self.all {
            if notices.is_full() {
                notices.drop_one();
                continue;
            }
            let name = &scan.text[unheard.start as usize..unheard.end as usize];
            let item = if unheard.scope == PUBLIC {
                spelling.item(name)
            } else {
                spelling.dummy(name, scan.users.get(unheard.scope as usize)).into()
            };
            notices.add(&Flaw::Unknown { item: &item, user: "", count: unheard.count });
        }
    }

    fn add(&mut self, text: &'a [u8], unheard: Unheard, folder: &mut Folder) {
        let name = &text[unheard.start as usize..unheard.end as usize];
        let (slot, _) = self.names.insert(name, unheard.scope, folder);
        if slot.item == NO_LIST {
            slot.item = self.all.len() as u32;
            self.all.push(unheard);
        } else {
            self.all[slot.item as usize].count += unheard.count;
        }
    }
}
