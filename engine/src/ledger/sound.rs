//! Whether a ledger could have arisen: every number names something, every amount is in range, every invariant holds. A ledger that was read
//! from bytes holds to it, so nothing that is asked of it later can fail by what the bytes said. Cost: O(all there is).

use super::Ledger;
use super::account::{Account, Limits};
use super::asset::{Asset, MAX_SCALE, SupplyRule};
use super::history::{Past, TRANSFERS_KEPT};
use super::units::{AccountId, AgentId, Amount, AssetId, Sequence};
use crate::codec::expect;
use crate::limits::MAX_NAME;

/// More than anybody can have: as many accounts as there are numbers, each with as much credit as there can be.
const MOST: u128 = 1 << 126;

impl Ledger {
    /// Whether all holds that must, in a realm of so many agents, after the command `last`. What is pending is another question:
    /// [`Ledger::holds`].
    ///
    /// # Errors
    /// The first that does not.
    pub(crate) fn sound(&self, agent_count: usize, last: Sequence) -> Result<(), &'static str> {
        let is_agent = |agent: AgentId| (agent.0 as usize) < agent_count;
        expect(self.limits.iter().all(|limits| limits.are_valid()), "limits in range")?;
        for (_, account) in self.accounts() {
            expect(
                is_agent(account.owner) && self.asset(account.asset).is_some(),
                "accounts of what there is",
            )?;
            self.sound_account(account)?;
        }
        for (id, account) in self.accounts().filter(|(_, account)| !account.is_closed) {
            let is_it = self.account_of(account.owner, account.asset) == Some(id);
            expect(is_it, "one open account of an owner and asset")?;
        }
        for (id, asset) in self.assets() {
            expect(is_agent(asset.issuer), "assets of known issuers")?;
            self.sound_asset(id, asset)?;
        }
        let issued = self.accounts.iter().filter(|account| account.owner == AgentId::REALM).count();
        expect(issued == self.assets.len(), "one account that issues each asset")?;
        self.sound_sums()?;
        self.sound_holds()?;
        self.sound_history(last)
    }

    fn sound_account(&self, account: &Account) -> Result<(), &'static str> {
        let &Account { balance, pending_out, pending_in, fee_markets, is_closed, .. } = account;
        let amounts = [balance.unsigned_abs(), pending_out, pending_in];
        expect(amounts.iter().all(|&amount| amount <= MOST), "amounts in range")?;
        let limits = self.limits.try_get(account.limits).ok_or("limits that are known")?;
        expect(account.keeps(limits), "accounts that keep to their limits")?;
        expect(fee_markets == 0 || limits.ceiling.is_none(), "no ceiling where fees come in")?;
        let is_empty = amounts == [0; 3] && fee_markets == 0 && account.owner != AgentId::REALM;
        expect(!is_closed || is_empty, "closed accounts that are empty")
    }

    fn sound_asset(&self, id: AssetId, asset: &Asset) -> Result<(), &'static str> {
        expect((1..=MAX_NAME).contains(&asset.name.len()), "names in range")?;
        let is_divided = !asset.class.is_indivisible() || asset.scale == 0;
        expect(asset.scale <= MAX_SCALE && is_divided, "scales in range")?;
        let issues = self.account(asset.issue_account).ok_or("an account that issues each asset")?;
        let limits = Limits { overdraft: Amount::MAX, ceiling: Some(Amount::ZERO) };
        let is_its = (issues.owner, issues.asset) == (AgentId::REALM, id) && self.limits_of(issues) == limits;
        expect(is_its, "an account that issues each asset")?;
        let most = match asset.supply {
            SupplyRule::Capped(most) if !most.is_valid() => return Err("caps in range"),
            supply => supply.cap().unwrap_or(Amount::ZERO),
        };
        expect(self.outstanding(id) <= most, "no more of an asset than its cap")
    }

    /// Each asset sums to zero.
    fn sound_sums(&self) -> Result<(), &'static str> {
        let mut sums = vec![0_i128; self.assets.len()];
        for account in &self.accounts {
            let sum = &mut sums[account.asset.0 as usize - 1];
            *sum = sum.checked_add(account.balance).ok_or("amounts in range")?;
        }
        expect(sums.iter().all(|&sum| sum == 0), "balances of each asset that sum to zero")
    }

    fn sound_holds(&self) -> Result<(), &'static str> {
        expect(self.holds.are_whole(), "holds, each with its end or its expiry")?;
        for (_, hold) in self.open_holds() {
            expect(
                self.are_two_of_one_asset(hold.debit, hold.credit),
                "holds between accounts of one asset",
            )?;
            let is_open = |id: AccountId| {
                self.account(id).is_some_and(|account| !account.is_closed && account.owner != AgentId::REALM)
            };
            expect(is_open(hold.debit) && is_open(hold.credit), "holds between open accounts")?;
            expect(hold.amount.is_valid(), "amounts in range")?;
        }
        Ok(())
    }

    fn sound_history(&self, last: Sequence) -> Result<(), &'static str> {
        let past = || self.history.iter();
        expect(past().len() <= TRANSFERS_KEPT, "no more transfers than are kept")?;
        expect(past().is_sorted_by(|a, b| a.place < b.place), "transfers in the order of the log")?;
        for &Past { place, debit, credit, amount, .. } in past() {
            expect(place.sequence <= last && amount.is_valid(), "transfers that were made")?;
            expect(self.are_two_of_one_asset(debit, credit), "transfers between accounts of one asset")?;
            let moves = [debit, credit].iter().any(|&id| self.is_issue_account(id));
            let asset = self.accounts[debit.0 as usize - 1].asset;
            let is_issued = self.asset(asset).is_some_and(|asset| asset.supply.cap().is_some());
            expect(!moves || is_issued, "issues of what is issued")?;
        }
        Ok(())
    }

    fn are_two_of_one_asset(&self, debit: AccountId, credit: AccountId) -> bool {
        let asset = |id| self.account(id).map(|account| account.asset);
        debit != credit && asset(debit).is_some() && asset(debit) == asset(credit)
    }

    /// Whether what accounts show as pending is what open holds, and orders and offers by `held`, come to: by account number less one.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn holds(&self, held: &[u128]) -> Result<(), &'static str> {
        let wrong = "accounts that hold and await what their holds say";
        let mut pending: Vec<(u128, u128)> = held.iter().map(|&held| (held, 0)).collect();
        for (_, hold) in self.open_holds() {
            let out = &mut pending[hold.debit.0 as usize - 1].0;
            *out = out.checked_add(hold.amount.0).ok_or(wrong)?;
            let coming = &mut pending[hold.credit.0 as usize - 1].1;
            *coming = coming.checked_add(hold.amount.0).ok_or(wrong)?;
        }
        let shown = self.accounts.iter().map(|account| (account.pending_out, account.pending_in));
        expect(shown.eq(pending), wrong)
    }

    /// Whether each account that takes fees says so, at least once for each of its markets, by account number less one: then none of them is closed.
    ///
    /// # Errors
    /// If one does not.
    pub(crate) fn takes_fees(&self, markets: &[u16]) -> Result<(), &'static str> {
        let mut said = self.accounts.iter().zip(markets);
        let is_said = said.all(|(account, &markets)| account.fee_markets >= markets);
        expect(is_said, "accounts that say that they take fees")
    }
}
