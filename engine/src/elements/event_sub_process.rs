//! A sub-process that an event begins, while the scope around it is active.

use std::sync::Arc;

use super::{Behavior, Element, Source};
use crate::command::Content;
use crate::definition::Compiler;
use crate::event::{Cause, Event};
use crate::ids::Key;
use crate::instance::Timer;
use crate::problem::Problem;
use crate::step::triggers::Trigger;
use crate::step::{Halt, Step};

use indexmap::IndexMap;

use crate::ids::NodeName;

super::node! {
    /// Begins when its start event happens while the scope around it is active. An interrupting one
    /// ends everything else in that scope; the others run beside it, as often as it happens.
    pub struct EventSubProcess {
        /// Its nodes; the start event says what begins it.
        pub nodes: IndexMap<NodeName, super::Element>,
    }
}

impl EventSubProcess {
    /// Whether everything else in its scope ends when it begins.
    pub(crate) fn interrupts(&self) -> bool {
        self.nodes.values().any(|node| match node {
            Element::StartEvent(start) => start.interrupting && !start.compensation,
            _ => false,
        })
    }

    /// Whether it undoes what was done in the scope around it.
    pub(crate) fn undoes(&self) -> bool {
        self.nodes
            .values()
            .any(|node| matches!(node, Element::StartEvent(start) if start.compensation))
    }

    /// How many start events it has: one says what begins it.
    pub(crate) fn starts(&self) -> usize {
        self.nodes.values().filter(|node| matches!(node, Element::StartEvent(_))).count()
    }
}

impl Source for EventSubProcess {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let mut starts = self.nodes.iter().filter_map(|(name, node)| match node {
            Element::StartEvent(start) => Some((name, start)),
            _ => None,
        });
        let (Some((name, start)), None) = (starts.next(), starts.next()) else {
            let message = "expected exactly one startEvent inside: it says what begins the rest";
            let problem = Problem::error("eventSubProcessWithoutStart", message)
                .hint("add `begin: { type: startEvent, message: … }` as its first node");
            compiler.report(&["nodes"], problem);
            return None;
        };
        if self.to.is_some() {
            let message = "expected no `to`: no token comes out of an event sub-process";
            compiler.report(&["to"], Problem::error("badEvent", message));
        }
        let trigger = start.compile_trigger(compiler, &["nodes", name.as_str()])?;
        let (node, interrupting) = (compiler.node.clone(), start.interrupting);
        Some(Arc::new(EventScope { node, trigger, interrupting }))
    }

    fn nodes(&self) -> Option<&IndexMap<NodeName, super::Element>> {
        Some(&self.nodes)
    }

    fn goes_on(&self) -> bool {
        false
    }

    fn stands_aside(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct EventScope {
    node: NodeName,
    trigger: Trigger,
    interrupting: bool,
}

impl Behavior for EventScope {
    fn activate(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        step.begin_scope(key)
    }

    fn is_scope(&self) -> bool {
        true
    }

    fn listens(&self) -> bool {
        true
    }

    fn fire(&self, step: &mut Step<'_>, key: Key, timer: &Timer) -> Result<(), Halt> {
        self.go(step, key, None, Some(timer))
    }

    fn trigger(&self) -> Option<&Trigger> {
        Some(&self.trigger)
    }

    fn happen(&self, step: &mut Step<'_>, key: Key, payload: Option<&Content>) -> Result<(), Halt> {
        self.go(step, key, payload, None)
    }

    fn happen_in(
        &self,
        step: &mut Step<'_>,
        scope: Key,
        payload: Option<&Content>,
    ) -> Result<(), Halt> {
        let failed = if self.trigger.is_thrown() {
            match self.trigger.keep_thrown(step, scope, payload) {
                Err(Halt::Incident { code, message }) => Some((code, message)),
                kept => kept.map(|()| None)?,
            }
        } else {
            self.trigger.keep(step, scope, payload)?;
            None
        };
        if self.interrupting {
            let node = self.node.clone();
            step.terminate_inside(scope, &Cause::EventSubProcess { node: node.clone() });
            step.emit(Event::ScopeInterrupted { scope, by: node });
            step.end_choosing(scope);
        }
        let from = (scope, Vec::new());
        match failed {
            Some((code, message)) => step.fail_boundary(&self.node, from, code, message),
            None => step.enter_boundary(&self.node, scope, Vec::new()),
        }
        Ok(())
    }
}

impl EventScope {
    fn go(
        &self,
        step: &mut Step<'_>,
        key: Key,
        payload: Option<&Content>,
        fired: Option<&Timer>,
    ) -> Result<(), Halt> {
        if !self.interrupting {
            self.trigger.arm_again(step, key, None, fired)?;
        }
        self.happen_in(step, step.activation(key).scope, payload)
    }
}
