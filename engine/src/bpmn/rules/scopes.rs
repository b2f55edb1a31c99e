//! What processes and sub-processes may hold, and how activities repeat.

use crate::bpmn::model::{Model, Process, Report};
use crate::bpmn::names::BPMN;
use crate::bpmn::table::Class;
use crate::bpmn::xml::Tree;

/// Rules for one activity.
pub(super) fn check(tree: &Tree, process: &Process<'_>, at: usize, report: &mut Report) {
    let node = &process.nodes[at];
    if !node.row.class.is_activity() {
        return;
    }
    let loops = ["standardLoopCharacteristics", "multiInstanceLoopCharacteristics"];
    let count: usize =
        loops.iter().map(|local| tree.children(node.element, BPMN, local).count()).sum();
    if count > 1 {
        let message = format!("expected one way to repeat, found {count}");
        report.push(tree.error("manyLoops", node.element, message));
    }
    if node.row.class != Class::Scope {
        return;
    }
    let inside = process.nodes.iter().filter(|one| one.scope == Some(at));
    if tree.local(node.element) == "adHocSubProcess" {
        for one in inside.clone() {
            if matches!(one.row.class, Class::Start | Class::End) {
                let found = tree.local(one.element);
                let message = format!("an ad-hoc sub-process has no `{found}`");
                report.push(tree.error("notInAdHoc", one.element, message));
            }
        }
    }
    let is_of_event = tree.flag(node.element, "triggeredByEvent") == Some(true);
    let has = |class: Class| inside.clone().any(|one| one.row.class == class);
    let is_ad_hoc = tree.local(node.element) == "adHocSubProcess";
    if !is_of_event && !is_ad_hoc && has(Class::End) && !has(Class::Start) {
        let message = "expected a start event beside the end event".to_owned();
        report.push(tree.error("endWithoutStart", node.element, message));
    }
    if is_of_event {
        let starts: Vec<_> = inside.filter(|one| one.row.class == Class::Start).collect();
        if starts.len() != 1 || starts[0].events.len() != 1 {
            let found = match starts.as_slice() {
                [one] => format!("one with {} triggers", one.events.len()),
                several => several.len().to_string(),
            };
            let message = format!(
                "expected one start event with a trigger in the event sub-process, found {found}"
            );
            report.push(tree.error("eventSubProcessStart", node.element, message));
        }
    }
}

/// Somewhere something must happen: closed pools alone are no model.
pub(super) fn some_nodes(model: &Model<'_>, report: &mut Report) {
    let mut processes = model.processes.iter();
    if let Some(first) = model.processes.first()
        && processes.all(|process| process.nodes.is_empty() && process.participant.is_some())
    {
        let message = format!("expected nodes in `{}` or another process, found none", first.id);
        report.push(model.tree.error("emptyProcess", first.element, message));
    }
}

/// Rules for a process as a whole.
pub(super) fn process(tree: &Tree, process: &Process<'_>, report: &mut Report) {
    if process.nodes.is_empty() && process.participant.is_none() {
        let message = format!("expected nodes in `{}`, found none", process.id);
        report.push(tree.error("emptyProcess", process.element, message));
    }
    let has_start = process.nodes.iter().any(|node| {
        let begins =
            node.row.class == Class::Start || tree.flag(node.element, "instantiate") == Some(true);
        node.scope.is_none() && begins
    });
    let has_end =
        process.nodes.iter().any(|node| node.scope.is_none() && node.row.class == Class::End);
    if has_end && !has_start {
        let message = "expected a start event beside the end event".to_owned();
        report.push(tree.error("endWithoutStart", process.element, message));
    }
}
