//! An auditor of a realm: plain maps, obvious code, nothing shared with the ledger but the words. It foretells the answer to every command of the ledger,
//! keeps every balance by what the commands mean, and follows markets and rounds by their postings alone; after each command it compares.
//!
//! What it knows of an order is that its postings balance: that holds are what orders can spend, the realm's own check says.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_engine::event::{Event, Events};
use bartizan_engine::ledger::asset::{AssetClass, SupplyRule};
use bartizan_engine::ledger::movement::{
    CreateTransfer, IssueAsset, PostPending, RetireAsset, Step, VoidPending,
};
use bartizan_engine::ledger::posting::{Posting, PostingKind};
use bartizan_engine::ledger::units::{AccountId, AgentId, Amount, AssetId, HoldId, Sequence};
use bartizan_engine::realm::Realm;
use bartizan_engine::realm::agents::{Role, Roles};
use bartizan_engine::realm::command::{Command, Envelope, OpenAccount};
use bartizan_engine::reject::Answer;
use bartizan_engine::reject::Reject;

/// What the auditor knows of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    owner: u32,
    asset: u32,
    balance: i128,
    out: i128,
    coming: i128,
    overdraft: i128,
    ceiling: Option<i128>,
    is_closed: bool,
}

#[derive(Clone, Debug)]
struct KnownAsset {
    issuer: u32,
    supply: SupplyRule,
    issue_account: u32,
}

#[derive(Clone, Copy, Debug)]
struct KnownHold {
    debit: u32,
    credit: u32,
    amount: i128,
    expires: Option<u64>,
    ended: Option<Reject>,
}

#[derive(Clone, Debug)]
struct Moved {
    debit: u32,
    credit: u32,
    amount: i128,
    reversed: Option<Reject>,
}

/// The auditor.
#[derive(Clone, Debug)]
pub struct Auditor {
    clock: u64,
    roles: Vec<Roles>,
    assets: Vec<KnownAsset>,
    accounts: BTreeMap<u32, Known>,
    holds: BTreeMap<u64, KnownHold>,
    moved: BTreeMap<(u64, u32), Moved>,
    used: BTreeMap<(u32, u128), (Envelope, Sequence, Answer)>,
    /// How many postings the command itself is to make.
    own: usize,
}

impl Default for Auditor {
    fn default() -> Self {
        Auditor {
            clock: 0,
            roles: vec![Roles::of(&[Role::Operator])],
            assets: Vec::new(),
            accounts: BTreeMap::new(),
            holds: BTreeMap::new(),
            moved: BTreeMap::new(),
            used: BTreeMap::new(),
            own: 0,
        }
    }
}

const MAX: i128 = Amount::MAX.0 as i128;

impl Auditor {
    /// Follows one command that was applied, and compares what it knows with what the realm holds.
    ///
    /// # Panics
    /// If the realm did not do what it should.
    pub fn follow(
        &mut self,
        (sequence, time): (Sequence, u64),
        envelope: &Envelope,
        (answer, events): (Answer, &Events),
        realm: &Realm,
    ) {
        self.clock = self.clock.max(time);
        // What time alone brought about comes first: holds that expired, then markets and rounds.
        let (by_time, list) = events.list.split_at(events.before_command);
        for posting in postings(by_time).skip(self.expire()) {
            self.post(posting);
        }
        self.own = 0;
        if let Some(foretold) = self.foretell(sequence, envelope) {
            assert_eq!(answer, Answer::from(foretold), "{foretold:?} was foretold of {envelope:?}: {list:?}");
        }
        // Of a command that is not foretold, what its market or round did; of others nothing is left.
        self.take_in(events);
        let count = postings(list).count() - self.own;
        for posting in postings(list).take(count) {
            self.post(posting);
        }
        self.learn(envelope, events, answer);
        let is_new = envelope.id.0 != 0 && (envelope.actor.0 as usize) < self.roles.len();
        let key = (envelope.actor.0, envelope.id.0);
        if is_new && !self.used.contains_key(&key) {
            self.used.insert(key, (envelope.clone(), sequence, answer));
        }
        self.compare(realm);
    }

    /// Compares every account with the realm's, and every asset's sum with zero.
    ///
    /// # Panics
    /// If they differ.
    pub fn compare(&self, realm: &Realm) {
        let ledger = realm.ledger();
        assert_eq!(ledger.accounts().count(), self.accounts.len(), "accounts");
        let mut sums: BTreeMap<u32, i128> = BTreeMap::new();
        for (id, account) in ledger.accounts() {
            let known = &self.accounts[&id.0];
            let has =
                (account.balance, account.pending_out as i128, account.pending_in as i128, account.is_closed);
            assert_eq!(
                has,
                (known.balance, known.out, known.coming, known.is_closed),
                "account {} {known:?}",
                id.0
            );
            assert!(known.balance + known.overdraft >= known.out, "account {}: {known:?}", id.0);
            assert!(
                known.ceiling.is_none_or(|most| known.balance + known.coming <= most),
                "account {}: {known:?}",
                id.0
            );
            *sums.entry(known.asset).or_default() += known.balance;
        }
        assert!(sums.values().all(|&sum| sum == 0), "every asset sums to zero: {sums:?}");
    }

    fn is_operator(&self, agent: u32) -> bool {
        self.roles.get(agent as usize).is_some_and(|roles| roles.allow(Role::Operator))
    }

    /// Whether it made the asset and still has the role for it, or is an operator.
    fn is_issuer(&self, agent: u32, asset: &KnownAsset) -> bool {
        self.is_operator(agent) || agent == asset.issuer && self.roles[agent as usize].allow(Role::Issuer)
    }

    /// Ends holds whose time is over; how many.
    fn expire(&mut self) -> usize {
        let mut count = 0;
        for hold in self.holds.values_mut() {
            if hold.ended.is_none() && hold.expires.is_some_and(|expires| expires <= self.clock) {
                hold.ended = Some(Reject::HoldExpired);
                change(&mut self.accounts, hold.debit).out -= hold.amount;
                change(&mut self.accounts, hold.credit).coming -= hold.amount;
                count += 1;
            }
        }
        count
    }

    /// What the answer must be, with all it does; none of commands that the auditor only follows.
    fn foretell(&mut self, sequence: Sequence, envelope: &Envelope) -> Option<Result<(), Reject>> {
        let actor = envelope.actor.0;
        if envelope.id.0 == 0 {
            return Some(Err(Reject::IdMissing));
        }
        if actor as usize >= self.roles.len() {
            return Some(Err(Reject::UnknownActor));
        }
        if let Some((first, _, answer)) = self.used.get(&(actor, envelope.id.0)) {
            if first.command != envelope.command {
                return Some(Err(Reject::IdReused));
            }
            let rejected = Reject::ALL.iter().copied().find(|reject| reject.number() == answer.0);
            return if answer.is_done() { Some(Ok(())) } else { rejected.map(Err) };
        }
        let at = sequence.0;
        match &envelope.command {
            Command::CreateTransfer(transfer) => {
                Some(self.step(at, 0, actor, &Step::CreateTransfer(*transfer)))
            }
            Command::PostPending(post) => Some(self.step(at, 0, actor, &Step::PostPending(*post))),
            Command::VoidPending(void) => Some(self.step(at, 0, actor, &Step::VoidPending(*void))),
            Command::IssueAsset(issue) => Some(self.step(at, 0, actor, &Step::IssueAsset(*issue))),
            Command::RetireAsset(retire) => Some(self.step(at, 0, actor, &Step::RetireAsset(*retire))),
            Command::CorrectTransfer(correct) => {
                Some(self.step(at, 0, actor, &Step::CorrectTransfer(*correct)))
            }
            Command::LinkedTransfers(linked) => Some(self.all(at, actor, &linked.steps)),
            Command::AdvanceClock(_) => Some(Ok(())),
            Command::OpenAccount(open) => self.may_open(actor, open).err().map(Err),
            _ => None,
        }
    }

    fn may_open(&self, actor: u32, open: &OpenAccount) -> Result<(), Reject> {
        if open.account.is_some_and(|account| account.0 as usize != self.accounts.len() + 1) {
            return Err(Reject::NumberNotNext);
        }
        if open.overdraft > Amount::MAX || open.ceiling.is_some_and(|ceiling| ceiling > Amount::MAX) {
            return Err(Reject::LimitOutOfRange);
        }
        if open.owner.0 as usize >= self.roles.len() {
            return Err(Reject::UnknownAgent);
        }
        let asset = self.assets.get((open.asset.0 as usize).wrapping_sub(1)).ok_or(Reject::UnknownAsset)?;
        let is_plain = open.overdraft == Amount::ZERO && open.ceiling.is_none();
        let may = self.is_issuer(actor, asset) || (actor == open.owner.0 && is_plain);
        if !may || open.owner.0 == 0 {
            return Err(Reject::NotAllowed);
        }
        let has_one = self
            .accounts
            .values()
            .any(|known| !known.is_closed && (known.owner, known.asset) == (open.owner.0, open.asset.0));
        if has_one { Err(Reject::AccountExists) } else { Ok(()) }
    }

    /// All steps, or none.
    fn all(&mut self, at: u64, actor: u32, steps: &[Step]) -> Result<(), Reject> {
        if steps.is_empty() || steps.len() > bartizan_engine::ledger::movement::MAX_STEPS {
            return Err(Reject::ListOutOfRange);
        }
        let before = self.clone();
        // A group that fails leaves no posting.
        let mut moved = BTreeSet::new();
        for (place, step) in steps.iter().enumerate() {
            // What a group itself moved is not corrected within it.
            if let Step::CorrectTransfer(correct) = step
                && moved.contains(&(correct.sequence.0, correct.step))
            {
                *self = before;
                return Err(Reject::UnknownTransfer);
            }
            if let Err(reject) = self.step(at, place as u32, actor, step) {
                *self = before;
                return Err(reject);
            }
            moved.insert((at, place as u32));
        }
        Ok(())
    }

    fn range(amount: Amount) -> Result<i128, Reject> {
        match amount.0 {
            0 => Err(Reject::AmountZero),
            amount if amount as i128 > MAX || amount > i128::MAX as u128 => Err(Reject::AmountTooLarge),
            amount => Ok(amount as i128),
        }
    }

    fn step(&mut self, at: u64, place: u32, actor: u32, step: &Step) -> Result<(), Reject> {
        match *step {
            Step::CreateTransfer(transfer) => self.transfer((at, place), actor, transfer),
            Step::PostPending(post) => self.post_pending((at, place), actor, post),
            Step::VoidPending(void) => self.void_pending(actor, void),
            Step::IssueAsset(issue) => self.issue((at, place), actor, issue),
            Step::RetireAsset(retire) => self.retire((at, place), actor, retire),
            Step::CorrectTransfer(correct) => {
                self.correct((at, place), actor, (correct.sequence.0, correct.step))
            }
        }
    }

    fn post_pending(&mut self, at: (u64, u32), actor: u32, post: PostPending) -> Result<(), Reject> {
        let wanted = post.amount.map(Self::range).transpose()?;
        let hold = self.open_hold(post.hold)?;
        let parties = [self.accounts[&hold.debit].owner, self.accounts[&hold.credit].owner];
        if !self.is_operator(actor) && !parties.contains(&actor) {
            return Err(Reject::NotAllowed);
        }
        let amount = wanted.unwrap_or(hold.amount);
        if amount > hold.amount {
            return Err(Reject::PostTooLarge);
        }
        self.end_hold(post.hold, Reject::HoldPosted);
        self.pay(at, hold.debit, hold.credit, amount, None);
        Ok(())
    }

    fn void_pending(&mut self, actor: u32, void: VoidPending) -> Result<(), Reject> {
        let hold = self.open_hold(void.hold)?;
        if !self.is_operator(actor) && self.accounts[&hold.credit].owner != actor {
            return Err(Reject::NotAllowed);
        }
        self.end_hold(void.hold, Reject::HoldVoided);
        Ok(())
    }

    fn issue(&mut self, at: (u64, u32), actor: u32, issue: IssueAsset) -> Result<(), Reject> {
        let amount = Self::range(issue.amount)?;
        let to = self.accounts.get(&issue.credit.0).cloned().ok_or(Reject::UnknownCreditAccount)?;
        let asset = self.assets[to.asset as usize - 1].clone();
        if !self.is_issuer(actor, &asset) {
            return Err(Reject::NotAllowed);
        }
        if to.is_closed {
            return Err(Reject::CreditAccountClosed);
        }
        let most = match asset.supply {
            SupplyRule::Open => MAX,
            SupplyRule::Capped(most) => most.0 as i128,
            SupplyRule::MutualCredit => return Err(Reject::NotIssuable),
        };
        if to.owner == 0 {
            return Err(Reject::IssueAccount);
        }
        if to.ceiling.is_some_and(|ceiling| to.balance + to.coming + amount > ceiling) {
            return Err(Reject::CeilingExceeded);
        }
        if amount - self.accounts[&asset.issue_account].balance > most {
            return Err(Reject::SupplyExceeded);
        }
        self.pay(at, asset.issue_account, issue.credit.0, amount, None);
        Ok(())
    }

    fn retire(&mut self, at: (u64, u32), actor: u32, retire: RetireAsset) -> Result<(), Reject> {
        let amount = Self::range(retire.amount)?;
        let from = self.accounts.get(&retire.debit.0).cloned().ok_or(Reject::UnknownDebitAccount)?;
        if !self.is_operator(actor) && from.owner != actor {
            return Err(Reject::NotAllowed);
        }
        let asset = self.assets[from.asset as usize - 1].clone();
        if from.is_closed {
            return Err(Reject::DebitAccountClosed);
        }
        if asset.supply == SupplyRule::MutualCredit {
            return Err(Reject::NotIssuable);
        }
        if from.owner == 0 {
            return Err(Reject::IssueAccount);
        }
        self.can_pay(retire.debit.0, asset.issue_account, amount)?;
        self.pay(at, retire.debit.0, asset.issue_account, amount, None);
        Ok(())
    }

    fn transfer(&mut self, at: (u64, u32), actor: u32, transfer: CreateTransfer) -> Result<(), Reject> {
        let amount = Self::range(transfer.amount)?;
        let (debit, credit) = (transfer.debit.0, transfer.credit.0);
        if debit == credit {
            return Err(Reject::SameAccount);
        }
        let from = self.accounts.get(&debit).cloned().ok_or(Reject::UnknownDebitAccount)?;
        let to = self.accounts.get(&credit).cloned().ok_or(Reject::UnknownCreditAccount)?;
        if !self.is_operator(actor) && from.owner != actor {
            return Err(Reject::NotAllowed);
        }
        if from.asset != to.asset {
            return Err(Reject::DifferentAssets);
        }
        self.are_open(debit, credit)?;
        let expires = transfer.pending.and_then(|pending| pending.expires);
        if expires.is_some_and(|expires| expires <= self.clock) {
            return Err(Reject::AlreadyExpired);
        }
        if from.owner == 0 || to.owner == 0 {
            return Err(Reject::IssueAccount);
        }
        self.can_pay(debit, credit, amount)?;
        if transfer.pending.is_some() {
            self.own += 1;
            change(&mut self.accounts, debit).out += amount;
            change(&mut self.accounts, credit).coming += amount;
            let number = self.holds.len() as u64 + 1;
            // At time 0 nothing can be told to expire.
            self.holds.insert(number, KnownHold { debit, credit, amount, expires, ended: None });
        } else {
            self.pay(at, debit, credit, amount, None);
        }
        Ok(())
    }

    fn correct(&mut self, at: (u64, u32), actor: u32, of: (u64, u32)) -> Result<(), Reject> {
        let moved = self.moved.get(&of).cloned().ok_or(Reject::UnknownTransfer)?;
        let giver = self.accounts[&moved.credit].clone();
        let asset = self.assets[giver.asset as usize - 1].clone();
        let is_givers = self.is_operator(actor) || giver.owner == actor;
        let may = if giver.owner == 0 { self.is_issuer(actor, &asset) } else { is_givers };
        if !may {
            return Err(Reject::NotAllowed);
        }
        self.are_open(moved.credit, moved.debit)?;
        if let Some(reject) = moved.reversed {
            return Err(reject);
        }
        self.can_pay(moved.credit, moved.debit, moved.amount)?;
        if giver.owner == 0 {
            let most = asset.supply.cap().expect("it was retired, so it is issued").0 as i128;
            if moved.amount - giver.balance > most {
                return Err(Reject::SupplyExceeded);
            }
        }
        self.moved.get_mut(&of).expect("looked up above").reversed = Some(Reject::AlreadyReversed);
        self.pay(at, moved.credit, moved.debit, moved.amount, Some(Reject::NotReversible));
        Ok(())
    }

    fn are_open(&self, debit: u32, credit: u32) -> Result<(), Reject> {
        if self.accounts[&debit].is_closed {
            return Err(Reject::DebitAccountClosed);
        }
        if self.accounts[&credit].is_closed {
            return Err(Reject::CreditAccountClosed);
        }
        Ok(())
    }

    fn can_pay(&self, debit: u32, credit: u32, amount: i128) -> Result<(), Reject> {
        let (from, to) = (&self.accounts[&debit], &self.accounts[&credit]);
        if from.balance + from.overdraft - from.out < amount {
            return Err(Reject::InsufficientFunds);
        }
        if to.ceiling.is_some_and(|ceiling| to.balance + to.coming + amount > ceiling) {
            return Err(Reject::CeilingExceeded);
        }
        Ok(())
    }

    fn pay(&mut self, at: (u64, u32), debit: u32, credit: u32, amount: i128, reversed: Option<Reject>) {
        self.own += 1;
        change(&mut self.accounts, debit).balance -= amount;
        change(&mut self.accounts, credit).balance += amount;
        self.moved.insert(at, Moved { debit, credit, amount, reversed });
    }

    fn open_hold(&self, hold: HoldId) -> Result<KnownHold, Reject> {
        let known = self.holds.get(&hold.0).ok_or(Reject::UnknownHold)?;
        known.ended.map_or(Ok(*known), Err)
    }

    fn end_hold(&mut self, hold: HoldId, how: Reject) {
        self.own += 1;
        let known = self.holds.get_mut(&hold.0).expect("looked up before");
        known.ended = Some(how);
        let (debit, credit, amount) = (known.debit, known.credit, known.amount);
        change(&mut self.accounts, debit).out -= amount;
        change(&mut self.accounts, credit).coming -= amount;
    }

    /// Adds a posting of a market or a round.
    fn post(&mut self, posting: Posting) {
        let Posting { kind, debit: AccountId(debit), credit: AccountId(credit), amount } = posting;
        let amount = amount.0 as i128;
        let from = self.accounts.get_mut(&debit).expect("a posting's account is known");
        match kind {
            PostingKind::Posted => from.balance -= amount,
            PostingKind::Held => from.out += amount,
            PostingKind::Released => from.out -= amount,
        }
        let Some(to) = self.accounts.get_mut(&credit) else { return };
        match kind {
            PostingKind::Posted => to.balance += amount,
            PostingKind::Held => to.coming += amount,
            PostingKind::Released => to.coming -= amount,
        }
    }

    /// Takes in the accounts that were opened, by command or because something came in by a settlement.
    fn take_in(&mut self, events: &Events) {
        for event in &events.list {
            if let Event::AccountOpened { account, owner: AgentId(owner), asset: AssetId(asset) } = *event {
                self.accounts.insert(account.0, Known { owner, asset, ..Known::default() });
            }
        }
    }

    /// What was made and changed, as the events and the command tell it.
    fn learn(&mut self, envelope: &Envelope, events: &Events, answer: Answer) {
        for event in &events.list {
            match *event {
                Event::AssetDefined { asset: AssetId(asset), issue_account } => {
                    let ceiling = Some(0);
                    let account = Known { owner: 0, asset, overdraft: MAX, ceiling, ..Known::default() };
                    self.accounts.insert(issue_account.0, account);
                    let Command::DefineAsset(define) = &envelope.command else { panic!("{event:?}") };
                    let issuer = envelope.actor.0;
                    let (supply, issue_account) = (define.supply, issue_account.0);
                    assert!(
                        define.scale == 0 || !matches!(define.class, AssetClass::Item | AssetClass::Licence)
                    );
                    self.assets.push(KnownAsset { issuer, supply, issue_account });
                }
                Event::LimitsSet { account, limits } => {
                    let known = change(&mut self.accounts, account.0);
                    known.overdraft = limits.overdraft.0 as i128;
                    known.ceiling = limits.ceiling.map(|ceiling| ceiling.0 as i128);
                }
                Event::AccountClosed { account } => change(&mut self.accounts, account.0).is_closed = true,
                _ => {}
            }
        }
        if answer.is_done() && !events.list.iter().any(|event| matches!(event, Event::Repeated { .. })) {
            match &envelope.command {
                Command::RegisterAgent(register) => self.roles.push(register.roles),
                Command::SetRoles(set) => self.roles[set.agent.0 as usize] = set.roles,
                _ => {}
            }
        }
    }
}

fn postings(list: &[Event]) -> impl Iterator<Item = Posting> {
    list.iter().filter_map(|event| match event {
        Event::Posting(posting) => Some(*posting),
        _ => None,
    })
}

fn change(accounts: &mut BTreeMap<u32, Known>, account: u32) -> &mut Known {
    accounts.get_mut(&account).expect("an account that is named is known")
}
