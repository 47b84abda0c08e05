//! What all routes share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::server::site::{Realm, Site};

use super::copies::Copies;
use super::problem::Problem;

/// The most bytes that the body of a request may have.
pub const MOST_BODY: usize = 4 << 20;

/// The most commands of one request.
pub const MOST_COMMANDS: usize = 1_000;

/// The most proofs that are made at a time.
const MOST_PROVEN: usize = 4;

/// The door: the site it leads to.
#[derive(Clone, Debug)]
pub struct Door {
    site: Arc<Site>,
    copies: Arc<Copies>,
    proofs: Arc<Semaphore>,
}

impl Door {
    /// The door of a site.
    pub fn new(site: Arc<Site>) -> Self {
        let (copies, proofs) = (Arc::new(Copies::new(&site)), Arc::new(Semaphore::new(MOST_PROVEN)));
        Door { site, copies, proofs }
    }

    /// Copies of its realms, on which things are tried.
    pub fn copies(&self) -> &Arc<Copies> {
        &self.copies
    }

    /// The turns of those for whom something is proven: others wait.
    pub fn proofs(&self) -> &Arc<Semaphore> {
        &self.proofs
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
