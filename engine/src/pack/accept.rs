//! Warnings that a node's author knows of and stands by: `accept: { decidedByData: … }`.

use indexmap::IndexMap;

use crate::definition::source::ProcessSource;
use crate::diagnostic::Severity;
use crate::elements::Element;
use crate::ids::NodeName;
use crate::problem::{Problem, did_you_mean};
use crate::text::{Language, Text};

/// What is told of something accepted that is not there.
const NOTHING: &str = "nothingToAccept";

/// Takes out the warnings that nodes accept, each with its reason as its hint. What is accepted and not
/// told is told of.
pub(super) fn take(source: &ProcessSource, problems: &mut Vec<Problem>) -> Vec<Problem> {
    let mut accepted = Vec::new();
    of_nodes(&source.nodes, &["nodes".to_owned()], problems, &mut accepted);
    // Beside an error, not everything was looked at.
    if problems.iter().any(|problem| problem.severity == Severity::Error) {
        problems.retain(|problem| problem.code != NOTHING);
    }
    accepted
}

fn of_nodes(
    nodes: &IndexMap<NodeName, Element>,
    path: &[String],
    problems: &mut Vec<Problem>,
    accepted: &mut Vec<Problem>,
) {
    for (name, element) in nodes {
        let mut path = path.to_vec();
        path.push(name.to_string());
        for (code, reason) in element.accept() {
            one(&path, code, reason, problems, accepted);
        }
        if let Some(inside) = element.nodes() {
            path.push("nodes".to_owned());
            of_nodes(inside, &path, problems, accepted);
        }
    }
}

fn one(
    path: &[String],
    code: &str,
    reason: &Text,
    problems: &mut Vec<Problem>,
    accepted: &mut Vec<Problem>,
) {
    let is_here = |problem: &Problem| {
        let is_own = problem.table.is_none() && problem.form.is_none();
        is_own
            && problem.path.starts_with(path)
            && !problem.path[path.len()..].contains(&"nodes".to_owned())
    };
    let is_it = |problem: &Problem| {
        is_here(problem) && problem.code == code && problem.severity == Severity::Warning
    };
    let (taken, left): (Vec<Problem>, Vec<Problem>) = problems.drain(..).partition(is_it);
    *problems = left;
    if taken.is_empty() {
        let of_node = problems.iter().filter(|problem| is_here(problem));
        let hint = did_you_mean(code, of_node.map(|problem| problem.code));
        let message =
            format!("expected a warning `{code}` of this node to accept, but there is none");
        let problem = Problem::warning(NOTHING, message).maybe_hint(hint);
        problems.push(problem.under(&["accept", code]).under(path).at_key());
    }
    let reason = format!("accepted: {}", reason.get(Language::En));
    accepted
        .extend(taken.into_iter().map(|problem| Problem { hint: Some(reason.clone()), ..problem }));
}
