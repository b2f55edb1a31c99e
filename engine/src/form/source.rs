//! A form as its YAML writes it. What it means, and which options fit which type, is `compile.rs`.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::FormName;
use crate::text::Text;

/// A form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FormSource {
    /// Its name, as other files refer to it.
    pub form: FormName,
    /// What a person reads above it.
    pub name: Text,
    /// The clause it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Text>,
    /// What helps to fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Text>,
    /// Its fields in sections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionSource>,
    /// Its fields, where it has no sections.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, FieldSource>,
    /// What must hold between fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleSource>,
}

/// Fields under one heading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SectionSource {
    /// The heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text>,
    /// What helps to fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Text>,
    /// The clause it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Text>,
    /// Its fields.
    pub fields: IndexMap<String, FieldSource>,
}

/// Something that must hold between fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleSource {
    /// An expression over the fields; only a clear `false` breaks the rule.
    pub check: String,
    /// What a person reads when it is broken.
    pub message: Text,
    /// The field it is shown at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The clause it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Text>,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum FieldType {
    /// One line of text. Line breaks in what is handed in become a blank each; text that is to keep them is
    /// `longText`.
    Text,
    /// Text of several lines.
    LongText,
    /// A whole number.
    Integer,
    /// A number with decimal places.
    Decimal,
    /// Yes or no.
    Boolean,
    /// One of some options.
    Choice,
    /// Any of some options.
    Choices,
    /// A day.
    Date,
    /// A point in time.
    DateTime,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A unified social credit code 统一社会信用代码 (GB 32100-2015).
    Uscc,
    /// A web address.
    Url,
    /// A person of the directory, by id. Whoever is not there is refused when the form is handed in
    /// (`NOT_IN_DIRECTORY`).
    Person,
    /// A unit of the directory, likewise.
    Unit,
    /// An attachment, or several.
    File,
    /// Rows of columns.
    Table,
    /// Fields under one name.
    Group,
    /// What an expression gives; nobody fills it in.
    Computed,
    /// A statement that must be ticked.
    Declaration,
}

/// `true`, `false`, or an expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Condition {
    /// Always or never.
    Fixed(bool),
    /// When the expression holds.
    When(String),
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionVisitor;
        impl Visitor<'_> for ConditionVisitor {
            type Value = Condition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false`, or an expression such as `=amount > 100`")
            }

            fn visit_bool<E: de::Error>(self, fixed: bool) -> Result<Condition, E> {
                Ok(Condition::Fixed(fixed))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Condition, E> {
                Ok(Condition::When(text.to_owned()))
            }
        }
        deserializer.deserialize_any(ConditionVisitor)
    }
}

/// One field. Which options fit depends on its type; the checker says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FieldSource {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What a person reads beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Text>,
    /// What helps to fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Text>,
    /// The clause it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Text>,
    /// Whether it must be filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required: Option<Condition>,
    /// When it is there at all: an expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The least: a value, a length, a number of rows or items. Of numbers, days and instants `=` starts
    /// an expression; lengths, rows and items are counts that are written out, and a rule asks for more.
    /// What is left empty is not too few: `required` says that it must be filled in, of a table that it has a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Value>,
    /// The most, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Value>,
    /// A regular expression that the whole text matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Decimal places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<u32>,
    /// What a number counts, such as 元 or 月.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// The options of a choice, by the word that is stored.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub options: IndexMap<String, Text>,
    /// The columns of a table.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub columns: IndexMap<String, FieldSource>,
    /// The fields of a group.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, FieldSource>,
    /// The value it starts with, as it stands: a `computed` field works one out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// The only value it may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must_be: Option<Value>,
    /// The expression of a computed field, with its `=`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What a file may be: `pdf`, `image/*`, `application/zip`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<String>,
    /// The largest file, such as `20 MB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_size: Option<String>,
    /// Whether a file field takes several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<bool>,
}
