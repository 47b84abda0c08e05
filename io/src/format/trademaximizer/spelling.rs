//! How names are written in notices: in upper case where case is folded away, users in parentheses
//! and dummies with their user, as the program of the dialect has them in memory.

use std::borrow::Cow;

use bartizan_engine::User;

use super::dialect::Dialect;
use super::text::shown;

/// The spelling of one text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling {
    pub(super) dialect: &'static Dialect,
    pub(super) folds: bool,
}

impl Spelling {
    /// An item.
    pub(super) fn item(self, name: &[u8]) -> Cow<'_, str> {
        shown(name, self.folds)
    }

    /// A user, or nothing for nobody.
    pub(super) fn user(self, user: Option<&User<'_>>) -> String {
        match user {
            None => String::new(),
            Some(user) if self.dialect.money => user.name.to_string(),
            Some(user) if self.folds => format!("({})", user.name.to_uppercase()),
            Some(user) => format!("({})", user.name),
        }
    }

    /// A dummy of a user.
    pub(super) fn dummy(self, name: &[u8], user: Option<&User<'_>>) -> String {
        let of = if self.dialect.money { "for" } else { "for user" };
        format!("{} {of} {}", self.item(name), self.user(user))
    }
}
