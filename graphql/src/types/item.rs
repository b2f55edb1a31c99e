//! The item of a list that a task or a run is about: which of how many, and what it is called, where
//! whoever asks may read that.

use async_graphql::{Context, Object, Result};
use engine::actor::Principal;
use engine::definition::{Definition, Node};
use engine::ids::Key;
use engine::instance::{About, Instance as State};
use engine::time::Timestamp;
use store::tables::intake;
use store::tables::task::Model;

use crate::context::{Reader, Told as _, key, reader};
use crate::sight::Sight;

/// An item of a list for which a node runs.
#[derive(Debug)]
pub(crate) struct TaskItem {
    number: u32,
    count: u32,
    /// What it is called, or the id of whom it is, where that may be read.
    called: Option<String>,
    within: Option<Box<Self>>,
}

impl TaskItem {
    /// What a task is about; none outside lists.
    pub(crate) async fn of_task(reader: Reader<'_>, task: &Model) -> Result<Option<Self>> {
        let state = reader.state(task.instance_id).await?;
        let stored = task.item.as_deref().and_then(|item| serde_json::from_str(item).ok());
        let about: Vec<About> = stored.unwrap_or_else(|| state.about(key(task.key)));
        if about.is_empty() {
            return Ok(None);
        }
        let sight = Sight::of(reader, &state).await?;
        let versions = reader.versions(&state).await?;
        let at = Timestamp(task.created_at);
        let hides = versions.node(at, &task.node).is_some_and(Node::hides_something);
        // What nobody said is the name may be what a task hides, or what one competitor is not to know
        // of another.
        let guesses = sight.oversees() || (!hides && is_theirs(reader, task));
        let reads =
            sight.is_inside() || is_theirs(reader, task) || reader.overlooks(&state).await?;
        Ok(Self::told(
            about,
            |name| versions.node(at, name),
            |one| match &one.label {
                Some(label) => Some(label.clone()).filter(|_| reads),
                None => one.named.clone().filter(|_| guesses),
            },
        ))
    }

    /// What an intake is about that is open; none outside lists.
    pub(crate) async fn of_intake(
        reader: Reader<'_>,
        intake: &intake::Model,
        is_for: bool,
    ) -> Result<Option<Self>> {
        let state = reader.state(intake.instance_id).await?;
        let about = state.about(key(intake.key));
        if about.is_empty() {
            return Ok(None);
        }
        let sight = Sight::of(reader, &state).await?;
        let definition = reader.definition(&state).await?;
        let read = |one: &About| match &one.label {
            Some(label) => Some(label.clone()).filter(|_| is_for || sight.is_inside()),
            None => one.named.clone().filter(|_| sight.oversees()),
        };
        Ok(Self::told(about, |name| definition.node(name), read))
    }

    /// What a run is about that is active, for whoever sees the case so far.
    pub(crate) fn of_run(
        definition: &Definition,
        (state, run): (&State, Key),
        sight: &Sight,
    ) -> Option<Self> {
        let read = |one: &About| match &one.label {
            Some(label) => Some(label.clone()).filter(|_| sight.is_inside()),
            None => one.named.clone().filter(|_| sight.oversees()),
        };
        Self::told(state.about(run), |name| definition.node(name), read)
    }

    /// Items from the innermost, without what are no items of a list.
    fn told<'n>(
        about: Vec<About>,
        node: impl Fn(&str) -> Option<&'n Node>,
        read: impl Fn(&About) -> Option<String>,
    ) -> Option<Self> {
        about.into_iter().rev().fold(None, |within, one| {
            if !node(one.node.as_str()).is_some_and(Node::runs_over_list) {
                return within;
            }
            let called = read(&one);
            Some(Self {
                number: one.number,
                count: one.count,
                called,
                within: within.map(Box::new),
            })
        })
    }
}

/// Whether whoever asks has a task, is offered it, or did it.
fn is_theirs(reader: Reader<'_>, task: &Model) -> bool {
    let Some(person) = &reader.viewing.person else { return false };
    let own = |one: &Option<String>| one.as_ref() == Some(&person.id);
    if own(&task.completed_by) || own(&task.assignee) {
        return true;
    }
    let actor = person.actor();
    let offered: Vec<Principal> = serde_json::from_str(&task.candidates).unwrap_or_default();
    task.assignee.is_none() && offered.iter().any(|candidate| actor.is(candidate))
}

#[Object]
impl TaskItem {
    /// Its place in the list, from 1.
    async fn number(&self) -> u32 {
        self.number
    }

    /// How many the list has.
    async fn count(&self) -> u32 {
        self.count
    }

    /// What it is called: the `label` of its `forEach`; where that has none, the item itself, or its `label`,
    /// `title` or `name`, for whoever does the task and nothing of its documents is hidden from. None where
    /// it is called nothing, or whoever asks may not read it.
    async fn label(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(called) = &self.called else { return Ok(None) };
        let reader = reader(ctx);
        let name = reader.loaders.names.load(called.clone()).await.told(reader)?;
        Ok(Some(name.map_or_else(|| called.clone(), |name| reader.text(&name))))
    }

    /// The item of the list around that the whole list belongs to.
    async fn within(&self) -> Option<&Self> {
        self.within.as_deref()
    }
}
