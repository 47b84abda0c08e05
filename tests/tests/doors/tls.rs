//! TLS at the doors over TCP: every client speaks through it, nobody gets past it, and a new certificate does not end what goes on.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::{Duration, Instant};

use bartizan_engine::authority::Roles;
use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::wire::client::{Client, SignIn};
use bartizan_io::wire::tls::{self, Secure};
use bartizan_tests::fix::FixClient;
use bartizan_tests::not_judged;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::{Server, answers};
use bartizan_tests::workspace;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};

/// One who vouches for servers, in PEM.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(rcgen::DnType::CommonName, "an authority of tests");
        Authority(
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("random bytes"))
                .expect("what is asked for is sound"),
        )
    }

    /// Gives a server a certificate and a key, as files.
    fn vouch(&self, scratch: &Scratch) -> [PathBuf; 2] {
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])
            .expect("what is asked for is sound");
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().expect("random bytes");
        let certificate = params.signed_by(&key, &*self.0).expect("what is asked for is sound");
        [scratch.file("cert.pem", certificate.pem()), scratch.file("key.pem", key.serialize_pem())]
    }

    fn pem(&self) -> String {
        self.0.pem()
    }
}

fn start(scratch: &Scratch, [certificate, key]: [&Path; 2]) -> Server {
    let plain = |path: &Path| path.to_str().expect("a plain name").to_owned();
    let (certificate, key) = (plain(certificate), plain(key));
    let more =
        ["--tls-cert", &certificate, "--tls-key", &key, "--fix", "127.0.0.1:0", "--itch", "127.0.0.1:0"];
    Server::start(&scratch.at("realm"), &more)
}

fn secure(address: &str, authority: &Authority) -> io::Result<Secure> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    tls::connect(stream, "127.0.0.1", authority.pem().as_bytes())
}

fn register(id: u128) -> Envelope {
    let command =
        RegisterAgent { agent: None, name: format!("agent {id}"), key: None, roles: Roles::default() };
    Envelope { id: CommandId(id), actor: AgentId::REALM, command: Command::RegisterAgent(command) }
}

/// What a server says to a request of which it closes the connection.
fn asked(stream: &mut (impl Read + Write), path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it is answered, and ended as TLS ends");
    String::from_utf8(answer).expect("it is text")
}

#[test]
fn every_door_over_tcp_speaks_it() {
    let scratch = Scratch::new();
    let authority = Authority::new();
    let [certificate, key] = authority.vouch(&scratch);
    let server = start(&scratch, [&certificate, &key]);
    let answer = asked(&mut secure(server.http_address(), &authority).unwrap(), "/v1/realms");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"realm\":\"realm\""), "{answer}");

    let address = server.address("binary protocol");
    let stream = secure(address, &authority).unwrap();
    let mut client = Client::sign_in(stream, &SignIn::local(AgentId::REALM)).expect("it is let in");
    let envelopes: Vec<Envelope> = (1..=5000).map(register).collect();
    client.send(&envelopes).unwrap();
    assert!(answers(&mut client, 5000).iter().all(|answer| answer.answer.get() == 0));

    let mut fix = FixClient::over(secure(server.address("FIX"), &authority).unwrap(), "ANN", 1);
    fix.send("A", "98=0|108=30|553=0");
    fix.expect("A");

    // There is no market, and the refusal comes through.
    let mut itch = secure(server.address("ITCH"), &authority).unwrap();
    itch.write_all(&[&[0, 47, b'L'][..], &[b' '; 46]].concat()).unwrap();
    let mut refusal = [0; 4];
    itch.read_exact(&mut refusal).unwrap();
    assert_eq!(refusal, [0, 2, b'J', b'S']);

    // The Unix socket is as it was.
    assert!(server.sign_in(&SignIn::local(AgentId::REALM)).is_ok());
    assert_eq!(server.stop(), 0);
}

#[test]
fn curl_and_the_client_in_python_speak_it() {
    let scratch = Scratch::new();
    let authority = Authority::new();
    let [certificate, key] = authority.vouch(&scratch);
    let server = start(&scratch, [&certificate, &key]);
    let ca = scratch.file("ca.pem", authority.pem());
    let url =
        |host: &str| format!("https://{host}:{}/healthz", server.http_address().rsplit(':').next().unwrap());
    match Process::new("curl").args(["-sS", "--cacert"]).arg(&ca).arg(url("localhost")).output() {
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert!(String::from_utf8_lossy(&output.stdout).contains("\"health\":\"serving\""));
            let doubted =
                Process::new("curl").args(["-sS", &url("localhost")]).output().expect("it was there");
            assert!(!doubted.status.success(), "nobody whom it knows vouches for it");
        }
        Err(_) => not_judged("curl", "curl"),
    }
    let layouts = scratch.file("layouts.json", run(["schema", "binary"]).clean());
    let commands =
        scratch.file("said.jsonl", "{\"id\": 1, \"actor\": 0, \"command\": {\"AdvanceClock\": {}}}\n");
    let python = |ca: &Path| {
        let mut python = Process::new("python3");
        python.arg("-B").arg(workspace().join("io/examples/client.py")).arg("--layouts").arg(&layouts);
        python
            .arg("--tcp")
            .arg(server.address("binary protocol"))
            .arg("--ca")
            .arg(ca)
            .arg("send")
            .arg(&commands);
        python.output().expect("python3 can be started")
    };
    let said = python(&ca);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    assert!(String::from_utf8_lossy(&said.stdout).contains("\"answer\": 0"));
    let other = scratch.file("other.pem", Authority::new().pem());
    assert!(!python(&other).status.success(), "another does not vouch for it");
    assert_eq!(server.stop(), 0);
}

#[test]
fn who_does_not_speak_it_is_refused_and_who_is_slow_is_cut() {
    let scratch = Scratch::new();
    let authority = Authority::new();
    let [certificate, key] = authority.vouch(&scratch);
    let server = start(&scratch, [&certificate, &key]);
    let places = [server.http_address(), server.address("binary protocol"), server.address("FIX")];
    let mut slow = Vec::new();
    for place in places {
        let mut plain = TcpStream::connect(place).unwrap();
        plain.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        plain.write_all(b"GET /v1/realms HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut said = Vec::new();
        // It may be reset, since not all that was sent was read.
        let _ = plain.read_to_end(&mut said);
        assert!(
            said.is_empty() || said.len() == 7 && said[0] == 21,
            "an alert of TLS, and nothing more: {said:?}"
        );
        // One that begins as TLS does, and then says nothing.
        let mut half = TcpStream::connect(place).unwrap();
        half.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        half.write_all(&[22, 3, 1, 2, 0]).unwrap();
        slow.push(half);
        // One that says nothing at all.
        let silent = TcpStream::connect(place).unwrap();
        silent.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        slow.push(silent);
    }
    let start = Instant::now();
    for mut half in slow {
        let mut said = Vec::new();
        let _ = half.read_to_end(&mut said);
        assert!(said.is_empty(), "nothing is told to who has not shaken hands: {said:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(20), "it is cut: {:?}", start.elapsed());
    let told = asked(&mut secure(server.http_address(), &authority).unwrap(), "/metrics");
    let failed = |door: &str| format!("bartizan_tls_handshakes_failed_total{{door=\"{door}\"}} 3\n");
    assert!(["http", "binary", "fix"].iter().all(|door| told.contains(&failed(door))), "{told}");
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_new_certificate_is_taken_and_nobody_is_cut_for_it() {
    let scratch = Scratch::new();
    let (before, after) = (Authority::new(), Authority::new());
    let [certificate, key] = before.vouch(&scratch);
    let server = start(&scratch, [&certificate, &key]);
    let address = server.address("binary protocol");
    let stream = secure(address, &before).unwrap();
    let mut client = Client::sign_in(stream, &SignIn::local(AgentId::REALM)).expect("it is let in");
    let wait_for = |what: &str| {
        let start = Instant::now();
        while !server.said().contains(what) {
            assert!(start.elapsed() < Duration::from_mins(1), "it never said {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    // A key that is not the certificate's leaves what there was.
    let whole = std::fs::read(&key).unwrap();
    std::fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    server.signal("HUP");
    wait_for("the certificate was not read again");
    assert!(secure(address, &before).is_ok(), "the one before stands");
    std::fs::write(&key, whole).unwrap();
    after.vouch(&scratch);
    server.signal("HUP");
    wait_for("the certificate was read again");
    assert!(secure(address, &before).is_err(), "it shows the new one");
    assert!(secure(address, &after).is_ok());
    client.send(&[register(1)]).unwrap();
    assert_eq!(answers(&mut client, 1)[0].answer.get(), 0, "who was there goes on");
    assert_eq!(server.stop(), 0);
}

#[test]
fn what_is_no_certificate_is_refused_before_anything_is_opened() {
    let scratch = Scratch::new();
    let [certificate, key] = Authority::new().vouch(&scratch);
    let data = scratch.at("realm");
    let plain = |path: &Path| path.to_str().expect("a plain name").to_owned();
    let serve = |certificate: &Path, key: &Path| {
        let (data, certificate, key) = (plain(&data), plain(certificate), plain(key));
        run(["serve", "--data", &data, "--tls-cert", &certificate, "--tls-key", &key]).refused(1)
    };
    assert!(serve(&key, &key).contains("expected certificates in PEM"));
    assert!(serve(&certificate, &certificate).contains("expected a private key in PEM"));
    assert!(serve(&scratch.at("absent"), &key).contains("absent: expected certificates in PEM"));
    let other = scratch.file("other.pem", KeyPair::generate().unwrap().serialize_pem());
    assert!(serve(&certificate, &other).contains("other.pem: "));
    let alone = run(["serve", "--data", &plain(&data), "--tls-cert", &plain(&certificate)]).refused(2);
    assert!(alone.contains("go together"), "{alone}");
    assert!(!data.exists());
}
