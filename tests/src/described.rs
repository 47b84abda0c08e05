//! An `OpenAPI` document taken at its word: values made up from its schemas, and values checked against them. It knows the words that schemas use here, and of those
//! it does not know it says so.

use serde_json::{Map, Value, json};

use crate::dice::Dice;

/// Words that say nothing of a value.
const SILENT: &[&str] = &[
    "$ref",
    "title",
    "description",
    "format",
    "default",
    "examples",
    "$defs",
    "$comment",
    "readOnly",
    "nullable",
];

/// A document.
#[derive(Clone, Debug)]
pub struct Described(pub Value);

impl Described {
    /// What a schema is, where it only refers to another.
    ///
    /// # Panics
    /// If that is not there.
    pub fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return schema };
        let place = reference.strip_prefix('#').expect("all is within the document");
        self.resolved(self.0.pointer(place).unwrap_or_else(|| panic!("{reference} is not there")))
    }

    /// A value that a schema allows, or nearly: `wild` of a thousand parts of it are anything.
    pub fn made(&self, schema: &Value, dice: &mut Dice, wild: usize, depth: usize) -> Value {
        if dice.below(1_000) < wild {
            return anything(dice);
        }
        let schema = self.resolved(schema);
        for several in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[several].as_array() {
                let chosen = self.made(dice.pick(choices), dice, wild, depth);
                return merged(chosen, self.fields(schema, dice, wild, depth));
            }
        }
        if let Some(all) = schema["allOf"].as_array() {
            let mut whole = Value::Object(self.fields(schema, dice, wild, depth));
            for part in all {
                whole = match self.made(part, dice, wild, depth) {
                    Value::Object(fields) => merged(whole, fields),
                    other => other,
                };
            }
            return whole;
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(choices) = schema["enum"].as_array() {
            return dice.pick(choices).clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => dice.pick(kinds).as_str().unwrap_or("null"),
            kind => kind.as_str().unwrap_or("object"),
        };
        match kind {
            "object" => Value::Object(self.fields(schema, dice, wild, depth)),
            "array" => {
                let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
                let most = schema["maxItems"].as_u64().unwrap_or(4).min(4) as usize;
                let count = if depth > 8 { least } else { least + dice.below(most.max(least) - least + 1) };
                let of = |number: usize| schema["prefixItems"].get(number).unwrap_or(&schema["items"]);
                (0..count).map(|number| self.made(of(number), dice, wild, depth + 1)).collect()
            }
            "string" => text(schema, dice),
            "integer" => whole(schema, dice),
            "number" => json!(dice.between(-1_000, 1_000) as f64 / 8.0),
            "boolean" => json!(dice.chance(50)),
            _ => Value::Null,
        }
    }

    fn fields(&self, schema: &Value, dice: &mut Dice, wild: usize, depth: usize) -> Map<String, Value> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut fields = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let is_needed = required.contains(&name.as_str()) && dice.below(1_000) >= wild;
            if is_needed || (depth < 8 && dice.chance(40)) {
                fields.insert(name.clone(), self.made(schema, dice, wild, depth + 1));
            }
        }
        if let more @ Value::Object(_) = &schema["additionalProperties"] {
            for _ in 0..dice.below(3) {
                fields.insert(format!("p{}", dice.below(4)), self.made(more, dice, wild, depth + 1));
            }
        }
        fields
    }

    /// Whether a value is what a schema allows.
    ///
    /// # Errors
    /// Where it is not, and what was expected.
    pub fn check(&self, schema: &Value, value: &Value, place: &str) -> Result<(), String> {
        let fails = |expected: &str| Err(format!("{place}: expected {expected}, found {value}"));
        if let Value::Bool(is_any) = schema {
            return if *is_any { Ok(()) } else { fails("nothing") };
        }
        if let Some(reference) = schema.get("$ref") {
            self.check(self.resolved(&json!({ "$ref": reference })), value, place)?;
        }
        for (word, said) in schema.as_object().into_iter().flatten() {
            let several = || said.as_array().into_iter().flatten();
            match &**word {
                "prefixItems" => {
                    for (number, (item, schema)) in
                        value.as_array().into_iter().flatten().zip(several()).enumerate()
                    {
                        self.check(schema, item, &format!("{place}/{number}"))?;
                    }
                }
                "items" => {
                    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(said, item, &format!("{place}/{number}"))?;
                    }
                }
                "properties" => {
                    for (name, schema) in said.as_object().into_iter().flatten() {
                        if let Some(field) = value.get(name) {
                            self.check(schema, field, &format!("{place}/{name}"))?;
                        }
                    }
                }
                "allOf" => several().try_for_each(|it| self.check(it, value, place))?,
                "oneOf" | "anyOf" => {
                    let told: Vec<_> = several().map(|it| self.check(it, value, place)).collect();
                    let fitting = told.iter().filter(|it| it.is_ok()).count();
                    if fitting == 0 || (word == "oneOf" && fitting > 1) {
                        let why: Vec<_> = told.into_iter().filter_map(Result::err).collect();
                        return Err(format!("{place}: {fitting} of {word} fit: {}", why.join("; ")));
                    }
                }
                "additionalProperties" if *said == json!(false) => {
                    let known = |name: &String| schema["properties"].get(name).is_some();
                    if let Some(name) =
                        value.as_object().into_iter().flat_map(Map::keys).find(|name| !known(name))
                    {
                        return fails(&format!("no field {name}"));
                    }
                }
                word if SILENT.contains(&word) => {}
                word => match holds(word, said, value) {
                    Some(true) => {}
                    Some(false) => return fails(&format!("{word} {said}")),
                    None => return Err(format!("{place}: the word {word} is not known")),
                },
            }
        }
        Ok(())
    }
}

/// Whether a value is as a word of a schema says, that is about nothing within it; none if the word is not known.
fn holds(word: &str, said: &Value, value: &Value) -> Option<bool> {
    let number = value.as_f64();
    let names = || said.as_array().into_iter().flatten().filter_map(Value::as_str);
    let count = value.as_array().map(|items| items.len() as u64);
    Some(match word {
        "type" => is_of(said, value),
        "const" => said == value,
        "enum" => said.as_array().is_some_and(|all| all.contains(value)),
        "minimum" => number.zip(said.as_f64()).is_none_or(|(it, least)| it >= least),
        "maximum" => number.zip(said.as_f64()).is_none_or(|(it, most)| it <= most),
        "minItems" => count.zip(said.as_u64()).is_none_or(|(it, least)| it >= least),
        "maxItems" => count.zip(said.as_u64()).is_none_or(|(it, most)| it <= most),
        "required" => !value.is_object() || names().all(|name| value.get(name).is_some()),
        "additionalProperties"
        | "pattern"
        | "uniqueItems"
        | "minLength"
        | "maxLength"
        | "minProperties"
        | "maxProperties" => true,
        _ => return None,
    })
}

fn merged(whole: Value, more: Map<String, Value>) -> Value {
    match whole {
        Value::Object(mut fields) => {
            fields.extend(more);
            Value::Object(fields)
        }
        other => other,
    }
}

fn is_of(kinds: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    };
    kinds.as_array().map_or_else(|| is(kinds), |kinds| kinds.iter().any(is))
}

/// Numbers that break things.
const EXTREME: &[i128] =
    &[0, -1, 1 << 31, 1 << 32, (1 << 53) + 1, i64::MAX as i128, i64::MIN as i128, u64::MAX as i128];

fn whole(schema: &Value, dice: &mut Dice) -> Value {
    let least = schema["minimum"].as_i64().unwrap_or(-3);
    match dice.below(20) {
        0 => number(*dice.pick(EXTREME)),
        1 => json!(dice.between(0, 1 << 40)),
        2..6 => json!(least + dice.between(0, 1_000)),
        _ => json!(least.max(0) + dice.between(0, 6)),
    }
}

fn number(number: i128) -> Value {
    i64::try_from(number).map_or_else(|_| json!(number as u64), |number| json!(number))
}

fn text(schema: &Value, dice: &mut Dice) -> Value {
    if schema["pattern"].as_str().is_some_and(|it| it.starts_with("^[0-9]")) || dice.chance(10) {
        return json!(number(*dice.pick(EXTREME)).to_string().trim_start_matches('-'));
    }
    // One of several words is a pattern, too.
    let words = schema["pattern"].as_str().and_then(|it| it.strip_prefix("^(")?.strip_suffix(")$"));
    if let Some(words) = words {
        return json!(*dice.pick(&words.split('|').collect::<Vec<_>>()));
    }
    json!(
        *dice.pick(&[
            "apple", "", "ann", "realm", "é", "\u{0}", "a b", "../x", "1", "Items", "📦", "all", "csv"
        ])
    )
}

/// Anything at all.
fn anything(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => Value::Null,
        1 => json!(true),
        2 => number(*dice.pick(EXTREME)),
        3 => json!(0.5),
        4 => text(&Value::Null, dice),
        5 => json!([]),
        6 => json!({}),
        _ => json!([[[{ "id": [null] }]]]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_what_is_allowed_and_what_is_not_is_told() {
        let described = Described(json!({ "components": { "schemas": {
            "Side": { "type": "string", "enum": ["Buy", "Sell"] },
            "Order": {
                "type": "object",
                "properties": {
                    "side": { "$ref": "#/components/schemas/Side" },
                    "price": { "type": ["integer", "null"], "minimum": 3 },
                    "parts": { "type": "array", "items": { "oneOf": [{ "const": 1 }, { "const": "two" }] } },
                },
                "required": ["side", "price"],
                "additionalProperties": false,
            },
        } } }));
        let schema = json!({ "$ref": "#/components/schemas/Order" });
        let mut dice = Dice::new(3);
        for _ in 0..200 {
            let made = described.made(&schema, &mut dice, 0, 0);
            let price = made["price"].as_i64();
            if price.is_none_or(|price| price >= 3) {
                assert_eq!(described.check(&schema, &made, ""), Ok(()), "{made}");
            }
        }
        for (wrong, told) in [
            (json!({ "price": 3 }), "required"),
            (json!({ "side": "Up", "price": 3 }), "/side: expected"),
            (json!({ "side": "Buy", "price": 2 }), "minimum 3"),
            (json!({ "side": "Buy", "price": null, "parts": [1, 2] }), "/parts/1: 0 of oneOf fit"),
            (json!({ "side": "Buy", "price": null, "more": 1 }), "no field more"),
            (json!([]), "type \"object\""),
        ] {
            let found = described.check(&schema, &wrong, "").expect_err("it is wrong");
            assert!(found.contains(told), "{found}");
        }
    }
}
