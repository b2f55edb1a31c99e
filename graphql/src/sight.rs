//! What of what others did in a case whoever asks may read: names, votes, opinions, and what they
//! wrote into the list of a round that still runs. Who sees the case at all is asked before; the rules
//! are the definition's (`opinions`, `open`), and hold for everybody but those who oversee.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::{Action, Relation};
use async_graphql::Result;
use engine::actor::Actor;
use engine::definition::{Definition, SecretRound};
use engine::elements::Element;
use engine::ids::PersonId;
use engine::instance::Instance as State;
use engine::rejection::Rejection;
use engine::text::Language;
use engine::time::Timestamp;

use crate::context::Reader;
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

/// A round that is not decided, of which somebody sees only what is their own.
struct Secret {
    /// The pass over its node.
    round: i64,
    since: Timestamp,
    /// Whether they sign in it.
    signs: bool,
}

/// How far somebody sees into a case.
pub(crate) struct Sight {
    /// Who asks, by the word that packs name them by.
    person: Option<String>,
    /// Whether they read names, votes and opinions of others at all.
    inside: bool,
    /// Rounds that are not decided, of which they see only what is their own, by node.
    secret: BTreeMap<String, Secret>,
    /// Nodes whose tasks they do or did.
    own_nodes: Vec<String>,
    /// Whether they read the case without taking part in it.
    overlooks: bool,
    definition: Arc<Definition>,
}

impl Sight {
    /// How far whoever asks sees into a case.
    pub(crate) async fn of(reader: Reader<'_>, state: &State) -> Result<Self> {
        let definition = reader.definition(state).await?;
        let person = reader.viewing.person.as_ref();
        let actor = person.map_or(Actor::Public, store::directory::Person::actor);
        let oversees = reader.may(Action::SeeCase, &Relation::default()).is_ok();
        let rounds = definition.secret_rounds(state, &actor).filter(|_| !oversees);
        let secret = rounds.map(|SecretRound { node, body, signs }| {
            let (round, since) = (i64::from(body.round), body.since);
            (node.name().to_string(), Secret { round, since, signs })
        });
        let overlooks = !oversees && reader.overlooks(state).await?;
        let own_nodes = own_nodes(reader, state).into_iter().map(str::to_owned);
        Ok(Self {
            person: person.map(|person| person.id.clone()),
            inside: oversees
                || (overlooks && definition.opens_opinions_to_readers())
                || definition.is_inside(state, &actor),
            secret: secret.collect(),
            own_nodes: own_nodes.collect(),
            overlooks,
            definition: Arc::clone(&definition),
        })
    }

    /// Whether they read names, votes and opinions of others.
    pub(crate) const fn is_inside(&self) -> bool {
        self.inside
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

    /// Whether a round of a node runs of which they see only their own votes.
    pub(crate) fn is_secret(&self, node: &str, round: i64) -> bool {
        self.secret.get(node).is_some_and(|running| running.round == round)
    }

    /// Whether what another decided at a node may be read: who stands outside reads what a round
    /// decided, not its votes.
    pub(crate) fn decision(&self, node: &str, round: i64) -> bool {
        let is_vote =
            || self.definition.node(node).is_some_and(engine::definition::Node::is_common);
        !self.is_secret(node, round) && (self.inside || !is_vote())
    }

    /// Whether the opinion may be read with which another decided a task: who stands outside reads why
    /// something came back to them.
    pub(crate) fn opinion(&self, node: &str, round: i64, outcome: Option<&str>) -> bool {
        if self.is_secret(node, round) {
            return false;
        }
        self.inside || (self.decision(node, round) && self.leads_back(node, outcome))
    }

    /// Whether something of theirs is among some nodes.
    pub(crate) fn is_theirs(&self, node: &str) -> bool {
        self.own_nodes.iter().any(|own| own == node)
    }

    fn leads_back(&self, node: &str, outcome: Option<&str>) -> bool {
        let element = self.definition.node(node).map(engine::definition::Node::element);
        let Some(Element::UserTask(task)) = element else { return false };
        let to = outcome.and_then(|outcome| task.outcome(outcome)?.to);
        to.is_some_and(|to| self.is_theirs(to.as_str()))
    }

    /// Since when a document is a list that a round writes which is not decided, theirs or one that they only
    /// look at: of what was
    /// written since they see only what is their own.
    pub(crate) fn apart_since(&self, document: &str) -> Option<Timestamp> {
        let is_list = self.definition.documents().get(document).is_some_and(|it| it.list);
        let signs = |running: &Secret| running.signs || self.overlooks;
        let rounds =
            self.secret.iter().filter(|(_, running)| signs(running)).filter(|(node, _)| {
                let node = self.definition.node(node);
                node.is_some_and(|node| {
                    node.edits().iter().any(|using| using.document.as_str() == document)
                })
            });
        rounds.map(|(_, running)| running.since).min().filter(|_| is_list)
    }
}
