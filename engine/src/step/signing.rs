//! Several signers of one task: who is asked when, votes of a round, signers added and removed, and
//! what the round decides. How votes are counted is `elements/user_task/sign`.

use serde_json::Value;

use super::{Halt, Leave, Step};
use crate::definition::Listed;
use crate::definition::source::{Mode, Then};
use crate::elements::Element;
use crate::elements::user_task::score::SHEET;
use crate::elements::user_task::sign::{Ballot, Sign, SignRule, Tie, WEIGHT_MAX};
use crate::event::{Because, Cause, Event, Placement};
use crate::ids::{Key, OutcomeName, PersonId};
use crate::instance::{Added, Waiting};
use crate::rejection::Need;

/// Signers that may be added to one round.
pub(super) const SIGNERS_ADDED_MAX: usize = 100;

impl Step<'_> {
    /// What an activity runs over. Of people each is asked once, and nobody who may not do it.
    pub(super) fn listed(&self, body: Key) -> Result<Vec<Value>, Halt> {
        let mut items = self.listed_as_written(body)?;
        if let Element::UserTask(task) = &self.node_of(body).element
            && task.asks_people()
        {
            let mut asked = std::collections::BTreeSet::new();
            items.retain(|item| match person_of(item) {
                Some(person) => self.apart(body, &person).is_none() && asked.insert(person),
                None => true,
            });
            // Whether they are there is asked for all of them at once.
            let unknown = asked.iter().filter(|person| !self.facts.people.contains_key(*person));
            for person in unknown {
                self.need(Need::Person(person.clone()));
            }
            if self.has_needs() {
                return Err(Halt::Needs);
            }
        }
        Ok(items)
    }

    fn listed_as_written(&self, body: Key) -> Result<Vec<Value>, Halt> {
        let each = self.node_of(body).each.as_ref().expect("only such nodes begin items");
        match &each.list {
            Listed::Given(list) => match self.evaluate(list, body)? {
                Value::Array(items) => Ok(items),
                Value::Null => Ok(Vec::new()),
                other => {
                    let message = format!("expected a list to run over, found {other}");
                    Err(Halt::incident("NOT_A_LIST", message))
                }
            },
            Listed::One => Ok(vec![Value::Null]),
            Listed::Again { max, test_before } => {
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
                for role in roles {
                    let Some(members) = self.facts.members.get(role) else {
                        self.need(Need::Members(role.clone()));
                        continue;
                    };
                    let here = members.iter().filter(|member| {
                        unit.is_none()
                            || member.unit.as_ref().map(crate::ids::UnitId::as_str)
                                == unit.as_deref()
                    });
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

    /// The vote of one of several signers, where their node counts votes.
    pub(crate) fn cast_vote(
        &mut self,
        key: Key,
        outcome: Option<&OutcomeName>,
        person: &PersonId,
    ) -> Result<(), Halt> {
        let activation = self.activation(key);
        let (round, is_added) =
            (activation.round, activation.item.as_ref().is_some_and(|item| item.added));
        let place = activation.item.as_ref().map(|item| item.index);
        let Some(sign) = self.signing(key) else { return Ok(()) };
        let Some(outcome) = outcome.cloned() else { return Ok(()) };
        let is = |this: &Self, condition| match condition {
            Some(condition) if !is_added => this.evaluate_bool(condition, key),
            _ => Ok(false),
        };
        let weight = match &sign.weight {
            Some(weight) if !is_added => {
                let weight = u32::try_from(self.dynamic_count(weight, key)?).unwrap_or(u32::MAX);
                if weight > WEIGHT_MAX {
                    let message = format!("expected a weight up to {WEIGHT_MAX}, found {weight}");
                    return Err(Halt::incident("WEIGHT_TOO_GREAT", message));
                }
                weight
            }
            _ => 1,
        };
        let veto = is(self, sign.veto.as_ref())?;
        let casting = match &sign.tie {
            Some(Tie::Casting(casting)) => is(self, Some(casting))?,
            Some(Tie::Outcome(_)) | None => false,
        };
        let (person, entries) = (person.clone(), self.entries_of(key));
        self.emit(Event::VoteCast {
            key,
            round,
            person,
            outcome,
            weight,
            veto,
            casting,
            place,
            entries,
        });
        Ok(())
    }

    /// The rule by which the round that a run belongs to decides.
    pub(crate) fn signing(&self, key: Key) -> Option<&'_ Sign> {
        if self.whole(key) == key {
            return None;
        }
        self.node_of(key).each.as_ref()?.sign.as_ref()
    }

    /// Decides a round, once its rule says so; whether it did.
    pub(super) fn decide_round(&mut self, body: Key, complete: bool) -> Result<bool, Halt> {
        let definition = self.definition;
        let node = &definition.nodes[definition.index(&self.activation(body).node)];
        let (Some(sign), Element::UserTask(task)) =
            (node.each.as_ref().and_then(|each| each.sign.as_ref()), &node.element)
        else {
            return Ok(false);
        };
        let Waiting::Items { items, removed, added, votes, .. } = &self.activation(body).waiting
        else {
            return Ok(false);
        };
        let outcomes: Vec<OutcomeName> = task.outcomes.keys().cloned().collect();
        let asked = asked(items.len(), *removed, added);
        let quorum = match &sign.quorum {
            Some(quorum) => self.dynamic_count(quorum, body)?,
            None => 0,
        };
        let absent = u32::try_from(asked.saturating_sub(votes.len())).unwrap_or(u32::MAX);
        let weight_of_all = votes.iter().map(|vote| vote.weight).sum::<u32>() + absent;
        let ballot = Ballot { outcomes: &outcomes, votes, asked, weight_of_all, quorum, complete };
        let Some(signed) = sign.decide(&ballot) else {
            return Ok(false);
        };
        let round = self.activation(body).round;
        let outcome = signed.outcome.clone();
        self.emit(Event::SignDecided { key: body, round, outcome, count: signed.count });
        self.terminate_inside(body, &Cause::SiblingsDone);
        let to = self.initiator().into_iter().collect();
        self.notice(body, definition.notices().outcome.as_ref(), to);
        let leave = self.leave_by(body, &signed.outcome);
        self.complete(body, leave)?;
        Ok(true)
    }

    /// Counts the score sheets of a round, where its node has such.
    pub(super) fn count_scores(&mut self, body: Key) -> Result<(), Halt> {
        let node = self.node_of(body);
        let Some(score) = node.each.as_ref().and_then(|each| each.score.as_ref()) else {
            return Ok(());
        };
        let Value::Array(sheets) = self.evaluate(&score.sheets, body)? else { return Ok(()) };
        let mut void = Vec::with_capacity(sheets.len());
        for sheet in &sheets {
            void.push(match &score.void {
                Some(is_void) => {
                    self.evaluate_about(is_void, body, SHEET, sheet)? == Value::Bool(true)
                }
                None => false,
            });
        }
        let counted = crate::elements::user_task::score::count(&score.rule, &sheets, &void);
        let result = counted.map_err(|message| Halt::incident("BAD_SCORE", message))?;
        let (round, into) = (self.activation(body).round, score.into.clone());
        self.emit(Event::ScoresCounted { key: body, round, into, result });
        Ok(())
    }

    /// How a token leaves a task by an outcome: back, straight back later, or on.
    pub(crate) fn leave_by(&self, key: Key, outcome: &OutcomeName) -> Leave {
        let Some(flow) = self.flow_of_outcome(key, outcome) else { return Leave::Next };
        let node = self.node_of(key);
        let source = match &node.element {
            Element::UserTask(task) => task.outcome(outcome.as_str()),
            _ => None,
        };
        let to = &self.definition.nodes[self.definition.flows[flow].to].name;
        let earlier = self.earlier(key, to);
        if source.is_some_and(|source| source.then == Some(Then::ComeBack)) {
            let (come_back, corrects) = (node.name.clone(), earlier);
            return Leave::Return { flow, come_back, corrects };
        }
        match earlier {
            Some(again) => Leave::Back { flow, again },
            None => Leave::Flows(vec![(flow, Because::Outcome)]),
        }
    }

    /// Signers that must decide before a task of the same round.
    pub(crate) fn signers_before(&self, key: Key) -> Vec<PersonId> {
        let body = self.whole(key);
        let Waiting::Items { added, .. } = &self.activation(body).waiting else {
            return Vec::new();
        };
        let index = self.activation(key).item.as_ref().map(|item| item.index);
        let before = added.iter().filter(|one| {
            one.place == Placement::Before && Some(one.beside) == index && one.is_open()
        });
        before.map(|one| one.person.clone()).collect()
    }

    /// Everybody who signs in the round of a task, decided or not.
    pub(crate) fn signers(&self, key: Key) -> Vec<PersonId> {
        let body = self.whole(key);
        let Waiting::Items { items, added, votes, .. } = &self.activation(body).waiting else {
            return Vec::new();
        };
        let asked = items.iter().filter_map(person_of);
        let added = added.iter().filter(|one| !one.removed).map(|one| one.person.clone());
        let voted = votes.iter().map(|vote| vote.person.clone());
        let open = self.instance.activations().values().filter(|one| one.scope == body);
        let having = open.filter_map(|one| match &one.waiting {
            Waiting::Task { assignee, .. } => assignee.clone(),
            _ => None,
        });
        asked.chain(added).chain(voted).chain(having).collect()
    }

    /// Begins the runs of a round whose turn it is.
    pub(super) fn next_runs(&mut self, body: Key, mode: Mode) -> Result<(), Halt> {
        self.begin_added(body)?;
        let is_open = self.instance.activation(body).is_some();
        if is_open && mode == Mode::Sequential && self.live_runs(body).is_empty() {
            self.begin_item(body)?;
        }
        Ok(())
    }

    /// Whom a round is offered to that would have no signers: never a round that passes by itself.
    pub(super) fn nobody_signs(&self, body: Key) -> Result<Vec<Value>, Halt> {
        if let Element::UserTask(task) = &self.node_of(body).element
            && task.nobody.is_some()
        {
            return Ok(vec![Value::Null]);
        }
        let message = "expected somebody to sign, but the list of signers is empty";
        Err(Halt::incident("NOBODY_FOUND", message))
    }
}

/// How many are asked in a round, decided or not.
pub(super) fn asked(listed: usize, removed: u32, added: &[Added]) -> usize {
    listed.saturating_sub(removed as usize) + added.iter().filter(|one| !one.removed).count()
}

/// Whether a person is still to be asked in a round.
pub(super) fn will_sign(waiting: &Waiting, person: &PersonId) -> bool {
    let Waiting::Items { items, begun, added, .. } = waiting else { return false };
    let later = items.iter().skip(*begun as usize).any(|item| is_person(item, person));
    later || added.iter().any(|one| !one.begun && one.is_open() && one.person == *person)
}

/// Whether an item is a person.
pub(crate) fn is_person(item: &Value, person: &PersonId) -> bool {
    person_of(item).as_ref() == Some(person)
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

/// Whether a rule lets one decide after another.
pub(crate) const fn mode_of(rule: SignRule) -> Mode {
    match rule {
        SignRule::InOrder => Mode::Sequential,
        SignRule::Any | SignRule::All | SignRule::Vote => Mode::Parallel,
    }
}
