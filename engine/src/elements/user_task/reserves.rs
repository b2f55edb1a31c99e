//! Reserves of a draw take over (递补): of who steps aside themselves (主动回避), or of whom an admin
//! replaces. Always the next in the order of the draw who may do it, so that the draw stays what decides.

use serde_json::Value;

use super::UserTask;
use super::behavior::Task;
use crate::definition::Compiler;
use crate::elements::Element;
use crate::event::Event;
use crate::expression::Source as Text;
use crate::ids::{Key, PersonId};
use crate::instance::Waiting;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Halt, Step, person_of, signer_of};

/// The draw that the people of a task come from.
#[derive(Debug)]
pub(super) struct Drawn {
    /// The variable with the people.
    people: String,
    /// The variable with the reserves, the next one first.
    reserves: String,
}

impl UserTask {
    /// The draw that its people come from, where its reserves can take over.
    pub(super) fn compile_drawn(&self, compiler: &mut Compiler<'_>) -> Option<Drawn> {
        let stands_in = [Operation::Recuse, Operation::Replace];
        let operations = self.operations.as_ref()?.as_slice();
        let asked = operations.iter().find(|operation| stands_in.contains(operation))?;
        let people = self.people.as_ref().and_then(|people| match Text::parse(people) {
            Text::Expression(name) => Some(name.trim().to_owned()),
            Text::Literal(_) => None,
        });
        let of = |people: &String| drawn_into(&compiler.source.nodes, people);
        let drawn = people.as_ref().and_then(of);
        if drawn.is_none() {
            let message = format!(
                "expected `people` to be the variable that a `draw` with `reservesInto` writes: else \
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
            .map(|reserves| Drawn { people: people.clone(), reserves }),
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
        let reserves = self.drawn.as_ref().map(|drawn| Self::listed(step, &drawn.reserves));
        if reserves.is_none_or(|reserves| reserves.is_empty()) {
            return Err(Rejection::NoReserve.into());
        }
        Ok(())
    }

    fn listed(step: &Step<'_>, variable: &str) -> Vec<PersonId> {
        let list = step.instance.variables().get(variable).and_then(Value::as_array);
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
        let Some(drawn) = &self.drawn else { return Err(Rejection::NoReserve.into()) };
        let (mut people, mut reserves) =
            (Self::listed(step, &drawn.people), Self::listed(step, &drawn.reserves));
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
        // Whose it is while another prepares it; and who was drawn for it, whoever has it since.
        let from = signer_of(step.activation(key));
        let seat = step.activation(key).item.as_ref().and_then(|item| person_of(&item.value));
        let drawn_for = seat.filter(|seat| people.contains(seat)).or_else(|| from.clone());
        for person in &mut people {
            if Some(&*person) == drawn_for.as_ref() {
                person.clone_from(&to);
            }
        }
        let texts = |people: &[PersonId]| people.iter().map(ToString::to_string).collect::<Value>();
        let (person, told) = (to.clone(), reason.to_owned());
        let aside = drawn_for.filter(|_| recused).map(|who| (drawn.people.clone(), who));
        step.emit(Event::ReserveTookOver { key, from, to: person, recused, reason: told, aside });
        for (name, people) in [(&drawn.people, people), (&drawn.reserves, reserves)] {
            step.amend_variable(name, texts(&people));
        }
        step.transfer(key, &to, reason);
        Ok(())
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
