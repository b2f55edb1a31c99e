//! What may be done with a task now.

use access::Action;
use async_graphql::Result;
use engine::command::Command;
use engine::ids::Key;
use engine::instance::{Instance as State, Status, Waiting};
use engine::rejection::Rejection;
use engine::step::allowed_operations;
use engine::text::Language;
use store::Published;

use super::{Operation, attempt, either, told};
use crate::context::Reader;
use crate::sight::Sight;
use crate::types::task::Task;

/// Every operation there is on a task, with what whoever asks may do now.
pub(crate) async fn of_task(reader: Reader<'_>, task: &Task) -> Result<Vec<Operation>> {
    let state = reader.state(task.0.instance_id).await?;
    let published = reader.published(&state).await?;
    let key = crate::context::key(task.0.key);
    let claim = attempt(reader, &published, &state, Command::ClaimTask { task: key }).await?;
    let is_theirs = matches!(&claim, Ok(stepped) if stepped.events.is_empty());
    let sight = Sight::of(reader, &state).await?;
    let told_of = |refused: Rejection| sight.refused(refused, reader.language());
    let claim = claim.map_err(told_of);
    let mut operations = vec![if is_theirs {
        theirs(reader)
    } else {
        either(reader, "claimTask", claim.as_ref().err())
    }];
    for (name, command) in [
        ("releaseTask", Command::ReleaseTask { task: key }),
        ("handBackTask", Command::HandBack { task: key, comment: None }),
        ("cancelInstance", Command::Cancel { reason: "-".into() }),
        ("addComment", Command::Comment { text: "-".into() }),
    ] {
        let refused = attempt(reader, &published, &state, command).await?.err().map(told_of);
        operations.push(either(reader, name, refused.as_ref()));
    }
    let delegated = delegated(&state, key).map(told_of);
    let refused = claim.as_ref().err();
    operations.push(either(reader, "completeTask", refused.or(delegated.as_ref())));
    operations.push(either(reader, "saveDraft", refused));
    let refused = extension(reader, &published, &state, key).await?.map(told_of);
    operations.push(either(reader, "extendTask", refused.as_ref()));
    let (actor, now) = (reader.viewing.viewer().actor(), reader.store.clock().now());
    for mut allowed in allowed_operations(&published.definition, &state, key, (&actor, now)) {
        if state.status() != Status::Active {
            allowed.refused = Some(Rejection::InstanceClosed);
        }
        allowed.refused = allowed.refused.map(told_of);
        operations.push(told(reader, &published.definition, &allowed));
    }
    let may = reader.may(Action::TakePart, &reader.relation(&state).await?);
    // All of them need a part in the case; whoever only oversees has none.
    let asked = operations.into_iter().map(|operation| operation.asked(reader, &may));
    let mut operations: Vec<Operation> = asked.collect();
    // One mutation may be two operations: it is on where either is.
    operations.sort_by(|one, other| (&one.name, !one.allowed).cmp(&(&other.name, !other.allowed)));
    operations.dedup_by(|one, other| one.name == other.name);
    Ok(operations)
}

/// Why whoever prepares a task does not decide it.
fn delegated(state: &State, key: Key) -> Option<Rejection> {
    match &state.activation(key)?.waiting {
        Waiting::Task { owner: Some(owner), .. } => {
            Some(Rejection::Delegated { owner: owner.clone() })
        }
        _ => None,
    }
}

/// Why the deadline may not be moved; by how much it may is for whoever moves it.
async fn extension(
    reader: Reader<'_>,
    published: &Published,
    state: &State,
    key: Key,
) -> Result<Option<Rejection>> {
    let command = Command::ExtendTask { task: key, by: "1 minute".into(), reason: "-".into() };
    let has_due = state
        .activation(key)
        .is_some_and(|activation| matches!(activation.waiting, Waiting::Task { due: Some(_), .. }));
    Ok(match attempt(reader, published, state, command).await? {
        Ok(_) if has_due => None,
        Ok(_) => Some(Rejection::NotExtendable),
        Err(rejection) => Some(rejection),
    })
}

/// A task that whoever asks has already need not be claimed.
fn theirs(reader: Reader<'_>) -> Operation {
    let mut operation = either(reader, "claimTask", None);
    let sentence = match reader.language() {
        Language::Zh => "任务已由您签收",
        Language::En => "the task is yours already",
    };
    operation.turn_off((crate::Code::DoneAlready.as_str().to_owned(), sentence.to_owned()));
    operation
}
