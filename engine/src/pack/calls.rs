//! Calls between the processes of a pack: of those that nobody can call, of those that would go on for
//! ever (by signals and messages as well), and of those that nobody begins at all. What a single call gives and takes is checked with its process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::ids::ProcessName;
use crate::problem::{Problem, nearest};
use crate::step::triggers::Trigger;

use super::{Kind, Loaded};

type Definitions = BTreeMap<ProcessName, Arc<Definition>>;

/// Reports everything that is wrong with calls, by process.
pub(super) fn check(definitions: &Definitions, loaded: &Loaded) -> Vec<(ProcessName, Problem)> {
    let mut problems = uncallable(definitions, loaded);
    let unbegun = unbegun(definitions).into_iter();
    // What cannot be read may begin it.
    problems
        .extend(unbegun.filter(|(process, _)| !loaded.may_name(Kind::Process, process.as_str())));
    problems.extend(endless(definitions));
    problems
}

fn problem(
    definition: &Definition,
    node: &Node,
    (key, code): (&'static str, &'static str),
    message: String,
    hint: &str,
) -> (ProcessName, Problem) {
    let path = node.path(definition);
    let keys: Vec<&str> = path.iter().map(String::as_str).chain([key]).collect();
    let problem = Problem::error(code, message).hint(hint).under(&keys);
    (definition.process().clone(), problem)
}

/// Calls of processes that begin only by themselves: nobody would come back to the caller.
fn uncallable(definitions: &Definitions, loaded: &Loaded) -> Vec<(ProcessName, Problem)> {
    let mut problems = Vec::new();
    for definition in definitions.values() {
        for node in definition.nodes() {
            let Element::CallActivity(call) = node.element() else { continue };
            let is_whole = !loaded.salvaged.contains_key(&call.process);
            let called = definitions.get(&call.process).filter(|_| is_whole);
            if called.is_none_or(|called| called.begins_by_hand()) {
                continue;
            }
            let message = format!(
                "expected a process with a start event that waits for nothing, but `{}` begins \
                 only by itself",
                call.process
            );
            let hint = "let its message or signal be sent instead, or give it a plain `startEvent`";
            problems.push(problem(definition, node, ("process", "notCallable"), message, hint));
        }
    }
    problems
}

/// Processes that nobody may begin, that nothing begins, and that no other calls.
fn unbegun(definitions: &Definitions) -> Vec<(ProcessName, Problem)> {
    let nodes = definitions.values().flat_map(|definition| definition.nodes());
    let called: BTreeSet<&ProcessName> = nodes
        .filter_map(|node| match node.element() {
            Element::CallActivity(call) => Some(&call.process),
            _ => None,
        })
        .collect();
    // A name that leads nowhere may mean one of them.
    let unknown: Vec<&ProcessName> =
        called.iter().copied().filter(|process| !definitions.contains_key(*process)).collect();
    let may_be_meant = |process: &ProcessName| {
        unknown.iter().any(|name| nearest(name.as_str(), [process.as_str()]).is_some())
    };
    let unbegun = definitions.values().filter(|definition| {
        definition.started_by().is_empty()
            && definition.event_starts.is_empty()
            && !called.contains(definition.process())
            && !may_be_meant(definition.process())
    });
    let problem = |process: &ProcessName| {
        let message = format!(
            "expected somebody or something to begin `{process}`: it has no `startedBy`, no start \
             event that waits for something, and no process of the pack calls it"
        );
        let hint = "name the roles that may begin it: `startedBy: [clerk]`";
        Problem::warning("nobodyBegins", message).hint(hint).under(&["process"])
    };
    unbegun
        .map(|definition| (definition.process().clone(), problem(definition.process())))
        .collect()
}

/// Where a case begins: its process and the node of its first token.
type Beginning<'a> = (&'a ProcessName, usize);

/// What a case does at once when it begins, and the case that begins by it.
struct Then<'a> {
    /// The node that does it.
    node: usize,
    /// The key that names it: `process`, `signal` or `message`.
    key: &'static str,
    begins: Beginning<'a>,
}

/// A ring of processes each of which calls the next, or begins it by a signal or a message, before
/// anything in it waits.
fn endless(definitions: &Definitions) -> Option<(ProcessName, Problem)> {
    let begun = begun_by(definitions);
    // Beginnings from which no ring can be come to.
    let mut done: BTreeSet<Beginning<'_>> = BTreeSet::new();
    for first in definitions.iter().flat_map(|(name, it)| beginnings(name, it)) {
        let mut path = vec![(first, at_once(definitions, first, &begun), 0)];
        while let Some((at, then, tried)) = path.pop() {
            let Some(Then { node, key, begins }) = then.get(tried) else {
                done.insert(at);
                continue;
            };
            let (node, key, begins) = (*node, *key, *begins);
            path.push((at, then, tried + 1));
            if let Some(begin) = path.iter().position(|(on, ..)| *on == begins) {
                let ring: Vec<&str> =
                    path[begin..].iter().map(|((on, _), ..)| on.as_str()).collect();
                let ring = format!("{} → {}", ring.join(" → "), begins.0);
                let (before, hint) = match key {
                    "process" => {
                        ("the call", "let somebody, a timer or a message come before the call")
                    }
                    _ => ("it", "let somebody or a timer come before it"),
                };
                let message =
                    format!("expected a node that waits before {before}, but {ring} runs for ever");
                let definition = &definitions[at.0];
                let node = &definition.nodes()[node];
                return Some(problem(definition, node, (key, "endlessCalls"), message, hint));
            }
            if !done.contains(&begins) && definitions.contains_key(begins.0) {
                path.push((begins, at_once(definitions, begins, &begun), 0));
            }
        }
    }
    None
}

/// Where cases of a process begin: by hand, and by each of its events.
fn beginnings<'a>(
    name: &'a ProcessName,
    definition: &'a Definition,
) -> impl Iterator<Item = Beginning<'a>> {
    let events = definition.event_starts.iter().copied();
    let again = (0..definition.nodes.len()).filter(|at| happens_again(definition, *at));
    std::iter::once(definition.start).chain(events).chain(again).map(move |at| (name, at))
}

/// The node that says what an event sub-process begins with; of another node that itself.
fn event_of(definition: &Definition, at: usize) -> &Element {
    let node = &definition.nodes[at];
    match (&node.element, node.inner_start) {
        (Element::EventSubProcess(_), Some(start)) => &definition.nodes[start].element,
        (element, _) => element,
    }
}

/// Whether a node is an event that a running case waits for and that may happen again and again: an event
/// sub-process, or an event beside an activity, that does not interrupt.
fn happens_again(definition: &Definition, at: usize) -> bool {
    let is_scope = matches!(definition.nodes[at].element, Element::EventSubProcess(_));
    match event_of(definition, at) {
        Element::StartEvent(start) => is_scope && !start.interrupting,
        Element::BoundaryEvent(event) => !event.interrupting,
        _ => false,
    }
}

/// The key of a message that a node sends or waits for.
fn key_of(element: &Element) -> Option<&str> {
    match element {
        Element::SendTask(task) => Some(&task.key),
        Element::EndEvent(end) => end.key.as_deref(),
        Element::IntermediateThrowEvent(event) => event.key.as_deref(),
        Element::StartEvent(start) => start.key.as_deref(),
        Element::BoundaryEvent(event) => event.key.as_deref(),
        _ => None,
    }
}

/// Whether a message or a signal from one node reaches an event that a running case waits for: a message
/// only under the same key, which two processes need not mean the same by.
fn reaches(definitions: &Definitions, key: &str, from: Beginning<'_>, to: Beginning<'_>) -> bool {
    let waits = happens_again(&definitions[to.0], to.1);
    let key_at = |(process, at): Beginning<'_>| {
        key_of(event_of(&definitions[process], at)).map(str::to_owned)
    };
    let is_same_key = || key_at(from) == key_at(to);
    !waits || key != "message" || from.0 == to.0 && is_same_key()
}

/// What begins cases, or a way beside what runs: each signal, and each message that nothing waits for
/// which takes it once.
fn begun_by(definitions: &Definitions) -> BTreeMap<(&'static str, &str), Vec<Beginning<'_>>> {
    let mut begun: BTreeMap<(&'static str, &str), Vec<Beginning<'_>>> = BTreeMap::new();
    let mut awaited = BTreeSet::new();
    for (name, definition) in definitions {
        for (at, node) in definition.nodes.iter().enumerate() {
            let starts = definition.event_starts.contains(&at);
            match node.behavior.trigger() {
                Some(Trigger::Signal { signal, .. }) if starts || happens_again(definition, at) => {
                    begun.entry(("signal", signal.as_str())).or_default().push((name, at));
                }
                Some(Trigger::Message { awaited, .. })
                    if starts || happens_again(definition, at) =>
                {
                    let message = ("message", awaited.message().as_str());
                    begun.entry(message).or_default().push((name, at));
                }
                Some(Trigger::Message { awaited: message, .. }) => {
                    awaited.insert(message.message().as_str());
                }
                _ => {}
            }
        }
    }
    begun.retain(|(key, name), _| *key != "message" || !awaited.contains(name));
    begun
}

/// The cases that a case begins at once when it begins itself, by node: by calls on any of its ways,
/// by signals and messages on the way that it takes for certain.
fn at_once<'a>(
    definitions: &'a Definitions,
    (process, start): Beginning<'a>,
    begun: &BTreeMap<(&'static str, &'a str), Vec<Beginning<'a>>>,
) -> Vec<Then<'a>> {
    let definition = &definitions[process];
    // Once as on any way, once as for certain.
    let mut seen = vec![[false; 2]; definition.nodes.len()];
    let (mut todo, mut all) = (vec![(start, true)], Vec::new());
    while let Some((at, certain)) = todo.pop() {
        if std::mem::replace(&mut seen[at][usize::from(certain)], true) {
            continue;
        }
        let node = &definition.nodes[at];
        if let Element::CallActivity(call) = &node.element
            && !seen[at][usize::from(!certain)]
        {
            let start = definitions.get(&call.process).map_or(0, |called| called.start);
            all.push(Then { node: at, key: "process", begins: (&call.process, start) });
        }
        if let Some((key, thrown)) = throws(&node.element).filter(|_| certain) {
            let begins = begun.get(&(key, thrown)).into_iter().flatten();
            let begins = begins.filter(|begins| reaches(definitions, key, (process, at), **begins));
            all.extend(begins.map(|begins| Then { node: at, key, begins: *begins }));
        }
        todo.extend(node.inner_start.map(|inner| (inner, certain)));
        todo.extend(node.choices.iter().map(|choice| (*choice, false)));
        // What begins the case has happened already.
        let has_happened = at == start && (node.instantiates() || happens_again(definition, at));
        if (has_happened || !node.element.waits()) && node.known == Known::All {
            let forks = matches!(node.element, Element::ParallelGateway(_));
            let certain = certain && (forks || node.outgoing.len() == 1);
            todo.extend(node.outgoing.iter().map(|flow| (definition.flows[*flow].to, certain)));
        }
    }
    all
}

/// The signal or the message that a node throws: the key that names it, and its name.
pub(super) fn throws(element: &Element) -> Option<(&'static str, &str)> {
    let (signal, message) = match element {
        Element::EndEvent(end) => (end.signal.as_ref(), end.message.as_ref()),
        Element::IntermediateThrowEvent(event) => (event.signal.as_ref(), event.message.as_ref()),
        Element::SendTask(task) => (None, Some(&task.message)),
        _ => (None, None),
    };
    let signal = signal.map(|signal| ("signal", signal.as_str()));
    signal.or(message.map(|message| ("message", message.as_str())))
}
