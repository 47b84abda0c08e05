//! Transfers in memory: a realm with accounts of one asset, and transfers between two of them at random.

use std::hint::black_box;
use std::time::{Duration, Instant};

use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::{CreateTransfer, IssueAsset};
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, DefineAsset, Envelope, OpenAccount, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;

/// Commands that are handed over together.
const BATCH: usize = 1_024;

/// Agents: each has an account of each of as many assets as it takes.
pub(crate) const AGENTS: usize = 1_000;

/// A random stream: splitmix64.
pub(crate) struct Stream(pub(crate) u64);

impl Stream {
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % count as u64) as usize
    }
}

/// The commands that found a realm with so many accounts, all with funds, but for those of the issuer. All agents may trade.
pub(crate) fn founding(accounts: usize) -> impl Iterator<Item = Envelope> {
    let agents = AGENTS.min(accounts);
    let assets = accounts.div_ceil(agents);
    let registered = (1..=agents).map(|number| {
        let (name, roles) = (format!("agent {number}"), Roles::of(&[Role::Trader]));
        Command::RegisterAgent(RegisterAgent { agent: None, name, key: None, roles })
    });
    let defined = (1..=assets).map(|number| {
        let (class, supply) = (AssetClass::Token, SupplyRule::Open);
        let name = format!("asset {number}");
        Command::DefineAsset(DefineAsset { asset: None, name, class, scale: 2, supply })
    });
    let opened = (0..assets * agents).map(move |number| {
        let (asset, owner) = (AssetId((number / agents) as u32 + 1), AgentId((number % agents) as u32 + 1));
        let (account, overdraft, ceiling) = (None, Amount::ZERO, None);
        Command::OpenAccount(OpenAccount { account, owner, asset, overdraft, ceiling })
    });
    let issued = (0..assets * agents).map(move |number| {
        let credit = AccountId((assets + number + 1) as u32);
        Command::IssueAsset(IssueAsset { credit, amount: Amount(1 << 40) })
    });
    let commands = registered.chain(defined).chain(opened).chain(issued);
    (1..).map(CommandId).zip(commands).map(|(id, command)| Envelope { id, actor: AgentId::REALM, command })
}

/// Transfers between two agents' accounts of one asset, by the debited account's owner.
pub(crate) struct Transfers {
    stream: Stream,
    agents: usize,
    assets: usize,
    next: u128,
}

impl Transfers {
    pub(crate) fn new(accounts: usize) -> Self {
        let agents = AGENTS.min(accounts);
        Transfers { stream: Stream(42), agents, assets: accounts.div_ceil(agents), next: 1 << 40 }
    }

    pub(crate) fn next(&mut self) -> Envelope {
        let (from, gap) = (self.stream.below(self.agents), 1 + self.stream.below(self.agents - 1));
        let to = (from + gap) % self.agents;
        let first = self.assets + self.stream.below(self.assets) * self.agents + 1;
        let (debit, credit) = (AccountId((first + from) as u32), AccountId((first + to) as u32));
        let amount = Amount(1 + self.stream.below(1_000) as u128);
        self.next += 1;
        let transfer = CreateTransfer { debit, credit, amount, pending: None };
        Envelope {
            id: CommandId(self.next),
            actor: AgentId(from as u32 + 1),
            command: Command::CreateTransfer(transfer),
        }
    }
}

/// A realm that applied the founding commands.
pub(crate) fn founded(accounts: usize) -> Realm {
    let mut realm = Realm::new();
    let mut events = Events::default();
    let founding: Vec<Envelope> = founding(accounts).collect();
    for batch in founding.chunks(BATCH) {
        events.clear();
        realm.apply_batch(Sequence(realm.sequence().0 + 1), 0, batch, &mut events);
        assert!(
            !events.list.iter().any(|event| matches!(event, Event::Rejected { .. })),
            "{:?}",
            events.list
        );
    }
    realm
}

/// Measures, and prints.
pub(crate) fn print(accounts: usize, count: usize, rounds: usize) {
    println!(
        "transfers among {accounts} accounts, in memory, {BATCH} a batch, one thread; ids remembered, events told"
    );
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours.push(through_the_realm(accounts, count).as_secs_f64() / count as f64 * 1e9);
        bare.push(bare_additions(accounts, count).as_secs_f64() / count as f64 * 1e9);
    }
    for (name, mut times) in [("realm", ours), ("a balance less, a balance more", bare)] {
        times.sort_by(f64::total_cmp);
        let (best, median) = (times[0], times[times.len() / 2]);
        println!(
            "  {name:<34} best {best:>7.1} ns, median {median:>7.1} ns: {:>6.2} million a second",
            1e3 / median
        );
    }
}

fn through_the_realm(accounts: usize, count: usize) -> Duration {
    let mut realm = founded(accounts);
    let mut transfers = Transfers::new(accounts);
    let mut events = Events::default();
    let mut taken = Duration::ZERO;
    let mut batch = Vec::with_capacity(BATCH);
    for _ in 0..count.div_ceil(BATCH) {
        batch.clear();
        batch.extend((0..BATCH).map(|_| transfers.next()));
        let started = Instant::now();
        events.clear();
        realm.apply_batch(Sequence(realm.sequence().0 + 1), 0, black_box(&batch), &mut events);
        black_box(&events);
        taken += started.elapsed();
        assert_eq!(events.list.len(), BATCH, "each is one posting");
    }
    taken
}

/// What no ledger can do without: two 128-bit additions at random places.
fn bare_additions(accounts: usize, count: usize) -> Duration {
    let mut balances = vec![1_i128 << 40; 2 * accounts + 2];
    let mut transfers = Transfers::new(accounts);
    let mut taken = Duration::ZERO;
    let mut batch = Vec::with_capacity(BATCH);
    for _ in 0..count.div_ceil(BATCH) {
        batch.clear();
        batch.extend((0..BATCH).map(|_| transfers.next()));
        let started = Instant::now();
        for envelope in black_box(&batch) {
            let Command::CreateTransfer(transfer) = &envelope.command else {
                unreachable!("nothing else is made")
            };
            balances[transfer.debit.0 as usize] -= transfer.amount.0 as i128;
            balances[transfer.credit.0 as usize] += transfer.amount.0 as i128;
        }
        black_box(&balances);
        taken += started.elapsed();
    }
    taken
}
