//! Plays the steps that do something with a task beside deciding it.

use super::Play;
use crate::actor::Actor;
use crate::command::Command;
use crate::deputy::Deputy;
use crate::ids::{InstanceId, Key, NodeName, PersonId};
use crate::instance::{Activation, Instance, Waiting};
use crate::rejection::Rejection;
use crate::scenario::source::{DeputySource, HandSource, RejectSource, StepSource};
use crate::scenario::world::Trouble;
use crate::step::{Choices, choices};

impl Play<'_> {
    /// Carries out one of these steps.
    pub(super) fn operate(&mut self, id: InstanceId, step: &StepSource) -> Result<(), Trouble> {
        match step {
            StepSource::Return(step) => {
                let command = Command::ReturnTask {
                    task: self.task_of(id, &step.task, &step.by)?,
                    to: step.to.as_slice().to_vec(),
                    then: step.then,
                    reason: step.reason.clone(),
                };
                self.give(id, &step.by, command)
            }
            StepSource::TakeBack(step) => {
                let task = self.done(id, &step.task, &step.by);
                self.give(id, &step.by, Command::TakeBack { task, reason: String::new() })
            }
            StepSource::Transfer(step) => {
                let (task, to) = self.hand(id, step)?;
                let reason = step.reason.clone();
                self.give(id, &step.by, Command::TransferTask { task, to, reason })
            }
            StepSource::Delegate(step) => {
                let (task, to) = self.hand(id, step)?;
                let reason = step.reason.clone();
                self.give(id, &step.by, Command::DelegateTask { task, to, reason })
            }
            StepSource::HandBack(step) => {
                let task = self.task_of(id, &step.task, &step.by)?;
                let comment = step.comment.clone();
                self.give(id, &step.by, Command::HandBack { task, comment })
            }
            StepSource::AddSigners(step) => {
                let command = Command::AddSigners {
                    task: self.task_of(id, &step.task, &step.by)?,
                    people: step.people.as_slice().to_vec(),
                    place: step.place,
                    reason: step.reason.clone(),
                };
                self.give(id, &step.by, command)
            }
            StepSource::RemoveSigner(step) => {
                let task = self.task_of(id, &step.task, &step.by)?;
                let (person, reason) = (step.person.clone(), step.reason.clone());
                self.give(id, &step.by, Command::RemoveSigner { task, person, reason })
            }
            StepSource::Replace(step) => {
                let whose = step.person.as_ref().unwrap_or(&step.by);
                let task = self.task_of(id, &step.task, whose)?;
                let reason = step.reason.clone();
                self.give(id, &step.by, Command::ReplaceDrawn { task, reason })
            }
            StepSource::Begin(step) => {
                let (within, node) = (self.within(id, &step.task)?, step.task.clone());
                self.give(id, &step.by, Command::BeginActivity { within, node })
            }
            StepSource::Urge(step) => {
                let task = self.task(id, &step.task)?;
                self.give(id, &step.by, Command::UrgeTask { task })
            }
            StepSource::Extend(step) => self.at_one_of(id, &step.task, &step.by, |task| {
                let (by, reason) = (step.length.clone(), step.reason.clone());
                Command::ExtendTask { task, by, reason }
            }),
            other => self.operate_case(id, other),
        }
    }

    fn operate_case(&mut self, id: InstanceId, step: &StepSource) -> Result<(), Trouble> {
        match step {
            StepSource::WithdrawCase(step) => {
                self.give(id, &step.by, Command::Withdraw { reason: step.reason.clone() })
            }
            StepSource::Void(step) => {
                self.give(id, &step.by, Command::Void { reason: step.reason.clone() })
            }
            StepSource::Terminate(step) => {
                let task = match &step.task {
                    Some(task) => Some(self.task_of(id, task, &step.by)?),
                    None => None,
                };
                self.give(id, &step.by, Command::Terminate { task, reason: step.reason.clone() })
            }
            StepSource::Reopen(step) => {
                let (to, reason) = (step.to.clone(), step.reason.clone());
                self.give(id, &step.by, Command::Reopen { to, reason })
            }
            StepSource::HandOver(step) => {
                let (from, to) = (step.from.clone(), step.to.clone());
                let reason = step.reason.clone();
                self.give(id, &step.by, Command::HandOver { from, to, reason })
            }
            StepSource::Deputy(step) => self.set_deputy(step),
            StepSource::EndDeputy(step) => self.world.end_deputies(&step.of),
            other => self.repair(id, other),
        }
    }

    /// One is away for a time, as the directory would have it.
    fn set_deputy(&mut self, step: &DeputySource) -> Result<(), Trouble> {
        self.world.actor(&step.of)?;
        self.world.actor(&step.to)?;
        let from = match &step.from {
            Some(from) => super::instant(from, self.calendar)?,
            None => self.world.now,
        };
        self.world.set_deputy(Deputy {
            person: step.of.clone(),
            to: step.to.clone(),
            from,
            until: super::instant(&step.until, self.calendar)?,
            processes: step.processes.clone(),
            reason: step.reason.clone(),
            grants: Vec::new(),
        })
    }

    /// The task of a node that is a person's, or that nobody has yet.
    fn task_of(&self, id: InstanceId, node: &NodeName, by: &PersonId) -> Result<Key, Trouble> {
        let open = self.open(id, node);
        open.iter()
            .find(|key| self.is_own(id, **key, by))
            .copied()
            .map_or_else(|| self.task(id, node), Ok)
    }

    /// The active ad-hoc sub-process that an activity is in, or else any.
    fn within(&self, id: InstanceId, node: &NodeName) -> Result<Key, Trouble> {
        let case = &self.world.cases[&id];
        let definition = self.world.definition(id, case.process())?;
        let all = choices(&definition, case, &Actor::System);
        let holds = |one: &&Choices| one.activities.iter().any(|(name, _)| name == node);
        let found = all.iter().rev().find(holds).or(all.first());
        found.map(|one| one.key).ok_or(Trouble::Rejected(Rejection::NotOpen { key: Key(0) }))
    }

    /// The last task of a node that somebody decided, or else that was decided by others: by their vote,
    /// where a round still runs.
    fn done(&self, id: InstanceId, node: &NodeName, by: &PersonId) -> Key {
        let case = &self.world.cases[&id];
        let rounds = case.activations().values().filter(|one| one.node == *node);
        let mut voted = rounds.filter_map(|one| match &one.waiting {
            Waiting::Items { votes, sheets, .. } => {
                let votes = votes.iter().map(|vote| (vote.task, &vote.person));
                let given = votes.chain(sheets.iter().map(|sheet| (sheet.task, &sheet.person)));
                given.rev().find(|(_, person)| *person == by).map(|(task, _)| task)
            }
            _ => None,
        });
        if let Some(task) = voted.next_back() {
            return task;
        }
        if let Some(task) = asked_with(case, node, by) {
            return task;
        }
        let of_node = || case.trail().iter().rev().filter(|(_, trace)| trace.node == *node);
        let own = of_node().find(|(_, trace)| trace.by.as_ref() == Some(by));
        match own.or_else(|| of_node().next()) {
            Some((key, _)) => *key,
            // The engine says why that cannot be.
            None => case.passed(node.as_str()).map_or(Key(0), |passed| passed.key),
        }
    }

    /// A task and whom it goes to, who must be one of the pack's people.
    fn hand(&self, id: InstanceId, step: &HandSource) -> Result<(Key, PersonId), Trouble> {
        self.world.actor(&step.to)?;
        Ok((self.task_of(id, &step.task, &step.by)?, step.to.clone()))
    }

    /// A step that must be refused with its code.
    pub(super) fn reject(&mut self, id: InstanceId, step: &RejectSource) -> Result<(), Trouble> {
        let inner = step.step()?;
        match self.one(id, &inner) {
            Ok(()) => Err(format!("expected {}, but it was carried out", step.wanted()).into()),
            Err(Trouble::Rejected(rejection)) if step.is_met_by(&rejection) => Ok(()),
            Err(trouble) => {
                Err(format!("expected {}, but: {}", step.wanted(), super::say(trouble)).into())
            }
        }
    }
}

/// The task of a node by which somebody asked for a correction that is open.
fn asked_with(case: &Instance, node: &NodeName, by: &PersonId) -> Option<Key> {
    let open = case.activations().values();
    let asked = open.flat_map(Activation::asked_for).filter(|one| !one.task.is_zero());
    asked.filter(|one| one.back == *node && one.by.as_ref() == Some(by)).map(|one| one.task).last()
}
