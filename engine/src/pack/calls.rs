//! Calls between the processes of a pack: of those that nobody can call, of those that would go on for
//! ever (by signals and messages as well), and of those that nobody begins at all. What a single call gives and takes is checked with its process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::heard::catches;
use super::{Kind, Loaded};
use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::ids::ProcessName;
use crate::problem::{Problem, nearest};

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

/// Processes that others call.
pub(super) fn called(definitions: &Definitions) -> BTreeSet<&ProcessName> {
    let nodes = definitions.values().flat_map(|definition| definition.nodes());
    nodes
        .filter_map(|node| match node.element() {
            Element::CallActivity(call) => Some(&call.process),
            _ => None,
        })
        .collect()
}

/// Processes that nobody may begin, that nothing begins, and that no other calls.
fn unbegun(definitions: &Definitions) -> Vec<(ProcessName, Problem)> {
    let called = called(definitions);
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

/// The key of what waits in a case and says none.
const OWN_KEY: &str = "=instance.id";

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

/// What is begun by a signal or a message, under a key where a running case waits for that.
struct Begun<'a> {
    begins: Beginning<'a>,
    key: Option<&'a str>,
}

/// What signals and messages begin, by their kind and their name.
type BegunBy<'a> = BTreeMap<(&'static str, &'a str), Vec<Begun<'a>>>;

/// A ring of processes each of which calls the next, or begins it by a signal or a message, before
/// anything in it waits; also of what events begin beside what runs, as often as they come.
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

/// Where cases of a process begin: by hand, and by each of its events; and what begins beside them.
fn beginnings<'a>(
    name: &'a ProcessName,
    definition: &'a Definition,
) -> impl Iterator<Item = Beginning<'a>> {
    let events = definition.event_starts.iter().copied();
    let nodes = definition.nodes.iter().enumerate();
    let beside = nodes.filter(|(_, node)| happens_again(&node.element).is_some());
    let all = std::iter::once(definition.start).chain(events);
    all.chain(beside.map(|(at, _)| at)).map(move |at| (name, at))
}

/// The key of what begins beside what runs each time when its event happens, and interrupts nothing.
fn happens_again(element: &Element) -> Option<&str> {
    let key = match element {
        Element::EventSubProcess(around) => around.nodes.values().find_map(|node| match node {
            Element::StartEvent(start) if !start.interrupting => Some(&start.key),
            _ => None,
        }),
        Element::BoundaryEvent(event) if !event.interrupting => Some(&event.key),
        _ => None,
    };
    key.map(|key| key.as_deref().unwrap_or(OWN_KEY))
}

/// What begins something: each signal, and each message that goes nowhere else. One that a running case
/// may wait for begins no case; and what it begins beside a case that waits for it begins again and
/// again where nothing else may wait for it.
fn begun_by(definitions: &Definitions) -> BegunBy<'_> {
    let (mut starts, mut beside) = (BegunBy::new(), BegunBy::new());
    let (mut awaited, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (name, definition) in definitions {
        for (at, node) in definition.nodes.iter().enumerate() {
            let Some(what) = catches(node) else { continue };
            let begins = (name, at);
            if definition.event_starts.contains(&at) {
                starts.entry(what).or_default().push(Begun { begins, key: None });
            } else if let Some(key) = happens_again(&node.element) {
                beside.entry(what).or_default().push(Begun { begins, key: Some(key) });
                awaited.insert(what);
            } else {
                awaited.insert(what);
                taken.insert(what);
            }
        }
    }
    starts.retain(|what, _| what.0 != "message" || !awaited.contains(what));
    beside.retain(|what, all| what.0 != "message" || (!taken.contains(what) && all.len() == 1));
    for (what, all) in beside {
        starts.entry(what).or_default().extend(all);
    }
    starts
}

/// The cases that a case begins at once when it begins itself, by node: by calls on any of its ways,
/// by signals and messages on the way that it takes for certain.
fn at_once<'a>(
    definitions: &'a Definitions,
    (process, start): Beginning<'a>,
    begun: &BegunBy<'a>,
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
            let of = sent_under(&node.element);
            let begun = begun.get(&(key, thrown)).into_iter().flatten();
            // Of a case that waits under another key it may not be found.
            let begun =
                begun.filter(|it| key != "message" || it.key.is_none_or(|it| of == Some(it)));
            all.extend(begun.map(|it| Then { node: at, key, begins: it.begins }));
        }
        todo.extend(node.inner_start.map(|inner| (inner, certain)));
        todo.extend(node.choices.iter().map(|choice| (*choice, false)));
        // What begins the case, or this beside it, has happened already.
        let begins = node.instantiates() || matches!(node.element, Element::BoundaryEvent(_));
        let has_happened = at == start && begins;
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

/// The key under which a node sends its message.
fn sent_under(element: &Element) -> Option<&str> {
    match element {
        Element::EndEvent(end) => end.key.as_deref(),
        Element::IntermediateThrowEvent(event) => event.key.as_deref(),
        Element::SendTask(task) => Some(&task.key),
        _ => None,
    }
}
