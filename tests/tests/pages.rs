//! Pages to hand round of bounded rings and chains and of bundles, written by the program.

use std::path::Path;

use bartizan_tests::program::{Scratch, run};
use bartizan_tests::workspace;

/// Three pairs of whom two swap or all go round, an altruist for the second, and one to whom nobody can give.
const POOL: &str =
    "5,5\n1,Pair 1\n2,Pair 2\n3,Pair 3\n4,Altruist 4\n5,Pair 5\n0,1,1\n1,0,1\n1,2,1\n2,0,1\n3,1,1\n";

#[test]
fn a_pool_and_a_round_of_bundles_have_pages() {
    let scratch = Scratch::new();
    let pool = scratch.file("pool.wmd", POOL);
    let attic = workspace().join("tests/bundles/attic.json");
    for (file, options, words) in [
        (
            &pool,
            &["--max-ring", "3"][..],
            &["The rings", "Proven best possible", "Nobody in the pool can give to it"][..],
        ),
        (&pool, &["--max-ring", "0", "--max-chain", "2"], &["The chains", "A chain starts with the gift"]),
        (&attic, &[], &["Who gives and gets what", "What was not carried out"]),
    ] {
        let page = scratch.at("page.html");
        let asked = [Path::new("clear"), file, Path::new("--quiet"), Path::new("--report"), &page];
        run(asked.into_iter().chain(options.iter().map(Path::new))).clean();
        let text = std::fs::read_to_string(&page).expect("it was written");
        for words in words {
            assert!(text.contains(words), "{words}: {text}");
        }
        for outside in ["http:", "https:", "url(", "@import", " src="] {
            assert!(!text.contains(outside), "{outside}");
        }
    }
}
