//! Checks of the whole graph: what cannot be reached, gateways that could find no way on, loops
//! that would run for ever, boundary events that stand nowhere.

use super::loose::Loose;
use super::{outcomes, secrets, twins, unreached, unwaited};
use crate::definition::source::{OneOrMany, Target, To};
use crate::definition::{Definition, FlowKind, Known, Library};
use crate::elements::Element;
use crate::expression::UNMAPPED;
use crate::ids::NodeName;
use crate::problem::Problem;

/// Loops without a wait that are told at once, none of which shares a node with another.
const LOOPS_MAX: usize = 20;

/// Reports everything that is wrong with what was drawn: loops that need not wait where none is told that
/// does not wait at all.
pub(super) fn check_all(
    definition: &Definition,
    loose: &Loose,
    library: &Library,
    problems: &mut Vec<Problem>,
) {
    let before = problems.len();
    check(definition, loose, problems);
    twins::check(definition, problems);
    secrets::check(definition, problems);
    // What was published once runs on as it is.
    if !library.as_written {
        outcomes::check(definition, problems);
    }
    if !problems[before..].iter().any(|one| one.code == "loopWithoutWait") {
        unwaited::check(definition, library, problems);
    }
}

/// Reports everything that is wrong with a graph. Where something in it could not be drawn, nothing is
/// said that may only follow from that.
fn check(definition: &Definition, loose: &Loose, problems: &mut Vec<Problem>) {
    let mut found = Vec::new();
    let mut report = |node: usize, problem: Problem| {
        found.push(problem.under(&definition.nodes[node].path(definition)));
    };
    let unreached = unreached::find(definition, loose);
    for node in unreached.nodes {
        let message =
            format!("expected a way to `{}`, but nothing leads there", definition.nodes[node].name);
        report(
            node,
            Problem::error("unreachableNode", message).hint("let a node go `to` it, or remove it"),
        );
    }
    for (path, node) in unreached.meant {
        let name = &definition.nodes[node].name;
        let hint = format!("nothing leads to `{name}`, which may be meant here");
        if let Some(problem) = problems.iter_mut().find(|problem| problem.path == path) {
            problem.hint.get_or_insert(hint);
        }
    }
    for (at, node) in definition.nodes.iter().enumerate() {
        cancel_without_event(definition, at, &mut report);
        if node.known == Known::All {
            missing_default(definition, at, &mut report);
        }
    }
    never_returns(definition, &mut report);
    let waits: Vec<bool> = definition
        .nodes
        .iter()
        .map(|node| node.element.waits() || node.known != Known::All)
        .collect();
    for cycle in loops_without_wait(definition, waits) {
        let message = format!(
            "expected a node that waits in every loop, but {} → {} runs for ever; it is come to by {}",
            definition.named_way(&cycle),
            definition.nodes[cycle[0]].name,
            definition.way_to(cycle[0])
        );
        let hint = "let a task, a timer or a message come in it";
        report(cycle[0], Problem::error("loopWithoutWait", message).hint(hint));
    }
    problems.append(&mut found);
}

/// A transaction that is cancelled is left by its cancel event.
fn cancel_without_event(
    definition: &Definition,
    at: usize,
    report: &mut impl FnMut(usize, Problem),
) {
    let node = &definition.nodes[at];
    let Element::EndEvent(end) = &node.element else { return };
    let Some(scope) = node.scope.filter(|_| end.cancel) else { return };
    let is_transaction =
        |at: usize| matches!(definition.nodes[at].element, Element::Transaction(_));
    // That it may only stand in a transaction is told with the event itself; so is an event that
    // stands where it may not.
    let is_sure = definition.nodes.iter().all(|node| match &node.element {
        Element::BoundaryEvent(event) if event.cancel => {
            definition.by_name.get(&event.attached_to).is_some_and(|host| is_transaction(*host))
        }
        Element::BoundaryEvent(_) => {
            node.known != Known::Nothing || node.scope != definition.nodes[scope].scope
        }
        _ => true,
    });
    if is_transaction(scope) && is_sure && !definition.has_cancel(scope) {
        let name = &definition.nodes[scope].name;
        let message =
            format!("expected a boundaryEvent with `cancel: true` on `{name}`, which this cancels");
        let problem = Problem::error("cancelWithoutEvent", message).hint(format!(
            "add `{{ type: boundaryEvent, attachedTo: {name}, cancel: true, to: … }}`"
        ));
        report(at, problem);
    }
}

fn missing_default(definition: &Definition, at: usize, report: &mut impl FnMut(usize, Problem)) {
    let node = &definition.nodes[at];
    let conditional =
        matches!(node.element, Element::ExclusiveGateway(_) | Element::InclusiveGateway(_));
    let kinds = || node.outgoing.iter().map(|flow| &definition.flows[*flow].kind);
    let conditions = kinds().filter(|kind| matches!(kind, FlowKind::When(_))).count();
    let defaults = kinds().filter(|kind| matches!(kind, FlowKind::Default)).count();
    // One that is always true leaves nothing to be taken otherwise.
    let always = kinds().any(FlowKind::is_always) || may_be_always(&node.element);
    if conditional && conditions > 0 && defaults == 0 && !always {
        let message = format!(
            "expected a default way (one without `when`) for when no condition is true: {}",
            definition.way_to(at)
        );
        report(at, Problem::error("missingDefault", message).hint("add `- to: …` at the end"));
    }
    if conditional && defaults > 1 {
        let message = format!(
            "expected one default way, found {defaults} without `when`: {}",
            definition.way_to(at)
        );
        let hint = "say when each but one of them is taken: `when: …`";
        report(at, Problem::error("manyDefaults", message).hint(hint));
    }
}

/// Whether a condition that has an error may be one that always holds: a word that stands for true
/// elsewhere, or what an import could not say.
fn may_be_always(element: &Element) -> bool {
    let Some(To::Many(targets)) = element.to() else { return false };
    targets.iter().any(|target| match target {
        Target::Branch(branch) => {
            let when = branch.when.as_deref().unwrap_or_default().trim_start_matches('=');
            let is_true = matches!(when.trim(), "yes" | "Yes" | "on" | "On" | "True" | "TRUE");
            is_true || when.trim().starts_with(UNMAPPED)
        }
        Target::Node(_) => false,
    })
}

/// Nodes that a task names to return to, though nothing can ever have been done there before it.
fn never_returns(definition: &Definition, report: &mut impl FnMut(usize, Problem)) {
    for (at, node) in definition.nodes.iter().enumerate() {
        let Element::UserTask(task) = &node.element else { continue };
        let named = task.return_to.as_slice();
        if named.is_empty() {
            continue;
        }
        let possible = definition.return_targets(node.name.as_str());
        for (index, name) in named.iter().enumerate().filter(|(_, name)| !possible.contains(name)) {
            if definition.by_name.get(name).is_some_and(|from| may_lead_anywhere(definition, *from))
            {
                continue;
            }
            let list = possible.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", ");
            let message = format!("expected an activity before `{}`, found `{name}`", node.name);
            let problem = Problem::error("neverReturnsThere", message)
                .hint(format!("it may be returned to {list}"));
            let index = index.to_string();
            let keys = match &task.return_to {
                OneOrMany::One(_) => vec!["returnTo"],
                OneOrMany::Many(_) => vec!["returnTo", &index],
            };
            report(at, problem.under(&keys));
        }
    }
}

/// Whether a token from a node can come to one of which it is not known where it goes from there.
fn may_lead_anywhere(definition: &Definition, from: usize) -> bool {
    let is_known = |node: &crate::definition::Node| node.known == Known::All;
    if definition.nodes.iter().all(is_known) {
        return false;
    }
    let after = definition.after(from, None);
    after.into_iter().any(|at| !is_known(&definition.nodes[at]))
}

/// Loops of nodes none of which waits, each of which would be there without the others.
pub(crate) fn loops_without_wait(definition: &Definition, mut waits: Vec<bool>) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    while found.len() < LOOPS_MAX
        && let Some(cycle) = loop_without_wait(definition, &waits)
    {
        for at in &cycle {
            waits[*at] = true;
        }
        found.push(cycle);
    }
    found
}

/// A loop of nodes none of which waits, if there is one.
fn loop_without_wait(definition: &Definition, waits: &[bool]) -> Option<Vec<usize>> {
    let mut state = vec![0_u8; definition.nodes.len()];
    for from in 0..definition.nodes.len() {
        let mut path: Vec<(usize, usize)> = vec![(from, 0)];
        if state[from] != 0 || waits[from] {
            continue;
        }
        state[from] = 1;
        while let Some((at, tried)) = path.pop() {
            let Some(flow) = definition.nodes[at].outgoing.get(tried) else {
                state[at] = 2;
                continue;
            };
            path.push((at, tried + 1));
            let next = definition.flows[*flow].to;
            if waits[next] {
                continue;
            }
            match state[next] {
                0 => {
                    state[next] = 1;
                    path.push((next, 0));
                }
                1 => {
                    let begin = path.iter().position(|(node, _)| *node == next)?;
                    return Some(path[begin..].iter().map(|(node, _)| *node).collect());
                }
                _ => {}
            }
        }
    }
    None
}
