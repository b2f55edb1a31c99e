//! Every BPMN element, one file each: its YAML, its behaviour, its tests. To add one: write the
//! file, add its line to `elements!`, write a scenario. No element's own rule belongs here.

use std::sync::Arc;

use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::command::{Command, Content};
use crate::definition::source::{ForEach, To};
use crate::definition::{Compiler, Using};
use crate::event::TimerPurpose;
use crate::ids::{Key, NodeName, OutcomeName};
use crate::rejection::Rejection;
use crate::step::{Halt, Step};
use crate::text::Text;

/// What an element's YAML can do before it runs.
pub(crate) trait Source {
    /// Compiles it; none when it has errors, which are then reported.
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>>;

    /// Ways on beside `to`.
    fn ways(&self) -> Vec<Way> {
        Vec::new()
    }

    /// Whether a token can stay on it.
    fn waits(&self) -> bool {
        false
    }

    /// Whether it is an activity.
    fn is_activity(&self) -> bool {
        false
    }

    /// Whether a token can go on to the next node; not where every way is named.
    fn goes_on(&self) -> bool {
        true
    }
}

/// A way on that an element names itself.
pub(crate) struct Way {
    /// Where in the node it is named.
    pub(crate) keys: Vec<String>,
    pub(crate) to: NodeName,
    pub(crate) kind: WayKind,
}

/// What makes a token take such a way.
pub(crate) enum WayKind {
    Outcome(OutcomeName),
    None,
    Fewer,
    Overdue,
}

/// How an element treats tokens that come in by several flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// Each token activates it.
    Each,
    /// It waits for one on every flow.
    All,
    /// It waits for what can still come.
    Reachable,
}

/// What an element does when it runs. Work out everything that can fail first, then emit: an
/// incident leaves the activation as it was, and a retry begins it again.
pub(crate) trait Behavior: std::fmt::Debug + Send + Sync {
    /// A token has come and the activation exists.
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt>;

    /// How it treats several incoming flows.
    fn join(&self) -> Join {
        Join::Each
    }

    /// Whether it is a scope: done when nothing is active in it any more.
    fn is_scope(&self) -> bool {
        false
    }

    /// One of the activation's own clocks ran out.
    fn fire(&self, _step: &mut Step<'_>, key: Key, _purpose: &TimerPurpose) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "something with a clock".into() }.into())
    }

    /// A message that the activation waits for has come.
    fn deliver(
        &self,
        _step: &mut Step<'_>,
        key: Key,
        _payload: Option<&Content>,
    ) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "something that waits for a message".into() }
            .into())
    }

    /// A command about the activation that only this element knows.
    fn command(&self, _step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        let expected = format!("something that can do `{}`", command.name());
        Err(Rejection::WrongKind { key, expected }.into())
    }

    /// Documents that it shows to whoever does it.
    fn shows(&self) -> &[Using] {
        &[]
    }

    /// Documents that whoever does it writes.
    fn edits(&self) -> &[Using] {
        &[]
    }

    /// Outcomes that whoever does it may choose now.
    fn offered(&self, _step: &Step<'_>, _key: Key) -> Result<Vec<OutcomeName>, Halt> {
        Ok(Vec::new())
    }

    /// What may be done with it beside deciding it, with the reason where it is off.
    fn operations(&self, _step: &Step<'_>, _key: Key) -> Vec<crate::operation::Allowed> {
        Vec::new()
    }

    /// Whether whoever asks may end the case from it.
    fn may_terminate(&self, _step: &Step<'_>, key: Key) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "a task for a person".into() }.into())
    }

    /// Whether the definition allows an operation on it at all.
    fn allows(&self, _operation: crate::operation::Operation) -> bool {
        false
    }

    /// A boundary event is armed on its host when that is activated.
    fn arm(&self, _step: &mut Step<'_>, _host: Key) -> Result<(), Halt> {
        Ok(())
    }
}

/// Declares an element's YAML struct: its own keys and those that every node has.
macro_rules! node {
    ($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident : $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            /// Its name for people.
            #[serde(default)]
            pub name: Option<$crate::text::Text>,
            /// The legal basis, shown to whoever does it.
            #[serde(default)]
            pub basis: Option<String>,
            /// What a person should know of it.
            #[serde(default)]
            pub documentation: Option<$crate::text::Text>,
            /// Where it goes on; the next node in the file where nothing is said.
            #[serde(default)]
            pub to: Option<$crate::definition::source::To>,
            /// Runs once for each item of a list (activities only).
            #[serde(default)]
            pub for_each: Option<$crate::definition::source::ForEach>,
            $($(#[$field_doc])* pub $field: $kind,)*
        }
    };
}
pub(crate) use node;

/// Declares the elements: module, struct and the name that YAML gives it in `type:`.
macro_rules! elements {
    ($($module:ident :: $name:ident = $kind:literal,)+) => {
        $(pub mod $module;)+

        /// A node as its author writes it: `type:` says which element it is.
        #[derive(Debug, Clone, PartialEq, Serialize, schemars::JsonSchema)]
        #[serde(tag = "type")]
        pub enum Element {
            $(
                #[doc = concat!("`", $kind, "`")]
                #[serde(rename = $kind)]
                $name(Box<$module::$name>),
            )+
        }

        /// What `type:` may be.
        pub const KINDS: &[&str] = &[$($kind),+];

        impl Element {
            /// The element of a kind, from its keys without `type`.
            pub fn deserialize_kind<'de, D: Deserializer<'de>>(
                kind: &str,
                deserializer: D,
            ) -> Result<Self, D::Error> {
                match kind {
                    $($kind => $module::$name::deserialize(deserializer)
                        .map(|element| Self::$name(Box::new(element))),)+
                    other => Err(de::Error::unknown_variant(other, KINDS)),
                }
            }

            /// The element of a kind, from what stands beside its `type`.
            fn of_variant<'de, A: de::VariantAccess<'de>>(
                kind: &str,
                content: A,
            ) -> Result<Self, A::Error> {
                match kind {
                    $($kind => content.newtype_variant::<Box<$module::$name>>().map(Self::$name),)+
                    other => Err(de::Error::unknown_variant(other, KINDS)),
                }
            }

            /// What `type:` says.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $kind,)+
                }
            }

            /// Its name for people.
            pub const fn name(&self) -> Option<&Text> {
                match self {
                    $(Self::$name(element) => element.name.as_ref(),)+
                }
            }

            /// Its legal basis.
            pub fn basis(&self) -> Option<&str> {
                match self {
                    $(Self::$name(element) => element.basis.as_deref(),)+
                }
            }

            /// What a person should know of it.
            pub const fn documentation(&self) -> Option<&Text> {
                match self {
                    $(Self::$name(element) => element.documentation.as_ref(),)+
                }
            }

            /// Where it says it goes on.
            pub const fn to(&self) -> Option<&To> {
                match self {
                    $(Self::$name(element) => element.to.as_ref(),)+
                }
            }

            /// Compiles it; none when it has errors, which are then reported.
            pub(crate) fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
                match self {
                    $(Self::$name(element) => element.compile(compiler),)+
                }
            }

            /// Ways on beside `to`.
            pub(crate) fn ways(&self) -> Vec<Way> {
                match self {
                    $(Self::$name(element) => element.ways(),)+
                }
            }

            /// Whether a token can stay on it: a loop needs such a node.
            pub fn waits(&self) -> bool {
                match self {
                    $(Self::$name(element) => element.waits(),)+
                }
            }

            /// Whether a token can go on to the next node in the file.
            pub(crate) fn goes_on(&self) -> bool {
                match self {
                    $(Self::$name(element) => element.goes_on(),)+
                }
            }

            /// Whether it is an activity (a task or a sub-process), not an event or a gateway.
            pub fn is_activity(&self) -> bool {
                match self {
                    $(Self::$name(element) => element.is_activity(),)+
                }
            }

            /// The list it runs over.
            pub const fn for_each(&self) -> Option<&ForEach> {
                match self {
                    $(Self::$name(element) => element.for_each.as_ref(),)+
                }
            }
        }
    };
}

elements! {
    boundary_event::BoundaryEvent = "boundaryEvent",
    business_rule_task::BusinessRuleTask = "businessRuleTask",
    call_activity::CallActivity = "callActivity",
    draw::Draw = "draw",
    end_event::EndEvent = "endEvent",
    exclusive_gateway::ExclusiveGateway = "exclusiveGateway",
    inclusive_gateway::InclusiveGateway = "inclusiveGateway",
    intake::Intake = "intake",
    intermediate_catch_event::IntermediateCatchEvent = "intermediateCatchEvent",
    intermediate_throw_event::IntermediateThrowEvent = "intermediateThrowEvent",
    notify::Notify = "notify",
    parallel_gateway::ParallelGateway = "parallelGateway",
    publish::Publish = "publish",
    record::Record = "record",
    script_task::ScriptTask = "scriptTask",
    service_task::ServiceTask = "serviceTask",
    start_event::StartEvent = "startEvent",
    sub_process::SubProcess = "subProcess",
    user_task::UserTask = "userTask",
}

/// Separates a path from the message in a nested error, so that the reader of YAML can find the
/// place inside a node: `\0path.with.dots\0message`.
pub const NESTED_ERROR_MARK: char = '\u{0}';

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(crate::yaml::TAGGED, ElementVisitor)
    }
}

/// Reads an element from a tree of YAML, which has a place for every key, or from anything else.
struct ElementVisitor;

impl<'de> de::Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an element: keys with values, among them `type`")
    }

    fn visit_enum<A: de::EnumAccess<'de>>(self, data: A) -> Result<Element, A::Error> {
        let (kind, content) = data.variant::<String>()?;
        Element::of_variant(&kind, content)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Element, D::Error> {
        Element::deserialize_buffered(deserializer)
    }
}

impl Element {
    /// Reads an element from a format without places.
    fn deserialize_buffered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut keys = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        let kind = match keys.remove("type") {
            Some(serde_json::Value::String(kind)) => kind,
            Some(other) => {
                let message = format!(
                    "{NESTED_ERROR_MARK}type{NESTED_ERROR_MARK}expected an element such as `userTask`, found {other}"
                );
                return Err(de::Error::custom(message));
            }
            None => return Err(de::Error::missing_field("type")),
        };
        if !KINDS.contains(&kind.as_str()) {
            let message = format!(
                "{NESTED_ERROR_MARK}type{NESTED_ERROR_MARK}unknown variant `{kind}`, expected one of {}",
                KINDS.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", ")
            );
            return Err(de::Error::custom(message));
        }
        let mut track = serde_path_to_error::Track::new();
        let value = serde_json::Value::Object(keys);
        let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
        Self::deserialize_kind(&kind, tracked).map_err(|error: serde_json::Error| {
            let path = track.path();
            let message = error.to_string();
            // An inner node has said where already: its path goes behind ours.
            match message
                .strip_prefix(NESTED_ERROR_MARK)
                .and_then(|rest| rest.split_once(NESTED_ERROR_MARK))
            {
                Some((inner, message)) => de::Error::custom(format!(
                    "{NESTED_ERROR_MARK}{path}.{inner}{NESTED_ERROR_MARK}{message}"
                )),
                None => de::Error::custom(format!(
                    "{NESTED_ERROR_MARK}{path}{NESTED_ERROR_MARK}{message}"
                )),
            }
        })
    }
}

/// Whom something goes to: a role, `initiator`, or an expression that gives people or addresses.
pub type Audience = crate::definition::source::OneOrMany<String>;

/// A node's name in messages.
pub fn label<'a>(
    name: &'a NodeName,
    element: &'a Element,
    language: crate::text::Language,
) -> &'a str {
    element.name().map_or(name.as_str(), |text| text.get(language))
}

/// What a key that is true by default defaults to.
pub(crate) const fn truth() -> bool {
    true
}
