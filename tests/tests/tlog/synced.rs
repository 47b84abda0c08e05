//! What `log checkpoint` brings to the disk before what, by the calls that the built program makes: a library put before the system's writes
//! down each `fsync` and `rename`. A head speaks of tiles, and a checkpoint of a head, that no power failure takes away any more.

use std::fs;
use std::path::Path;
use std::process::Command;

use bartizan_tests::program::{Scratch, command, run};

use crate::folder::log;
use crate::naive;
use crate::program::shown;

/// Written down only once the call has succeeded.
const WITNESS: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void tell(const char *what, const char *path) {
    char line[2 * PATH_MAX];
    int length = snprintf(line, sizeof line, "%s %s\n", what, path);
    int file = open(getenv("BARTIZAN_WITNESS"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (file < 0 || write(file, line, length) != length) abort();
    close(file);
}
static int synced(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    int result = real(file);
    if (length < 0) abort();
    path[length] = 0;
    if (result == 0) tell("sync", path);
    return result;
}
int fsync(int file) { return synced("fsync", file); }
int fdatasync(int file) { return synced("fdatasync", file); }
int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
    int result = real(from, to);
    if (result == 0) tell("rename", to);
    return result;
}
"#;

/// The calls of a run of the program, in their order, as `sync PATH` or `rename PATH`.
fn witnessed(scratch: &Scratch, arguments: &[&str]) -> Vec<String> {
    let (source, library) = (scratch.file("witness.c", WITNESS), scratch.at("witness.so"));
    let mut compiler = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().expect("a C compiler, which the workspace needs anyway").success());
    let told = scratch.at("told");
    let _ = fs::remove_file(&told);
    let mut program = command(arguments);
    program.env("LD_PRELOAD", library).env("BARTIZAN_WITNESS", &told);
    let said = program.output().expect("the program can be started");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    fs::read_to_string(told).expect("something was synced").lines().map(str::to_owned).collect()
}

/// Where `call` stands among `calls`, of which it must be one.
fn place(calls: &[String], what: &str, path: &Path) -> usize {
    let call = format!("{what} {}", path.display());
    calls.iter().position(|made| *made == call).unwrap_or_else(|| panic!("no `{call}` in {calls:#?}"))
}

#[test]
fn a_checkpoint_takes_its_name_when_all_that_it_speaks_of_is_on_the_disk() {
    let scratch = Scratch::new();
    let root = scratch.at("").canonicalize().expect("it is there");
    let (data, key) = (shown(&root.join("data")), shown(&root.join("key")));
    run(["log", "key", &key, "--new", "example.com/synced"]).clean();
    let line =
        |id| format!("{{\"id\":{id},\"command\":{{\"RegisterAgent\":{{\"name\":\"agent {id}\"}}}}}}\n");
    let lines = (1..=300).map(line).collect::<Vec<_>>().concat();
    run(["run", &shown(&scratch.file("lines", lines)), "--data", &data]).clean();
    let calls = witnessed(&scratch, &["log", "checkpoint", "--data", &data, "--key", &key]);
    let log = root.join("data/log");
    let renamed = |name: &str| place(&calls, "rename", &log.join(name));
    let (head, checkpoint) = (renamed("head"), renamed("checkpoint"));
    assert!(place(&calls, "sync", &root.join("data")) < head, "the log's folder has its name: {calls:#?}");
    let tiles =
        ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"];
    for tile in tiles.map(|tile| log.join(tile)) {
        let at = [place(&calls, "rename", &tile), place(&calls, "sync", &tile)];
        assert!(at.is_sorted() && at[1] < head, "{}: {calls:#?}", tile.display());
        for folder in tile.ancestors().skip(1).take_while(|folder| folder.starts_with(&log)) {
            let at = place(&calls, "sync", folder);
            assert!(at < head, "{}: {calls:#?}", folder.display());
        }
    }
    for (name, at) in [("head", head), ("checkpoint", checkpoint)] {
        assert!(place(&calls, "sync", &log.join(format!("{name}.partial"))) < at, "{name}: {calls:#?}");
        let then = place(&calls[at..], "sync", &log) + at;
        assert!(name != "head" || then < checkpoint, "{name}: {calls:#?}");
    }
}

#[test]
fn the_witness_sees_nothing_where_nothing_is_new() {
    let scratch = Scratch::new();
    log(&scratch.at("data/log"), &naive::leaves(3));
    let data = shown(&scratch.at("data").canonicalize().expect("it is there"));
    let calls = witnessed(&scratch, &["log", "checkpoint", "--data", &data]);
    assert!(calls.iter().all(|call| !call.contains("/tile/")), "{calls:#?}");
    place(&calls, "rename", &Path::new(&data).join("log/head"));
}
