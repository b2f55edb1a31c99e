//! Plays the steps by which an admin repairs a case. Who may do that is the engine's to say, but for
//! `retry`: there the API alone asks, and so it is asked here.

use super::{Play, sign_as};
use crate::command::{Change, Command};
use crate::ids::{InstanceId, Key, NodeName, PersonId};
use crate::instance::Activation;
use crate::rejection::Rejection;
use crate::scenario::source::{ChangeSource, CorrectSource, MigrateSource, StepSource};
use crate::scenario::world::Trouble;

/// The key of what is not there: the engine says so in its own words.
const NONE: Key = Key(0);

impl Play<'_> {
    /// Carries out one of these steps.
    pub(super) fn repair(&mut self, id: InstanceId, step: &StepSource) -> Result<(), Trouble> {
        match step {
            StepSource::Correct(step) => self.correct(id, step),
            StepSource::Modify(step) => {
                let changes = step.changes.iter().map(|change| self.change(id, change)).collect();
                self.give(id, &step.by, Command::Modify { changes, reason: step.reason.clone() })
            }
            StepSource::Suspend(step) => {
                self.give(id, &step.by, Command::Suspend { reason: step.reason.clone() })
            }
            StepSource::Resume(step) => self.give(id, &step.by, Command::Resume),
            StepSource::Retry(step) => {
                self.is_admin(&step.by)?;
                let key = self.stopped(id, &step.node);
                self.give(id, &step.by, Command::Retry { key })?;
                self.expect_no_more(id, key);
                Ok(())
            }
            StepSource::Migrate(step) => self.migrate(id, step),
            other => unreachable!("{other:?} is no repair"),
        }
    }

    fn correct(&mut self, id: InstanceId, step: &CorrectSource) -> Result<(), Trouble> {
        let retry = step.retry.as_ref().map(|node| self.stopped(id, node));
        let mut command = Command::Correct {
            documents: self.documents(&step.documents)?,
            variables: step.variables.clone(),
            retry,
            reason: step.reason.clone(),
        };
        sign_as(&mut command, &step.by);
        self.give(id, &step.by, command)?;
        if let Some(key) = retry {
            self.expect_no_more(id, key);
        }
        Ok(())
    }

    fn change(&self, id: InstanceId, change: &ChangeSource) -> Change {
        let within = |node: &Option<NodeName>| node.as_ref().map(|node| self.active(id, node));
        match change {
            ChangeSource::Cancel(it) => Change::Cancel { key: self.active(id, &it.node) },
            ChangeSource::CancelWaiting(it) => {
                Change::CancelWaiting { node: it.node.clone(), scope: within(&it.within) }
            }
            ChangeSource::StartBefore(it) => {
                Change::StartBefore { node: it.node.clone(), scope: within(&it.within) }
            }
            ChangeSource::StartAfter(it) => {
                Change::StartAfter { node: it.node.clone(), scope: within(&it.within) }
            }
            ChangeSource::Move(it) => Change::Move {
                key: self.active(id, &it.node),
                to: it.to.clone(),
                scope: within(&it.within),
            },
        }
    }

    fn migrate(&mut self, id: InstanceId, step: &MigrateSource) -> Result<(), Trouble> {
        let process = self.world.cases[&id].process();
        let Some(own) = self.world.built.definitions.get(process) else {
            return Err(format!("expected a process of the pack, found `{process}`").into());
        };
        let (plan, reason) = (step.plan.clone(), step.reason.clone());
        self.give(id, &step.by, Command::Migrate { version: own.version(), plan, reason })
    }

    fn is_admin(&self, by: &PersonId) -> Result<(), Trouble> {
        if self.world.actor(by)?.holds(&"admin".into()) {
            return Ok(());
        }
        let expected = "role:admin".to_owned();
        Err(Trouble::Rejected(Rejection::NotCandidate { expected }))
    }

    /// The activation of a node that began first.
    fn active(&self, id: InstanceId, node: &NodeName) -> Key {
        self.first(id, node, |one| !one.is_listener()).unwrap_or(NONE)
    }

    /// The activation of a node that an incident stopped, be it an event sub-process that cannot listen;
    /// else whichever there is.
    fn stopped(&self, id: InstanceId, node: &NodeName) -> Key {
        let stopped = self.first(id, node, |one| one.incident.is_some());
        stopped.unwrap_or_else(|| self.active(id, node))
    }

    fn first(
        &self,
        id: InstanceId,
        node: &NodeName,
        is_meant: impl Fn(&Activation) -> bool,
    ) -> Option<Key> {
        let active = self.world.cases[&id].activations().iter();
        let mut meant = active.filter(|(_, one)| one.node == *node && is_meant(one));
        meant.next().map(|(key, _)| *key)
    }
}
