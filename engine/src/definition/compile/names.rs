//! What a process says of itself beside its nodes: operations, who begins it, its notices.

use std::collections::BTreeMap;

use super::role_exists;
use crate::definition::source::{OneOrMany, ProcessSource};
use crate::definition::{Library, Opinions};
use crate::ids::NodeName;
use crate::problem::{Problem, did_you_mean};

/// Reports nodes of `until` that are not there, and operations that are off anyway.
pub(super) fn until(
    source: &ProcessSource,
    names: &BTreeMap<NodeName, Vec<String>>,
    problems: &mut Vec<Problem>,
) {
    for (operation, node) in source.until.each() {
        let path = ["until", operation.name()];
        if !names.contains_key(node) {
            let known = names.keys().map(NodeName::as_str);
            let message = format!("expected a node of the process, found `{node}`");
            let problem = Problem::error("unknownNode", message)
                .maybe_hint(did_you_mean(node.as_str(), known));
            problems.push(problem.under(&path));
        }
        if !source.operations.as_slice().contains(&operation) {
            let message =
                format!("expected `{operation}` among the `operations` that end somewhere");
            let problem = Problem::error("ignoredKey", message)
                .hint(format!("add it to `operations`; without that nobody may {operation}"));
            problems.push(problem.under(&path).at_key());
        }
    }
}

/// Reports names that lead nowhere.
pub(super) fn process_names(
    source: &ProcessSource,
    library: &Library,
    problems: &mut Vec<Problem>,
) {
    for operation in source.operations.as_slice().iter().filter(|one| !one.is_of_case()) {
        let message = format!("expected an operation on a case, found `{operation}`");
        let problem = Problem::error("operationOfTask", message)
            .hint("it concerns a task: list it in that node's `operations`");
        problems.push(problem.under(&["operations"]));
    }
    for (at, role) in source.started_by.iter().enumerate() {
        role_exists(library, role, &["startedBy", &at.to_string()], problems);
    }
    if let Opinions::Roles(roles) = Opinions::of(source.opinions.as_slice()) {
        for (at, role) in roles.iter().enumerate() {
            // One role may stand alone.
            let place = at.to_string();
            let path: &[&str] = match &source.opinions {
                OneOrMany::One(_) => &["opinions"],
                OneOrMany::Many(_) => &["opinions", &place],
            };
            role_exists(library, role, path, problems);
        }
    }
    let notices = &source.notices;
    for (key, notice) in [
        ("task", &notices.task),
        ("reminder", &notices.reminder),
        ("overdue", &notices.overdue),
        ("extended", &notices.extended),
        ("outcome", &notices.outcome),
        ("ended", &notices.ended),
        ("stopped", &notices.stopped),
        ("receipt", &notices.receipt),
        ("urge", &notices.urge),
        ("copy", &notices.copy),
        ("deputed", &notices.deputed),
    ] {
        let Some(notice) = notice else { continue };
        if !library.notices.contains(notice) {
            let known = library.notices.iter().map(crate::ids::NoticeName::as_str);
            let message = format!("expected a template of notices/, found `{notice}`");
            let problem = Problem::error("unknownNotice", message)
                .maybe_hint(did_you_mean(notice.as_str(), known));
            problems.push(problem.under(&["notices", key]));
        }
    }
}
