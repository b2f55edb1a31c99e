//! What a run of a list is about: its item's place and what people call it. Who may read that is not
//! decided here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Instance, Waiting};
use crate::ids::{Key, NodeName};

/// Members of an item that are taken for what it is called, in this order.
const NAMED_BY: [&str; 3] = ["label", "title", "name"];
/// The most characters of what an item is called.
const CALLED_MAX: usize = 200;

/// The item of a list that something is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The node that runs over the list, as it was called then.
    pub node: NodeName,
    /// Its place in the list, from 1.
    pub number: u32,
    /// How many the list has.
    pub count: u32,
    /// What the definition says it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where the definition says nothing: the item itself, or its `label`, `title` or `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<String>,
}

impl Instance {
    /// The items that an activation is about, the innermost first; none outside lists. Signers who were
    /// added to a round have no place in its list.
    pub fn about(&self, key: Key) -> Vec<About> {
        let mut all = Vec::new();
        let mut key = key;
        while let Some(activation) = self.activation(key) {
            let body = self.activation(activation.scope);
            if let (Some(item), Some(Waiting::Items { items, .. })) =
                (&activation.item, body.map(|body| &body.waiting))
                && !item.added
            {
                let named = if item.label.is_none() { named(&item.value) } else { None };
                all.push(About {
                    node: activation.node.clone(),
                    number: item.index.saturating_add(1),
                    count: u32::try_from(items.len()).unwrap_or(u32::MAX),
                    label: item.label.clone(),
                    named,
                });
            }
            key = activation.scope;
        }
        all
    }
}

/// What an item is called by itself.
fn named(item: &Value) -> Option<String> {
    let told = match item {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(members) => NAMED_BY.iter().find_map(|name| {
            let member = members.get(*name).and_then(Value::as_str);
            member.map(str::to_owned)
        }),
        Value::Null | Value::Bool(_) | Value::Array(_) => None,
    };
    told.as_deref().and_then(called)
}

/// What something is called, in one line of limited length.
pub(crate) fn called(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(CALLED_MAX).collect();
    (!line.is_empty()).then_some(line)
}
