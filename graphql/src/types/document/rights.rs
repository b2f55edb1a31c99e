//! Which documents of a case whoever asks may see, and which of their fields.

use access::{Action, Relation};
use async_graphql::Result;
use engine::definition::source::FieldRight;
use engine::definition::{self, Definition, INITIATOR, Using};
use engine::form::Rights;
use engine::ids::{DocumentName, PersonId};
use engine::instance::{Instance as State, Waiting};

use crate::context::Reader;

/// Documents of a case that whoever asks may see, and which of their fields.
pub(crate) async fn visible(
    reader: Reader<'_>,
    state: &State,
    definition: &Definition,
) -> Result<Vec<Using>> {
    let relation = reader.relation(state).await?;
    let nodes = own_nodes(reader, state);
    let overlooks = reader.overlooks(state).await?;
    let there = definition.documents().iter();
    let there = there.filter(|(name, _)| state.documents().contains_key(name.as_str()));
    let uses = there.filter_map(|(name, document)| {
        if is_whole(reader, state, &relation, (name, document)) {
            let rights = Rights::all(FieldRight::Read);
            return Some(Using { document: name.clone(), rights });
        }
        reader.may(Action::SeeDocument, &relation).ok()?;
        let own = nodes.iter().find_map(|node| {
            let node = definition.node(node)?;
            let mut uses = node.edits().iter().chain(node.shows());
            uses.find(|using| using.document == *name).cloned()
        });
        let read = read_by(reader, state, (overlooks, definition), name);
        match (own, read) {
            (Some(own), Some(read)) => Some(Using { rights: own.rights.or(&read.rights), ..own }),
            (own, read) => own.or(read),
        }
    });
    Ok(uses.collect())
}

/// How much of a document whoever asks reads as a reader of the process's cases.
fn read_by(
    reader: Reader<'_>,
    state: &State,
    (overlooks, definition): (bool, &Definition),
    name: &DocumentName,
) -> Option<Using> {
    let person = reader.viewing.person.as_ref().filter(|_| overlooks)?;
    let rights = definition.read_by(state, &person.actor(), name)?;
    Some(Using { document: name.clone(), rights })
}

/// How much whoever asks may read of what came in to an intake that is open and not sealed: what they
/// may read of the list that it becomes, by their rights, their tasks, and those they are going to get.
/// Whether they see the case is asked before.
pub(crate) async fn of_submissions(
    reader: Reader<'_>,
    state: &State,
    definition: &Definition,
    name: &DocumentName,
) -> Result<Option<Using>> {
    let Some(document) = definition.documents().get(name) else { return Ok(None) };
    let relation = reader.relation(state).await?;
    if is_whole(reader, state, &relation, (name, document)) {
        return Ok(Some(Using { document: name.clone(), rights: Rights::all(FieldRight::Read) }));
    }
    if reader.may(Action::SeeDocument, &relation).is_err() {
        return Ok(None);
    }
    let awaited = reader.awaits(state).await?;
    let awaited = awaited.iter().filter(|it| it.document == *name).map(|it| it.node.as_str());
    let found = own_nodes(reader, state).into_iter().chain(awaited).find_map(|node| {
        let node = definition.node(node)?;
        let writes = node.edits().iter().filter(|_| !document.apart);
        node.shows().iter().chain(writes).find(|using| using.document == *name).cloned()
    });
    let overlooks = reader.overlooks(state).await?;
    Ok(found.or_else(|| read_by(reader, state, (overlooks, definition), name)))
}

/// Whether whoever asks may read all of a document, by a role or since they began the case with it.
fn is_whole(
    reader: Reader<'_>,
    state: &State,
    relation: &Relation,
    (name, document): (&DocumentName, &definition::Document),
) -> bool {
    let given = state.documents().get(name.as_str()).is_some_and(|own| own.given);
    let meant = document.readers.iter().any(|role| role.as_str() == INITIATOR);
    let whole = Relation {
        // What others write into the case is not the initiator's to read.
        initiator: relation.initiator && (given || meant),
        readers: document.readers.clone(),
        ..Relation::default()
    };
    reader.may(Action::SeeDocument, &whole).is_ok()
}

/// Whether a document is a list of which whoever asks reads their own entries alone, since they do
/// nothing but write them.
pub(super) async fn is_apart(
    reader: Reader<'_>,
    state: &State,
    definition: &Definition,
    name: &DocumentName,
) -> Result<bool> {
    let declared = definition.documents().get(name).filter(|document| document.apart);
    let Some(document) = declared else { return Ok(false) };
    let shows = |node: &&str| {
        let node = definition.node(node);
        node.is_some_and(|node| node.shows().iter().any(|using| using.document == *name))
    };
    let relation = reader.relation(state).await?;
    let overlooks = reader.overlooks(state).await?;
    let reads_all = is_whole(reader, state, &relation, (name, document))
        || read_by(reader, state, (overlooks, definition), name).is_some();
    Ok(!reads_all && !own_nodes(reader, state).iter().any(shows))
}

/// Nodes whose tasks whoever asks has decided or given up, has, or is offered.
pub(crate) fn own_nodes<'s>(reader: Reader<'_>, state: &'s State) -> Vec<&'s str> {
    let Some(person) = &reader.viewing.person else { return Vec::new() };
    let actor = person.actor();
    let passed = state.all_passed().iter().filter_map(|(node, passed)| {
        passed.is_done_by(&PersonId::new(&person.id)).then_some(node.as_str())
    });
    let (deputies, own) = (reader.store.deputies_known(), PersonId::new(&person.id));
    let now = reader.store.clock().now();
    let standing: Vec<_> = deputies.standing(&own, state.process(), now).collect();
    let open = state.activations().values().filter_map(|activation| {
        let Waiting::Task { candidates, assignee, .. } = &activation.waiting else { return None };
        let own = match assignee {
            Some(assignee) => assignee.as_str() == person.id,
            None => candidates.iter().any(|candidate| {
                actor.is(candidate) || standing.iter().any(|one| one.is_offered(candidate))
            }),
        };
        own.then_some(activation.node.as_str())
    });
    passed.chain(open).collect()
}

/// Whether whoever asks does, or did, the tasks of a node.
pub(crate) fn does(reader: Reader<'_>, state: &State, node: &str) -> bool {
    own_nodes(reader, state).contains(&node)
}
