//! Whether an intake would take something, asked before anybody fills in a form, and who waits for what
//! it takes. What an intake asks is the element's.

use super::{Halt, Refused, Step};
use crate::actor::{Actor, Principal};
use crate::command::Envelope;
use crate::definition::{Definition, Node};
use crate::elements::Element;
use crate::facts::Facts;
use crate::ids::{DocumentName, Key, NodeName};
use crate::instance::{Instance, Status, Submission, Waiting};
use crate::rejection::Rejection;

/// Somebody who is going to get a task that shows what an intake takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// The list that submissions become.
    pub document: DocumentName,
    /// The task's node.
    pub node: NodeName,
    /// To whom it is offered, as things stand.
    pub principal: Principal,
}

/// Those who are going to get tasks, by their roles, that show what intakes take which are open and not
/// sealed. What cannot be worked out yet is nobody.
///
/// # Errors
/// `Refused::Needs` when something must be fetched first.
pub fn handlers(
    definition: &Definition,
    instance: &Instance,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<Vec<Handler>, Refused> {
    let open: Vec<(Key, &DocumentName)> = open_lists(definition, instance).collect();
    let mut handlers = Vec::new();
    if open.is_empty() {
        return Ok(handlers);
    }
    let step = Step::new(definition, instance.clone(), envelope, facts);
    for (at, document) in open {
        let shows = |node: &&Node| node.shows().iter().any(|using| using.document == *document);
        for node in definition.nodes().iter().filter(shows) {
            match node.behavior.offered_to(&step, at) {
                Ok(principals) => handlers.extend(principals.into_iter().map(|principal| {
                    Handler { document: document.clone(), node: node.name().clone(), principal }
                })),
                Err(Halt::Needs | Halt::Reject(_) | Halt::Incident { .. }) => {}
            }
        }
    }
    if step.has_needs() { Err(Refused::Needs(step.into_needs())) } else { Ok(handlers) }
}

/// Submissions to an open intake that count and that somebody may replace or take back: their own, and
/// those of their unit where there is one of each unit.
pub fn own_submissions<'i>(
    definition: &Definition,
    instance: &'i Instance,
    intake: Key,
    actor: &Actor,
) -> Vec<&'i Submission> {
    let Some(open) = instance.activation(intake) else { return Vec::new() };
    let node = definition.node(open.node.as_str()).map(|node| &node.element);
    match (&open.waiting, node) {
        (Waiting::Submissions { submissions, .. }, Some(Element::Intake(intake))) => {
            intake.own(submissions, actor)
        }
        _ => Vec::new(),
    }
}

/// The lists that submissions become to intakes which are open and not sealed.
fn open_lists<'d>(
    definition: &'d Definition,
    instance: &'d Instance,
) -> impl Iterator<Item = (Key, &'d DocumentName)> {
    instance.activations().iter().filter_map(|(key, open)| {
        let Waiting::Submissions { sealed: false, .. } = &open.waiting else { return None };
        match &definition.node(open.node.as_str())?.element {
            Element::Intake(intake) => Some((*key, &intake.into)),
            _ => None,
        }
    })
}

/// Whether an intake would take something from the actor of the envelope, whatever that is: what is
/// said of the content is not asked, and of the envelope's command nothing is read.
///
/// # Errors
/// `Refused::Rejection` as a submission would be refused; `Refused::Needs` when something must be
/// fetched first.
pub fn admission(
    definition: &Definition,
    instance: &Instance,
    intake: Key,
    envelope: &Envelope,
    facts: &Facts,
) -> Result<(), Refused> {
    if instance.status() != Status::Active {
        return Err(Refused::Rejection(Rejection::InstanceClosed));
    }
    if instance.suspended().is_some() {
        return Err(Refused::Rejection(Rejection::InstanceSuspended));
    }
    let step = Step::new(definition, instance.clone(), envelope, facts);
    let open = step.open(intake).map(drop);
    let admitted = open.and_then(|()| step.node_of(intake).behavior.admits(&step, intake));
    step.finish(admitted).map(drop)
}
