//! What happens when a task's deadline has passed: who is told, where the case goes on, and that a vote
//! is closed.

use super::UserTask;
use super::behavior::Task;
use crate::actor::Principal;
use crate::definition::{Compiler, FlowKind};
use crate::event::{Because, Cause, Event, Recipient};
use crate::ids::Key;
use crate::instance::Waiting;
use crate::step::notices::Whom;
use crate::step::{Halt, Step};

impl UserTask {
    /// Who is told that the deadline has passed, and gets nothing to do by it.
    pub(super) fn compile_tell(&self, compiler: &mut Compiler<'_>) -> Vec<Whom> {
        let tell = self.overdue.as_ref().map(|overdue| &overdue.tell);
        tell.map(|tell| Whom::compile(compiler, &["overdue", "tell"], tell)).unwrap_or_default()
    }
}

impl Task {
    /// The deadline has passed. Where the case goes elsewhere then, one signer who is late ends their
    /// whole round, as one of its outcomes would.
    pub(super) fn overdue(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let definition = step.definition;
        let flow = step.flow_where(key, |kind| matches!(kind, FlowKind::Overdue));
        let ends = if flow.is_some() { step.whole(key) } else { key };
        let absence = if flow.is_none() { step.absence(key)? } else { None };
        let mut told = step.recipients(key, &self.tell)?;
        told.extend(step.holders_in(ends));
        if let Some(to) = self.escalated(step, key)? {
            told.push(Recipient::Principal(to.clone()));
            step.emit(Event::TaskEscalated { key, to });
        }
        step.notice(key, definition.notices().overdue.as_ref(), told);
        if let Some(flow) = flow {
            step.leave_overdue(ends, flow);
        }
        match absence {
            Some(absence) => step.close_vote(key, absence),
            None => Ok(()),
        }
    }
}

impl Task {
    /// To whom it is escalated; nobody where that is for a unit, and none is named.
    fn escalated(&self, step: &Step<'_>, key: Key) -> Result<Option<Principal>, Halt> {
        match &self.escalate {
            Some(role) => step.held_for(role, self.escalate_unit.as_ref(), key),
            None => Ok(None),
        }
    }

    /// Once the deadline has passed, who it was escalated to takes the task over from whoever has it
    /// and did not do it.
    pub(super) fn take_over(&self, step: &mut Step<'_>, key: Key) -> Result<(), Halt> {
        let waiting = &step.activation(key).waiting;
        let Waiting::Task { candidates, assignee: Some(holder), due: Some(due), .. } = waiting else {
            return Ok(());
        };
        let Some(escalated) = self.escalated(step, key)? else { return Ok(()) };
        let actor = &step.envelope.actor;
        let Some(person) = actor.person().filter(|person| *person != holder) else {
            return Ok(());
        };
        let is_late = due.until <= step.now() && candidates.contains(&escalated);
        if !is_late || !actor.is(&escalated) {
            return Ok(());
        }
        self.fit(step, key, person)?;
        step.check_signs_once(key, person)?;
        let (from, to, reason) = (Some(holder.clone()), person.clone(), String::new());
        step.emit(Event::TaskTransferred { key, from, to, reason });
        Ok(())
    }
}

impl Step<'_> {
    /// Everybody who has a task, or one of the tasks of a round.
    fn holders_in(&self, key: Key) -> Vec<Recipient> {
        let runs = self.instance.activations().iter().filter(|(_, one)| one.scope == key);
        runs.map(|(run, _)| *run).chain([key]).flat_map(|key| self.holders(key)).collect()
    }

    /// A task, or the whole round of one, ends, and the case goes where its definition says.
    fn leave_overdue(&mut self, key: Key, flow: usize) {
        let scope = self.activation(key).scope;
        let again = self.back_to(key, flow);
        let lineage = self.instance.lineage_cut_off(key);
        self.terminate(key, &Cause::Overdue);
        let Some(again) = again else {
            return self.take(flow, scope, Because::Overdue, lineage);
        };
        let undone = self.undo(key, again).map(|trace| (trace.from, trace.by));
        self.take_back_along(flow, scope, Because::Overdue, undone.unwrap_or((lineage, None)));
    }
}
