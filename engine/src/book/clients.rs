//! Finds an account's live order by its client's id: a hash table of slots alone, whose keys are read from the orders.

use hashbrown::HashTable;

use super::pool::Order;

/// `(account, client id)` to slot. Its order of iteration is never used.
#[derive(Clone, Debug)]
pub(super) struct ClientIndex {
    slots: HashTable<u32>,
}

impl ClientIndex {
    /// An index with room for as many orders, if there is memory for it.
    pub(super) fn new(expected: usize) -> Self {
        let mut slots = HashTable::new();
        let _ = slots.try_reserve(expected, |_| unreachable!("there is nothing to move"));
        ClientIndex { slots }
    }

    /// The slot of an account's live order.
    #[inline]
    pub(super) fn get(&self, orders: &[Order], account: u32, client: u64) -> Option<u32> {
        let is_it = |&slot: &u32| is(&orders[slot as usize], account, client);
        if client == 0 { None } else { self.slots.find(hash(account, client), is_it).copied() }
    }

    #[inline]
    pub(super) fn insert(&mut self, orders: &[Order], slot: u32) {
        let order = &orders[slot as usize];
        if order.client != 0 {
            let hash_of = |&slot: &u32| hash(orders[slot as usize].account, orders[slot as usize].client);
            self.slots.insert_unique(hash(order.account, order.client), slot, hash_of);
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, orders: &[Order], account: u32, client: u64) {
        if client == 0 {
            return;
        }
        let is_it = |&slot: &u32| is(&orders[slot as usize], account, client);
        if let Ok(entry) = self.slots.find_entry(hash(account, client), is_it) {
            entry.remove();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

fn is(order: &Order, account: u32, client: u64) -> bool {
    order.client == client && order.account == account
}

/// Two rounds of multiply and fold; the same on every machine, so that timing does not depend on a seed either.
#[inline]
fn hash(account: u32, client: u64) -> u64 {
    let fold = |a: u64, b: u64| {
        let product = u128::from(a) * u128::from(b);
        (product >> 64) as u64 ^ product as u64
    };
    fold(
        fold(client ^ 0x9e37_79b9_7f4a_7c15, u64::from(account) ^ 0xd6e8_feb8_6659_fd93),
        0xa076_1d64_78bd_642f,
    )
}
