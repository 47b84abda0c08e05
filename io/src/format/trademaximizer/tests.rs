//! Lines and what becomes of them, side by side. The expected texts are those that the original
//! programs print, up to the `;` behind which we say what was expected.

use std::fmt::Write;

use bartizan_engine::{ItemKind, Objective, UserIndex};

use super::*;

fn tm(text: &str) -> Reading<'_> {
    let reading = read(text.as_bytes(), &dialect::TRADEMAXIMIZER, 1).unwrap();
    assert_eq!(reading.round.check(), None, "{text}");
    reading
}

fn oz(text: &str) -> Reading<'_> {
    let reading = read(text.as_bytes(), &dialect::OZ, 1).unwrap();
    assert_eq!(reading.round.check(), None, "{text}");
    reading
}

fn refused(text: &[u8], dialect: &'static Dialect) -> String {
    read(text, dialect, 1).expect_err(&String::from_utf8_lossy(text)).to_string()
}

const B: &str = "!BEGIN-OFFICIAL-NAMES\n";

#[test]
fn what_1_3c_refuses_is_refused() {
    let cases: &[(&str, u64, u64, &str)] = &[
        ("a : b\n#! SEED=1", 2, 1, "Options (#!...) cannot be declared after first real want list"),
        (&format!("{B}#! SEED=1"), 2, 1, "Options (#!...) cannot be declared after official names"),
        ("#! SEED=1 SMALL-STEP=x", 1, 22, "SMALL-STEP argument must be a non-negative integer"),
        ("#! BIG-STEP=-1", 1, 13, "BIG-STEP argument must be a non-negative integer"),
        ("#! BIG-STEP=99999999999", 1, 13, "BIG-STEP argument must be a non-negative integer"),
        ("#! NONTRADE-COST=0", 1, 18, "NONTRADE-COST argument must be a positive integer"),
        ("#! NONTRADE-COST=1000000000001", 1, 18, "NONTRADE-COST argument must be a positive integer"),
        ("#! ITERATIONS=01", 1, 15, "ITERATIONS argument must be a positive integer"),
        ("#! SEED=", 1, 9, "SEED argument must be a positive integer"),
        ("#! SHRINK=10", 1, 11, "SHRINK argument must be a single digit"),
        ("#! metric=x", 1, 11, "Unknown metric option \"X\""),
        ("#! metric=", 1, 11, "Unknown metric option \"\""),
        ("#! show-all", 1, 4, "Unknown option \"SHOW-ALL\""),
        ("#!", 1, 3, "Unknown option \"\""),
        (&format!("{B}a#b: x"), 2, 2, "# symbol cannot be used in an item name"),
        ("a : b # c", 1, 7, "Comments (#...) cannot be used after beginning of line"),
        (&format!("{B}!begin-official-names"), 2, 1, "Cannot begin official names more than once"),
        (&format!("a : b\n{B}"), 2, 1, "Official names cannot be declared after first real want list"),
        ("!End-Official-Names", 1, 1, "!END-OFFICIAL-NAMES without matching !BEGIN-OFFICIAL-NAMES"),
        (&format!("{B} :a"), 2, 2, "Line cannot begin with colon"),
        (&format!("{B}%a"), 2, 1, "Cannot give official names for dummy items"),
        (&format!("{B}ab\nAB x"), 3, 1, "Official name AB+ already defined"),
        ("#! REQUIRE-USERNAMES\na : b", 2, 1, "Missing username with REQUIRE-USERNAMES selected"),
        ("(a) b (c)", 1, 7, "Cannot have more than one '(' per line"),
        ("(a b c", 1, 1, "Missing ')' in username"),
        ("  (ab)  ", 1, 6, "Username cannot appear on a line by itself"),
        ("(a) b) c", 1, 6, "Cannot have more than one ')' per line"),
        ("() a", 1, 2, "Cannot have empty parentheses"),
        ("a (b) c", 1, 3, "Username can only be used at the front of a want list"),
        ("a b) c", 1, 4, "Bad ')' on a line that does not have a '('"),
        ("(u) a ; b : c", 1, 7, "Semicolon cannot appear before colon"),
        ("(u) ; b", 1, 5, "Semicolon cannot appear before first item on line"),
        ("; b", 1, 1, "Semicolon cannot appear before first item on line"),
        ("a : b : c", 1, 7, "Cannot have more that one colon on a line"),
        ("(u) : b", 1, 5, "Must have exactly one item before a colon (:)"),
        ("(u) a b : c", 1, 9, "Must have exactly one item before a colon (:)"),
        (": b", 1, 1, "Must have exactly one item before a colon (:)"),
        ("(u)a: b", 1, 5, "Must have exactly one item before a colon (:)"),
        ("#! REQUIRE-COLONS\n(u) a b", 2, 4, "Missing colon with REQUIRE-COLONS selected"),
        // What others refuse, or what the original takes apart in a way that nobody meant.
        (
            "#! REQUIRE-OFFICIAL-NAMES\na : b",
            2,
            1,
            "Missing official names with REQUIRE-OFFICIAL-NAMES selected",
        ),
        ("(u)a b", 1, 4, "Missing space behind username"),
        ("(u;v) a b", 1, 3, "Semicolon cannot appear before first item on line"),
        ("\u{FEFF}a b) c", 1, 4, "Bad ')' on a line that does not have a '('"),
        ("a b\0", 1, 4, "not a text file: it holds a NUL byte"),
    ];
    for (text, line, column, offence) in cases {
        let told = refused(text.as_bytes(), &dialect::TRADEMAXIMIZER);
        let expected = format!("line {line}, column {column}: {offence}; expected ");
        assert!(told.starts_with(&expected), "{text}\n{told}\n{expected}");
    }
    assert!(refused(b"\xFF\xFEa\0", &dialect::TRADEMAXIMIZER).contains("UTF-16"));
}

#[test]
fn what_survives_is_noticed_in_the_same_words() {
    const DUMMIES: &str = "#! ALLOW-DUMMIES\n";
    let cases: &[(&str, &str)] = &[
        ("%x : a\na", "**** Dummy item %X declared without a username."),
        ("(u) %x : a\na", "**** Dummy items not allowed. (%X)"),
        (
            &format!("{B}a\n!END-OFFICIAL-NAMES\nb : a\na"),
            "**** Cannot define want list for B because it is not an official name.  (Usually indicates a typo \
             by the item owner.)",
        ),
        (
            "a\nA : a",
            "**** Item A has multiple want lists--ignoring all but first.  (Sometimes the result of an accidental \
             line break in the middle of a want list.)",
        ),
        (
            &format!("{DUMMIES}(u) %x\n(U) %X"),
            "**** Item %X for user (U) has multiple want lists--ignoring all but first.  (Sometimes the result \
             of an accidental line break in the middle of a want list.)",
        ),
        (
            "a : b=2\nb",
            "**** Cannot use '=' annotation in item B=2 in want list for item A unless using EXPLICIT_PRIORITIES.",
        ),
        (
            "#! EXPLICIT-PRIORITIES\na : b=\nb",
            "**** Item B= in want list for item A must have the format 'name=number'.",
        ),
        (
            "#! EXPLICIT-PRIORITIES\na : b=0\nb",
            "**** Explicit priority must be positive in item B=0 in want list for item A.",
        ),
        (
            &format!("{DUMMIES}a : %x"),
            "**** Dummy item %X used in want list for item A, which does not have a username.",
        ),
        ("a : a", "**** Item A appears in its own want list."),
        (&format!("{DUMMIES}(u) %x : %x"), "**** Item %X for user (U) appears in its own want list."),
        ("a : b B\nb", "**** Item B is repeated in want list for A."),
        (&format!("{DUMMIES}(u) %x : b b\nb"), "**** Item B is repeated in want list for %X for user (U)."),
        ("(u v) a : b\n(U V) b", "**** Item A contains item B from the same user ((U V))"),
        ("a : b", "**** Unknown item B (1 occurrence)"),
        ("a : é c\nc : É", "**** Unknown item É (2 occurrences)"),
        (&format!("{DUMMIES}(u) a : %x"), "**** Unknown item %X for user (U) (1 occurrence)"),
        ("#! METRIC=FAVOR-USER=bob\na", "**** Unknown user BOB in METRIC=FAVOR-USER"),
    ];
    for (text, notice) in cases {
        assert_eq!(tm(text).notices, [*notice], "{text}");
    }
    assert_eq!(tm("#! HIDE-REPEATS\na : b b\nb").notices, [""; 0]);
    let latin1 = read(b"a : \xE9 \xE9\n\xE9 : \xE9\nb", &dialect::TRADEMAXIMIZER, 1).unwrap();
    assert_eq!(latin1.round.items[1].name, "é");
    let own = "**** Item É appears in its own want list.";
    let repeated = "**** Item É is repeated in want list for A.";
    let line = |line| format!("**** Line {line} has a name that is not UTF-8; read as Latin-1.");
    assert_eq!(latin1.notices, [own, repeated, &line(1), &line(2)]);
}

#[test]
fn ranks_advance_as_in_the_original() {
    let costs = |scheme: &str, list: &str| {
        let text = format!(
            "#! ALLOW-DUMMIES {scheme}-PRIORITIES\n{B}a\nb\nc\nd\ne\n!END-OFFICIAL-NAMES\n\
            (u) a : {list}\n(v) b\n(v) c\n(u) d : %x\n(u) %x : c b"
        );
        let reading = read(text.as_bytes(), &dialect::TRADEMAXIMIZER, 1).unwrap();
        assert_eq!(reading.round.check(), None);
        let wants = &reading.round.wants;
        assert_eq!(wants.cost[wants.first[4] as usize..], [0, 0]);
        wants.cost[..wants.first[1] as usize].to_vec()
    };
    assert_eq!(costs("LINEAR", "b c"), [1, 2]);
    assert_eq!(costs("LINEAR", "b;c"), [1, 11]);
    assert_eq!(costs("LINEAR", "; b ; ; c ;"), [10, 29]);
    // Neither unknown names, nor one's own, nor repeated ones advance it; an official one does.
    assert_eq!(costs("LINEAR", "x b a d b c"), [1, 2]);
    assert_eq!(costs("LINEAR", "b e c"), [1, 3]);
    assert_eq!(costs("TRIANGLE", "b ; c"), [1, 66]);
    assert_eq!(costs("SQUARE", "b ; c"), [1, 121]);
    assert_eq!(costs("SCALED", "b c"), [1, 1261]);
    assert_eq!(costs("EXPLICIT", "b=7 c"), [7, 8]);
    assert_eq!(costs("EXPLICIT", "x=7 b c=2"), [7, 2]);
    assert_eq!(costs("SMALL-STEP=0 BIG-STEP=1 LINEAR", "b c"), [1, 1]);
    assert_eq!(tm("a : b\nb").round.wants.cost, [0; 0]);
}

#[test]
fn costs_out_of_range_are_refused_where_they_stand() {
    let cases: &[(&str, u64, u64)] = &[
        ("#! EXPLICIT-PRIORITIES\na : b=1000000000001\nb", 2, 5),
        ("#! EXPLICIT-PRIORITIES\na : b=99999999999999999999\nb", 2, 7),
        ("#! SQUARE-PRIORITIES BIG-STEP=2147483647\na : b ; c\nb\nc", 2, 9),
        ("#! TRIANGLE-PRIORITIES BIG-STEP=2147483647\na : b ; c\nb\nc", 2, 9),
        ("#! SCALED-PRIORITIES BIG-STEP=2147483647\na : b ; c\nb\nc", 2, 9),
    ];
    for (text, line, column) in cases {
        let told = refused(text.as_bytes(), &dialect::TRADEMAXIMIZER);
        let expected =
            format!("line {line}, column {column}: the priority of this want is too large; expected a");
        assert!(told.starts_with(&expected), "{text}\n{told}");
    }
    // Within a dummy's list ranks do not count.
    tm("#! ALLOW-DUMMIES SQUARE-PRIORITIES BIG-STEP=2147483647\n(u) %x : ; b\nb");
}

#[test]
fn names_users_titles_and_options_are_kept_as_written() {
    let text = "#! allow-dummies Seed=7\tMETRIC=Favor-User=BOB\n\n# (x) #!\n!begin-official-names\n\
        one ==> 1. \"The \"Big\" # One\" (from ann)\ntwo: a title #2\nthree ==> no quotes\n!end-official-names\n\
        (Ann B) One : tWo %d\n(bob) TWO\tone\n( ANN B) %d\n(ann b) %D : two";
    let reading = tm(text);
    let round = &reading.round;
    assert_eq!(round.users.iter().map(|user| &*user.name).collect::<Vec<_>>(), ["Ann B", "bob", " ANN B"]);
    let items: Vec<_> = round.items.iter().map(|item| (&*item.name, &*item.title)).collect();
    assert_eq!(items, [("One", "The \"Big\" # One"), ("TWO", "a title #2"), ("%d", ""), ("%D", "")]);
    assert!(matches!(round.items[0].name, std::borrow::Cow::Borrowed(_)));
    assert_eq!((round.items[3].kind, round.items[3].user), (ItemKind::Dummy, Some(UserIndex(0))));
    assert_eq!(round.objectives, [Objective::Items, Objective::Favor(UserIndex(1))]);
    assert_eq!((round.seed, round.nontrade_cost), (7, 1_000_000_000));
    assert_eq!((reading.missing.as_slice(), reading.notices.len()), (&["THREE".to_owned()][..], 0));
    assert_eq!(reading.options, ["ALLOW-DUMMIES", "SEED=7", "METRIC=FAVOR-USER=BOB"]);
    assert_eq!(round.wants.item.iter().map(|item| item.0).collect::<Vec<_>>(), [1, 3, 0, 1]);
    let weighted = tm("#! NONTRADE-COST=5 METRIC=USERS-SOS LINEAR-PRIORITIES\na");
    assert_eq!(weighted.round.objectives, [Objective::WeightedCost, Objective::UserSquares]);
    assert_eq!(tm("").round.items.len(), 0);
    assert_eq!(tm("#! CASE-SENSITIVE\na : A\nA").round.wants.item.len(), 1);
}

#[test]
fn odd_lines_are_taken_apart_as_in_the_original() {
    let names = |text: &'static str| -> Vec<String> {
        let reading = tm(text);
        let user = reading.round.users.first().map(|user| user.name.to_string());
        user.into_iter().chain(reading.round.items.iter().map(|item| item.name.to_string())).collect()
    };
    assert_eq!(names("(ann b)item: x"), ["ann b", "item"]);
    assert_eq!(names("(ann)item:"), ["ann", "item"]);
    assert_eq!(names("(ann)\titem:x"), ["ann", "item"]);
    assert_eq!(names(")abc x"), [")abc"]);
    assert_eq!(names(") abc: x"), [")"]);
    assert_eq!(names("a b\rc d\r\ne f\ng h"), ["a", "c", "e", "g"]);
    assert_eq!(names("(u) a:b;c"), ["u", "a"]);
    assert_eq!(tm("(u) a:b;c\nb\nc").round.wants.item.len(), 2);
    let long = "a-name-that-does-not-fit-in-a-slot";
    let text = format!("{long} x\nx : {} {long}=\n{long}s", long.to_uppercase());
    assert_eq!(tm(&text).round.wants.item.len(), 2);
}

#[test]
fn oz_refuses_what_its_program_refuses() {
    let cases: &[(&str, u64, u64, &str)] = &[
        ("a : b", 1, 1, "Missing username with REQUIRE-USERNAMES selected"),
        ("(u)a: b", 1, 5, "Must have exactly one item before a colon (:)"),
        ("(u) a: $5 $6", 1, 11, "too complicated"),
        ("(u) %a: $5", 1, 9, "too complicated"),
        ("(u) $5: b $5", 1, 11, "too complicated"),
        ("(u) a: $5.555", 1, 8, "Error parsing amount \"$5.555\""),
        ("(u) a: $5,50", 1, 8, "Error parsing amount \"$5,50\""),
        ("(u) a: $5.", 1, 8, "Error parsing amount \"$5.\""),
        ("(u) a: $.5", 1, 8, "Error parsing amount \"$.5\""),
        ("(u) a: $1.2.3", 1, 8, "Error parsing amount \"$1.2.3\""),
        ("(u) a: $-5", 1, 8, "Error parsing amount \"$-5\""),
        ("(u) a: $", 1, 8, "Error parsing amount \"$\""),
        ("(u) $3000.01: a", 1, 5, "Error parsing amount \"$3000.01\""),
        ("(u) $3001: a", 1, 5, "Error parsing amount \"$3001\""),
        ("(u) a: $99999999999999999999", 1, 8, "Error parsing amount"),
        ("(u) limit: 5", 1, 12, "Error parsing amount \"5\""),
        ("(u) LIMIT: $5 $6", 1, 15, "u has a nonsense spending limit"),
        ("(u) LIMIT:", 1, 5, "u has a nonsense spending limit"),
    ];
    for (text, line, column, offence) in cases {
        let told = refused(text.as_bytes(), &dialect::OZ);
        let expected = format!("line {line}, column {column}: {offence}");
        assert!(told.starts_with(&expected) && told.contains("; expected "), "{text}\n{told}\n{expected}");
    }
}

#[test]
fn oz_notices_in_its_own_words() {
    let cases: &[(&str, &[&str])] = &[
        ("(u v) a b\n(w) b:", &["Missing colon with REQUIRE-COLONS selected: line 1 (u v)"]),
        ("(u) a:\n(v) a:", &["v has a duplicate entry for a"]),
        ("(u) %a:\n(u) %a:", &["u has a duplicate entry for %a for u"]),
        ("(u) a: a", &["u: Item a appears in its own want list."]),
        ("(u) a: b\n(u) b:", &["u: Item a contains item b from the same user"]),
        ("(u) a: b b\n(v) b:", &[]),
        ("(u) a: A A b=1", &["u: Unknown code A", "u: Unknown code b=1"]),
        ("(u) LIMIT: $5\n(u) LIMIT: $6", &["u has more than one spending limit"]),
        ("(u) $5: a\n(u) $6: a\n(v) a:", &["u is using a default spending limit for 2 cash offer(s)"]),
    ];
    for (text, notices) in cases {
        assert_eq!(oz(text).notices, *notices, "{text}");
    }
}

#[test]
fn an_amount_wants_every_bid_that_reaches_it() {
    let text = "#! GEEKLIST=1 LINEAR-PRIORITIES\n(u) $5: a\n(v) $50: a\n(w) $7: a\n(x) $50: a\n(v) a: b $6 c\n\
        (u) LIMIT: $9\n(u) LIMIT: $8\n(w) b: \n(w) c:";
    let reading = (OZ.read)(text.as_bytes()).unwrap();
    assert!((OZ.detect)(text.as_bytes()) && !(OZ.detect)(b"a\n#! YEAR=1"));
    let round = &reading.round;
    assert_eq!(round.check(), None);
    let names: Vec<_> = round.items.iter().map(|item| &*item.name).collect();
    assert_eq!(names, ["$5 bid 1", "$50 bid 2", "$7 bid 3", "$50 bid 4", "a", "b", "c"]);
    let range = round.wants.first[4] as usize..round.wants.first[5] as usize;
    assert_eq!(round.wants.item[range.clone()].iter().map(|item| item.0).collect::<Vec<_>>(), [5, 3, 2, 6]);
    assert_eq!(round.wants.price[range.clone()], [0, 6, 6, 0]);
    assert_eq!(round.wants.cost[range], [1, 2, 3, 4]);
    let limits: Vec<_> = round.users.iter().map(|user| user.limit).collect();
    assert_eq!(limits, [Some(8), Some(50), Some(7), Some(50)]);
    assert_eq!(tm("(u) $50: $5 LIMIT\n(v) LIMIT: $50\n(w) $5:").round.wants.item.len(), 3);
}

#[test]
fn amounts_with_decimals_are_kept_in_hundredths() {
    let text = "(u) $52.75: a\n(v) $5.5: a\n(w) $3000.00: a\n(v) LIMIT: $4\n(x) a: $5.25";
    let reading = oz(text);
    let round = &reading.round;
    assert_eq!(round.money_decimals, 2);
    let items: Vec<_> = round.items.iter().map(|item| (&*item.name, item.kind)).collect();
    let bid = ItemKind::Bid;
    let expected = [("$52.75 bid 1", bid(5275)), ("$5.5 bid 2", bid(550)), ("$3000.00 bid 3", bid(300_000))];
    assert_eq!(items[..3], expected);
    assert_eq!(
        round.users.iter().map(|user| user.limit).collect::<Vec<_>>(),
        [Some(5275), Some(400), Some(300_000), None]
    );
    assert_eq!(round.wants.price, [0, 0, 0, 525, 525, 525]);
    // Decimals that say nothing are no reason to count in hundredths.
    let whole = oz("(u) $50.00: a\n(v) a: $7.0 b\n(v) c: $50.01");
    assert_eq!((whole.round.money_decimals, whole.round.items[0].kind), (0, bid(50)));
    assert_eq!((whole.round.wants.price.as_slice(), whole.round.users[0].limit), (&[0, 7][..], Some(50)));
}

#[test]
fn the_outcome_does_not_depend_on_the_number_of_threads() {
    let mut text = String::from("#! ALLOW-DUMMIES SCALED-PRIORITIES\n");
    for item in 0..200 {
        let user = item / 3;
        writeln!(text, "(user {user}) %d : {} x{user}", item + 7).unwrap();
        let (half, next, far) = (item / 2, item + 9, item * 7 % 200);
        writeln!(text, "(user {user}) {item} : %d %e {half} ; {next} {far} {item} é").unwrap();
    }
    let one = format!("{:?}", tm(&text));
    for threads in 2..9 {
        let several = read(text.as_bytes(), &dialect::TRADEMAXIMIZER, threads).unwrap();
        assert_eq!(one, format!("{several:?}"), "{threads} threads");
    }
    let bad = text.replace("SCALED", "EXPLICIT") + "z : 1=9999999999999 2\ny : 3=9999999999999\n";
    let offences: Vec<_> =
        (1..9).map(|threads| read(bad.as_bytes(), &dialect::TRADEMAXIMIZER, threads)).collect();
    assert!(offences.iter().all(|offence| offence.as_ref().is_err_and(|error| error.line == 402)));
}

#[test]
fn what_a_list_repeats_is_read_as_if_it_were_new() {
    const WORDS: [&str; 15] =
        ["1", "2", "3", "%d", "5", "nobody", "6", "official", "7", "2", "; 8", "%e", "9", "no=2", "10"];
    for scheme in ["ALLOW-DUMMIES", "ALLOW-DUMMIES SCALED-PRIORITIES"] {
        let lists = |space: &dyn Fn(usize) -> usize| {
            let mut text = format!("#! {scheme}\n{B}official\n");
            for item in 0..200 {
                writeln!(text, "{item}").unwrap();
            }
            text += "!END-OFFICIAL-NAMES\n";
            for item in 0..200 {
                let user = item / 12;
                let name = if item % 12 == 5 { "%d".to_owned() } else { item.to_string() };
                write!(text, "{name} :{}", " ".repeat(space(item))).unwrap();
                if item % 4 > 0 {
                    text.insert_str(text.rfind('\n').unwrap() + 1, &format!("(user{user}) "));
                }
                // A start of the user's words, sometimes up to the middle of one.
                let words: Vec<_> = (0..80).map(|at| format!("{}", at * 7 % 190)).collect();
                let wanted = format!("{} {}", WORDS[user % 5..].join(" "), words.join(" "));
                writeln!(text, "{}", &wanted[..item * 31 % wanted.len()]).unwrap();
            }
            text
        };
        let (repeated, different) = (lists(&|_| 1), lists(&|item| 1 + item % 7));
        let reading = format!("{:?}", tm(&repeated));
        assert_eq!(reading, format!("{:?}", tm(&different)));
    }
}

#[test]
fn long_lists_notice_repeats_as_short_ones_do() {
    let (mut wanted, mut lists) = (String::new(), String::new());
    for item in 0..100 {
        write!(wanted, " w{item}").unwrap();
        writeln!(lists, "w{item}").unwrap();
    }
    let text = format!("a :{wanted} w0 w63 w64 w99 w3\n{lists}");
    let reading = tm(&text);
    assert_eq!(reading.round.wants.item.len(), 100);
    assert_eq!(reading.notices.len(), 5);
}

#[test]
fn hostile_texts_are_read_or_refused() {
    // One long line, each word of which is noticed, up to what notices may take.
    let long = "a".repeat(100_000);
    let line = format!("{long} : {}", "b b ".repeat(1000));
    let text = format!("{line}\nb");
    let reading = tm(&text);
    assert!(reading.notices.iter().map(String::len).sum::<usize>() < 65 << 20);
    assert_eq!(reading.notices.last().map(String::as_str), Some("**** 1328 more errors are not listed."));
    assert_eq!(tm(&"a\n".repeat(100_000)).round.items.len(), 1);
    assert_eq!(tm(&" \r".repeat(100_000)).round.items.len(), 0);
    assert_eq!(tm("!BEGIN-OFFICIAL-NAMES\na").missing, ["A"]);
    let text = "#! ALLOW-DUMMIES\n(u) %a : %b\n(u) %b : %a";
    assert_eq!(tm(text).round.wants.item.len(), 2);
    let mut money = String::from("#! YEAR=1\n");
    for item in 0..5000 {
        writeln!(money, "(u) $1: {item}\n(v) {item}: $0").unwrap();
    }
    assert!(
        refused(money.as_bytes(), &dialect::OZ).contains("too many bids answer too many amounts; expected")
    );
}
