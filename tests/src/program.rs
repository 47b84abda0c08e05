//! The program `bartizan`, built once per test run and started as a user would start it.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the program is. Builds it on first use, in the profile and target folder of this test, so that a
/// test never meets a program older than the source. Where nothing changed, that takes a moment.
///
/// # Panics
/// If it cannot be built.
pub fn path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(build)
}

fn build() -> PathBuf {
    // Whoever builds it otherwise says where it is.
    if let Some(path) = std::env::var_os("BARTIZAN_PROGRAM") {
        return path.into();
    }
    // A test lies in TARGET/PROFILE/deps, and the folder of the profile dev is called debug.
    let test = std::env::current_exe().expect("a test knows where it lies");
    let folder = test.ancestors().nth(2).expect("a test lies in a folder of its profile");
    let target = folder.parent().expect("a profile's folder lies in the target folder");
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    // What cargo says to a test of its package: build scripts that look at it would be run again, and all that depends on them built again.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(&*name);
        }
    }
    let built = cargo
        .current_dir(super::workspace())
        .args(["build", "--workspace", "--bin", "bartizan", "--message-format=json-render-diagnostics"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "the program cannot be built");
    let messages = String::from_utf8_lossy(&built.stdout);
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    };
    messages.lines().find_map(executable).expect("cargo tells where the program is")
}

/// The program with `arguments`, not started yet.
pub fn command(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(path());
    command.args(arguments).stdin(Stdio::null());
    command
}

/// What the program says to `arguments`.
///
/// # Panics
/// If it cannot be started.
pub fn run(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
    Said::of(command(arguments).output().expect("the program can be started"))
}

/// What the program says to `arguments` with `input` on standard input.
///
/// # Panics
/// If it cannot be started.
pub fn run_with_input(arguments: &[&str], input: &[u8]) -> Said {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    std::thread::scope(|scope| {
        // A program that fails early does not read all of it.
        scope.spawn(move || drop(stdin.write_all(input)));
        Said::of(child.wait_with_output().expect("the program ends"))
    })
}

/// How a run of the program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program speaks UTF-8");
        Said { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Standard output of a run that must have succeeded in silence on standard error.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn clean(self) -> String {
        assert_eq!((self.status, &*self.err), (Some(0), ""), "{}", self.out);
        self.out
    }

    /// Standard error of a run that must have ended with `status` and nothing on standard output.
    ///
    /// # Panics
    /// If it did not, or says nothing.
    #[track_caller]
    pub fn refused(self, status: i32) -> String {
        assert_eq!((self.status, &*self.out), (Some(status), ""), "{}", self.err);
        assert!(!self.err.trim().is_empty(), "it says nothing of why");
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}

/// A folder of a test's own, removed with what is in it when the test passes.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new empty folder.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("bartizan-tests-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files can be written");
        Scratch(path)
    }

    /// The path of `name` in it.
    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes the file `name`, and says where it is.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        std::fs::write(&path, content).expect("a temporary file can be written");
        path
    }

    /// The names of what is in it, sorted.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("the folder can be listed");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch::new()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // What stays behind in the folder for temporary files does no harm.
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// Clears into `outcome`, and returns the document.
///
/// # Panics
/// If it could not be written, or is no JSON.
pub fn cleared(arguments: &[&Path], outcome: &Path) -> serde_json::Value {
    let fixed = ["clear", "--quiet", "--output"].map(Path::new);
    run(fixed.into_iter().chain([outcome]).chain(arguments.iter().copied())).clean();
    let said = std::fs::read_to_string(outcome).expect("the outcome was written");
    serde_json::from_str(&said).expect("an outcome is JSON")
}
