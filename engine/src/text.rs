//! Text that a person reads, in one language or in several.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

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

impl Language {
    /// Whether a text is the code of one.
    pub(crate) fn is_code(text: &str) -> bool {
        matches!(text, "zh" | "en")
    }
}

/// One string for every language, or a string for each: `通过` or `{ zh: 通过, en: Accept }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Text {
    /// The same in every language.
    One(String),
    /// By language code (`zh`, `en`).
    Many(#[schemars(with = "BTreeMap<String, String>")] Texts),
}

/// One text in several languages. A pack has thousands, each of which is in many places at once: one
/// piece of memory a text, however often it is cloned.
#[derive(Clone, PartialEq, Eq)]
pub struct Texts(Arc<[(Language, Box<str>)]>);

impl Texts {
    /// The text in a language.
    pub fn get(&self, language: Language) -> Option<&str> {
        self.iter().find_map(|(own, text)| (own == language).then_some(text))
    }

    /// Each text with its language, in the order of the languages.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.0.iter().map(|(language, text)| (*language, &**text))
    }
}

impl FromIterator<(Language, String)> for Texts {
    /// Of two texts in one language the last one counts.
    fn from_iter<I: IntoIterator<Item = (Language, String)>>(texts: I) -> Self {
        let texts = texts.into_iter().collect::<BTreeMap<_, _>>().into_iter();
        Self(texts.map(|(language, text)| (language, text.into_boxed_str())).collect())
    }
}

impl<const N: usize> From<[(Language, String); N]> for Texts {
    fn from(texts: [(Language, String); N]) -> Self {
        texts.into_iter().collect()
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Text {
    /// The text in a language, or in another one where that is missing.
    pub fn get(&self, language: Language) -> &str {
        match self {
            Self::One(text) => text,
            Self::Many(texts) => {
                let any = || texts.iter().next().map(|(_, text)| text);
                texts.get(language).or_else(any).unwrap_or_default()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text such as `通过`, or `{ zh: 通过, en: Accept }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::One(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                let texts = BTreeMap::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Text::Many(texts.into_iter().collect()))
            }
        }
        deserializer.deserialize_any(TextVisitor)
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

/// A number as a person writes it: without a point where it is whole, never with an exponent.
pub fn number_in_words(number: &serde_json::Number) -> String {
    let fraction = if number.is_f64() { number.as_f64() } else { None };
    match fraction {
        Some(value) if value.is_finite() => (value + 0.0).to_string(),
        Some(_) | None => number.to_string(),
    }
}
