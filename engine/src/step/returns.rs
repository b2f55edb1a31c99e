//! Returns (退回): what descends from an activity is undone as one unit and the activity is done
//! again, or somebody only corrects something and the case comes straight back. The rules and why
//! they are sound are in `docs/language/returns.md`.

use std::collections::BTreeMap;

use super::withdrawal::given_in;
use super::{Halt, Step, Token};
use crate::command::Command;
use crate::definition::source::Then;
use crate::event::{Because, Cause, Event};
use crate::ids::{Key, NodeName, PersonId};
use crate::instance::{Asked, Status, Trace, Waiting};
use crate::operation::{Allowed, Operation};
use crate::rejection::Rejection;

/// Nodes that one return may go to at once.
pub(super) const RETURN_TARGETS_MAX: usize = 20;

/// Where a case may be returned to: what would be done again, by node.
pub(crate) type Targets = BTreeMap<NodeName, Key>;

impl Step<'_> {
    /// Forgets what no return can need any more.
    pub(super) fn forget(&mut self) {
        // An ended case may run again.
        if self.instance.status() != Status::Active {
            return;
        }
        let keys = self.instance.forgettable();
        if !keys.is_empty() {
            self.emit(Event::TrailForgotten { keys });
        }
    }

    /// Where an activation may be returned to: the latest round of every node that it, or a scope
    /// around it, descends from.
    pub(crate) fn return_targets(&self, key: Key) -> Targets {
        let mut targets = Targets::new();
        let mut at = key;
        while let Some(activation) = self.instance.activation(at) {
            for earlier in self.instance.ancestors(&activation.from) {
                let trace = &self.instance.trail()[&earlier];
                let node = &self.definition.nodes[self.definition.index(&trace.node)];
                if node.is_return_target() && self.leads_on(trace) {
                    targets.insert(trace.node.clone(), earlier);
                }
            }
            at = activation.scope;
        }
        targets
    }

    /// Whether the case comes to its end when something is done again: always, but for what was done
    /// before it ended once, which must lead there alone.
    pub(super) fn leads_on(&self, trace: &Trace) -> bool {
        !trace.closed || self.definition.reopen_targets().contains(&trace.node)
    }

    /// Whether a task may ask for a correction of an activation.
    pub(crate) fn may_be_corrected(&self, key: Key) -> bool {
        self.node_of(key).incoming.iter().any(|flow| self.definition.comes_back(*flow))
    }

    /// Undoes what descends from an activity; what it was, for its new round. Nothing where it was
    /// undone already.
    pub(crate) fn undo(&mut self, key: Key, again: Key) -> Option<Trace> {
        let is_loop = !self.lead_to_people(&[again]);
        self.undo_one(key, again, is_loop)
    }

    /// A correction is no correction any more: it is a return to what it corrects.
    pub(super) fn undo_corrected(&mut self, key: Key, corrected: Key) {
        self.undo_one(key, corrected, false);
    }

    fn undo_one(&mut self, key: Key, again: Key, is_loop: bool) -> Option<Trace> {
        let trace = self.instance.trail().get(&again)?.clone();
        let person = self.envelope.actor.person().cloned();
        let (to, then) = (vec![trace.node.clone()], Then::RunOn);
        let returned = Event::Returned { key, again: vec![again], to, then, person, reason: None };
        self.undo_all(returned, is_loop);
        Some(trace)
    }

    /// Undoes all that descends from what is done again; in a loop variables count on.
    pub(super) fn undo_all(&mut self, returned: Event, is_loop: bool) {
        let Event::Returned { key, again, .. } = &returned else { return };
        let (by, roots, cone) = (*key, again.clone(), self.instance.cone(again));
        // Whoever returns the case keeps what they wrote; who takes back a decision does not.
        let is_taken_back =
            roots.contains(&by) || matches!(self.envelope.command, Command::TakeBack { .. });
        let spared = (!is_taken_back).then_some(by);
        let active: Vec<Key> =
            cone.iter().filter(|key| self.instance.activation(**key).is_some()).copied().collect();
        let mut taken = self.within(&active);
        taken.retain(|one| one != key);
        self.notice_stopped(&taken);
        self.tokens.retain(|token| !token.from.iter().any(|key| cone.contains(key)));
        for (key, place) in self.instance.left_behind(&cone) {
            self.emit(Event::CorrectionLeft { key, place });
        }
        self.emit(returned);
        // Before what is active ends: what a correction wrote is known by what it corrects as well.
        if !is_loop {
            self.undo_variables(spared, &cone);
        }
        for key in active {
            self.terminate(key, &Cause::Returned);
        }
        self.drop_undone(spared, &cone);
    }

    /// Whether what is done again is all what people do. An outcome that leads to a script which ran
    /// before is a loop, whose variables count on.
    fn lead_to_people(&self, roots: &[Key]) -> bool {
        let traces = roots.iter().filter_map(|key| self.instance.trail().get(key));
        traces
            .map(|trace| self.definition.index(&trace.node))
            .all(|node| self.definition.nodes[node].is_return_target())
    }

    /// Returns a case from a task to nodes that are done again.
    pub(crate) fn return_to(
        &mut self,
        key: Key,
        to: &[NodeName],
        then: Then,
        reason: &str,
    ) -> Result<(), Halt> {
        let again = self.checked_targets(key, to, then)?;
        let from = self.node_of(key).name.clone();
        let person = self.envelope.actor.person().cloned();
        let reason = Some(reason.to_owned());
        let cone = self.instance.cone(&again);
        self.undoes_none_of(|key| {
            let around = |key: &Key| self.instance.activation(*key).map(|one| one.scope);
            std::iter::successors(Some(key), around).any(|key| cone.contains(&key))
        })?;
        let traces: Vec<(Key, Trace)> =
            again.iter().map(|again| (*again, self.instance.trail()[again].clone())).collect();
        match then {
            Then::RunOn => {
                let to = to.to_vec();
                self.undo_all(Event::Returned { key, again, to, then, person, reason }, false);
            }
            Then::ComeBack => self.emit(Event::Returned {
                key,
                again: Vec::new(),
                to: to.to_vec(),
                then,
                person,
                reason,
            }),
        }
        let (come_back, lineage) = match then {
            Then::RunOn => (None, None),
            Then::ComeBack => {
                let own = self.whole(key);
                let activation = self.activation(own).clone();
                self.terminate(own, &Cause::Returned);
                (Some(activation.node), Some(activation.from))
            }
        };
        for (key, trace) in traces {
            match (&come_back, &lineage) {
                (Some(back), Some(lineage)) => self.correct(&from, key, trace, back, lineage),
                _ => self.do_again(&from, trace),
            }
        }
        Ok(())
    }

    /// Sends a token to what is done again, by whom did it.
    pub(super) fn do_again(&mut self, from: &NodeName, trace: Trace) {
        let node = self.sent_back(from, &trace);
        let Trace { scope, from, by: person, .. } = trace;
        self.send_token(Token { from, person, again: true, ..Token::new(node, scope) });
    }

    /// Sends a token to what is corrected, to come straight back from there.
    fn correct(
        &mut self,
        from: &NodeName,
        corrected: Key,
        trace: Trace,
        back: &NodeName,
        lineage: &[Key],
    ) {
        let node = self.sent_back(from, &trace);
        let asked_by = self.envelope.actor.person().cloned();
        let asked = Asked::plainly(back.clone(), asked_by.clone(), lineage.to_vec());
        if self.join_correction((corrected, trace.scope), asked) {
            return;
        }
        self.send_token(Token {
            come_back: Some(back.clone()),
            asked_by,
            from: lineage.to_vec(),
            again: true,
            person: trace.by,
            corrects: Some(corrected),
            ..Token::new(node, trace.scope)
        });
    }

    /// Whether something is being corrected already: whoever asks for it as well waits for the same
    /// correction, and it comes back to all of them.
    pub(super) fn join_correction(&mut self, (corrected, scope): (Key, Key), asked: Asked) -> bool {
        let runs = self.instance.activations().iter().find(|(_, one)| {
            one.corrects == Some(corrected) && one.scope == scope && one.come_back.is_some()
        });
        let Some((key, _)) = runs else { return false };
        let (key, Asked { back, by, from, due, task }) = (*key, asked);
        self.emit(Event::CorrectionJoined { key, back, by, from, due, task });
        true
    }

    /// Sends a token along a flow to what is done again, by whom did it.
    pub(crate) fn take_back_along(
        &mut self,
        flow: usize,
        scope: Key,
        because: Because,
        (from, person): (Vec<Key>, Option<PersonId>),
    ) {
        let (node, flow) = (self.flow_taken(flow, because), Some(flow));
        self.send_token(Token { flow, from, person, again: true, ..Token::new(node, scope) });
    }

    /// Notes that a token goes back; the node it goes to.
    pub(super) fn sent_back(&mut self, from: &NodeName, trace: &Trace) -> usize {
        self.emit(Event::FlowTaken {
            flow: None,
            from: from.clone(),
            to: trace.node.clone(),
            because: Because::Returned,
        });
        self.definition.index(&trace.node)
    }

    /// What is done again for each node, where a case may be returned there.
    fn checked_targets(&self, key: Key, to: &[NodeName], then: Then) -> Result<Vec<Key>, Halt> {
        let targets = self.return_targets(key);
        if to.is_empty() || to.len() > RETURN_TARGETS_MAX {
            let message = format!("expected 1 to {RETURN_TARGETS_MAX} nodes, found {}", to.len());
            return Err(Rejection::BadArgument { field: "to".into(), message }.into());
        }
        let refuse = |to: &NodeName, why: &str| {
            let allowed = targets.keys().cloned().collect();
            Halt::from(Rejection::CannotReturn { to: to.clone(), allowed, why: why.to_owned() })
        };
        let mut again = Vec::new();
        for node in to {
            let Some(earlier) = targets.get(node) else {
                return Err(refuse(
                    node,
                    "it was not done before this task, or cannot be done again",
                ));
            };
            if again.contains(earlier) {
                return Err(refuse(node, "it is named twice"));
            }
            again.push(*earlier);
        }
        let scope_of = |key: &Key| self.instance.trail()[key].scope;
        let closed = again.iter().position(|key| self.instance.trail()[key].closed);
        if let (Some(at), true) = (closed, again.len() > 1) {
            let why = "what was done before the case ended once can only be returned to alone";
            return Err(refuse(&to[at], why));
        }
        for (node, own) in to.iter().zip(&again) {
            if scope_of(own) != scope_of(&again[0]) {
                return Err(refuse(node, "several nodes must be of the same (sub-)process"));
            }
            let others: Vec<Key> = again.iter().filter(|other| *other != own).copied().collect();
            if self.instance.cone(&others).contains(own) {
                return Err(refuse(node, "it follows from another of these nodes"));
            }
            if then == Then::ComeBack && self.activation(self.whole(key)).come_back.is_some() {
                let why = "the task is itself a correction that comes straight back";
                return Err(refuse(node, why));
            }
            if then == Then::ComeBack && scope_of(own) != self.activation(self.whole(key)).scope {
                let why = "straight back is possible only within the same (sub-)process";
                return Err(refuse(node, why));
            }
        }
        Ok(again)
    }

    /// Whether a task was decided, alone or in a round that still runs, and is known by that.
    pub(super) fn was_decided(&self, task: Key) -> bool {
        self.instance.trace_of(task).is_some()
            || given_in(&self.instance, task).is_some()
            || self.asked_by(task).is_some()
    }

    /// Whether a task that was decided can be taken back by whom asks.
    pub(crate) fn may_take_back(&self, task: Key) -> Allowed {
        let operation = Operation::TakeBack;
        let refused = match self.take_back_refused(task) {
            Err(Halt::Reject(rejection)) => Some(rejection),
            Ok(()) | Err(Halt::Needs | Halt::Incident { .. }) => None,
        };
        Allowed { operation, refused, targets: Vec::new() }
    }

    fn take_back_refused(&self, task: Key) -> Result<(), Halt> {
        if let Some(given) = given_in(&self.instance, task) {
            return self.withdrawal_refused(&given);
        }
        if let Some(asked) = self.asked_by(task) {
            return self.asking_refused(&asked);
        }
        let Some(again) = self.instance.trace_of(task) else {
            return Err(Rejection::NothingToTakeBack { key: task }.into());
        };
        if self.instance.status() != Status::Active {
            return Err(Rejection::InstanceClosed.into());
        }
        let trace = &self.instance.trail()[&again];
        if self.instance.activation(trace.scope).is_none() {
            self.is_not_ending()?;
        }
        if !self.leads_on(trace) {
            let why = "the case could not reach its end from there alone".to_owned();
            let (to, allowed) = (trace.node.clone(), Vec::new());
            return Err(Rejection::CannotReturn { to, allowed, why }.into());
        }
        let node = &self.definition.nodes[self.definition.index(&trace.node)];
        let operation = Operation::TakeBack;
        if !node.behavior.allows(operation) {
            let node = trace.node.to_string();
            return Err(Rejection::OperationNotAllowed { operation, node, until: None }.into());
        }
        let Some(person) = trace.by.as_ref() else {
            return Err(Rejection::NothingToTakeBack { key: task }.into());
        };
        if self.envelope.actor.person() != Some(person) {
            return Err(Rejection::NotCandidate { expected: person.to_string() }.into());
        }
        match &trace.correction {
            Some(correction) => self.waits_since(again, correction).map(|_| ()),
            None => self.nothing_followed(&self.instance.cone(&[again]), again),
        }
    }

    /// Whoever decided a task takes that back: it is theirs again.
    pub(super) fn take_back(&mut self, task: Key, reason: &str) -> Result<(), Halt> {
        if let Some(given) = given_in(&self.instance, task) {
            return self.withdraw_vote(given, reason);
        }
        if let Some(asked) = self.asked_by(task) {
            return self.ask_no_more(task, asked, reason);
        }
        self.take_back_refused(task)?;
        Self::check_length("reason", reason)?;
        let again = self.instance.trace_of(task).expect("it was found just now");
        let trace = self.instance.trail()[&again].clone();
        if let Some(correction) = trace.correction.clone() {
            return self.correct_anew(task, (again, trace), &correction, reason);
        }
        let (key, to) = (task, vec![trace.node.clone()]);
        let (person, reason) = (trace.by.clone(), Some(reason.to_owned()));
        let then = Then::RunOn;
        let returned = Event::Returned { key, again: vec![again], to, then, person, reason };
        self.undo_all(returned, false);
        let node = self.sent_back(&trace.node.clone(), &trace);
        let Trace { scope, from, by: person, due_before: due, .. } = trace;
        self.send_token(Token { from, person, due, again: true, ..Token::new(node, scope) });
        Ok(())
    }

    /// The activation that a task stands for: that of all signers where it is one of many.
    pub(crate) fn whole(&self, key: Key) -> Key {
        let activation = self.activation(key);
        let is_run = activation.item.is_some()
            && self.instance.activation(activation.scope).is_some_and(|body| {
                body.node == activation.node && matches!(body.waiting, Waiting::Items { .. })
            });
        if is_run { activation.scope } else { key }
    }
}
