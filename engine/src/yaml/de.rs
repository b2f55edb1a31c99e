//! A tree as serde reads it. What has been reported is left out or filled by a [`Hole`] (see
//! `read`); every error gets the innermost node that it happened at.
//!
//! An enum may be written in three ways: a plain name, one key with its content, or keys among
//! which `type` names the variant. The last one needs no `#[serde(tag = "type")]`, which would
//! make serde buffer the value and lose the places inside it.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::TAGGED;
use super::choice::{Choice, KeyReader, chosen, nameless};
use super::hole::Hole;
use super::reading_error::{Kind, ReadingError};
use super::scalar::Meaning;
use super::tree::{Body, Entry, NodeId, Tree};

/// The key that names an enum's variant.
pub(super) const TYPE: &str = "type";

/// What has been reported already and is read over.
#[derive(Debug, Clone, Default)]
pub(super) struct Fixes {
    /// Values that are left out.
    pub(super) skipped: BTreeSet<NodeId>,
    /// Keys that a map is given although it lacks them.
    pub(super) added: BTreeMap<NodeId, Vec<String>>,
    /// Values whose keys are misspelt, with the key that is meant.
    pub(super) renamed: BTreeMap<NodeId, String>,
}

/// One reading of a tree.
pub(super) struct Reading<'t> {
    pub(super) tree: &'t Tree,
    pub(super) fixes: &'t Fixes,
    /// Nodes that may still be visited.
    pub(super) work: &'t Cell<u64>,
}

/// One node to read.
#[derive(Clone, Copy)]
pub(super) struct NodeReader<'t> {
    pub(super) reading: &'t Reading<'t>,
    pub(super) node: NodeId,
    /// Whether the key `type` has been read already.
    pub(super) typed: bool,
}

impl<'t> NodeReader<'t> {
    pub(super) fn new(reading: &'t Reading<'t>, node: NodeId) -> Self {
        Self { reading, node, typed: false }
    }

    fn body(self) -> &'t Body {
        &self.reading.tree.node(self.node).body
    }

    /// What stands there, in serde's terms.
    pub(super) fn found(self) -> Unexpected<'t> {
        match self.body() {
            Body::Scalar { text, meaning, .. } => match *meaning {
                Meaning::Null => Unexpected::Unit,
                Meaning::Bool(value) => Unexpected::Bool(value),
                Meaning::Int(value) => Unexpected::Signed(value),
                Meaning::Float(value) => Unexpected::Float(value),
                Meaning::Text => Unexpected::Str(text),
            },
            Body::List(_) => Unexpected::Seq,
            Body::Map(_) => Unexpected::Map,
            Body::Broken => Unexpected::Unit,
        }
    }

    fn spend(self) -> Result<(), ReadingError> {
        match self.reading.work.get().checked_sub(1) {
            Some(left) => {
                self.reading.work.set(left);
                Ok(())
            }
            None => Err(ReadingError::new(Kind::TooMuch)),
        }
    }

    fn map(self) -> Map<'t> {
        let added = self.reading.fixes.added.get(&self.node).map_or(&[][..], Vec::as_slice);
        Map {
            reader: self,
            entries: self.reading.tree.entries(self.node).iter(),
            added: added.iter(),
            value: None,
            asked: false,
        }
    }

    fn is_broken(self) -> bool {
        matches!(self.body(), Body::Broken)
    }

    fn is_null(self) -> bool {
        matches!(self.body(), Body::Scalar { meaning: Meaning::Null, .. })
    }

    /// Whether it says nothing, or nothing but keys that are looked at one by one.
    pub(super) fn is_nothing(self) -> bool {
        self.is_null() || matches!(self.body(), Body::Map(_) | Body::Broken)
    }
}

/// Methods of which a broken node is a hole and all others are read as they are.
macro_rules! as_any {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
            if self.is_broken() { Hole::default().$method(visitor) } else { self.deserialize_any(visitor) }
        }
    )+};
}

impl<'t> Deserializer<'t> for NodeReader<'t> {
    type Error = ReadingError;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.spend()?;
        let node = self.node;
        match self.body() {
            Body::Scalar { text, meaning, .. } => match *meaning {
                Meaning::Null => visitor.visit_unit(),
                Meaning::Bool(value) => visitor.visit_bool(value),
                Meaning::Int(value) => match u64::try_from(value) {
                    Ok(value) => visitor.visit_u64(value),
                    Err(_) => visitor.visit_i64(value),
                },
                Meaning::Float(value) => visitor.visit_f64(value),
                Meaning::Text => visitor.visit_borrowed_str(text),
            }
            .map_err(|error: ReadingError| error.at(node, true)),
            Body::List(items) => {
                let mut asked = false;
                let list = List { reader: self, items: items.iter(), asked: &mut asked };
                let result = visitor.visit_seq(list);
                result.map_err(|error| error.at(node, !asked))
            }
            Body::Map(_) => {
                let mut map = self.map();
                let result = visitor.visit_map(&mut map);
                result.map_err(|error| error.at(node, !map.asked))
            }
            Body::Broken => Hole::default().deserialize_any(visitor),
        }
    }

    as_any! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_seq
        deserialize_map
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.is_null() || self.is_broken() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let node = self.node;
        if name == TAGGED {
            return match self.body() {
                Body::Map(_) => self.deserialize_enum(name, &[], visitor),
                Body::Broken => visitor.visit_newtype_struct(self),
                Body::Scalar { .. } | Body::List(_) => {
                    let error: ReadingError = de::Error::invalid_type(self.found(), &visitor);
                    Err(error.at(node, true))
                }
            };
        }
        let exact = matches!(self.body(), Body::Scalar { .. });
        visitor.visit_newtype_struct(self).map_err(|error| error.at(node, exact))
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.body() {
            Body::Broken => Hole::default().deserialize_struct(name, fields, visitor),
            Body::Map(_) => self.deserialize_any(visitor),
            // serde would also take the fields of a struct from a list, in their order in Rust.
            Body::Scalar { .. } | Body::List(_) => {
                Err(ReadingError::no_keys(self.found(), fields).at(self.node, true))
            }
        }
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.spend()?;
        let node = self.node;
        let result = match self.body() {
            Body::Broken => Hole::default().deserialize_enum(name, variants, visitor),
            Body::Scalar { text, meaning: Meaning::Text, .. } => {
                visitor.visit_enum(Choice { name: text, named_at: node, content: None })
            }
            Body::Map(entries) => match chosen(self, entries, variants) {
                Ok(choice) if choice.name.is_empty() => {
                    let named = NodeReader::new(self.reading, choice.named_at);
                    visitor.visit_enum(choice).map_err(|error| nameless(error, named))
                }
                Ok(choice) => visitor.visit_enum(choice),
                Err(error) => Err(error),
            },
            Body::Scalar { .. } | Body::List(_) => {
                Err(ReadingError::no_name(self.found(), variants))
            }
        };
        result.map_err(|error| error.at(node, true))
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        i128 u128 bytes byte_buf unit unit_struct tuple tuple_struct identifier
    }
}

struct Map<'t> {
    reader: NodeReader<'t>,
    entries: std::slice::Iter<'t, Entry>,
    added: std::slice::Iter<'t, String>,
    value: Option<NodeId>,
    asked: bool,
}

impl<'t> MapAccess<'t> for &mut Map<'t> {
    type Error = ReadingError;

    fn next_key_seed<K: DeserializeSeed<'t>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Self::Error> {
        self.asked = true;
        let Fixes { skipped, renamed, .. } = self.reader.reading.fixes;
        for entry in self.entries.by_ref() {
            let is_type = self.reader.typed && *entry.key == *TYPE;
            if is_type || skipped.contains(&entry.value) {
                continue;
            }
            self.value = Some(entry.value);
            let text = renamed.get(&entry.value).map_or(&*entry.key, String::as_str);
            let key = KeyReader { text };
            return match seed.deserialize(key) {
                Ok(key) => Ok(Some(key)),
                // The map's error: the key is found again by its name.
                Err(error @ ReadingError { kind: Kind::UnknownKey { .. }, .. }) => {
                    Err(error.at(self.reader.node, true))
                }
                Err(error) => Err(ReadingError { key: true, ..error.at(entry.value, true) }),
            };
        }
        self.value = None;
        let Some(added) = self.added.next() else { return Ok(None) };
        seed.deserialize(KeyReader { text: added }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Self::Error> {
        match self.value.take() {
            Some(node) => seed
                .deserialize(NodeReader::new(self.reader.reading, node))
                .map_err(|e| e.at(node, false)),
            None => seed.deserialize(Hole::default()),
        }
    }
}

struct List<'t, 'a> {
    reader: NodeReader<'t>,
    items: std::slice::Iter<'t, NodeId>,
    asked: &'a mut bool,
}

impl<'t> SeqAccess<'t> for List<'t, '_> {
    type Error = ReadingError;

    fn next_element_seed<T: DeserializeSeed<'t>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        *self.asked = true;
        let skipped = &self.reader.reading.fixes.skipped;
        let Some(node) = self.items.find(|node| !skipped.contains(node)) else { return Ok(None) };
        let reader = NodeReader::new(self.reader.reading, *node);
        seed.deserialize(reader).map(Some).map_err(|error| error.at(*node, false))
    }
}
