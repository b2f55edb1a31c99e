//! Conditions that are written out as one answer, and tasks that nobody may be able to decide since each of
//! their outcomes has a condition.

use crate::definition::source::{OutcomeSource, Target, To};
use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::elements::user_task::UserTask;
use crate::ids::OutcomeName;
use crate::problem::Problem;

/// Reports such conditions and tasks. Of several conditions that may answer for one another, nothing is known.
pub(super) fn check(definition: &Definition, problems: &mut Vec<Problem>) {
    for node in definition.nodes.iter().filter(|node| node.known == Known::All) {
        let mut report = |keys: &[&str], problem: Problem| {
            let mut path = node.path(definition);
            path.extend(keys.iter().map(|key| (*key).to_owned()));
            problems.push(problem.under(&path));
        };
        match &node.element {
            Element::UserTask(task) => of_task(definition, node, task, &mut report),
            Element::ExclusiveGateway(_) | Element::InclusiveGateway(_) => {
                never_taken(&node.element, &mut report);
            }
            _ => {}
        }
    }
}

fn of_task(
    definition: &Definition,
    node: &Node,
    task: &UserTask,
    report: &mut impl FnMut(&[&str], Problem),
) {
    // What a round decides need not be what a signer may choose.
    if task.sign.is_some() {
        return;
    }
    let outcomes: Vec<(OutcomeName, OutcomeSource)> =
        task.outcomes.iter().map(|(name, one)| (name.clone(), one.full())).collect();
    let when = |one: &OutcomeSource| one.when.as_deref().map(bare);
    let conditions: Vec<Option<String>> = outcomes.iter().map(|(_, one)| when(one)).collect();
    let closed = conditions.iter().filter(|one| one.as_deref() == Some("false")).count();
    if closed > 0 && closed == conditions.len() {
        let message = "expected an outcome that may be chosen, but the condition of each is `false`: \
                       nobody can end this task";
        report(&["outcomes"], Problem::error("noOutcome", message));
        return;
    }
    for ((name, _), condition) in outcomes.iter().zip(&conditions) {
        let (what, hint) = match condition.as_deref() {
            Some("true") => ("which always holds", "leave `when` out"),
            Some("false") => ("which never holds: nobody can choose this", "leave the outcome out"),
            Some(_) | None => continue,
        };
        let found = condition.as_deref().unwrap_or_default();
        let message =
            format!("expected a condition that may or may not hold, found `{found}`, {what}");
        let problem = Problem::warning("constantCondition", message).hint(hint);
        report(&["outcomes", name.as_str(), "when"], problem);
    }
    let asked: Option<Vec<String>> = conditions.into_iter().collect();
    let asked = asked.unwrap_or_default();
    if asked.is_empty() || asked.iter().any(|one| one == "true") {
        return;
    }
    if may_answer_for_all(&asked) || ends_otherwise(definition, node, task) {
        return;
    }
    let message = "expected an outcome without `when`, or one for when no condition holds: nobody can \
                   end this task then";
    let hint = "add an outcome without `when`, or a deadline that goes on: `overdue`";
    report(&["outcomes"], Problem::warning("noOutcome", message).hint(hint));
}

/// Branches whose condition is written out as `false`; one that is `true` says that it is the default.
fn never_taken(element: &Element, report: &mut impl FnMut(&[&str], Problem)) {
    let Some(To::Many(targets)) = element.to() else { return };
    for (at, target) in targets.iter().enumerate() {
        let Target::Branch(branch) = target else { continue };
        if branch.when.as_deref().map(bare).as_deref() == Some("false") {
            let message = "expected a condition that may or may not hold, found `false`, which never \
                           holds: this way is never taken";
            let problem = Problem::warning("constantCondition", message).hint("leave the way out");
            report(&["to", &at.to_string(), "when"], problem);
        }
    }
}

/// A condition as it is compared: without its `=` and blanks.
fn bare(condition: &str) -> String {
    let text = condition.strip_prefix('=').unwrap_or(condition);
    text.chars().filter(|one| !one.is_whitespace()).collect()
}

/// Whether one of some conditions may always hold: they ask the same in several ways, or more than is
/// looked at here.
fn may_answer_for_all(conditions: &[String]) -> bool {
    let is_compound =
        |one: &String| ["||", "&&", "?", ".exists(", ".all("].iter().any(|sign| one.contains(sign));
    let mut asked: Vec<&str> = conditions.iter().map(|one| subject(one)).collect();
    let count = asked.len();
    asked.sort_unstable();
    asked.dedup();
    asked.len() < count || conditions.iter().any(is_compound)
}

/// What a condition asks about: what stands before its comparison.
fn subject(condition: &str) -> &str {
    let asked = condition.split(['=', '!', '<', '>']).find(|part| !part.is_empty());
    let asked = asked.unwrap_or_default();
    asked.trim_start_matches('(').trim_end_matches(')')
}

/// Whether a task ends without being decided: by its deadline, or by an event on it or around it.
fn ends_otherwise(definition: &Definition, node: &Node, task: &UserTask) -> bool {
    let is_passed = task.overdue.as_ref().is_some_and(|overdue| overdue.to.is_some());
    let interrupts = |at: &usize| matches!(&definition.nodes[*at].element, Element::BoundaryEvent(event) if event.interrupting);
    let mut around = node.scope;
    let mut hosts = vec![node];
    while let Some(at) = around {
        hosts.push(&definition.nodes[at]);
        around = definition.nodes[at].scope;
    }
    let listens =
        !definition.listeners.is_empty() || hosts.iter().any(|host| !host.listeners.is_empty());
    is_passed || listens || hosts.iter().flat_map(|host| &host.boundaries).any(interrupts)
}
