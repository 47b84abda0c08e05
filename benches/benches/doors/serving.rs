//! A server in this process, over a Unix socket, and who signs in to it.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::Envelope;
use bartizan_io::journal::{Directory, RealmId, Storage};
use bartizan_io::server::access::Access;
use bartizan_io::server::audit::Audit;
use bartizan_io::server::binary;
use bartizan_io::server::host::Host;
use bartizan_io::server::site::{Bounds, Realm, Site};
use bartizan_io::server::thread::Settings;
use bartizan_io::server::tokens::Tokens;
use bartizan_io::server::visitor::Peer;
use bartizan_io::wire::client::{Client, Message, SignIn};
use tokio::net::UnixListener;
use tokio::runtime::Runtime;

use crate::workload::founding;

/// The id of realms that are measured.
pub(crate) const ID: RealmId = RealmId(*b"a benched realm.");

/// A server with a founded realm.
pub(crate) struct Serving {
    site: Arc<Site>,
    path: PathBuf,
    runtime: Option<Runtime>,
}

impl Serving {
    pub(crate) fn start(folder: &Path, bounds: Bounds) -> Self {
        std::fs::create_dir_all(folder).expect("the folder can be made");
        let storage: Arc<dyn Storage> = Arc::new(Directory::open(folder).expect("the folder can be opened"));
        let (host, _) = Host::start("benched", &storage, ID, Settings::default()).expect("it is new");
        let tokens = Tokens::open(folder).expect("there are none");
        let (access, log) = (Access::new(tokens, true), folder.join("log"));
        let site = Arc::new(Site::new(vec![Realm { host, access, log, audit: Audit::none() }], bounds));
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("the system gives threads");
        let path = folder.with_extension("sock");
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&path).expect("the socket can be made")
        };
        let serving = Arc::clone(&site);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(binary::serve(stream, Arc::clone(&serving), Peer::UNIX));
            }
        });
        let serving = Serving { site, path, runtime: Some(runtime) };
        let mut client = serving.sign_in();
        let founding = founding();
        client.send(&founding).expect("it is sent");
        take(&mut client, founding.len());
        serving
    }

    pub(crate) fn sign_in(&self) -> Client<UnixStream> {
        let stream = UnixStream::connect(&self.path).expect("it listens");
        Client::sign_in(stream, &SignIn::local(AgentId::REALM)).expect("it is let in")
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.site.begin_to_stop();
        drop(self.runtime.take());
        self.site.stop();
    }
}

/// Waits for so many answers, all of which must be that it was carried out.
pub(crate) fn take(client: &mut Client<UnixStream>, count: usize) {
    let mut left = count;
    while left > 0 {
        match client.receive().expect("the server goes on") {
            Message::Answers { answers, .. } => {
                assert!(answers.iter().all(|answer| answer.answer.get() == 0), "what is sent is carried out");
                left -= answers.len();
            }
            Message::Heartbeat => client.heartbeat().expect("the server goes on"),
            Message::Told(_) => {}
            Message::Retry { .. } => panic!("no more is sent than there is room for"),
        }
    }
}

/// Frames of commands that have been put together already.
pub(crate) fn frames(envelopes: &[Envelope], together: usize) -> Vec<Vec<u8>> {
    let mut next = 1;
    let frame = |batch: &[Envelope]| {
        let mut frame = Vec::new();
        let taken = bartizan_io::wire::commands::write(&mut frame, next, batch);
        assert_eq!(taken, batch.len(), "a batch fits a frame");
        next += taken as u64;
        frame
    };
    envelopes.chunks(together).map(frame).collect()
}
