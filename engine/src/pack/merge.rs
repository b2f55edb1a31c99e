//! A pack over the pack it extends: parts replace those of the same name, and named parts of a
//! process can be replaced one by one.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::source::{
    CaseReader, DocumentSource, MessageSource, NoticesSource, OneOrMany, ProcessSource,
    UntilSource, VariableSource,
};
use crate::elements::Element;
use crate::elements::user_task::{Dedupe, Starter};
use crate::ids::{CalendarName, DocumentName, MessageName, NodeName, ProcessName, RoleName};
use crate::operation::Operation;
use crate::text::Text;

/// A file of `processes/` that changes parts of a process of the pack that is extended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ProcessOverride {
    /// The process that is changed.
    pub process: ProcessName,
    /// What is changed.
    #[serde(rename = "override")]
    pub parts: OverrideSource,
}

/// What is changed of a process: what is named here replaces what has the same name; nodes that
/// are new go to the end.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OverrideSource {
    /// Its name for people.
    #[serde(default)]
    pub name: Option<Text>,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Text>,
    /// The legal basis.
    #[serde(default)]
    pub basis: Option<String>,
    /// The case number's series.
    #[serde(default)]
    pub number: Option<String>,
    /// The case's title.
    #[serde(default)]
    pub title: Option<String>,
    /// Roles whose holders may begin a case.
    #[serde(default)]
    pub started_by: Option<Vec<RoleName>>,
    /// What may be done with a case as a whole.
    #[serde(default)]
    pub operations: Option<OneOrMany<Operation>>,
    /// The nodes at which whoever began the case may not take it back any more.
    #[serde(default)]
    pub until: Option<UntilSource>,
    /// Who reads the names, votes and opinions of others.
    #[serde(default)]
    pub opinions: Option<OneOrMany<RoleName>>,
    /// Roles whose holders read its cases without taking part in them.
    #[serde(default)]
    pub readers: Option<OneOrMany<CaseReader>>,
    /// Whether one who agreed before is asked again.
    #[serde(default)]
    pub dedupe: Option<Dedupe>,
    /// What happens when a task would be whoever began the case.
    #[serde(default)]
    pub starter: Option<Starter>,
    /// The calendar of its deadlines.
    #[serde(default)]
    pub calendar: Option<CalendarName>,
    /// Documents by name.
    #[serde(default)]
    pub documents: IndexMap<DocumentName, DocumentSource>,
    /// Variables by name.
    #[serde(default)]
    pub variables: IndexMap<String, VariableSource>,
    /// How long messages are kept, by name.
    #[serde(default)]
    pub messages: IndexMap<MessageName, MessageSource>,
    /// All templates of notices that go out by themselves.
    #[serde(default)]
    pub notices: Option<NoticesSource>,
    /// Nodes by name.
    #[serde(default)]
    pub nodes: IndexMap<NodeName, Element>,
}

impl OverrideSource {
    /// The process with these parts replaced.
    #[must_use]
    pub fn over(self, process: &ProcessSource) -> ProcessSource {
        let mut merged = process.clone();
        if let Some(name) = self.name {
            merged.name = name;
        }
        merged.description = self.description.or(merged.description);
        merged.basis = self.basis.or(merged.basis);
        merged.number = self.number.or(merged.number);
        merged.title = self.title.or(merged.title);
        merged.started_by = self.started_by.unwrap_or(merged.started_by);
        merged.operations = self.operations.unwrap_or(merged.operations);
        merged.until = self.until.unwrap_or(merged.until);
        merged.opinions = self.opinions.unwrap_or(merged.opinions);
        merged.readers = self.readers.unwrap_or(merged.readers);
        merged.dedupe = self.dedupe.or(merged.dedupe);
        merged.starter = self.starter.or(merged.starter);
        merged.calendar = self.calendar.or(merged.calendar);
        merged.notices = self.notices.unwrap_or(merged.notices);
        merged.documents.extend(self.documents);
        merged.variables.extend(self.variables);
        merged.messages.extend(self.messages);
        merged.nodes.extend(self.nodes);
        merged
    }
}
