//! Waits for several events; the first that happens says which way is taken. Or begins a case when
//! one of them happens (BPMN 2.0.2, 10.6.6).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Behavior, Element, Source};
use crate::command::Command;
use crate::definition::Compiler;
use crate::definition::source::{Target, To};
use crate::event::Because;
use crate::ids::Key;
use crate::problem::Problem;
use crate::step::{Halt, Step};

super::node! {
    /// Waits for the events that it leads to: the first that happens is passed, the others are
    /// forgotten.
    pub struct EventBasedGateway {
        /// Whether it begins a case: when one of its events happens. They then are messages or
        /// signals, and nothing leads to it.
        #[serde(default)]
        pub instantiate: bool,
        /// Which of its events a case that it began needs.
        #[serde(default)]
        pub event_gateway_type: EventGatewayType,
    }
}

/// Which of its events a case needs that an event-based gateway began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum EventGatewayType {
    /// The one that happened: the others are forgotten.
    #[default]
    Exclusive,
    /// All of them: it waits for the others. They are messages, which find the case by their `key`.
    Parallel,
}

impl Source for EventBasedGateway {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let targets = match &self.to {
            Some(To::Many(targets)) if targets.len() > 1 => targets.as_slice(),
            Some(To::One(_) | To::Many(_)) | None => {
                let message = "expected `to` with at least two events to wait for";
                compiler.report(&["to"], Problem::error("badEventGateway", message));
                return None;
            }
        };
        for (at, target) in targets.iter().enumerate() {
            let at = at.to_string();
            let name = match target {
                Target::Node(name) => name,
                Target::Branch(branch) => &branch.to,
            };
            let is_event = match compiler.named(name) {
                Some(Element::IntermediateCatchEvent(event)) => event.link.is_none(),
                Some(Element::ReceiveTask(_)) => true,
                Some(_) => false,
                // Reported where the flow is drawn.
                None => true,
            };
            if !is_event {
                let message = format!(
                    "expected an intermediateCatchEvent or a receiveTask, but `{name}` is none"
                );
                compiler.report(&["to", &at], Problem::error("badEventGateway", message));
            }
        }
        let is_parallel = self.event_gateway_type == EventGatewayType::Parallel;
        if is_parallel && !self.instantiate {
            let message = "expected `instantiate: true` beside it: only at the beginning of a case \
                           may a gateway wait for all of its events; elsewhere fork with a \
                           parallelGateway";
            compiler.report(&["eventGatewayType"], Problem::error("badEventGateway", message));
        }
        if self.instantiate {
            self.check_beginnings(compiler, targets);
        }
        Some(Arc::new(EventBased { is_parallel }))
    }

    fn waits(&self) -> bool {
        true
    }

    fn stands_aside(&self) -> bool {
        self.instantiate
    }
}

impl Element {
    /// Whether one of several events behind it decides where a token goes.
    pub(crate) fn waits_for_one_event(&self) -> bool {
        match self {
            Self::EventBasedGateway(gateway) => {
                gateway.event_gateway_type == EventGatewayType::Exclusive
            }
            _ => false,
        }
    }
}

impl EventBasedGateway {
    /// Only what comes from outside can begin a case.
    fn check_beginnings(&self, compiler: &mut Compiler<'_>, targets: &[Target]) {
        let is_parallel = self.event_gateway_type == EventGatewayType::Parallel;
        for (at, target) in targets.iter().enumerate() {
            let name = match target {
                Target::Node(name) => name,
                Target::Branch(branch) => &branch.to,
            };
            let (at, begins) = (at.to_string(), match compiler.named(name) {
                Some(Element::IntermediateCatchEvent(event)) => {
                    event.message.is_some() || (event.signal.is_some() && !is_parallel)
                }
                _ => true,
            });
            if !begins {
                let what = if is_parallel { "a message" } else { "a message or a signal" };
                let message = format!("expected {what} to begin a case, but `{name}` is none");
                compiler.report(&["to", &at], Problem::error("badEventGateway", message));
            }
        }
    }
}

#[derive(Debug)]
struct EventBased {
    is_parallel: bool,
}

impl Behavior for EventBased {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let definition = step.definition;
        if let Command::Begin { event, .. } = &step.envelope.command
            && step.node_of(key).instantiates()
        {
            let (scope, lineage) = (step.activation(key).scope, step.instance.lineage(key));
            let flows = step.node_of(key).outgoing.iter().copied();
            let to = |flow: &usize| &definition.nodes[definition.flows[*flow].to].name;
            let others: Vec<usize> = flows.filter(|flow| to(flow) != event).collect();
            step.complete_gateway(key, event)?;
            for flow in others.into_iter().filter(|_| self.is_parallel) {
                step.take(flow, scope, Because::Only, lineage.clone());
            }
            return Ok(());
        }
        for flow in &step.node_of(key).outgoing {
            let target = &definition.nodes[definition.flows[*flow].to];
            if let Some(trigger) = target.behavior.trigger() {
                trigger.arm(step, key, Some(&target.name))?;
            }
        }
        Ok(())
    }
}
