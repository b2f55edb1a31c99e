//! Keys, and enums in the three ways that YAML writes them: see `de`.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::problem::nearest;

use super::de::{NodeReader, TYPE};
use super::reading_error::{Kind, ReadingError};
use super::scalar::Meaning;
use super::tree::{Body, Entry, NodeId};

/// Which variant a map means.
pub(super) fn chosen<'t>(
    reader: NodeReader<'t>,
    entries: &'t [Entry],
    variants: &[&str],
) -> Result<Choice<'t>, ReadingError> {
    // A misspelt variant is meant as one as well; what is written right need not be compared.
    let is_named =
        |key: &str| variants.contains(&key) || nearest(key, variants.iter().copied()).is_some();
    if let [only] = entries
        && is_named(&only.key)
    {
        let content = NodeReader::new(reader.reading, only.value);
        return Ok(Choice { name: &only.key, named_at: reader.node, content: Some(content) });
    }
    let Some(entry) = entries.iter().find(|entry| *entry.key == *TYPE) else {
        return Err(ReadingError::new(Kind::MissingKey(TYPE.to_owned())));
    };
    if reader.reading.fixes.skipped.contains(&entry.value) {
        return Err(ReadingError::new(Kind::MissingKey(TYPE.to_owned())));
    }
    match &reader.reading.tree.node(entry.value).body {
        Body::Scalar { text, meaning: Meaning::Text, .. } => {
            let content = NodeReader { typed: true, ..reader };
            Ok(Choice { name: text, named_at: entry.value, content: Some(content) })
        }
        Body::Scalar { .. } | Body::List(_) | Body::Map(_) | Body::Broken => {
            let reader = NodeReader::new(reader.reading, entry.value);
            let wrong = reader.deserialize_str(WantsName);
            Err(wrong.err().unwrap_or_else(|| de::Error::custom("expected a name")))
        }
    }
}

/// Takes nothing but says what is wanted.
struct WantsName;

impl Visitor<'_> for WantsName {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }
}

/// A key: text, or whatever a type makes of that text, such as a number.
pub(super) struct KeyReader<'t> {
    pub(super) text: &'t str,
}

/// Keys that are numbers in Rust.
macro_rules! numbers {
    ($($method:ident $visit:ident $kind:ty),+ $(,)?) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            match self.text.parse::<$kind>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => visitor.visit_borrowed_str(self.text),
            }
        }
    )+};
}

impl<'t> Deserializer<'t> for KeyReader<'t> {
    type Error = ReadingError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_borrowed_str(self.text)
    }

    numbers! {
        deserialize_i8 visit_i64 i64, deserialize_i16 visit_i64 i64, deserialize_i32 visit_i64 i64,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u64 u64, deserialize_u16 visit_u64 u64,
        deserialize_u32 visit_u64 u64, deserialize_u64 visit_u64 u64,
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_some(self)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let name: StrDeserializer<'_, ReadingError> = self.text.into_deserializer();
        visitor.visit_enum(name)
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// A variant and its content, if it has any.
pub(super) struct Choice<'t> {
    pub(super) name: &'t str,
    pub(super) named_at: NodeId,
    pub(super) content: Option<NodeReader<'t>>,
}

impl<'t> EnumAccess<'t> for Choice<'t> {
    type Error = ReadingError;
    type Variant = Rest<'t>;

    fn variant_seed<V: DeserializeSeed<'t>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Self::Error> {
        let value = seed.deserialize(KeyReader { text: self.name });
        Ok((value.map_err(|error| error.at(self.named_at, true))?, Rest(self.content)))
    }
}

/// A variant's content, if it has any.
pub(super) struct Rest<'t>(Option<NodeReader<'t>>);

impl<'t> VariantAccess<'t> for Rest<'t> {
    type Error = ReadingError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        let Some(reader) = self.0 else { return Ok(()) };
        let left = reader.reading.tree.entries(reader.node).iter().find(|entry| {
            *entry.key != *TYPE && !reader.reading.fixes.skipped.contains(&entry.value)
        });
        match left {
            Some(entry) => {
                let error: ReadingError = de::Error::unknown_field(&entry.key, &[]);
                Err(error.at(reader.node, true))
            }
            None => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(
        self,
        seed: T,
    ) -> Result<T::Value, Self::Error> {
        seed.deserialize(self.0.ok_or_else(no_content)?)
    }

    fn tuple_variant<V: Visitor<'t>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.ok_or_else(no_content)?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.ok_or_else(no_content)?.deserialize_struct("", fields, visitor)
    }
}

fn no_content() -> ReadingError {
    de::Error::custom("expected keys with values after this name, found the name alone")
}
