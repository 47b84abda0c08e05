//! A site in this process, on a disk that can be made to fail, with bounds of a test's own.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_io::http::serve;
use bartizan_io::journal::sim::{Faults, SimStorage};
use bartizan_io::journal::{RealmId, Storage};
use bartizan_io::server::access::Access;
use bartizan_io::server::audit::Audit;
use bartizan_io::server::host::Host;
use bartizan_io::server::site::{Bounds, Realm, Site};
use bartizan_io::server::thread::Settings;
use bartizan_io::server::tokens::Tokens;
use bartizan_tests::http::Client;
use bartizan_tests::program::Scratch;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A site with one realm, called `realm`.
pub(crate) struct Hosted {
    pub(crate) site: Arc<Site>,
    address: String,
    runtime: Option<Runtime>,
    /// Where its tokens are.
    pub(crate) scratch: Scratch,
}

impl Hosted {
    /// Serves what is on the disk.
    pub(crate) fn start(disk: &SimStorage, settings: Settings, bounds: Bounds) -> Self {
        let scratch = Scratch::new();
        let storage: Arc<dyn Storage> = Arc::new(disk.clone());
        let (host, _) = Host::start("realm", &storage, RealmId([7; 16]), settings).expect("the disk is well");
        let access = Access::new(Tokens::open(&scratch.at(".")).expect("there are none"), true);
        let log = scratch.at("log");
        let site = Arc::new(Site::new(vec![Realm { host, access, log, audit: Audit::none() }], bounds));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("the system gives threads");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("there is a free port");
        let address = listener.local_addr().expect("it has one").to_string();
        runtime.spawn(serve::accept(listener, Arc::clone(&site)));
        Hosted { site, address, runtime: Some(runtime), scratch }
    }

    /// On a disk of its own that is well.
    pub(crate) fn well(settings: Settings, bounds: Bounds) -> Self {
        Hosted::start(&SimStorage::new(7, Faults::default()), settings, bounds)
    }

    pub(crate) fn http(&self) -> Client {
        Client::connect(&self.address)
    }

    /// A bare connection, on which nothing is waited for longer than a minute.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_nodelay(true).expect("a socket takes that");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a socket takes that");
        stream
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.site.begin_to_stop();
        drop(self.runtime.take());
        self.site.stop();
    }
}

/// Waits for what is about to be.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_mins(1), "never came: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
