//! Keys, and enums in the three ways that YAML writes them: see `de`.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, Unexpected, VariantAccess,
    Visitor,
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
    variants: &'static [&'static str],
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
        return Err(match entries {
            // Which there are is known only to who asked for a `type`.
            _ if variants.is_empty() => ReadingError::new(Kind::MissingKey(TYPE.to_owned())),
            [only] => de::Error::unknown_variant(&only.key, variants),
            _ => ReadingError::no_name(Unexpected::Map, variants),
        });
    };
    if reader.reading.fixes.skipped.contains(&entry.value) {
        return Err(ReadingError::new(Kind::MissingKey(TYPE.to_owned())));
    }
    let content = NodeReader { typed: true, ..reader };
    let choice = Choice { name: "", named_at: entry.value, content: Some(content) };
    Ok(match &reader.reading.tree.node(entry.value).body {
        Body::Scalar { text, meaning: Meaning::Text, .. } => Choice { name: text, ..choice },
        // The type that reads it says which names there are.
        Body::Scalar { .. } | Body::List(_) | Body::Map(_) | Body::Broken => choice,
    })
}

/// The same error where no name stood at all: it says what stood there.
pub(super) fn nameless(error: ReadingError, named: NodeReader<'_>) -> ReadingError {
    match error.kind {
        Kind::UnknownVariant { found, known } if found.is_empty() => {
            ReadingError::no_name(named.found(), known).at(named.node, true)
        }
        kind => ReadingError { kind, ..error },
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

/// A variant and its content, if it has any. The name is empty where something else stands there.
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
        let value = value.map_err(|error| error.at(self.named_at, true))?;
        Ok((value, Rest { name: self.name, content: self.content }))
    }
}

/// What follows a variant's name: its content, if it has any.
pub(super) struct Rest<'t> {
    name: &'t str,
    content: Option<NodeReader<'t>>,
}

impl<'t> Rest<'t> {
    fn content(self) -> Result<NodeReader<'t>, ReadingError> {
        self.content.ok_or_else(|| {
            let name = self.name;
            de::Error::custom(format!("expected `{name}: …`, found the name `{name}` alone"))
        })
    }
}

impl<'t> VariantAccess<'t> for Rest<'t> {
    type Error = ReadingError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        let Some(reader) = self.content else { return Ok(()) };
        if !reader.is_nothing() {
            let expected = format!("nothing after `{}`", self.name);
            let error: ReadingError = de::Error::invalid_type(reader.found(), &&*expected);
            return Err(error.at(reader.node, true));
        }
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
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'t>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.content()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'t>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.content()?.deserialize_struct("", fields, visitor)
    }
}
