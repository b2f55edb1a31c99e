//! Events that a node waits for beside itself, in either version, and whether two are the same.

use std::collections::BTreeSet;

use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::event::TimerPurpose;
use crate::fate::Alive;
use crate::ids::NodeName;
use crate::instance::Activation;
use crate::step::triggers::Trigger;

/// Events that wait at a node: on its boundary, or behind it where it is an event-based gateway.
pub(super) fn events_at(definition: &Definition, node: &Node) -> BTreeSet<NodeName> {
    let behind = match node.element {
        Element::EventBasedGateway(_) => {
            node.outgoing.iter().map(|flow| definition.flows[*flow].to).collect()
        }
        _ => Vec::new(),
    };
    let all = node.boundaries.iter().copied().chain(behind);
    all.map(|event| definition.nodes[event].name.clone()).collect()
}

/// Events that an activation waits for at others than itself.
pub(super) fn armed(activation: &Activation) -> Vec<(NodeName, Alive)> {
    let clocks = activation.timers.values().filter_map(|timer| match &timer.purpose {
        TimerPurpose::Boundary { node } => Some((node, Alive::Clock { at: Some(timer.at) })),
        _ => None,
    });
    let boundary = |node: &'_ Option<NodeName>| node.clone();
    let mut all: Vec<(NodeName, Alive)> = clocks.map(|(node, what)| (node.clone(), what)).collect();
    let messages = activation.subscriptions.iter().filter_map(|one| boundary(&one.boundary));
    all.extend(messages.map(|node| (node, Alive::Message)));
    let signals = activation.signals.iter().filter_map(|one| boundary(&one.boundary));
    all.extend(signals.map(|node| (node, Alive::Signal)));
    let conditions = activation.conditions.iter().filter_map(|one| boundary(&one.boundary));
    all.extend(conditions.map(|node| (node, Alive::Condition)));
    all
}

/// What begins to wait for an event; nothing for what is found when it is thrown.
pub(super) fn arms(trigger: &Trigger) -> Option<Alive> {
    match trigger {
        Trigger::Timer { .. } => Some(Alive::Clock { at: None }),
        Trigger::Message { .. } => Some(Alive::Message),
        Trigger::Signal { .. } => Some(Alive::Signal),
        Trigger::Condition(_) => Some(Alive::Condition),
        Trigger::Error { .. }
        | Trigger::Escalation { .. }
        | Trigger::Compensation
        | Trigger::Cancel => None,
    }
}

/// Whether two nodes wait for the same: what waits already goes on for the other.
pub(super) fn same_event(old: &Node, new: &Node) -> bool {
    match (old.behavior.trigger(), new.behavior.trigger()) {
        (Some(Trigger::Timer { .. }), Some(Trigger::Timer { .. }))
        | (Some(Trigger::Condition(_)), Some(Trigger::Condition(_))) => true,
        (
            Some(Trigger::Message { awaited: old, .. }),
            Some(Trigger::Message { awaited: new, .. }),
        ) => old.message() == new.message(),
        (Some(Trigger::Signal { signal: old, .. }), Some(Trigger::Signal { signal: new, .. })) => {
            old == new
        }
        _ => false,
    }
}
