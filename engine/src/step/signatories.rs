//! Whom a round asks: who is listed, who still signs or has signed, and what happens where nobody is
//! left.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Halt, Leave, Step};
use crate::actor::Principal;
use crate::definition::{Definition, Each, Listed};
use crate::elements::Element;
use crate::elements::user_task::sign::Close;
use crate::elements::user_task::{Pass, UserTask};
use crate::event::{Event, Skipped};
use crate::ids::{Key, PersonId};
use crate::instance::{Activation, Waiting};
use crate::rejection::{Need, Rejection};

impl Each {
    /// When the votes or the sheets of its runs are counted.
    pub(super) fn close(&self) -> Close {
        let sign = self.sign.as_ref().map(|sign| sign.close);
        sign.or(self.score.as_ref().map(|score| score.close)).unwrap_or_default()
    }

    /// Whether its runs are one round of several people, whose votes or sheets are counted.
    pub(crate) const fn is_round(&self) -> bool {
        (self.sign.is_some() || self.score.is_some())
            && matches!(self.list, Listed::Given(_) | Listed::Members { .. })
    }
}

impl Step<'_> {
    /// What an activity runs over. Of people each is asked once, and nobody who may not do it.
    pub(super) fn listed(&self, body: Key) -> Result<Vec<Value>, Halt> {
        let written = self.listed_as_written(body)?;
        let written = self.asked_before(body, written);
        let node = self.node_of(body);
        let Element::UserTask(task) = &node.element else { return Ok(written) };
        let (mut items, mut asked) = (Vec::with_capacity(written.len()), BTreeSet::new());
        for item in written {
            let signer = match node.behavior.signer(self, body, item) {
                // Who is to be fetched is asked for all of them at once.
                Err(Halt::Needs) => continue,
                signer => signer?,
            };
            let Some(item) = signer else { continue };
            let person = person_of(&item).filter(|_| task.asks_people());
            if person.as_ref().is_some_and(|person| self.has_left(body, task, person)) {
                continue;
            }
            if person.is_none_or(|person| asked.insert(person)) {
                items.push(item);
            }
        }
        let unknown = asked.iter().filter(|person| !self.facts.people.contains_key(*person));
        for person in unknown {
            self.need(Need::Person(person.clone()));
        }
        if self.has_needs() { Err(Halt::Needs) } else { Ok(items) }
    }

    /// Whether somebody who did a task before is in the directory no more, and nobody stands in for whoever
    /// is not there: then nobody waits for them. Who was never there is told.
    fn has_left(&self, body: Key, task: &UserTask, person: &PersonId) -> bool {
        let node = &self.activation(body).node;
        let did = self.memory(body).of_name(node).is_some_and(|it| it.people.contains(person));
        let stands_in = task.nobody.as_ref().is_some_and(|nobody| nobody.gets().is_some());
        did && !stands_in && matches!(self.there(Some(person.clone())), Ok(None))
    }

    /// The list with who took over from one who left, and, where a round is done again, with who signed instead
    /// of whom and without who was taken out.
    fn asked_before(&self, body: Key, mut items: Vec<Value>) -> Vec<Value> {
        let roster = self.instance.roster(body).filter(|_| self.activation(body).again);
        let asks_people =
            matches!(&self.node_of(body).element, Element::UserTask(task) if task.asks_people());
        // Who holds a role the directory says; a list may name who left.
        let each = self.node_of(body).each.as_deref();
        let is_named = each.is_some_and(|each| matches!(each.list, Listed::Given(_)));
        if !asks_people || !(self.activation(body).again || is_named) {
            return items;
        }
        let named: BTreeSet<PersonId> = items.iter().filter_map(person_of).collect();
        items.retain_mut(|item| {
            let Some(person) = person_of(item) else { return true };
            let now = match roster {
                Some(roster) => roster.instead_of(&person),
                None => Some(person.clone()),
            };
            // Who took over from one who left signs for them, unless they sign for themselves.
            let now = now.map(|now| match self.instance.successor(&now) {
                other if *other != now && !named.contains(other) => other.clone(),
                _ => now,
            });
            if let Some(now) = &now {
                replace_person(item, &person, now);
            }
            now.is_some()
        });
        items
    }

    fn listed_as_written(&self, body: Key) -> Result<Vec<Value>, Halt> {
        let each = self.node_of(body).each.as_deref().expect("only such nodes begin items");
        match &each.list {
            Listed::Given(list) => match self.evaluate(list, body)? {
                Value::Array(items) => Ok(items),
                // A round that nobody is to sign says itself what is then.
                Value::Null if each.is_round() => Ok(Vec::new()),
                Value::Null => {
                    let message = "expected a list to run over, but nothing is filled in there; \
                                   fill it in, or say in the definition what is meant then, such \
                                   as `.orElse([])`";
                    Err(Halt::incident("NOT_A_LIST", message))
                }
                other => {
                    let message = format!("expected a list to run over, found {other}");
                    Err(Halt::incident("NOT_A_LIST", message))
                }
            },
            Listed::One => Ok(vec![Value::Null]),
            Listed::Again { max, test_before, .. } => {
                let until = each.until.as_ref().filter(|_| *test_before);
                let is_done = match until {
                    Some(until) => self.evaluate_bool(&until.condition, body)? == until.is,
                    None => false,
                };
                let runs = if is_done { 0 } else { *max as usize };
                Ok(vec![Value::Null; runs])
            }
            Listed::Members { roles, unit } => {
                let unit = match unit {
                    // One that names a unit and gives none is nobody's.
                    Some(unit) => match self.dynamic_text(unit, body)? {
                        Some(unit) => Some(unit),
                        None => return Ok(Vec::new()),
                    },
                    None => None,
                };
                let mut people = Vec::new();
                for role in &self.roles(roles, body)? {
                    let Some(members) = self.facts.members.get(role) else {
                        self.need(Need::Members(role.clone()));
                        continue;
                    };
                    let here = members
                        .iter()
                        .filter(|member| unit.as_deref().is_none_or(|unit| member.holds_for(unit)));
                    people.extend(here.map(|member| member.id.to_string()));
                }
                if self.has_needs() {
                    return Err(Halt::Needs);
                }
                people.sort_unstable();
                people.dedup();
                Ok(people.into_iter().map(Value::String).collect())
            }
        }
    }

    /// Everybody who signs in a round beside one run of it: who has voted, who is asked, who will be.
    fn signers_beside(&self, key: Key) -> Vec<PersonId> {
        let body = self.whole(key);
        let round = &self.activation(body).waiting;
        let Waiting::Items { items, begun, added, votes, gone, absent, .. } = round else {
            return Vec::new();
        };
        // Without votes nobody remembers who of the list is done.
        let (is_voted_on, live) = (self.is_voted_on(body), self.live_runs(body));
        let is_out = |at: &u32| gone.contains(at) || live.contains(at);
        let is_done = |at: &u32| *at < *begun && !is_voted_on && !is_out(at);
        let done = (0_u32..).zip(items).filter(|(at, _)| is_done(at));
        let listed = done.chain(still_to_ask(round)).filter_map(|(_, item)| person_of(item));
        let to_be_added = added
            .iter()
            .filter(|one| !(one.removed || one.begun && is_voted_on))
            .map(|one| one.person.clone());
        let voted = votes.iter().map(|vote| vote.person.clone());
        let absent = absent.iter().filter_map(|one| one.person.clone());
        let open = self.instance.activations().iter();
        let open = open.filter(|(own, one)| one.scope == body && **own != key);
        let having = open.flat_map(|(_, one)| whose(one));
        listed.chain(to_be_added).chain(voted).chain(absent).chain(having).collect()
    }

    /// Refuses a person who would have a second say in a round: a task of it, or the round itself, is to
    /// be theirs.
    pub(crate) fn check_signs_once(&self, key: Key, person: &PersonId) -> Result<(), Halt> {
        let node = self.node_of(key);
        let is_round = node.each.as_deref().is_some_and(|each| each.sign.is_some())
            || node.each.as_deref().is_some_and(Each::is_round)
            || matches!(&node.element, Element::UserTask(task) if task.asks_people());
        if is_round { self.check_no_signer(key, person) } else { Ok(()) }
    }

    /// Refuses a person who signs beside a run, or anywhere where that is the round itself.
    pub(super) fn check_no_signer(&self, key: Key, person: &PersonId) -> Result<(), Halt> {
        if self.signers_beside(key).contains(person) {
            return Err(Rejection::AlreadySigner { person: person.clone() }.into());
        }
        Ok(())
    }

    /// Whether a task is the one of a round that nobody is left in.
    pub(crate) fn is_of_nobody(&self, run: Key) -> bool {
        let is_null = self.activation(run).item.as_ref().is_some_and(|item| item.value.is_null());
        is_null && self.node_of(run).each.as_deref().is_some_and(Each::is_round)
    }

    /// Whether every decision of a round is a vote.
    fn is_voted_on(&self, body: Key) -> bool {
        let node = self.node_of(body);
        let has_outcomes =
            matches!(&node.element, Element::UserTask(task) if !task.outcomes.is_empty());
        has_outcomes && node.each.as_deref().is_some_and(|each| each.sign.is_some())
    }

    /// How a round is passed since nobody is to sign, as its definition says; none where it is not passed
    /// so.
    pub(super) fn passed_by_nobody(&self, body: Key) -> Result<Option<Pass>, Halt> {
        let node = self.node_of(body);
        let Element::UserTask(task) = &node.element else { return Ok(None) };
        match task.passed_by_nobody() {
            Some(Pass::By(outcome)) => {
                let is_offered = node.behavior.offered(self, body)?.contains(&outcome);
                Ok(is_offered.then_some(Pass::By(outcome)))
            }
            pass => Ok(pass),
        }
    }

    /// Passes a round that has no signers.
    pub(super) fn pass_round(&mut self, body: Key, pass: Pass) -> Result<(), Halt> {
        let outcome = pass.outcome();
        self.emit(Event::ItemsListed { key: body, items: Vec::new() });
        let (key, because) = (body, Skipped::Nobody);
        self.emit(Event::TaskSkipped { key, person: None, because, outcome: outcome.clone() });
        let leave = outcome.map_or(Leave::Next, |outcome| self.leave_by(body, &outcome));
        self.complete(body, leave)
    }

    /// Whom a round is offered to that would have no signers: never a round that passes by itself.
    pub(super) fn nobody_signs(&self, body: Key) -> Result<Vec<Value>, Halt> {
        if let Element::UserTask(task) = &self.node_of(body).element
            && task.nobody.as_ref().is_some_and(|nobody| nobody.gets().is_some())
        {
            return Ok(vec![Value::Null]);
        }
        let message = "expected somebody to sign, but the list of signers is empty";
        Err(Halt::incident("NOBODY_FOUND", message))
    }
}

/// Whose an open run of a round is: also while another prepares it, or nobody may do it yet.
fn whose(run: &Activation) -> Vec<PersonId> {
    match &run.waiting {
        Waiting::Task { assignee: Some(person), owner, away, .. } => {
            let away = away.iter().map(|away| &away.person);
            away.chain(owner).chain([person]).cloned().collect()
        }
        Waiting::Task { candidates, .. } => {
            let people = candidates.iter().filter_map(|one| match one {
                Principal::Person(person) => Some(person.clone()),
                Principal::Role(_) | Principal::RoleIn(..) => None,
            });
            people.collect()
        }
        _ => run.item.iter().filter_map(|item| person_of(&item.value)).collect(),
    }
}

/// Whose decision an open run of a round is.
pub(crate) fn signer_of(run: &Activation) -> Option<PersonId> {
    match &run.waiting {
        Waiting::Task { owner: Some(owner), .. } => Some(owner.clone()),
        _ => whose(run).pop(),
    }
}

/// How many are asked in a round, decided or not.
pub(crate) fn asked(round: &Waiting) -> usize {
    let Waiting::Items { items, removed, added, gone, .. } = round else { return 0 };
    let listed = items.len().saturating_sub(*removed as usize + gone.len());
    listed + added.iter().filter(|one| !one.removed).count()
}

/// How many runs an active node has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunCount {
    /// So many are to be done; of a round, so many are asked.
    pub all: usize,
    /// So many are done; of a round, so many have decided.
    pub done: usize,
}

/// How many runs an active node has and how many are done, where it is one over a list: a round of
/// signers, or items. None of a loop: nobody knows how often it runs.
pub fn run_count(definition: &Definition, activation: &Activation) -> Option<RunCount> {
    let Waiting::Items { done, removed, added, votes, .. } = &activation.waiting else {
        return None;
    };
    let each = definition.node(activation.node.as_str())?.each.as_deref()?;
    if matches!(each.list, Listed::Again { .. }) {
        return None;
    }
    let runs = done.saturating_sub(*removed) as usize + added.iter().filter(|one| one.done).count();
    let done = if each.sign.is_some() { votes.len() } else { runs };
    Some(RunCount { all: asked(&activation.waiting), done })
}

/// Those of the list who are still to be asked, with their places.
pub(super) fn still_to_ask(round: &Waiting) -> impl Iterator<Item = (u32, &Value)> {
    let (items, begun, gone) = match round {
        Waiting::Items { items, begun, gone, .. } => (&items[..], *begun, &gone[..]),
        _ => (&[][..], 0, &[][..]),
    };
    let later = (0_u32..).zip(items);
    later.filter(move |(place, _)| *place >= begun && !gone.contains(place))
}

/// Whether a person is still to be asked in a round.
pub(crate) fn will_sign(waiting: &Waiting, person: &PersonId) -> bool {
    let Waiting::Items { added, .. } = waiting else { return false };
    let later = still_to_ask(waiting).any(|(_, item)| is_person(item, person));
    later || added.iter().any(|one| !one.begun && one.is_open() && one.person == *person)
}

/// Whether an item is a person.
pub(crate) fn is_person(item: &Value, person: &PersonId) -> bool {
    person_of(item).as_ref() == Some(person)
}

/// Puts a person in the place of another: an item is an id, or an object that has one.
pub(crate) fn replace_person(item: &mut Value, from: &PersonId, to: &PersonId) {
    let id = match item {
        Value::String(_) => Some(item),
        Value::Object(fields) => fields.get_mut("id"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    if let Some(id) = id.filter(|id| id.as_str() == Some(from.as_str())) {
        *id = Value::String(to.to_string());
    }
}

/// The person that an item is: an id, or an object that has one.
pub(crate) fn person_of(item: &Value) -> Option<PersonId> {
    let id = match item {
        Value::String(id) => Some(id.as_str()),
        Value::Object(fields) => fields.get("id").and_then(Value::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    };
    id.map(Into::into)
}
