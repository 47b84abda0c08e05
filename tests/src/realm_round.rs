//! A round, told to a realm: its users as agents, its goods as assets of which there is one, its items as offers.
//!
//! Offers may name only bids and dummies that are there already, so wants for later ones are left out ([`tellable`]); goods are
//! wanted by their asset and may come in any order.

use bartizan_engine::codec::Codec;
use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::IssueAsset;
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, DefineAsset, Envelope, OpenAccount, RegisterAgent};
use bartizan_engine::realm::ids::CommandId;
use bartizan_engine::reject::Reject;
use bartizan_engine::rounds::command::{CloseRound, LimitSpending, OpenRound, SettleRound, SubmitOffer};
use bartizan_engine::rounds::freeze::Frozen;
use bartizan_engine::rounds::offer::{Gives, Want, Wanted};
use bartizan_engine::rounds::rules::Goal;
use bartizan_engine::rounds::units::{OfferId, RoundId};
use bartizan_engine::{ItemIndex, ItemKind, Outcome, Round, Wants};

/// The only round.
pub const ROUND: RoundId = RoundId(1);

/// What every trader has of the money, to begin with.
pub const COINS: u64 = 1_000_000;

/// Money is the first asset.
const MONEY: AssetId = AssetId(1);

/// A realm with one round, in which agents and offers are numbered as users and items are, from 1.
#[derive(Debug)]
pub struct RealmRound {
    /// The realm.
    pub realm: Realm,
    /// What it said last.
    pub events: Events,
    /// By item, what it is an asset of; none of dummies and bids.
    pub assets: Vec<Option<AssetId>>,
}

/// `round` without the wants that no offer could name when it is made or of a bid for money, with a user for every item, and with costs of 0 in the lists of
/// dummies: as it comes back frozen.
pub fn tellable(round: &Round<'_>) -> Round<'static> {
    let mut told = Round {
        wants: Wants { first: vec![0], ..Wants::default() },
        objectives: round.objectives.clone(),
        nontrade_cost: round.nontrade_cost,
        seed: Round::FIRST_SEED,
        ..Round::default()
    };
    told.users = (round.users.iter())
        .map(|user| bartizan_engine::User { name: user.name.to_string().into(), limit: user.limit })
        .collect();
    // Which items may bring money: bids, and dummies that want such.
    let mut is_money: Vec<bool> = Vec::with_capacity(round.items.len());
    for (taker, item) in round.items.iter().enumerate() {
        let is_bid = matches!(item.kind, ItemKind::Bid(_));
        let mut wants_money = false;
        let user = item.user.unwrap_or_else(|| {
            told.users.push(bartizan_engine::User { name: item.name.to_string().into(), limit: None });
            bartizan_engine::UserIndex(told.users.len() as u32 - 1)
        });
        let name = item.name.to_string().into();
        told.items.push(bartizan_engine::Item { name, user: Some(user), kind: item.kind, title: "".into() });
        for want in round.wants.range(ItemIndex(taker as u32)) {
            let wanted = round.wants.item[want];
            let is_named = round.items[wanted.at()].kind == ItemKind::Good || wanted.at() < taker;
            let brings_money = is_named && is_money.get(wanted.at()).is_some_and(|&is_money| is_money);
            if is_named && !(is_bid && brings_money) {
                wants_money |= brings_money;
                let is_dummy = item.kind == ItemKind::Dummy;
                told.wants.item.push(wanted);
                told.wants.cost.push(if is_dummy { 0 } else { round.wants.cost(want) });
                told.wants.price.push(round.wants.price(want));
            }
        }
        told.wants.first.push(told.wants.item.len() as u32);
        is_money.push(is_bid || item.kind == ItemKind::Dummy && wants_money);
    }
    told
}

impl RealmRound {
    /// Tells a [`tellable`] round to a new realm, and closes it.
    ///
    /// # Panics
    /// If anything is refused.
    pub fn closed(round: &Round<'_>, proposals_ns: u64) -> Self {
        let mut told = RealmRound {
            realm: Realm::new(),
            events: Events::default(),
            assets: vec![None; round.items.len()],
        };
        let roles = Roles::of(&[Role::Organiser, Role::Trader, Role::Solver]);
        for user in &round.users {
            let name = user.name.chars().take(32).collect();
            told.realm_does(Command::RegisterAgent(RegisterAgent { agent: None, name, key: None, roles }));
        }
        let supply = SupplyRule::Open;
        let define =
            DefineAsset { asset: None, name: "coin".into(), class: AssetClass::Token, scale: 0, supply };
        told.realm_does(Command::DefineAsset(define));
        let owners: Vec<AgentId> =
            round.items.iter().map(|item| AgentId(item.user.expect("it is tellable").0 + 1)).collect();
        for owner in (1..=round.users.len() as u32).map(AgentId) {
            told.give(owner, MONEY, COINS);
        }
        for (item, &owner) in
            owners.iter().enumerate().filter(|&(item, _)| round.items[item].kind == ItemKind::Good)
        {
            let (name, class) = (round.items[item].name.to_string(), AssetClass::Item);
            let supply = SupplyRule::Capped(Amount(1));
            told.realm_does(Command::DefineAsset(DefineAsset { asset: None, name, class, scale: 0, supply }));
            let asset = told.realm.ledger().assets().last().expect("it was defined").0;
            told.give(owner, asset, 1);
            told.assets[item] = Some(asset);
        }
        told.open(round, proposals_ns);
        for (user, limit) in
            round.users.iter().enumerate().filter_map(|(user, entry)| Some((user, entry.limit?)))
        {
            let most = Some(Amount(limit as u128));
            told.does(AgentId(user as u32 + 1), Command::LimitSpending(LimitSpending { round: ROUND, most }));
        }
        for (item, &owner) in owners.iter().enumerate() {
            let submit = told.offer(round, item);
            told.does(owner, Command::SubmitOffer(submit));
        }
        told.realm_does(Command::CloseRound(CloseRound { round: ROUND }));
        told
    }

    fn open(&mut self, round: &Round<'_>, proposals_ns: u64) {
        let agents: Vec<AgentId> = (1..=round.users.len() as u32).map(AgentId).collect();
        let goal = |&objective| Goal::of(objective, &agents).expect("the user exists");
        self.realm_does(Command::OpenRound(OpenRound {
            round: Some(ROUND),
            name: "round".into(),
            objectives: round.objectives.iter().map(goal).collect(),
            nontrade_cost: round.nontrade_cost,
            money: Some(MONEY),
            closes_at: None,
            proposals_ns,
        }));
    }

    fn offer(&self, round: &Round<'_>, item: usize) -> SubmitOffer {
        let gives = match round.items[item].kind {
            ItemKind::Good => {
                Gives::Lot { asset: self.assets[item].expect("goods have one"), amount: Amount(1) }
            }
            ItemKind::Bid(most) => Gives::Bid { most: Amount(most as u128) },
            ItemKind::Dummy => Gives::Dummy,
        };
        let want = |want: usize| {
            let wanted = round.wants.item[want];
            let price = Amount(round.wants.price(want) as u128);
            let wanted = match self.assets[wanted.at()] {
                Some(asset) => Wanted::Asset { asset, least: Amount(1) },
                None => Wanted::Offer { offer: OfferId(wanted.0 + 1), price },
            };
            Want { wanted, cost: round.wants.cost(want) }
        };
        let wants = round.wants.range(ItemIndex(item as u32)).map(want).collect();
        SubmitOffer { round: ROUND, offer: Some(OfferId(item as u32 + 1)), gives, wants }
    }

    fn give(&mut self, owner: AgentId, asset: AssetId, amount: u64) {
        let (overdraft, ceiling) = (Amount::ZERO, None);
        self.realm_does(Command::OpenAccount(OpenAccount {
            account: None,
            owner,
            asset,
            overdraft,
            ceiling,
        }));
        let credit: AccountId = self.realm.ledger().account_of(owner, asset).expect("it was opened");
        self.realm_does(Command::IssueAsset(IssueAsset { credit, amount: Amount(amount.into()) }));
    }

    /// Applies a command, by way of its JSON; returns why it was refused, if it was.
    ///
    /// # Panics
    /// If an invariant of the realm breaks.
    pub fn say(&mut self, actor: AgentId, command: Command) -> Option<Reject> {
        let next = Sequence(self.realm.sequence().0 + 1);
        let envelope = Envelope { id: CommandId(next.0.into()), actor, command };
        let text = serde_json::to_string(&envelope).expect("a command is JSON");
        let envelope = serde_json::from_str(&text).expect("it was written");
        self.events.clear();
        self.realm.apply(next, next.0, &envelope, &mut self.events);
        match self.events.list.last() {
            Some(Event::Rejected { reject, .. }) => Some(*reject),
            _ => None,
        }
    }

    fn does(&mut self, actor: AgentId, command: Command) {
        let told = format!("{command:?}");
        assert_eq!(self.say(actor, command), None, "{told}");
    }

    fn realm_does(&mut self, command: Command) {
        self.does(AgentId::REALM, command);
    }

    /// The round as solvers see it.
    ///
    /// # Panics
    /// If it ended.
    pub fn frozen(&self) -> Frozen {
        self.realm.frozen_round(ROUND).expect("the round is closed")
    }

    /// Proposes an outcome; returns why it was refused, if it was.
    pub fn propose(&mut self, solver: AgentId, outcome: &Outcome) -> Option<Reject> {
        let propose = self.frozen().proposal(ROUND, outcome);
        self.say(solver, Command::ProposeSettlement(propose))
    }

    /// Settles the round; afterwards the realm must be sound, and be its bytes.
    ///
    /// # Panics
    /// If it is refused, or the realm is neither.
    pub fn settle(&mut self) {
        self.realm_does(Command::SettleRound(SettleRound { round: ROUND }));
        self.realm.check();
        let bytes = self.realm.to_bytes();
        let again = Realm::from_bytes(&bytes).expect("a realm reads its own bytes");
        assert_eq!(again.to_bytes(), bytes);
    }

    /// How much an agent has of an asset.
    pub fn has(&self, agent: AgentId, asset: AssetId) -> i128 {
        let ledger = self.realm.ledger();
        let account = ledger.account_of(agent, asset).and_then(|account| ledger.account(account));
        account.map_or(0, |account| account.balance)
    }

    /// How much money an agent has.
    pub fn coins(&self, agent: AgentId) -> i128 {
        self.has(agent, MONEY)
    }

    /// Whether anything is on hold anywhere.
    pub fn is_anything_held(&self) -> bool {
        self.realm.ledger().accounts().any(|(_, account)| account.pending_out != 0)
    }
}
