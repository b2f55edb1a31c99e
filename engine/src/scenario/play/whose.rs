//! Which of several tasks or intakes at a node is meant: the one of whoever does something.

use super::Play;
use crate::command::Command;
use crate::ids::{InstanceId, Key, NodeName, PersonId};
use crate::instance::Waiting;
use crate::scenario::world::Trouble;

/// Refusals that say that a task, or an intake, is another's: of several at a node another may be meant.
pub(super) const ELSEWHERE: [&str; 5] =
    ["NOT_CANDIDATE", "CLAIMED_BY_ANOTHER", "AT_INCIDENT", "ALREADY_SIGNER", "SUBMISSION_REFUSED"];

impl Play<'_> {
    /// Does something at the first open node of a name at which the person may: at what is theirs before
    /// what is others'.
    pub(super) fn at_one_of(
        &mut self,
        id: InstanceId,
        node: &NodeName,
        by: &PersonId,
        command: impl Fn(Key) -> Command,
    ) -> Result<(), Trouble> {
        let mut keys = self.open(id, node);
        if keys.is_empty() {
            keys.push(self.task(id, node)?);
        }
        keys.sort_by_key(|key| !self.is_own(id, *key, by));
        let mut first = None;
        for key in keys {
            match self.give(id, by, command(key)) {
                Err(Trouble::Rejected(rejection)) if ELSEWHERE.contains(&rejection.code()) => {
                    first.get_or_insert(Trouble::Rejected(rejection));
                }
                done => return done,
            }
        }
        first.map_or(Ok(()), Err)
    }

    /// Whether a task is a person's.
    pub(super) fn is_own(&self, id: InstanceId, key: Key, by: &PersonId) -> bool {
        match self.world.cases[&id].activation(key).map(|it| &it.waiting) {
            Some(Waiting::Task { assignee, owner, away, .. }) => {
                let is_away = away.as_ref().is_some_and(|away| away.person == *by);
                is_away || assignee.as_ref() == Some(by) || owner.as_ref() == Some(by)
            }
            _ => false,
        }
    }
}
