//! What a pack's people make impossible: tasks whose role nobody holds, and `separate` rules that
//! nobody could keep. Only where the pack names people; where the directory comes from elsewhere,
//! nobody knows before it runs.

use std::collections::BTreeSet;

use crate::definition::Definition;
use crate::elements::Element;
use crate::elements::user_task::UserTask;
use crate::ids::{NodeName, PersonId};
use crate::problem::Problem;

use super::Pack;

/// Who may do a task, as far as the pack says.
enum Doers {
    /// Whoever began the case.
    Initiator,
    /// One of these.
    Among(BTreeSet<PersonId>),
    /// What an expression gives.
    Unknown,
}

/// What is wrong with the persons of a process.
pub(super) fn check(pack: &Pack, definition: &Definition) -> Vec<Problem> {
    let mut problems = Vec::new();
    for node in definition.nodes() {
        let Element::UserTask(task) = node.element() else { continue };
        let mut path = node.path(definition);
        if !pack.people.is_empty() {
            problems.extend(nobody_holds(pack, task).map(|problem| problem.under(&path)));
        }
        path.push("separate".to_owned());
        for (index, name) in task.separate.iter().enumerate() {
            let Some(other) = definition.node(name.as_str()) else { continue };
            path.push(index.to_string());
            problems.extend(
                never_separate(pack, (node.name(), task), (name, other.element()))
                    .map(|problem| problem.under(&path)),
            );
            path.pop();
        }
    }
    problems
}

/// A role of a task that nobody of the pack holds, and nothing said of who gets it then.
fn nobody_holds(pack: &Pack, task: &UserTask) -> Option<Problem> {
    if task.assign.is_some() || task.people.is_some() || task.nobody.is_some() {
        return None;
    }
    let Doers::Among(doers) = doers(pack, task) else { return None };
    let roles = task.role.as_ref()?.as_slice();
    if !doers.is_empty() || roles.is_empty() {
        return None;
    }
    let names: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    let message = format!(
        "expected somebody who holds {}, but nobody of people.yaml does: the task could never be done",
        names.join(" or ")
    );
    let problem = Problem::warning("nobodyHoldsRole", message)
        .hint("give the role to somebody, or say who gets the task then: `nobody: { role: … }`");
    Some(problem.under(&["role"]))
}

/// A rule that the same person may not do two tasks, where nobody else can do one of them.
fn never_separate(
    pack: &Pack,
    (name, task): (&NodeName, &UserTask),
    (other_name, other): (&NodeName, &Element),
) -> Option<Problem> {
    let Element::UserTask(other) = other else {
        let message = format!(
            "expected a task that a person does, but `{other_name}` is a `{}`",
            other.kind()
        );
        return Some(
            Problem::error("separateFromNobody", message).hint("name the user task it is about"),
        );
    };
    let why = match (doers(pack, task), doers(pack, other)) {
        (Doers::Initiator, Doers::Initiator) => {
            "both are done by whoever began the case".to_owned()
        }
        (Doers::Among(own), Doers::Among(others)) => {
            let all: BTreeSet<&PersonId> = own.union(&others).collect();
            let [only] = all.into_iter().collect::<Vec<_>>()[..] else { return None };
            format!("of people.yaml only `{only}` can do either")
        }
        (Doers::Initiator | Doers::Unknown | Doers::Among(_), _) => return None,
    };
    if name == other_name {
        return None;
    }
    let message = format!("expected different persons for `{name}` and `{other_name}`, but {why}");
    Some(
        Problem::error("separateNeverMet", message)
            .hint("let a second person hold one of the roles"),
    )
}

fn doers(pack: &Pack, task: &UserTask) -> Doers {
    if task.people.is_some() || task.for_each.is_some() {
        return Doers::Unknown;
    }
    match (task.assign.as_deref(), &task.role) {
        (Some("initiator"), _) => Doers::Initiator,
        (None, Some(roles)) if !pack.people.is_empty() && task.nobody.is_none() => {
            let holds = |grants: &[crate::actor::Grant]| {
                grants.iter().any(|grant| {
                    let unit = task.unit.as_deref().filter(|unit| !unit.starts_with('='));
                    let here = match (unit, &grant.unit) {
                        (Some(unit), Some(held)) => held.as_str() == unit,
                        (Some(_) | None, _) => true,
                    };
                    here && roles.as_slice().contains(&grant.role)
                })
            };
            let people = pack.people.iter().filter(|(_, person)| holds(&person.grants()));
            Doers::Among(people.map(|(id, _)| id.clone()).collect())
        }
        (Some(_) | None, _) => Doers::Unknown,
    }
}
