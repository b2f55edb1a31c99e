//! How a scenario's case begins, and on which version of its process.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{MessageSource, SignalSource};
use crate::definition::source::ProcessSource;
use crate::ids::{DocumentName, NodeName, PersonId};
use crate::pack::OverrideSource;

/// A process as it was before: what is not named here was as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BeforeSource {
    /// Parts that were different, and nodes that there were beside the others.
    #[serde(default, rename = "override")]
    pub parts: OverrideSource,
    /// Nodes that there were not.
    #[serde(default)]
    pub without: Vec<NodeName>,
}

impl BeforeSource {
    /// The process as it was.
    #[must_use]
    pub fn of(&self, own: &ProcessSource) -> ProcessSource {
        let mut before = self.parts.clone().over(own);
        before.nodes.retain(|name, _| !self.without.contains(name));
        before
    }
}

/// How a scenario begins: a person begins the case, or a message, a signal or a time does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StartSource {
    /// When the scenario begins, in local time: `2026-01-05T09:00`.
    pub at: String,
    /// Who begins the case.
    #[serde(default)]
    pub by: Option<PersonId>,
    /// Its first documents, where a person begins it: values, or names of fixtures.
    #[serde(default)]
    pub with: BTreeMap<DocumentName, Value>,
    /// The message that begins it.
    #[serde(default)]
    pub message: Option<MessageSource>,
    /// The signal that begins it.
    #[serde(default)]
    pub signal: Option<SignalSource>,
    /// The start event with a `timer` that begins it: time passes from `at` until it does.
    #[serde(default)]
    pub timer: Option<NodeName>,
}

/// How another case begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OtherSource {
    /// Who begins it.
    pub by: PersonId,
    /// Its first documents: values, or names of fixtures.
    #[serde(default)]
    pub with: BTreeMap<DocumentName, Value>,
}

/// What begins a scenario's case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum How<'a> {
    /// A person.
    By(&'a PersonId),
    /// A message.
    Message(&'a MessageSource),
    /// A signal.
    Signal(&'a SignalSource),
    /// The time of a start event.
    Timer(&'a NodeName),
}

impl StartSource {
    /// What begins the case.
    ///
    /// # Errors
    /// Nothing does, or several things would, or documents come with something else than a person.
    pub fn how(&self) -> Result<How<'_>, String> {
        let ways = [
            self.by.as_ref().map(How::By),
            self.message.as_ref().map(How::Message),
            self.signal.as_ref().map(How::Signal),
            self.timer.as_ref().map(How::Timer),
        ];
        let mut ways = ways.into_iter().flatten();
        let (Some(how), None) = (ways.next(), ways.next()) else {
            return Err("expected one of `by`, `message`, `signal` and `timer`".to_owned());
        };
        if !matches!(how, How::By(_)) && !self.with.is_empty() {
            let message = "expected `with` only beside `by`: what a message or a signal brings stands \
                           inside it";
            return Err(message.to_owned());
        }
        Ok(how)
    }
}
