//! FIX 4.4, spoken with the built program over plain sockets, and its session layer with fixed messages and times.

use std::path::Path;

use bartizan_io::fix::message::{self, Fields};
use bartizan_io::fix::session::{Session, Taken};
use bartizan_io::fix::store::{self, Store};
use bartizan_io::fix::time;
use bartizan_tests::fix::FixClient;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::workspace;

/// A realm with a market in which ann, agent 1, offers 15 apples at 2.50, and bob, agent 2, has euros.
fn realm(data: &Path) {
    let commands = workspace().join("tests/realm/apples.jsonl");
    let said = run(["run".as_ref(), commands.as_os_str(), "--data".as_ref(), data.as_os_str()]);
    assert_eq!(said.status, Some(0), "{}", said.err);
}

fn serve(data: &Path) -> Server {
    Server::start(data, &["--fix", "127.0.0.1:0"])
}

const BUY: &str = "55=apples for euros|54=1|60=20261128-07:00:00|40=2|59=1";
const SELL: &str = "55=apples for euros|54=2|60=20261128-07:00:00|40=2|59=1";

#[test]
fn orders_are_placed_filled_changed_cancelled_and_refused() {
    let scratch = Scratch::new();
    realm(&scratch.at("realm"));
    let server = serve(&scratch.at("realm"));
    let address = server.address("FIX");
    let mut ann = FixClient::log_on(address, "ANN", 1, "553=1");
    let mut bob = FixClient::log_on(address, "BOB", 1, "553=2");

    bob.send("D", &format!("11=b-1|{BUY}|38=10|44=2.40"));
    let new = bob.expect("8");
    assert_eq!(
        new.some(&[11, 150, 39, 55, 48, 54, 38, 44, 151, 14, 6]),
        "11=b-1|150=0|39=0|55=apples for euros|48=1|54=1|38=10|44=2.4|151=10|14=0|6=0"
    );
    ann.send("D", &format!("11=500|{SELL}|38=4|44=2.40"));
    assert_eq!(ann.expect("8").some(&[11, 150, 39]), "11=500|150=0|39=0");
    let fill = "150=F|39=2|32=4|31=2.4|151=0|14=4|6=2.4|851=2";
    assert_eq!(ann.expect("8").some(&[150, 39, 32, 31, 151, 14, 6, 851]), fill);
    let fill = "11=b-1|150=F|39=1|32=4|31=2.4|151=6|14=4|851=1";
    assert_eq!(bob.expect("8").some(&[11, 150, 39, 32, 31, 151, 14, 851]), fill);

    bob.send("G", "11=b-2|41=b-1|55=apples for euros|54=1|60=20261128-07:00:00|38=8|40=2|44=2.45");
    let replaced = bob.expect("8");
    assert_eq!(replaced.some(&[11, 41, 150, 38, 44, 151, 14]), "11=b-2|41=b-1|150=5|38=8|44=2.45|151=4|14=4");
    bob.send("H", "11=b-2|55=apples for euros|54=1");
    assert_eq!(bob.expect("8").some(&[11, 150, 39, 151, 6]), "11=b-2|150=I|39=1|151=4|6=2.4");
    bob.send("AF", "584=all|585=7");
    assert_eq!(bob.expect("8").some(&[584, 911, 912, 11]), "584=all|911=1|912=Y|11=b-2");
    bob.send("F", "11=b-3|41=b-2|48=1|54=1|60=20261128-07:00:00");
    assert_eq!(bob.expect("8").some(&[11, 41, 150, 39, 151, 14]), "11=b-3|41=b-2|150=4|39=4|151=0|14=4");
    bob.send("F", "11=b-4|41=b-2|48=1|54=1|60=20261128-07:00:00");
    let refused = bob.expect("9");
    assert_eq!(refused.some(&[11, 41, 434, 102, 39]), "11=b-4|41=b-2|434=1|102=1|39=4");
    assert!(refused.get(58).starts_with("UnknownOrder (1064)"), "{}", refused.0);

    bob.send("D", &format!("11=b-5|{BUY}|38=1000000|44=2.40"));
    let refused = bob.expect("8");
    assert_eq!(refused.some(&[11, 150, 39, 103, 55]), "11=b-5|150=8|39=8|103=3|55=apples for euros");
    assert!(refused.get(58).starts_with("InsufficientFunds (90)"), "{}", refused.0);
    bob.send("D", "11=b-6|55=pears|54=1|60=20261128-07:00:00|40=2|38=1|44=1");
    assert_eq!(bob.expect("8").some(&[150, 39, 103]), "150=8|39=8|103=1");
    for (body, told) in [
        (format!("11=b-7|{BUY}|44=2.40"), "371=38|373=1"),
        (format!("11=b-7|{BUY}|38=1.5|44=2.40"), "371=38|373=6"),
        (format!("11=b-7|{BUY}|38=1|44=2.405"), "371=44|373=6"),
        (format!("11=b-7|11=b-7|{BUY}|38=1|44=2.40"), "371=11|373=13"),
        (format!("11=b 7|{BUY}|38=1|44=2.40"), "371=11|373=5"),
    ] {
        bob.send("D", &body);
        assert_eq!(bob.expect("3").some(&[371, 373]), told, "{body}");
    }
    bob.send("q", "11=x|530=7");
    assert_eq!(bob.expect("j").some(&[372, 380]), "372=q|380=3");
    bob.send("R", "131=q1|146=1|55=apples for euros");
    assert_eq!(bob.expect("AG").some(&[131, 658]), "131=q1|658=99");
    bob.send("5", "");
    bob.expect("5");
    assert_eq!(bob.receive(), None);
    drop(ann);
    assert_eq!(server.stop(), 0);
}

#[test]
fn what_is_refused_is_told_with_its_market_and_what_is_no_field_spoils_one_message_alone() {
    let scratch = Scratch::new();
    realm(&scratch.at("realm"));
    let server = serve(&scratch.at("realm"));
    let mut bob = FixClient::log_on(server.address("FIX"), "BOB", 1, "553=2");
    bob.send("D", &format!("11=b-5|{BUY}|38=1000000|44=2.40"));
    let refused = bob.expect("8");
    // What is no field is told, and its message counts: the next one is looked at.
    bob.send("D", &format!("11=b-7|x=1|{BUY}|38=1|44=2.40"));
    assert_eq!(bob.expect("3").some(&[372, 373]), "372=D|373=0");
    let parties = "453=2|448=bob|447=D|452=1|448=broker|447=D|452=4|354=3|355=a|b";
    bob.send("D", &format!("11=b-8|{BUY}|{parties}|38=1|44=2.40"));
    assert_eq!(bob.expect("8").some(&[11, 150]), "11=b-8|150=0");
    bob.send("D", &format!("11=b-9|{BUY}|38=1000000|44=2.40"));
    let other = bob.expect("8");
    assert_eq!(other.some(&[150, 103]), "150=8|103=3");
    assert!(other.get(17) != refused.get(17) && other.get(17) != "0", "{}", other.0);
    // A market is named by its number alone, and told by its name.
    bob.send("H", "11=never|48=1|54=1");
    assert_eq!(bob.expect("8").some(&[150, 55, 48, 17]), "150=I|55=apples for euros|48=1|17=0");
    bob.send("D", "11=b-10|48=1|54=1|60=20261128-07:00:00|40=2|38=1000000|44=2.4");
    assert_eq!(bob.expect("8").some(&[150, 55, 48]), "150=8|55=apples for euros|48=1");
    bob.send("D", "11=b-11|48=99|54=1|60=20261128-07:00:00|40=2|38=1|44=2.4");
    assert_eq!(bob.expect("8").some(&[150, 103, 55]), "150=8|103=1|55=N/A");
}

#[test]
fn a_session_goes_on_where_it_was_and_an_order_sent_again_is_carried_out_once() {
    let scratch = Scratch::new();
    realm(&scratch.at("realm"));
    let mut server = serve(&scratch.at("realm"));
    let order = format!("11=one|{BUY}|38=10|44=2.40");
    let mut bob = FixClient::log_on(server.address("FIX"), "BOB", 1, "553=2");
    bob.send("D", &order);
    let new = bob.expect("8");
    // Once this is answered, what came before it counts as taken, and is not asked for again.
    bob.send("1", "112=done?");
    assert_eq!(bob.receive().expect("a heartbeat").get(112), "done?");
    let next = bob.next;
    server.kill();
    drop(bob);
    let server = serve(&scratch.at("realm"));
    // While bob is away, ann trades with him.
    let mut ann = FixClient::log_on(server.address("FIX"), "ANN", 1, "553=1");
    ann.send("D", &format!("11=500|{SELL}|38=3|44=2.40"));
    assert_eq!((ann.expect("8").get(150), ann.expect("8").get(150)), ("0", "F"));
    let mut bob = FixClient::log_on(server.address("FIX"), "BOB", next, "553=2");
    assert_eq!(bob.expect("8").some(&[34, 11, 150, 32, 151]), "34=5|11=one|150=F|32=3|151=7");
    bob.send("D", &order);
    assert_eq!(bob.expect("8").some(&[11, 37, 150, 39, 151, 14]), {
        let id = new.get(37);
        format!("11=one|37={id}|150=I|39=1|151=7|14=3")
    });
    // What was sent is sent again, and what is the session's own is filled.
    bob.send("2", "7=1|16=0");
    assert_eq!(bob.expect("4").some(&[34, 43, 123, 36]), "34=1|43=Y|123=Y|36=2");
    let again = bob.expect("8");
    assert_eq!(again.some(&[34, 43, 122, 17]), {
        let (sent, id) = (new.get(52), new.get(17));
        format!("34=2|43=Y|122={sent}|17={id}")
    });
    assert_eq!(bob.expect("4").some(&[34, 36]), "34=3|36=5");
    assert_eq!(bob.expect("8").get(34), "5");
    assert_eq!(bob.expect("4").some(&[34, 36]), "34=6|36=7", "how an order stands is not told again");
    // A gap of ours is asked for, and filled.
    bob.next += 2;
    bob.send("1", "112=late");
    let asked = bob.expect("2");
    let expected: u64 = asked.get(7).parse().expect("a number");
    let after = bob.next;
    bob.next = expected;
    bob.send("4", &format!("43=Y|123=Y|36={after}"));
    bob.next = after;
    bob.send("1", "112=now");
    assert_eq!(bob.receive().expect("a heartbeat").some(&[35, 112]), "35=0|112=now");
    // A second connection of the session is not let in while the first says something, nor is an agent without a token.
    let mut second = FixClient::connect(server.address("FIX"), "BOB", after + 2);
    second.send("A", "98=0|108=30|553=2");
    assert_eq!(bob.receive().expect("a test").some(&[35, 112]), "35=1|112=heard?");
    bob.send("0", "112=heard?");
    assert_eq!(second.receive(), None);
    let mut nobody = FixClient::connect(server.address("FIX"), "BOB", 1);
    nobody.send("A", "98=0|108=30|553=2|554=bz_wrong");
    assert_eq!(nobody.receive(), None);
    // One that says nothing, as if it were gone and nobody had told, makes room.
    let next = bob.next;
    let mut third = FixClient::connect(server.address("FIX"), "BOB", next);
    third.send("A", "98=0|108=0|553=2");
    assert_eq!(third.receive().expect("an answer").get(35), "A");
    assert_eq!(bob.expect("1").get(112), "heard?");
    assert!(bob.expect("5").get(58).contains("another connection"));
    assert_eq!(bob.receive(), None);
}

#[test]
fn a_token_that_is_taken_back_ends_its_session() {
    let scratch = Scratch::new();
    realm(&scratch.at("realm"));
    let data = scratch.at("realm").display().to_string();
    let token = run(["token", "add", "--data", &data, "--agent", "2"]).clean();
    let server = serve(&scratch.at("realm"));
    let mut bob = FixClient::log_on(server.address("FIX"), "BOB", 1, &format!("554={}", token.trim()));
    let list = run(["token", "list", "--data", &data]).clean();
    run(["token", "revoke", list.split(' ').next().expect("a hash"), "--data", &data]).clean();
    let ended = bob.expect("5");
    assert!(ended.get(58).contains("token is not known"), "{}", ended.0);
    assert_eq!(bob.receive(), None);
}

#[test]
fn market_data_is_a_snapshot_and_what_changes_after_it() {
    let scratch = Scratch::new();
    realm(&scratch.at("realm"));
    let server = serve(&scratch.at("realm"));
    let mut bob = FixClient::log_on(server.address("FIX"), "BOB", 1, "553=2");
    let mut ann = FixClient::log_on(server.address("FIX"), "ANN", 1, "553=1");
    let wants = "267=3|269=0|269=1|269=2|146=1|55=apples for euros";
    ann.send("V", &format!("262=all|263=1|264=0|265=1|{wants}"));
    let snapshot = ann.expect("W");
    assert!(snapshot.0.contains("|268=2|269=1|270=2.5|271=15|269=2|270=2.5|10="), "{}", snapshot.0);
    ann.send("V", &format!("262=top|263=1|264=1|265=1|{wants}"));
    assert!(ann.expect("W").0.contains("|268=2|269=1|270=2.5|271=15|269=2|"));
    ann.send("V", "262=none|263=0|264=0|267=1|269=0|146=1|55=apples for euros|48=1");
    let empty = ann.expect("W");
    assert!(empty.0.contains("|268=1|269=0|270=0|271=0|10="), "{}", empty.0);
    for (id, price) in [("1001", "2.40"), ("1002", "2.45")] {
        bob.send("D", &format!("11={id}|{BUY}|38=2|44={price}"));
        bob.expect("8");
        for _ in 0..2 {
            let change = ann.expect("X");
            assert!(change.get(262) == "all" || change.get(262) == "top", "{}", change.0);
            let gone = "279=2|269=0|55=apples for euros|48=1|22=8|270=2.4|";
            assert_eq!(change.0.contains(gone), change.get(262) == "top" && id == "1002", "{}", change.0);
        }
    }
    bob.send("D", &format!("11=1003|{BUY}|38=15|44=2.50"));
    assert_eq!(ann.expect("8").some(&[150, 32, 151]), "150=F|32=15|151=0");
    let change = ann.expect("X");
    assert!(change.0.contains("|279=2|269=1|55=apples for euros|48=1|22=8|270=2.5|"), "{}", change.0);
    assert!(change.0.contains("279=0|269=2|55=apples for euros|48=1|22=8|270=2.5|271=15|"), "{}", change.0);
    ann.expect("X");
    for (body, told) in [
        (format!("262=all|263=1|264=0|265=1|{wants}"), "262=all|281=1"),
        (format!("262=x|263=1|264=5|265=1|{wants}"), "262=x|281=5"),
        (format!("262=x|263=1|264=0|265=0|{wants}"), "262=x|281=6"),
        (format!("262=x|263=7|264=0|265=1|{wants}"), "262=x|281=4"),
        ("262=x|263=0|264=0|267=1|269=9|146=1|55=apples for euros".to_owned(), "262=x|281=8"),
        ("262=x|263=0|264=0|267=1|269=0|146=1|55=pears".to_owned(), "262=x|281=0"),
    ] {
        ann.send("V", &body);
        loop {
            let came = ann.receive().expect("an answer");
            // Reports of her order that traded come, too.
            if came.get(35) == "Y" {
                assert_eq!(came.some(&[262, 281]), told);
                break;
            }
            assert_eq!(came.get(35), "8", "{}", came.0);
        }
    }
}

/// A message of this body, whose separators are bars.
fn framed(body: &str) -> Vec<u8> {
    let body = body.replace('|', "\u{1}");
    let text = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len());
    format!("{text}10={:03}\u{1}", message::checksum(text.as_bytes())).into_bytes()
}

/// What a session says to messages at a time, with its separators as bars.
fn said(session: &mut Session, came: &str, at: u64) -> (Taken, String) {
    let text = framed(came);
    let (read, _) = message::read(&text).expect("it is framed").expect("it is whole");
    let mut out = Vec::new();
    let taken = session.take(&read.expect("it is sound"), at, &mut out).expect("it can be kept");
    (taken, String::from_utf8(out).expect("it is text").replace('\u{1}', "|"))
}

#[test]
fn fixed_messages_bring_fixed_answers() {
    let scratch = Scratch::new();
    let at = time::read(b"20261128-07:00:00.000").expect("a time");
    let store = Store::open(&scratch.at("a.session")).expect("it can be made");
    let mut session = Session::new("S", "C", store, at);
    let header = |number: u64| format!("34={number}|49=C|52=20261128-07:00:00.000|56=S|");
    let say = |session: &mut Session, kind: &str, number: u64, body: &str| {
        said(session, &format!("35={kind}|{}{body}", header(number)), at)
    };
    let test = say(&mut session, "1", 1, "112=hello|");
    let answer = "8=FIX.4.4|9=55|35=0|34=1|49=S|52=20261128-07:00:00.000|56=C|112=hello|10=063|";
    assert_eq!(test, (Taken::Session, answer.to_owned()));
    let gap = say(&mut session, "0", 4, "");
    let asked = "8=FIX.4.4|9=54|35=2|34=2|49=S|52=20261128-07:00:00.000|56=C|7=2|16=0|10=215|";
    assert_eq!(gap, (Taken::Session, asked.to_owned()));
    assert_eq!(say(&mut session, "0", 5, "").1, "", "it was asked for once");
    assert_eq!(say(&mut session, "4", 2, "43=Y|123=Y|36=6|"), (Taken::Session, String::new()));
    assert_eq!(session.store.incoming(), 6);
    assert_eq!(say(&mut session, "D", 6, ""), (Taken::Application, String::new()));
    assert_eq!(session.store.incoming(), 6, "it counts once it is carried out");
    session.done(6).expect("it can be kept");
    assert_eq!(say(&mut session, "D", 6, "43=Y|122=20261128-06:59:00|"), (Taken::Session, String::new()));
    let (_, reset) = say(&mut session, "4", 1, "123=N|36=3|");
    assert!(reset.contains("|35=3|") && reset.contains("|371=36|372=4|373=5|"), "{reset}");
    assert!(matches!(say(&mut session, "4", 1, "36=20|"), (Taken::Session, _)));
    assert_eq!(session.store.incoming(), 20);
    let mut out = Vec::new();
    let seconds = |seconds: u64| at + seconds * 1_000_000_000;
    assert_eq!(session.tick(seconds(600), &mut out).expect("it can be kept"), Taken::Session);
    assert!(out.is_empty(), "without a logon there is no heartbeat");
    let (taken, low) = say(&mut session, "0", 6, "");
    assert_eq!(taken, Taken::End("MsgSeqNum too low, expecting 20 but received 6".to_owned()));
    assert!(low.contains("|35=5|"), "{low}");
    let (taken, _) = said(&mut session, "35=0|34=20|49=X|52=20261128-07:00:00.000|56=S|", at);
    assert!(matches!(taken, Taken::End(_)), "another's name");
}

/// A session between S and C, at 7:00.
fn session(scratch: &Scratch) -> (Session, u64) {
    let at = time::read(b"20261128-07:00:00.000").expect("a time");
    let store = Store::open(&scratch.at("a.session")).expect("it can be made");
    (Session::new("S", "C", store, at), at)
}

/// A message of C's of this kind, number, and what follows its header, at a time.
fn message(kind: &str, number: u64, at: u64, body: &str) -> String {
    format!("35={kind}|34={number}|49=C|52={}|56=S|{body}", time::written(at))
}

#[test]
fn what_is_missing_is_asked_for_again_until_it_comes_or_the_session_ends() {
    let scratch = Scratch::new();
    let (mut session, at) = session(&scratch);
    let say = |session: &mut Session, kind: &str, number, seconds: u64, body: &str| {
        let at = at + seconds * 1_000_000_000;
        said(session, &message(kind, number, at, body), at)
    };
    let again = "43=Y|122=20261128-07:00:00.000|";
    assert!(say(&mut session, "0", 4, 0, "").1.contains("|35=2|"));
    // 1 is there, 2 is spoiled on its way again, and 3 and 4 show it: it is asked for at once.
    assert_eq!(say(&mut session, "0", 1, 1, again).1, "");
    assert_eq!(say(&mut session, "0", 3, 1, again).1, "");
    let (_, asked) = say(&mut session, "0", 4, 1, again);
    assert!(asked.contains("|35=2|") && asked.contains("|7=2|16=0|"), "{asked}");
    // Nothing comes at all: it is asked for once more, after a while.
    assert_eq!(say(&mut session, "0", 5, 10, "").1, "");
    assert!(say(&mut session, "0", 6, 12, "").1.contains("|7=2|16=0|"));
    let (taken, ended) = say(&mut session, "0", 7, 30, "");
    assert!(
        matches!(taken, Taken::End(_)) && ended.contains("|58=message 2 was asked for 3 times"),
        "{ended}"
    );
}

#[test]
fn silence_brings_a_heartbeat_a_test_request_and_the_end() {
    let scratch = Scratch::new();
    let (mut session, at) = session(&scratch);
    let (read, mut out) = (framed(&message("A", 1, at, "98=0|108=30|")), Vec::new());
    let (logon, _) = message::read(&read).expect("it is framed").expect("it is whole");
    let taken = session.log_on(&logon.expect("it is sound"), at, &mut out).expect("it can be kept");
    assert_eq!(taken, Taken::Session);
    let tick = |session: &mut Session, seconds: u64| {
        let mut out = Vec::new();
        let taken = session.tick(at + seconds * 1_000_000_000, &mut out).expect("it can be kept");
        let text = String::from_utf8(out).expect("it is text").replace('\u{1}', "|");
        let kinds = ["0", "1", "5"].into_iter().filter(|kind| text.contains(&format!("|35={kind}|")));
        (kinds.collect::<String>(), matches!(taken, Taken::End(_)))
    };
    assert_eq!(tick(&mut session, 29), (String::new(), false));
    assert_eq!(tick(&mut session, 30), ("0".to_owned(), false));
    assert_eq!(tick(&mut session, 36), (String::new(), false));
    assert_eq!(tick(&mut session, 37), ("1".to_owned(), false));
    assert_eq!(tick(&mut session, 38), (String::new(), false), "it is asked once");
    // An answer, and the same again, until there is none.
    let heard = at + 40 * 1_000_000_000;
    assert_eq!(said(&mut session, &message("0", 2, heard, "112=heard?|"), heard).0, Taken::Session);
    assert_eq!(tick(&mut session, 70), ("0".to_owned(), false));
    assert_eq!(tick(&mut session, 77), ("1".to_owned(), false));
    assert_eq!(tick(&mut session, 106), (String::new(), false));
    assert_eq!(tick(&mut session, 107), ("5".to_owned(), true));
}

#[test]
fn what_is_kept_no_more_is_gap_filled() {
    let scratch = Scratch::new();
    let (mut session, at) = session(&scratch);
    let mut out = Vec::new();
    for number in 1..=store::MESSAGES_KEPT + 50 {
        let body = Fields::default().with(17, number);
        session.send_kept("8", &body, at, &mut out).expect("it can be kept");
    }
    let (_, again) = said(&mut session, &message("2", 1, at, "7=1|16=0|"), at);
    assert!(again.contains("|35=4|34=1|") && again.contains("|123=Y|36=51|"), "{}", &again[..200]);
    assert_eq!(again.matches("|35=8|").count(), store::MESSAGES_KEPT);
    assert!(again.contains("|17=51|") && !again.contains("|17=50|"));
}

#[test]
fn a_field_that_is_none_is_rejected_and_its_message_counts() {
    let scratch = Scratch::new();
    let (mut session, at) = session(&scratch);
    let (taken, told) = said(&mut session, &message("D", 1, at, "11=a|x=1|"), at);
    assert_eq!(taken, Taken::Session);
    assert!(told.contains("|35=3|") && told.contains("|45=1|372=D|373=0|"), "{told}");
    let many = "58=x|".repeat(message::MOST_FIELDS);
    let (_, told) = said(&mut session, &message("D", 2, at, &many), at);
    assert!(told.contains("|45=2|372=D|373=99|"), "{told}");
    assert_eq!(said(&mut session, &message("D", 3, at, "11=a|"), at).0, Taken::Application);
}

#[test]
fn a_logon_below_what_is_expected_is_told_so_whatever_it_says_of_itself() {
    let scratch = Scratch::new();
    let (mut session, at) = session(&scratch);
    session.store.expect(20).expect("it can be kept");
    let log_on = |number, body: &str| {
        let text = framed(&message("A", number, at, &format!("98=0|108=30|{body}")));
        let (read, _) = message::read(&text).expect("it is framed").expect("it is whole");
        let (read, mut out) = (read.expect("it is sound"), Vec::new());
        let mut session =
            Session::new("S", "C", Store::open(&scratch.at("a.session")).expect("it is there"), at);
        let taken = session.log_on(&read, at, &mut out).expect("it can be kept");
        (taken, String::from_utf8(out).expect("it is text").replace('\u{1}', "|"))
    };
    for body in ["", "43=Y|122=20261128-07:00:00.000|", "43=Y|"] {
        let (taken, told) = log_on(7, body);
        assert_eq!(taken, Taken::End("MsgSeqNum too low, expecting 20 but received 7".to_owned()));
        assert!(told.contains("|35=5|") && told.contains("expecting 20"), "{told}");
    }
    let (taken, told) = log_on(7, "141=Y|");
    assert!(
        matches!(taken, Taken::End(_)) && told.contains("|58=ResetSeqNumFlag is for MsgSeqNum 1|"),
        "{told}"
    );
    assert!(log_on(20, "").1.contains("|35=A|"));
    assert!(log_on(1, "141=Y|").1.contains("|35=A|34=1|"));
}

#[test]
fn what_is_no_fix_ends_the_connection_and_what_is_garbled_is_passed_over() {
    let scratch = Scratch::new();
    realm(&scratch.at("realm"));
    let server = serve(&scratch.at("realm"));
    for bytes in [b"GET / HTTP/1.1\r\n\r\n".to_vec(), b"8=FIX.4.4\x019=99999999\x01".to_vec(), vec![0; 5000]]
    {
        let mut client = FixClient::connect(server.address("FIX"), "X", 1);
        client.send_bytes(&bytes);
        assert_eq!(client.receive(), None);
    }
    let mut bob = FixClient::log_on(server.address("FIX"), "BOB", 1, "553=2");
    bob.send_bytes(b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01");
    bob.send("1", "112=still");
    assert_eq!(bob.receive().expect("a heartbeat").some(&[35, 112]), "35=0|112=still");
    bob.send_bytes(b"8=FIX.4.4\x019=5\x0135=0\x01XX=000\x01");
    assert_eq!(bob.expect("5").get(58), "expected the checksum 10= where the body ends");
    assert_eq!(bob.receive(), None);
}
