//! An ad-hoc sub-process: people begin its activities, and a condition says when it is done. Here
//! is the rule; what its YAML may say is in its element.

use super::{Halt, Leave, Step};
use crate::actor::{Actor, Principal};
use crate::command::{Command, Envelope};
use crate::definition::{Definition, Dynamic};
use crate::event::{Cause, Event, Recipient};
use crate::expression::Expression;
use crate::facts::Facts;
use crate::ids::{Key, NodeName, RoleName};
use crate::instance::{Instance, Waiting};
use crate::rejection::Rejection;

/// How the activities of a sub-process are chosen.
#[derive(Debug)]
pub(crate) struct Choosing {
    /// Roles of those who begin them.
    pub(crate) roles: Vec<RoleName>,
    /// The unit that the roles must be held for.
    pub(crate) unit: Option<Dynamic>,
    /// Whether only one may run at a time.
    pub(crate) is_sequential: bool,
    /// When it is done.
    pub(crate) until: Option<Expression>,
    /// Whether what is active then ends.
    pub(crate) cancels: bool,
}

/// An ad-hoc sub-process that is active, as somebody sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// Its activation.
    pub key: Key,
    /// Its node.
    pub node: NodeName,
    /// Who begins its activities.
    pub candidates: Vec<Principal>,
    /// Its activities, in the order of the file; with why they may not begin one, where they may
    /// not.
    pub activities: Vec<(NodeName, Option<Rejection>)>,
}

/// What people may begin by themselves in a case now, and why whoever asks may not.
pub fn choices(definition: &Definition, instance: &Instance, actor: &Actor) -> Vec<Choices> {
    let envelope = Envelope::asking(instance.started_at(), actor.clone());
    let facts = Facts::default();
    let step = Step::new(definition, instance.clone(), &envelope, &facts);
    let active = instance.activations().iter().filter_map(|(key, activation)| {
        let Waiting::Choosing { candidates, ended: false, .. } = &activation.waiting else {
            return None;
        };
        let may = |node: &NodeName| match step.may_choose(*key, node) {
            Err(Halt::Reject(rejection)) => Some(rejection),
            Ok(_) | Err(Halt::Needs | Halt::Incident { .. }) => None,
        };
        let inside = step.node_of(*key).choices.iter().map(|at| &definition.nodes[*at].name);
        Some(Choices {
            key: *key,
            node: activation.node.clone(),
            candidates: candidates.clone(),
            activities: inside.map(|node| (node.clone(), may(node))).collect(),
        })
    });
    active.collect()
}

impl Step<'_> {
    /// An ad-hoc sub-process lets people choose from now on, and tells them.
    pub(super) fn begin_choosing(&mut self, key: Key, choosing: &Choosing) -> Result<(), Halt> {
        // A retry of what stands on it begins nothing anew.
        if matches!(self.activation(key).waiting, Waiting::Choosing { .. }) {
            return Ok(());
        }
        let definition = self.definition;
        let unit = match &choosing.unit {
            None => None,
            Some(unit) => match self.dynamic_text(unit, key)? {
                None => return Err(Self::nobody_of_unit(choosing)),
                unit => unit,
            },
        };
        let of = |role| Principal::of(role, unit.as_deref());
        let candidates: Vec<Principal> = choosing.roles.iter().map(of).collect();
        let told = candidates.iter().cloned().map(Recipient::Principal).collect();
        self.emit(Event::ChoosingBegan { key, candidates });
        self.notice(key, definition.notices.task.as_ref(), told);
        Ok(())
    }

    fn nobody_of_unit(choosing: &Choosing) -> Halt {
        let roles: Vec<String> = choosing.roles.iter().map(|role| format!("`{role}`")).collect();
        let roles = roles.join(" or ");
        let message = format!(
            "expected the unit for which {roles} may begin activities, but its expression gave none; \
             correct what it reads and try again"
        );
        Halt::incident("NOBODY_FOUND", message)
    }

    /// Somebody begins an activity.
    pub(super) fn begin_activity(&mut self, within: Key, node: &NodeName) -> Result<(), Halt> {
        let at = self.may_choose(within, node)?;
        let person = self.envelope.actor.person().cloned();
        self.emit(Event::ActivityChosen { key: within, node: node.clone(), person });
        self.send(at, within, None, Vec::new());
        Ok(())
    }

    /// The node that whoever asks wants to begin, where they may.
    fn may_choose(&self, within: Key, node: &NodeName) -> Result<usize, Halt> {
        let waiting = &self.open(within)?.waiting;
        let (Waiting::Choosing { candidates, ended, .. }, Some(choosing)) =
            (waiting, self.node_of(within).behavior.choosing())
        else {
            let expected = "an ad-hoc sub-process".into();
            return Err(Rejection::WrongKind { key: within, expected }.into());
        };
        if *ended {
            return Err(Rejection::NotOpen { key: within }.into());
        }
        if !candidates.iter().any(|candidate| self.envelope.actor.is(candidate)) {
            let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            return Err(Rejection::NotCandidate { expected: names.join(", ") }.into());
        }
        let own = &self.node_of(within).choices;
        let Some(at) = own.iter().find(|at| self.definition.nodes[**at].name == *node) else {
            let names: Vec<&str> =
                own.iter().map(|at| self.definition.nodes[*at].name.as_str()).collect();
            let message = format!("expected one of {}, found `{node}`", names.join(", "));
            return Err(Rejection::BadArgument { field: "node".into(), message }.into());
        };
        match self.active_inside(within) {
            Some(active) if choosing.is_sequential => {
                Err(Rejection::OneAtATime { active: active.clone() }.into())
            }
            _ => Ok(*at),
        }
    }

    /// Something that is active in a scope.
    fn active_inside(&self, scope: Key) -> Option<&NodeName> {
        let all = self.instance.activations().values();
        all.filter(|one| one.scope == scope && !one.is_listener()).map(|one| &one.node).next()
    }

    /// An activity of a scope is done: where that is an ad-hoc sub-process, its condition is asked
    /// once its tokens wait.
    pub(super) fn done_inside(&mut self, scope: Key, node: usize) {
        let chooses = |activation: &crate::instance::Activation| {
            matches!(activation.waiting, Waiting::Choosing { ended: false, .. })
        };
        if self.definition.nodes[node].element.is_activity()
            && self.instance.activation(scope).is_some_and(chooses)
        {
            self.to_ask.insert(scope);
        }
    }

    /// The condition is asked again, after it could not be told.
    pub(super) fn ask_again(&mut self, scope: Key) {
        self.to_ask.insert(scope);
    }

    /// Lets every ad-hoc sub-process in which nothing is active be asked, once in a step: what came, or
    /// was corrected, may have made its condition true, and nobody would begin anything more. Whether
    /// there is any to ask.
    pub(super) fn ask_empty(&mut self) -> bool {
        if self.has_asked_empty || self.instance.suspended().is_some() {
            return false;
        }
        self.has_asked_empty = true;
        let is_corrected = matches!(self.envelope.command, Command::Correct { .. });
        let may_be_done = |key: &Key| {
            let activation = self.activation(*key);
            let was_done = match &activation.waiting {
                Waiting::Choosing { done, ended: false, .. } => *done > 0 || is_corrected,
                _ => false,
            };
            was_done && activation.incident.is_none() && self.is_empty_inside(*key)
        };
        let empty: Vec<Key> =
            self.instance.activations().keys().copied().filter(may_be_done).collect();
        self.to_ask.extend(&empty);
        !empty.is_empty()
    }

    /// Nothing more is begun in a scope that an event took over, if it is an ad-hoc sub-process: it is
    /// done when that is.
    pub(crate) fn end_choosing(&mut self, scope: Key) {
        let chooses = self.instance.activation(scope).is_some_and(|activation| {
            matches!(activation.waiting, Waiting::Choosing { ended: false, .. })
        });
        if chooses {
            self.emit(Event::ChoosingEnded { key: scope });
        }
    }

    /// Asks one ad-hoc sub-process whether it is done. Whether there was any.
    pub(super) fn ask_choosing(&mut self) -> Result<bool, Halt> {
        let definition = self.definition;
        let Some(scope) = self.to_ask.pop_first() else { return Ok(false) };
        let Some(activation) = self.instance.activation(scope) else { return Ok(true) };
        let behavior = &definition.nodes[definition.index(&activation.node)].behavior;
        let Some(Choosing { until: Some(until), cancels, .. }) = behavior.choosing() else {
            return Ok(true);
        };
        let is_done = match self.evaluate_bool(until, scope) {
            Ok(is_done) => is_done,
            Err(Halt::Incident { message, .. }) => {
                self.fail(scope, super::CONDITION_FAILED, message);
                return Ok(true);
            }
            Err(halt) => return Err(halt),
        };
        if is_done && *cancels {
            self.close_listeners(scope);
            self.terminate_inside(scope, &Cause::Enough);
            self.complete(scope, Leave::Next)?;
        } else if is_done {
            self.emit(Event::ChoosingEnded { key: scope });
        }
        Ok(true)
    }

    /// Whether a scope in which nothing is active is done: an ad-hoc sub-process waits until
    /// somebody begins something.
    pub(super) fn is_done_empty(&self, scope: Key) -> bool {
        is_done_empty(self.definition, &self.instance, scope)
    }
}

/// The same of a case on a version of its definition.
pub(super) fn is_done_empty(definition: &Definition, instance: &Instance, scope: Key) -> bool {
    let Some(activation) = instance.activation(scope) else { return true };
    let Waiting::Choosing { done, ended, .. } = &activation.waiting else { return true };
    let node = &definition.nodes[definition.index(&activation.node)];
    let has_until = node.behavior.choosing().is_some_and(|it| it.until.is_some());
    let waits = instance.arrivals().iter().any(|one| one.scope == scope);
    *ended || (*done > 0 && !has_until && !waits)
}
