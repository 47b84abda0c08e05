//! What `explain` says of every item that stays, on hundreds of small rounds, against clearing the round
//! again: with that item favoured above all, and with each single want added that nobody sent. And what the program says of bundles.

use bartizan_engine::explain::{Explanation, Reason, explain};
use bartizan_engine::{ItemIndex, ItemKind, Objective, Outcome, Round, User, UserIndex};
use bartizan_io::clear::{Settings, clear};
use bartizan_tests::program::{Scratch, run};
use bartizan_tests::rounds;

#[test]
fn reasons_and_missing_wants_hold_when_the_round_is_cleared_again() {
    let (mut costly, mut wished, mut hopeless) = (0, 0, 0);
    for seed in 0..4000 {
        let mut round = rounds::small(seed);
        round.objectives = vec![Objective::Items];
        round.users.iter_mut().for_each(|user| user.limit = None);
        let outcome = cleared(&round);
        for index in 0..round.items.len() {
            let item = ItemIndex(index as u32);
            if round.items[index].kind == ItemKind::Dummy {
                continue;
            }
            let Explanation::Stays { reason, missing_want } = explain(&round, &outcome, item) else {
                assert_ne!(outcome.takes[index], item, "seed {seed}: {index} stays");
                continue;
            };
            assert_eq!(outcome.takes[index], item, "seed {seed}: {index} trades");
            assert_eq!(reason, expected_reason(&round, &outcome, item), "seed {seed}, item {index}");
            costly += usize::from(matches!(reason, Reason::Costs(lost) if lost > 0));
            let best = best_single_want(&round, &outcome, item);
            assert_eq!(missing_want.map(|want| want.gain), best, "seed {seed}, item {index}");
            if let Some(want) = missing_want {
                let more = cleared(&with_want(&round, want.on_list_of, want.wanted));
                assert_eq!(
                    more.levels[0].value,
                    outcome.levels[0].value + want.gain,
                    "seed {seed}, item {index}"
                );
                assert_ne!(more.takes[index], item, "seed {seed}: {index} still stays");
                wished += 1;
            } else {
                hopeless += 1;
            }
        }
    }
    assert!(
        costly > 20 && wished > 100 && hopeless > 20,
        "{costly} costly, {wished} wished, {hopeless} hopeless"
    );
}

fn cleared(round: &Round<'_>) -> Outcome {
    clear(round, &Settings { threads: 1, ..Settings::default() }, &mut |_| ()).expect("a small round").outcome
}

/// The reason by clearing again with the item favoured above all others.
fn expected_reason(round: &Round<'_>, outcome: &Outcome, item: ItemIndex) -> Reason {
    if !round.wants.item.contains(&item) {
        return Reason::Unwanted;
    }
    if round.wants.range(item).is_empty() {
        return Reason::WantsNothing;
    }
    let mut favoured = round.clone();
    let alone = UserIndex(favoured.users.len() as u32);
    favoured.users.push(User { name: "alone".into(), limit: None });
    favoured.items[item.at()].user = Some(alone);
    favoured.objectives = vec![Objective::Favor(alone), Objective::Items];
    let levels = cleared(&favoured).levels;
    if levels[0].value == 0 {
        Reason::NoRing
    } else {
        Reason::Costs(outcome.levels[0].value - levels[1].value)
    }
}

/// How much the best single want raises the number of items, among those that name the item or stand
/// on its list and concern somebody else's good; `None` when none does.
fn best_single_want(round: &Round<'static>, outcome: &Outcome, item: ItemIndex) -> Option<i64> {
    let user = round.items[item.at()].user;
    let others = (0..round.items.len() as u32).map(ItemIndex).filter(|&other| {
        let thing = &round.items[other.at()];
        other != item && thing.kind == ItemKind::Good && !(user.is_some() && thing.user == user)
    });
    let gain = |on_list_of: ItemIndex, wanted: ItemIndex| {
        if round.wants.item[round.wants.range(on_list_of)].contains(&wanted) {
            return 0;
        }
        cleared(&with_want(round, on_list_of, wanted)).levels[0].value - outcome.levels[0].value
    };
    others.map(|other| gain(other, item).max(gain(item, other))).max().filter(|&gain| gain > 0)
}

fn with_want(round: &Round<'static>, on_list_of: ItemIndex, wanted: ItemIndex) -> Round<'static> {
    let mut more = round.clone();
    let end = more.wants.first[on_list_of.at() + 1] as usize;
    more.wants.item.insert(end, wanted);
    if !more.wants.cost.is_empty() {
        more.wants.cost.insert(end, 1);
    }
    if !more.wants.price.is_empty() {
        more.wants.price.insert(end, 0);
    }
    more.wants.first[on_list_of.at() + 1..].iter_mut().for_each(|first| *first += 1);
    more
}

/// What is said of an exchange of a round of bundles, and what the page says of it.
fn told_of(round: &str, exchange: &str) -> (String, String) {
    let scratch = Scratch::new();
    let file =
        scratch.file("round.json", format!("{{\"format\": \"bartizan-round\", \"version\": 1, {round}}}"));
    let [outcome, page] = ["outcome.json", "page.html"].map(|name| scratch.at(name));
    let clear = ["clear".as_ref(), file.as_os_str(), "--output".as_ref(), outcome.as_os_str()];
    run(clear.into_iter().chain(["--report".as_ref(), page.as_os_str()])).clean();
    let explain = ["explain".as_ref(), file.as_os_str(), outcome.as_os_str(), exchange.as_ref()];
    (run(explain).clean(), std::fs::read_to_string(page).expect("it was written"))
}

#[test]
fn what_keeps_bundles_apart_is_told_by_its_true_reason() {
    let sizes = r#""users": [{"name": "a"}, {"name": "b"}],
        "items": [{"name": "a1", "user": "a"}, {"name": "b1", "user": "b", "units": 5}],
        "exchanges": [{"name": "A", "user": "a", "gives": ["a1"], "wants": [{"item": "b1", "units": 2}]},
                      {"name": "B", "user": "b", "gives": [{"item": "b1", "units": 3}], "wants": ["a1"]}]"#;
    let money = r#""users": [{"name": "s"}, {"name": "b"}], "items": [{"name": "x", "user": "s"}],
        "exchanges": [{"name": "S", "user": "s", "gives": ["x"], "pays": {"least": -3000, "most": -2000}},
                      {"name": "B", "user": "b", "wants": ["x"], "pays": {"least": 50, "most": 1000}}]"#;
    let too_large = "It gives 3 of b1 at once, and others could take 2.";
    let too_dear = "It asks for 3,000 at least, and others could pay 1,000.";
    let by_another = "It needs 2 of b1, and too few of those who offer that can ever do so: \
                      exchange B of b gives 3 of b1 at once, and others could take 2.";
    let by_money = "It needs 1 of x, and too few of those who offer that can ever do so: \
                    exchange S of s asks for 3,000 at least, and others could pay 1,000.";
    for (round, exchange, told) in
        [(sizes, "B", too_large), (sizes, "A", by_another), (money, "S", too_dear), (money, "B", by_money)]
    {
        let (said, page) = told_of(round, exchange);
        assert_eq!(said.lines().nth(1), Some(told), "{said}");
        assert!(page.contains(told), "{told}: {page}");
    }
}

/// Two outcomes move as many units, of which one lets a user more trade.
#[test]
fn an_exchange_is_weighed_by_every_objective() {
    let round = |objectives: &str| {
        format!(
            r#""objectives": {objectives}, "users": [{{"name": "a"}}, {{"name": "b"}}, {{"name": "c"}}],
            "items": [{{"name": "a1", "user": "a", "units": 2}}, {{"name": "a2", "user": "a"}},
                {{"name": "b1", "user": "b"}}, {{"name": "b2", "user": "b"}}, {{"name": "c1", "user": "c"}}],
            "exchanges": [
                {{"name": "A", "user": "a", "gives": [{{"item": "a1", "units": 2}}], "wants": [{{"any": 1, "of": ["b1", "c1"]}}]}},
                {{"name": "B", "user": "b", "gives": ["b1"], "wants": [{{"item": "a1", "units": 2}}]}},
                {{"name": "C", "user": "c", "gives": ["c1"], "wants": [{{"item": "a1", "units": 2}}]}},
                {{"name": "A2", "user": "a", "gives": ["a2"], "wants": ["b2"]}},
                {{"name": "B2", "user": "b", "gives": ["b2"], "wants": ["a2"]}}]"#
        )
    };
    let (said, _) = told_of(&round(r#"["items", "users"]"#), "B");
    let told = "It could be carried out, but then 1 user fewer would trade, with as much of items.\n";
    assert!(said.contains(told), "{said}");
    let (one, other) = (told_of(&round(r#"["items"]"#), "B").0, told_of(&round(r#"["items"]"#), "C").0);
    let equal = "It could be carried out in an equally good outcome: another was chosen, by chance.\n";
    assert!(one.contains(equal) != other.contains(equal), "{one}{other}");
}

#[test]
fn as_many_items_are_not_called_as_good_where_more_is_asked_for() {
    let scratch = Scratch::new();
    let round = scratch.file("round.txt", "(a) A : B C\n(b) B : A\n(c) C : A\n(a) D : E\n(b) E : D\n");
    let outcome = scratch.at("outcome.json");
    let clear = ["clear".as_ref(), round.as_os_str(), "--objective".as_ref(), "items,users".as_ref()];
    run(clear.into_iter().chain(["--output".as_ref(), outcome.as_os_str()])).clean();
    let said = run(["explain".as_ref(), round.as_os_str(), outcome.as_os_str(), "B".as_ref()]).clean();
    let told = "It could trade in an outcome of as many items: another was chosen, by the objectives after that (users), ";
    assert!(said.contains(told), "{said}");
}
