//! Nodes that let the clock of a timer stand still (`pausedBy`), as they are written. When they do is the
//! step's.

use super::Compiler;
use super::source::TimeSource;
use crate::ids::NodeName;
use crate::problem::Problem;

/// The nodes that let a timer stand still.
pub(super) fn compile(
    compiler: &mut Compiler<'_>,
    keys: &[&str],
    full: &TimeSource,
) -> Vec<NodeName> {
    let nodes = full.paused_by.as_slice();
    let under = [keys, &["pausedBy"]].concat();
    for node in nodes {
        compiler.node_exists(&under, node);
    }
    let is_period = full.within.is_some();
    if !nodes.is_empty() && (keys.last() != Some(&"timer") || !is_period) {
        let message = "expected `pausedBy` in a `timer` with `in`: what else has a clock stands \
                       still by `clock: pause`, or not at all";
        compiler.report(&under, Problem::error("badTime", message));
    }
    for node in nodes {
        let never = match compiler.named(node) {
            Some(element) if !element.waits() && element.nodes().is_none() => {
                Some(format!("nothing ever waits at `{node}`"))
            }
            Some(_) if compiler.is_attached_to(node) => Some(format!(
                "`{node}` is active whenever the clock would run, so that it never runs"
            )),
            Some(_) | None => None,
        };
        if let Some(why) = never {
            let message = format!("expected what is active from time to time, but {why}");
            compiler.report(&under, Problem::warning("pausesInVain", message));
        }
    }
    nodes.to_vec()
}
