//! What a person may decide on a task, as its author writes it.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::OneOrMany;
use crate::ids::{NodeName, OutcomeName};
use crate::text::{Language, Text};

/// The outcomes of a task by name, in the order they are offered in.
pub type Outcomes = IndexMap<OutcomeName, Outcome>;

/// An outcome: `通过`, or a mapping.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Outcome {
    /// Only what a person reads.
    Label(Text),
    /// With everything that can be said.
    Full(Box<OutcomeSource>),
}

impl Outcome {
    /// The outcome with everything that can be said.
    pub fn full(&self) -> OutcomeSource {
        match self {
            Self::Label(label) => {
                OutcomeSource { label: label.clone(), ..OutcomeSource::default() }
            }
            Self::Full(full) => (**full).clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OutcomeVisitor;
        impl<'de> Visitor<'de> for OutcomeVisitor {
            type Value = Outcome;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "text such as `通过`, `{ zh: 通过, en: Accept }`, or `{ label: 退回, to: … }`",
                )
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Outcome, E> {
                Ok(Outcome::Label(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Outcome, A::Error> {
                let first = map.next_key::<String>()?;
                let is_language = first.as_deref().is_some_and(Language::is_code);
                let whole = MapAccessDeserializer::new(Begun { first, map });
                match is_language {
                    true => Text::deserialize(whole).map(Outcome::Label),
                    false => {
                        OutcomeSource::deserialize(whole).map(|full| Outcome::Full(Box::new(full)))
                    }
                }
            }
        }
        deserializer.deserialize_any(OutcomeVisitor)
    }
}

/// A map whose first key was looked at already, from its beginning.
struct Begun<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(first) => seed.deserialize(StringDeserializer::new(first)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// An outcome with everything that can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutcomeSource {
    /// What a person reads.
    pub label: Text,
    /// Where it leads; onwards where nothing is said.
    #[serde(default)]
    pub to: Option<NodeName>,
    /// Whether it needs an opinion.
    #[serde(default)]
    pub comment: Requirement,
    /// Whether the form's documents must be given; they must by default.
    #[serde(default)]
    pub documents: DocumentsRule,
    /// Fields that must be filled in when it is chosen, such as `opinion.reason`: of documents that the
    /// task edits. What the form requires anyway need not be named.
    #[serde(default, deserialize_with = "super::one_or_many::fields")]
    pub require: OneOrMany<String>,
    /// Whether this node's clock stands still until the case is back.
    #[serde(default)]
    pub clock: Option<ClockRule>,
    /// After a return: run on through the nodes again (the default), or come straight back here.
    #[serde(default)]
    pub then: Option<Then>,
    /// When it is offered: an expression; always where nothing is said. What reads a document that the
    /// task writes is asked of what is handed in with the outcome.
    #[serde(default)]
    pub when: Option<String>,
    /// What a person reads who chooses it where `when` does not hold; that it is none of the outcomes where
    /// nothing is said.
    #[serde(default)]
    pub message: Option<Text>,
}

/// Whether something must be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub enum Requirement {
    /// It may.
    #[default]
    Optional,
    /// It must.
    Required,
}

/// Whether an outcome needs the documents that the task writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub enum DocumentsRule {
    /// They must be given, and valid.
    #[default]
    Required,
    /// They may be left out.
    Optional,
}

/// What an outcome does to its node's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ClockRule {
    /// It stands still; the next round has what remained.
    Pause,
    /// The next round has the whole time again; the default.
    Restart,
}

/// How a returned case goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Then {
    /// Through every node again.
    RunOn,
    /// Straight back to whoever returned it.
    ComeBack,
}
