//! A register as the processes of its pack know it. Its YAML is `pack::register`.

use indexmap::IndexMap;

use super::Series;
use super::source::VariableType;
use crate::text::Text;

/// A register as a process needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    /// Its name for people.
    pub name: Text,
    /// How its numbers are written, such as `普授运备〔{year}〕{number:04}号`.
    pub series: Series,
    /// Its columns with their labels.
    pub columns: IndexMap<String, Text>,
    /// What columns hold, where it says so.
    pub types: IndexMap<String, VariableType>,
    /// Whether the public may read it.
    pub public: bool,
}
