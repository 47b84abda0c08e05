//! Whose orders a market has seen, and from and to which accounts they are settled.

use hashbrown::HashMap;

use super::orders::Live;
use crate::codec::{Codec, DecodeError, Mixer, Reader};
use crate::ledger::Ledger;
use crate::ledger::units::{AccountId, AgentId, AssetId};
use crate::reject::Reject;

/// An agent in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Who; the realm where the place is free.
    pub(super) agent: AgentId,
    /// Its account of what is bought and sold.
    pub(super) base: AccountId,
    /// Its account of what that is paid with.
    pub(super) quote: AccountId,
    /// Its open orders by side. Of the canonical bytes their number is a part; the sides follow from the orders.
    pub(super) open: [u32; 2],
}

impl Member {
    /// How many orders it has open.
    pub(super) fn open_orders(&self) -> u32 {
        self.open[0].saturating_add(self.open[1])
    }
}

impl Codec for Member {
    fn encode(&self, bytes: &mut Vec<u8>) {
        (self.agent, self.base).encode(bytes);
        (self.quote, self.open_orders()).encode(bytes);
    }

    /// All orders count as bought until [`Members::count_sides`].
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (agent, base) = Codec::decode(reader)?;
        let (quote, open) = Codec::decode(reader)?;
        Ok(Member { agent, base, quote, open: [open, 0] })
    }

    fn mix(&self, mixer: &mut Mixer) {
        (self.agent, self.base).mix(mixer);
        (self.quote, self.open_orders()).mix(mixer);
    }
}

/// Who places an order, and by which accounts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) agent: AgentId,
    /// Its place, if it is a member.
    pub(super) place: Option<u32>,
    pub(super) base: AccountId,
    pub(super) quote: AccountId,
}

impl Known {
    /// Refuses accounts with a ceiling. A member's have none: it is forgotten when one is set.
    pub(super) fn check_ceilings(self, ledger: &Ledger) -> Result<(), Reject> {
        let has_ceiling = |account| {
            let account = ledger.account(account).expect("an owner's account exists");
            ledger.limits_of(account).ceiling.is_some()
        };
        if [self.base, self.quote].into_iter().any(has_ceiling) {
            return Err(Reject::CeilingInMarket);
        }
        Ok(())
    }
}

/// Who is no member, by the accounts it has.
#[cold]
fn stranger(ledger: &Ledger, agent: AgentId, assets: [AssetId; 2]) -> Result<Known, Reject> {
    let [base, quote] = assets.map(|asset| ledger.account_of(agent, asset));
    let (base, quote) = base.zip(quote).ok_or(Reject::NoAccount)?;
    Ok(Known { agent, place: None, base, quote })
}

/// The members, by place. Places are kept by open orders, so a member stays where it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    by_place: Vec<Member>,
    free: Vec<u32>,
    /// Never iterated.
    places: HashMap<AgentId, u32>,
    /// Of the agents looked up lately the places, each where its number's last bits say: most orders come from few.
    recent: Recent,
}

/// Agents and their places.
#[derive(Clone, Debug)]
struct Recent([(AgentId, u32); RECENT]);

const RECENT: usize = 256;

/// No place.
const NOWHERE: u32 = u32::MAX;

impl Default for Recent {
    fn default() -> Self {
        Recent([(AgentId::REALM, NOWHERE); RECENT])
    }
}

impl Recent {
    #[inline]
    fn get(&self, agent: AgentId) -> Option<u32> {
        let (known, place) = self.0[agent.0 as usize % RECENT];
        (known == agent && place != NOWHERE).then_some(place)
    }

    #[inline]
    fn set(&mut self, agent: AgentId, place: u32) {
        self.0[agent.0 as usize % RECENT] = (agent, place);
    }
}

impl Members {
    /// A member by its place.
    #[inline]
    pub(super) fn at(&mut self, place: u32) -> &mut Member {
        &mut self.by_place[place as usize]
    }

    /// The same to be read.
    pub(super) fn get(&self, place: u32) -> &Member {
        &self.by_place[place as usize]
    }

    /// An agent's member record.
    pub(super) fn of(&self, agent: AgentId) -> Option<&Member> {
        self.places.get(&agent).map(|&place| &self.by_place[place as usize])
    }

    /// An agent's place and accounts; a place only if it is a member.
    ///
    /// # Errors
    /// [`Reject::NoAccount`] if it is none and lacks an account.
    #[inline]
    pub(super) fn look(
        &mut self,
        ledger: &Ledger,
        agent: AgentId,
        assets: [AssetId; 2],
    ) -> Result<Known, Reject> {
        let place = match self.recent.get(agent) {
            Some(place) => place,
            None => match self.places.get(&agent) {
                Some(&place) => place,
                None => return stranger(ledger, agent, assets),
            },
        };
        self.recent.set(agent, place);
        let &Member { base, quote, .. } = self.get(place);
        Ok(Known { agent, place: Some(place), base, quote })
    }

    /// Takes in somebody who is no member.
    pub(super) fn admit(&mut self, known: Known) -> u32 {
        let Known { agent, base, quote, .. } = known;
        let member = Member { agent, base, quote, open: [0; 2] };
        let place = if let Some(place) = self.free.pop() {
            self.by_place[place as usize] = member;
            place
        } else {
            self.by_place.push(member);
            self.by_place.len() as u32 - 1
        };
        self.places.insert(agent, place);
        place
    }

    /// As if an agent had not been taken in a moment ago, when there were `count` places.
    pub(super) fn undo_admit(&mut self, agent: AgentId, count: usize) {
        self.forget(agent);
        if self.by_place.len() > count {
            self.by_place.pop();
            self.free.pop();
        }
    }

    /// Forgets a member without open orders.
    pub(super) fn forget(&mut self, agent: AgentId) {
        if let Some(place) = self.places.remove(&agent) {
            debug_assert_eq!(self.by_place[place as usize].open_orders(), 0, "its orders need it");
            let nobody = AccountId(0);
            self.by_place[place as usize] =
                Member { agent: AgentId::REALM, base: nobody, quote: nobody, open: [0; 2] };
            self.free.push(place);
            self.recent.set(agent, NOWHERE);
        }
    }

    /// Works out of which side the orders are that each has open, where they are as many as it says.
    pub(super) fn count_sides(&mut self, orders: &[Live]) {
        let mut counted = vec![[0_u32; 2]; self.by_place.len()];
        for live in orders.iter().filter(|live| live.leaves != 0) {
            if let Some(count) = counted.get_mut(live.member as usize) {
                count[live.side as usize] += 1;
            }
        }
        for (member, open) in self.by_place.iter_mut().zip(counted) {
            if member.open_orders() == open[0] + open[1] {
                member.open = open;
            }
        }
    }

    /// All places, the free ones too.
    pub(super) fn places(&self) -> &[Member] {
        &self.by_place
    }

    pub(super) fn len(&self) -> usize {
        self.by_place.len()
    }
}

impl Codec for Members {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.by_place.encode(bytes);
        self.free.encode(bytes);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let error = reader.error("members, each once, and the places that are free");
        let (members, free): (Vec<Member>, Vec<u32>) = (Codec::decode(reader)?, Codec::decode(reader)?);
        let taken = (0..).zip(&members).filter(|(_, member)| member.agent != AgentId::REALM);
        let places: HashMap<AgentId, u32> = taken.map(|(place, member)| (member.agent, place)).collect();
        let is_free = |&place: &u32| {
            members
                .get(place as usize)
                .is_some_and(|member| member.agent == AgentId::REALM && member.open == [0; 2])
        };
        let mut known = free.clone();
        known.sort_unstable();
        let are_free = free.iter().all(is_free) && known.windows(2).all(|pair| pair[0] < pair[1]);
        if places.len() + free.len() != members.len() || !are_free {
            return Err(error);
        }
        Ok(Members { by_place: members, free, places, recent: Recent::default() })
    }

    fn mix(&self, mixer: &mut Mixer) {
        self.by_place.mix(mixer);
        self.free.mix(mixer);
    }
}
