//! How large a process may be.

use super::Flat;
use crate::definition::Library;
use crate::elements::Element;
use crate::problem::Problem;

/// Nodes of one process.
const NODES_MAX: usize = 2_000;
/// Outcomes of one task.
const OUTCOMES_MAX: usize = 200;

/// Reports a process without a node or with too many, and tasks with too many outcomes; whether there was
/// something to report. What was published once may have as many outcomes as it has.
pub(super) fn is_wrong(flat: &[Flat<'_>], library: &Library, problems: &mut Vec<Problem>) -> bool {
    if flat.is_empty() || flat.len() > NODES_MAX {
        let message = format!("expected 1 to {NODES_MAX} nodes, found {}", flat.len());
        problems.push(Problem::error("badNodeCount", message).under(&["nodes"]));
        return true;
    }
    !library.as_written && too_many(flat, problems)
}

/// Reports tasks with more outcomes than anybody chooses among; whether there are such.
fn too_many(flat: &[Flat<'_>], problems: &mut Vec<Problem>) -> bool {
    let before = problems.len();
    for node in flat {
        let Element::UserTask(task) = node.element else { continue };
        let found = task.outcomes.len();
        if found > OUTCOMES_MAX {
            let message = format!("expected at most {OUTCOMES_MAX} outcomes, found {found}");
            let hint = "let what is decided be a field of a form, and a gateway ask it";
            let problem = Problem::error("tooManyOutcomes", message).hint(hint);
            let path = node.path.iter().map(String::as_str).chain(["outcomes"]);
            problems.push(problem.under(&path.collect::<Vec<_>>()));
        }
    }
    problems.len() > before
}
