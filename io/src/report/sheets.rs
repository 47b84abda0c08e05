//! What each participant does: a sheet per participant with what it gives and gets, and what of
//! its own nobody took.
//!
//! Cost O(items + users log users) for the sheets, O(wants) for [`demand`].

use bartizan_engine::{Hop, ItemIndex, ItemKind};

use super::view::{Clearing, Participant};

/// One place in a ring, by the ring's position in [`Clearing::rings`] and the member's within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The ring.
    pub ring: u32,
    /// The member.
    pub member: u32,
}

/// What one participant does in the round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Whose sheet it is.
    pub participant: Participant,
    /// The places in rings that the participant's items take, in the order of the items.
    pub seats: Vec<Seat>,
    /// The items that do not trade, in order.
    pub untraded: Vec<ItemIndex>,
    /// The money to pay, in the round's own unit.
    pub pays: i64,
    /// The money to receive.
    pub is_paid: i64,
}

impl<'a> Clearing<'a> {
    /// The member of a ring at `seat`.
    pub fn hop(&self, seat: Seat) -> &Hop {
        &self.rings[seat.ring as usize][seat.member as usize]
    }

    /// The member that receives what the one at `seat` gives.
    pub fn taker(&self, seat: Seat) -> &Hop {
        let ring = &self.rings[seat.ring as usize];
        let before = (seat.member as usize).checked_sub(1).unwrap_or(ring.len() - 1);
        &ring[before]
    }

    /// The name of a participant.
    pub fn name(&self, participant: Participant) -> &'a str {
        match participant {
            Participant::User(user) => &self.round().users[user.at()].name,
            Participant::Lone(item) => self.item_name(item),
        }
    }

    /// A sheet for each participant who offers a good or a bid, by name without regard to case.
    pub fn sheets(&self) -> Vec<Sheet> {
        let round = self.round();
        let mut seat_of = vec![None; round.items.len()];
        for (ring_index, ring) in self.rings.iter().enumerate() {
            for (member, hop) in ring.iter().enumerate() {
                seat_of[hop.item.at()] = Some(Seat { ring: ring_index as u32, member: member as u32 });
            }
        }

        let mut sheets: Vec<Sheet> = Vec::new();
        let mut sheet_of_user = vec![usize::MAX; round.users.len()];
        for (index, item) in round.items.iter().enumerate() {
            if item.kind == ItemKind::Dummy {
                continue;
            }
            let item_index = ItemIndex(index as u32);
            let mut sheet_index = sheets.len();
            if let Some(user) = item.user {
                let known = &mut sheet_of_user[user.at()];
                *known = sheet_index.min(*known);
                sheet_index = *known;
            }
            if sheet_index == sheets.len() {
                sheets.push(Sheet::empty(self.participant(item_index)));
            }
            let sheet = &mut sheets[sheet_index];
            let Some(seat) = seat_of[index] else {
                sheet.untraded.push(item_index);
                continue;
            };
            sheet.pays += self.taker(seat).price;
            sheet.is_paid += self.hop(seat).price;
            sheet.seats.push(seat);
        }
        sheets.sort_by_cached_key(|sheet| (self.name(sheet.participant).to_lowercase(), sheet.participant));
        sheets
    }
}

impl Sheet {
    fn empty(participant: Participant) -> Self {
        Sheet { participant, seats: Vec::new(), untraded: Vec::new(), pays: 0, is_paid: 0 }
    }
}

/// How many participants want each item, directly or through a dummy.
pub fn demand(clearing: &Clearing<'_>) -> Vec<u32> {
    let round = clearing.round();
    let mut takers: Vec<u32> = (0..round.items.len() as u32).collect();
    takers.sort_by_key(|&taker| clearing.participant(ItemIndex(taker)));

    let mut demand = vec![0; round.items.len()];
    let mut last_taker = vec![None; round.items.len()];
    for taker in takers {
        let participant = clearing.participant(ItemIndex(taker));
        for want in round.wants.range(ItemIndex(taker)) {
            let wanted = round.wants.item[want].at();
            if last_taker[wanted].replace(participant) != Some(participant) {
                demand[wanted] += 1;
            }
        }
    }
    demand
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::Sample;

    #[test]
    fn each_sheet_tells_what_is_given_to_whom() {
        let sample = Sample::fair();
        let clearing = sample.clearing();
        let sheets = clearing.sheets();
        let mut told = Vec::new();
        for sheet in &sheets {
            let name = clearing.name(sheet.participant);
            for &seat in &sheet.seats {
                let (hop, taker) = (clearing.hop(seat), clearing.taker(seat));
                assert_eq!(taker.receives, hop.item);
                told.push(format!(
                    "{name} gives {} for {} and gets {}",
                    clearing.item_name(hop.item),
                    clearing.item_name(taker.item),
                    clearing.item_name(hop.receives)
                ));
            }
            told.extend(
                sheet.untraded.iter().map(|&item| format!("{name} keeps {}", clearing.item_name(item))),
            );
        }
        told.sort();
        let expected = [
            "a4 keeps a4",
            "ann b gives a1 for $40 and gets d1",
            "bob gives $40 for c1 and gets a1",
            "bob keeps b1",
            "cy gives c1 for d1 and gets $40",
            "cy gives c2 for e1 and gets e1",
            "dée gives d1 for a1 and gets c1",
            "eve gives e1 for c2 and gets c2",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_participant_who_wants_an_item_twice_counts_once() {
        let sample = Sample::fair();
        let demand = demand(&sample.clearing());
        assert_eq!(demand, [2, 0, 1, 2, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn every_payment_is_received() {
        let sample = Sample::fair();
        let clearing = sample.clearing();
        let sheets = clearing.sheets();
        let pays: i64 = sheets.iter().map(|sheet| sheet.pays).sum();
        let is_paid: i64 = sheets.iter().map(|sheet| sheet.is_paid).sum();
        assert_eq!((pays, is_paid), (30, 30));
    }
}
