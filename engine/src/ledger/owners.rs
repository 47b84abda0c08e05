//! Finds an agent's open account of an asset: a hash table of slots alone, whose keys are read from the accounts.

use hashbrown::HashTable;

use super::account::Account;
use super::units::{AccountId, AgentId, AssetId};

/// `(owner, asset)` to the open account's slot. Its order of iteration is never used.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners {
    slots: HashTable<u32>,
}

impl Owners {
    /// Of all open accounts.
    pub(super) fn of(accounts: &[Account]) -> Self {
        let mut owners = Owners { slots: HashTable::with_capacity(accounts.len()) };
        for slot in 0..accounts.len() {
            if !accounts[slot].is_closed {
                owners.insert(accounts, slot as u32);
            }
        }
        owners
    }

    #[inline]
    pub(super) fn get(&self, accounts: &[Account], owner: AgentId, asset: AssetId) -> Option<AccountId> {
        let is_it = |&slot: &u32| key(&accounts[slot as usize]) == (owner, asset);
        self.slots.find(hash(owner, asset), is_it).map(|slot| AccountId(slot + 1))
    }

    pub(super) fn insert(&mut self, accounts: &[Account], slot: u32) {
        let hash_of = |&slot: &u32| {
            let (owner, asset) = key(&accounts[slot as usize]);
            hash(owner, asset)
        };
        self.slots.insert_unique(hash_of(&slot), slot, hash_of);
    }

    pub(super) fn remove(&mut self, accounts: &[Account], slot: u32) {
        let (owner, asset) = key(&accounts[slot as usize]);
        if let Ok(entry) = self.slots.find_entry(hash(owner, asset), |&found| found == slot) {
            entry.remove();
        }
    }
}

fn key(account: &Account) -> (AgentId, AssetId) {
    (account.owner, account.asset)
}

/// The same on every machine, so that timing does not depend on a seed either.
#[inline]
fn hash(owner: AgentId, asset: AssetId) -> u64 {
    let key = u64::from(owner.0) << 32 | u64::from(asset.0);
    let product = u128::from(key ^ 0x9e37_79b9_7f4a_7c15) * 0xa076_1d64_78bd_642f_u128;
    (product >> 64) as u64 ^ product as u64
}
