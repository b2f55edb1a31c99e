//! What a case waits for by the clock beside the deadlines of tasks: the time limit of a phase or of the
//! whole case, and events in between.

use async_graphql::SimpleObject;
use engine::definition::source::{Time, TimeSource};
use engine::definition::{Definition, Node};
use engine::elements::Element;
use engine::event::TimerPurpose;
use engine::ids::Key;
use engine::instance::{Activation, Instance as State, Timer};
use store::Published;

use super::clock::Clock;
use crate::context::Reader;

/// An event that comes when its time has come.
#[derive(Debug, SimpleObject)]
pub(crate) struct TimeLimit {
    /// The event, by its name in the definition.
    node: String,
    /// What people call it.
    label: String,
    /// The `key` in `currentNodes` of what it is at the edge of, or inside; none of an event of the whole
    /// case.
    within: Option<u32>,
    /// What people call that.
    within_label: Option<String>,
    /// When it comes, or since when and why its clock stands still.
    clock: Clock,
}

impl TimeLimit {
    /// Those of a case, in the order in which they began.
    pub(crate) fn all(reader: Reader<'_>, published: &Published, state: &State) -> Vec<Self> {
        let mut all = Vec::new();
        for (key, activation) in state.activations() {
            let timers = activation.timers.values();
            all.extend(timers.filter_map(|timer| {
                Self::of(reader, (published, state), (*key, activation), timer)
            }));
        }
        all
    }

    fn of(
        reader: Reader<'_>,
        (published, state): (&Published, &State),
        (key, activation): (Key, &Activation),
        timer: &Timer,
    ) -> Option<Self> {
        let definition = &published.definition;
        let (node, within) = match &timer.purpose {
            TimerPurpose::Boundary { node } => (node, key),
            TimerPurpose::Event => (&activation.node, activation.scope),
            TimerPurpose::Due
            | TimerPurpose::Reminder { .. }
            | TimerPurpose::Opens
            | TimerPurpose::Closes
            | TimerPurpose::PageEnds
            | TimerPurpose::JobRetry => return None,
        };
        let node = definition.node(node.as_str())?;
        let working = timer.working.as_deref()?;
        let label = |node: &Node| node.label(reader.language()).to_owned();
        let clock = match timer.paused {
            None => Clock::active(reader, published, state, working),
            Some(since) => {
                let ground = stopped_by(definition, state, node).map(label).unwrap_or_default();
                Clock::stopped(reader, published, working, (since, ground))
            }
        };
        let around = state.activation(within);
        let around = around.and_then(|around| definition.node(around.node.as_str()));
        Some(Self {
            node: node.name().to_string(),
            label: label(node),
            within: around.map(|_| within.0),
            within_label: around.map(label),
            clock,
        })
    }
}

/// What is under way that lets the clock of an event stand still.
fn stopped_by<'d>(definition: &'d Definition, state: &State, event: &Node) -> Option<&'d Node> {
    let Some(Time::Full(time)) = time_of(definition, event) else { return None };
    let TimeSource { paused_by, .. } = &**time;
    let is_active = |name: &str| {
        let mut active = state.activations().values();
        active.any(|one| one.node.as_str() == name && !one.is_listener())
    };
    let mut names = paused_by.as_slice().iter().map(engine::ids::NodeName::as_str);
    names.find(|name| is_active(name)).and_then(|name| definition.node(name))
}

/// The time of an event; of an event sub-process that of what begins it.
fn time_of<'d>(definition: &'d Definition, event: &'d Node) -> Option<&'d Time> {
    if let Element::EventSubProcess(_) = event.element() {
        let nodes = definition.nodes();
        let is_inside = |node: &&Node| {
            node.scope()
                .and_then(|scope| nodes.get(scope))
                .is_some_and(|it| it.name() == event.name())
        };
        let mut inside = nodes.iter().filter(is_inside);
        return inside.find_map(|node| match node.element() {
            Element::StartEvent(start) => start.timer.as_ref(),
            _ => None,
        });
    }
    match event.element() {
        Element::BoundaryEvent(event) => event.timer.as_ref(),
        Element::IntermediateCatchEvent(event) => event.timer.as_ref(),
        Element::StartEvent(event) => event.timer.as_ref(),
        _ => None,
    }
}
