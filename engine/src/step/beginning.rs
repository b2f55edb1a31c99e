//! How a case begins, and whether whoever asks may begin it: by hand, by another case, or by itself
//! at a start event.

use std::collections::BTreeMap;

use super::Refused;
use crate::actor::Actor;
use crate::command::{Command, Content, Envelope, Parent};
use crate::definition::Definition;
use crate::definition::source::FieldRight;
use crate::elements::Element;
use crate::event::Initiator;
use crate::form::Rights;
use crate::ids::DocumentName;
use crate::rejection::Rejection;

/// How a case begins.
pub(super) struct Beginning<'a> {
    pub(super) start: usize,
    pub(super) documents: &'a BTreeMap<DocumentName, Content>,
    pub(super) origin: Option<Initiator>,
    pub(super) parent: Option<Parent>,
}

impl<'a> Beginning<'a> {
    /// What the command says, where whoever gives it may.
    pub(super) fn of(definition: &Definition, envelope: &'a Envelope) -> Result<Self, Refused> {
        static NOTHING: BTreeMap<DocumentName, Content> = BTreeMap::new();
        let bad = |field: &str, message: String| {
            Refused::Rejection(Rejection::BadArgument { field: field.into(), message })
        };
        let by_itself = matches!(envelope.actor, Actor::System | Actor::Case { .. });
        match &envelope.command {
            Command::Start { parent, documents, origin, .. } => {
                if !by_itself && !definition.started_by().iter().any(|it| envelope.actor.holds(it))
                {
                    let expected = definition.started_by().to_vec();
                    return Err(Refused::Rejection(Rejection::NotStarter { expected }));
                }
                if !definition.begins_by_hand() {
                    let process = definition.process();
                    let message = format!(
                        "expected a process with a start event that waits for nothing, found that \
                         `{process}` begins only by itself, when its message, signal or time comes"
                    );
                    return Err(bad("process", message));
                }
                let (origin, parent) = (origin.clone(), parent.clone());
                Ok(Self { start: definition.start, documents, origin, parent })
            }
            Command::Begin { event, .. } => {
                let start = definition.by_name.get(event).copied();
                match start.filter(|at| by_itself && definition.event_starts.contains(at)) {
                    Some(event) => {
                        let start = definition.begins_at(event);
                        Ok(Self { start, documents: &NOTHING, origin: None, parent: None })
                    }
                    None => {
                        let message =
                            format!("expected an event that begins cases, found `{event}`");
                        Err(bad("event", message))
                    }
                }
            }
            _ => Err(bad(
                "command",
                "expected a command that begins a case, since the case does not exist".into(),
            )),
        }
    }
}

/// What whoever begins a case may write of a document as they begin it: as much as the tasks that are
/// theirs would let them; of one that they write nowhere the fields that no task and no intake writes, which
/// can only come so. None where it is for others to write.
pub(super) fn rights_at_start(
    definition: &Definition,
    actor: &Actor,
    document: &DocumentName,
) -> Option<Rights> {
    if matches!(actor, Actor::System | Actor::Case { .. }) {
        return Some(Rights::all(FieldRight::Edit));
    }
    let (mut own, mut others, mut is_for_others) = (None::<Rights>, None::<Rights>, false);
    let more = |rights: Option<Rights>, more: &Rights| {
        Some(rights.map_or_else(|| more.clone(), |rights| rights.or(more)))
    };
    for node in definition.nodes() {
        match node.element() {
            Element::UserTask(task) => {
                let edits = node.behavior.edits().iter();
                for using in edits.filter(|using| using.document == *document) {
                    if task.may_be_of(actor) {
                        own = more(own, &using.rights);
                    } else {
                        others = more(others, &using.rights);
                    }
                }
            }
            Element::Intake(intake) => is_for_others |= intake.into == *document,
            Element::CallActivity(call) => is_for_others |= call.take.contains_key(document),
            _ => {}
        }
    }
    match (own, others) {
        (Some(own), _) => Some(own),
        (None, _) if is_for_others => None,
        (None, Some(others)) => others.left(),
        (None, None) => Some(Rights::all(FieldRight::Edit)),
    }
}

/// Whoever a case began with.
pub(super) fn initiator(actor: &Actor) -> Option<Initiator> {
    match actor {
        Actor::Person { id, unit, .. } => {
            Some(Initiator { person: id.clone(), unit: unit.clone() })
        }
        Actor::Public | Actor::System | Actor::Case { .. } => None,
    }
}
