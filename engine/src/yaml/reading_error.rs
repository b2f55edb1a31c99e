//! What can be wrong when a tree is read as a Rust type: serde's errors kept as data, and their
//! words for people. Where it is wrong is decided in `locate`.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

use super::source::cut;
use super::tree::NodeId;

/// Found text is shown up to so many characters.
const FOUND_CHARS_MAX: usize = 60;
/// What a map is called.
pub(super) const KEYS: &str = "keys with values";
/// What a list is called.
pub(super) const LIST: &str = "a list";
/// What a boolean is called.
pub(super) const BOOLEAN: &str = "`true` or `false`";
/// What a text is called, and how what may be one begins.
pub(super) const TEXT: &str = "text";

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    UnknownKey {
        found: String,
        known: &'static [&'static str],
    },
    MissingKey(String),
    UnknownVariant {
        found: String,
        known: &'static [&'static str],
    },
    Wrong {
        code: &'static str,
        expected: String,
        found: String,
        /// The keys that the value may have, where it has to be a map of known ones.
        known: &'static [&'static str],
    },
    Other(String),
    /// The bound on the work of one reading is reached.
    TooMuch,
}

/// One error of one attempt at reading. `at` is the innermost node that is known to be concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ReadingError {
    pub(super) kind: Kind,
    pub(super) at: Option<NodeId>,
    /// Whether `at` itself is wrong, and not something inside it that serde had buffered.
    pub(super) exact: bool,
    /// Whether the key of `at` is wrong, and not its value.
    pub(super) key: bool,
}

impl ReadingError {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, at: None, exact: false, key: false }
    }

    /// The same at a node, unless something more inward is known.
    pub(super) fn at(mut self, node: NodeId, exact: bool) -> Self {
        if self.at.is_none() {
            self.at = Some(node);
            self.exact = exact;
        }
        self
    }
}

impl Display for ReadingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::UnknownKey { found, .. } => {
                write!(f, "`{found}` is not a key that is known here")
            }
            Kind::MissingKey(key) => write!(f, "expected the key `{key}`, which is missing here"),
            Kind::UnknownVariant { found, known } => {
                write!(f, "expected {}, found `{found}`", one_of(known))
            }
            Kind::Wrong { expected, found, .. } => write!(f, "expected {expected}, found {found}"),
            Kind::Other(message) => f.write_str(message),
            Kind::TooMuch => f.write_str("too much is wrong here to read on"),
        }
    }
}

impl std::error::Error for ReadingError {}

impl de::Error for ReadingError {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(Kind::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong("wrongType", found, expected)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong("wrongValue", found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(Kind::Wrong {
            code: "wrongLength",
            expected: plain(&expected.to_string()),
            found: format!("{length}"),
            known: &[],
        })
    }

    fn unknown_variant(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownVariant { found: cut(found, FOUND_CHARS_MAX), known })
    }

    fn unknown_field(found: &str, known: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownKey { found: found.to_owned(), known })
    }

    fn missing_field(key: &'static str) -> Self {
        Self::new(Kind::MissingKey(key.to_owned()))
    }

    fn duplicate_field(key: &'static str) -> Self {
        Self::custom(format!("expected `{key}` once, found it twice"))
    }
}

impl ReadingError {
    fn wrong(code: &'static str, found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let (expected, found) = (plain(&expected.to_string()), words(found));
        Self::new(Kind::Wrong { code, expected, found, known: &[] })
    }

    /// Something else where a map with these keys has to be.
    pub(super) fn no_keys(found: Unexpected<'_>, known: &'static [&'static str]) -> Self {
        let (expected, found) = (KEYS.to_owned(), words(found));
        Self::new(Kind::Wrong { code: "wrongType", expected, found, known })
    }

    /// Something else where one of these names has to be.
    pub(super) fn no_name(found: Unexpected<'_>, names: &[&str]) -> Self {
        let (expected, found) = (one_of(names), words(found));
        Self::new(Kind::Wrong { code: "wrongType", expected, found, known: &[] })
    }
}

/// Names as a list that a person reads.
pub(super) fn one_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// serde's words for what a Rust type takes, in words about YAML.
fn plain(expected: &str) -> String {
    match expected {
        "a string" | "a borrowed string" | "string" | "str" => TEXT,
        "a boolean" => BOOLEAN,
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number from 0 on",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a sequence" => LIST,
        "a map" => KEYS,
        "unit" => "nothing",
        "a character" => "one character",
        "variant identifier" => "a name",
        _ if expected.starts_with("internally tagged enum") => {
            "keys with values, among them `type`"
        }
        _ if expected.starts_with("struct") => KEYS,
        _ if expected.starts_with("tuple") => LIST,
        _ => expected,
    }
    .to_owned()
}

/// What was found, in words about YAML.
fn words(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("the number {value}"),
        Unexpected::Signed(value) => format!("the number {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Char(value) => format!("the text `{value}`"),
        Unexpected::Str(value) => format!("the text `{}`", cut(value, FOUND_CHARS_MAX)),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq | Unexpected::TupleVariant => "a list".to_owned(),
        Unexpected::Map | Unexpected::StructVariant => "keys with values".to_owned(),
        Unexpected::UnitVariant | Unexpected::NewtypeVariant | Unexpected::Enum => {
            "a name".to_owned()
        }
        Unexpected::NewtypeStruct => "a value".to_owned(),
        Unexpected::Bytes(_) => "bytes".to_owned(),
        Unexpected::Other(other) => other.to_owned(),
    }
}
