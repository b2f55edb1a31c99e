//! Who reads what others decided in a case, voted and said: `opinions` of a process, and rounds whose
//! signers do not see each other's before they are decided. Who shows a case asks here.

use std::collections::BTreeSet;

use super::{Definition, Listed, Node};
use crate::actor::{Actor, Principal};
use crate::elements::Element;
use crate::elements::user_task::sign::SignSource;
use crate::ids::{Key, NodeName, PersonId, RoleName};
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

    /// Whether it is a secret ballot: nobody is told whose vote was which.
    pub fn is_ballot(&self) -> bool {
        matches!(&self.element, Element::UserTask(task)
            if task.sign.as_ref().is_some_and(SignSource::is_ballot))
    }

    /// Whether it runs once for each item of a list; people who each do their own are no items, nor are signers
    /// and experts, unless the definition says what an item of theirs is called.
    pub fn runs_over_list(&self) -> bool {
        let people = matches!(&self.element, Element::UserTask(task) if task.people.is_some());
        self.each.as_deref().is_some_and(|each| {
            let is_of_people = each.sign.is_some() || each.score.is_some();
            matches!(each.list, Listed::Given(_)) && (!is_of_people || each.label.is_some())
        }) && !people
    }

    /// Whether something of what it shows or has written is hidden from who does it.
    pub fn hides_something(&self) -> bool {
        self.edits().iter().chain(self.shows()).any(|using| using.rights.hide_something())
    }

    /// Whether its tasks are the decisions of several people that become one.
    pub fn is_common(&self) -> bool {
        matches!(&self.element, Element::UserTask(task) if task.sign.is_some() || task.score.is_some())
    }
}

impl Definition {
    /// Whoever may let something that is open run longer.
    pub fn extenders(&self, instance: &Instance) -> impl Iterator<Item = Principal> {
        instance.activations().values().flat_map(|open| {
            let node = self.node(open.node.as_str());
            let roles = node.into_iter().flat_map(|node| node.behavior.extenders());
            let roles = roles.cloned().map(Principal::Role);
            open.extenders.iter().cloned().chain(roles)
        })
    }

    /// Whether somebody stands inside a case: reads what others decided in it and said, and lets
    /// others know of it. Who only began it, or was only let know of it, does not.
    pub fn is_inside(&self, instance: &Instance, actor: &Actor) -> bool {
        match &self.opinions {
            Opinions::Open | Opinions::Roles(_) => self.opens_opinions_to(actor),
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
            .any(|(node, passed)| passed.is_done_by(person) && counts(node));
        did || instance
            .activations()
            .values()
            .any(|open| is_theirs(open, person, actor) && counts(&open.node))
    }

    /// Tasks of which somebody reads only what they gave themselves: those of every secret round that runs,
    /// and of every one that ended before it was decided, each round by itself and whatever its node is
    /// called now. Not for who did not sign in it and reads the list that it writes, or to whom the process
    /// opens opinions. The definition is the one that the case runs on; `versions` gives the others that it
    /// ran on.
    pub fn secret_tasks<'a>(
        &'a self,
        instance: &Instance,
        actor: &Actor,
        versions: impl Fn(u32) -> Option<&'a Self>,
    ) -> BTreeSet<Key> {
        let mut tasks = BTreeSet::new();
        for (key, body) in instance.activations() {
            let name = body.node.as_str();
            let earlier = instance.earlier().iter().filter(|one| body.since < one.until);
            // What was given in secret stays so in a version in which it would be open.
            let mut ran_on = std::iter::once(self)
                .chain(earlier.filter_map(|one| versions(one.version)))
                .filter_map(|ran_on| Some((ran_on, ran_on.node(name)?)));
            if matches!(body.waiting, Waiting::Items { .. })
                && let Some((then, node)) = ran_on.find(|(_, node)| node.is_secret_round())
                && then.hides(node, actor, || signs(instance, (*key, body), actor))
            {
                tasks.extend(instance.tasks_of_round(*key));
            }
        }
        for round in instance.undecided() {
            let was_asked = || actor.person().is_some_and(|person| round.people.contains(person));
            let then = versions(round.version);
            let node = then.and_then(|then| Some((then, then.node(round.node.as_str())?)));
            // Of what is not known any more nobody is told.
            if node.is_none_or(|(then, node)| {
                node.is_secret_round() && then.hides(node, actor, was_asked)
            }) {
                tasks.extend(&round.tasks);
            }
        }
        tasks
    }

    /// Whether somebody reads only what is their own of a secret round.
    fn hides(&self, node: &Node, actor: &Actor, signs: impl Fn() -> bool) -> bool {
        signs() || !(self.opens_opinions_to(actor) || self.reads_list_of(node, actor))
    }

    /// Whether the process says that somebody reads opinions.
    fn opens_opinions_to(&self, actor: &Actor) -> bool {
        match &self.opinions {
            Opinions::Inside => false,
            Opinions::Open => true,
            Opinions::Roles(roles) => roles.iter().any(|role| actor.holds(role)),
        }
    }

    /// Whether somebody is among those whom a list that a node writes is meant for.
    fn reads_list_of(&self, node: &Node, actor: &Actor) -> bool {
        let written = node.edits().iter().filter_map(|using| self.documents().get(&using.document));
        let readers = written.filter(|document| document.list).flat_map(|it| &it.readers);
        readers.into_iter().any(|role| actor.holds(role))
    }
}

/// Whether somebody signs in a round that runs, or did in one of its node.
fn signs(instance: &Instance, (key, body): (Key, &Activation), actor: &Actor) -> bool {
    actor.person().is_some_and(|person| {
        let mut runs = instance.activations().values().filter(|run| run.scope == key);
        runs.any(|run| is_theirs(run, person, actor))
            || will_sign(&body.waiting, person)
            || instance
                .passed(body.node.as_str())
                .is_some_and(|passed| passed.people.contains(person))
    })
}

/// Whether what is active is somebody's: a task that they have or that is offered to them.
fn is_theirs(open: &Activation, person: &PersonId, actor: &Actor) -> bool {
    match &open.waiting {
        Waiting::Task { candidates, assignee, owner, away, .. } => {
            let away = away.as_ref().is_some_and(|away| away.person == *person);
            away || [assignee, owner].into_iter().flatten().any(|one| one == person)
                || candidates.iter().any(|candidate| actor.is(candidate))
        }
        Waiting::Choosing { candidates, .. } => {
            candidates.iter().any(|candidate| actor.is(candidate))
        }
        Waiting::Items { .. } => will_sign(&open.waiting, person),
        _ => false,
    }
}
