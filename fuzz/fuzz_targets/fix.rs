//! What comes in by FIX and by the ITCH feed's packets: whatever the bytes, they are read as something or refused by name, within their limits; and what is read is written and read the same again.
#![no_main]

use bartizan_io::fix::message::{self, Fields, MOST_BODY, MOST_FIELDS};
use bartizan_io::fix::{data, ids, instrument, orders, time};
use bartizan_io::itch::soup;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while let Ok(Some((read, length))) = message::read(rest) {
        assert!(length <= MOST_BODY + 64);
        if let Ok(message) = read {
            check(&message);
        }
        rest = &rest[length..];
    }
    // A body as it comes, so that the fuzzer need not find a checksum.
    if bytes.len() < MOST_BODY - 8 {
        let mut body = b"35=D\x01".to_vec();
        body.extend(bytes.iter().map(|&byte| if byte == b'|' { 1 } else { byte }));
        body.push(1);
        let mut framed = format!("8=FIX.4.4\x019={}\x01", body.len()).into_bytes();
        framed.extend(body);
        let sum = message::checksum(&framed);
        framed.extend(format!("10={sum:03}\x01").into_bytes());
        let (read, length) = message::read(&framed).expect("it is framed").expect("it is whole");
        assert_eq!(length, framed.len());
        if let Ok(message) = read {
            check(&message);
        }
    }
    let mut rest = bytes;
    while let Ok(Some((packet, length))) = soup::read(rest) {
        assert!(length <= soup::MOST_PACKET + 2);
        let mut again = Vec::new();
        soup::write(&mut again, packet.letter, packet.payload);
        assert_eq!(again, rest[..length]);
        let _ = soup::login(&packet);
        rest = &rest[length..];
    }
});

fn check(message: &message::Message<'_>) {
    assert!(message.fields().len() <= MOST_FIELDS && message.get(35) == Some(message.kind()));
    let _ = (message.repeated(), message.sequence(), orders::need_side(message));
    let _ = (data::request(message), data::asked(message));
    if let Ok(id) = orders::need_id(message, 11) {
        assert_ne!(ids::client(id).0, 0);
        assert_eq!(ids::command(id), ids::command(id));
    }
    for &(tag, value) in message.fields() {
        let _ = (instrument::lots(tag, value), time::read(value));
    }
    // What we write of it, anybody can frame.
    let mut fields = Fields::default();
    for &(tag, value) in &message.fields()[1..] {
        fields.put(tag, String::from_utf8_lossy(value));
    }
    let (mut bytes, kind) = (Vec::new(), String::from_utf8_lossy(message.kind()).into_owned());
    if kind.contains(char::is_control) || fields.as_text().len() > MOST_BODY / 2 {
        return;
    }
    message::write(&mut bytes, &kind, &[&fields]);
    let (again, length) = message::read(&bytes).expect("it is framed").expect("it is whole");
    assert_eq!((again.expect("it is sound").fields().len(), length), (message.fields().len(), bytes.len()));
}
