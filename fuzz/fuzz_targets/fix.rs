//! What comes in by FIX and by the ITCH feed's packets: whatever the bytes, they are read as something or refused by name, within their limits; and what is read is written and read the same again. As lines,
//! they are a session's messages in a realm with a market: orders, cancels and changes are carried out there, and what follows is told in messages that can be read.
#![no_main]

use std::sync::OnceLock;

use bartizan_engine::book::{ExecType, Report};
use bartizan_engine::codec::Codec;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::units::{AgentId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::command::{Command, Envelope};
use bartizan_io::fix::data::Subscription;
use bartizan_io::fix::instrument::{self, Instrument};
use bartizan_io::fix::known::Orders;
use bartizan_io::fix::message::{self, Fields, MOST_BODY, MOST_FIELDS, Message};
use bartizan_io::fix::reports::{self, Request};
use bartizan_io::fix::session::{Session, Taken};
use bartizan_io::fix::store::Store;
use bartizan_io::fix::{data, ids, orders, time};
use bartizan_io::itch::soup;
use bartizan_io::node::intake::{lines, read_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some((read, length))) = message::read(rest) {
        assert!(length <= MOST_BODY + 64);
        if let Ok(message) = read {
            check(&message);
        }
        rest = &rest[length..];
    }
    packets(bytes);
    Trader::new().trade(bytes);
});

fn packets(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Some((packet, length))) = soup::read(rest) {
        assert!(length <= soup::MOST_PACKET + 2);
        let mut again = Vec::new();
        soup::write(&mut again, packet.letter, packet.payload);
        assert_eq!(again, rest[..length]);
        let _ = soup::login(&packet);
        rest = &rest[length..];
    }
}

fn check(message: &Message<'_>) {
    assert!(message.fields().len() <= MOST_FIELDS && message.get(35) == Some(message.kind()));
    let _ = (message.repeated(&[11, 54]), message.wrong(), message.sequence(), orders::need_side(message));
    let _ = (data::request(message), data::asked(message));
    if let Ok(id) = orders::need_id(message, 11) {
        assert_ne!(ids::client(id).0, 0);
        assert_eq!(ids::command(id), ids::command(id));
    }
    for &(tag, value) in message.fields() {
        let _ = (instrument::lots(tag, value), time::read(value));
    }
    // What we write of it, anybody can frame.
    let mut fields = Fields::default();
    for &(tag, value) in &message.fields()[1..] {
        fields.put(tag, String::from_utf8_lossy(value));
    }
    // The length of data is that of what came, not of what is written of it.
    let has_data = message.fields().iter().any(|&(_, value)| value.contains(&message::SOH));
    let kind = String::from_utf8_lossy(message.kind()).into_owned();
    if has_data || kind.contains(char::is_control) || fields.as_text().len() > MOST_BODY / 2 {
        return;
    }
    let mut bytes = Vec::new();
    message::write(&mut bytes, &kind, &[&fields]);
    let (again, length) = message::read(&bytes).expect("it is framed").expect("it is whole");
    assert_eq!((again.expect("it is sound").fields().len(), length), (message.fields().len(), bytes.len()));
}

/// When everything happens: an hour after the realm's last command.
const NOW: u64 = 1_764_064_800_000_000_000;

/// Bob, in the realm of `tests/realm/apples.jsonl`, where ann offers apples for euros.
const BOB: AgentId = AgentId(2);

fn founded() -> Realm {
    static FOUNDED: OnceLock<Realm> = OnceLock::new();
    let founded = FOUNDED.get_or_init(|| {
        let (mut realm, mut events) = (Realm::new(), Events::default());
        for (number, line) in lines(include_bytes!("../../tests/realm/apples.jsonl")) {
            let Some(line) = read_line(number, line).expect("it is sound") else { continue };
            let (sequence, time) = (Sequence(realm.sequence().0 + 1), line.time.expect("each has one"));
            realm.apply(sequence, time, &line.into_envelope(), &mut events);
        }
        realm
    });
    founded.clone()
}

/// Bob's session.
struct Trader {
    realm: Realm,
    events: Events,
    session: Session,
    orders: Orders,
    subscription: Option<Subscription>,
}

impl Trader {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("bartizan-fuzz-fix-{}.session", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let store = Store::open(&path).expect("the folder for temporary files can be written");
        let session = Session::new("S", "C", store, NOW);
        Trader {
            realm: founded(),
            events: Events::default(),
            session,
            orders: Orders::default(),
            subscription: None,
        }
    }

    /// Takes each line as a message: its type, and its fields, with bars between them. A line that begins with `=` has its own header.
    fn trade(mut self, bytes: &[u8]) {
        for line in bytes.split(|&byte| byte == b'\n').take(64) {
            let (mut body, rest) = if let Some(rest) = line.strip_prefix(b"=") {
                (b"35=".to_vec(), rest)
            } else {
                let end = line.iter().position(|&byte| byte == b'|').unwrap_or(line.len());
                let number = self.session.store.incoming();
                let mut body = [b"35=", &line[..end]].concat();
                let sent = time::written(NOW);
                body.extend(format!("\x0134={number}\x0149=C\x0152={sent}\x0156=S").into_bytes());
                (body, &line[end..])
            };
            body.extend(rest.iter().map(|&byte| if byte == b'|' { 1 } else { byte }));
            body.push(1);
            if body.len() > MOST_BODY {
                continue;
            }
            let mut framed = format!("8=FIX.4.4\x019={}\x01", body.len()).into_bytes();
            framed.extend(body);
            let sum = message::checksum(&framed);
            framed.extend(format!("10={sum:03}\x01").into_bytes());
            let (read, length) = message::read(&framed).expect("it is framed").expect("it is whole");
            assert_eq!(length, framed.len());
            let Ok(message) = read else { continue };
            check(&message);
            if !self.take(&message) {
                break;
            }
        }
        self.realm.check();
        self.orders.open().for_each(|((market, order), known)| {
            let book = self.realm.markets().get(market).expect("a market with orders exists").book();
            let open = book.order(order).expect("what is told to be open is open");
            assert_eq!((open.leaves.0, open.cumulative.0), (known.leaves, known.cumulative));
        });
    }

    /// Takes a message; whether the session goes on.
    fn take(&mut self, message: &Message<'_>) -> bool {
        let mut out = Vec::new();
        let taken = self.session.take(message, NOW, &mut out).expect("the session can be kept");
        readable(&out);
        match taken {
            Taken::Session => true,
            Taken::End(_) => false,
            Taken::Application => {
                let mut out = Vec::new();
                match message.kind() {
                    b"D" | b"F" | b"G" => drop(self.order(message, &mut out)),
                    b"V" => drop(self.market_data(message, &mut out)),
                    _ => {}
                }
                readable(&out);
                let number = message.sequence().expect("the session has seen to that");
                self.session.done(number).expect("the session can be kept");
                true
            }
        }
    }

    fn order(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Option<()> {
        let client = orders::need_id(message, 11).ok()?.to_owned();
        let original = message.get(41).and_then(|_| orders::need_id(message, 41).ok()).map(str::to_owned);
        let instrument = Instrument::of_message(&self.realm, message).ok()??;
        let target = original.as_ref().and_then(|id| self.orders.find(ids::client(id))).map(|(key, _)| key.1);
        let id = ids::client(&client);
        let command = match message.kind() {
            b"D" => orders::place(message, &instrument).ok()?,
            b"F" => orders::cancel(&instrument, target?),
            _ => orders::replace(message, &instrument, target?, id).ok()?,
        };
        self.session.store.name(id.0, &client, |_| false).expect("the session can be kept");
        let request = Request { kind: char::from(message.kind()[0]), client, original };
        let envelope = Envelope { id: ids::command(&request.client), actor: BOB, command };
        let again = Envelope::from_bytes(&envelope.to_bytes()).expect("what is asked can be journalled");
        assert_eq!(again, envelope);
        if !matches!(self.realm.identify(&envelope), bartizan_engine::realm::identity::Identity::New) {
            return None;
        }
        self.events.clear();
        let sequence = Sequence(self.realm.sequence().0 + 1);
        let answer = self.realm.apply(sequence, NOW, &envelope, &mut self.events);
        if let Some(reject) = answer.reject() {
            let why = ('8', reports::order_reason(reject), &*reports::named(reject));
            let symbol = Fields::default().with(55, "apples");
            let fields = reports::refused((&request.client, "0.1"), (&symbol, "1"), why, NOW);
            self.session.send_kept("8", &fields, NOW, out).expect("the session can be kept");
            return None;
        }
        assert!(matches!(
            envelope.command,
            Command::NewOrder(_) | Command::CancelOrder(_) | Command::ReplaceOrder(_)
        ));
        self.tell(sequence, &request, out);
        Some(())
    }

    /// Tells what followed from an order, as a session is told.
    fn tell(&mut self, sequence: Sequence, request: &Request, out: &mut Vec<u8>) {
        let (mut reports, mut market) = (&self.events.book.reports[..], &self.events.book.market[..]);
        for event in &self.events.list {
            match *event {
                Event::Reports { market, count } => {
                    let (these, rest) = reports.split_at(count as usize);
                    reports = rest;
                    let instrument = Instrument::of(&self.realm, market).expect("it has reported");
                    let is_refused = |report: &&Report| {
                        matches!(report.exec_type, ExecType::Rejected | ExecType::CancelRejected)
                    };
                    let is_told = |report: &&Report| report.account.0 == BOB.0 && !is_refused(report);
                    for report in these.iter().filter(is_told) {
                        let known = self.orders.learn(market, report);
                        let store = &self.session.store;
                        let fields =
                            reports::execution(&instrument, (report, &known), NOW, (store, Some(request)));
                        self.session.send_kept("8", &fields, NOW, out).expect("the session can be kept");
                    }
                }
                Event::MarketData { count, .. } => {
                    let (these, rest) = market.split_at(count as usize);
                    market = rest;
                    let subscription = self.subscription.as_mut();
                    let told = these.iter().map(|event| &event.data);
                    if let Some(fields) = subscription.and_then(|it| it.changes(sequence, told)) {
                        self.session.send("X", &fields, NOW, out).expect("the session can be kept");
                    }
                }
                _ => {}
            }
        }
    }

    fn market_data(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> Option<()> {
        let (request, None) = data::request(message).ok()? else { return None };
        for (symbol, id) in data::asked(message).ok()? {
            let instrument = Instrument::meant(&self.realm, symbol, id).ok()??;
            let book = self.realm.markets().get(instrument.market).expect("it is meant").book();
            let fields = data::snapshot(&request, &instrument, book);
            self.session.send("W", &fields, NOW, out).expect("the session can be kept");
            self.subscription = Some(Subscription::new(&request, instrument, book, self.realm.sequence()));
        }
        Some(())
    }
}

/// What is sent must be messages that can be read.
fn readable(mut sent: &[u8]) {
    while !sent.is_empty() {
        let (message, length) = message::read(sent).expect("it is framed").expect("it is whole");
        message.expect("it is sound");
        sent = &sent[length..];
    }
}
