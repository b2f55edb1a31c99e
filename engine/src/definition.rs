//! A process definition, compiled: the graph of nodes and flows that `step` runs on. Immutable;
//! a case keeps the version it began with. YAML structure is in `source`, checks in `compile`.

mod back;
pub(crate) mod compile;
mod compiler;
mod dominance;
mod each;
mod extension;
mod known;
mod opinions;
mod pausing;
mod readers;
mod register;
mod returns;
pub mod source;
pub(crate) mod starts;
mod time;
mod using;
mod variables;
mod way;
mod ways;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::calendar::{Calendar, Calendars, Zone};
use crate::clock::{self, DurationSpec, Options, Span};
use crate::decision::Decision;
use crate::elements::{Behavior, Element};
use crate::expression::{Environment, Expression};
use crate::form::{Form, Rule};
use crate::ids::{
    CalendarName, DecisionName, DocumentName, FormName, MessageName, NodeName, NoticeName,
    OutcomeName, ProcessName, RegisterName, RoleName,
};
use crate::operation::Operation;
use crate::text::Text;
use crate::time::Timestamp;

pub use crate::series::{Series, SeriesError};
pub(crate) use compile::secrets::LATER;
pub(crate) use compiler::{Compiler, Dynamic};
pub(crate) use each::{Each, Listed, Results, Until};
pub(crate) use extension::Extension;
pub(crate) use known::{Doubts, Known};
pub use opinions::Opinions;
pub use readers::{Readers, Scope};
pub use register::Register;
pub use starts::{Begins, StartTime};
pub(crate) use time::When;
pub use using::Using;

use source::{NoticesSource, VariableType};

/// How long a message is kept where no process says so, in milliseconds: 30 days.
pub const MESSAGE_KEPT_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Whoever began the case, among the roles that read a document.
pub const INITIATOR: &str = "initiator";

/// What a process may refer to beside itself: the rest of its pack, compiled.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Forms by name.
    pub forms: BTreeMap<FormName, Arc<Form>>,
    /// Decision tables by name, as written: they are compiled against each process that asks.
    pub decisions: BTreeMap<DecisionName, Arc<crate::decision::DecisionSource>>,
    /// Tables that could not be read whole: they are looked at with each process that asks.
    pub faulty_decisions: BTreeMap<DecisionName, Arc<crate::decision::DecisionSource>>,
    /// Registers by name, with their number series.
    pub registers: BTreeMap<RegisterName, Register>,
    /// Roles by name.
    pub roles: BTreeMap<RoleName, Text>,
    /// Notice templates there are.
    pub notices: std::collections::BTreeSet<NoticeName>,
    /// Other processes of the pack, with their documents and whether each is a list.
    pub processes: BTreeMap<ProcessName, BTreeMap<DocumentName, (FormName, bool)>>,
    /// How cases of those may end; of one that could not be read whole nothing is known.
    pub endings: BTreeMap<ProcessName, std::collections::BTreeSet<OutcomeName>>,
    /// Calendars by name.
    pub calendars: Calendars,
    /// The calendar of processes that name none.
    pub calendar: Option<CalendarName>,
    /// The time zone of processes without a calendar.
    pub zone: Option<Zone>,
    /// What is known of the holders of a role beside their name and unit, where the pack names
    /// people: the names of their `fields`.
    pub people_fields: BTreeMap<RoleName, BTreeSet<String>>,
    /// Whether types are taken as written: `any` is then anything, and so is what is not said.
    pub as_written: bool,
}

impl Library {
    /// What expressions know without any name: the days of a calendar, or else of the pack's.
    pub(crate) fn environment(&self, calendar: Option<&CalendarName>) -> Environment {
        let calendar = calendar.or(self.calendar.as_ref());
        let known = calendar.map(|name| (name, self.calendars.get(name)));
        match (known, self.zone) {
            (Some((_, Some(calendar))), _) => Environment::new().with_calendar(calendar.clone()),
            (None, Some(zone)) => Environment::new().with_zone(zone.tz()),
            (None, None) => Environment::new(),
            // That it is not there is told where it is named.
            (Some((name, None)), zone) => {
                let weekends = Calendar::weekends(name.clone(), zone.unwrap_or(Zone::UTC));
                Environment::new().with_calendar(Arc::new(weekends))
            }
        }
    }
}

/// A compiled process.
#[derive(Debug)]
pub struct Definition {
    pub(crate) process: ProcessName,
    pub(crate) version: u32,
    pub(crate) name: Text,
    pub(crate) nodes: Vec<Node>,
    pub(crate) by_name: HashMap<NodeName, usize>,
    pub(crate) flows: Vec<Flow>,
    /// The node that begins the case: when a person or another case begins it, where it may.
    pub(crate) start: usize,
    /// Nodes that begin a case by themselves, when an event happens.
    pub(crate) event_starts: Vec<usize>,
    /// Event sub-processes of the case itself.
    pub(crate) listeners: Vec<usize>,
    /// Tasks that one person must not do both, each by its name: every rule `separate` from both sides.
    pub(crate) apart: BTreeMap<NodeName, Vec<NodeName>>,
    /// Of nodes that somebody or a clock may lead to, by which flows that is a way back.
    pub(crate) back: BTreeMap<usize, back::Back>,
    /// Whether anything in it waits for a condition.
    pub(crate) has_conditions: bool,
    pub(crate) documents: IndexMap<DocumentName, Document>,
    pub(crate) variables: BTreeMap<String, Option<Value>>,
    pub(crate) variable_types: BTreeMap<String, VariableType>,
    /// Variables that are shown to people, with what these call them.
    pub(crate) results: Vec<(String, Text)>,
    /// How long messages are kept, where it says so.
    pub(crate) messages: BTreeMap<MessageName, Span>,
    pub(crate) notices: NoticesSource,
    pub(crate) started_by: Vec<RoleName>,
    pub(crate) operations: BTreeSet<Operation>,
    /// Nodes from which on an operation of whoever began the case is off.
    pub(crate) until: BTreeMap<Operation, NodeName>,
    pub(crate) opinions: Opinions,
    pub(crate) readers: Vec<Readers>,
    pub(crate) calendar: CalendarName,
    pub(crate) number: Option<Series>,
    pub(crate) title: Option<Expression>,
    pub(crate) registers: BTreeMap<RegisterName, Register>,
    pub(crate) role_names: BTreeMap<RoleName, Text>,
}

/// A document of the case file.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its name for people.
    pub name: Text,
    /// Its form.
    pub form: Arc<Form>,
    /// Whether it is a list of entries.
    pub list: bool,
    /// Roles that may read it beside those of the case.
    pub readers: Vec<RoleName>,
    /// Whether whoever only writes entries reads their own alone.
    pub apart: bool,
    /// Rules of its form that see the case.
    pub(crate) rules: Arc<[Rule]>,
}

/// A node of the graph.
#[derive(Debug)]
pub struct Node {
    pub(crate) name: NodeName,
    pub(crate) element: Element,
    pub(crate) behavior: Arc<dyn Behavior>,
    /// The sub-process it is in.
    pub(crate) scope: Option<usize>,
    pub(crate) incoming: Vec<usize>,
    pub(crate) outgoing: Vec<usize>,
    /// Boundary events that stand on it.
    pub(crate) boundaries: Vec<usize>,
    /// Few nodes have one, and it is large.
    pub(crate) each: Option<Box<Each>>,
    /// Where its inner nodes begin, for a sub-process.
    pub(crate) inner_start: Option<usize>,
    /// Its activities that people begin, for an ad-hoc sub-process.
    pub(crate) choices: Vec<usize>,
    /// Event sub-processes inside it.
    pub(crate) listeners: Vec<usize>,
    /// Where the ways of their own begin that it belongs to, the innermost first; each at one of these.
    pub(crate) ways: Vec<Vec<usize>>,
    /// What undoes it once it is done.
    pub(crate) compensation: Option<usize>,
    /// How much is known of where tokens go from it.
    pub(crate) known: Known,
}

/// A way from one node to another.
#[derive(Debug)]
pub struct Flow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) kind: FlowKind,
    pub(crate) name: Option<Text>,
}

/// What makes a token take a flow.
#[derive(Debug)]
pub(crate) enum FlowKind {
    /// It is the way on.
    Next,
    /// A condition.
    When(Expression),
    /// No condition was true.
    Default,
    /// An outcome of a task.
    Outcome(OutcomeName),
    /// An intake got nothing.
    None,
    /// An intake got too little.
    Fewer,
    /// A deadline has passed.
    Overdue,
}

impl FlowKind {
    /// Whether its condition is written out as true.
    pub(crate) fn is_always(&self) -> bool {
        matches!(self, Self::When(when) if when.constant() == Some(serde_json::Value::Bool(true)))
    }

    /// Whether it is a return where it leads to what was done before: of an outcome or a deadline.
    pub(crate) const fn may_return(&self) -> bool {
        matches!(self, Self::Outcome(_) | Self::Overdue)
    }

    pub(crate) fn key(&self) -> String {
        match self {
            Self::Next => "next".into(),
            Self::When(condition) => condition.source().into(),
            Self::Default => "default".into(),
            Self::Outcome(outcome) => format!("outcome {outcome}"),
            Self::None => "none".into(),
            Self::Fewer => "fewer".into(),
            Self::Overdue => "overdue".into(),
        }
    }
}

impl Definition {
    /// The process.
    pub const fn process(&self) -> &ProcessName {
        &self.process
    }

    /// The version, from 1.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Its name for people.
    pub const fn name(&self) -> &Text {
        &self.name
    }

    /// Its documents.
    pub const fn documents(&self) -> &IndexMap<DocumentName, Document> {
        &self.documents
    }

    /// Roles whose holders may begin a case.
    pub fn started_by(&self) -> &[RoleName] {
        &self.started_by
    }

    /// What may be done with a case as a whole.
    pub const fn operations(&self) -> &BTreeSet<Operation> {
        &self.operations
    }

    /// Roles by name, for people.
    pub const fn roles(&self) -> &BTreeMap<RoleName, Text> {
        &self.role_names
    }

    /// Its registers.
    pub const fn registers(&self) -> &BTreeMap<RegisterName, Register> {
        &self.registers
    }

    /// Which notices go out by themselves.
    pub const fn notices(&self) -> &NoticesSource {
        &self.notices
    }

    /// The type of a variable; none where it has no such variable.
    pub fn variable_type(&self, name: &str) -> Option<VariableType> {
        self.variable_types.get(name).copied()
    }

    /// The calendar of its deadlines.
    pub const fn calendar(&self) -> &CalendarName {
        &self.calendar
    }

    /// Until when a message that is sent at a time is kept for whoever waits for it; none where the
    /// process does not say.
    pub fn message_kept_until(
        &self,
        message: &MessageName,
        sent: Timestamp,
        calendars: &Calendars,
    ) -> Option<Timestamp> {
        let keep = DurationSpec::Span(*self.messages.get(message)?);
        let calendar = calendars.get(&self.calendar)?;
        Some(clock::due(&keep, sent, calendar, Options::default()).until)
    }

    /// Every node, in the order of the file.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Every flow; an event names one by its place here.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// A node by name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.by_name.get(name).and_then(|index| self.nodes.get(*index))
    }

    pub(crate) fn index(&self, name: &NodeName) -> usize {
        self.by_name.get(name).copied().expect("instances name nodes of their own definition")
    }
}

impl Node {
    /// Its name in YAML.
    pub const fn name(&self) -> &NodeName {
        &self.name
    }

    /// As its author wrote it.
    pub const fn element(&self) -> &Element {
        &self.element
    }

    /// What people call it.
    pub fn label(&self, language: crate::text::Language) -> &str {
        crate::elements::label(&self.name, &self.element, language)
    }

    /// Documents that its task shows, with the rights of their fields.
    pub fn shows(&self) -> &[Using] {
        self.behavior.shows()
    }

    /// Documents that its task writes, with the rights of their fields.
    pub fn edits(&self) -> &[Using] {
        self.behavior.edits()
    }

    /// The node's sub-process, as a place in `Definition::nodes`.
    pub const fn scope(&self) -> Option<usize> {
        self.scope
    }
}

impl Flow {
    /// From which node, as a place in `Definition::nodes`.
    pub const fn from(&self) -> usize {
        self.from
    }

    /// To which node.
    pub const fn to(&self) -> usize {
        self.to
    }

    /// What a person reads on it.
    pub const fn name(&self) -> Option<&Text> {
        self.name.as_ref()
    }

    /// What makes a token take it, in a word: `next`, `default`, `outcome accept`, a condition.
    pub fn when(&self) -> String {
        self.kind.key()
    }
}

/// A decision table that a process asks, compiled against its names.
pub(crate) type CompiledDecision = Arc<Decision>;

#[cfg(test)]
mod tests {
    use super::Series;

    #[test]
    fn a_series_writes_its_numbers() {
        for (pattern, expected) in [
            ("普授运备〔{year}〕{number:04}号", "普授运备〔2026〕0007号"),
            ("{number}", "7"),
            ("A-{year}-{number:02}", "A-2026-07"),
        ] {
            let series = Series::parse(pattern).expect("the pattern is good");
            assert_eq!(series.format(2026, 7), expected);
        }
        for pattern in ["abc", "{number", "{number:4}", "{number}{nr}", "{number:0x}"] {
            assert!(Series::parse(pattern).is_err(), "{pattern}");
        }
    }
}
