//! The words of the page: text made safe for HTML, and how items, money and participants are named
//! and linked to.

use std::fmt::{self, Display, Write};
use std::io;

use bartizan_engine::{Item, ItemIndex, ItemKind};

use crate::report::Clearing;
use crate::report::sheets::Seat;
use crate::report::view::Participant;
use crate::report::words::grouped;

/// A text that stands in an element or a quoted attribute.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let special = |char: char| matches!(char, '&' | '<' | '>' | '"' | '\'') || char.is_control();
        let mut rest = self.0;
        while let Some(at) = rest.find(special) {
            out.write_str(&rest[..at])?;
            let char = rest[at..].chars().next().expect("a character was found here");
            match char {
                '&' => out.write_str("&amp;")?,
                '<' => out.write_str("&lt;")?,
                '>' => out.write_str("&gt;")?,
                '"' => out.write_str("&quot;")?,
                '\'' => out.write_str("&#39;")?,
                '\t' | '\n' | '\r' => out.write_char(' ')?,
                _ => out.write_char(char::REPLACEMENT_CHARACTER)?,
            }
            rest = &rest[at + char.len_utf8()..];
        }
        out.write_str(rest)
    }
}

/// What people call an item: its title where an official list gives one, else its name. Of
/// `==> 7. "Title" (from user)` the title alone is told.
pub(super) fn title<'a>(item: &'a Item<'_>) -> &'a str {
    let text = item.title.trim().trim_start_matches("==>").trim();
    let is_quoted = item.title.contains("==>") || text.starts_with('"');
    let inner = match (text.find('"'), text.rfind('"')) {
        (Some(start), Some(end)) if is_quoted && start + 1 < end => &text[start + 1..end],
        _ => text,
    };
    let inner = inner.strip_prefix("Alt Name: ").unwrap_or(inner);
    if inner.is_empty() { &item.name } else { inner }
}

/// What passes from one member of a ring to another.
pub(super) enum Passed<'a> {
    /// An item.
    Item(&'a Item<'a>),
    /// Money: the amount paid, and the most that was offered if that is more.
    Money(String, Option<String>),
}

impl<'a> Passed<'a> {
    /// What the member at `seat` gives.
    pub(super) fn given(clearing: &Clearing<'a>, seat: Seat) -> Self {
        Passed::new(clearing, clearing.hop(seat).item, clearing.taker(seat).price)
    }

    /// What the member at `seat` gets.
    pub(super) fn got(clearing: &Clearing<'a>, seat: Seat) -> Self {
        let hop = clearing.hop(seat);
        Passed::new(clearing, hop.receives, hop.price)
    }

    fn new(clearing: &Clearing<'a>, item: ItemIndex, price: i64) -> Self {
        let item = &clearing.round().items[item.at()];
        match item.kind {
            ItemKind::Bid(limit) => {
                Passed::Money(clearing.money(price), (price < limit).then(|| clearing.money(limit)))
            }
            ItemKind::Good | ItemKind::Dummy => Passed::Item(item),
        }
    }

    /// In plain text.
    pub(super) fn text(&self) -> String {
        match self {
            Passed::Item(item) => title(item).to_owned(),
            Passed::Money(price, _) => format!("{price} in money"),
        }
    }
}

/// As a table shows it: the title, and the name too where it differs.
impl Display for Passed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Passed::Item(item) => {
                let title = title(item);
                write!(out, "<bdi>{}</bdi>", Escaped(title))?;
                if title == item.name { Ok(()) } else { write!(out, " <code>{}</code>", Escaped(&item.name)) }
            }
            Passed::Money(price, Some(limit)) => {
                write!(out, "<b>{price}</b> in money <small>(offered up to {limit})</small>")
            }
            Passed::Money(price, None) => write!(out, "<b>{price}</b> in money"),
        }
    }
}

/// An item that stays with its owner, with its name beside a title if asked for.
pub(super) fn kept(clearing: &Clearing<'_>, item: ItemIndex, with_name: bool) -> String {
    let item = &clearing.round().items[item.at()];
    match item.kind {
        ItemKind::Bid(limit) => format!("an offer of up to {} in money", clearing.money(limit)),
        ItemKind::Good | ItemKind::Dummy if with_name => Passed::Item(item).to_string(),
        ItemKind::Good | ItemKind::Dummy => format!("<bdi>{}</bdi>", Escaped(title(item))),
    }
}

/// What people call a participant.
pub(super) fn participant_name<'a>(clearing: &Clearing<'a>, participant: Participant) -> &'a str {
    match participant {
        Participant::User(user) => &clearing.round().users[user.at()].name,
        Participant::Lone(item) => title(&clearing.round().items[item.at()]),
    }
}

/// The name of the place on the page that tells of a participant.
pub(super) struct Anchor(pub(super) Participant);

impl Display for Anchor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Participant::User(user) => write!(out, "u{}", user.0),
            Participant::Lone(item) => write!(out, "i{}", item.0),
        }
    }
}

/// A participant's name, as a link where there is something to link to.
pub(super) fn write_name(out: &mut impl io::Write, anchor: Option<&str>, name: &str) -> io::Result<()> {
    match anchor {
        Some(anchor) => write!(out, "<a href=\"#{anchor}\"><bdi>{}</bdi></a>", Escaped(name)),
        None => write!(out, "<b><bdi>{}</bdi></b>", Escaped(name)),
    }
}

/// `1 item`, `2 items`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_means_something_to_html_is_left() {
        let hostile = "<script>alert('x')</script>\u{0}\u{1b}\n&\"Å\"";
        assert_eq!(
            Escaped(hostile).to_string(),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\u{fffd}\u{fffd} &amp;&quot;Å&quot;"
        );
    }

    #[test]
    fn titles_are_taken_out_of_official_descriptions() {
        let told = |description: &str| {
            let name = "7-X".into();
            let item = Item { name, user: None, kind: ItemKind::Good, title: description.to_owned().into() };
            title(&item).to_owned()
        };
        assert_eq!(told("==> 24. \"Alt Name: Pix R$ 250,00\" (from Nesquik122)"), "Pix R$ 250,00");
        assert_eq!(told("\"Twilight\""), "Twilight");
        assert_eq!(told("The \"other\" one"), "The \"other\" one");
        assert_eq!(told("==> \""), "\"");
        assert_eq!(told("  "), "7-X");
    }
}
