//! Whose task it is while a person is away (代理): what comes to them alone goes to their deputy, and the
//! deputy may take what is offered to them. Never to one who may not do it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::behavior::Task;
use super::{Assign, UserTask, sign};
use crate::actor::Principal;
use crate::definition::Compiler;
use crate::deputy::Deputy;
use crate::elements::Element;
use crate::event::{Event, Recipient};
use crate::expression::Source as Text;
use crate::ids::{Key, NodeName, NoticeName, PersonId};
use crate::instance::Waiting;
use crate::rejection::Rejection;
use crate::step::{Halt, Step};

/// How many are away one behind the other before a task stays where it is.
const CHAIN_MAX: usize = 8;

/// The notice that tells of it where the process names none.
const DEPUTED: &str = "deputed";

/// Whether a task goes to the deputy of one who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum DeputiesRule {
    /// It does.
    Allowed,
    /// It waits for them.
    Never,
}

impl UserTask {
    /// Whether the task goes to deputies: a vote, a score sheet, and the seat of one who was drawn are each
    /// one's own unless the task says otherwise.
    pub(super) fn compile_deputies(&self, compiler: &Compiler<'_>) -> bool {
        match self.deputies {
            Some(DeputiesRule::Allowed) => true,
            Some(DeputiesRule::Never) => false,
            None => {
                let rule = self.sign.as_ref().map(sign::SignSource::rule);
                let is_own = rule == Some(sign::SignRule::Vote) || self.score.is_some();
                !is_own && !self.is_drawn(compiler)
            }
        }
    }

    /// Whether its people are those of a draw.
    fn is_drawn(&self, compiler: &Compiler<'_>) -> bool {
        let list = self.for_each.as_ref().map(|each| &each.list);
        let named = [self.people.as_ref(), list, self.assign.as_ref()];
        let named = named.into_iter().flatten().filter_map(|text| match Text::parse(text) {
            Text::Expression(people) => Some(people),
            Text::Literal(_) => None,
        });
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let names: Vec<String> = named
            .flat_map(|text| {
                text.split(|c: char| !is_of_name(c)).map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        draws_into(&compiler.source.nodes, &names)
    }
}

/// Whether a draw anywhere in a process writes one of these variables.
fn draws_into(nodes: &indexmap::IndexMap<NodeName, Element>, names: &[String]) -> bool {
    nodes.values().any(|node| match node {
        Element::Draw(draw) => {
            names.contains(&draw.into)
                || draw.reserves_into.as_ref().is_some_and(|into| names.contains(into))
        }
        other => other.nodes().is_some_and(|nodes| draws_into(nodes, names)),
    })
}

impl Task {
    /// Gives a task that is one person's to their deputy, where they are away and the deputy may do it;
    /// whether it went there.
    pub(super) fn depute(&self, step: &mut Step<'_>, key: Key) -> Result<bool, Halt> {
        let Some(absent) = Self::task(step, key)?.1.cloned() else { return Ok(false) };
        let Some((first, to)) = self.deputy(step, key, &absent)? else { return Ok(false) };
        let (until, reason) = (first.until, first.reason);
        step.emit(Event::TaskDeputed { key, absent, to, until, reason });
        Ok(true)
    }

    /// What a person set, and whom their task goes to by that: the last who may do it, where one deputy
    /// is away behind the other.
    fn deputy(
        &self,
        step: &Step<'_>,
        key: Key,
        absent: &PersonId,
    ) -> Result<Option<(Deputy, PersonId)>, Halt> {
        let (mut met, mut at) = (BTreeSet::from([absent.clone()]), absent.clone());
        let (mut first, mut found) = (None, None);
        while let Some(next) = step.deputy_of(&at).filter(|_| self.deputed && met.len() <= CHAIN_MAX) {
            // Round in a circle: whoever had it last has it.
            if !met.insert(next.to.clone()) {
                break;
            }
            at = next.to.clone();
            match self.may_stand_for(step, key, &at) {
                Ok(()) => found = Some(at.clone()),
                Err(Halt::Needs) => return Err(Halt::Needs),
                Err(Halt::Reject(_) | Halt::Incident { .. }) => {}
            }
            first.get_or_insert(next);
        }
        Ok(first.cloned().zip(found))
    }

    /// Refuses a deputy who may not do the task: as one to whom it would be transferred.
    fn may_stand_for(&self, step: &Step<'_>, key: Key, to: &PersonId) -> Result<(), Halt> {
        step.known(to)?;
        self.fit(step, key, to)?;
        if !matches!(self.assign, Some(Assign::Initiator)) {
            self.is_no_judge_of_own(step, to)?;
        }
        self.may_receive(step, key, to)?;
        step.check_signs_once(key, to)
    }

    /// For whom whoever asks may take a task that is offered: one who is away and may do it.
    pub(super) fn standing<'s>(
        &self,
        step: &'s Step<'_>,
        key: Key,
        candidates: &[Principal],
    ) -> Result<Option<&'s Deputy>, Halt> {
        let Some(own) = step.envelope.actor.person().filter(|_| self.deputed) else {
            return Ok(None);
        };
        let all = step.facts.deputies.standing(own, step.instance.process(), step.now());
        for one in all {
            let is_offered = candidates.iter().any(|candidate| one.is_offered(candidate));
            if is_offered && self.fit(step, key, &one.person).is_ok() {
                self.may_stand_for(step, key, own)?;
                return Ok(Some(one));
            }
        }
        Ok(None)
    }

    /// A task that nobody has becomes whoever does it: for one who is away, where it is offered to them
    /// alone.
    pub(super) fn take(&self, step: &mut Step<'_>, key: Key, person: &PersonId) -> Result<(), Halt> {
        let (candidates, assignee) = Self::task(step, key)?;
        if assignee.is_some() {
            return Ok(());
        }
        let actor = &step.envelope.actor;
        let person = person.clone();
        if candidates.iter().any(|candidate| actor.is(candidate)) {
            step.emit(Event::TaskClaimed { key, person });
            return Ok(());
        }
        match self.standing(step, key, candidates)?.cloned() {
            None => step.emit(Event::TaskClaimed { key, person }),
            Some(Deputy { person: absent, until, reason, .. }) => {
                step.emit(Event::TaskDeputed { key, absent, to: person, until, reason });
                step.tell_deputed(key);
            }
        }
        Ok(())
    }

    /// Whether whoever has a task does it for a person who is away.
    pub(super) fn stands_for(step: &Step<'_>, key: Key, person: &PersonId) -> bool {
        matches!(&step.activation(key).waiting, Waiting::Task { away: Some(away), .. } if away.person == *person)
    }

    /// A task that a deputy has is given back by them, or taken back by whom they stand in for.
    pub(super) fn from_deputy(step: &Step<'_>, key: Key) -> Result<PersonId, Halt> {
        let Waiting::Task { assignee, away: Some(away), .. } = &step.activation(key).waiting else {
            return Err(Rejection::NotDelegated.into());
        };
        let person = step.envelope.actor.person();
        match person.filter(|own| Some(*own) == assignee.as_ref() || **own == away.person) {
            Some(person) => Ok(person.clone()),
            None => Err(Rejection::NotCandidate { expected: away.person.to_string() }.into()),
        }
    }
}

impl Step<'_> {
    /// What a person who is away set for their tasks now.
    fn deputy_of(&self, person: &PersonId) -> Option<&Deputy> {
        self.facts.deputies.of(person, self.instance.process(), self.now())
    }

    /// Tells whoever is away and their deputy that a task went there.
    pub(crate) fn tell_deputed(&mut self, key: Key) {
        let mut to: Vec<Recipient> = self.holders(key);
        if let Waiting::Task { away: Some(away), .. } = &self.activation(key).waiting {
            to.push(Recipient::Principal(Principal::Person(away.person.clone())));
        }
        let named = self.definition.notices().deputed.clone();
        let notice = named.unwrap_or_else(|| NoticeName::from(DEPUTED));
        self.notice(key, Some(&notice), to);
    }
}
