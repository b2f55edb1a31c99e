//! A value that stands for one that is missing or wrong and has been reported: it reads as the
//! simplest thing that a type takes, so that the rest around it can be read and checked too.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, VariantAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;

use super::reading_error::ReadingError;

/// Required parts of required parts are filled so deep.
const HOLE_DEPTH_MAX: usize = 16;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hole {
    depth: usize,
}

impl Hole {
    fn inner(self) -> Result<Self, ReadingError> {
        match self.depth {
            HOLE_DEPTH_MAX => Err(de::Error::custom("nothing can stand here")),
            depth => Ok(Self { depth: depth + 1 }),
        }
    }
}

/// The methods that give the simplest value of one kind.
macro_rules! simplest {
    ($($method:ident => $visit:ident($($value:expr)?)),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            visitor.$visit($($value)?)
        }
    )+};
}

impl<'de> Deserializer<'de> for Hole {
    type Error = ReadingError;

    simplest! {
        deserialize_any => visit_str(""),
        deserialize_unit => visit_unit(),
        deserialize_bool => visit_bool(false),
        deserialize_i8 => visit_i64(0),
        deserialize_i16 => visit_i64(0),
        deserialize_i32 => visit_i64(0),
        deserialize_i64 => visit_i64(0),
        deserialize_u8 => visit_u64(0),
        deserialize_u16 => visit_u64(0),
        deserialize_u32 => visit_u64(0),
        deserialize_u64 => visit_u64(0),
        deserialize_f32 => visit_f64(0.0),
        deserialize_f64 => visit_f64(0.0),
        deserialize_char => visit_char(' '),
        deserialize_str => visit_str(""),
        deserialize_string => visit_str(""),
        deserialize_option => visit_none(),
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self.inner()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor
            .visit_seq(de::value::SeqDeserializer::<_, ReadingError>::new(std::iter::empty::<u8>()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(Holes { fields: &[], inner: self })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_map(Holes { fields, inner: self.inner()? })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let Some(variant) = variants.first() else {
            return Err(de::Error::custom("nothing can stand here"));
        };
        visitor.visit_enum(Variant { name: variant, inner: self.inner()? })
    }

    forward_to_deserialize_any! {
        i128 u128 bytes byte_buf unit_struct tuple tuple_struct identifier ignored_any
    }
}

struct Holes {
    fields: &'static [&'static str],
    inner: Hole,
}

impl<'de> MapAccess<'de> for Holes {
    type Error = ReadingError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        let Some((first, rest)) = self.fields.split_first() else { return Ok(None) };
        self.fields = rest;
        let key: StrDeserializer<'_, ReadingError> = (*first).into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        seed.deserialize(self.inner)
    }
}

struct Variant {
    name: &'static str,
    inner: Hole,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = ReadingError;
    type Variant = Hole;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Hole), Self::Error> {
        let name: StrDeserializer<'_, ReadingError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.inner))
    }
}

impl<'de> VariantAccess<'de> for Hole {
    type Error = ReadingError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Self::Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.deserialize_struct("", fields, visitor)
    }
}
