//! Tokens: one that was taken back counts no more for whoever asks afterwards, however many read the file meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bartizan_engine::ledger::units::AgentId;
use shuttle::thread;

use super::super::tokens::{Right, Token, Tokens};
use super::in_many_orders;

/// A folder of this test's own, and a token that is in it.
struct Kept {
    folder: PathBuf,
    text: String,
    /// The file with it, with a word about it, and without it.
    files: [Vec<u8>; 3],
}

#[test]
fn a_token_that_was_taken_back_counts_no_more() {
    let folder = std::env::temp_dir().join(format!("bartizan-checked-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for temporary files can be written");
    let (text, token) =
        Token::draw(AgentId(1), vec![Right::Read], None, String::new()).expect("it is random");
    let noted = Token { note: "soon gone".into(), ..token.clone() };
    let json = |tokens: &[Token]| serde_json::to_vec(tokens).expect("tokens are JSON");
    let files = [json(&[token]), json(&[noted]), json(&[])];
    let kept = Kept { folder: folder.clone(), text, files };
    in_many_orders(1000, move || taken_back(&kept));
    fs::remove_dir_all(&folder).expect("it is there");
}

/// Puts a file in its place as a whole, as `bartizan token` does.
fn put(folder: &Path, bytes: &[u8]) {
    let new = folder.join("new");
    fs::write(&new, bytes)
        .and_then(|()| fs::rename(&new, folder.join(Tokens::FILE)))
        .expect("it can be written");
}

fn taken_back(Kept { folder, text, files: [first, noted, gone] }: &Kept) {
    put(folder, first);
    let tokens = Arc::new(Tokens::open(folder).expect("it can be read"));
    // Whoever reads it between the two changes may come late with what he read.
    let (looking, same) = (Arc::clone(&tokens), text.clone());
    let looker = thread::spawn(move || looking.find(&same));
    put(folder, noted);
    thread::yield_now();
    put(folder, gone);
    assert!(tokens.find(text).is_none(), "it was taken back before");
    looker.join().expect("it may still have counted, or not");
}
