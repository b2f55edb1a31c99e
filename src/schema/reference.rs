//! The language reference: every kind of file, element and key in Markdown, from the JSON Schemas.
//! The words are the comments of the Rust types; nothing is explained here.

use std::collections::BTreeMap;

use engine::pack::Kind;
use serde_json::Value;

const HEAD: &str = "# Language reference\n\n\
    Every kind of file of a pack, with every key. Made of the types that read it: do not edit, run\n\
    `cargo xtask schema`. For editors the same is in `schema/` as JSON Schema: put\n\
    `# yaml-language-server: $schema=…/process.json` into the first line of a file.\n\n\
    *Text* is one string, or one by language: `{ zh: 通过, en: Accept }`. A value that starts with `=`\n\
    is an expression. A key in **bold** must be given.\n";

/// The reference of all kinds of files.
pub(super) fn of(kinds: &[(Kind, Value)]) -> String {
    let mut text = HEAD.to_owned();
    let mut types = BTreeMap::new();
    for (kind, schema) in kinds {
        let schema = &apart(*kind, schema, &types);
        text.extend([format!("\n## {}\n\n{}\n", kind.location(), words(schema))]);
        body(schema, &mut text);
        let own = schema["$defs"].as_object().into_iter().flatten();
        types.extend(own.map(|(name, own)| (name.clone(), own.clone())));
    }
    text.push_str("\n## Types\n");
    for (name, schema) in types.iter().filter(|(_, schema)| !is_name(schema)) {
        text.extend([format!("\n### {name}\n\n{}\n", words(schema))]);
        body(schema, &mut text);
    }
    text
}

/// A schema whose types bear the kind's name where another kind has another type of the same name.
fn apart(kind: Kind, schema: &Value, types: &BTreeMap<String, Value>) -> Value {
    let own = schema["$defs"].as_object().into_iter().flatten();
    let clashes = own.filter(|(name, own)| types.get(*name).is_some_and(|other| other != *own));
    let mut text = schema.to_string();
    for (name, _) in clashes {
        let new = format!("{kind:?}{name}");
        for (before, after) in [("#/$defs/", "\""), ("\"", "\":")] {
            let (old, new) = (format!("{before}{name}{after}"), format!("{before}{new}{after}"));
            text = text.replace(&old, &new);
        }
    }
    serde_json::from_str(&text).expect("names stay names")
}

/// What is below a heading: the keys of a mapping, or the alternatives.
fn body(schema: &Value, text: &mut String) {
    keys(schema, text);
    for way in ways(schema) {
        if let Some(kind) = way["properties"]["type"]["const"].as_str() {
            text.extend([format!("\n#### `type: {kind}`\n\n{}\n", words(way))]);
            keys(way, text);
        } else {
            let explained = words(way);
            let dash = if explained.is_empty() { "" } else { ": " };
            let kind = match only_key(way) {
                Some((key, value)) => format!("`{key}`: {}", kind_of(value)),
                None => kind_of(way),
            };
            text.extend([format!("\n- {kind}{dash}{explained}")]);
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
}

/// A table of a mapping's keys.
fn keys(schema: &Value, text: &mut String) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
    text.push_str("\n| key | value | |\n| --- | --- | --- |\n");
    for (name, value) in properties.iter().filter(|(_, value)| value.get("const").is_none()) {
        let must = required.iter().any(|key| *key == name);
        let key = if must { format!("**`{name}`**") } else { format!("`{name}`") };
        let explained = words(value).replace('\n', " ").replace('|', "\\|");
        text.extend([format!(
            "| {key} | {} | {explained} |\n",
            kind_of(value).replace('|', "\\|")
        )]);
    }
}

/// The key of a mapping that has one.
fn only_key(schema: &Value) -> Option<(&String, &Value)> {
    let mut keys = schema["properties"].as_object()?.iter();
    keys.next().filter(|_| keys.next().is_none())
}

fn ways(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema[key].as_array());
    lists.flatten().filter(|way| way["type"] != "null")
}

fn words(schema: &Value) -> String {
    schema["description"].as_str().unwrap_or_default().to_owned()
}

/// A type that is only a name: there is nothing more to say of it.
fn is_name(schema: &Value) -> bool {
    schema["type"] == "string" && schema.get("oneOf").is_none() && schema.get("enum").is_none()
}

/// The kind of a value, in a few words.
fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(only) = schema.get("const") {
        return format!("`{}`", only.as_str().map_or_else(|| only.to_string(), str::to_owned));
    }
    let each: Vec<_> = ways(schema).map(kind_of).collect();
    if !each.is_empty() {
        return each.join(" or ");
    }
    let named: Vec<_> = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let named: Vec<_> = named.into_iter().filter(|name| *name != "null").collect();
    match named.as_slice() {
        ["array"] => format!("list of {}", kind_of(&schema["items"])),
        ["object"] if schema["additionalProperties"].is_object() => {
            format!("mapping to {}", kind_of(&schema["additionalProperties"]))
        }
        ["object"] => "mapping".to_owned(),
        [] => "any value".to_owned(),
        names => names.join(" or "),
    }
}
