//! Setting who does one's tasks for a time, and ending it.

use access::{Action, Relation};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use engine::time::Timestamp;

use crate::context::{Told as _, reader};
use crate::types::deputy::Deputy;
use crate::types::instant::Instant;
use crate::{error, ids};

/// Mutations of standing deputies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DeputyMutation;

/// Who does whose tasks, and for how long.
#[derive(Debug, InputObject)]
pub(crate) struct SetDeputyInput {
    /// Who is away: the id of a `Person`; whoever asks where none is named. Only admins name another.
    person: Option<ID>,
    /// Who does their tasks: the id of a `Person`.
    deputy: ID,
    /// From when, RFC 3339 with its zone; from now on where nothing is said.
    from: Option<Instant>,
    /// Until when, RFC 3339 with its zone: at that moment not any more.
    until: Instant,
    /// The processes, by name, whose tasks go there; all where none is named.
    processes: Option<Vec<String>>,
    /// Why: the deputy and the history are told.
    reason: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// It is set.
#[derive(Debug, SimpleObject)]
pub(crate) struct SetDeputyPayload {
    /// As it is.
    deputy: Deputy,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What ends before its time.
#[derive(Debug, InputObject)]
pub(crate) struct EndDeputyInput {
    /// The `Deputy`.
    deputy: ID,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// It is over.
#[derive(Debug, SimpleObject)]
pub(crate) struct EndDeputyPayload {
    /// As it is.
    deputy: Deputy,
    /// Whether it was over before: then nothing was done.
    repeated: bool,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

#[Object]
impl DeputyMutation {
    /// Sets who does one's tasks for a time (代理、出差委托), by oneself, or for another by an admin. Tasks that
    /// come to the person alone in that time go to the deputy where they may do them, and what is offered to
    /// the person's roles is offered to the deputy too; both are told. What the person had before stays
    /// theirs. A second deputy in the same time and for the same process is refused.
    async fn set_deputy(
        &self,
        ctx: &Context<'_>,
        input: SetDeputyInput,
    ) -> Result<SetDeputyPayload> {
        let reader = reader(ctx);
        let language = reader.language();
        let by = reader.person()?.id.clone();
        let person = match &input.person {
            Some(person) => ids::read_person(language, "input.person", person)?,
            None => by.clone(),
        };
        let relation = Relation { own: person == by, ..Relation::default() };
        reader.allow(Action::SetDeputy, &relation)?;
        let to = ids::read_person(language, "input.deputy", &input.deputy)?;
        let from = match input.from {
            Some(from) => from.read(language, "input.from")?.into(),
            None => Timestamp(reader.now()),
        };
        let until = input.until.read(language, "input.until")?.into();
        let processes = input.processes.unwrap_or_default();
        let new = engine::deputy::Deputy {
            person: person.as_str().into(),
            to: to.as_str().into(),
            from,
            until,
            processes: processes.iter().map(|name| name.as_str().into()).collect(),
            reason: input.reason.unwrap_or_default(),
            grants: Vec::new(),
        };
        let set = reader.store.set_deputy(&new, &by).await.told(reader);
        let deputy = set.map(Deputy).map_err(|error| error::at("input", error))?;
        Ok(SetDeputyPayload { deputy, client_mutation_id: input.client_mutation_id })
    }

    /// Ends a deputy before their time, by whom they stand in for, or by an admin. Tasks stay where they are;
    /// the person may take back what is open (`handBackTask`).
    async fn end_deputy(
        &self,
        ctx: &Context<'_>,
        input: EndDeputyInput,
    ) -> Result<EndDeputyPayload> {
        let reader = reader(ctx);
        let by = reader.person()?.id.clone();
        let id = ids::read_deputy(reader.language(), "input.deputy", &input.deputy)?;
        let missing = || {
            let missing = error::not_found(error::Thing::DEPUTY, reader.language());
            error::at("input.deputy", missing)
        };
        let found = Deputy::by_id(reader, &id).await?.ok_or_else(missing)?;
        let relation = Relation { own: found.0.person == by, ..Relation::default() };
        reader.allow(Action::SetDeputy, &relation)?;
        let ended = reader.store.end_deputy(&id, &by).await.told(reader)?;
        let deputy = Deputy::by_id(reader, &id).await?.ok_or_else(missing)?;
        let client_mutation_id = input.client_mutation_id;
        Ok(EndDeputyPayload { deputy, repeated: !ended, client_mutation_id })
    }
}
