//! What is wrong with an outcome, in words.

use bartizan_engine::{Fault, ItemIndex, Outcome, Round};

use super::words::money;

/// A fault as a sentence with names.
pub(crate) fn describe(round: &Round<'_>, outcome: &Outcome, fault: &Fault) -> String {
    let name = |item: ItemIndex| {
        let item = &round.items[item.at()];
        match item.user {
            Some(user) => format!("({}) {}", round.users[user.at()].name, item.name),
            None => item.name.to_string(),
        }
    };
    match fault {
        Fault::Round(broken) => format!("the round itself is wrong: {broken}"),
        Fault::WrongItemCount => "it speaks of another number of items than the round".into(),
        Fault::NotGranted(item) => {
            let taken = outcome.takes[item.at()];
            format!(
                "{} receives {}, which its list does not name or which somebody else receives too",
                name(*item),
                name(taken)
            )
        }
        Fault::LimitExceeded(user, sum) => {
            format!("{user} would spend {}, more than the limit", money(*sum, round.money_decimals))
        }
        Fault::WrongObjectives => "it lists other objectives than the round is cleared for".into(),
        Fault::WrongValue { objective, claimed, reached } => {
            format!("it claims {claimed} for {}, but its rings reach {reached}", objective.name())
        }
        Fault::Malformed => "its certificate does not fit the round: it was made for another list, or the list has changed since".into(),
        Fault::NotProven { objective, claimed, proven } => format!(
            "it claims that {} cannot be better than {claimed}, but its prices only prove {proven}",
            objective.name()
        ),
    }
}

#[cfg(test)]
mod tests {
    use bartizan_solver::certify::Certificate;

    use super::*;

    #[test]
    fn spending_is_told_in_the_unit_of_the_round() {
        let round = Round { money_decimals: 2, ..Round::default() };
        let outcome = Outcome { takes: Vec::new(), levels: Vec::new(), certificate: Certificate::default() };
        let told = describe(&round, &outcome, &Fault::LimitExceeded("ann".into(), 5275));
        assert_eq!(told, "ann would spend 52.75, more than the limit");
    }
}
