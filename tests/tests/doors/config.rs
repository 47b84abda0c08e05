//! What `bartizan serve` is told by a file: as by flags, which count before it; and what it refuses, with the place.

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;

#[test]
fn a_file_says_what_flags_say_and_flags_count_before_it() {
    let scratch = Scratch::new();
    let data = scratch.at("realm");
    let said = format!("data = [\"shop={}\"]\nclosed = true\nfix = \"127.0.0.1:0\"\n", data.display());
    let file = scratch.file("serve.toml", said);
    let file = file.to_str().expect("a plain name");
    // The harness says by a flag where the realm is, so the file's name for it does not count.
    let server = Server::start(&data, &["--config", file]);
    assert!(server.address("FIX").starts_with("127.0.0.1:"), "it is spoken since the file says so");
    server.http().get("/v1/realms/realm").problem(401);
    assert_eq!(server.stop(), 0);
    let server = Server::start(&data, &["--config", file, "--closed=false"]);
    server.http().get("/v1/realms/realm").expect(200);
    server.http().get("/v1/realms/shop").problem(404);
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_file_that_is_not_understood_is_refused_with_its_place() {
    let scratch = Scratch::new();
    for (said, told) in [
        (
            "data = [\"a\"]\nhtpp = \"127.0.0.1:0\"\n",
            "line 2, column 1: unknown field `htpp`; did you mean `http`?",
        ),
        ("tcp = 7400\n", "line 1, column 7: a text in quotation marks is expected, not 7400"),
    ] {
        let file = scratch.file("serve.toml", said);
        let file = file.to_str().expect("a plain name");
        let refused = run(["serve", "--config", file]).refused(1);
        assert_eq!(refused, format!("bartizan: {file}: {told}\n"));
    }
    let file = scratch.file("serve.toml", "closed = true\n");
    let refused = run(["serve", "--config", file.to_str().expect("a plain name")]).refused(2);
    assert!(refused.contains("expected a realm's directory"), "{refused}");
    let absent = scratch.at("absent.toml");
    run(["serve", "--config", absent.to_str().expect("a plain name")]).refused(1);
    assert!(run(["serve"]).refused(2).contains("--data"), "with nothing it says what it needs");
}
