//! A process as its author writes it. Structure only: names are resolved in `compile`.

mod count;
mod extend;
mod message;
mod one_or_many;
mod outcome;
mod readers;
mod repeat;

use std::collections::BTreeMap;
use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::clock::{Counted, DayEnd, Roll};
use crate::elements::Element;
use crate::elements::user_task::{Dedupe, Starter};
use crate::form::RuleSource;
use crate::ids::{
    CalendarName, DocumentName, FormName, MessageName, NodeName, NoticeName, ProcessName, RoleName,
};
use crate::operation::Operation;
use crate::text::Text;

pub use count::Count;
pub use extend::{Extend, ExtendRule, ExtendWord};
pub use message::MessageSource;
pub use one_or_many::{OneOrMany, Single};
pub(crate) use one_or_many::{audience, reminders, submitters};
pub use outcome::{ClockRule, DocumentsRule, Outcome, OutcomeSource, Outcomes, Requirement, Then};
pub use readers::{CaseReader, ReaderSource};
pub use repeat::Repeat;

/// A file in `processes/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProcessSource {
    /// The process's name in other files and in the API, in lowerCamelCase.
    pub process: ProcessName,
    /// Its name for people.
    pub name: Text,
    /// What it is for.
    #[serde(default)]
    pub description: Option<Text>,
    /// The legal basis.
    #[serde(default)]
    pub basis: Option<String>,
    /// The case number's series, such as `普授运〔{year}〕{number:04}号`. Gap-free by year.
    #[serde(default)]
    pub number: Option<String>,
    /// The case's title, an expression such as `=plan.name`; worked out as the case begins, and anew
    /// when documents or variables change.
    #[serde(default)]
    pub title: Option<String>,
    /// Roles whose holders may begin a case. Nobody but other cases may where it is empty.
    #[serde(default)]
    pub started_by: Vec<RoleName>,
    /// What may be done with a case as a whole: `withdraw`, `void`, `terminate`, `reopen`.
    #[serde(default)]
    pub operations: OneOrMany<Operation>,
    /// The nodes at which whoever began the case may not `withdraw` or `void` it any more.
    #[serde(default)]
    pub until: UntilSource,
    /// Who reads the names, votes and opinions of others: where nothing is said, whoever has a task in
    /// the case or did one that is not given to the initiator; `open` for everybody who sees the case;
    /// or the roles whose holders do.
    #[serde(default)]
    pub opinions: OneOrMany<RoleName>,
    /// Roles whose holders read its cases without taking part in them: auditors, the office above. Those
    /// are in `instances`, and the process's figures are theirs; they change nothing.
    #[serde(default)]
    pub readers: OneOrMany<CaseReader>,
    /// Whether one who agreed before is asked again (去重): of its tasks that do not say it themselves.
    #[serde(default)]
    pub dedupe: Option<Dedupe>,
    /// What happens when a task would be whoever began the case: of its tasks that do not say it
    /// themselves.
    #[serde(default)]
    pub starter: Option<Starter>,
    /// The calendar of its deadlines; the pack's where none is named.
    #[serde(default)]
    pub calendar: Option<CalendarName>,
    /// The case file: documents by name.
    #[serde(default)]
    pub documents: IndexMap<DocumentName, DocumentSource>,
    /// Small values that scripts, decisions and messages set.
    #[serde(default)]
    pub variables: IndexMap<String, VariableSource>,
    /// How long its messages are kept for whoever waits for them: those that it sends, and those that
    /// come from outside and that it waits for or begins with. Where several processes say so of one
    /// from outside, the longest counts.
    #[serde(default)]
    pub messages: IndexMap<MessageName, MessageSource>,
    /// Templates of the notices that go out by themselves.
    #[serde(default)]
    pub notices: NoticesSource,
    /// The nodes. The first one begins unless there is a `startEvent`; each goes on to the next in
    /// the file unless it says `to`.
    pub nodes: IndexMap<NodeName, Element>,
}

/// A document of the case file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentSource {
    /// Its form.
    pub form: FormName,
    /// Its name for people; the form's where none is given.
    #[serde(default)]
    pub name: Option<Text>,
    /// Whether it is a list of entries: opinions, applications, comments.
    #[serde(default)]
    pub list: bool,
    /// Roles that may read all of it, of those who take part in the case, began it or were let know of
    /// it: beside them each sees what their tasks show, and whoever began the case what they began it
    /// with. `initiator` is whoever began it.
    #[serde(default)]
    pub readers: Vec<RoleName>,
    /// Of a list: whoever only writes entries reads their own alone, not those of others (背对背): offers,
    /// opinions that are to be independent. Whose task shows it, and `readers`, read all.
    #[serde(default)]
    pub apart: bool,
    /// What must hold between its fields and the case, beside the rules of its form: its fields by their
    /// bare names (`months <= 36`), everything else of the case by its own. Of a list the fields are
    /// those of the entry that is handed in, and the document's own name is the list of the entries
    /// before it.
    #[serde(default)]
    pub rules: Vec<RuleSource>,
}

/// A variable's type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VariableSource {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: VariableType,
    /// Its value at the beginning, as it stands: nothing is worked out here.
    #[serde(default)]
    pub initial: Option<serde_json::Value>,
    /// What people call it. What has a label is shown to everybody inside the case (`Instance.results`): a
    /// score, a fee that a table gave, a count.
    #[serde(default)]
    pub label: Option<Text>,
}

/// What a variable may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum VariableType {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Decimal,
    /// True or false.
    Boolean,
    /// A day, `2026-03-31`.
    Date,
    /// An instant.
    DateTime,
    /// A list of texts: people, units, names.
    Texts,
    /// Anything, not checked: what a message or a worker brings.
    Any,
}

/// Until when whoever began a case may take it back: before it has reached a node, whatever becomes of it
/// then. A return does not give it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UntilSource {
    /// The node from which on it cannot be withdrawn (撤回).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdraw: Option<NodeName>,
    /// The node from which on it cannot be voided (作废).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<NodeName>,
}

impl UntilSource {
    /// Each operation that ends somewhere, with the node.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Operation, &NodeName)> {
        let withdraw = self.withdraw.as_ref().map(|node| (Operation::Withdraw, node));
        withdraw.into_iter().chain(self.void.as_ref().map(|node| (Operation::Void, node)))
    }
}

/// Which notices go out by themselves, by template. What is not named is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoticesSource {
    /// To whom a task is offered, when it is created.
    #[serde(default)]
    pub task: Option<NoticeName>,
    /// To whoever has a task, when a reminder falls due.
    #[serde(default)]
    pub reminder: Option<NoticeName>,
    /// To whoever has a task, to whom it is escalated, and whom its `overdue: { tell }` names, when its
    /// deadline has passed.
    #[serde(default)]
    pub overdue: Option<NoticeName>,
    /// To whoever began the case and to whoever has a task or handed something in, when a deadline or
    /// an intake is extended (延期).
    #[serde(default)]
    pub extended: Option<NoticeName>,
    /// To whoever began the case, when a task is decided.
    #[serde(default)]
    pub outcome: Option<NoticeName>,
    /// To whoever began the case, when it ends.
    #[serde(default)]
    pub ended: Option<NoticeName>,
    /// To whoever has a task, or handed something in to an intake that is open, when that is taken away:
    /// the case is withdrawn, voided, terminated or cancelled, or a return takes it back behind it.
    #[serde(default)]
    pub stopped: Option<NoticeName>,
    /// To whoever handed something in, as a receipt.
    #[serde(default)]
    pub receipt: Option<NoticeName>,
    /// To whoever has a task, when somebody urges it (催办).
    #[serde(default)]
    pub urge: Option<NoticeName>,
    /// To whom a task or case is copied (抄送).
    #[serde(default)]
    pub copy: Option<NoticeName>,
    /// To one who is away and to their deputy, when a task goes to the deputy (代理); a plain letter where
    /// none is named.
    #[serde(default)]
    pub deputed: Option<NoticeName>,
}

/// Where to go next: one node, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum To {
    /// One node.
    One(NodeName),
    /// Several: all of them after a parallel gateway, by condition after the others.
    Many(Vec<Target>),
}

/// One of several ways on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Target {
    /// A node.
    Node(NodeName),
    /// A node with a condition; the one without is the default.
    Branch(Branch),
}

/// A way on with a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Branch {
    /// The condition: an expression that is true or false (`=` in front may be left out).
    #[serde(default)]
    pub when: Option<String>,
    /// The node.
    pub to: NodeName,
    /// What a person reads on the flow.
    #[serde(default)]
    pub name: Option<Text>,
}

impl<'de> Deserialize<'de> for To {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ToVisitor;
        impl<'de> Visitor<'de> for ToVisitor {
            type Value = To;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a node, or a list of nodes or of `{ when: …, to: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<To, E> {
                Ok(To::One(text.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<To, A::Error> {
                let mut targets = Vec::new();
                while let Some(target) = seq.next_element()? {
                    targets.push(target);
                }
                Ok(To::Many(targets))
            }
        }
        deserializer.deserialize_any(ToVisitor)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TargetVisitor;
        impl<'de> Visitor<'de> for TargetVisitor {
            type Value = Target;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a node, or `{ when: …, to: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Target, E> {
                Ok(Target::Node(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
                Branch::deserialize(de::value::MapAccessDeserializer::new(map)).map(Target::Branch)
            }
        }
        deserializer.deserialize_any(TargetVisitor)
    }
}

/// A time: a text such as `10 workdays`, `2026-03-31` or `=plan.reviewBy`, or a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Time {
    /// Short.
    Short(String),
    /// With everything that can be said.
    Full(Box<TimeSource>),
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;
        impl<'de> Visitor<'de> for TimeVisitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as `10 workdays` or `=plan.reviewBy`, or `{ in: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                Ok(Time::Short(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Time, A::Error> {
                TimeSource::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|full| Time::Full(Box::new(full)))
            }
        }
        deserializer.deserialize_any(TimeVisitor)
    }
}

/// A time with everything that can be said of it. One of `in`, `on`, `before`+`of`, `after`+`of`,
/// `cron`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TimeSource {
    /// From now: `10 workdays`, `20 days`, `4 hours`, `6 months`; or an expression that gives such
    /// a text.
    #[serde(default, rename = "in")]
    pub within: Option<String>,
    /// On a day, `2026-03-31` (its end), or an expression that gives a date or an instant.
    #[serde(default)]
    pub on: Option<String>,
    /// That long before `of`. As a deadline days before end as every day does; a timer and a reminder
    /// come as the office opens on that day.
    #[serde(default)]
    pub before: Option<String>,
    /// That long after `of`: hours are counted from the moment, or the end of the day.
    #[serde(default)]
    pub after: Option<String>,
    /// The date that `before` and `after` count from: a day or an expression.
    #[serde(default)]
    pub of: Option<String>,
    /// Cron, five fields (Unix) or six with seconds in front; the next time it is that.
    #[serde(default)]
    pub cron: Option<String>,
    /// The time zone of `cron` and of days, such as `Asia/Shanghai`; the calendar's otherwise.
    #[serde(default)]
    pub zone: Option<String>,
    /// The calendar, where it is not the process's.
    #[serde(default)]
    pub calendar: Option<CalendarName>,
    /// Whether the first day counts; it does not by default (民法典第二百零一条).
    #[serde(default)]
    pub start: Option<Counted>,
    /// Whether a period of days or months that ends on a day off rolls to the next working day
    /// (民法典第二百零三条, the default), or stays.
    #[serde(default)]
    pub roll: Option<Roll>,
    /// When its last day ends: at midnight (the default), or when offices close.
    #[serde(default)]
    pub end: Option<DayEnd>,
    /// Where the length comes from.
    #[serde(default)]
    pub basis: Option<String>,
    /// Whether it may be extended, by how much at most and by whom: of a task's `due`, and of an
    /// intake's `closes`.
    #[serde(default)]
    pub extend: Option<Extend>,
    /// Nodes of the process, while one of which is active the clock stands still: of the `timer` of an
    /// event beside an activity, in between or of an event sub-process, so that a phase or the whole case has a time limit in
    /// which corrections and appraisals do not count.
    #[serde(default)]
    pub paused_by: OneOrMany<NodeName>,
}

/// A multi-instance activity: its node runs once an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForEach {
    /// The list, an expression.
    #[serde(rename = "in")]
    pub list: String,
    /// What expressions inside call the item.
    #[serde(rename = "as")]
    pub item: String,
    /// What people call an item, an expression as the run sees it: tasks of its run are told apart by it.
    #[serde(default)]
    pub label: Option<String>,
    /// All at once, or one after another.
    #[serde(default)]
    pub mode: Mode,
    /// Done early when this is true; asked after every run, of all runs: it sees what they left
    /// behind, not the item of one of them. The rest is cancelled.
    #[serde(default)]
    pub until: Option<String>,
    /// What a run gives when it is done, an expression as the run sees it; goes `into` a list.
    #[serde(default)]
    pub result: Option<String>,
    /// The variable that gets the results, in the order of the items: `null` for what is not done.
    #[serde(default)]
    pub into: Option<String>,
}

/// A standard loop: its node runs again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Loop {
    /// It runs again while this is true.
    #[serde(rename = "while")]
    pub condition: String,
    /// Whether that is asked before the first run as well: then there may be none.
    #[serde(default)]
    pub test_before: bool,
    /// It runs so often at most, up to 1,000, and stops then. Where nothing is said, more than 100 runs
    /// are an incident.
    #[serde(default)]
    pub max: Option<u32>,
}

/// How a multi-instance activity runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Default)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// All at once.
    #[default]
    Parallel,
    /// One after another.
    Sequential,
}

/// A document that a task shows or writes: its name, or with rights by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum DocumentUse {
    /// All of it.
    Whole(DocumentName),
    /// By field.
    ByField(DocumentRights),
}

impl DocumentUse {
    /// The document's name.
    pub const fn document(&self) -> &DocumentName {
        match self {
            Self::Whole(document) => document,
            Self::ByField(rights) => &rights.document,
        }
    }
}

impl<'de> Deserialize<'de> for DocumentUse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UseVisitor;
        impl<'de> Visitor<'de> for UseVisitor {
            type Value = DocumentUse;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a document, or `{ document: …, fields: … }`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<DocumentUse, E> {
                Ok(DocumentUse::Whole(text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DocumentUse, A::Error> {
                DocumentRights::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(DocumentUse::ByField)
            }
        }
        deserializer.deserialize_any(UseVisitor)
    }
}

/// A document with rights by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentRights {
    /// The document.
    pub document: DocumentName,
    /// Rights of single fields: hidden, read or edit; of a table's columns by `rows.price`. A row with
    /// something in a column that may not be edited stays in its place: others come behind it.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldRight>,
    /// Of what is shown, these fields and columns (`rows.price`) alone: any other is hidden, also one that
    /// the form gets later. What a public page is to show is best said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
}

/// What a step may do with a field.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum FieldRight {
    /// Not even see it.
    Hidden,
    /// See it.
    Read,
    /// Write it.
    Edit,
}
