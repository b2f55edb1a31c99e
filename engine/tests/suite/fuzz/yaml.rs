//! YAML files of parts: real files in which parts stand where others stood, and files made of the
//! language's own schema with the words of real ones.

use engine::pack::Kind;
use serde_json::{Map, Value, json};

use super::File;
use crate::chance::Chance;

/// Changes to one file.
const CHANGES_MAX: usize = 4;
/// Entries of one list or map that is made.
const ENTRIES_MAX: usize = 5;
/// Lists and maps that are made stand in each other so deep.
const DEPTH_MAX: usize = 12;
/// Of so many parts, one is not what the schema asks for.
const WRONG_OF: usize = 30;

/// What stands in no real file.
fn strange(chance: &mut Chance) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!("="),
        json!("=x"),
        json!("=1/0 + plan.missing"),
        json!("0 days"),
        json!("99999999999 workdays"),
        json!("\u{202e}\u{0}\n\t'\""),
        json!("no such name"),
        json!("x".repeat(2_000)),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!({ "zh": 1, "type": "nothing" }),
        json!({ "to": "nowhere" }),
    ];
    chance.one(&all).clone()
}

fn read(bytes: &[u8]) -> Value {
    serde_yaml::from_slice(bytes).expect("the seeds are YAML")
}

fn write(chance: &mut Chance, value: &Value) -> Vec<u8> {
    match chance.below(4) {
        0 => value.to_string().into_bytes(),
        1 => serde_json::to_vec_pretty(value).expect("a value can be written"),
        _ => serde_yaml::to_string(value).expect("a value can be written").into_bytes(),
    }
}

/// Calls with a value and every one in it.
fn visit<'a>(value: &'a Value, seen: &mut impl FnMut(&'a Value)) {
    seen(value);
    match value {
        Value::Array(values) => values.iter().for_each(|value| visit(value, seen)),
        Value::Object(fields) => fields.values().for_each(|value| visit(value, seen)),
        _ => {}
    }
}

/// The parts of real files.
pub(super) struct Parts(Vec<Value>);

impl Parts {
    pub(super) fn of(seeds: &[File]) -> Self {
        let mut parts = Vec::new();
        for (_, bytes) in seeds {
            visit(&read(bytes), &mut |part| {
                if part.to_string().len() < 2_000 {
                    parts.push(part.clone());
                }
            });
        }
        Self(parts)
    }

    /// A real file in which some parts are others.
    pub(super) fn change(&self, chance: &mut Chance, bytes: &[u8]) -> Vec<u8> {
        let mut file = read(bytes);
        for _ in 0..=chance.below(CHANGES_MAX) {
            let new =
                if chance.below(3) == 0 { strange(chance) } else { chance.one(&self.0).clone() };
            self.change_one(chance, &mut file, new);
        }
        write(chance, &file)
    }

    /// Goes down to some part of a value: puts another there, beside it, takes it out, or renames it.
    fn change_one(&self, chance: &mut Chance, value: &mut Value, new: Value) {
        let stop = chance.below(4) == 0;
        match value {
            Value::Array(values) if !values.is_empty() => {
                let at = chance.below(values.len());
                match (stop, chance.below(3)) {
                    (false, _) => self.change_one(chance, &mut values[at], new),
                    (true, 0) => drop(values.remove(at)),
                    (true, 1) => values.insert(at, new),
                    (true, _) => values[at] = new,
                }
            }
            Value::Object(fields) if !fields.is_empty() => {
                let keys: Vec<String> = fields.keys().cloned().collect();
                let key = chance.one(&keys);
                match (stop, chance.below(4)) {
                    (false, _) => self.change_one(chance, &mut fields[key], new),
                    (true, 0) => drop(fields.remove(key)),
                    (true, 1) => drop(fields.insert(self.key(chance), new)),
                    (true, 2) => {
                        let moved = fields.remove(key).expect("it is there");
                        fields.insert(self.key(chance), moved);
                    }
                    (true, _) => fields[key] = new,
                }
            }
            other => *other = new,
        }
    }

    /// Some key of a real file.
    fn key(&self, chance: &mut Chance) -> String {
        match chance.one(&self.0) {
            Value::Object(fields) if !fields.is_empty() => {
                fields.keys().nth(chance.below(fields.len())).expect("it has as many").clone()
            }
            Value::String(text) => text.clone(),
            _ => "type".to_owned(),
        }
    }
}

/// The language's schema with the words of real files.
pub(super) struct Grammar {
    schemas: Vec<(Kind, Value)>,
    words: Vec<String>,
}

impl Grammar {
    pub(super) fn of(seeds: &[File]) -> Self {
        let kinds = Kind::ALL.into_iter();
        let schemas = kinds.filter_map(|kind| Some((kind, engine::schema::json_schema(kind)?)));
        let mut words = Vec::new();
        for (_, bytes) in seeds {
            visit(&read(bytes), &mut |part| match part {
                Value::String(text) if text.len() < 200 => words.push(text.clone()),
                Value::Object(fields) => words.extend(fields.keys().cloned()),
                _ => {}
            });
        }
        Self { schemas: schemas.collect(), words }
    }

    /// A file of any kind, where files of its kind are.
    pub(super) fn file(&self, chance: &mut Chance) -> File {
        let (kind, schema) = chance.one(&self.schemas);
        let value = self.value(chance, schema, schema, 0);
        let bytes = write(chance, &value);
        let location = kind.location();
        let name = match location.strip_suffix('/') {
            Some(folder) => format!("{folder}/made.yaml"),
            None => location.to_owned(),
        };
        (name, bytes)
    }

    fn word(&self, chance: &mut Chance) -> Value {
        Value::String(chance.one(&self.words).clone())
    }

    fn value(&self, chance: &mut Chance, root: &Value, schema: &Value, depth: usize) -> Value {
        if depth > DEPTH_MAX || chance.below(WRONG_OF) == 0 {
            return if chance.below(2) == 0 { strange(chance) } else { self.word(chance) };
        }
        if let Some(at) = schema["$ref"].as_str() {
            let there =
                root.pointer(at.trim_start_matches('#')).expect("a schema's references lead on");
            return self.value(chance, root, there, depth + 1);
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        for choice in ["enum", "oneOf", "anyOf"] {
            if let Some(of) = schema[choice].as_array() {
                let one = chance.one(of);
                let made = match choice {
                    "enum" => one.clone(),
                    _ => self.value(chance, root, one, depth + 1),
                };
                return self.with_properties(chance, root, schema, made, depth);
            }
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one],
            _ => vec!["object", "string"],
        };
        match *chance.one(&types) {
            "object" => self.with_properties(chance, root, schema, json!({}), depth),
            "array" => {
                let many = chance.below(ENTRIES_MAX);
                let items = &schema["items"];
                (0..many).map(|_| self.value(chance, root, items, depth + 1)).collect()
            }
            "integer" => json!(chance.below(100)),
            "number" => json!(1.5),
            "boolean" => json!(chance.below(2) == 0),
            "null" => Value::Null,
            _ => self.word(chance),
        }
    }

    /// A map with a schema's keys beside those that it has: what must be there, and some of the rest.
    fn with_properties(
        &self,
        chance: &mut Chance,
        root: &Value,
        schema: &Value,
        made: Value,
        depth: usize,
    ) -> Value {
        let Value::Object(mut fields) = made else { return made };
        let none = Map::new();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (key, of) in schema["properties"].as_object().unwrap_or(&none) {
            if required.contains(&key.as_str()) || chance.below(4) == 0 {
                fields.insert(key.clone(), self.value(chance, root, of, depth + 1));
            }
        }
        if schema["additionalProperties"].is_object() {
            for _ in 0..chance.below(ENTRIES_MAX) {
                let of = &schema["additionalProperties"];
                let value = self.value(chance, root, of, depth + 1);
                fields.insert(chance.one(&self.words).clone(), value);
            }
        }
        Value::Object(fields)
    }
}
