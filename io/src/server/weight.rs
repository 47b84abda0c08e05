//! About how much memory commands take.

use bartizan_engine::certificate::CaseRecord;
use bartizan_engine::ledger::movement::Step;
use bartizan_engine::realm::command::{Command, Envelope};

/// Of commands that came together, in bytes.
pub(super) fn weight(envelopes: &[Envelope]) -> usize {
    let each = |envelope: &Envelope| size_of::<Envelope>() + beyond(&envelope.command);
    envelopes.iter().map(each).sum()
}

/// What a command has beside its own record, in bytes.
pub(super) fn beyond(command: &Command) -> usize {
    match command {
        Command::ProposeSettlement(propose) => {
            let prices: usize = propose.certificate.prices.iter().map(|prices| 8 * prices.len()).sum();
            let cases = propose.certificate.coupled.as_ref().map_or(0, |coupled| coupled.cases.len());
            4 * propose.takes.len() + prices + cases * size_of::<CaseRecord>()
        }
        Command::LinkedTransfers(linked) => linked.steps.len() * size_of::<Step>(),
        Command::SubmitOffer(offer) => 16 * offer.wants.len(),
        Command::RegisterAgent(register) => register.name.len(),
        Command::DefineAsset(define) => define.name.len(),
        Command::CreateMarket(create) => create.name.len(),
        Command::OpenRound(open) => open.name.len(),
        _ => 0,
    }
}
