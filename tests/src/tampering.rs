//! Documents of JSON with one thing changed, everywhere in turn: what checks a document should refuse every one of them.

use serde_json::{Number, Value, json};

/// Every document that is `document` but for one place, and that place: each leaf changed, and each entry of an object or an array taken out, or one more put in.
///
/// # Panics
/// It cannot: every place is one of the document's.
pub fn changed_once(document: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    each(document, "", &mut |place, change| {
        let mut changed = document.clone();
        *changed.pointer_mut(place).expect("it was found there") = change;
        all.push((place.to_owned(), changed));
    });
    all
}

fn each(value: &Value, place: &str, visit: &mut impl FnMut(&str, Value)) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                // What is null says no more than what is not there.
                if !field.is_null() {
                    let mut without = fields.clone();
                    without.remove(name);
                    visit(place, without.into());
                }
                each(field, &format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), visit);
            }
        }
        Value::Array(entries) => {
            for (at, entry) in entries.iter().enumerate() {
                let mut without = entries.clone();
                without.remove(at);
                visit(place, without.into());
                each(entry, &format!("{place}/{at}"), visit);
            }
            let more = entries.last().cloned().unwrap_or_else(|| json!("more"));
            visit(place, entries.iter().cloned().chain([more]).collect());
        }
        Value::Null => visit(place, json!(1)),
        Value::Bool(is) => visit(place, json!(!is)),
        Value::String(text) => visit(place, json!(format!("{text}?"))),
        Value::Number(number) => visit(place, other(number)),
    }
}

/// Another number of the same kind.
fn other(number: &Number) -> Value {
    if let Some(whole) = number.as_i64() {
        return json!(whole + 1);
    }
    let number = number.as_f64().unwrap_or_default();
    json!(if number.abs() > 0.0 { number * 1.001 } else { 1.0 })
}
