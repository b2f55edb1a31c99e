//! What may be done with a case as a whole now.

use access::Action;
use async_graphql::Result;
use engine::command::Command;
use engine::instance::{Instance as State, Status};
use engine::operation::Operation as Approval;
use engine::rejection::Rejection;
use engine::step::case_operations;

use super::{Operation, attempt, either, told};
use crate::context::Reader;

/// Every operation there is on a case, with what whoever asks may do now.
pub(crate) async fn of_instance(reader: Reader<'_>, state: &State) -> Result<Vec<Operation>> {
    let published = reader.published(state).await?;
    let takes_part = reader.may(Action::TakePart, &reader.relation(state).await?);
    let manages = reader.may(Action::ManageCase, &access::Relation::default());
    let actor = reader.viewing.viewer().actor();
    let mut operations = Vec::new();
    for allowed in case_operations(&published.definition, state, &actor) {
        let may = if is_managed(allowed.operation) { &manages } else { &takes_part };
        operations.push(told(reader, &published.definition, &allowed).asked(reader, may));
    }
    for (name, command) in [
        ("cancelInstance", Command::Cancel { reason: "-".into() }),
        ("addComment", Command::Comment { text: "-".into() }),
    ] {
        let attempted = attempt(reader, &published, state, command).await?;
        operations.push(either(reader, name, attempted.as_ref().err()).asked(reader, &takes_part));
    }
    let closed = (state.status() != Status::Active).then_some(Rejection::InstanceClosed);
    // Who only began it, or was let know of it, lets nobody else know.
    let is_inside = published.definition.is_inside(state, &actor);
    let outside =
        (!is_inside && !actor.holds(&access::ADMIN.into())).then_some(Rejection::NotInside);
    let copies = closed.as_ref().or(outside.as_ref());
    for (name, refused, may) in
        [("copyInstance", copies, &takes_part), ("handOver", closed.as_ref(), &manages)]
    {
        operations.push(either(reader, name, refused).asked(reader, may));
    }
    operations.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(operations)
}

/// Whether an operation on a case is for those who manage cases, whoever began it.
const fn is_managed(operation: Approval) -> bool {
    match operation {
        Approval::Terminate | Approval::Reopen => true,
        Approval::Withdraw
        | Approval::Void
        | Approval::Transfer
        | Approval::Delegate
        | Approval::AddSigner
        | Approval::RemoveSigner
        | Approval::Recuse
        | Approval::Replace
        | Approval::Return
        | Approval::TakeBack
        | Approval::Urge
        | Approval::Copy => false,
    }
}
