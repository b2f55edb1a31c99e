//! A decision table as its YAML writes it. What the cells mean is `cell.rs`.
//!
//! What may be a word or keys is read by hand: an untagged enum would lose the place and the list
//! of what was expected.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::expression::{Field, Type};
use crate::ids::DecisionName;
use crate::text::Text;

/// A decision table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionSource {
    /// Its name, as other files refer to it.
    pub decision: DecisionName,
    /// What a person reads.
    pub name: Text,
    /// The clause it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Text>,
    /// Which of several rules that hold decides; without it, at most one may hold.
    #[serde(default)]
    pub hit: HitSource,
    /// What it looks at, by name: an expression with `=`.
    pub inputs: IndexMap<String, InputSource>,
    /// What it decides, by name.
    pub outputs: IndexMap<String, OutputSource>,
    /// The rules, in order.
    pub rules: Vec<RuleSource>,
    /// What each output is where no rule holds; without it, the result is then `null`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub default: IndexMap<String, Value>,
}

/// The hit policy, or how results are collected: `first`, `{ collect: sum }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum HitSource {
    /// One of the plain policies.
    Policy(HitPolicy),
    /// The results as one number.
    Aggregate(CollectSource),
}

impl Default for HitSource {
    fn default() -> Self {
        Self::Policy(HitPolicy::Unique)
    }
}

impl<'de> Deserialize<'de> for HitSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Hit;
        impl<'de> Visitor<'de> for Hit {
            type Value = HitSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a hit policy such as `first`, or `{ collect: sum }`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<HitSource, E> {
                HitPolicy::deserialize(StrDeserializer::new(word)).map(HitSource::Policy)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HitSource, A::Error> {
                CollectSource::deserialize(MapAccessDeserializer::new(map))
                    .map(HitSource::Aggregate)
            }
        }
        deserializer.deserialize_any(Hit)
    }
}

/// The results of all rules as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CollectSource {
    /// How.
    pub collect: Aggregator,
}

/// Which of several rules that hold decides (the hit policies of DMN).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum HitPolicy {
    /// At most one holds.
    Unique,
    /// Several may hold if they agree.
    Any,
    /// The first that holds.
    First,
    /// The one whose output stands first in the outputs' `values`.
    Priority,
    /// All, in the order of the rules.
    RuleOrder,
    /// All, in the order of the outputs' `values`.
    OutputOrder,
    /// All, as a list.
    Collect,
}

/// How collected numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Aggregator {
    /// Added up; `null` where no rule holds.
    Sum,
    /// The least; `null` where no rule holds.
    Min,
    /// The most; `null` where no rule holds.
    Max,
    /// How many rules hold and give something.
    Count,
}

/// An input: an expression, or an expression with more about it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum InputSource {
    /// `=announcement.method`
    Expression(String),
    /// With a label.
    Full(FullInput),
}

impl<'de> Deserialize<'de> for InputSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Input;
        impl<'de> Visitor<'de> for Input {
            type Value = InputSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an expression such as `=announcement.method`, or `{ value: =… }`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<InputSource, E> {
                Ok(InputSource::Expression(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<InputSource, A::Error> {
                FullInput::deserialize(MapAccessDeserializer::new(map)).map(InputSource::Full)
            }
        }
        deserializer.deserialize_any(Input)
    }
}

/// An input with a label and its possible values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FullInput {
    /// The expression, with its `=`.
    pub value: String,
    /// What a person reads above the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// All values that it can have, where its type does not say so. Another one is an error when
    /// the table is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// What an output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OutputType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A length of time: `72h`, `30d`.
    Duration,
    /// A list of texts.
    Texts,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutputSource {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: OutputType,
    /// What a person reads above the column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// All values that it can have; for `priority` and `outputOrder`, the first counts most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

impl OutputType {
    /// Its type in expressions.
    pub(super) fn ty(self) -> Type {
        match self {
            Self::Text => Type::Text,
            Self::Integer => Type::Int,
            Self::Decimal => Type::Double,
            Self::Boolean => Type::Bool,
            Self::Date => Type::Date,
            Self::Duration => Type::Duration,
            Self::Texts => Type::Text.list(),
        }
    }
}

impl OutputSource {
    /// Its type in expressions: a choice, where it is text and its values are listed.
    pub(super) fn ty(&self) -> Type {
        let texts: Vec<&str> = self.values.iter().filter_map(Value::as_str).collect();
        match self.kind.ty() {
            Type::Text if !texts.is_empty() => Type::choice(texts),
            plain => plain,
        }
    }
}

impl DecisionSource {
    /// Whether an input may read a name: it stands in one as a word.
    pub(crate) fn reads(&self, name: &str) -> bool {
        self.inputs.values().any(|input| {
            let text = match input {
                InputSource::Expression(text) => text,
                InputSource::Full(full) => &full.value,
            };
            text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
        })
    }

    /// What the table gives, to an expression. It may always give `null` besides.
    pub fn result_type(&self) -> Type {
        let one = match self.outputs.values().collect::<Vec<_>>().as_slice() {
            [only] => only.ty(),
            _ => Type::object(
                self.decision.as_str(),
                self.outputs.iter().map(|(name, own)| (name.clone(), Field::optional(own.ty()))),
            ),
        };
        match self.hit {
            HitSource::Aggregate(CollectSource { collect: Aggregator::Count }) => Type::Int,
            hit if hit.gives_list() => one.list(),
            _ => one,
        }
    }
}

/// A rule: a row of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleSource {
    /// What each input must be: a value; `< 3`, `<= 3`, `> 3`, `>= 3`, `!= 3`; `3..5`, both within, or in
    /// quotes with FEEL's brackets, `'[3..5)'` from 3 to less than 5, `'(3..5]'`, `'(3..5)'`, where `]3..5[`
    /// is the same, for numbers, days and durations; `not(a, b)`; an expression with `=`, which sees the
    /// input as `value`; or a list of these, any of which may hold. One left out, or `-`, may be anything.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub when: IndexMap<String, Value>,
    /// What each output is then: a value, or an expression with `=`.
    pub then: IndexMap<String, Value>,
    /// Why, such as the clause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
}
