//! Waits for several events; the first that happens says which way is taken.

use std::sync::Arc;

use super::{Behavior, Element, Source};
use crate::definition::Compiler;
use crate::definition::source::{Target, To};
use crate::ids::Key;
use crate::problem::Problem;
use crate::step::{Halt, Step};

super::node! {
    /// Waits for the events that it leads to: the first that happens is passed, the others are
    /// forgotten.
    pub struct EventBasedGateway {
    }
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
        Some(Arc::new(EventBased))
    }

    fn waits(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct EventBased;

impl Behavior for EventBased {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let definition = step.definition;
        for flow in &step.node_of(key).outgoing {
            let target = &definition.nodes[definition.flows[*flow].to];
            if let Some(trigger) = target.behavior.trigger() {
                trigger.arm(step, key, Some(&target.name))?;
            }
        }
        Ok(())
    }
}
