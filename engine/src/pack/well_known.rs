//! Roles that the server itself knows, and that nobody of a pack's people holds: without a `worker`
//! no message comes in and no job is done, without an `admin` nobody repairs a case.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::definition::Definition;
use crate::elements::Element;
use crate::ids::{MessageName, ProcessName};
use crate::problem::Problem;

use super::Loaded;

type Definitions = BTreeMap<ProcessName, Arc<Definition>>;

/// What is probably not meant, about `people`. Only where the pack names people, and all that they hold
/// can be read.
pub(super) fn check(loaded: &Loaded, definitions: &Definitions) -> Vec<Problem> {
    let pack = &loaded.pack;
    let is_known = |id| !loaded.is_unsure(id);
    if pack.people.is_empty() || loaded.misses_people() || !pack.people.keys().all(is_known) {
        return Vec::new();
    }
    let grants: Vec<_> =
        pack.people.values().flat_map(super::people::PersonSource::grants).collect();
    // A misspelt role may be any.
    if grants.iter().any(|grant| !pack.roles.contains_key(&grant.role)) {
        return Vec::new();
    }
    let is_held =
        |role: &str| grants.iter().any(|it| it.role.as_str() == role && it.unit.is_none());
    let hint = |role: &str| {
        format!(
            "name the role `{role}` in roles.yaml, and give it to somebody: `roles: [{{ role: {role}, everywhere: true }}]`"
        )
    };
    let mut problems = Vec::new();
    if !is_held("admin") {
        let message = "expected somebody who holds `admin` everywhere, but nobody of people.yaml does: \
                       nobody could repair an incident, correct data or suspend a case";
        problems.push(Problem::warning("nobodyAdministers", message).hint(hint("admin")));
    }
    if let (false, Some(needs)) = (is_held("worker"), work(definitions)) {
        let message = format!(
            "expected somebody who holds `worker` everywhere, but nobody of people.yaml does: {needs}"
        );
        problems.push(Problem::warning("nobodyWorks", message).hint(hint("worker")));
    }
    problems.into_iter().map(|problem| problem.under(&["people"]).at_key()).collect()
}

/// What only a worker can bring or do: the first message that no process of the pack sends, or the
/// first job.
fn work(definitions: &Definitions) -> Option<String> {
    let nodes = || definitions.values().flat_map(|definition| definition.nodes());
    let sent: BTreeSet<&MessageName> = nodes().filter_map(|node| sent(node.element())).collect();
    let needs = definitions
        .values()
        .flat_map(|definition| definition.nodes().iter().map(|node| (definition.process(), node)));
    needs.into_iter().find_map(|(process, node)| {
        let (element, name) = (node.element(), node.name());
        if let Some(message) = awaited(element).filter(|message| !sent.contains(message)) {
            return Some(format!(
                "`{name}` of `{process}` would wait for the message `{message}` for ever"
            ));
        }
        match element {
            Element::ServiceTask(task) => task.topic.as_ref().map(|topic| {
                format!("nobody could do the job `{topic}` of `{name}` of `{process}`")
            }),
            _ => None,
        }
    })
}

fn sent(element: &Element) -> Option<&MessageName> {
    match element {
        Element::IntermediateThrowEvent(event) => event.message.as_ref(),
        Element::EndEvent(event) => event.message.as_ref(),
        Element::SendTask(task) => Some(&task.message),
        _ => None,
    }
}

fn awaited(element: &Element) -> Option<&MessageName> {
    match element {
        Element::StartEvent(event) => event.message.as_ref(),
        Element::BoundaryEvent(event) => event.message.as_ref(),
        Element::IntermediateCatchEvent(event) => event.message.as_ref(),
        Element::ReceiveTask(task) => Some(&task.message),
        _ => None,
    }
}
