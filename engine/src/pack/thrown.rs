//! Errors, escalations and cancellations that are caught where nothing throws them, mostly for a slip in
//! a code, and errors that nobody catches. What a worker, a service or a called case throws is not known.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::definition::{Definition, Known, Node};
use crate::elements::Element;
use crate::ids::ProcessName;
use crate::problem::{Problem, did_you_mean};
use crate::step::triggers::{ANY, Trigger};

type Definitions = BTreeMap<ProcessName, Arc<Definition>>;

/// What goes outwards until somebody catches it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Error,
    Escalation,
    Cancel,
}

/// A code that a node throws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thrown<'a> {
    Code(&'a str),
    /// One that nobody can know.
    Any,
}

impl What {
    const fn key(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Escalation => "escalation",
            Self::Cancel => "cancel",
        }
    }

    /// What a node throws of it.
    fn thrown_by(self, node: &Node) -> Option<Thrown<'_>> {
        if node.known != Known::All {
            return Some(Thrown::Any);
        }
        let code = match (self, node.element()) {
            (Self::Error, Element::ServiceTask(_))
            | (Self::Error | Self::Escalation, Element::CallActivity(_)) => {
                return Some(Thrown::Any);
            }
            (Self::Error, Element::EndEvent(end)) => end.error.as_ref()?.as_str(),
            (Self::Escalation, Element::EndEvent(end)) => end.escalation.as_ref()?.as_str(),
            (Self::Escalation, Element::IntermediateThrowEvent(event)) => {
                event.escalation.as_ref()?.as_str()
            }
            (Self::Cancel, Element::EndEvent(end)) if end.cancel => "true",
            _ => return None,
        };
        Some(Thrown::Code(code))
    }
}

/// Reports what is caught for nothing, and then errors that are thrown for nobody.
pub(super) fn check(definitions: &Definitions) -> Vec<(ProcessName, Problem)> {
    let called = super::calls::called(definitions);
    let mut problems = Vec::new();
    for definition in definitions.values() {
        let all = 0..definition.nodes().len();
        let mut found: Vec<Problem> =
            all.clone().filter_map(|at| caught_in_vain(definition, at)).collect();
        // One slip in a code is told once.
        if found.is_empty() && !called.contains(definition.process()) {
            found.extend(all.filter_map(|at| uncaught(definition, at)));
        }
        found.extend(definition.nodes().iter().filter_map(|node| throws_any(definition, node)));
        let outermost = definition.nodes().iter().filter(|node| node.scope.is_none());
        found.extend(outermost.filter_map(|node| undoes_case(definition, node)));
        problems.extend(found.into_iter().map(|one| (definition.process().clone(), one)));
    }
    problems
}

/// An event sub-process of the process itself that undoes it: nothing undoes a case as a whole, nor one
/// that another called.
fn undoes_case(definition: &Definition, node: &Node) -> Option<Problem> {
    let Element::EventSubProcess(own) = node.element() else { return None };
    let (start, _) = own
        .nodes
        .iter()
        .find(|(_, one)| matches!(one, Element::StartEvent(start) if start.compensation))?;
    let message = "expected `compensation` only in an event sub-process inside a sub-process: nothing \
                   undoes a case as a whole, called or not, so that this never begins";
    let problem = Problem::error("eventNotAllowed", message).hint(
        "let a boundary event with `compensation: true` on the callActivity undo what was called",
    );
    let keys = ["nodes", start.as_str(), "compensation"];
    Some(problem.under(&keys).under(&node.path(definition)))
}

/// Something that throws no code of its own: `any` is for those that catch.
fn throws_any(definition: &Definition, node: &Node) -> Option<Problem> {
    let (error, escalation) = match node.element() {
        Element::EndEvent(end) => (end.error.as_ref(), end.escalation.as_ref()),
        Element::IntermediateThrowEvent(event) => (None, event.escalation.as_ref()),
        _ => return None,
    };
    let error = error.filter(|code| code.as_str() == ANY).map(|_| What::Error);
    let escalation = escalation.filter(|code| code.as_str() == ANY).map(|_| What::Escalation);
    let key = error.or(escalation)?.key();
    let message =
        format!("expected the code of the {key} that is thrown: `{ANY}` is for catching alone");
    let problem = Problem::error("badEvent", message);
    Some(problem.under(&[key]).under(&node.path(definition)))
}

/// The scopes around a node, from within.
fn around(definition: &Definition, at: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(definition.nodes()[at].scope, |at| definition.nodes()[*at].scope)
}

/// What an event catches, and its code; none of one that takes every code, or another kind of event.
fn catches(node: &Node) -> Option<(What, &str)> {
    match node.behavior.trigger()? {
        Trigger::Error { code: Some(code), .. } if code.as_str() != "CASE_CANCELLED" => {
            Some((What::Error, code.as_str()))
        }
        Trigger::Escalation { code: Some(code), .. } => Some((What::Escalation, code.as_str())),
        Trigger::Cancel => Some((What::Cancel, "true")),
        Trigger::Error { .. }
        | Trigger::Escalation { code: None, .. }
        | Trigger::Timer { .. }
        | Trigger::Message { .. }
        | Trigger::Signal { .. }
        | Trigger::Condition(_)
        | Trigger::Compensation => None,
    }
}

fn caught_in_vain(definition: &Definition, at: usize) -> Option<Problem> {
    let node = &definition.nodes()[at];
    let (what, code) = catches(node)?;
    let host = match node.element() {
        Element::BoundaryEvent(event) => Some(*definition.by_name.get(&event.attached_to)?),
        _ => node.scope,
    };
    // Where it stands elsewhere, that is told.
    let stands_on = host.map(|host| definition.nodes()[host].element());
    if what == What::Cancel && !matches!(stands_on, Some(Element::Transaction(_))) {
        return None;
    }
    let is_beside = matches!(node.element(), Element::EventSubProcess(_));
    let listens = |at: usize| definition.nodes()[at].behavior.listens();
    let is_inside = |other: usize| {
        let inside: Vec<usize> = std::iter::once(other).chain(around(definition, other)).collect();
        // What an event sub-process throws is caught by none of its siblings.
        let is_sibling = is_beside
            && inside.iter().any(|at| listens(*at) && definition.nodes()[*at].scope == host);
        !is_sibling && host.is_none_or(|host| inside.contains(&host))
    };
    let thrown: Vec<Thrown<'_>> = (0..definition.nodes().len())
        .filter(|other| is_inside(*other))
        .filter_map(|other| what.thrown_by(&definition.nodes()[other]))
        .collect();
    if thrown.iter().any(|thrown| matches!(thrown, Thrown::Any) || *thrown == Thrown::Code(code)) {
        return None;
    }
    let place = host
        .map_or("the process".to_owned(), |host| format!("`{}`", definition.nodes()[host].name()));
    let message = match what {
        What::Cancel => format!(
            "expected an end event with `cancel: true` inside {place}, found none: this never happens"
        ),
        What::Error | What::Escalation => format!(
            "expected something inside {place} that throws the {} `{code}`, found none: this never \
             happens",
            what.key()
        ),
    };
    let known = thrown.into_iter().filter_map(|thrown| match thrown {
        Thrown::Code(code) => Some(code),
        Thrown::Any => None,
    });
    let meant = did_you_mean(code, known);
    let problem = Problem::warning("nobodyThrows", message).maybe_hint(meant);
    let start = match node.element() {
        Element::EventSubProcess(own) => {
            own.nodes.iter().find(|(_, one)| matches!(one, Element::StartEvent(_)))
        }
        _ => None,
    };
    let problem = problem.under(&[what.key()]);
    let problem = match start {
        Some((start, _)) => problem.under(&["nodes", start.as_str()]),
        None => problem,
    };
    Some(problem.under(&node.path(definition)))
}

/// An error that an end event throws and nothing around it catches, in a process that none calls.
fn uncaught(definition: &Definition, at: usize) -> Option<Problem> {
    let node = &definition.nodes()[at];
    let Element::EndEvent(end) = node.element() else { return None };
    let code = end.error.as_ref()?;
    let fits = |at: &usize| {
        let trigger = definition.nodes()[*at].behavior.trigger();
        trigger.is_some_and(|it| it.catches_error(code).is_some())
    };
    let mut inside = at;
    let is_whole = definition.nodes().iter().all(|node| node.known == Known::All);
    loop {
        let (own, scope) = (&definition.nodes()[inside], definition.nodes()[inside].scope);
        let listeners = match scope {
            _ if own.behavior.listens() => &[][..],
            Some(scope) => &definition.nodes()[scope].listeners,
            None => &definition.listeners,
        };
        if own.boundaries.iter().chain(listeners).any(fits) || !is_whole {
            return None;
        }
        let Some(scope) = scope else { break };
        inside = scope;
    }
    let message = format!(
        "expected an event that catches the error `{code}`, found none, and no process of the pack \
         calls this one: the case stops there at the incident `UNCAUGHT_ERROR`"
    );
    let hint = "end it with an `outcome` instead, or let a boundary event or an event sub-process \
                catch it";
    let problem = Problem::warning("nobodyCatches", message).hint(hint);
    Some(problem.under(&["error"]).under(&node.path(definition)))
}
