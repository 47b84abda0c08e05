//! What all routes share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::server::site::{Realm, Site};

use super::problem::Problem;

/// The most bytes that the body of a request may have.
pub const MOST_BODY: usize = 4 << 20;

/// The most commands of one request.
pub const MOST_COMMANDS: usize = 1_000;

/// The door: the site it leads to.
#[derive(Clone, Debug)]
pub struct Door {
    site: Arc<Site>,
    copies: Arc<Semaphore>,
}

impl Door {
    /// The door of a site.
    pub fn new(site: Arc<Site>) -> Self {
        Door { site, copies: Arc::new(Semaphore::new(1)) }
    }

    /// The turn of the one who tries something on a copy.
    pub fn copies(&self) -> &Arc<Semaphore> {
        &self.copies
    }

    /// Where it leads to.
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// The place of the realm of a name; of the first, of none.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn place(&self, name: &str) -> Result<usize, Problem> {
        self.site.place(name).ok_or_else(|| Problem::not_found(format!("there is no realm {name} here")))
    }

    /// The realm at a place.
    pub fn realm(&self, place: usize) -> &Realm {
        &self.site.realms()[place]
    }
}
