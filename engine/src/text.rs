//! Text that a person reads, in one language or in several.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A language that the product speaks.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Default,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Simplified Chinese, the default.
    #[default]
    Zh,
    /// English.
    En,
}

/// One string for every language, or a string for each: `通过` or `{ zh: 通过, en: Accept }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Text {
    /// The same in every language.
    One(String),
    /// By language code (`zh`, `en`).
    Many(#[schemars(with = "BTreeMap<String, String>")] BTreeMap<Language, String>),
}

impl Text {
    /// The text in a language, or in another one where that is missing.
    pub fn get(&self, language: Language) -> &str {
        match self {
            Self::One(text) => text,
            Self::Many(texts) => {
                texts.get(&language).or_else(|| texts.values().next()).map_or("", String::as_str)
            }
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::One(String::new())
    }
}
