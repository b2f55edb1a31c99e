//! Signals and messages that are thrown and caught by nobody, mostly for a slip in a name. What is
//! caught and not thrown in the pack may come from outside; what is thrown never leaves the pack.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::ids::ProcessName;
use crate::problem::{Problem, did_you_mean, distance};
use crate::step::triggers::Trigger;

use super::calls::throws;
use super::{Kind, Loaded};

type Definitions = BTreeMap<ProcessName, Arc<Definition>>;

/// Edits by which a name that comes from outside is taken for a slip of one in the pack.
const SLIP: usize = 1;
/// Shorter names are not.
const SLIP_CHARS_MIN: usize = 5;

/// A signal or a message that a node names.
struct Named<'a> {
    definition: &'a Definition,
    node: &'a Node,
    kind: &'static str,
    name: &'a str,
}

/// Reports what is thrown for nobody, and what is caught and probably thrown under another name.
pub(super) fn check(definitions: &Definitions, loaded: &Loaded) -> Vec<(ProcessName, Problem)> {
    let (mut thrown, mut caught) = (Vec::new(), Vec::new());
    let all = definitions.values().flat_map(|definition| {
        definition.nodes().iter().map(move |node| (definition.as_ref(), node))
    });
    let is_sure = all.clone().all(|(_, node)| node.known != Known::Nothing);
    for (definition, node) in all {
        let named = |(kind, name)| Named { definition, node, kind, name };
        thrown.extend(throws(node.element()).map(named));
        caught.extend(catches(node).map(named));
    }
    let may_be_elsewhere = |one: &Named<'_>| !is_sure || loaded.may_name(Kind::Process, one.name);
    let names = |of: &[Named<'_>]| -> BTreeSet<(&'static str, String)> {
        of.iter().map(|one| (one.kind, one.name.to_owned())).collect()
    };
    let (all_thrown, all_caught) = (names(&thrown), names(&caught));
    let mut problems = Vec::new();
    let mut told = BTreeSet::new();
    for one in thrown.iter().filter(|one| !may_be_elsewhere(one)) {
        let key = (one.kind, one.name.to_owned());
        if !all_caught.contains(&key) && told.insert(key) {
            problems.push(unheard(one, &all_caught));
        }
    }
    for one in caught.iter().filter(|one| !may_be_elsewhere(one)) {
        let key = (one.kind, one.name.to_owned());
        let slip = all_thrown.iter().find(|(kind, name)| {
            // One that nobody catches was told just now.
            *kind == one.kind
                && all_caught.contains(&(*kind, name.clone()))
                && is_slip(name, one.name)
        });
        if let Some((_, meant)) = slip.filter(|_| !all_thrown.contains(&key))
            && told.insert(key)
        {
            problems.push(unthrown(one, meant));
        }
    }
    problems
}

fn is_slip(one: &str, other: &str) -> bool {
    // Names that are numbered are meant as they are.
    let is_word = |name: &str| !name.contains(|c: char| c.is_ascii_digit());
    is_word(one)
        && is_word(other)
        && one.chars().count().min(other.chars().count()) >= SLIP_CHARS_MIN
        && distance(one, other) <= SLIP
}

fn unheard(one: &Named<'_>, caught: &BTreeSet<(&'static str, String)>) -> (ProcessName, Problem) {
    let known = caught.iter().filter(|(kind, _)| *kind == one.kind).map(|(_, name)| name.as_str());
    let meant = did_you_mean(one.name, known);
    let Named { kind, name, .. } = one;
    let (code, message, hint) = match *kind {
        "message" => (
            "nobodyReceives",
            format!(
                "expected a process that waits for the message `{name}` or begins by it, found none"
            ),
            "messages stay within the pack: an outside system is reached by a serviceTask",
        ),
        _ => (
            "nobodyCatches",
            format!("expected a process that catches the signal `{name}`, found none"),
            "signals stay within the pack: an outside system is reached by a serviceTask",
        ),
    };
    let problem = Problem::warning(code, message).hint(hint).maybe_hint(meant);
    placed(one, problem)
}

fn unthrown(one: &Named<'_>, meant: &str) -> (ProcessName, Problem) {
    let Named { kind, name, .. } = one;
    let message = format!(
        "expected a {kind} that a process of the pack throws, as `{meant}` is, but none throws `{name}`"
    );
    let problem = Problem::warning("nobodyThrows", message).maybe_hint(Some(format!(
        "did you mean `{meant}`? If it comes from outside, give it a name of its own"
    )));
    placed(one, problem)
}

fn placed(one: &Named<'_>, problem: Problem) -> (ProcessName, Problem) {
    let path = one.node.path(one.definition);
    (one.definition.process().clone(), problem.under(&[one.kind]).under(&path))
}

/// The signal or the message that a node waits for.
pub(super) fn catches(node: &Node) -> Option<(&'static str, &str)> {
    if let Element::ReceiveTask(task) = node.element() {
        return Some(("message", task.message.as_str()));
    }
    match node.behavior.trigger()? {
        Trigger::Signal { signal, .. } => Some(("signal", signal.as_str())),
        Trigger::Message { awaited, .. } => Some(("message", awaited.message().as_str())),
        _ => None,
    }
}
