//! `schemathesis`, an outside judge of HTTP interfaces, against the built program: it makes requests of the description, sound and unsound, and judges the answers by it.
//!
//! `BARTIZAN_SCHEMATHESIS` names the program; by default it is `schemathesis`. Without it the test says so, and passes unless `BARTIZAN_REQUIRE_OUTSIDE=1`. It tries each operation some times;
//! `BARTIZAN_EXAMPLES=20000` says how often.

use std::process::Command as Process;
use std::sync::Arc;

use bartizan_io::journal::Directory;
use bartizan_io::node::History;
use bartizan_io::node::history::digest;
use bartizan_tests::program::Scratch;
use bartizan_tests::server::Server;
use bartizan_tests::{not_judged, workspace};

use bartizan_tests::stage::set_up;

/// What it is to look for. Feeds, which do not end, are left out.
const ASKED: &[&str] = &[
    "--phases=examples,coverage,fuzzing",
    "--exclude-path-regex=(feed|events)$",
    "--seed=1",
    "--continue-on-failure",
    // What is described may still be refused: by the realm, for what there is and is not.
    "--exclude-checks=positive_data_acceptance",
    "--no-color",
];

#[test]
fn schemathesis_finds_no_fault_and_nothing_is_lost() {
    let program = std::env::var_os("BARTIZAN_SCHEMATHESIS").unwrap_or_else(|| "schemathesis".into());
    let examples = std::env::var("BARTIZAN_EXAMPLES").unwrap_or_else(|_| "5".to_owned());
    let version = Process::new(&program).arg("--version").output();
    if !version.is_ok_and(|said| said.status.success()) {
        return not_judged("schemathesis", "PyPI's `schemathesis`");
    }
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let server = Server::start(&data, &[]);
    set_up(&mut server.http());
    let mut judge = Process::new(&program);
    judge.arg("--config-file").arg(workspace().join("tests/http/schemathesis.toml"));
    judge.args(["run", &format!("http://{}/openapi.json", server.http_address())]).args(ASKED);
    judge.args(["--max-examples", &examples]).current_dir(scratch.at("."));
    let said = judge.output().expect("it was there a moment ago");
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.status.success(), "{out}{err}");
    let seen = server.http().get("/v1/realms/realm?digest=true").expect(200);
    assert_eq!(server.stop(), 0);
    let storage = Directory::open_to_read(&data).expect("the journal is there");
    let (realm, _) =
        History::from_start(Arc::new(storage)).and_then(|it| it.run(None, |_| ())).expect("it is sound");
    assert_eq!(
        (&seen["sequence"], &seen["digest"]),
        (&realm.sequence().0.into(), &digest(&realm).to_hex().to_string().into())
    );
}
