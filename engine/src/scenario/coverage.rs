//! Which nodes, flows and outcomes scenarios have reached, and which they have not.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::definition::Definition;
use crate::elements::Element;
use crate::event::Event;
use crate::ids::{NodeName, OutcomeName, ProcessName};
use crate::instance::Instance;

/// What was reached, by process.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    nodes: BTreeSet<(ProcessName, NodeName)>,
    flows: BTreeSet<(ProcessName, u32)>,
    outcomes: BTreeSet<(ProcessName, NodeName, OutcomeName)>,
}

/// Something of a definition, counted and by name where no scenario reached it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Missed {
    /// How many there are.
    pub total: usize,
    /// Those that no scenario reached.
    pub missed: Vec<String>,
}

impl Coverage {
    /// Counts what an event reached.
    pub(super) fn reached(&mut self, process: &ProcessName, event: &Event, before: &Instance) {
        match event {
            Event::NodeActivated { node, .. } => {
                self.nodes.insert((process.clone(), node.clone()));
            }
            Event::FlowTaken { flow: Some(flow), .. } => {
                self.flows.insert((process.clone(), *flow));
            }
            Event::TaskCompleted { key, outcome: Some(outcome), .. } => {
                if let Some(activation) = before.activation(*key) {
                    let node = activation.node.clone();
                    self.outcomes.insert((process.clone(), node, outcome.clone()));
                }
            }
            _ => {}
        }
    }

    /// Adds what another run reached.
    pub fn add(&mut self, other: Self) {
        self.nodes.extend(other.nodes);
        self.flows.extend(other.flows);
        self.outcomes.extend(other.outcomes);
    }

    /// Nodes, flows and outcomes of definitions, with those that were not reached.
    pub fn missed<'a>(
        &self,
        definitions: impl IntoIterator<Item = &'a Definition>,
    ) -> BTreeMap<&'static str, Missed> {
        let (mut nodes, mut flows, mut outcomes) =
            (Missed::default(), Missed::default(), Missed::default());
        for definition in definitions {
            let process = definition.process();
            for node in definition.nodes().iter().filter(|node| passes(node.element())) {
                let name = node.name();
                let reached = self.nodes.contains(&(process.clone(), name.clone()));
                nodes.count(reached, || format!("{process}: {name}"));
                let Element::UserTask(task) = node.element() else { continue };
                for outcome in task.outcomes.keys() {
                    let id = (process.clone(), name.clone(), outcome.clone());
                    let reached = self.outcomes.contains(&id);
                    outcomes.count(reached, || format!("{process}: {name} {outcome}"));
                }
            }
            let flows_passed = definition
                .flows()
                .iter()
                .zip(0..)
                .filter(|(flow, _)| passes(definition.nodes()[flow.from()].element()));
            for (flow, number) in flows_passed {
                let reached = self.flows.contains(&(process.clone(), number));
                let name = |at: usize| definition.nodes()[at].name();
                flows.count(reached, || {
                    format!(
                        "{process}: {} → {} ({})",
                        name(flow.from()),
                        name(flow.to()),
                        flow.when()
                    )
                });
            }
        }
        [("nodes", nodes), ("flows", flows), ("outcomes", outcomes)].into()
    }
}

/// Whether tokens come to a node: what undoes an activity is begun by itself, and only its handler runs.
fn passes(element: &Element) -> bool {
    !matches!(element, Element::BoundaryEvent(event) if event.compensation)
}

impl Missed {
    fn count(&mut self, reached: bool, name: impl FnOnce() -> String) {
        self.total += 1;
        if !reached {
            self.missed.push(name());
        }
    }
}
