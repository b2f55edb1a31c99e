//! Reserves of a draw take over (递补): of who steps aside themselves (主动回避), or of whom an admin
//! replaces. Always the next in the order of the draw who may do it, so that the draw stays what decides.

use std::collections::BTreeSet;

use serde_json::Value;

use super::UserTask;
use super::behavior::Task;
use crate::definition::Compiler;
use crate::definition::source::OneOrMany;
use crate::elements::Element;
use crate::event::Event;
use crate::expression::Source as Text;
use crate::ids::{Key, PersonId};
use crate::instance::Waiting;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step, person_of, signer_of};

/// A draw that people of a task come from.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The variable with the people.
    people: String,
    /// The variable with the reserves, the next one first.
    reserves: String,
    /// Whether nobody else does the task.
    alone: bool,
}

impl UserTask {
    /// The draws that its people come from, where their reserves can take over.
    pub(super) fn compile_drawn(&self, compiler: &mut Compiler<'_>) -> Vec<Drawn> {
        let stands_in = [Operation::Recuse, Operation::Replace];
        let operations = self.operations.as_ref().map_or(&[][..], OneOrMany::as_slice);
        let Some(asked) = operations.iter().find(|operation| stands_in.contains(operation)) else {
            return Vec::new();
        };
        let people = self.people.as_ref().map(|people| match Text::parse(people) {
            Text::Expression(people) => people,
            Text::Literal(_) => String::new(),
        });
        let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
        let people = people.unwrap_or_default();
        let names = people.split(|c: char| !is_of_name(c)).map(str::to_owned);
        let names: BTreeSet<String> = names.collect();
        let mut drawn: Vec<Drawn> =
            names.iter().filter_map(|name| drawn_into(&compiler.source.nodes, name)).collect();
        if let [one] = &mut drawn[..] {
            one.alone = people.trim() == one.people;
        }
        if drawn.is_empty() {
            let message = format!(
                "expected `people` to name the variable that a `draw` with `reservesInto` writes: else \
                 nobody stands in for who does `{asked}`"
            );
            let hint = "`people: =panel` beside `{ type: draw, into: panel, reserves: 2, reservesInto: standIns, … }`";
            let problem = Problem::error("nobodyStandsIn", message).hint(hint);
            compiler.report(&["operations"], problem);
        }
        drawn
    }
}

/// The draw that writes people, anywhere in a process.
fn drawn_into(
    nodes: &indexmap::IndexMap<crate::ids::NodeName, Element>,
    people: &String,
) -> Option<Drawn> {
    nodes.values().find_map(|node| match node {
        Element::Draw(draw) if draw.into == *people => draw
            .reserves_into
            .clone()
            .map(|reserves| Drawn { people: people.clone(), reserves, alone: false }),
        other => other.nodes().and_then(|nodes| drawn_into(nodes, people)),
    })
}

impl Task {
    /// Whether the next reserve can take over: from whoever has the task, or by an admin.
    pub(super) fn may_replace(
        &self,
        step: &Step<'_>,
        key: Key,
        operation: Operation,
    ) -> Result<(), Halt> {
        if operation == Operation::Recuse {
            self.doer(step, key)?;
            Self::not_delegated(step, key)?;
        } else {
            Self::task(step, key)?;
            step.is_admin()?;
        }
        let (drawn, _) = self.drawn_for(step, key)?;
        if Self::listed(step, key, &drawn.reserves).is_empty() {
            return Err(Rejection::NoReserve.into());
        }
        Ok(())
    }

    /// The draw whose reserves take over from whoever has a task, and who was drawn: of several groups
    /// that sign together the one they are of.
    fn drawn_for(&self, step: &Step<'_>, key: Key) -> Result<(&Drawn, Option<PersonId>), Halt> {
        // Whose it is while another prepares it; and who was drawn for it, whoever has it since.
        let from = signer_of(step.activation(key));
        let seat = step.activation(key).item.as_ref().and_then(|item| person_of(&item.value));
        for one in [seat, from.clone()].into_iter().flatten() {
            let is_of = |drawn: &&Drawn| Self::listed(step, key, &drawn.people).contains(&one);
            if let Some(drawn) = self.drawn.iter().find(is_of) {
                return Ok((drawn, Some(one)));
            }
        }
        match &self.drawn[..] {
            [drawn] if drawn.alone => Ok((drawn, from)),
            _ => Err(Rejection::NoReserve.into()),
        }
    }

    fn listed(step: &Step<'_>, key: Key, variable: &str) -> Vec<PersonId> {
        let list = step.instance.variable(variable, key).and_then(Value::as_array);
        let people = list.into_iter().flatten().filter_map(Value::as_str);
        people.map(PersonId::new).collect()
    }

    /// The next reserve who may do the task takes over.
    pub(super) fn replace(&self, step: &mut Step<'_>, key: Key, reason: &str) -> Result<(), Halt> {
        let holds = |person: &PersonId| Self::is_of(step, key, person);
        let recused = step.envelope.actor.person().is_some_and(holds);
        let operation = if recused { Operation::Recuse } else { Operation::Replace };
        self.may(step, key, operation)?;
        Step::check_reason(reason)?;
        let (drawn, drawn_for) = self.drawn_for(step, key)?;
        let (mut people, mut reserves) =
            (Self::listed(step, key, &drawn.people), Self::listed(step, key, &drawn.reserves));
        let mut next = None;
        for (place, one) in reserves.iter().enumerate() {
            match self.takes_over(step, key, one) {
                Ok(()) => {
                    next = Some(place);
                    break;
                }
                Err(Halt::Needs) => return Err(Halt::Needs),
                // They stay a reserve: they may not do this task.
                Err(_) => {}
            }
        }
        let Some(next) = next else { return Err(Rejection::NoReserve.into()) };
        let to = reserves.remove(next);
        let from = signer_of(step.activation(key));
        for person in &mut people {
            if Some(&*person) == drawn_for.as_ref() {
                person.clone_from(&to);
            }
        }
        let texts = |people: &[PersonId]| people.iter().map(ToString::to_string).collect::<Value>();
        let (person, told) = (to.clone(), reason.to_owned());
        let aside = drawn_for.filter(|_| recused).map(|who| (drawn.people.clone(), who));
        let lots = if aside.is_some() { step.lots_around(key) } else { Vec::new() };
        step.emit(Event::ReserveTookOver { key, from, to: person, recused, reason: told, aside, lots });
        for (name, people) in [(&drawn.people, people), (&drawn.reserves, reserves)] {
            step.amend_variable(key, name, texts(&people));
        }
        step.transfer(key, &to, reason)?;
        Ok(())
    }

    /// Refuses whoever stepped aside of those who were drawn for the task.
    pub(super) fn check_not_aside(
        &self,
        step: &Step<'_>,
        key: Key,
        person: &PersonId,
    ) -> Result<(), Halt> {
        let lots = if self.drawn.is_empty() { Vec::new() } else { step.lots_around(key) };
        let mut drawn = self.drawn.iter();
        match drawn.any(|one| step.instance.stepped_aside(&one.people, person, &lots)) {
            true => Err(Rejection::SteppedAside { person: person.clone() }.into()),
            false => Ok(()),
        }
    }

    /// Whether a reserve may do it, and does not in the same round already.
    fn takes_over(&self, step: &Step<'_>, key: Key, person: &PersonId) -> Result<(), Halt> {
        step.known(person)?;
        self.fit(step, key, person)?;
        self.is_no_judge_of_own(step, person)?;
        step.check_signs_once(key, person)
    }

    /// Whose task it is: who has taken it, or the one to whom it is offered.
    fn holder(step: &Step<'_>, key: Key) -> Option<PersonId> {
        match &step.activation(key).waiting {
            Waiting::Task { assignee: Some(person), .. } => Some(person.clone()),
            Waiting::Task { candidates, .. } => match &candidates[..] {
                [crate::actor::Principal::Person(person)] => Some(person.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_of(step: &Step<'_>, key: Key, person: &PersonId) -> bool {
        Self::holder(step, key).as_ref() == Some(person)
    }
}
