//! The double-entry ledger: who has how much of what, and what is promised to whom.
//!
//! Whatever can be owned is an asset here, and all value moves by [`posting::Posting`]s between two accounts of one asset. Invariants, checked
//! by [`Ledger::check`]: the balances of each asset sum to zero; every account keeps to its limits; what accounts show as pending is what
//! open holds and others (`Ledger::hold_out`) hold. Cost: O(1) a transfer, O(log n) a two-phase hold.
//!
//! Who may move what is decided here, by who owns or issues it ([`Authority`](crate::authority::Authority)); who may make what is the realm's.

pub mod account;
pub mod asset;
pub mod history;
pub mod hold;
mod limits;
pub mod movement;
mod owners;
pub mod posting;
mod sound;
pub mod units;

use account::{Account, Limits};
use asset::Asset;
use history::History;
use hold::{Hold, Holds};
use limits::LimitTable;
use owners::Owners;
use posting::{Posting, PostingKind};
use units::{AccountId, AgentId, Amount, AssetId, HoldId};

use crate::codec::{Codec, DecodeError, Mixer, Reader};
use crate::event::{Event, Events};
use crate::reject::Reject;
use bartizan_solver::prefetch::prefetch;

/// All accounts, holds and assets.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    assets: Vec<Asset>,
    accounts: Vec<Account>,
    limits: LimitTable,
    owners: Owners,
    holds: Holds,
    history: History,
}

impl Ledger {
    /// An account.
    #[inline]
    pub fn account(&self, account: AccountId) -> Option<&Account> {
        self.accounts.get((account.0 as usize).wrapping_sub(1))
    }

    /// An asset.
    #[inline]
    pub fn asset(&self, asset: AssetId) -> Option<&Asset> {
        self.assets.get((asset.0 as usize).wrapping_sub(1))
    }

    /// The accounts, by number.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountId, &Account)> {
        (1..).map(AccountId).zip(&self.accounts)
    }

    /// The assets, by number.
    pub fn assets(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        (1..).map(AssetId).zip(&self.assets)
    }

    /// The open holds, by number.
    pub fn open_holds(&self) -> impl Iterator<Item = (HoldId, Hold)> {
        self.holds.iter()
    }

    /// Those after one, by number.
    pub fn open_holds_after(&self, id: HoldId) -> impl Iterator<Item = (HoldId, Hold)> {
        self.holds.after(id)
    }

    /// When the next hold expires.
    pub fn next_expiry(&self) -> Option<u64> {
        self.holds.first_expiry().map(|(expires, _)| expires)
    }

    /// An account's limits.
    #[inline]
    pub fn limits_of(&self, account: &Account) -> Limits {
        self.limits.get(account.limits)
    }

    /// The open account of an agent in an asset.
    #[inline]
    pub fn account_of(&self, owner: AgentId, asset: AssetId) -> Option<AccountId> {
        self.owners.get(&self.accounts, owner, asset)
    }

    /// How much of an asset is out: what its issue account stands below zero.
    pub fn outstanding(&self, asset: AssetId) -> Amount {
        let issued = self.asset(asset).and_then(|asset| self.account(asset.issue_account));
        Amount(issued.map_or(0, |account| account.balance.unsigned_abs()))
    }

    fn is_issue_account(&self, account: AccountId) -> bool {
        self.accounts[account.0 as usize - 1].owner == AgentId::REALM
    }

    /// Takes in an asset, and opens its issue account. Its `issue_account` is set here.
    ///
    /// # Errors
    /// What [`Asset::check`] finds; no more numbers.
    pub fn define_asset(&mut self, events: &mut Events, mut asset: Asset) -> Result<AssetId, Reject> {
        asset.check()?;
        if self.assets.len() >= u32::MAX as usize - 1 || self.accounts.len() >= u32::MAX as usize - 1 {
            return Err(Reject::Full);
        }
        let id = AssetId(self.assets.len() as u32 + 1);
        let limits = self.limits.intern(Limits { overdraft: Amount::MAX, ceiling: Some(Amount::ZERO) });
        asset.issue_account = self.add_account(Account::new(AgentId::REALM, id, limits));
        events.tell(Event::AssetDefined { asset: id, issue_account: asset.issue_account });
        self.assets.push(asset);
        Ok(id)
    }

    /// The number that the next asset gets.
    pub fn next_asset(&self) -> AssetId {
        AssetId(self.assets.len() as u32 + 1)
    }

    /// The number that the next account gets.
    pub fn next_account(&self) -> AccountId {
        AccountId(self.accounts.len() as u32 + 1)
    }

    /// The number that the next hold gets.
    pub fn next_hold(&self) -> HoldId {
        self.holds.next()
    }

    /// How many more accounts can be numbered.
    pub fn accounts_left(&self) -> usize {
        u32::MAX as usize - 1 - self.accounts.len()
    }

    /// Opens an account.
    ///
    /// # Errors
    /// Limits out of range; an unknown asset; another open account of the same owner and asset; no more numbers.
    pub fn open(
        &mut self,
        events: &mut Events,
        owner: AgentId,
        asset: AssetId,
        limits: Limits,
    ) -> Result<AccountId, Reject> {
        if !limits.are_valid() {
            return Err(Reject::LimitOutOfRange);
        }
        if self.asset(asset).is_none() {
            return Err(Reject::UnknownAsset);
        }
        if self.account_of(owner, asset).is_some() {
            return Err(Reject::AccountExists);
        }
        if self.accounts_left() == 0 {
            return Err(Reject::Full);
        }
        let place = self.limits.intern(limits);
        let account = self.add_account(Account::new(owner, asset, place));
        events.tell(Event::AccountOpened { account, owner, asset });
        if limits != Limits::NONE {
            events.tell(Event::LimitsSet { account, limits });
        }
        Ok(account)
    }

    fn add_account(&mut self, account: Account) -> AccountId {
        // Grown by an eighth, so that what is set aside stays small beside what is used.
        if self.accounts.len() == self.accounts.capacity() {
            self.accounts.reserve_exact(self.accounts.len() / 8 + 64);
        }
        self.accounts.push(account);
        let slot = self.accounts.len() as u32 - 1;
        self.owners.insert(&self.accounts, slot);
        AccountId(slot + 1)
    }

    /// Sets an account's limits.
    ///
    /// # Errors
    /// Limits out of range; an unknown or closed account; an account that is beyond them already.
    pub fn set_limits(&mut self, events: &mut Events, id: AccountId, limits: Limits) -> Result<(), Reject> {
        let account = *self.account(id).ok_or(Reject::UnknownAccount)?;
        if account.is_closed {
            return Err(Reject::AccountClosed);
        }
        if account.owner == AgentId::REALM {
            return Err(Reject::IssueAccount);
        }
        if account.fee_markets != 0 && limits.ceiling.is_some() {
            return Err(Reject::CeilingInMarket);
        }
        if !account.keeps(limits) {
            return Err(Reject::LimitTooTight);
        }
        self.accounts[id.0 as usize - 1].limits = self.limits.intern(limits);
        events.tell(Event::LimitsSet { account: id, limits });
        Ok(())
    }

    /// Whether an account is open, empty, and not one that the realm needs.
    ///
    /// # Errors
    /// An unknown or closed account; a balance, holds, or a market whose fees it takes; an issue account.
    pub fn may_close(&self, id: AccountId) -> Result<(), Reject> {
        let account = *self.account(id).ok_or(Reject::UnknownAccount)?;
        if account.is_closed {
            Err(Reject::AccountClosed)
        } else if account.balance != 0 {
            Err(Reject::BalanceNotZero)
        } else if account.pending_out != 0 || account.pending_in != 0 {
            Err(Reject::HoldsNotZero)
        } else if account.fee_markets != 0 {
            Err(Reject::AccountInUse)
        } else if account.owner == AgentId::REALM {
            Err(Reject::IssueAccount)
        } else {
            Ok(())
        }
    }

    /// Closes an account.
    ///
    /// # Errors
    /// As [`Ledger::may_close`].
    pub fn close(&mut self, events: &mut Events, id: AccountId) -> Result<(), Reject> {
        self.may_close(id)?;
        self.owners.remove(&self.accounts, id.0 - 1);
        self.accounts[id.0 as usize - 1].is_closed = true;
        events.tell(Event::AccountClosed { account: id });
        Ok(())
    }

    /// Whether something may go from one account to another at all: both open.
    #[inline]
    fn check_open(&self, debit: AccountId, credit: AccountId) -> Result<(), Reject> {
        if self.accounts[debit.0 as usize - 1].is_closed {
            return Err(Reject::DebitAccountClosed);
        }
        if self.accounts[credit.0 as usize - 1].is_closed {
            return Err(Reject::CreditAccountClosed);
        }
        Ok(())
    }

    /// Whether `amount` may go from one account to another: funds there, room here.
    #[inline]
    fn check_funds(&self, debit: AccountId, credit: AccountId, amount: Amount) -> Result<(), Reject> {
        let (from, to) = (&self.accounts[debit.0 as usize - 1], &self.accounts[credit.0 as usize - 1]);
        if from.available(self.limits_of(from)) < amount.0 as i128 {
            return Err(Reject::InsufficientFunds);
        }
        if !to.has_room(self.limits_of(to), amount.0) {
            return Err(Reject::CeilingExceeded);
        }
        Ok(())
    }

    /// What an account could still give.
    #[inline]
    pub fn available(&self, account: AccountId) -> i128 {
        let account = &self.accounts[account.0 as usize - 1];
        account.available(self.limits_of(account))
    }

    /// Whether an account could still take so much.
    pub fn has_room(&self, account: AccountId, amount: u128) -> bool {
        let account = &self.accounts[account.0 as usize - 1];
        account.has_room(self.limits_of(account), amount)
    }

    /// Moves and tells.
    #[inline]
    pub(crate) fn record(
        &mut self,
        events: &mut Events,
        kind: PostingKind,
        debit: AccountId,
        credit: AccountId,
        amount: Amount,
    ) {
        let posting = Posting { kind, debit, credit, amount };
        self.book(posting);
        events.tell(Event::Posting(posting));
    }

    /// Holds an amount whose receiver is not known yet. The caller checked that it is available.
    #[inline]
    pub(crate) fn hold_out(&mut self, events: &mut Events, debit: AccountId, amount: u128) {
        self.record(events, PostingKind::Held, debit, AccountId(0), Amount(amount));
    }

    /// Frees what [`Ledger::hold_out`] held.
    #[inline]
    pub(crate) fn release_out(&mut self, events: &mut Events, debit: AccountId, amount: u128) {
        self.record(events, PostingKind::Released, debit, AccountId(0), Amount(amount));
    }

    /// Notes that one more market pays its fees into an account.
    ///
    /// # Errors
    /// If there are too many to count.
    pub(crate) fn add_fee_market(&mut self, account: AccountId) -> Result<(), Reject> {
        let account = &mut self.accounts[account.0 as usize - 1];
        account.fee_markets = account.fee_markets.checked_add(1).ok_or(Reject::Full)?;
        Ok(())
    }

    /// Asks for an account before it is needed.
    #[inline]
    pub(crate) fn fetch(&self, account: AccountId) {
        prefetch(&self.accounts, (account.0 as usize).wrapping_sub(1));
    }

    /// Adds a posting to the accounts it names.
    #[inline]
    fn book(&mut self, posting: Posting) {
        let Posting { kind, debit, credit, amount } = posting;
        let amount = amount.0;
        let from = &mut self.accounts[debit.0 as usize - 1];
        match kind {
            PostingKind::Posted => from.balance -= amount as i128,
            PostingKind::Held => from.pending_out += amount,
            PostingKind::Released => from.pending_out = less(from.pending_out, amount),
        }
        if credit.0 == 0 {
            return;
        }
        let to = &mut self.accounts[credit.0 as usize - 1];
        match kind {
            PostingKind::Posted => to.balance += amount as i128,
            PostingKind::Held => to.pending_in += amount,
            PostingKind::Released => to.pending_in = less(to.pending_in, amount),
        }
    }

    /// Walks the whole ledger. `held` is what orders and offers hold of each account, by number less one.
    ///
    /// # Panics
    /// If an invariant does not hold, saying which.
    pub fn check(&self, held: &[u128]) {
        let mut sums = vec![0_i128; self.assets.len()];
        for (id, account) in self.accounts() {
            sums[account.asset.0 as usize - 1] += account.balance;
            assert!(
                account.keeps(self.limits_of(account)),
                "account {} keeps to its limits: {account:?}",
                id.0
            );
            if account.is_closed {
                assert_eq!(
                    (account.balance, account.pending_out, account.pending_in),
                    (0, 0, 0),
                    "account {}",
                    id.0
                );
            } else {
                assert_eq!(
                    self.account_of(account.owner, account.asset),
                    Some(id),
                    "account {} is found",
                    id.0
                );
            }
        }
        for (asset, sum) in sums.iter().enumerate() {
            assert_eq!(*sum, 0, "the balances of asset {} sum to zero", asset + 1);
        }
        let mut pending = vec![(0_u128, 0_u128); self.accounts.len()];
        for (_, hold) in self.open_holds() {
            pending[hold.debit.0 as usize - 1].0 += hold.amount.0;
            pending[hold.credit.0 as usize - 1].1 += hold.amount.0;
        }
        for (((id, account), (out, coming)), held) in self.accounts().zip(pending).zip(held) {
            assert_eq!(account.pending_out, out + held, "account {} holds what it says", id.0);
            assert_eq!(account.pending_in, coming, "account {} awaits what its holds say", id.0);
        }
    }
}

/// What is left on hold.
#[inline]
fn less(pending: u128, amount: u128) -> u128 {
    pending.checked_sub(amount).expect("what is released was held")
}

impl Codec for Ledger {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.assets.encode(bytes);
        self.accounts.encode(bytes);
        self.limits.encode(bytes);
        self.holds.encode(bytes);
        self.history.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let assets = Vec::decode(reader)?;
        let accounts: Vec<Account> = Vec::decode(reader)?;
        let limits = LimitTable::decode(reader)?;
        let owners = Owners::of(&accounts);
        let (holds, history) = (Codec::decode(reader)?, Codec::decode(reader)?);
        Ok(Ledger { assets, accounts, limits, owners, holds, history })
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.to_bytes().mix(mixer);
    }
}
