//! Small rounds of bundles against a search that reads the document as its schema says, and knows neither the reader, the solver nor the check: all ways to
//! carry exchanges out, each time of each, with every mixture, and every payment in whole units.

use std::collections::BTreeMap;

use bartizan_io::format::json::read_bundles;
use bartizan_solver::budget::Budget;
use bartizan_solver::bundle::solve;
use bartizan_tests::dice::Dice;
use serde_json::{Value, json};

/// Units by item: of what is given, and of what is received.
type Moves = [BTreeMap<String, i64>; 2];

/// An exchange as the document has it, or the want list of an item.
struct Offer {
    name: String,
    user: String,
    gives: Vec<Value>,
    wants: Vec<Value>,
    most: i64,
    cost: i64,
    pays: (i64, i64),
}

/// Something that is carried out so often, with what moves and what that costs.
#[derive(Clone)]
struct Done<'a> {
    offer: &'a Offer,
    times: i64,
    moves: Moves,
    cost: i64,
}

fn number(value: &Value, field: &str, otherwise: i64) -> i64 {
    value[field].as_i64().unwrap_or(otherwise)
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a name").to_owned()
}

fn offers(round: &Value) -> Vec<Offer> {
    let exchange = |own: &Value| Offer {
        name: text(&own["name"]),
        user: text(&own["user"]),
        gives: list(&own["gives"]),
        wants: list(&own["wants"]),
        most: number(own, "most", 1),
        cost: number(own, "cost", 0),
        pays: (number(&own["pays"], "least", 0), number(&own["pays"], "most", 0)),
    };
    let want_list = |item: &Value| Offer {
        name: text(&item["name"]),
        user: text(&item["user"]),
        gives: vec![item["name"].clone()],
        wants: vec![json!({"any": 1, "of": item["wants"]})],
        // Each of its units once.
        most: number(item, "units", 1),
        cost: 0,
        pays: (0, 0),
    };
    let lists = list(&round["items"]).into_iter().filter(|item| !list(&item["wants"]).is_empty());
    lists.map(|item| want_list(&item)).chain(list(&round["exchanges"]).iter().map(exchange)).collect()
}

/// Every way to make up a bundle once: units by item, and what they cost.
fn mixtures(bundle: &[Value], is_wanted: bool) -> Vec<(BTreeMap<String, i64>, i64)> {
    let Some((entry, rest)) = bundle.split_first() else { return vec![(BTreeMap::new(), 0)] };
    let name = |some: &Value| some.as_str().map_or_else(|| text(&some["item"]), str::to_owned);
    let cost = |some: &Value| number(some, "cost", i64::from(is_wanted));
    let own = if let Some(count) = entry["any"].as_i64() {
        let mut ways = vec![(BTreeMap::new(), 0, count)];
        for some in list(&entry["of"]) {
            let mut more = Vec::new();
            for (units, paid, left) in ways {
                for taken in 0..=number(&some, "units", count).min(left) {
                    let mut units: BTreeMap<String, i64> = units.clone();
                    *units.entry(name(&some)).or_default() += taken;
                    more.push((units, paid + taken * cost(&some), left - taken));
                }
            }
            ways = more;
        }
        ways.into_iter().filter(|way| way.2 == 0).map(|(units, paid, _)| (units, paid)).collect()
    } else {
        let units = number(entry, "units", 1);
        vec![(BTreeMap::from([(name(entry), units)]), units * cost(entry))]
    };
    let rest = mixtures(rest, is_wanted);
    let both = own.iter().flat_map(|own| rest.iter().map(move |rest| (own, rest)));
    both.map(|(own, rest)| (added(&own.0, &rest.0), own.1 + rest.1)).collect()
}

fn added(one: &BTreeMap<String, i64>, other: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut sum = one.clone();
    for (item, units) in other {
        *sum.entry(item.clone()).or_default() += units;
    }
    sum
}

/// Every way to carry an offer out at least once.
fn ways(offer: &Offer) -> Vec<Done<'_>> {
    let (gives, wants) = (mixtures(&offer.gives, false), mixtures(&offer.wants, true));
    let nothing = Done { offer, times: 0, moves: Moves::default(), cost: 0 };
    let (mut last, mut all) = (vec![nothing], Vec::new());
    for _ in 0..offer.most {
        let mut next: Vec<Done<'_>> = Vec::new();
        for before in &last {
            for (given, paid) in &gives {
                for (received, also) in &wants {
                    let moves = [added(&before.moves[0], given), added(&before.moves[1], received)];
                    let cost = before.cost + offer.cost + paid + also;
                    next.push(Done { offer, times: before.times + 1, moves, cost });
                }
            }
        }
        all.extend(next.iter().cloned());
        last = next;
    }
    all
}

/// How many units of these items a user gives, or receives.
fn units(done: &[Done<'_>], user: &str, side: usize, counts: &dyn Fn(&str) -> bool) -> i64 {
    let own = done.iter().filter(|own| own.offer.user == user).flat_map(|own| &own.moves[side]);
    own.filter(|(item, _)| counts(item)).map(|(_, units)| units).sum()
}

struct Search<'a> {
    round: &'a Value,
    owner: BTreeMap<String, String>,
    ways: Vec<Vec<Done<'a>>>,
    best: Option<Vec<i64>>,
}

impl<'a> Search<'a> {
    fn go_on(&mut self, at: usize, done: &mut Vec<Done<'a>>) {
        let Some(ways) = self.ways.get(at).cloned() else {
            let values = self.values(done);
            if self.best.as_ref().is_none_or(|best| values > *best) && self.is_allowed(done) {
                self.best = Some(values);
            }
            return;
        };
        self.go_on(at + 1, done);
        for way in ways {
            done.push(way);
            self.go_on(at + 1, done);
            done.pop();
        }
    }

    fn is_allowed(&self, done: &[Done<'_>]) -> bool {
        let users = list(&self.round["users"]);
        let refuses = |one: &str, other: &str| {
            let own = users.iter().find(|user| user["name"] == one);
            own.is_some_and(|own| list(&own["refuses"]).iter().any(|name| name == other))
        };
        let is_willing = |own: &Done<'_>| {
            own.moves[1].iter().filter(|(_, units)| **units > 0).all(|(item, _)| {
                let (giver, user) = (&self.owner[item], &own.offer.user);
                giver != user && !refuses(giver, user) && !refuses(user, giver)
            })
        };
        let is_balanced = |item: &Value| {
            let moved = |side: usize| -> i64 {
                done.iter().filter_map(|own| own.moves[side].get(&text(&item["name"]))).sum()
            };
            moved(0) == moved(1) && moved(0) <= number(item, "units", 1)
        };
        let is_within_caps = |user: &Value| {
            let name = &text(&user["name"]);
            ["gives_most", "receives_most"]
                .iter()
                .enumerate()
                .all(|(side, cap)| units(done, name, side, &|_| true) <= number(user, cap, i64::MAX))
        };
        let is_within = |limit: &Value| {
            let counted: i64 = if let Some(user) = limit["user"].as_str() {
                let is_one = |name: &str| list(&limit["items"]).iter().any(|item| item == name);
                units(done, user, 0, &is_one) + units(done, user, 1, &is_one)
            } else {
                let is_one =
                    |own: &&Done<'_>| list(&limit["exchanges"]).iter().any(|name| *name == own.offer.name);
                done.iter().filter(is_one).map(|own| own.times).sum()
            };
            counted <= number(limit, "most", 0)
        };
        done.iter().all(is_willing)
            && list(&self.round["items"]).iter().all(is_balanced)
            && users.iter().all(is_within_caps)
            && list(&self.round["limits"]).iter().all(is_within)
            && self.can_be_paid(done, &mut BTreeMap::new())
    }

    /// Tries every payment of the first, then of the next.
    fn can_be_paid(&self, left: &[Done<'_>], paid: &mut BTreeMap<String, i64>) -> bool {
        let Some((own, rest)) = left.split_first() else {
            let is_within = |user: &Value| {
                let sum = paid.get(&text(&user["name"])).copied().unwrap_or(0);
                sum <= number(user, "limit", i64::MAX)
            };
            return paid.values().sum::<i64>() == 0 && list(&self.round["users"]).iter().all(is_within);
        };
        (own.offer.pays.0 * own.times..=own.offer.pays.1 * own.times).any(|amount| {
            *paid.entry(own.offer.user.clone()).or_default() += amount;
            let can = self.can_be_paid(rest, paid);
            *paid.entry(own.offer.user.clone()).or_default() -= amount;
            can
        })
    }

    fn values(&self, done: &[Done<'_>]) -> Vec<i64> {
        let users = list(&self.round["users"]);
        let names: Vec<String> = users.iter().map(|user| text(&user["name"])).collect();
        let sum = |side: usize, name: &str| units(done, name, side, &|_| true);
        let value = |objective: &Value| match objective.as_str() {
            Some("items") => names.iter().map(|name| sum(1, name)).sum(),
            Some("users") => {
                let trades = |name: &&String| done.iter().any(|own| own.offer.user == **name);
                names.iter().filter(trades).count() as i64
            }
            Some("cost") => -done.iter().map(|own| own.cost).sum::<i64>(),
            _ => sum(0, &text(&objective["favor"])),
        };
        list(&self.round["objectives"]).iter().map(value).collect()
    }
}

/// A bundle of some of these items.
fn bundle(dice: &mut Dice, items: &[String], least: i64) -> Value {
    let some = |dice: &mut Dice, item: &String| match dice.below(3) {
        0 => json!({"item": item, "units": dice.between(1, 2)}),
        1 => json!({"item": item, "cost": dice.between(0, 3)}),
        _ => json!(item),
    };
    let term = |dice: &mut Dice| {
        let mut left = items.to_vec();
        let mut of = Vec::new();
        for _ in 0..=dice.below(left.len().min(3)) {
            let item = left.remove(dice.below(left.len()));
            of.push(some(dice, &item));
        }
        let most: i64 = of.iter().map(|some| number(some, "units", 1)).sum();
        if dice.chance(60) { json!({"any": dice.between(1, most.min(2)), "of": of}) } else { of[0].clone() }
    };
    (0..dice.between(least, 2)).map(|_| term(dice)).collect()
}

/// A round of two or three users with a few things each, and with every kind of limit now and then.
fn made_up(dice: &mut Dice) -> Value {
    let names = ["ann", "bob", "cat"][..2 + dice.below(2)].to_vec();
    let mut of_user: Vec<Vec<String>> = Vec::new();
    for user in &names {
        of_user.push((0..=dice.below(2)).map(|place| format!("{user} {place}")).collect());
    }
    let has_money = dice.chance(40);
    let others = |user: usize| -> Vec<String> {
        (0..names.len()).filter(|&other| other != user).flat_map(|other| of_user[other].clone()).collect()
    };
    let exchange = |dice: &mut Dice, index: usize| {
        let user = dice.below(names.len());
        let least = i64::from(!has_money || dice.chance(60));
        let mut own = json!({
            "name": format!("exchange {index}"), "user": names[user], "most": 1 + i64::from(dice.chance(15)),
            "gives": bundle(dice, &of_user[user], least), "wants": bundle(dice, &others(user), least),
            "cost": dice.between(0, 3),
        });
        if has_money {
            let least = dice.between(-3, 1);
            own["pays"] = json!({"least": least, "most": least + dice.between(0, 3)});
        }
        own
    };
    let exchanges: Vec<Value> = (0..2 + dice.below(4)).map(|index| exchange(dice, index)).collect();
    let item = |dice: &mut Dice, user: usize, name: &String| {
        let mut own = json!({"name": name, "user": names[user]});
        if dice.chance(30) {
            own["units"] = json!(dice.between(2, 3));
        }
        if dice.chance(40) {
            let wants: Vec<String> = others(user).into_iter().filter(|_| dice.chance(60)).collect();
            own["wants"] = json!(wants);
        }
        own
    };
    let owned = of_user.iter().enumerate().flat_map(|(user, own)| own.iter().map(move |name| (user, name)));
    let items: Vec<Value> = owned.map(|(user, name)| item(dice, user, name)).collect();
    let mut users: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    for (at, user) in users.iter_mut().enumerate() {
        for field in ["gives_most", "receives_most", "limit"] {
            if dice.chance(20) {
                user[field] = json!(dice.between(0, 3));
            }
        }
        if dice.chance(15) {
            user["refuses"] = json!([names[(at + 1) % names.len()]]);
        }
    }
    let mut limits = Vec::new();
    if dice.chance(40) {
        let user = dice.below(names.len());
        let side = if dice.chance(50) { of_user[user].clone() } else { others(user) };
        limits.push(json!({"user": names[user], "items": side, "most": dice.between(0, 2)}));
    }
    if dice.chance(40) {
        limits.push(json!({"exchanges": [exchanges[0]["name"], exchanges[1]["name"]], "most": 1}));
    }
    let mut goals = vec![json!("items"), json!("users"), json!("cost"), json!({"favor": names[0]})];
    goals.rotate_left(dice.below(4));
    goals.truncate(1 + dice.below(3));
    json!({
        "format": "bartizan-round", "version": 1, "objectives": goals, "users": users, "items": items,
        "exchanges": exchanges, "limits": limits,
    })
}

#[test]
fn small_rounds_reach_what_their_documents_allow() {
    let mut dice = Dice::new(1);
    let (mut checked, mut trading) = (0, 0);
    while checked < 3_000 {
        let round = made_up(&mut dice);
        let document = round.to_string();
        // What asks for more than there is is refused, and what is of one for one is a round of want lists.
        let Ok(Some(bundles)) = read_bundles(document.as_bytes()) else { continue };
        let offers = offers(&round);
        let ways: Vec<Vec<Done<'_>>> = offers.iter().map(ways).collect();
        if ways.iter().map(|ways| 1 + ways.len()).product::<usize>() > 4_000 {
            continue;
        }
        let owner = list(&round["items"]).into_iter().map(|item| (text(&item["name"]), text(&item["user"])));
        let mut search = Search { round: &round, owner: owner.collect(), ways, best: None };
        search.go_on(0, &mut Vec::new());
        let found = solve(&bundles.problem, Budget::UNLIMITED, &mut |_, _, _| ());
        assert_eq!(found.values, found.bounds, "{round}");
        assert_eq!(Some(&found.values), search.best.as_ref(), "{round}");
        checked += 1;
        trading += usize::from(!found.carried.is_empty());
    }
    assert!(trading > 200, "{trading} trade");
}
