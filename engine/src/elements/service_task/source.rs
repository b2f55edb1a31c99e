//! How a call of an HTTP service is written. What it does is in `request` and `answer`.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::source::OneOrMany;
use crate::ids::ErrorCode;

/// A call of an HTTP service, made by the server itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpCall {
    /// The method; GET where nothing is said.
    #[serde(default)]
    pub method: Method,
    /// The address, without a name or password in it: text, or an expression after `=`.
    pub url: String,
    /// Headers by name: text, an expression after `=`, or `{ secret: NAME }`. One that gives nothing
    /// is left out.
    #[serde(default)]
    pub headers: IndexMap<String, HeaderValue>,
    /// What stands behind the `?`, encoded: values, lists of them, or expressions after `=`. What
    /// gives nothing is left out.
    #[serde(default)]
    pub query: IndexMap<String, Value>,
    /// The JSON that is sent: texts in it that begin with `=` are expressions. A text alone goes as
    /// it is where the header `Content-Type` says that it is no JSON.
    #[serde(default)]
    pub body: Option<Value>,
    /// Which answers are success: a status such as `404`, a class such as `2xx`, or a condition over
    /// `response` after `=`. `2xx` where nothing is said.
    #[serde(default)]
    pub success: OneOrMany<StatusTest>,
    /// Which answers are errors that the process catches: by the code of the error, a status, a class
    /// or a condition. They are asked in their order, before `success`.
    #[serde(default)]
    pub errors: IndexMap<ErrorCode, OneOrMany<StatusTest>>,
    /// How long an answer may take, from 1 to 60 seconds: `10 seconds` where nothing is said.
    #[serde(default)]
    pub timeout: Option<String>,
    /// Variables that take something from the answer: expressions over `response.status`,
    /// `response.headers` (names in lower case) and `response.body`.
    #[serde(default)]
    pub result: IndexMap<String, String>,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Read; it has no body.
    #[default]
    Get,
    /// Do, or make.
    Post,
    /// Write whole.
    Put,
    /// Write in part.
    Patch,
    /// Remove.
    Delete,
}

/// What a header is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum HeaderValue {
    /// Text, or an expression after `=`.
    Text(String),
    /// Something that no pack and no journal may hold.
    Secret(Secret),
}

/// A secret by its name: the server knows its value from a file or from the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Secret {
    /// Its name: capital letters, digits and `_`.
    pub secret: String,
    /// What stands before it, such as `Bearer `.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// A test of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StatusTest {
    /// The status.
    Status(u16),
    /// A class of statuses such as `4xx`, or a condition after `=`.
    Text(String),
}

impl<'de> Deserialize<'de> for HeaderValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;
        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = HeaderValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, an expression after `=`, or `{ secret: NAME }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<HeaderValue, E> {
                Ok(HeaderValue::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeaderValue, A::Error> {
                Secret::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(HeaderValue::Secret)
            }
        }
        deserializer.deserialize_any(HeaderVisitor)
    }
}

impl<'de> Deserialize<'de> for StatusTest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StatusVisitor;
        impl Visitor<'_> for StatusVisitor {
            type Value = StatusTest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status such as `404`, a class such as `4xx`, or a condition after `=`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<StatusTest, E> {
                Ok(StatusTest::Text(text.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, status: u64) -> Result<StatusTest, E> {
                Ok(match u16::try_from(status) {
                    Ok(status) => StatusTest::Status(status),
                    Err(_) => StatusTest::Text(status.to_string()),
                })
            }

            fn visit_i64<E: de::Error>(self, status: i64) -> Result<StatusTest, E> {
                Ok(match u16::try_from(status) {
                    Ok(status) => StatusTest::Status(status),
                    Err(_) => StatusTest::Text(status.to_string()),
                })
            }
        }
        deserializer.deserialize_any(StatusVisitor)
    }
}
