//! The description of the door, as `OpenAPI` 3.1 has it: paths from the routes, the forms of JSON from the types themselves.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use super::commands::{AnswerShape, AskedCommand};
use super::door::MOST_COMMANDS;
use super::dry_run::DryRun;
use super::health::{Alive, Realms};
use super::listening::Said;
use super::markets::Depth;
use super::members::RealmShape;
use super::page::Page;
use super::problem::Told;
use super::rounds::RoundNow;
use crate::described::unlink;
use crate::server::audit::Line;
use crate::shape::{AccountShape, AgentShape, AssetShape, HoldShape, MarketShape, OrderShape, RoundShape};
use crate::tlog::ProofDocument;
use crate::{format, report};

/// Paths without a realm's name, which mean the first realm.
pub const SHORT: [(&str, &str); 3] = [
    ("/v1/commands", "/v1/realms/{realm}/commands"),
    ("/v1/events", "/v1/realms/{realm}/feed"),
    ("/healthz", "/health/live"),
];

/// The document of these paths.
///
/// # Panics
/// It cannot: what it is made of is JSON.
pub fn document(paths: &OpenApi) -> Value {
    let mut document = serde_json::to_value(paths).expect("a description is JSON");
    // What follows a prefix has slashes in it, which the description cannot say.
    if let Some(paths) = document["paths"].as_object_mut() {
        let named = std::mem::take(paths).into_iter().map(|(path, item)| (path.replace("{*", "{"), item));
        *paths = named.collect();
    }
    unsigned(&mut document["paths"]);
    document["info"] = json!({
        "title": "Bartizan",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Barter rounds, order books and one ledger. Whatever is done is a command under an id of its actor: sent again, it is done once.",
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    });
    document["servers"] = json!([{ "url": "/" }]);
    document["components"] = json!({
        "schemas": schemas(),
        "securitySchemes": { "token": { "type": "http", "scheme": "bearer", "description": "A token of `bartizan token add`; this machine's own users need none" } },
    });
    document["security"] = json!([{}, { "token": [] }]);
    unlink(&mut document);
    for (short, long) in SHORT {
        document["paths"][short] = shortened(&document["paths"][long]);
    }
    document
}

/// Has whole numbers that are never below zero be of the width that they have: as signed ones of the same they would end at half of it.
fn unsigned(described: &mut Value) {
    match described {
        Value::Array(items) => items.iter_mut().for_each(unsigned),
        Value::Object(fields) => {
            let is_natural = fields.get("minimum").and_then(Value::as_u64).is_some();
            match fields.get("format").and_then(Value::as_str) {
                Some("int32") if is_natural => drop(fields.insert("format".to_owned(), "uint32".into())),
                Some("int64") if is_natural => drop(fields.insert("format".to_owned(), "uint64".into())),
                _ => {}
            }
            fields.values_mut().for_each(unsigned);
        }
        _ => {}
    }
}

/// The same operations without a realm's name.
fn shortened(item: &Value) -> Value {
    let mut item = item.clone();
    for operation in item.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) {
            parameters.retain(|parameter| parameter["in"] != "path");
        }
        let id = operation["operationId"].as_str().unwrap_or_default();
        operation["operationId"] = format!("{id}_short").into();
    }
    item
}

fn schemas() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    // Those that paths name come first, so that they have their plain names.
    let generated = &mut generator;
    add::<Told>(generated);
    add::<AskedCommand>(generated);
    add::<AnswerShape>(generated);
    add::<DryRun>(generated);
    add::<Said>(generated);
    add::<Realms>(generated);
    add::<Alive>(generated);
    add::<RealmShape>(generated);
    add::<Page<AgentShape<'_>>>(generated);
    add::<Page<AssetShape<'_>>>(generated);
    add::<Page<AccountShape>>(generated);
    add::<Page<HoldShape>>(generated);
    add::<Page<MarketShape<'_>>>(generated);
    add::<Page<OrderShape>>(generated);
    add::<Page<RoundShape<'_>>>(generated);
    add::<Page<Line>>(generated);
    add::<Depth<'_>>(generated);
    add::<RoundNow<'_>>(generated);
    add::<ProofDocument>(generated);
    let mut schemas = generator.take_definitions(true);
    schemas.insert("CommandOrCommands".to_owned(), one_or_several("AskedCommand"));
    schemas.insert("AnswerOrAnswers".to_owned(), one_or_several("Answer"));
    schemas.insert("RoundDocument".to_owned(), embedded("RoundDocument", format::json::SCHEMA));
    schemas.insert("OutcomeDocument".to_owned(), embedded("OutcomeDocument", report::json::SCHEMA));
    schemas
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    let _ = generator.subschema_for::<T>();
}

fn one_or_several(name: &str) -> Value {
    let one = json!({ "$ref": format!("#/components/schemas/{name}") });
    json!({ "oneOf": [one, { "type": "array", "items": one, "minItems": 1, "maxItems": MOST_COMMANDS }] })
}

/// A schema that is a document of its own, with its references as they are inside another.
fn embedded(name: &str, text: &str) -> Value {
    let text = text.replace("\"#/$defs/", &format!("\"#/components/schemas/{name}/$defs/"));
    let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        schema.remove("$id");
    }
    schema
}
