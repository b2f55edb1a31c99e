//! Approval operations on a case as a whole, and handing over what one who leaves has. Which are
//! possible now, `Instance.allowedOperations` says.

use access::Action;
use async_graphql::connection::CursorType as _;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use engine::command::Command;
use engine::ids::{InstanceId, PersonId};
use engine::instance::Instance as State;
use engine::step::has_to_hand_over;
use futures_util::future::try_join_all;
use store::read::{PAGE_MAX, Page};

use super::each::{ANSWERS_MAX, key_of};
use super::shape::{Named, mutation, named, of_case, to_instance};
use crate::context::{Reader, Told as _, reader};
use crate::paging::{Place, page};
use crate::types::instance::Instance;
use crate::types::refusal::Refusal;
use crate::{error, ids};

/// Mutations of cases by those who began them or manage them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CaseMutation;

mutation! {
    /// Which case goes back to its first task.
    WithdrawInstanceInput => WithdrawInstancePayload about instance {
        /// The case.
        instance: ID,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which case ends as never having been.
    VoidInstanceInput => VoidInstancePayload about instance {
        /// The case.
        instance: ID,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which case ends.
    TerminateInstanceInput => TerminateInstancePayload about instance {
        /// The case.
        instance: ID,
        /// The task from which it is ended, where that allows it; none for admins.
        task: Option<ID>,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which ended case runs again.
    ReopenInstanceInput => ReopenInstancePayload about instance {
        /// The case.
        instance: ID,
        /// From which node: one of the operation's `targets`.
        to: String,
        /// Why.
        reason: String,
    }
}

/// Whose work becomes whose.
#[derive(Debug, InputObject)]
pub(crate) struct HandOverInput {
    /// Who leaves: the id of a `Person`.
    from: ID,
    /// Who gets it: the id of a `Person`.
    to: ID,
    /// Why.
    reason: String,
    /// The cases, at most 100; where none are named, the first 100 that run and in which the person has
    /// something: a task, also one that they delegated or that is with their deputy, a part in a round that
    /// is still to come, or what would come back to them.
    instances: Option<Vec<ID>>,
    /// Where none are named: behind this `endCursor` of an earlier answer.
    after: Option<String>,
    /// The same key again, by the same person, hands no case over twice; at most 150 bytes.
    idempotency_key: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What became of each case.
#[derive(Debug, SimpleObject)]
pub(crate) struct HandOverPayload {
    /// Each case, answered by itself.
    results: Vec<HandOverResult>,
    /// Whether there are further cases: then it is done again, `after` the `endCursor`.
    more: bool,
    /// Behind which case it goes on; none where cases were named, or nothing was found.
    end_cursor: Option<String>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What became of one case.
#[derive(Debug, SimpleObject)]
pub(crate) struct HandOverResult {
    /// The case.
    id: ID,
    /// The case afterwards; none where it was refused.
    instance: Option<Instance>,
    /// Why it was refused; nothing changed then.
    refused: Option<Refusal>,
}

#[Object]
impl CaseMutation {
    /// Takes a case back to its first task (撤回), by whoever began it.
    async fn withdraw_instance(
        &self,
        ctx: &Context<'_>,
        input: WithdrawInstanceInput,
    ) -> Result<WithdrawInstancePayload> {
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let command = Command::Withdraw { reason: input.reason };
        let done = of_case(reader(ctx), instance, command, named!(input)).await;
        done.map(WithdrawInstancePayload)
    }

    /// Ends a case as never having been (作废), by whoever began it.
    async fn void_instance(
        &self,
        ctx: &Context<'_>,
        input: VoidInstanceInput,
    ) -> Result<VoidInstancePayload> {
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let command = Command::Void { reason: input.reason };
        of_case(reader(ctx), instance, command, named!(input)).await.map(VoidInstancePayload)
    }

    /// Ends a case (终止): from a task that allows it, or as an admin.
    async fn terminate_instance(
        &self,
        ctx: &Context<'_>,
        input: TerminateInstanceInput,
    ) -> Result<TerminateInstancePayload> {
        let reader = reader(ctx);
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let Some(task) = &input.task else {
            reader.allow_all(Action::ManageCase)?;
            let command = Command::Terminate { task: None, reason: input.reason };
            let done = to_instance(reader, instance, command, named!(input)).await;
            return done.map(TerminateInstancePayload);
        };
        let (of, task) = ids::read_task(reader.language(), "input.task", task)?;
        if of != instance {
            let (zh, en) =
                ("应为本案件的任务", "expected a task of the case, found one of another");
            return Err(error::bad_argument(reader.language(), "input.task", zh, en));
        }
        let command = Command::Terminate { task: Some(task), reason: input.reason };
        of_case(reader, instance, command, named!(input)).await.map(TerminateInstancePayload)
    }

    /// Lets an ended case run again from a node (唤醒), by an admin.
    async fn reopen_instance(
        &self,
        ctx: &Context<'_>,
        input: ReopenInstanceInput,
    ) -> Result<ReopenInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::ManageCase)?;
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let command = Command::Reopen { to: input.to.as_str().into(), reason: input.reason };
        to_instance(reader, instance, command, named!(input)).await.map(ReopenInstancePayload)
    }

    /// Hands everything that one who leaves has in cases over to another (离职转办), by an admin: case
    /// by case, each answered by itself.
    #[graphql(complexity = "1 + ANSWERS_MAX * child_complexity")]
    async fn hand_over(&self, ctx: &Context<'_>, input: HandOverInput) -> Result<HandOverPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::ManageCase)?;
        let from = PersonId::new(ids::read_person(reader.language(), "input.from", &input.from)?);
        let to = PersonId::new(ids::read_person(reader.language(), "input.to", &input.to)?);
        let (instances, more, end_cursor) = match &input.instances {
            Some(given) if given.len() > ANSWERS_MAX => {
                let (language, found) = (reader.language(), given.len());
                return Err(error::bad_count(language, "input.instances", 0, ANSWERS_MAX, found));
            }
            Some(given) => {
                let read = given.iter().enumerate().map(|(place, id)| {
                    ids::read_instance(reader.language(), &format!("input.instances.{place}"), id)
                });
                (read.collect::<Result<Vec<_>>>()?, false, None)
            }
            None => cases_of(reader, (&from, &to), input.after.as_ref()).await?,
        };
        // Together, so that the writer takes them as one batch.
        let results = try_join_all(instances.into_iter().map(|instance| {
            let (from, to, reason) = (from.clone(), to.clone(), input.reason.clone());
            let command = Command::HandOver { from, to, reason };
            hand_over_one(reader, instance, command, input.idempotency_key.as_deref())
        }));
        let results = results.await?;
        let client_mutation_id = input.client_mutation_id;
        Ok(HandOverPayload { results, more, end_cursor, client_mutation_id })
    }
}

async fn hand_over_one(
    reader: Reader<'_>,
    instance: InstanceId,
    command: Command,
    key: Option<&str>,
) -> Result<HandOverResult> {
    let named = Named {
        idempotency_key: key_of(reader.language(), key, instance.0)?,
        client_mutation_id: None,
    };
    let id = ids::GlobalId::Instance(instance.0).to_id();
    Ok(match to_instance(reader, instance, command, named).await {
        Ok(done) => {
            let instance = Some(done.instance(reader).await?);
            HandOverResult { id, instance, refused: None }
        }
        Err(error) => HandOverResult { id, instance: None, refused: Some(Refusal::of(error)?) },
    })
}

/// Pages of cases that are looked through for one answer.
const PAGES_MAX: usize = 20;

/// The next cases in which a person has something that another may take over, whether there may be
/// more, and behind which case it goes on.
async fn cases_of(
    reader: Reader<'_>,
    (from, to): (&PersonId, &PersonId),
    after: Option<&String>,
) -> Result<(Vec<InstanceId>, bool, Option<String>)> {
    let given = page::<Place>(reader.language(), after, None)
        .map_err(|error| error::at("input.after", error))?;
    let mut after = given.after.map(|place| place.0);
    let mut cases = Vec::new();
    let cursor = |id: i64| Place(id, 0, 0).encode_cursor();
    for _ in 0..PAGES_MAX {
        let page = Page { after, first: PAGE_MAX };
        let slice = reader.store.cases_naming(from.as_str(), page).await.told(reader)?;
        let more = slice.more;
        for row in slice.rows {
            if cases.len() == ANSWERS_MAX {
                return Ok((cases, true, after.map(cursor)));
            }
            after = Some(row.id);
            let state: State = serde_json::from_str(&row.body)
                .map_err(|error| error::internal(&error, reader.language()))?;
            let definition = reader.definition(&state).await?;
            if has_to_hand_over(&definition, &state, (from, to)) {
                cases.push(InstanceId(row.id));
            }
        }
        if !more {
            return Ok((cases, false, after.map(cursor)));
        }
    }
    Ok((cases, true, after.map(cursor)))
}
