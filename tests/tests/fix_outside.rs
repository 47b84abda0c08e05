//! Two clients of `QuickFIX`, an outside FIX engine, against the built program. `BARTIZAN_PYTHON` names the Python that has `PyPI`'s `quickfix`; by default `python3`. Without it the test says so, and passes unless
//! `BARTIZAN_REQUIRE_OUTSIDE=1`.

use std::process::Command as Process;

use bartizan_tests::not_judged;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::workspace;

#[test]
fn quickfix_trades_reads_market_data_and_fills_gaps() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let commands = workspace().join("tests/realm/apples.jsonl");
    run(["run".as_ref(), commands.as_os_str(), "--data".as_ref(), data.as_os_str()]);
    let made = ["token", "add", "--agent", "2", "--data"].map(AsRef::as_ref);
    let token = run(made.into_iter().chain([data.as_os_str()])).out;
    let server = Server::start(&data, &["--fix", "127.0.0.1:0"]);
    let port = server.address("FIX").rsplit(':').next().expect("an address has a port");
    let python = std::env::var_os("BARTIZAN_PYTHON").unwrap_or_else(|| "python3".into());
    let folder = scratch.at("quickfix");
    std::fs::create_dir_all(&folder).expect("it can be made");
    let script = workspace().join("tests/fix/quickfix_clients.py");
    let mut clients = Process::new(python);
    clients.arg(script).arg(port).arg(&folder).arg(token.trim());
    let Ok(said) = clients.output() else { return not_judged("QuickFIX", "PyPI's `quickfix`") };
    let errors = String::from_utf8_lossy(&said.stderr);
    if said.status.code() == Some(77) {
        return not_judged("QuickFIX", "PyPI's `quickfix`");
    }
    assert!(said.status.success(), "{errors}");
    let told = "logged on\na snapshot\na fill\nreplaced and cancelled\nrefused\ngaps filled on both sides\n";
    assert_eq!(String::from_utf8_lossy(&said.stdout), told);
}
