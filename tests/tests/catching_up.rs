//! What happened before, told by FIX and by the ITCH feed to those who were away: while it is read, and while others have their turns first, a session goes on; who does not read gives his turn back, and
//! who may not be told any more is not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_io::fix::door::{self as fix, Door};
use bartizan_io::fix::message::Fields;
use bartizan_io::fix::store::{Sent, Store};
use bartizan_io::itch::door as itch;
use bartizan_io::journal::{Directory, RealmId, Storage};
use bartizan_io::node::intake::{Line, lines, read_line};
use bartizan_io::server::access::Access;
use bartizan_io::server::audit::Audit;
use bartizan_io::server::host::Host;
use bartizan_io::server::past::{Part, Past, Wanted};
use bartizan_io::server::site::{Bounds, Realm, Site};
use bartizan_io::server::thread::Settings;
use bartizan_io::server::tokens::Tokens;
use bartizan_io::server::turns::Turn;
use bartizan_tests::fix::FixClient;
use bartizan_tests::itch_client::ItchClient;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::workspace;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Carries out commands, as lines of JSON.
fn ask(host: &Host, text: &[u8]) {
    let read = lines(text).filter_map(|(number, line)| read_line(number, line).expect("it is sound"));
    let answers = host.ask(read.map(Line::into_envelope).collect()).expect("the disk is well");
    assert!(answers.iter().all(|answered| answered.answer.is_done()), "{answers:?}");
}

/// A site with the realm of `tests/realm/apples.jsonl`, of which everything happened before it began, a year ago.
struct Hosted {
    site: Arc<Site>,
    runtime: Option<Runtime>,
    fix: String,
    itch: String,
    scratch: Scratch,
}

/// Commands of the realm of apples.
const APPLES: u64 = 21;

impl Hosted {
    /// With `more` commands that do nothing.
    fn start(more: u64, bounds: Bounds) -> Self {
        let scratch = Scratch::new();
        let apples =
            std::fs::read_to_string(workspace().join("tests/realm/apples.jsonl")).expect("it is there");
        let clock = |id: u64| {
            let id = 1000 + id;
            format!(
                "{{\"id\": {id}, \"time\": 1764061200000000000, \"command\": {{\"AdvanceClock\": {{}}}}}}\n"
            )
        };
        let commands = scratch.file("commands.jsonl", [apples, (0..more).map(clock).collect()].concat());
        let data = scratch.at("realm");
        let said = run(["run".as_ref(), commands.as_os_str(), "--data".as_ref(), data.as_os_str()]);
        assert_eq!(said.status, Some(0), "{}", said.err);
        let disk: Arc<dyn Storage> = Arc::new(Directory::open(&data).expect("it is there"));
        let host = Host::start("realm", &disk, RealmId([7; 16]), Settings::default()).expect("it is sound").0;
        assert_eq!(host.view().reached(), Sequence(APPLES + more));
        let access = Access::new(Tokens::open(&scratch.at(".")).expect("there are none"), true);
        let realm = Realm { host, access, log: scratch.at("log"), audit: Audit::none() };
        let site = Arc::new(Site::new(vec![realm], bounds));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("the system gives threads");
        let listen = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("there is a free port");
        let address = |listener: &TcpListener| listener.local_addr().expect("it has one").to_string();
        let (by_fix, by_itch) = (listen(), listen());
        let addresses = (address(&by_fix), address(&by_itch));
        let door = Door::new(Arc::clone(&site), vec![scratch.at("fix")]);
        runtime.spawn(fix::accept(by_fix, door));
        runtime.spawn(itch::accept(by_itch, Arc::clone(&site)));
        Hosted { site, runtime: Some(runtime), fix: addresses.0, itch: addresses.1, scratch }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it runs")
    }

    /// Takes every turn there is, so that all others wait.
    fn turns(&self) -> Vec<Turn> {
        self.runtime().block_on(async {
            let mut turns = Vec::new();
            for _ in 0..self.site.bounds.replays {
                turns.push(self.site.replay().await.expect("the site is there"));
            }
            turns
        })
    }

    /// A session that was told what came before a command, and so many of that command's reports.
    fn told(&self, session: &str, before: u64, reports: usize) {
        let folder: PathBuf = self.scratch.at("fix");
        std::fs::create_dir_all(&folder).expect("it can be made");
        let mut store = Store::open(&folder.join(session)).expect("it can be made");
        store.tell(before - 1).expect("it can be written");
        for report in 0..reports {
            let (kind, time) = ("8".to_owned(), "20261128-07:00:00.000".to_owned());
            let sent = Sent { kind, time, body: Fields::default().with(17, "kept") };
            store.number_kept(sent, Some((before, report))).expect("it can be written");
        }
        store.close().expect("it can be written");
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        self.site.begin_to_stop();
        drop(self.runtime.take());
        self.site.stop();
    }
}

const SELL: &str = "54=2|60=20261128-07:00:00|40=2|59=1";

#[test]
fn a_fix_session_goes_on_while_what_happened_before_waits_for_its_turn() {
    let hosted = Hosted::start(0, Bounds::default());
    hosted.told("1.ANN.BARTIZAN.session", 1, 0);
    let turns = hosted.turns();
    // It is answered at once, and lives for longer than heartbeats that are missed would let it.
    let mut ann = FixClient::log_on_every(&hosted.fix, "ANN", 1, "1", "553=1");
    let began = Instant::now();
    let mut beats = 0;
    while began.elapsed() < Duration::from_secs(4) {
        // She says something only when something comes, so she may be asked.
        let came = ann.receive().expect("a heartbeat");
        assert!(matches!(came.get(35), "0" | "1"), "{}", came.0);
        beats += 1;
        ann.send("0", "");
    }
    assert!(beats >= 3, "{beats} heartbeats");
    ann.send("1", "112=there?");
    while ann.receive().expect("a heartbeat").get(112) != "there?" {}
    // An order waits until what was before it is told.
    ann.send("D", &format!("11=500|55=apples for euros|{SELL}|38=4|44=9"));
    drop(turns);
    assert_eq!(ann.expect("8").some(&[150, 38, 44]), "150=0|38=20|44=2.5");
    assert_eq!(ann.expect("8").some(&[150, 32, 151]), "150=F|32=5|151=15");
    assert_eq!(ann.expect("8").some(&[150, 11]), "150=0|11=500");
}

#[test]
fn a_fix_session_that_says_nothing_is_asked_and_ended_also_while_it_waits() {
    let hosted = Hosted::start(0, Bounds::default());
    hosted.told("1.ANN.BARTIZAN.session", 1, 0);
    let _turns = hosted.turns();
    let mut ann = FixClient::log_on_every(&hosted.fix, "ANN", 1, "1", "553=1");
    let kinds: Vec<String> =
        std::iter::from_fn(|| ann.receive()).map(|came| came.get(35).to_owned()).collect();
    assert!(kinds.iter().any(|kind| kind == "0") && kinds.iter().any(|kind| kind == "1"), "{kinds:?}");
    assert_eq!(kinds.last().map(String::as_str), Some("5"));
}

#[test]
fn what_was_sent_of_a_command_before_a_crash_is_not_sent_under_another_number() {
    let hosted = Hosted::start(0, Bounds::default());
    // Bob's order is new, and trades.
    hosted.told("2.BOB.BARTIZAN.session", 18, 1);
    let mut bob = FixClient::log_on(&hosted.fix, "BOB", 1, "553=2");
    assert_eq!(bob.expect("8").some(&[34, 150, 32]), "34=3|150=F|32=5");
    bob.send("2", "7=1|16=0");
    assert_eq!(bob.expect("8").some(&[34, 43, 17]), "34=1|43=Y|17=kept");
}

#[test]
fn who_does_not_read_gives_his_turn_back_and_is_told_everything_once() {
    let hosted = Hosted::start(600, Bounds::default());
    let before = Sequence(APPLES + 600 + 1);
    hosted.runtime().block_on(async {
        let wanted = wanted(&hosted, before, 1);
        let mut past =
            Past::read(wanted, (), |_| true, |(), moment| Ok(Part::Told(moment.sequence.0, 1 << 19)));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let free = std::iter::from_fn(|| hosted.site.try_replay()).take(hosted.site.bounds.replays);
        assert_eq!(free.collect::<Vec<_>>().len(), hosted.site.bounds.replays, "every turn is free");
        let mut told = Vec::new();
        while let Some(sequence) = past.next().await {
            told.push(sequence);
        }
        assert_eq!(past.stopped().await.expect("the journal can be read").next, before);
        assert!(told.into_iter().eq(1..before.0));
    });
}

/// All of the past of a realm.
fn wanted(hosted: &Hosted, before: Sequence, room: usize) -> Wanted {
    let site = Arc::clone(&hosted.site);
    Wanted { site, place: 0, agent: AgentId(1), from: Sequence(1), before: Some(before), room }
}

#[test]
fn a_reading_stops_when_it_may_not_be_told_nobody_wants_it_or_the_site_stops() {
    const MANY: u64 = 200_000;
    let hosted = Hosted::start(MANY, Bounds::default());
    let all = APPLES + MANY;
    // Says `stops` at the first command, and counts those that it is told.
    let read = |may: fn(&Site) -> bool, stops: fn(&Site)| {
        let of = Arc::clone(&hosted.site);
        Past::read(wanted(&hosted, Sequence(all + 1), 1), 0, may, move |told: &mut u64, _| {
            if *told == 0 {
                stops(&of);
            }
            *told += 1;
            Ok(Part::<()>::Nothing)
        })
    };
    hosted.runtime().block_on(async {
        let mut whole = read(|_| true, |_| ());
        assert!(whole.next().await.is_none());
        assert_eq!(whole.stopped().await.expect("it can be read").state, all);
        let unwanted = read(|_| true, |_| ()).stopped().await.expect("it can be read");
        let mut denied = read(|_| false, |_| ());
        assert!(denied.next().await.is_none());
        let denied = denied.stopped().await.expect("it can be read");
        let mut stopped = read(|_| true, Site::begin_to_stop);
        assert!(stopped.next().await.is_none());
        let stopped = stopped.stopped().await.expect("it can be read");
        assert!(stopped.state > 0);
        for stopped in [unwanted, denied, stopped] {
            assert!(stopped.state < all / 2 && stopped.next == Sequence(stopped.state + 1), "{stopped:?}");
        }
    });
}

#[test]
fn the_feed_beats_while_a_login_waits_and_hears_its_client() {
    let bounds = Bounds { silence: Duration::from_secs(2), ..Bounds::default() };
    let hosted = Hosted::start(0, bounds);
    let turns = hosted.turns();
    let mut client = ItchClient::connect(&hosted.itch);
    client.log_in("1", "", "1");
    for _ in 0..4 {
        assert_eq!(client.receive().map(|(letter, _)| letter), Some(b'H'));
        client.beat();
    }
    drop(turns);
    while let Some((letter, _)) = client.receive() {
        assert!(letter == b'H' || letter == b'A', "{letter}");
        if letter == b'A' {
            break;
        }
    }
    assert_eq!(client.receive().map(|(letter, _)| letter), Some(b'S'));
    // Who is silent is cut off.
    let began = Instant::now();
    while client.receive().is_some() {}
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_day_ends_with_the_first_command_of_the_next() {
    let hosted = Hosted::start(0, Bounds::default());
    let host = &hosted.site.realms()[0].host;
    let mut client = ItchClient::connect(&hosted.itch);
    client.log_in("1", "", "1");
    let (letter, accepted) = client.receive().expect("an answer");
    assert_eq!(letter, b'A');
    let session = String::from_utf8(accepted[..10].to_vec()).expect("it is text");
    assert_eq!(client.receive().map(|(letter, _)| letter), Some(b'S'));
    ask(host, b"{\"id\": 90, \"actor\": 3, \"time\": 1764140400000000000, \"command\": {\"CreateMarket\": {\"name\": \"again\", \"base\": 1, \"quote\": 2, \"fee_owner\": 3}}}\n");
    let mut letters: Vec<u8> = std::iter::from_fn(|| client.receive()).map(|(letter, _)| letter).collect();
    assert_eq!(letters.pop(), Some(b'Z'));
    assert!(letters.iter().all(|letter| matches!(letter, b'S' | b'H')), "{letters:?}");
    // The next day can be logged in to, of the market that is new, too.
    for (market, refused) in [("1", false), ("2", false), ("3", true)] {
        let mut client = ItchClient::connect(&hosted.itch);
        client.log_in(market, "", "1");
        let (letter, accepted) = client.receive().expect("an answer");
        assert_eq!(letter == b'J', refused, "market {market}");
        if !refused {
            let next = String::from_utf8(accepted[..10].to_vec()).expect("it is text");
            assert!(next.trim().starts_with(&format!("{market}.")) && next != session, "{next}");
        }
    }
}

#[test]
fn a_market_other_than_the_first_is_traded_by_its_name_and_by_its_number() {
    let hosted = Hosted::start(0, Bounds::default());
    let host = &hosted.site.realms()[0].host;
    ask(host, b"{\"id\": 90, \"actor\": 3, \"command\": {\"CreateMarket\": {\"name\": \"again\", \"base\": 1, \"quote\": 2, \"fee_owner\": 3}}}\n");
    let mut ann = FixClient::log_on(&hosted.fix, "ANN", 1, "553=1");
    ann.send("D", &format!("11=500|55=again|{SELL}|38=4|44=9"));
    let new = ann.expect("8");
    assert_eq!(new.some(&[150, 55, 48]), "150=0|55=again|48=2");
    assert!(new.get(17).starts_with("2."), "{}", new.0);
    ann.send("V", "262=a|263=0|264=0|267=1|269=1|146=1|55=again|48=2");
    assert!(ann.expect("W").0.contains("|55=again|48=2|22=8|268=1|269=1|270=9|271=4|"));
    ann.send("AF", "584=b|585=1|48=2");
    assert_eq!(ann.expect("8").some(&[150, 11, 911, 912]), "150=I|11=500|911=1|912=Y");
    ann.send("F", "11=501|41=500|48=1|54=2|60=20261128-07:00:00");
    assert_eq!(ann.expect("9").some(&[102]), "102=1", "it is in another market");
    ann.send("F", "11=502|41=500|48=2|54=2|60=20261128-07:00:00");
    assert_eq!(ann.expect("8").some(&[150, 48]), "150=4|48=2");
}
