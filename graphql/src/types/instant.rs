//! A point in time as an argument. One that cannot be read is told with the argument's name, which the
//! library's own scalar does not know.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueResult, Result, Value};
use chrono::{DateTime, Utc};
use engine::text::Language;

use crate::error;

/// Characters of what cannot be read that are told.
const SHOWN_CHARS_MAX: usize = 60;

/// The scalar `DateTime`, read or not.
#[derive(Debug, Clone)]
pub(crate) struct Instant(std::result::Result<DateTime<Utc>, Value>);

impl Instant {
    /// The time; or that the argument of this name is none.
    pub(crate) fn read(self, language: Language, field: &str) -> Result<DateTime<Utc>> {
        self.0.map_err(|found| {
            let found: String = found.to_string().chars().take(SHOWN_CHARS_MAX).collect();
            let zh = format!("应为带时区的时间,例如 2026-03-31T09:00:00+08:00,实为 {found}");
            let en = format!(
                "expected a time with its zone such as 2026-03-31T09:00:00+08:00, found {found}"
            );
            error::bad_argument(language, field, &zh, &en)
        })
    }
}

impl InputType for Instant {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <DateTime<Utc> as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <DateTime<Utc> as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let time = match &value {
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        Ok(Self(time.ok_or(value)))
    }

    fn to_value(&self) -> Value {
        match &self.0 {
            Ok(time) => InputType::to_value(time),
            Err(value) => value.clone(),
        }
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        Some(self)
    }
}
