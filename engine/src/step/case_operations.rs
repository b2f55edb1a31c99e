//! Operations on a case as a whole: withdraw, void, terminate, reopen, and handing over everything
//! of one who leaves. Who may is the definition's `operations` and the rules here.

use super::{Halt, Step};
use crate::actor::Actor;
use crate::actor::Principal;
use crate::definition::source::Then;
use crate::elements::Element;
use crate::event::{Ending, Event};
use crate::ids::{Key, NodeName, PersonId};
use crate::instance::{Away, Status, Trace, Waiting};
use crate::operation::{Allowed, Operation};
use crate::rejection::Rejection;

/// Operations of a case, in the order they are offered.
const OF_CASES: [Operation; 4] =
    [Operation::Withdraw, Operation::Void, Operation::Terminate, Operation::Reopen];

/// What may be done with a case as a whole, by whom asks: each operation, and why it is off where
/// it is.
pub fn case_operations(
    definition: &crate::definition::Definition,
    instance: &crate::instance::Instance,
    actor: &Actor,
) -> Vec<Allowed> {
    let envelope = crate::command::Envelope::asking(instance.started_at(), actor.clone());
    let facts = crate::facts::Facts::default();
    let mut all = Step::new(definition, instance.clone(), &envelope, &facts).case_operations();
    for one in &mut all {
        super::suspension::put_off(instance, one);
    }
    all
}

/// Whether a person has something in a case that another may take over: a task, a part in a round, or
/// what would come back to them later.
pub fn has_to_hand_over(
    definition: &crate::definition::Definition,
    instance: &crate::instance::Instance,
    (from, to): (&PersonId, &PersonId),
) -> bool {
    let envelope = crate::command::Envelope::asking(instance.started_at(), Actor::System);
    let facts = crate::facts::Facts::default();
    let step = Step::new(definition, instance.clone(), &envelope, &facts);
    instance.status() == Status::Active && !step.to_hand_over(from, to).is_nothing()
}

/// What one who leaves has in a case.
struct Leaving {
    tasks: Vec<Key>,
    /// Rounds in which they are still to sign.
    rounds: Vec<Key>,
    /// Whether something may come to them later, and nobody gets it yet in their place.
    is_known: bool,
}

impl Leaving {
    const fn is_nothing(&self) -> bool {
        self.tasks.is_empty() && self.rounds.is_empty() && !self.is_known
    }
}

impl Step<'_> {
    /// Every operation of the case, with the reason where it is off.
    pub(super) fn case_operations(&self) -> Vec<Allowed> {
        let allowed = |operation| {
            let targets = match operation {
                Operation::Reopen => self.definition.reopen_targets(),
                _ => Vec::new(),
            };
            let refused = match self.may_with_case(operation) {
                Err(Halt::Reject(rejection)) => Some(rejection),
                Ok(()) | Err(Halt::Needs | Halt::Incident { .. }) => None,
            };
            Allowed { operation, refused, targets }
        };
        OF_CASES.map(allowed).to_vec()
    }

    /// Whether an operation on the case is possible now, for whoever asks.
    fn may_with_case(&self, operation: Operation) -> Result<(), Halt> {
        self.is_operation(operation)?;
        let is_active = self.instance.status() == Status::Active;
        if operation == Operation::Reopen {
            if is_active {
                return Err(Rejection::StillRunning.into());
            }
            if self.instance.parent().is_some() {
                return Err(Rejection::CalledCase.into());
            }
            if self.instance.is_voided() {
                return Err(Rejection::Voided.into());
            }
            return self.is_admin();
        }
        if !is_active {
            return Err(Rejection::InstanceClosed.into());
        }
        match operation {
            Operation::Withdraw => {
                self.is_initiator()?;
                self.is_not_over(operation)?;
                self.is_not_ending()?;
                self.undoes_nothing()?;
                self.first_task().map(|_| ())
            }
            Operation::Void => {
                self.is_initiator()?;
                self.is_not_over(operation)?;
                self.is_not_ending()?;
                self.undoes_nothing()
            }
            _ => self.is_admin(),
        }
    }

    /// Whether the case has not reached the node at which an operation ends.
    pub(super) fn is_not_over(&self, operation: Operation) -> Result<(), Halt> {
        let Some(node) = self.definition.until.get(&operation) else { return Ok(()) };
        let is_there = self.instance.activations().values().any(|one| one.node == *node);
        if !is_there && self.instance.passed(node.as_str()).is_none() {
            return Ok(());
        }
        let (process, until) = (self.definition.process().to_string(), Some(node.clone()));
        Err(Rejection::OperationNotAllowed { operation, node: process, until }.into())
    }

    /// Whether the process has an operation on its cases.
    pub(super) fn is_operation(&self, operation: Operation) -> Result<(), Halt> {
        if self.definition.operations().contains(&operation) {
            return Ok(());
        }
        let node = self.definition.process().to_string();
        Err(Rejection::OperationNotAllowed { operation, node, until: None }.into())
    }

    pub(super) fn is_initiator(&self) -> Result<(), Halt> {
        match self.envelope.actor.person() {
            Some(person) if self.instance.is_initiators(person) => Ok(()),
            Some(_) | None => Err(Rejection::NotInitiator.into()),
        }
    }

    pub(crate) fn is_admin(&self) -> Result<(), Halt> {
        if self.envelope.actor.holds(&"admin".into()) {
            return Ok(());
        }
        Err(Rejection::NotCandidate { expected: "role:admin".into() }.into())
    }

    /// The first task of the case that was done: where a withdrawn case goes back to.
    fn first_task(&self) -> Result<(Key, Trace), Halt> {
        let is_first = |(_, trace): &(&Key, &Trace)| {
            let node = &self.definition.nodes[self.definition.index(&trace.node)];
            trace.scope == Key(0) && matches!(node.element, Element::UserTask(_))
        };
        let leads_on = |(_, trace): &(&Key, &Trace)| self.leads_on(trace);
        match self.instance.trail().iter().find(is_first).filter(leads_on) {
            Some((key, trace)) => Ok((*key, trace.clone())),
            None => {
                let node = self.definition.process().to_string();
                Err(Rejection::NothingBefore { node }.into())
            }
        }
    }

    /// Whoever began the case takes it back to its first task (撤回).
    pub(super) fn withdraw(&mut self, reason: &str) -> Result<(), Halt> {
        self.may_with_case(Operation::Withdraw)?;
        Self::check_reason(reason)?;
        let (key, trace) = self.first_task()?;
        let (to, then) = (vec![trace.node.clone()], Then::RunOn);
        let person = self.envelope.actor.person().cloned();
        let reason = Some(reason.to_owned());
        let returned = Event::Returned { key, again: vec![key], to, then, person, reason };
        self.undo_all(returned, false);
        self.do_again(&trace.node.clone(), trace);
        Ok(())
    }

    /// Whoever began the case ends it as never having been (作废).
    pub(super) fn void(&mut self, reason: &str) -> Result<(), Halt> {
        self.may_with_case(Operation::Void)?;
        self.end_early(Ending::Voided, reason)
    }

    /// An admin, or whoever has a task that allows it, ends the case (终止).
    pub(super) fn terminate_case(&mut self, task: Option<Key>, reason: &str) -> Result<(), Halt> {
        match task {
            Some(task) => {
                self.open(task)?;
                self.node_of(task).behavior.may_terminate(self, task)?;
                if let Some(person) = self.envelope.actor.person().cloned() {
                    let (key, reason) = (task, reason.to_owned());
                    self.emit(Event::TaskTerminatedCase { key, person, reason });
                }
            }
            None => self.may_with_case(Operation::Terminate)?,
        }
        self.end_early(Ending::Terminated, reason)
    }

    /// An ended case runs again from a node (唤醒).
    pub(super) fn reopen(&mut self, to: &NodeName, reason: &str) -> Result<(), Halt> {
        self.may_with_case(Operation::Reopen)?;
        Self::check_reason(reason)?;
        let allowed = self.definition.reopen_targets();
        if !allowed.contains(to) {
            let why = "the case could not reach its end from there alone".to_owned();
            return Err(Rejection::CannotReturn { to: to.clone(), allowed, why }.into());
        }
        let (at, to, reason) = (self.now(), to.clone(), reason.to_owned());
        let node = self.definition.index(&to);
        let mut trail = self.instance.trail().iter().rev();
        let again =
            trail.find(|(_, one)| one.node == to && one.scope == Key(0)).map(|(key, _)| *key);
        self.emit(Event::InstanceReopened { to, at, reason, again });
        if let Some(again) = again {
            let cone = self.instance.cone(&[again]);
            self.drop_undone(None, &cone);
            self.undo_variables(None, &cone);
        }
        self.listen(Key(0), &self.definition.listeners)?;
        self.met_before(Key(0))?;
        // What was done before it ended can be returned to.
        let from = self.instance.heads();
        self.send(node, Key(0), None, from);
        Ok(())
    }

    /// Everything of one who leaves becomes another's (离职转办).
    pub(super) fn hand_over(
        &mut self,
        from: &PersonId,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Halt> {
        self.is_admin()?;
        if from == to {
            let message = "expected another person than who leaves".into();
            return Err(Rejection::BadArgument { field: "to".into(), message }.into());
        }
        self.known(to)?;
        Self::check_reason(reason)?;
        let leaving = self.to_hand_over(from, to);
        if leaving.is_nothing() {
            return Err(Rejection::NothingToHandOver { person: from.clone() }.into());
        }
        let Leaving { tasks, rounds, is_known } = leaving;
        for key in rounds.iter().chain(&tasks) {
            self.node_of(*key).behavior.check_fit(self, *key, to)?;
            self.check_signs_once(*key, to)?;
        }
        if is_known {
            let (from, to, reason) = (from.clone(), to.clone(), reason.to_owned());
            self.emit(Event::HandedOver { from, to, reason });
        }
        for key in rounds {
            let (from, to) = (from.clone(), to.clone());
            self.emit(Event::SignerReplaced { key, from, to });
        }
        for key in tasks {
            self.hand_over_task(key, from, to, reason)?;
        }
        Ok(())
    }

    /// What one who leaves has in the case, where it would be another's.
    fn to_hand_over(&self, from: &PersonId, to: &PersonId) -> Leaving {
        let own = Principal::Person(from.clone());
        let is_own = |waiting: &Waiting| match waiting {
            Waiting::Task { candidates, assignee, owner, away, .. } => {
                assignee.as_ref() == Some(from)
                    || owner.as_ref() == Some(from)
                    || away.as_ref().is_some_and(|away| away.person == *from)
                    || (assignee.is_none() && candidates.contains(&own))
            }
            _ => false,
        };
        let tasks: Vec<Key> = self
            .instance
            .activations()
            .iter()
            .filter(|(_, one)| is_own(&one.waiting))
            .map(|(key, _)| *key)
            .collect();
        let rounds: Vec<Key> = self
            .instance
            .activations()
            .iter()
            .filter(|(_, one)| super::signatories::will_sign(&one.waiting, from))
            .map(|(key, _)| *key)
            .collect();
        // What names them may come again: a list after a withdrawal, a task after a return.
        let is_named = !tasks.is_empty() || !rounds.is_empty() || self.remembers(from);
        let is_known = is_named && self.instance.successor(from) != to;
        Leaving { tasks, rounds, is_known }
    }

    /// Whether something may come to a person by what they did: they began the case, asked for a
    /// correction, or did what can be done again.
    fn remembers(&self, person: &PersonId) -> bool {
        let is_it = |one: &Option<PersonId>| one.as_ref() == Some(person);
        let did = |trace: &Trace| {
            is_it(&trace.by) || trace.left.as_ref().is_some_and(|left| is_it(&left.by))
        };
        // Of a round that may be asked again the trail names whoever decided it, and not who else signed.
        let signed = |node: &NodeName| {
            let passed = self.instance.passed(node.as_str());
            passed.is_some_and(|passed| passed.people.contains(person))
        };
        let began = self.instance.originator().is_some_and(|it| it.person == *person);
        began
            || self.instance.trail().values().any(|trace| signed(&trace.node))
            || self.instance.activations().values().any(|one| signed(&one.node))
            || self.instance.trail().values().any(did)
            || self.instance.activations().values().any(|one| {
                is_it(&one.asked_by)
                    || is_it(&one.done_by)
                    || is_it(&one.person)
                    || is_it(&one.left.by)
                    || one.also.iter().any(|asked| is_it(&asked.by))
            })
    }

    /// A task that a deputy who leaves has for one who is away: another has it for them, or they have it
    /// back; whether it is such a one.
    fn hand_over_deputed(&mut self, key: Key, from: &PersonId, to: &PersonId) -> bool {
        let Waiting::Task { assignee: Some(person), away: Some(away), .. } =
            &self.activation(key).waiting
        else {
            return false;
        };
        if person != from || away.person == *from {
            return false;
        }
        let (away, to) = (away.clone(), to.clone());
        if away.person == to {
            self.emit(Event::TaskHandedBack { key, person: to, comment: None });
            self.tell_holders(key);
        } else {
            let Away { person: absent, until, reason } = *away;
            self.emit(Event::TaskDeputed { key, absent, to, until, reason });
            self.tell_deputed(key);
        }
        true
    }

    /// A task of one who leaves becomes another's; what they only prepared, another prepares, or its
    /// owner has it back.
    fn hand_over_task(
        &mut self,
        key: Key,
        from: &PersonId,
        to: &PersonId,
        reason: &str,
    ) -> Result<(), Halt> {
        let owner = match &self.activation(key).waiting {
            Waiting::Task { owner, .. } => owner.clone().filter(|owner| owner != from),
            _ => None,
        };
        let (person, reason) = (to.clone(), reason.to_owned());
        if owner.is_none() && self.hand_over_deputed(key, from, to) {
            return Ok(());
        }
        match owner {
            None => return self.transfer(key, to, &reason),
            Some(owner) if owner == *to => {
                let comment = Some(reason);
                self.emit(Event::TaskHandedBack { key, person, comment });
            }
            Some(owner) => self.emit(Event::TaskDelegated { key, owner, to: person, reason }),
        }
        self.tell_holders(key);
        Ok(())
    }
}
