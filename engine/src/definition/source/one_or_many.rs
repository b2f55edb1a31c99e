//! What may stand alone or in a list: `edit: plan`, `show: [plan, review]`.

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::{I64Deserializer, MapAccessDeserializer, StrDeserializer, U64Deserializer};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use super::{CaseReader, DocumentUse};
use crate::elements::intake::AdmissionSource;
use crate::elements::service_task::source::StatusTest;
use crate::ids::Named;
use crate::operation::Operation;

/// One thing or a list of it: `edit: plan`, `show: [plan, review]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// Them all.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// What may stand alone or in a list.
pub trait Single {
    /// What one is, for whoever wrote something else: words that stand after "expected".
    const WHAT: &'static str;
    /// Whether one may be written with keys.
    const HAS_KEYS: bool = false;
    /// Whether one may be a number.
    const IS_NUMBER: bool = false;
}

impl<T: Named> Single for T {
    const WHAT: &'static str = <T as Named>::WHAT;
}

impl Single for DocumentUse {
    const WHAT: &'static str = "the name of a document, `{ document: …, fields: … }`";
    const HAS_KEYS: bool = true;
}

impl Single for CaseReader {
    const WHAT: &'static str = "the name of a role, `{ role: …, ownUnit: true, show: … }`";
    const HAS_KEYS: bool = true;
}

impl Single for AdmissionSource {
    const WHAT: &'static str = "a condition, `{ check: …, message: … }`";
    const HAS_KEYS: bool = true;
}

impl Single for Operation {
    const WHAT: &'static str = Self::NAMES;
}

impl Single for StatusTest {
    const WHAT: &'static str =
        "a status such as `404`, a class such as `4xx`, a condition after `=`";
    const IS_NUMBER: bool = true;
}

impl<'de, T: Deserialize<'de> + Single> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (what, has_keys, is_number) = (T::WHAT, T::HAS_KEYS, T::IS_NUMBER);
        deserializer.deserialize_any(SomeVisitor { what, has_keys, is_number, of: PhantomData })
    }
}

/// Texts, one or a list, where `what` says what one of them is.
fn texts<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &'static str,
) -> Result<OneOrMany<String>, D::Error> {
    let visitor = SomeVisitor { what, has_keys: false, is_number: false, of: PhantomData };
    deserializer.deserialize_any(visitor)
}

/// Reads whom something goes to.
pub(crate) fn audience<'de, D>(deserializer: D) -> Result<OneOrMany<String>, D::Error>
where
    D: Deserializer<'de>,
{
    texts(deserializer, "the name of a role, `initiator`, an expression such as `=panel.members`")
}

/// Reads who may hand something in.
pub(crate) fn submitters<'de, D>(deserializer: D) -> Result<OneOrMany<String>, D::Error>
where
    D: Deserializer<'de>,
{
    texts(deserializer, "`public`, the name of a role")
}

/// Reads fields of documents.
pub(super) fn fields<'de, D>(deserializer: D) -> Result<OneOrMany<String>, D::Error>
where
    D: Deserializer<'de>,
{
    texts(deserializer, "a field of a document, such as `opinion.reason`")
}

/// Reads when somebody is reminded.
pub(crate) fn reminders<'de, D>(deserializer: D) -> Result<OneOrMany<String>, D::Error>
where
    D: Deserializer<'de>,
{
    texts(deserializer, "a time such as `80%`, `at due`, `2 workdays before` or `1 day after`")
}

struct SomeVisitor<T> {
    what: &'static str,
    has_keys: bool,
    is_number: bool,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for SomeVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or a list of them", self.what)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
        T::deserialize(StrDeserializer::new(text)).map(OneOrMany::One)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<OneOrMany<T>, E> {
        if self.is_number {
            return T::deserialize(U64Deserializer::new(number)).map(OneOrMany::One);
        }
        Err(de::Error::invalid_type(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<OneOrMany<T>, E> {
        if self.is_number {
            return T::deserialize(I64Deserializer::new(number)).map(OneOrMany::One);
        }
        Err(de::Error::invalid_type(Unexpected::Signed(number), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
        if self.has_keys {
            return T::deserialize(MapAccessDeserializer::new(map)).map(OneOrMany::One);
        }
        Err(de::Error::invalid_type(Unexpected::Map, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany<T>, A::Error> {
        let mut many = Vec::new();
        while let Some(one) = seq.next_element()? {
            many.push(one);
        }
        Ok(OneOrMany::Many(many))
    }
}
