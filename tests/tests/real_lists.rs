//! Real math trades, cleared to the values that others have found for them. The lists are no part of the
//! repository; where one is absent, the test says so and passes.

use std::path::Path;

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::real_list;
use serde_json::Value;

/// A list with the most items that can trade, and the most users who can at that. The users of ask2007 are
/// not named, so each item counts as one.
const LISTS: [(&str, u64, u64); 7] = [
    ("BR2024May.txt", 196, 78),
    ("onewant.txt", 336, 151),
    ("ask2007.txt", 197, 197),
    ("ragan_pref.txt", 242, 124),
    ("oz_friendless1.txt", 197, 49),
    ("oz_input-brisbane2017real.txt", 97, 30),
    ("oz_amiguero.txt", 459, 87),
];

#[test]
fn real_lists_reach_their_known_optimum() {
    let present = LISTS.into_iter().filter_map(|(name, items, users)| Some((real_list(name)?, items, users)));
    for (list, items, users) in present {
        let scratch = Scratch::new();
        let outcome = scratch.at("outcome.json");
        let said = cleared(&list, &outcome, "1");
        let document: Value = serde_json::from_str(&said).expect("an outcome is JSON");
        let reached = |name: &str| document["summary"][name].as_u64().expect("it is a number");
        let name = list.display();
        assert_eq!((reached("items_traded"), reached("users_trading")), (items, users), "{name}");
        assert_eq!(document["proof"]["status"], "optimal", "{name}");
        let arguments = ["verify", "--kind", "trademaximizer"].map(Path::new);
        let verified = run(arguments.into_iter().chain([&*list, &outcome])).clean();
        let expected = format!(
            "items: {items}, proven: no outcome is better\nusers: {users}, proven: no outcome is better\n"
        );
        assert!(verified.ends_with(&expected), "{name}: {verified}");
        for threads in ["2", "5"] {
            assert_eq!(cleared(&list, &scratch.at("again.json"), threads), said, "{name}, {threads} threads");
        }
    }
}

/// Clears `list` into `outcome`, and says what is in it.
fn cleared(list: &Path, outcome: &Path, threads: &str) -> String {
    let options = ["clear", "--kind", "trademaximizer", "--objective", "items,users", "--quiet", "--threads"];
    let arguments = options.into_iter().chain([threads, "--output"]).map(Path::new);
    assert_eq!(run(arguments.chain([outcome, list])).clean(), "");
    std::fs::read_to_string(outcome).expect("the outcome was written")
}
