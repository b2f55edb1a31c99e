//! Who reads what others decided in a case, voted and said: `opinions` of a process, and rounds whose
//! signers do not see each other's before they are decided. Who shows a case asks here.

use super::{Definition, Node};
use crate::actor::Actor;
use crate::elements::Element;
use crate::ids::{NodeName, PersonId, RoleName};
use crate::instance::{Activation, Instance, Waiting};
use crate::step::will_sign;

/// The word for everybody who sees the case.
const OPEN: &str = "open";

/// Who reads the names, votes and opinions of others in a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Opinions {
    /// Whoever has a task in it or did one that is not given to the initiator.
    #[default]
    Inside,
    /// Everybody who sees it.
    Open,
    /// Whoever holds one of these roles.
    Roles(Vec<RoleName>),
}

impl Opinions {
    pub(crate) fn of(written: &[RoleName]) -> Self {
        match written {
            [] => Self::Inside,
            [one] if one.as_str() == OPEN => Self::Open,
            roles => Self::Roles(roles.to_vec()),
        }
    }
}

impl Node {
    /// Whether several people decide it together.
    pub fn is_signed(&self) -> bool {
        self.each.as_deref().is_some_and(|each| each.sign.is_some())
    }

    /// Whether it is a round whose signers see only their own votes and sheets until it is decided.
    pub fn is_secret_round(&self) -> bool {
        matches!(&self.element, Element::UserTask(task) if task.is_secret())
    }

    /// Whether its tasks are the decisions of several people that become one.
    pub fn is_common(&self) -> bool {
        matches!(&self.element, Element::UserTask(task) if task.sign.is_some() || task.score.is_some())
    }
}

impl Definition {
    /// Whether somebody stands inside a case: reads what others decided in it and said, and lets
    /// others know of it. Who only began it, or was only let know of it, does not.
    pub fn is_inside(&self, instance: &Instance, actor: &Actor) -> bool {
        match &self.opinions {
            Opinions::Open => true,
            Opinions::Roles(roles) => roles.iter().any(|role| actor.holds(role)),
            Opinions::Inside => self.has_own_task(instance, actor),
        }
    }

    /// Whether somebody has a task in a case, or did one, that is not given to the initiator.
    fn has_own_task(&self, instance: &Instance, actor: &Actor) -> bool {
        let Some(person) = actor.person() else { return false };
        let began = instance.originator().is_some_and(|it| it.person == *person);
        let counts = |node: &NodeName| match self.node(node.as_str()).map(|node| &node.element) {
            Some(Element::UserTask(task)) => !task.is_the_initiators(),
            Some(_) => true,
            // Of another version: who began the case may have had nothing but their own form there.
            None => !began,
        };
        let did = instance
            .all_passed()
            .iter()
            .any(|(node, passed)| passed.people.contains(person) && counts(node));
        did || instance
            .activations()
            .values()
            .any(|open| is_theirs(open, person, actor) && counts(&open.node))
    }

    /// Rounds that run, of which somebody sees only what is their own: those that they sign in.
    pub fn secret_rounds<'a>(
        &'a self,
        instance: &'a Instance,
        actor: &'a Actor,
    ) -> impl Iterator<Item = (&'a Node, &'a Activation)> {
        let bodies = instance.activations().iter().filter_map(|(key, body)| {
            matches!(body.waiting, Waiting::Items { .. }).then_some((*key, body))
        });
        bodies.filter_map(move |(key, body)| {
            let node = self.node(body.node.as_str()).filter(|node| node.is_secret_round())?;
            let person = actor.person()?;
            let mut runs = instance.activations().values().filter(|run| run.scope == key);
            let signs = runs.any(|run| is_theirs(run, person, actor))
                || will_sign(&body.waiting, person)
                || instance.passed(body.node.as_str()).is_some_and(|it| it.people.contains(person));
            signs.then_some((node, body))
        })
    }
}

/// Whether what is active is somebody's: a task that they have or that is offered to them.
fn is_theirs(open: &Activation, person: &PersonId, actor: &Actor) -> bool {
    match &open.waiting {
        Waiting::Task { candidates, assignee, owner, .. } => {
            [assignee, owner].into_iter().flatten().any(|one| one == person)
                || candidates.iter().any(|candidate| actor.is(candidate))
        }
        Waiting::Choosing { candidates, .. } => {
            candidates.iter().any(|candidate| actor.is(candidate))
        }
        Waiting::Items { .. } => will_sign(&open.waiting, person),
        _ => false,
    }
}
