//! The program serving, as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bartizan_io::wire::client::{Client, ClientError, Message, SignIn};
use bartizan_io::wire::layout::AnswerRecord;

use crate::http;
use crate::program::{command, path};

/// A running server. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    tcp: String,
    http: String,
    unix: PathBuf,
    /// What it said until it served.
    said_first: Vec<String>,
    /// What it said on standard error so far.
    said: Arc<Mutex<String>>,
}

/// What a line says after a mark, as far as a word goes.
fn after<'a>(line: &'a str, mark: &str) -> Option<&'a str> {
    line.split_once(mark).and_then(|(_, rest)| rest.split(['"', '\n']).next())
}

impl Server {
    /// Serves the realm in `data`, on any TCP ports and the Unix socket beside `data`.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn start(data: &Path, more: &[&str]) -> Self {
        Server::start_as(command([] as [&str; 0]), data, more)
    }

    /// The same under a limit that the shell sets (`ulimit`).
    ///
    /// # Panics
    /// If it does not come up.
    pub fn start_under(limit: &str, data: &Path, more: &[&str]) -> Self {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")]).arg(path()).stdin(Stdio::null());
        Server::start_as(shell, data, more)
    }

    fn start_as(mut serve: std::process::Command, data: &Path, more: &[&str]) -> Self {
        let unix = data.with_extension("sock");
        serve.args(["serve", "--tcp", "127.0.0.1:0"]);
        serve.arg("--data").arg(data).arg("--unix").arg(&unix).args(more);
        if !more.contains(&"--http") {
            serve.args(["--http", "127.0.0.1:0"]);
        }
        let mut child = serve.stderr(Stdio::piped()).spawn().expect("the program can be started");
        let mut said = BufReader::new(child.stderr.take().expect("standard error is a pipe"));
        let mut said_first = Vec::new();
        let [mut tcp, mut http, mut line] = [const { String::new() }; 3];
        let kept = Arc::new(Mutex::new(String::new()));
        while tcp.is_empty() || !line.contains("binary protocol on unix ") {
            line.clear();
            assert!(said.read_line(&mut line).expect("it speaks") > 0, "it ended before it served");
            kept.lock().expect("nobody panics with it").push_str(&line);
            let binary = ["binary protocol on tcp ", "binary protocol on tls "];
            if let Some(address) = binary.iter().find_map(|mark| after(&line, mark)) {
                address.clone_into(&mut tcp);
            }
            said_first.push(line.clone());
            let scheme = ["http on http://", "http on https://"];
            if let Some(address) = scheme.iter().find_map(|mark| after(&line, mark)) {
                address.clone_into(&mut http);
            }
        }
        let later = Arc::clone(&kept);
        // What it says later must not fill the pipe.
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                eprintln!("{line}");
                later.lock().expect("nobody panics with it").extend([&line, "\n"]);
            }
        });
        Server { child, tcp, http, unix, said_first, said: kept }
    }

    /// A TCP connection to it.
    ///
    /// # Errors
    /// If there is none to be had.
    pub fn tcp(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(&self.tcp)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Ok(stream)
    }

    /// A connection to it by HTTP.
    ///
    /// # Panics
    /// If there is none to be had.
    pub fn http(&self) -> http::Client {
        http::Client::connect(&self.http)
    }

    /// Where it speaks HTTP.
    pub fn http_address(&self) -> &str {
        &self.http
    }

    /// Where another protocol is spoken, as FIX.
    ///
    /// # Panics
    /// If it is not.
    pub fn address(&self, protocol: &str) -> &str {
        let marks = [format!("{protocol} on tcp "), format!("{protocol} on tls ")];
        let addresses =
            self.said_first.iter().flat_map(|line| marks.iter().filter_map(|mark| after(line, mark)));
        addresses.into_iter().next().expect("the protocol is spoken")
    }

    /// Its Unix socket.
    pub fn unix(&self) -> &Path {
        &self.unix
    }

    /// What it said on standard error so far.
    ///
    /// # Panics
    /// If whoever listens to it panicked.
    pub fn said(&self) -> String {
        self.said.lock().expect("nobody panics with it").clone()
    }

    /// Signs in over the Unix socket.
    ///
    /// # Errors
    /// As [`Client::sign_in`].
    pub fn sign_in(&self, who: &SignIn) -> Result<Client<UnixStream>, ClientError> {
        let stream = UnixStream::connect(&self.unix)?;
        stream.set_read_timeout(Some(Duration::from_mins(1)))?;
        Client::sign_in(stream, who)
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Bytes that it has in memory, where the system tells.
    pub fn resident(&self) -> Option<usize> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse::<usize>().ok().map(|kilobytes| kilobytes << 10)
    }

    /// Sends it a signal, by its name.
    ///
    /// # Panics
    /// If it cannot be sent.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.expect("kill can be started").success(), "it can be sent");
    }

    /// Kills it, as a power cut would.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop, and waits until it has; its exit status.
    ///
    /// # Panics
    /// If it cannot be asked, or ends by a signal.
    pub fn stop(mut self) -> i32 {
        self.signal("TERM");
        self.child.wait().expect("it ends").code().expect("no signal ended it")
    }
}

/// Waits until so many commands are answered at least, and gives their answers.
///
/// # Panics
/// If anything else comes than answers and heartbeats.
pub fn answers(client: &mut Client<impl Read + Write>, count: usize) -> Vec<AnswerRecord> {
    let mut all = Vec::new();
    while all.len() < count {
        match client.receive().expect("the server goes on") {
            Message::Answers { answers, .. } => all.extend(answers),
            Message::Heartbeat => {}
            other => panic!("{other:?}"),
        }
    }
    all
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
