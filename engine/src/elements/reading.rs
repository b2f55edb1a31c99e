//! How an element is read: by its `type`, from YAML that has a place for every key or from anything
//! else. What its keys are is in its own file.

use serde::Deserialize;
use serde::de::{self, Deserializer};

use super::{Element, KINDS};

/// Separates a path from the message in a nested error, so that the reader of YAML can find the
/// place inside a node: `\0path.with.dots\0message`.
pub const NESTED_ERROR_MARK: char = '\u{0}';

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(crate::yaml::TAGGED, ElementVisitor)
    }
}

/// Reads an element from a tree of YAML, which has a place for every key, or from anything else.
struct ElementVisitor;

impl<'de> de::Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an element such as `{ type: userTask, … }`")
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, data: A) -> Result<Element, A::Error> {
        let (kind, content) = data.variant::<String>()?;
        Element::of_variant(&kind, content)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Element, D::Error> {
        Element::deserialize_buffered(deserializer)
    }
}

impl Element {
    /// Reads an element from a format without places.
    fn deserialize_buffered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        let kind = match keys.remove("type") {
            Some(serde_json::Value::String(kind)) => kind,
            Some(other) => {
                let message = format!(
                    "{NESTED_ERROR_MARK}type{NESTED_ERROR_MARK}expected an element such as `userTask`, found {other}"
                );
                return Err(de::Error::custom(message));
            }
            None => return Err(de::Error::missing_field("type")),
        };
        if !KINDS.contains(&kind.as_str()) {
            let message = format!(
                "{NESTED_ERROR_MARK}type{NESTED_ERROR_MARK}unknown variant `{kind}`, expected one of {}",
                KINDS.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ")
            );
            return Err(de::Error::custom(message));
        }
        let mut track = serde_path_to_error::Track::new();
        let value = serde_json::Value::Object(keys);
        let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
        Self::deserialize_kind(&kind, tracked).map_err(|error: serde_json::Error| {
            let path = track.path();
            let message = error.to_string();
            // An inner node has said where already: its path goes behind ours.
            match message
                .strip_prefix(NESTED_ERROR_MARK)
                .and_then(|rest| rest.split_once(NESTED_ERROR_MARK))
            {
                Some((inner, message)) => de::Error::custom(format!(
                    "{NESTED_ERROR_MARK}{path}.{inner}{NESTED_ERROR_MARK}{message}"
                )),
                None => de::Error::custom(format!(
                    "{NESTED_ERROR_MARK}{path}{NESTED_ERROR_MARK}{message}"
                )),
            }
        })
    }
}
