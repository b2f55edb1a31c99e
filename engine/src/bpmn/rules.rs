//! What BPMN 2.0 forbids beyond references that lead nowhere: which events may stand where, which
//! flows may go where, what a sub-process may hold. One file a subject; each rule has a code.

mod events;
mod flows;
mod places;
mod scopes;

use super::model::{Model, Report};

/// Reports every rule that a model breaks.
pub(super) fn check(model: &Model<'_>, report: &mut Report) {
    for process in &model.processes {
        for at in 0..process.nodes.len() {
            if report.is_full() {
                return;
            }
            events::check(model.tree, process, at, report);
            flows::check(model.tree, process, at, report);
            scopes::check(model.tree, process, at, report);
        }
        events::links(model.tree, process, report);
        scopes::process(model.tree, process, report);
    }
    scopes::some_nodes(model, report);
    flows::messages(model, report);
    places::check(model.tree, report);
}
