//! A realm in which everybody of every role has made everything once, while they all might; and then each was left its one role.

use std::path::PathBuf;

use bartizan_io::server::tokens::Right;
use bartizan_tests::http::Client;
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::server::Server;
use bartizan_tests::stage::{COMMANDS, tokens};
use serde_json::{Value, json};

/// Who is there, each with the roles that are left to it; their numbers begin with 1. `bob` and `cat` are the others, with whom and against whom things are done.
const ALL: [(&str, &[&str]); 9] = [
    ("guest", &[]),
    ("trader", &["trader"]),
    ("issuer", &["issuer"]),
    ("organiser", &["organiser"]),
    ("solver", &["solver"]),
    ("operator", &["operator"]),
    ("auditor", &[]),
    ("bob", &["trader"]),
    ("cat", &["trader"]),
];

/// What somebody has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    /// Its number.
    pub(crate) agent: u64,
    /// The asset that it defined, and its accounts of that, of euros, of apples and of what it has nothing of.
    pub(crate) asset: u64,
    pub(crate) accounts: [u64; 4],
    /// A hold that is to bring it euros.
    pub(crate) hold: u64,
    /// Where a transfer to it stands in the log.
    pub(crate) transfer: u64,
    /// The market that it made, its order there, and a trade.
    pub(crate) market: u64,
    pub(crate) order: u64,
    pub(crate) trade: u64,
    /// The round that it opened, with its offer.
    pub(crate) round: u64,
    pub(crate) offer: u64,
}

/// The realm.
pub(crate) struct Village {
    /// Removed with it.
    _scratch: Scratch,
    pub(crate) data: PathBuf,
    pub(crate) all: Vec<Own>,
    /// An asset of which nobody has an account.
    pub(crate) fresh: u64,
    /// A round that is closed; what a solver would propose for it.
    pub(crate) closed: u64,
    pub(crate) proposal: Value,
    pub(crate) outcome: String,
    /// A round of everybody with the best of proposals, and one of bob and cat.
    pub(crate) proposed: [u64; 2],
}

/// Says one thing after the other, each of which must be done.
struct Founder {
    client: Client,
    next: u64,
}

impl Founder {
    /// What became of a command of an agent.
    fn answer(&mut self, actor: u64, command: &Value) -> Value {
        self.next += 1;
        let said = json!({ "id": self.next, "actor": actor, "command": command });
        let answer = self.client.post(COMMANDS, &said);
        assert_eq!(answer.status, 200, "{said}: {}", String::from_utf8_lossy(&answer.body));
        answer.json()
    }

    /// The number of what it made; its own place in the log, if it made nothing.
    fn say(&mut self, actor: u64, command: &Value) -> u64 {
        let answer = self.answer(actor, command);
        answer.get("made").or(answer.get("sequence")).and_then(Value::as_u64).expect("a number")
    }

    fn account(&mut self, owner: u64, asset: u64) -> u64 {
        self.say(owner, &json!({ "OpenAccount": { "owner": owner, "asset": asset } }))
    }

    fn round(&mut self, organiser: u64, money: u64) -> u64 {
        let open = json!({ "name": "fair", "objectives": ["Items"], "money": money, "proposals_ns": 3_155_760_000_000_000_000_u64 });
        self.say(organiser, &json!({ "OpenRound": open }))
    }

    fn offer(&mut self, who: &Own, round: u64, wanted: u64) -> u64 {
        let offer = json!({ "round": round, "gives": { "Lot": { "asset": who.asset } }, "wants": [{ "wanted": { "Asset": { "asset": wanted } } }] });
        self.say(who.agent, &json!({ "SubmitOffer": offer }))
    }

    /// A closed round in which each gives its asset for that of the next; and what the program's solver makes of it.
    fn ring(&mut self, scratch: &Scratch, of: &[Own], money: u64) -> (u64, String) {
        let round = self.round(0, money);
        for (who, next) in of.iter().zip(of.iter().cycle().skip(1)) {
            self.offer(who, round, next.asset);
        }
        self.say(0, &json!({ "CloseRound": { "round": round } }));
        let frozen = self.client.get(&format!("/v1/realms/realm/rounds/{round}/frozen"));
        let file = scratch.file("frozen.json", frozen.body);
        let outcome = run(["clear", file.to_str().expect("UTF-8"), "--output", "-", "--quiet"]).out;
        (round, outcome)
    }

    fn propose(&mut self, round: u64, outcome: &str, actor: u64) {
        self.next += 1;
        let key = self.next.to_string();
        let path = format!("/v1/realms/realm/rounds/{round}/outcome?actor={actor}");
        self.client.ask("POST", &path, &[("Idempotency-Key", &key)], outcome.as_bytes()).expect(200);
    }

    /// Makes all that somebody has of what needs nobody else.
    fn settle_down(&mut self, agent: u64, name: &str, [apple, euro, spare]: [u64; 3]) -> Own {
        let mut own = Own { agent, ..Own::default() };
        let define = json!({ "name": format!("{name}'s"), "class": "Token", "supply": "Open" });
        own.asset = self.say(agent, &json!({ "DefineAsset": define }));
        own.accounts = [own.asset, euro, apple, spare].map(|asset| self.account(agent, asset));
        for (account, amount) in own.accounts[..3].iter().zip([100, 100_000, 1_000]) {
            let by = if amount == 100 { agent } else { 0 };
            self.say(by, &json!({ "IssueAsset": { "credit": account, "amount": amount } }));
        }
        let create = json!({ "name": name, "base": apple, "quote": euro, "fee_owner": agent });
        own.market = self.say(agent, &json!({ "CreateMarket": create }));
        own.round = self.round(agent, euro);
        own.offer = self.offer(&own, own.round, apple);
        own
    }

    /// What somebody has of what another does with it.
    fn meet(&mut self, own: &mut Own, other: &Own) {
        let give = |amount: u64, pending: Value| json!({ "CreateTransfer": { "debit": other.accounts[1], "credit": own.accounts[1], "amount": amount, "pending": pending } });
        own.transfer = self.say(other.agent, &give(10, Value::Null));
        own.hold = self.say(other.agent, &give(20, json!({})));
        let order = |side: &str, price: i64, group: u64| json!({ "NewOrder": { "market": own.market, "order": { "side": side, "order_qty": 5, "group": group, "ord_type": { "Limit": { "price": price } } } } });
        self.say(other.agent, &order("Sell", 250, 0));
        let bought = self.answer(own.agent, &order("Buy", 250, 0));
        let trade = bought["reports"]
            .as_array()
            .expect("reports")
            .iter()
            .find(|report| report["exec_type"] == "Trade");
        own.trade = trade.expect("it traded")["sequence"].as_u64().expect("a number");
        own.order = self.say(own.agent, &order("Sell", 300, 7));
    }
}

impl Village {
    /// Founds it.
    pub(crate) fn found() -> Self {
        let scratch = Scratch::new();
        let data = scratch.at("realm");
        let server = Server::start(&data, &[]);
        let mut founder = Founder { client: server.http(), next: 0 };
        for (name, _) in ALL {
            let roles = ["trader", "issuer", "organiser", "solver"];
            founder.say(0, &json!({ "RegisterAgent": { "name": name, "roles": roles } }));
        }
        let goods = ["apple", "euro", "spare", "fresh"].map(|name| {
            founder.say(0, &json!({ "DefineAsset": { "name": name, "class": "Token", "supply": "Open" } }))
        });
        let [apple, euro, spare, fresh] = goods;
        let mut all: Vec<Own> = (1..)
            .zip(ALL)
            .map(|(agent, (name, _))| founder.settle_down(agent, name, [apple, euro, spare]))
            .collect();
        let [.., bob, cat] = &all[..] else { panic!("there are two others") };
        let (bob, cat) = (bob.clone(), cat.clone());
        for own in &mut all {
            let other = if own.agent == bob.agent { &cat } else { &bob };
            founder.meet(own, other);
        }
        let (closed, outcome) = founder.ring(&scratch, &[bob.clone(), cat.clone()], euro);
        let (everybody, best) = founder.ring(&scratch, &all, euro);
        founder.propose(everybody, &best, bob.agent);
        let (of_others, best) = founder.ring(&scratch, &[bob, cat], euro);
        founder.propose(of_others, &best, 0);
        for (agent, (_, roles)) in (1..).zip(ALL) {
            founder.say(0, &json!({ "SetRoles": { "agent": agent, "roles": roles } }));
        }
        assert_eq!(server.stop(), 0);
        let file = scratch.file("outcome.json", &outcome).display().to_string();
        let (round, name) = (closed.to_string(), data.display().to_string());
        let propose =
            ["round", "propose", &file, "--data", &name, "--round", &round, "--actor", "5", "--id", "1"];
        let line = run(propose).clean();
        let key = scratch.at("log.key").display().to_string();
        run(["log", "key", &key, "--new", "example.org/village"]).clean();
        run(["log", "checkpoint", "--data", &name, "--key", &key]).clean();
        let proposal = serde_json::from_str::<Value>(&line).expect("a line of JSON")["command"].clone();
        let proposed = [everybody, of_others];
        Village { _scratch: scratch, data, all, fresh, closed, proposal, outcome, proposed }
    }

    /// What somebody of this name has.
    pub(crate) fn own(&self, name: &str) -> &Own {
        let place = ALL.iter().position(|(known, _)| *known == name);
        &self.all[place.unwrap_or_else(|| panic!("nobody is called {name}"))]
    }

    /// A token for each column of the tables: who has it, and its text; none for nobody.
    pub(crate) fn tokens(&self) -> Vec<(&'static str, &Own, Option<String>)> {
        use Right::{Audit, Read, Write};
        let of = |name: &str| self.own(name).agent as u32;
        let both: &[Right] = &[Read, Write];
        let texts = tokens(
            &self.data,
            [
                (of("guest"), both),
                (of("trader"), both),
                (of("issuer"), both),
                (of("organiser"), both),
                (of("solver"), both),
                (of("operator"), both),
                (of("auditor"), &[Read, Audit]),
                (of("operator"), &[Read]),
                (of("operator"), &[Write]),
            ],
        );
        let owners = [
            "guest",
            "trader",
            "issuer",
            "organiser",
            "solver",
            "operator",
            "auditor",
            "operator",
            "operator",
        ];
        let nobody = ("nobody", self.own("guest"), None);
        let others = COLUMNS[1..].iter().zip(owners).zip(texts);
        let others = others.map(|((&column, owner), text)| (column, self.own(owner), Some(text)));
        std::iter::once(nobody).chain(others).collect()
    }
}

/// The columns of the tables: nobody, who has no token; one agent of each role, which reads and writes; an auditor, whose token sees all and writes nothing; and an
/// operator's tokens that only read or only write.
pub(crate) const COLUMNS: [&str; 10] =
    ["nobody", "guest", "trader", "issuer", "organiser", "solver", "operator", "auditor", "reads", "writes"];
