//! Whether markets could have arisen: what each names exists, each open order holds what it could spend at the worst price it may trade at, and each trade
//! that can be taken back is one of the book's. A market that was read from bytes holds to it, so nothing that is asked of it later can
//! fail by what the bytes said. Cost: O(orders + trades).

use super::Markets;
use super::command::Mechanism;
use super::members::Member;
use super::order_book::{MAX_WORTH, OrderBook, Settled};
use super::orders::{FREE, Live, slot};
use super::settlement::TRADES_KEPT;
use super::units::MarketId;
use crate::book::{OrderView, Price, Side};
use crate::codec::expect;
use crate::ledger::Ledger;
use crate::ledger::units::{AccountId, AgentId, AssetId};
use crate::limits::MAX_NAME;

impl Markets {
    /// Whether all holds that must, in a realm with this sound ledger and so many agents, at the time `now`. Adds what orders hold of each
    /// account, and how many markets pay their fees into it.
    ///
    /// # Errors
    /// The first that does not.
    pub(crate) fn sound(
        &self,
        (ledger, agent_count, now): (&Ledger, usize, u64),
        held: &mut [u128],
        fees: &mut [u16],
    ) -> Result<(), &'static str> {
        for (id, market) in self.iter() {
            market.sound_terms(id, (ledger, agent_count, now))?;
            let taken = &mut fees[market.fee_account.0 as usize - 1];
            *taken = taken.checked_add(1).ok_or("no more markets than an account counts")?;
            market.book.sound()?;
            market.sound_members(ledger, agent_count)?;
            market.sound_orders(held)?;
            market.sound_trades(ledger)?;
        }
        Ok(())
    }
}

/// Whether an account is of this asset, and no issue account.
fn is_of(ledger: &Ledger, account: AccountId, asset: AssetId) -> bool {
    ledger.account(account).is_some_and(|account| account.asset == asset && account.owner != AgentId::REALM)
}

/// Whether an account is open, has no ceiling, and is of this asset.
fn takes(ledger: &Ledger, account: AccountId, asset: AssetId) -> bool {
    is_of(ledger, account, asset)
        && ledger
            .account(account)
            .is_some_and(|account| !account.is_closed && ledger.limits_of(account).ceiling.is_none())
}

impl OrderBook {
    fn sound_terms(
        &self,
        id: MarketId,
        (ledger, agent_count, now): (&Ledger, usize, u64),
    ) -> Result<(), &'static str> {
        expect(
            self.market == id && (1..=MAX_NAME).contains(&self.name.len()),
            "markets by number, each with a name",
        )?;
        expect((self.organiser.0 as usize) < agent_count, "markets of known organisers")?;
        let are_assets = ledger.asset(self.base).is_some() && ledger.asset(self.quote).is_some();
        expect(are_assets && self.base != self.quote, "markets of two assets")?;
        let worths = [self.units.base_per_lot, self.units.quote_per_tick];
        expect(
            worths.iter().all(|worth| (1..=MAX_WORTH).contains(worth)),
            "lots and ticks that are worth something",
        )?;
        expect(takes(ledger, self.fee_account, self.quote), "an account that takes the fees")?;
        let is_timed = match self.mechanism {
            Mechanism::Continuous => self.next_call == u64::MAX,
            // One that is due may wait for its turn.
            Mechanism::FrequentCall { .. } => self.mechanism.check().is_ok(),
        };
        expect(is_timed, "the time of the next call")?;
        let schedules = &self.schedules;
        let is_counted = (1..=usize::from(u16::MAX)).contains(&schedules.len());
        expect(is_counted && schedules.iter().all(|fees| fees.check().is_ok()), "fees that can be paid")?;
        let rules = self.book.rules();
        let keeps_trades = rules.bustable_trades as usize == TRADES_KEPT;
        expect(keeps_trades && rules.lot.is_valid(), "a book by a market's rules")?;
        expect(self.book.bands().is_some_and(|bands| bands.low.0 >= 1), "bands from a price of 1 on")?;
        expect(self.book.clock() <= now, "a book that is not ahead of time")
    }

    fn sound_members(&self, ledger: &Ledger, agent_count: usize) -> Result<(), &'static str> {
        let is_member = |&Member { agent, base, quote, open }: &Member| {
            let owns = |account: AccountId, asset| {
                takes(ledger, account, asset)
                    && ledger.account(account).is_some_and(|account| account.owner == agent)
            };
            if agent == AgentId::REALM {
                (base, quote, open) == (AccountId(0), AccountId(0), [0; 2])
            } else {
                (agent.0 as usize) < agent_count && owns(base, self.base) && owns(quote, self.quote)
            }
        };
        expect(self.members.places().iter().all(is_member), "members with accounts of both assets")
    }

    /// What each open order of the book has on hold.
    fn sound_orders(&self, held: &mut [u128]) -> Result<(), &'static str> {
        let mut open = vec![[0_u32; 2]; self.members.len()];
        let mut live = 0;
        for order in self.book.live_orders() {
            let known = *self.orders.get(slot(order.order)).ok_or("each order's hold")?;
            expect((known.leaves, known.side) == (order.leaves.0, order.side), "each order's hold")?;
            let member = self.members.places().get(known.member as usize).ok_or("each order's member")?;
            let is_its = member.agent != AgentId::REALM && member.agent.0 == order.account.0;
            expect(is_its, "each order's member")?;
            expect(self.is_bound(&known, &order), "holds by the worst price of each order")?;
            let fees = *self.schedules.get(usize::from(known.schedule)).ok_or("each order's fees")?;
            let spender = if known.side == Side::Buy { member.quote } else { member.base };
            let sum = &mut held[spender.0 as usize - 1];
            let needs = self.units.held(known.side, known.leaves, known.worst, fees);
            *sum = sum.checked_add(needs).ok_or("amounts in range")?;
            open[known.member as usize][known.side as usize] += 1;
            live += 1;
        }
        let taken = self.orders.iter().filter(|order| **order != FREE).count();
        expect(taken == live, "no hold without an order")?;
        let counted = self.members.places().iter().map(|member| member.open);
        expect(counted.eq(open), "as many orders of each member as are counted")
    }

    /// Whether an order can trade at no price worse than that by which its funds are held.
    fn is_bound(&self, known: &Live, order: &OrderView) -> bool {
        let highest = self.book.bands().map_or(Price::MAX, |bands| bands.high);
        let is_price = (0..=Price::MAX.0).contains(&known.worst);
        let limit = self.book.limit_of(order.order);
        // The bands begin at 1, and no order names a price below.
        is_price
            && limit.is_none_or(|limit| limit.0 >= 1 && self.book.rules().ticks.contains(limit))
            && (known.side == Side::Sell
                || match limit {
                    Some(limit) => known.worst >= limit.0,
                    None => {
                        known.follows_band && known.worst >= self.book.rules().ticks.at_or_below(highest).0
                    }
                })
    }

    /// The trades that can be taken back are those that the book keeps.
    fn sound_trades(&self, ledger: &Ledger) -> Result<(), &'static str> {
        expect(self.settled.len() <= TRADES_KEPT, "no more trades than are kept")?;
        let kept = self.book.kept_trades().map(|(trade, price, lots, is_busted)| {
            let worth = (price.0 >= 1).then(|| (self.units.goods(lots.0), self.units.money(lots.0, price.0)));
            (trade, worth, is_busted)
        });
        let settled = self
            .settled
            .iter()
            .map(|settled| (settled.trade, Some((settled.goods, settled.money)), settled.is_busted));
        expect(settled.eq(kept), "the trades that the book keeps, and what each moved")?;
        let is_settled = |settled: &Settled| {
            let sides = [settled.buyer, settled.seller];
            let pays = |fee: &i128| fee.unsigned_abs() <= settled.money;
            let own = |[base, quote]: [AccountId; 2]| {
                is_of(ledger, base, self.base) && is_of(ledger, quote, self.quote)
            };
            sides.into_iter().all(own) && settled.fees.iter().all(pays)
        };
        expect(self.settled.iter().all(is_settled), "trades between accounts of both assets")
    }
}
