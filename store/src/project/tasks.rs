//! Rows of `task` and `inbox`: a task's whole row whenever it changes, and a row for each principal
//! that may see it while it is open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use engine::actor::Principal;
use engine::event::Event;
use engine::ids::{Key, NodeName, PersonId};
use engine::instance::{Activation, Instance, Waiting};
use engine::time::Timestamp;

use super::{Applied, closed};
use crate::changes::{Changes, Columns};
use crate::row::{Row, Value};
use crate::tables::{inbox, task};

/// What is written down of a task that has ended.
const ENDED_COLUMNS: [&str; 6] =
    ["completed_at", "completed_by", "outcome", "comment", "closed_because", "closed_outcome"];

/// A task as an instance has it.
#[derive(Clone, Copy)]
struct Open<'a> {
    candidates: &'a [Principal],
    assignee: Option<&'a PersonId>,
    /// Who may take it from whoever has it, since it is late.
    escalated: Option<&'a Principal>,
    due_at: i64,
}

/// What is known of a task's place in the process.
struct Where {
    node: NodeName,
    round: u32,
    since: Timestamp,
}

/// How a task was decided.
struct Decided<'a> {
    state: &'static str,
    outcome: Option<&'a str>,
    person: Option<&'a PersonId>,
    at: Timestamp,
    comment: Option<&'a str>,
}

fn open(activation: &Activation) -> Option<Open<'_>> {
    match &activation.waiting {
        Waiting::Task { candidates, assignee, due, escalated, .. } => Some(Open {
            candidates,
            assignee: assignee.as_ref(),
            escalated: escalated.as_ref(),
            due_at: due.as_ref().map_or(Timestamp::NEVER, |working| working.until).0,
        }),
        Waiting::Nothing
        | Waiting::Items { .. }
        | Waiting::Submissions { .. }
        | Waiting::Job { .. }
        | Waiting::Call
        | Waiting::Choosing { .. }
        | Waiting::Listener
        | Waiting::Compensating { .. } => None,
    }
}

/// A task of a case, where it is open; while the case stands still, it is due at no time.
fn open_at(instance: &Instance, key: Key) -> Option<Open<'_>> {
    let open = instance.activation(key).and_then(open)?;
    let due_at = if instance.suspended().is_some() { Timestamp::NEVER.0 } else { open.due_at };
    Some(Open { due_at, ..open })
}

pub(super) fn project(step: &Applied<'_>, changes: &mut Changes, touched: &mut BTreeSet<String>) {
    let created = created(step.events);
    let mut keys: BTreeSet<Key> = created.keys().copied().collect();
    for instance in step.before.into_iter().chain(std::iter::once(step.after)) {
        let tasks = instance.activations().iter().filter(|(_, own)| open(own).is_some());
        keys.extend(tasks.map(|(key, _)| *key));
    }
    for key in keys {
        let before = step.before.and_then(|before| open_at(before, key));
        let after = open_at(step.after, key);
        if unchanged(before, after) && !is_renamed(step, key) {
            continue;
        }
        let shown = after.or(before).or_else(|| created.get(&key).copied());
        if let (Some(shown), Some(place)) = (shown, place(step, key)) {
            let row = row(step, key, shown, after.is_some(), &place);
            if created.contains_key(&key) {
                changes.insert(&task::TABLE, row);
            } else {
                changes.update(&task::TABLE, row, changed(step, key, before, after));
            }
        }
        move_inbox(step.after.id().0, key, before, after, changes, touched);
    }
}

fn unchanged(before: Option<Open<'_>>, after: Option<Open<'_>>) -> bool {
    match (before, after) {
        (Some(before), Some(after)) => {
            before.candidates == after.candidates
                && before.assignee == after.assignee
                && before.escalated == after.escalated
                && before.due_at == after.due_at
        }
        (None, None | Some(_)) | (Some(_), None) => false,
    }
}

/// Whether the node of a task has another name in the version that the case goes over to.
fn is_renamed(step: &Applied<'_>, key: Key) -> bool {
    let node = |instance: &Instance| instance.activation(key).map(|own| own.node.clone());
    let (before, after) = (step.before.and_then(node), node(step.after));
    before.is_some() && after.is_some() && before != after
}

/// Tasks that the step created; one of them may be gone again at its end.
fn created(events: &[Event]) -> BTreeMap<Key, Open<'_>> {
    events
        .iter()
        .filter_map(|event| {
            if let Event::TaskCreated { key, candidates, assignee, due, .. } = event {
                let due_at = due.as_ref().map_or(Timestamp::NEVER, |working| working.until).0;
                let assignee = assignee.as_ref();
                Some((*key, Open { candidates, assignee, escalated: None, due_at }))
            } else {
                None
            }
        })
        .collect()
}

fn place(step: &Applied<'_>, key: Key) -> Option<Where> {
    let known = step.after.activation(key).or_else(|| step.before?.activation(key));
    if let Some(known) = known {
        return Some(Where { node: known.node.clone(), round: known.round, since: known.since });
    }
    step.events.iter().find_map(|event| {
        if let Event::NodeActivated { key: own, node, round, at, .. } = event
            && *own == key
        {
            return Some(Where { node: node.clone(), round: *round, since: *at });
        }
        None
    })
}

fn decided<'a>(step: &Applied<'a>, key: Key) -> Option<Decided<'a>> {
    step.events.iter().find_map(|event| {
        if let Event::Returned { key: own, person: Some(person), reason, .. } = event
            && *own == key
        {
            let (at, comment) = (step.envelope.at, reason.as_deref());
            let person = Some(person);
            return Some(Decided { state: "returned", outcome: None, person, at, comment });
        }
        if let Event::TaskTerminatedCase { key: own, person, reason } = event
            && *own == key
        {
            let (at, comment, person) = (step.envelope.at, Some(reason.as_str()), Some(person));
            return Some(Decided { state: "terminated", outcome: None, person, at, comment });
        }
        if let Event::TaskSkipped { key: own, person, outcome, .. } = event
            && *own == key
        {
            let outcome = outcome.as_ref().map(engine::ids::OutcomeName::as_str);
            let (at, comment, person) = (step.envelope.at, None, person.as_ref());
            return Some(Decided { state: "skipped", outcome, person, at, comment });
        }
        if let Event::TaskCompleted { key: own, outcome, person, at, comment, .. } = event
            && *own == key
        {
            return Some(Decided {
                state: "completed",
                outcome: outcome.as_ref().map(engine::ids::OutcomeName::as_str),
                person: Some(person),
                at: *at,
                comment: comment.as_deref(),
            });
        }
        None
    })
}

/// The columns in which a task that was there has changed.
fn changed(
    step: &Applied<'_>,
    key: Key,
    before: Option<Open<'_>>,
    after: Option<Open<'_>>,
) -> Columns {
    static STATE: LazyLock<Columns> =
        LazyLock::new(|| Columns::of(&task::TABLE, &["state", "assignee"]));
    static CLAIMED: LazyLock<Columns> =
        LazyLock::new(|| Columns::of(&task::TABLE, &["claimed_at"]));
    static OFFERED: LazyLock<Columns> =
        LazyLock::new(|| Columns::of(&task::TABLE, &["role", "candidates"]));
    static DUE: LazyLock<Columns> = LazyLock::new(|| Columns::of(&task::TABLE, &["due_at"]));
    static ENDED: LazyLock<Columns> = LazyLock::new(|| Columns::of(&task::TABLE, &ENDED_COLUMNS));
    static NODE: LazyLock<Columns> = LazyLock::new(|| Columns::of(&task::TABLE, &["node"]));
    let mut changed = *STATE;
    if is_renamed(step, key) {
        changed = changed.and(*NODE);
    }
    if is_claimed(step, key) {
        changed = changed.and(*CLAIMED);
    }
    match (before, after) {
        (Some(before), Some(after)) => {
            if before.candidates != after.candidates {
                changed = changed.and(*OFFERED);
            }
            if before.due_at != after.due_at {
                changed = changed.and(*DUE);
            }
            changed
        }
        (Some(_), None) => changed.and(*ENDED),
        // It was another kind of wait in between, and is a task again.
        (None, _) => Columns::changing(&task::TABLE),
    }
}

fn is_claimed(step: &Applied<'_>, key: Key) -> bool {
    let claims =
        |event: &Event| matches!(event, Event::TaskClaimed { key: own, .. } if *own == key);
    step.events.iter().any(claims)
}

fn row(step: &Applied<'_>, key: Key, shown: Open<'_>, is_open: bool, place: &Where) -> Row {
    // What is still open is not decided, even where it was returned meanwhile.
    let decided = decided(step, key).filter(|_| !is_open);
    let state = match (&decided, is_open, shown.assignee) {
        (Some(decided), _, _) => decided.state,
        (None, false, _) => "cancelled",
        (None, true, Some(_)) => "claimed",
        (None, true, None) => "open",
    };
    let ended = (!is_open).then_some(step.at());
    let closed = closed::of(step, key).filter(|_| !is_open && decided.is_none());
    let row = task::Model {
        instance_id: step.instance(),
        key: i64::from(key.0),
        process: step.after.process().as_str().to_owned(),
        node: place.node.as_str().to_owned(),
        round: i64::from(place.round),
        state: state.to_owned(),
        role: shown.candidates.iter().find_map(role),
        candidates: serde_json::to_string(shown.candidates).expect("principals are plain data"),
        assignee: decided
            .as_ref()
            .and_then(|decided| decided.person)
            .or(shown.assignee)
            .or_else(|| closed.as_ref().and_then(|_| closed::asked(shown.candidates)))
            .map(|person| person.as_str().to_owned()),
        created_at: place.since.0,
        claimed_at: is_claimed(step, key).then_some(step.at()),
        due_at: shown.due_at,
        completed_at: decided.as_ref().map(|decided| decided.at.0).or(ended),
        completed_by: decided
            .as_ref()
            .and_then(|decided| Some(decided.person?.as_str().to_owned())),
        outcome: decided.as_ref().and_then(|decided| decided.outcome.map(str::to_owned)),
        comment: decided.as_ref().and_then(|decided| decided.comment.map(str::to_owned)),
        closed_because: closed.as_ref().map(|closed| closed.because.to_owned()),
        closed_outcome: closed.and_then(|closed| closed.outcome.map(ToString::to_string)),
        item: about(step, key),
        undeputed: is_undeputed(step, key).then_some(1),
    };
    row.into_row()
}

/// Whether the step created a task that is offered to nobody's deputy.
fn is_undeputed(step: &Applied<'_>, key: Key) -> bool {
    let is = |event: &Event| matches!(event, Event::TaskCreated { key: own, undeputed: true, .. } if *own == key);
    step.events.iter().any(is)
}

/// The items of lists that a task is about, as JSON.
fn about(step: &Applied<'_>, key: Key) -> Option<String> {
    let mut about = step.after.about(key);
    if about.is_empty() {
        about = step.before.map(|before| before.about(key)).unwrap_or_default();
    }
    let json = || serde_json::to_string(&about).expect("items are plain data");
    (!about.is_empty()).then(json)
}

fn role(principal: &Principal) -> Option<String> {
    match principal {
        Principal::Role(role) | Principal::RoleIn(role, _) => Some(role.as_str().to_owned()),
        Principal::Person(_) => None,
    }
}

/// The principals whose inbox has a task: everybody it is offered to, or whoever has it and to whom it is
/// escalated.
fn principals(task: Option<Open<'_>>) -> BTreeSet<String> {
    match task {
        None => BTreeSet::new(),
        Some(Open { assignee: Some(person), escalated, .. }) => {
            let holder = Principal::Person(person.clone()).to_string();
            escalated.into_iter().flat_map(addressed).chain([holder]).collect()
        }
        Some(Open { candidates, assignee: None, .. }) => {
            candidates.iter().flat_map(addressed).collect()
        }
    }
}

/// A role of one unit is also seen by those who hold it everywhere: they look under `@*`.
pub(super) fn addressed(principal: &Principal) -> Vec<String> {
    match principal {
        Principal::Person(_) | Principal::Role(_) => vec![principal.to_string()],
        Principal::RoleIn(role, _) => vec![principal.to_string(), format!("role:{role}@*")],
    }
}

fn move_inbox(
    instance: i64,
    key: Key,
    before: Option<Open<'_>>,
    after: Option<Open<'_>>,
    changes: &mut Changes,
    touched: &mut BTreeSet<String>,
) {
    let row = |principal: &String, due_at: i64| {
        let key = Value::Int(i64::from(key.0));
        vec![Value::Text(principal.clone()), Value::Int(due_at), Value::Int(instance), key]
    };
    let (had, has) = (principals(before), principals(after));
    let (due_before, due_after) = (before.map(|task| task.due_at), after.map(|task| task.due_at));
    for principal in &had {
        if !has.contains(principal) || due_before != due_after {
            changes.delete(&inbox::TABLE, row(principal, due_before.unwrap_or_default()));
        }
    }
    for principal in &has {
        if !had.contains(principal) || due_before != due_after {
            changes.insert(&inbox::TABLE, row(principal, due_after.unwrap_or_default()));
        }
    }
    touched.extend(had);
    touched.extend(has);
}
