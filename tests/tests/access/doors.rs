//! Every request of the binary protocol, of FIX and of ITCH, of every role and by every kind of token: each kind of frame and of message has its rows here.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bartizan_engine::ledger::units::AgentId;
use bartizan_engine::realm::command::{AdvanceClock, Command, Envelope};
use bartizan_engine::realm::ids::CommandId;
use bartizan_io::itch::soup;
use bartizan_io::wire::client::{Client, ClientError, Key, Message, SignIn};
use bartizan_io::wire::layout::{Kind, Reason};
use bartizan_tests::fix::FixClient;
use bartizan_tests::server::Server;
use bartizan_tests::workspace;

use crate::table::{compare, rows};
use crate::village::{Own, Village};

/// Frames that clients send. `yes`: it is carried out; `no`: the connection ends, since it may not; `out`: it is not let in.
const FRAMES: &str = "
                                            nobody    guest     trader    issuer    organiser solver    operator  auditor   reads     writes
Login                                       out       yes       yes       yes       yes       yes       yes       yes       yes       yes
Commands                                    out       yes       yes       yes       yes       yes       yes       no        no        yes
Commands of another                         out       no        no        no        no        no        no        no        no        no
Subscribe 1, to one's own                   out       yes       yes       yes       yes       yes       yes       yes       yes       no
Subscribe 2, to what everybody may know     out       yes       yes       yes       yes       yes       yes       yes       yes       no
Subscribe 3, to both                        out       yes       yes       yes       yes       yes       yes       yes       yes       no
Subscribe 4, to everything                  out       no        no        no        no        no        yes       yes       yes       no
Heartbeat                                   out       yes       yes       yes       yes       yes       yes       yes       yes       yes
Logout                                      out       yes       yes       yes       yes       yes       yes       yes       yes       yes
";

/// Messages that FIX clients send. `yes`: it is answered as it should be; `no`: it is refused, by the session or by the realm, since it may not; `out`: there is no session.
const MESSAGES: &str = "
                                            nobody    guest     trader    issuer    organiser solver    operator  auditor   reads     writes
A logon                                     out       yes       yes       yes       yes       yes       yes       yes       yes       out
0 heartbeat                                 out       yes       yes       yes       yes       yes       yes       yes       yes       out
1 test request                              out       yes       yes       yes       yes       yes       yes       yes       yes       out
2 resend request                            out       yes       yes       yes       yes       yes       yes       yes       yes       out
3 reject                                    out       yes       yes       yes       yes       yes       yes       yes       yes       out
4 sequence reset                            out       yes       yes       yes       yes       yes       yes       yes       yes       out
5 logout                                    out       yes       yes       yes       yes       yes       yes       yes       yes       out
D new order                                 out       no        yes       no        no        no        yes       no        no        out
F cancel                                    out       yes       yes       yes       yes       yes       yes       no        no        out
G replace                                   out       no        yes       no        no        no        yes       no        no        out
H order status                              out       yes       yes       yes       yes       yes       yes       yes       yes       out
AF order mass status                        out       yes       yes       yes       yes       yes       yes       yes       yes       out
V market data request                       out       yes       yes       yes       yes       yes       yes       yes       yes       out
R quote request                             out       yes       yes       yes       yes       yes       yes       yes       yes       out
";

fn sign_in(
    server: &Server,
    own: &Own,
    token: Option<&str>,
) -> Result<Client<impl Read + Write>, ClientError> {
    let key = token.map_or(Key::None, |token| Key::Token(token.to_owned()));
    server.sign_in(&SignIn { key, ..SignIn::local(AgentId(own.agent as u32)) })
}

fn tick(id: u128, actor: u64) -> Envelope {
    let command = Command::AdvanceClock(AdvanceClock {});
    Envelope { id: CommandId(id), actor: AgentId(actor as u32), command }
}

/// What becomes of a frame; whatever it was, a heartbeat is answered by nothing, so a command or a logout after it says whether the connection goes on.
fn frame(server: &Server, row: &str, (own, token): (&Own, Option<&str>), id: u128) -> &'static str {
    let mut client = match sign_in(server, own, token) {
        Ok(client) => client,
        Err(ClientError::Goodbye { reason, .. }) if reason == Reason::Login as u16 => return "out",
        Err(error) => panic!("{row}: {error}"),
    };
    let name = row.split(' ').next().expect("a name");
    match name {
        "Login" | "Logout" => {}
        "Commands" => {
            let actor = if row == name { own.agent } else { own.agent + 1 };
            client.send(&[tick(id, actor)]).map(|_| ()).expect("it is sent");
        }
        "Subscribe" => client.subscribe(1, row.as_bytes()[10] - b'0').expect("it is sent"),
        "Heartbeat" => client.heartbeat().expect("it is sent"),
        other => panic!("{other} is no frame of a client"),
    }
    if matches!(name, "Commands" | "Subscribe") {
        loop {
            match client.receive() {
                Ok(Message::Answers { answers, .. }) => {
                    assert_eq!(answers[0].answer.get(), 0, "{row}");
                    break;
                }
                Ok(Message::Told(_)) => break,
                Ok(_) => {}
                Err(ClientError::Goodbye { reason, .. }) if reason == Reason::NotAllowed as u16 => {
                    return "no";
                }
                Err(error) => panic!("{row}: {error}"),
            }
        }
    }
    client.logout().expect("it says goodbye");
    "yes"
}

#[test]
fn every_frame_is_taken_from_whom_it_should_be() {
    let village = Village::found();
    let server = Server::start(&village.data, &["--closed"]);
    let who = village.tokens();
    let mut found = Vec::new();
    let mut id = 3_000_000;
    for (row, _) in rows(FRAMES) {
        let said = who.iter().map(|(_, own, token)| {
            id += 1;
            frame(&server, row, (own, token.as_deref()), id).to_owned()
        });
        found.push((row.to_owned(), said.collect()));
    }
    compare(FRAMES, &found);
}

#[test]
fn every_kind_of_frame_of_a_client_has_a_row() {
    let is_from_client = |kind: &Kind| (*kind as u16) < 64;
    let all: BTreeSet<String> =
        (0..=u16::MAX).filter_map(Kind::of).filter(is_from_client).map(|kind| format!("{kind:?}")).collect();
    let first = |(row, _): (&str, _)| row.split(' ').next().expect("a name").to_owned();
    assert_eq!(rows(FRAMES).into_iter().map(first).collect::<BTreeSet<_>>(), all);
}

/// A session of somebody, if it is let in.
fn log_on(server: &Server, name: &str, token: Option<&str>, own: &Own) -> Option<FixClient> {
    let mut client = FixClient::connect(server.address("FIX"), name, 1);
    let by = token.map_or(format!("553={}", own.agent), |token| format!("554={token}"));
    client.send("A", &format!("98=0|108=0|141=Y|{by}"));
    (client.receive()?.get(35) == "A").then_some(client)
}

/// What becomes of a message.
fn message(client: &mut FixClient, kind: &str, (own, place): (&Own, usize)) -> &'static str {
    let market = format!("55=x|48={}", own.market);
    let placed = format!("11=p{place}|{market}|54=1|60=20261128-07:00:00|38=1|40=2|44=1");
    let (body, answer) = match kind {
        "A" => return "yes",
        "0" => (String::new(), ""),
        "1" => ("112=there?".to_owned(), "0"),
        "2" => ("7=1|16=0".to_owned(), "4"),
        "3" => ("45=1".to_owned(), ""),
        "4" => (format!("36={}", client.next + 5), ""),
        "5" => (String::new(), "5"),
        "D" => (placed, "8"),
        "F" => (format!("11=f{place}|41=none|{market}|54=1|60=20261128-07:00:00"), "9"),
        "G" => (
            format!(
                "11=g{place}|41=none|37={}|{market}|54=2|60=20261128-07:00:00|38=4|40=2|44=301",
                own.order
            ),
            "8",
        ),
        "H" => (format!("11=none|{market}|54=1"), "8"),
        "AF" => ("584=all|585=7".to_owned(), "8"),
        "V" => (format!("262=v{place}|263=0|264=0|267=1|269=0|146=1|{market}"), "W"),
        "R" => (format!("131=q|146=1|{market}"), "AG"),
        other => panic!("{other} is no message of a client"),
    };
    client.send(kind, &body);
    if kind == "4" {
        client.next += 4;
    }
    if answer.is_empty() {
        // It is answered by nothing, and the session goes on.
        client.send("1", "112=still");
    }
    loop {
        let came = client.receive().expect("the session goes on");
        match came.get(35) {
            "8" | "9" if came.get(58).starts_with("NotAllowed (50)") => return "no",
            "j" if came.get(380) == "6" => return "no",
            "0" if answer.is_empty() && came.get(112) == "still" => return "yes",
            found if found == answer => return "yes",
            // What happens to its other orders meanwhile.
            "8" | "0" => {}
            _ => panic!("{kind}: {}", came.0),
        }
    }
}

#[test]
fn every_message_is_taken_from_whom_it_should_be() {
    let village = Village::found();
    let server = Server::start(&village.data, &["--closed", "--fix", "127.0.0.1:0"]);
    let who = village.tokens();
    let mut found = Vec::new();
    for (place, (row, _)) in rows(MESSAGES).into_iter().enumerate() {
        let kind = row.split(' ').next().expect("a type");
        let said = who.iter().map(|(column, own, token)| {
            let name = format!("{column}-{place}");
            let session = log_on(&server, &name, token.as_deref(), own);
            session.map_or("out", |mut client| message(&mut client, kind, (own, place))).to_owned()
        });
        found.push((row.to_owned(), said.collect()));
    }
    compare(MESSAGES, &found);
}

/// The types of messages of FIX 4.4.
const TYPES: &str = "0 1 2 3 4 5 6 7 8 9 A B C D E F G H J K L M N P Q R S T V W X Y Z a b c d e f g h i j k l m n o p q r s t u v w x y z AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AU AV AW AX AY AZ BA BB BC BD BE BF BG BH";

#[test]
fn every_type_of_message_that_is_carried_out_has_a_row() {
    let village = Village::found();
    let server = Server::start(&village.data, &["--fix", "127.0.0.1:0"]);
    let own = village.own("trader");
    let named: BTreeSet<&str> =
        rows(MESSAGES).iter().map(|(row, _)| row.split(' ').next().expect("a type")).collect();
    let mut client = log_on(&server, "TYPES", None, own).expect("this machine's own users come in");
    for kind in TYPES.split(' ').filter(|kind| !named.contains(kind)) {
        client.send(kind, "");
        let came = client.receive().expect("the session goes on");
        assert_eq!(
            came.some(&[35, 372, 380]),
            format!("35=j|372={kind}|380=3"),
            "{kind} is carried out, and has no row"
        );
    }
    // And the specification knows them all.
    let spec = std::fs::read_to_string(workspace().join("io/src/fix/spec.md")).expect("there is one");
    for kind in named {
        assert!(spec.contains(&format!("`{kind}`")), "the specification does not name {kind}");
    }
}

/// ITCH has no room for a token: it is open to this machine's own users, and not there where they need one.
#[test]
fn itch_is_open_or_is_not_there() {
    let village = Village::found();
    let server = Server::start(&village.data, &["--itch", "127.0.0.1:0"]);
    let market = village.own("bob").market.to_string();
    let mut stream = TcpStream::connect(server.address("ITCH")).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket has a timeout");
    let mut bytes = Vec::new();
    soup::write(&mut bytes, b'L', format!("{market:<6}{:<10}{:>10}{:>20}", "", "", 1).as_bytes());
    stream.write_all(&bytes).expect("it is sent");
    let mut first = [0; 3];
    stream.read_exact(&mut first).expect("an answer");
    assert_eq!(first[2], b'A');
    drop(server);
    for refused in
        [["--closed", "--itch", "127.0.0.1:0"].as_slice(), &["--http", "0.0.0.0:0", "--itch", "127.0.0.1:0"]]
    {
        let mut arguments =
            vec!["serve", "--data", village.data.to_str().expect("UTF-8"), "--tcp", "127.0.0.1:0"];
        arguments.extend(refused);
        let said = bartizan_tests::program::run(arguments).refused(2);
        assert!(said.contains("--itch takes an address of this machine"), "{said}");
    }
}
