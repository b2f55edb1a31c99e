//! Every BPMN element, one file each: its YAML and its behaviour. To add one: write the file, add
//! its line to `elements!`, test its events in `step`, write a scenario. No element's own rule belongs
//! here.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::actor::Principal;
use crate::command::{Command, Content};
use crate::definition::source::{ForEach, Loop, To};
use crate::definition::{Compiler, Using};
use crate::event::Recipient;
use crate::ids::{Key, NodeName, OutcomeName, PersonId, RoleName};
use crate::instance::Timer;
use crate::rejection::Rejection;
use crate::step::triggers::Trigger;
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

    /// Whether a token can stay on it, or on something inside it.
    fn waits(&self) -> bool {
        self.nodes().is_some_and(|nodes| nodes.values().any(Element::waits))
    }

    /// Whether it is an activity.
    fn is_activity(&self) -> bool {
        false
    }

    /// Whether a token can go on to the next node; not where every way is named.
    fn goes_on(&self) -> bool {
        true
    }

    /// What a case that is there rests on, by keys: the same in a version that it goes over to as it is.
    fn rests_on(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The nodes inside it, where it is a sub-process.
    fn nodes(&self) -> Option<&IndexMap<NodeName, Element>> {
        None
    }

    /// Whether it stands beside the order of the file: no token goes on to it from the node before.
    fn stands_aside(&self) -> bool {
        false
    }
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

    /// Its condition on the tokens that came, where it waits for that.
    fn activation(&self) -> Option<&crate::expression::Expression> {
        None
    }

    /// Whether it is a scope: done when nothing is active in it any more.
    fn is_scope(&self) -> bool {
        false
    }

    /// How people choose its activities, where it is an ad-hoc sub-process.
    fn choosing(&self) -> Option<&crate::step::choosing::Choosing> {
        None
    }

    /// One of the activation's own clocks ran out.
    fn fire(&self, _step: &mut Step<'_>, key: Key, _timer: &Timer) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "something with a clock".into() }.into())
    }

    /// Gives a task of one who is away to their deputy; whether it went there.
    fn depute(&self, _step: &mut Step<'_>, _key: Key) -> Result<bool, Halt> {
        Ok(false)
    }

    /// How a token goes on that it may let pass without asking anybody.
    fn unasked(&self) -> Option<user_task::Pass> {
        None
    }

    /// What begins it, where that is an event.
    fn trigger(&self) -> Option<&Trigger> {
        None
    }

    /// What it waits for at the activation has happened: a message came, a condition became true.
    fn happen(
        &self,
        _step: &mut Step<'_>,
        key: Key,
        _payload: Option<&Content>,
    ) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "something that waits for an event".into() }
            .into())
    }

    /// Whether it is an event sub-process: it listens while the scope around it is active.
    fn listens(&self) -> bool {
        false
    }

    /// An event sub-process: what begins it was thrown in the scope.
    fn happen_in(
        &self,
        _step: &mut Step<'_>,
        scope: Key,
        _payload: Option<&Content>,
    ) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key: scope, expected: "an event sub-process".into() }.into())
    }

    /// All that the activation wanted undone is undone.
    fn compensated(&self, _step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "something that compensates".into() }.into())
    }

    /// When one of its reminders goes out, by its number.
    fn reminder(&self, _number: u32) -> Option<crate::clock::ReminderSpec> {
        None
    }

    /// A command about the activation that only this element knows.
    fn command(&self, _step: &mut Step<'_>, key: Key, command: &Command) -> Result<(), Halt> {
        let expected = format!("something that can do `{}`", command.name());
        Err(Rejection::WrongKind { key, expected }.into())
    }

    /// Roles whose holders may let it run longer, beside whoever does it.
    fn extenders(&self) -> Vec<&RoleName> {
        Vec::new()
    }

    /// To whom it is offered by role, as things stand at an activation of another node.
    fn offered_to(&self, _step: &Step<'_>, _at: Key) -> Result<Vec<Principal>, Halt> {
        Ok(Vec::new())
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

    /// Who is told when it is taken away: whoever has the task, or handed something in.
    fn concerned(&self, step: &Step<'_>, key: Key) -> Result<Vec<Recipient>, Halt> {
        Ok(step.holders(key))
    }

    /// Something else ends it: what it has is kept.
    fn ended_early(&self, _step: &mut Step<'_>, _key: Key) {}

    /// Whether it would take something from whoever asks, whatever that is.
    fn admits(&self, _step: &Step<'_>, key: Key) -> Result<(), Halt> {
        Err(Rejection::WrongKind { key, expected: "an intake".into() }.into())
    }

    /// What may be done with it beside deciding it, with the reason where it is off.
    fn operations(&self, _step: &Step<'_>, _key: Key) -> Vec<crate::operation::Allowed> {
        Vec::new()
    }

    /// Who is asked for an item of its list: the item, another in its place, or nobody.
    fn signer(&self, _step: &Step<'_>, _key: Key, item: Value) -> Result<Option<Value>, Halt> {
        Ok(Some(item))
    }

    /// Refuses a person who may never do it.
    fn check_fit(&self, step: &Step<'_>, key: Key, person: &PersonId) -> Result<(), Halt> {
        step.check_apart(key, person)
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

mod label;
mod node;
mod reading;
mod unread;
mod ways;

pub use label::label;
pub(crate) use node::{node, truth};
pub use reading::NESTED_ERROR_MARK;
pub(crate) use ways::{Join, Way, WayKind};

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

            /// Each kind with what its own type says of it.
            pub(crate) fn schemas() -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($kind, schemars::schema_for!($module::$name)),)+]
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

            /// Warnings that its author stands by, by code, with the reason.
            pub(crate) const fn accept(&self) -> &BTreeMap<String, Text> {
                match self {
                    $(Self::$name(element) => &element.accept,)+
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

            /// What something that began there rests on, by keys of the YAML.
            pub(crate) fn rests_on(&self) -> Vec<(&'static str, String)> {
                match self {
                    $(Self::$name(element) => element.rests_on(),)+
                }
            }

            /// The nodes inside it, where it is a sub-process.
            pub fn nodes(&self) -> Option<&IndexMap<NodeName, Self>> {
                match self {
                    $(Self::$name(element) => element.nodes(),)+
                }
            }

            /// Whether it stands beside the order of the file.
            pub(crate) fn stands_aside(&self) -> bool {
                match self {
                    $(Self::$name(element) => element.stands_aside(),)+
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

            /// How it is repeated.
            pub const fn again(&self) -> Option<&Loop> {
                match self {
                    $(Self::$name(element) => element.again.as_ref(),)+
                }
            }
        }
    };
}

elements! {
    ad_hoc_sub_process::AdHocSubProcess = "adHocSubProcess",
    boundary_event::BoundaryEvent = "boundaryEvent",
    business_rule_task::BusinessRuleTask = "businessRuleTask",
    call_activity::CallActivity = "callActivity",
    complex_gateway::ComplexGateway = "complexGateway",
    draw::Draw = "draw",
    end_event::EndEvent = "endEvent",
    event_based_gateway::EventBasedGateway = "eventBasedGateway",
    event_sub_process::EventSubProcess = "eventSubProcess",
    exclusive_gateway::ExclusiveGateway = "exclusiveGateway",
    inclusive_gateway::InclusiveGateway = "inclusiveGateway",
    intake::Intake = "intake",
    intermediate_catch_event::IntermediateCatchEvent = "intermediateCatchEvent",
    intermediate_throw_event::IntermediateThrowEvent = "intermediateThrowEvent",
    manual_task::ManualTask = "manualTask",
    notify::Notify = "notify",
    parallel_gateway::ParallelGateway = "parallelGateway",
    publish::Publish = "publish",
    receive_task::ReceiveTask = "receiveTask",
    record::Record = "record",
    script_task::ScriptTask = "scriptTask",
    send_task::SendTask = "sendTask",
    service_task::ServiceTask = "serviceTask",
    start_event::StartEvent = "startEvent",
    sub_process::SubProcess = "subProcess",
    transaction::Transaction = "transaction",
    user_task::UserTask = "userTask",
}

/// Whom something goes to: a role, `initiator`, or an expression that gives people or addresses.
pub type Audience = crate::definition::source::OneOrMany<String>;
