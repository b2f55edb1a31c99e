//! Tokens of a case: where they are, what an admin may do to them by hand, and what would come of it.

use std::collections::{BTreeMap, BTreeSet};

use access::Action;
use async_graphql::{InputObject, OneofObject, Result, SimpleObject};
use chrono::{DateTime, Utc};
use engine::command::{Change, Command};
use engine::definition::Definition;
use engine::ids::Key;
use engine::instance::{Activation, Instance as State};
use engine::step::run_count;
use store::SubmitError;

use super::instant;
use super::item::TaskItem;
use crate::context::Reader;
use crate::sight::Sight;
use crate::{error, operations};

/// A node that is active.
#[derive(Debug, SimpleObject)]
pub(crate) struct ActiveNode {
    /// The number of this activation within its case, from 1.
    key: u32,
    /// The node's name in the definition.
    name: String,
    /// What people call it.
    label: String,
    /// The item of the list that it is about, where it is a run for one, or inside one.
    item: Option<TaskItem>,
    /// Which pass over it, from 1.
    round: u32,
    /// The `key` of the sub-process, or of the node with several runs, that it is in.
    within: Option<u32>,
    /// Since when (RFC 3339, UTC).
    since: Option<DateTime<Utc>>,
    /// What stopped it, where an admin has to repair something: a stable code.
    incident_code: Option<String>,
    /// What stopped it, in a sentence.
    incident: Option<String>,
    /// Of a round of signers or a list, how many are asked; none otherwise.
    asked: Option<i32>,
    /// How many of them have decided, or are done.
    answered: Option<i32>,
    /// Its runs that are active and hold nothing else. They are listed only here, unless an incident
    /// stopped one.
    runs: Vec<ActiveNode>,
}

impl ActiveNode {
    /// Every active node of a case, in the order in which they began: a round of tasks once, with its
    /// runs. What only listens for what begins it is shown where it cannot.
    pub(crate) fn all(
        reader: Reader<'_>,
        definition: &Definition,
        (state, sight): (&State, &Sight),
    ) -> Vec<Self> {
        let one = |key: &Key, it: &Activation| Self {
            item: TaskItem::of_run(definition, (state, *key), sight),
            ..Self::one(reader, definition, *key, it)
        };
        let is_shown = |it: &Activation| !it.is_listener() || it.incident.is_some();
        let active = || state.activations().iter().filter(|(_, it)| is_shown(it));
        let holds: BTreeSet<Key> = active().map(|(_, it)| it.scope).collect();
        let is_run = |key: &Key, it: &Activation| it.item.is_some() && !holds.contains(key);
        let mut runs: BTreeMap<Key, Vec<Self>> = BTreeMap::new();
        let mut listed = Vec::new();
        for (key, it) in active() {
            let own = one(key, it);
            if is_run(key, it) {
                runs.entry(it.scope).or_default().push(one(key, it));
            }
            if !is_run(key, it) || it.incident.is_some() {
                listed.push(own);
            }
        }
        for own in &mut listed {
            own.runs = runs.remove(&Key(own.key)).unwrap_or_default();
        }
        listed
    }

    fn one(reader: Reader<'_>, definition: &Definition, key: Key, it: &Activation) -> Self {
        let count = run_count(definition, it);
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            key: key.0,
            name: it.node.to_string(),
            label: label(reader, definition, it.node.as_str()),
            item: None,
            round: it.round,
            within: within(it.scope),
            since: instant(it.since.0),
            incident_code: it.incident.as_ref().map(|incident| incident.code.clone()),
            incident: it.incident.as_ref().map(|one| one.said(reader.language())),
            asked: count.map(|count| number(count.all)),
            answered: count.map(|count| number(count.done)),
            runs: Vec::new(),
        }
    }
}

/// A token that waits at a joining gateway for others.
#[derive(Debug, SimpleObject)]
pub(crate) struct WaitingToken {
    /// The gateway.
    name: String,
    /// What people call it.
    label: String,
    /// The node that the token came from.
    from: String,
    /// The `key` of the sub-process that it is in.
    within: Option<u32>,
}

impl WaitingToken {
    /// Every token of a case that waits at a gateway.
    pub(crate) fn all(reader: Reader<'_>, definition: &Definition, state: &State) -> Vec<Self> {
        let from = |flow: u32| {
            let flow = definition.flows().get(flow as usize)?;
            definition.nodes().get(flow.from()).map(|node| node.name().to_string())
        };
        let tokens = state.arrivals().iter().map(|arrival| Self {
            name: arrival.node.to_string(),
            label: label(reader, definition, arrival.node.as_str()),
            from: from(arrival.flow).unwrap_or_default(),
            within: within(arrival.scope),
        });
        tokens.collect()
    }
}

fn label(reader: Reader<'_>, definition: &Definition, node: &str) -> String {
    let node = definition.node(node);
    node.map_or(String::new(), |node| node.label(reader.language()).to_owned())
}

fn within(scope: Key) -> Option<u32> {
    (scope != Key(0)).then_some(scope.0)
}

/// An active node, by its `key`.
#[derive(Debug, InputObject)]
pub(crate) struct ActiveNodeInput {
    /// Its `key`.
    key: u32,
}

/// A node of the definition.
#[derive(Debug, InputObject)]
pub(crate) struct NodeInput {
    /// Its name.
    node: String,
    /// The `key` of the sub-process in which it is meant, where several are active.
    within: Option<u32>,
}

/// An active node, and another one that begins in its place.
#[derive(Debug, InputObject)]
pub(crate) struct MoveInput {
    /// The `key` of the active node.
    key: u32,
    /// The name of the node that begins.
    to: String,
    /// The `key` of the sub-process in which it begins, where several are active.
    within: Option<u32>,
}

/// One change of a case's tokens by hand.
#[derive(Debug, OneofObject)]
pub(crate) enum TokenChange {
    /// Ends an active node with all that is inside it; a sub-process that holds nothing then ends too.
    Cancel(ActiveNodeInput),
    /// Takes away the tokens that wait at a joining gateway.
    CancelWaiting(NodeInput),
    /// Begins a node.
    StartBefore(NodeInput),
    /// Goes on behind a node, as if it had been done.
    StartAfter(NodeInput),
    /// Ends an active node and begins another one: whoever does it may return the case as before.
    Move(MoveInput),
}

/// Changes as a command has them.
pub(crate) fn changes(given: Vec<TokenChange>) -> Vec<Change> {
    let change = |one| match one {
        TokenChange::Cancel(ActiveNodeInput { key }) => Change::Cancel { key: Key(key) },
        TokenChange::CancelWaiting(NodeInput { node, within }) => {
            Change::CancelWaiting { node: node.as_str().into(), scope: within.map(Key) }
        }
        TokenChange::StartBefore(NodeInput { node, within }) => {
            Change::StartBefore { node: node.as_str().into(), scope: within.map(Key) }
        }
        TokenChange::StartAfter(NodeInput { node, within }) => {
            Change::StartAfter { node: node.as_str().into(), scope: within.map(Key) }
        }
        TokenChange::Move(MoveInput { key, to, within }) => {
            Change::Move { key: Key(key), to: to.as_str().into(), scope: within.map(Key) }
        }
    };
    given.into_iter().map(change).collect()
}

/// Where a case would stand after a change by hand.
#[derive(Debug, SimpleObject)]
pub(crate) struct Modified {
    /// Nodes that would be active.
    current_nodes: Vec<ActiveNode>,
    /// Tokens that would wait at joining gateways.
    waiting_tokens: Vec<WaitingToken>,
}

/// What changes would make of a case; nothing is changed.
pub(crate) async fn preview(
    reader: Reader<'_>,
    state: &State,
    given: Vec<TokenChange>,
) -> Result<Modified> {
    reader.allow_all(Action::Repair)?;
    let published = reader.published(state).await?;
    let command = Command::Modify { changes: changes(given), reason: "-".to_owned() };
    let stepped = operations::attempt(reader, &published, state, command).await?;
    let stepped = stepped
        .map_err(|refused| error::submit(&SubmitError::Rejected(refused), reader.language()))?;
    let (definition, after) = (&published.definition, &stepped.instance);
    let sight = Sight::of(reader, state).await?;
    Ok(Modified {
        current_nodes: ActiveNode::all(reader, definition, (after, &sight)),
        waiting_tokens: WaitingToken::all(reader, definition, after),
    })
}
