//! The checker checked: each rule finds what breaks it, and only that.

use crate::imports::{between_crates, circles, within_crate};
use crate::rules::{Long, functions, leftovers, long, opens_with_what_it_is, ratchet, unwraps};
use crate::source::{Source, blank};

fn file(path: &str, text: &str) -> Source {
    Source::new(path, text)
}

#[test]
fn strings_characters_and_comments_are_blank() {
    for (text, left) in [
        ("a // b\nc", "a\nc"),
        ("a /* b /* c */ d */ e", "ae"),
        (r#"x("{", "\"{") y"#, "x(,)y"),
        (r"x('{', '\'', '\\', '\u{7b}') y", "x(,,,)y"),
        ("fn f<'a>(x: &'a str) {}", "fnf<'a>(x:&'astr){}"),
        ("r\"\\\" {} r#\"\"{\"# }", "{}}"),
        ("b\"{\" br#\"{\"# c r#type", "bcr#type"),
        ("\"a\n{\" b", "\nb"),
        ("a /* never closed {", "a"),
        ("a \"never closed {", "a"),
    ] {
        let blanked = blank(text);
        assert_eq!(blanked.chars().count(), text.chars().count(), "{text}");
        assert_eq!(blanked.replace(' ', ""), left, "{text}");
    }
}

#[test]
fn a_file_must_open_with_what_it_is() {
    assert_eq!(opens_with_what_it_is(&file("io/src/a.rs", "//! A.\n")), None);
    let told = opens_with_what_it_is(&file("io/src/a.rs", "use b;\n")).unwrap();
    assert!(told.starts_with("io/src/a.rs:1: "), "{told}");
}

#[test]
fn unwrap_is_for_tests() {
    let text =
        "//! x\nfn a() {\n    b.unwrap();\n}\n#[cfg(test)]\nmod tests {\n    fn c() { d.unwrap() }\n}\n";
    let told = unwraps(&file("io/src/a.rs", text));
    assert!(told.len() == 1 && told[0].starts_with("io/src/a.rs:3: "), "{told:?}");
    for path in ["io/tests/a.rs", "benches/src/lib.rs", "io/examples/a.rs"] {
        assert!(unwraps(&file(path, text)).is_empty(), "{path}");
    }
    assert!(unwraps(&file("io/src/a.rs", "// b.unwrap()\nlet a = \".unwrap()\"; b.unwrap_or(1)")).is_empty());
    let after = "#[cfg(test)]\nmod tests;\nfn a() { b.unwrap() }\n";
    assert_eq!(unwraps(&file("io/src/a.rs", after)).len(), 1);
}

#[test]
fn what_is_left_for_later_is_found() {
    let marks = [
        concat!("to", "do!()"),
        concat!("unimplemented", "!()"),
        concat!("#[ign", "ore]"),
        concat!("#[ign", "ore = 1]"),
    ];
    for mark in marks {
        assert_eq!(leftovers(&file("io/src/a.rs", &format!("fn a() {{\n{mark}\n}}"))).len(), 1, "{mark}");
        assert!(leftovers(&file("io/src/a.rs", &format!("// {mark}"))).is_empty(), "{mark}");
    }
    for word in [concat!("// TO", "DO: b"), concat!("/// FIX", "ME"), concat!("\"TO", "DO\"")] {
        let told = leftovers(&file("io/src/a.rs", &format!("fn a() {{}}\n{word}")));
        assert!(told.len() == 1 && told[0].starts_with("io/src/a.rs:2: "), "{word}: {told:?}");
    }
    assert!(leftovers(&file("io/src/a.rs", concat!("const MASTO", "DON: u8 = 1;"))).is_empty());
}

#[test]
fn functions_are_measured_from_their_first_line_to_their_brace() {
    let text = "trait T {\n    fn none(a: [u8; 2]);\n    fn some(&self) {\n        '}';\n        \"}\";\n    } // }\n}\n\
        type F = fn (u8) -> u8;\nfn two<'a>(x: [u8; 2]) -> &'a str\nwhere\n    u8: Copy,\n{\n    || { 1 };\n}\n";
    let found: Vec<(String, usize, usize)> =
        functions(&file("a.rs", text)).into_iter().map(|f| (f.function, f.line, f.lines)).collect();
    assert_eq!(found, [("some".into(), 3, 4), ("two".into(), 9, 6)]);
    let body = |lines: usize| format!("fn f() {{\n{}}}\n", "a;\n".repeat(lines));
    assert!(long(&file("a.rs", &body(68))).is_empty());
    assert_eq!(long(&file("a.rs", &body(69)))[0].lines, 71);
    assert!(long(&file("a.rs", &"\n".repeat(600))).is_empty());
    assert_eq!(long(&file("a.rs", &"\n".repeat(601)))[0].lines, 601);
}

#[test]
fn the_ratchet_only_turns_one_way() {
    let found = |lines| [Long { path: "a.rs".into(), function: "f".into(), lines, line: 7 }];
    assert!(ratchet(&found(90), &[("a.rs", "f", 90)]).is_empty());
    assert!(ratchet(&found(91), &[("a.rs", "f", 90)])[0].contains("grown from 90"));
    assert!(ratchet(&found(89), &[("a.rs", "f", 90)])[0].contains("lower its entry"));
    assert!(ratchet(&found(71), &[])[0].starts_with("a.rs:7: function `f` of 71 lines"));
    assert!(ratchet(&[], &[("a.rs", "f", 90)])[0].contains("take its entry away"));
}

#[test]
fn crates_may_not_know_what_is_above_them() {
    let told = |path: &str, name: &str| between_crates(&file(path, &format!("//! x\nuse {name}::A;\n")));
    assert_eq!(told("solver/src/a.rs", "bartizan_engine").len(), 1);
    assert_eq!(
        told("engine/src/a.rs", "bartizan_io"),
        ["engine/src/a.rs:2: engine may not know bartizan_io"]
    );
    assert!(told("engine/src/a.rs", "bartizan_solver").is_empty());
    assert!(told("solver/tests/a.rs", "bartizan_solver").is_empty());
    assert!(told("tests/tests/a.rs", "bartizan_io").is_empty());
    assert!(between_crates(&file("solver/src/a.rs", "//! See bartizan_engine.")).is_empty());
}

#[test]
fn circles_are_found_whichever_way_they_are_written() {
    let circle = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files.iter().map(|(path, text)| file(path, text)).collect();
        circles(&within_crate(&sources, "io"))
    };
    let root = ("io/src/lib.rs", "mod a;\nmod b;\npub use a::A;\n");
    let b = ("io/src/b.rs", "use crate::a::A;\n");
    for back in [
        "use crate::b::B;",
        "use crate::{b::{C, B as D}};",
        "use super::b;",
        "use super::{x, b::*};",
        "fn f() { crate::b::f() }",
        "fn f(x: &super::b::B<u8>) {}",
    ] {
        let told = circle(&[root, ("io/src/a.rs", back), b]);
        assert_eq!(
            told,
            [["io/src/a.rs:1: imports io/src/b.rs", "io/src/b.rs:1: imports io/src/a.rs"]],
            "{back}"
        );
    }
    for apart in
        ["", "// crate::b", "#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}\n", "use crate::c::B;"]
    {
        assert!(circle(&[root, ("io/src/a.rs", apart), b]).is_empty(), "{apart}");
    }
}

#[test]
fn a_name_that_is_passed_on_counts_where_it_comes_from() {
    let root = ("io/src/lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::{B, C};\n");
    let files = [root, ("io/src/a.rs", "use crate::{B, Other};\n"), ("io/src/b.rs", "use crate::A;\n")];
    let sources: Vec<Source> = files.iter().map(|(path, text)| file(path, text)).collect();
    assert_eq!(circles(&within_crate(&sources, "io")).len(), 1);
    // A registry that names its entries, which take its type: the folder's file and the entry, both ways.
    let files = [
        ("io/src/lib.rs", "mod f;\n"),
        ("io/src/f/mod.rs", "mod x;\nconst ALL: &[F] = &[x::F];\nstruct F;\n"),
        ("io/src/f/x.rs", "use super::F;\n"),
    ];
    let sources: Vec<Source> = files.iter().map(|(path, text)| file(path, text)).collect();
    let expected = ["io/src/f/mod.rs:2: imports io/src/f/x.rs", "io/src/f/x.rs:1: imports io/src/f/mod.rs"];
    assert_eq!(circles(&within_crate(&sources, "io")), [expected]);
}
