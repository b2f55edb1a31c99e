//! What of what others did in a case whoever asks may read: names, votes, opinions, and what they
//! wrote into the list of a secret round that is not decided. Every reader asks here. Who sees the case at
//! all is asked before; the rules are the definition's (`opinions`, `open`), and hold for everybody but
//! those who oversee.

use std::collections::BTreeSet;

use access::{Action, Relation};
use async_graphql::Result;
use engine::actor::Actor;
use engine::definition::Node;
use engine::elements::Element;
use engine::ids::{Key, PersonId};
use engine::instance::Instance as State;
use engine::rejection::Rejection;
use engine::text::Language;
use engine::time::Timestamp;

use crate::context::{Reader, Versions};
use crate::types::document::own_nodes;

/// A refusal as whoever asks may read it: with no names where they read none in the case.
pub(crate) async fn told_of(
    reader: Reader<'_>,
    state: &State,
    rejection: Rejection,
) -> Result<Rejection> {
    let sight = Sight::of(reader, state).await?;
    Ok(sight.refused(rejection, reader.language()))
}

/// How far somebody sees into a case.
pub(crate) struct Sight {
    /// Who asks, by the word that packs name them by.
    person: Option<String>,
    /// Whether they read names, votes and opinions of others at all.
    inside: bool,
    /// Whether they see every case.
    oversees: bool,
    /// Tasks of which they read only what they gave themselves.
    secret: BTreeSet<Key>,
    /// Nodes whose tasks they do or did.
    own_nodes: Vec<String>,
    versions: Versions,
}

impl Sight {
    /// How far whoever asks sees into a case.
    pub(crate) async fn of(reader: Reader<'_>, state: &State) -> Result<Self> {
        let versions = reader.versions(state).await?;
        let definition = versions.current();
        let person = reader.viewing.person.as_ref();
        let actor = person.map_or(Actor::Public, store::directory::Person::actor);
        let oversees = reader.may(Action::SeeCase, &Relation::default()).is_ok();
        let secret = match oversees {
            true => BTreeSet::new(),
            false => definition.secret_tasks(state, &actor, |version| versions.numbered(version)),
        };
        let own_nodes = own_nodes(reader, state).into_iter().map(str::to_owned);
        Ok(Self {
            person: person.map(|person| person.id.clone()),
            inside: oversees
                || definition.is_inside(state, &actor)
                || (definition.opens_opinions_to_readers() && reader.overlooks(state).await?),
            oversees,
            secret,
            own_nodes: own_nodes.collect(),
            versions,
        })
    }

    /// Whether they read names, votes and opinions of others.
    pub(crate) const fn is_inside(&self) -> bool {
        self.inside
    }

    /// Whether they see every case, and all of it.
    pub(crate) const fn oversees(&self) -> bool {
        self.oversees
    }

    /// A refusal as they may read it.
    pub(crate) fn refused(&self, rejection: Rejection, language: Language) -> Rejection {
        match self.inside {
            true => rejection,
            false => rejection
                .without_names(self.person.as_deref().map(PersonId::new).as_ref(), language),
        }
    }

    /// Whether something is whoever asks' own.
    pub(crate) fn is_own(&self, person: Option<&str>) -> bool {
        person.is_some() && person == self.person.as_deref()
    }

    /// A person, where their name may be read.
    pub(crate) fn named<'a>(&self, person: Option<&'a str>) -> Option<&'a str> {
        person.filter(|one| self.inside || self.is_own(Some(one)))
    }

    /// Whether a task is one of a secret round that is not decided, of which they read only what they gave
    /// themselves.
    pub(crate) fn is_secret(&self, task: Key) -> bool {
        self.secret.contains(&task)
    }

    /// Whether what another decided in a task may be read: who stands outside reads what a round
    /// decided, not its votes.
    pub(crate) fn decision(&self, task: Key, node: &str) -> bool {
        let is_vote = || self.node(node).is_some_and(Node::is_common);
        !self.is_secret(task) && !self.is_ballot(node) && (self.inside || !is_vote())
    }

    /// Whether a node is, or was, a secret ballot: nobody but who voted reads a vote of it, whatever they
    /// oversee.
    pub(crate) fn is_ballot(&self, node: &str) -> bool {
        self.versions.ever(node, Node::is_ballot)
    }

    /// Whether the opinion may be read with which another decided a task: who stands outside reads why
    /// something came back to them.
    pub(crate) fn opinion(&self, task: Key, node: &str, outcome: Option<&str>) -> bool {
        self.decision(task, node) && (self.inside || self.leads_back(node, outcome))
    }

    /// Whether something of theirs is among some nodes.
    pub(crate) fn is_theirs(&self, node: &str) -> bool {
        self.own_nodes.iter().any(|own| own == node)
    }

    fn leads_back(&self, node: &str, outcome: Option<&str>) -> bool {
        let element = self.node(node).map(Node::element);
        let Some(Element::UserTask(task)) = element else { return false };
        let to = outcome.and_then(|outcome| task.outcome(outcome)?.to);
        to.is_some_and(|to| self.is_theirs(to.as_str()))
    }

    /// A node by its name; where the case has none of that name now, as it had it before.
    fn node(&self, name: &str) -> Option<&Node> {
        self.versions.node(Timestamp::NEVER, name)
    }

    /// Whether there is anything of which they read only what is their own.
    pub(crate) fn has_secrets(&self) -> bool {
        !self.secret.is_empty()
    }
}
