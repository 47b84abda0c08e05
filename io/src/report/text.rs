//! The text that `TradeMaximizer` 1.3c writes, for people and programs that read it today: the same
//! sections, lines and columns in the same order. Names are in capitals unless the list says they
//! are told apart by case; dummies are left out.
//!
//! It differs in three places: the first line names this program, there are no lines about
//! iterations because there are none, and the wants shown within a dummy's list cost 1.
//!
//! Cost O(items log items); the item summary is held in memory to be sorted.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::time::Duration;

use bartizan_engine::{Hop, ItemIndex, ItemKind};
use bartizan_solver::Components;

use super::view::{Clearing, percent};

/// Writes the whole text. `elapsed` is shown where the list asks for it.
///
/// # Errors
/// When `out` fails.
pub fn write(out: &mut impl Write, clearing: &Clearing<'_>, elapsed: Option<Duration>) -> io::Result<()> {
    let display = &clearing.reading.display;
    let names = Names::new(clearing);
    write_head(out, clearing)?;
    if display.wants {
        write_wants(out, clearing, &names)?;
    }
    if display.loops {
        write_loops(out, clearing, &names)?;
    }
    if display.summary {
        write_summary(out, clearing, &names)?;
    }
    write_statistics(out, clearing)?;
    if let (true, Some(elapsed)) = (display.elapsed_time, elapsed) {
        writeln!(out, "Elapsed time = {}ms", elapsed.as_millis())?;
    }
    Ok(())
}

/// Names as shown, and the width to which they are filled up.
struct Names<'a> {
    clearing: &'a Clearing<'a>,
    width: usize,
}

/// An item with its user, in the order that the list asks for.
struct Shown<'a> {
    first: Cow<'a, str>,
    second: Option<Cow<'a, str>>,
    user_first: bool,
}

impl<'a> Names<'a> {
    fn new(clearing: &'a Clearing<'a>) -> Self {
        let mut names = Names { clearing, width: 1 };
        names.width = names.tradable().map(|item| names.show(item).width()).max().unwrap_or(1);
        names
    }

    fn tradable(&self) -> impl Iterator<Item = ItemIndex> {
        let items = &self.clearing.round().items;
        (0..items.len())
            .filter(|&index| items[index].kind != ItemKind::Dummy)
            .map(|index| ItemIndex(index as u32))
    }

    fn case<'n>(&self, name: &'n str) -> Cow<'n, str> {
        let is_capital = |byte: u8| byte.is_ascii() && !byte.is_ascii_lowercase();
        if self.clearing.reading.display.case_sensitive || name.bytes().all(is_capital) {
            Cow::Borrowed(name)
        } else {
            Cow::Owned(name.to_uppercase())
        }
    }

    fn show(&self, item: ItemIndex) -> Shown<'a> {
        let name = self.case(self.clearing.item_name(item));
        let Some(user) = self.clearing.user_name(item) else {
            return Shown { first: name, second: None, user_first: false };
        };
        let user = self.case(user);
        if self.clearing.reading.display.sort_by_item {
            Shown { first: name, second: Some(user), user_first: false }
        } else {
            Shown { first: user, second: Some(name), user_first: true }
        }
    }
}

impl Shown<'_> {
    /// The width as Java counts it, in UTF-16 units.
    fn width(&self) -> usize {
        let units = |text: &str| if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
        units(&self.first) + self.second.as_ref().map_or(0, |second| units(second) + "() ".len())
    }

    /// Spaces that fill the name up to `width`.
    fn padding(&self, width: usize) -> usize {
        width.saturating_sub(self.width())
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.second, self.user_first) {
            (None, _) => formatter.write_str(&self.first),
            (Some(item), true) => write!(formatter, "({}) {item}", self.first),
            (Some(user), false) => write!(formatter, "{} ({user})", self.first),
        }
    }
}

fn write_head(out: &mut impl Write, clearing: &Clearing<'_>) -> io::Result<()> {
    let reading = clearing.reading;
    writeln!(out, "Bartizan {} (TradeMaximizer format)", env!("CARGO_PKG_VERSION"))?;
    if !reading.options.is_empty() {
        writeln!(out, "Options: {}", reading.options.join(" "))?;
    }
    writeln!(out)?;
    if reading.display.missing && !reading.missing.is_empty() {
        for name in &reading.missing {
            writeln!(out, "**** Missing want list for official name {name}")?;
        }
        writeln!(out)?;
    }
    if reading.display.errors && !reading.notices.is_empty() {
        writeln!(out, "ERRORS:")?;
        for notice in &reading.notices {
            writeln!(out, "{notice}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// The lists reduced to wants within one strongly connected component: no other can be in a ring.
fn write_wants(out: &mut impl Write, clearing: &Clearing<'_>, names: &Names<'_>) -> io::Result<()> {
    let round = clearing.round();
    let wants = &round.wants;
    let range = |item: usize| wants.range(ItemIndex(item as u32));
    let component = Components::find(round.items.len(), range, |want| Some(wants.item[want].at())).of;

    if round.nontrade_cost != 1_000_000_000 {
        writeln!(out, "#! NONTRADE-COST={}", round.nontrade_cost)?;
    }
    if clearing.has_ranks() {
        writeln!(out, "#! EXPLICIT-PRIORITIES")?;
    }
    if clearing.reading.options.iter().any(|option| option == "ALLOW-DUMMIES") {
        writeln!(out, "#! ALLOW-DUMMIES")?;
    }
    for item in 0..round.items.len() {
        let mut kept =
            range(item).filter(|&want| component[wants.item[want].at()] == component[item]).peekable();
        if kept.peek().is_none() {
            continue;
        }
        let item_index = ItemIndex(item as u32);
        if let Some(user) = clearing.user_name(item_index) {
            write!(out, "({}) ", names.case(user))?;
        }
        write!(out, "{}:", names.case(clearing.item_name(item_index)))?;
        for want in kept {
            write!(out, " {}", names.case(clearing.item_name(wants.item[want])))?;
            if clearing.has_ranks() {
                write!(out, "={}", wants.cost(want).max(1))?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_loops(out: &mut impl Write, clearing: &Clearing<'_>, names: &Names<'_>) -> io::Result<()> {
    writeln!(out, "TRADE LOOPS ({} total trades):\n", clearing.figures.items_traded)?;
    for ring in &clearing.rings {
        for Hop { item, receives, .. } in ring {
            let (item, receives) = (names.show(*item), names.show(*receives));
            writeln!(out, "{item}{:1$} receives {receives}", "", item.padding(names.width))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn write_summary(out: &mut impl Write, clearing: &Clearing<'_>, names: &Names<'_>) -> io::Result<()> {
    let width = names.width;
    let mut lines: Vec<String> = Vec::with_capacity(clearing.figures.items);
    for ring in &clearing.rings {
        let mut sends_to = ring.last().map(|last| names.show(last.item));
        for hop in ring {
            let (item, receives) = (names.show(hop.item), names.show(hop.receives));
            let (item_pad, receives_pad) = (item.padding(width), receives.padding(width));
            let taker = sends_to.as_ref().expect("a ring has members");
            lines.push(format!(
                "{item}{:item_pad$} receives {receives}{:receives_pad$} and sends to {taker}",
                "", ""
            ));
            sends_to = Some(item);
        }
    }
    if clearing.reading.display.nontrades {
        for item in names.tradable().filter(|&item| clearing.outcome.takes[item.at()] == item) {
            let item = names.show(item);
            lines.push(format!("{item}{:1$}             does not trade", "", item.padding(width)));
        }
    }
    sort_as_java(&mut lines);

    writeln!(out, "ITEM SUMMARY ({} total trades):\n", clearing.figures.items_traded)?;
    for line in lines {
        writeln!(out, "{line}")?;
    }
    writeln!(out)
}

fn write_statistics(out: &mut impl Write, clearing: &Clearing<'_>) -> io::Result<()> {
    let figures = &clearing.figures;
    write!(out, "Num trades  = {} of {} items", figures.items_traded, figures.items)?;
    if figures.items > 0 {
        write!(out, " ({:.1}%)", percent(figures.items_traded, figures.items))?;
    }
    writeln!(out)?;
    if !clearing.reading.display.stats {
        return Ok(());
    }
    write!(out, "Total cost  = {}", figures.total_cost)?;
    if figures.items_traded > 0 {
        write!(out, " (avg {:.2})", figures.total_cost as f64 / figures.items_traded as f64)?;
    }
    writeln!(out, "\nNum groups  = {}", clearing.rings.len())?;
    write!(out, "Group sizes =")?;
    for size in &figures.ring_sizes {
        write!(out, " {size}")?;
    }
    writeln!(out, "\nSum squares = {}", figures.sum_of_squares)
}

/// Sorts as Java sorts strings: by UTF-16 unit. UTF-8 bytes have that order too, but for characters
/// beyond U+FFFF, which come before those from U+E000 on.
fn sort_as_java(lines: &mut [String]) {
    if lines.iter().any(|line| line.bytes().any(|byte| byte >= 0xF0)) {
        lines.sort_unstable_by(|a, b| in_utf16_order(a, b));
    } else {
        lines.sort_unstable();
    }
}

fn in_utf16_order(a: &str, b: &str) -> Ordering {
    let unit_order = |byte: u8| if matches!(byte, 0xEE | 0xEF) { 0xFF } else { byte };
    let differ = a.bytes().zip(b.bytes()).find(|(a, b)| a != b);
    differ.map_or(a.len().cmp(&b.len()), |(a, b)| unit_order(a).cmp(&unit_order(b)).then(a.cmp(&b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Sample;

    fn text(sample: &Sample) -> String {
        let mut out = Vec::new();
        write(&mut out, &sample.clearing(), Some(Duration::from_millis(17))).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_whole_text_of_a_small_round() {
        let mut sample = Sample::fair();
        sample.reading.display.missing = true;
        sample.reading.display.elapsed_time = true;
        let expected = include_str!("text.expected.txt").replace("VERSION", env!("CARGO_PKG_VERSION"));
        assert_eq!(text(&sample), expected);
    }

    #[test]
    fn every_part_can_be_hidden() {
        let mut sample = Sample::fair();
        let display = &mut sample.reading.display;
        (display.errors, display.loops, display.summary, display.stats) = (false, false, false, false);
        let text = text(&sample);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            ["Options: LINEAR-PRIORITIES ALLOW-DUMMIES", "", "Num trades  = 6 of 8 items (75.0%)"]
        );
    }

    #[test]
    fn items_come_first_and_case_is_kept_where_the_list_says_so() {
        let mut sample = Sample::fair();
        let display = &mut sample.reading.display;
        (display.case_sensitive, display.sort_by_item, display.nontrades) = (true, true, false);
        let text = text(&sample);
        assert!(text.contains("\na1 (ann b) receives d1 (dée)   and sends to $40 (bob)\n"), "{text}");
        assert!(!text.contains("does not trade"), "{text}");
    }

    #[test]
    fn only_wants_that_can_be_in_a_ring_are_shown() {
        let mut sample = Sample::fair();
        sample.reading.display.wants = true;
        let text = text(&sample);
        let start = text.find("#!").unwrap();
        let wants = &text[start..text.find("TRADE LOOPS").unwrap()];
        let expected = "#! EXPLICIT-PRIORITIES\n#! ALLOW-DUMMIES\n(ANN B) A1: D1=1\n(CY) %X: E1=1\n(CY) C1: $40=1\n\
                        (DÉE) D1: A1=1 C1=2\n(BOB) $40: A1=1\n(CY) C2: %X=2\n(EVE) E1: C2=1\n";
        assert_eq!(wants, expected);
    }

    #[test]
    fn an_empty_round_has_no_percentage() {
        let text = text(&Sample::empty());
        assert!(text.ends_with(
            "Num trades  = 0 of 0 items\nTotal cost  = 0\nNum groups  = 0\nGroup sizes =\nSum squares = 0\n"
        ));
    }

    #[test]
    fn strings_are_ordered_as_java_orders_them() {
        let texts = ["", "A", "AB", "É", "ЖЖ", "\u{D7FF}", "\u{1F600}", "\u{10FFFF}", "\u{E000}", "\u{FF21}"];
        for a in texts {
            for b in texts {
                assert_eq!(in_utf16_order(a, b), a.encode_utf16().cmp(b.encode_utf16()), "{a:?} and {b:?}");
            }
        }
    }
}
