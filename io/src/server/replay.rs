//! History that is read part by part, until what happens now is reached: between parts it stands still, and whoever reads it may wait for his client.
//!
//! Cost: carrying out again what lies between the newest snapshot before and where it stands, once. A part ends after the batch of the journal with which it is
//! long enough, so it is longer than that by one batch at most.

use std::sync::Arc;

use bartizan_engine::ledger::units::Sequence;
use bartizan_engine::realm::Realm;

use super::feed::Moment;
use super::host::Host;
use crate::journal::{self, JournalError};
use crate::node::{History, HistoryError, Steps};

/// Commands that are carried out in one part.
const CARRIED: usize = 1 << 16;

/// Bytes that are made of one part.
const MADE: usize = 1 << 20;

/// A history on its way.
pub(super) struct Replay {
    steps: Steps,
    /// What is told next; what lies before was told, or was not asked for.
    next: Sequence,
}

impl Replay {
    /// What happened from `from` on.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub(super) fn open(host: &Host, from: Sequence) -> Result<Self, HistoryError> {
        let storage = Arc::clone(host.storage());
        let history = match from.0 {
            0 | 1 => History::from_start(storage)?,
            from => History::from_snapshot(storage, Some(Sequence(from - 1)))?,
        };
        Ok(Replay { steps: history.steps()?, next: from })
    }

    /// What is told next.
    pub(super) fn next(&self) -> Sequence {
        self.next
    }

    /// Goes on for a part, or until all before `before` is told, which is durable; `tell` is told the realm after each moment, too, and says how many bytes it made of it.
    ///
    /// # Errors
    /// If the journal cannot be read, or ends before that.
    pub(super) fn go_on(
        &mut self,
        before: Sequence,
        mut tell: impl FnMut(&Moment<'_>, &Realm) -> usize,
    ) -> Result<(), HistoryError> {
        let (mut carried, mut made) = (0, 0);
        while self.steps.next() < before && carried < CARRIED && made < MADE {
            let next = self.next;
            let was_there = self.steps.step(|moment| {
                carried += 1;
                if moment.sequence >= next {
                    made += tell(&Moment::past(&moment), moment.realm);
                }
            })?;
            if !was_there {
                let [asked, last] = [before, self.steps.next()].map(|next| journal::Sequence(next.0 - 1));
                return Err(JournalError::Beyond { asked, last }.into());
            }
            self.next = self.next.max(self.steps.next());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use bartizan_engine::authority::Roles;
    use bartizan_engine::ledger::units::AgentId;
    use bartizan_engine::realm::command::{Command, Envelope, RegisterAgent};
    use bartizan_engine::realm::ids::CommandId;

    use super::*;
    use crate::journal::sim::{Faults, SimStorage};
    use crate::journal::{RealmId, Storage};
    use crate::server::thread::Settings;

    fn ask(host: &Host, ids: std::ops::RangeInclusive<u128>) {
        for id in ids {
            let (name, roles) = (format!("agent {id}"), Roles::default());
            let command = Command::RegisterAgent(RegisterAgent { agent: None, name, key: None, roles });
            host.ask(vec![Envelope { id: CommandId(id), actor: AgentId::REALM, command }])
                .expect("the disk is well");
        }
    }

    #[test]
    fn it_goes_on_from_where_it_stood_however_much_was_written_meanwhile() {
        let storage: Arc<dyn Storage> = Arc::new(SimStorage::new(1, Faults::default()));
        let (host, _) =
            Host::start("told", &storage, RealmId([7; 16]), Settings::default()).expect("it is well");
        ask(&host, 1..=5);
        let mut replay = Replay::open(&host, Sequence(3)).expect("there is a journal");
        let (mut told, mut carried_out) = (Vec::new(), 0);
        let mut go_on = |replay: &mut Replay, before| {
            let begun = replay.steps.next().0;
            let done = replay.go_on(Sequence(before), |moment, realm| {
                assert_eq!(realm.sequence(), moment.sequence, "as things were then");
                told.push(moment.sequence.0);
                1
            });
            carried_out += replay.steps.next().0 - begun;
            done.expect("the journal has it");
            told.clone()
        };
        assert_eq!(go_on(&mut replay, 6), [3, 4, 5]);
        for last in [8, 12] {
            ask(&host, replay.next().0.into()..=last);
            assert_eq!(go_on(&mut replay, last as u64 + 1), (3..=last as u64).collect::<Vec<_>>());
        }
        assert_eq!((carried_out, replay.next()), (12, Sequence(13)), "each was carried out once");
        assert!(replay.go_on(Sequence(14), |_, _| 1).is_err(), "there is no more");
        host.stop();
    }

    #[test]
    fn a_part_ends_when_it_is_long_enough() {
        let storage: Arc<dyn Storage> = Arc::new(SimStorage::new(2, Faults::default()));
        let (host, _) =
            Host::start("told", &storage, RealmId([7; 16]), Settings::default()).expect("it is well");
        ask(&host, 1..=5);
        let mut replay = Replay::open(&host, Sequence(1)).expect("there is a journal");
        replay.go_on(Sequence(6), |_, _| MADE / 2).expect("the journal has it");
        assert_eq!(replay.next(), Sequence(3));
        host.stop();
    }
}
