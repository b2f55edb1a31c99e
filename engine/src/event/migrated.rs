//! That a case went over to another version of its process: what is called otherwise there. How that is
//! worked out is `step::migration`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{DocumentName, Hash, Key, NodeName, PersonId};
use crate::time::Timestamp;

/// How a case went over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Migrated {
    /// The version that it runs on from here.
    pub to: u32,
    /// When.
    pub at: Timestamp,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// Nodes that have another name now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<Renamed>,
    /// Nodes of which nothing goes over: what was done there is not undone any more, and their
    /// clocks that stood still are gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<NodeName>,
    /// Ways into joining gateways by their numbers in both versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<Rerouted>,
    /// Documents that have another name now, or other fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Redocumented>,
    /// Items of lists that are copies of what documents hold, each with what it is now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<(Value, Value)>,
}

/// A node that another version of the process calls otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renamed {
    /// Its name before.
    pub from: NodeName,
    /// Its name now.
    pub to: NodeName,
}

/// A flow that has another number in another version of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rerouted {
    /// Its number before.
    pub from: u32,
    /// Its number now.
    pub to: u32,
}

/// A document that is called otherwise in another version of the process, or whose fields are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redocumented {
    /// Its name before.
    pub from: DocumentName,
    /// Its name now; none where its data is left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DocumentName>,
    /// The number of its last version or entry under its name before.
    pub last: u32,
    /// The number after which those come that are written under its name now.
    pub after: u32,
    /// Its fields that are called otherwise, or are left behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Refielded>,
    /// Contents that count, each with the one that it is with the fields of now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<(Hash, Hash)>,
    /// Intakes whose submissions are, or become, its entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intakes: Vec<Key>,
}

/// A field that is called otherwise in another version of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refielded {
    /// The names that led to it, with dots.
    pub from: String,
    /// Its own name now, in the same place; none where its data is left behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

impl Redocumented {
    /// A content with the fields of now.
    pub fn content(&self, value: &Value) -> Value {
        refielded(value, "", &self.fields)
    }

    /// What each object in a content is with the fields of now, where that is another, by how it is
    /// written.
    pub(crate) fn copies(&self, written: &Value, copies: &mut BTreeMap<String, Value>) {
        note_copies(written, "", &self.fields, copies);
    }

    /// The content that counts instead of one.
    pub(crate) fn now<'a>(&'a self, hash: &'a Hash) -> &'a Hash {
        let changed = self.contents.iter().find(|(before, _)| before == hash);
        changed.map_or(hash, |(_, now)| now)
    }
}

/// A value, which some names lead to, with its fields called as they are now.
fn refielded(value: &Value, path: &str, fields: &[Refielded]) -> Value {
    match value {
        Value::Object(map) => {
            let own = map.iter().filter_map(|(name, value)| {
                let path = within(path, name);
                let now = match fields.iter().find(|one| one.from == path) {
                    Some(planned) => planned.to.clone()?,
                    None => name.clone(),
                };
                Some((now, refielded(value, &path, fields)))
            });
            Value::Object(own.collect())
        }
        Value::Array(rows) => rows.iter().map(|row| refielded(row, path, fields)).collect(),
        other => other.clone(),
    }
}

fn note_copies(
    value: &Value,
    path: &str,
    fields: &[Refielded],
    copies: &mut BTreeMap<String, Value>,
) {
    match value {
        Value::Object(map) => {
            let now = refielded(value, path, fields);
            if now != *value {
                copies.insert(value.to_string(), now);
            }
            map.iter().for_each(|(name, inner)| {
                note_copies(inner, &within(path, name), fields, copies);
            });
        }
        Value::Array(rows) => rows.iter().for_each(|row| note_copies(row, path, fields, copies)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The names that lead to a field inside of another.
fn within(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
