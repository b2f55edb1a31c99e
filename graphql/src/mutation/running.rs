//! What admins do with running cases: tokens moved by hand, cases that stand still and go on.

use access::Action;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use engine::command::Command;

use super::each::{ANSWERS_MAX, key_of};
use super::shape::{Named, mutation, named, to_instance};
use crate::context::{Reader, reader};
use crate::types::instance::Instance;
use crate::types::migration::{MigrationPlanInput, plan};
use crate::types::modification::{TokenChange, changes};
use crate::types::refusal::Refusal;
use crate::{error, ids};

/// Mutations of running cases.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunningMutation;

mutation! {
    /// What is ended and begun, and why.
    ModifyInstanceInput => ModifyInstancePayload about instance {
        /// The case.
        instance: ID,
        /// The changes, made in this order: all of them, or none.
        changes: Vec<TokenChange>,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which case stands still, and why.
    SuspendInstanceInput => SuspendInstancePayload about instance {
        /// The case.
        instance: ID,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// The deadlines of which case, and why.
    RecountDeadlinesInput => RecountDeadlinesPayload about instance {
        /// The case.
        instance: ID,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which case goes on.
    ResumeInstanceInput => ResumeInstancePayload about instance {
        /// The case.
        instance: ID,
    }
}

/// Which cases go over to which version, and how.
#[derive(Debug, InputObject)]
pub(crate) struct MigrateInstancesInput {
    /// The cases, at most 100, all of one process.
    instances: Vec<ID>,
    /// The version of their process that they run on afterwards.
    version: u32,
    /// What becomes of what is alive in them.
    plan: Option<MigrationPlanInput>,
    /// Why.
    reason: String,
    /// The same key again, by the same person, answers the first results again and changes nothing.
    idempotency_key: Option<String>,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// What became of each case.
#[derive(Debug, SimpleObject)]
pub(crate) struct MigrateInstancesPayload {
    /// Each case, answered by itself, in the order of the input.
    results: Vec<MigrateInstancesResult>,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// What became of one case.
#[derive(Debug, SimpleObject)]
pub(crate) struct MigrateInstancesResult {
    /// The case.
    id: ID,
    /// The case after it went over; none where that was refused.
    instance: Option<Instance>,
    /// Why it was refused; nothing changed then.
    refused: Option<Refusal>,
}

/// Lets one of several cases go over; a refusal is its answer.
async fn migrate_one(
    reader: Reader<'_>,
    id: ID,
    command: Command,
    key: Option<&str>,
) -> Result<MigrateInstancesResult> {
    let migrated = async {
        let instance = ids::read_instance(reader.language(), "input.instances", &id)?;
        let idempotency_key = key_of(reader.language(), key, instance.0)?;
        let named = Named { idempotency_key, client_mutation_id: None };
        to_instance(reader, instance, command, named).await?.instance(reader).await
    };
    Ok(match migrated.await {
        Ok(instance) => MigrateInstancesResult { id, instance: Some(instance), refused: None },
        Err(error) => {
            MigrateInstancesResult { id, instance: None, refused: Some(Refusal::of(error)?) }
        }
    })
}

#[Object]
impl RunningMutation {
    /// Moves tokens of a running case by hand (人工调整): by an admin. What was done stays done, and
    /// nothing of it is done again. `Instance.modified` shows what would come of it.
    async fn modify_instance(
        &self,
        ctx: &Context<'_>,
        input: ModifyInstanceInput,
    ) -> Result<ModifyInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let command = Command::Modify { changes: changes(input.changes), reason: input.reason };
        to_instance(reader, instance, command, named!(input)).await.map(ModifyInstancePayload)
    }

    /// Lets running cases go over to another version of their process (迁移), each answered by itself:
    /// by an admin. `Instance.migrated` shows what would come of it. A case in which something does
    /// not fit stays as it is.
    #[graphql(complexity = "1 + input.instances.len() * child_complexity")]
    async fn migrate_instances(
        &self,
        ctx: &Context<'_>,
        input: MigrateInstancesInput,
    ) -> Result<MigrateInstancesPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let count = input.instances.len();
        if count > ANSWERS_MAX {
            let language = reader.language();
            return Err(error::bad_count(language, "input.instances", 0, ANSWERS_MAX, count));
        }
        let (plan, reason) = (plan(input.plan), input.reason);
        let command = Command::Migrate { version: input.version, plan, reason };
        let key = input.idempotency_key.as_deref();
        let results = input.instances.into_iter();
        let results = results.map(|id| migrate_one(reader, id, command.clone(), key));
        let results = futures_util::future::try_join_all(results).await?;
        Ok(MigrateInstancesPayload { results, client_mutation_id: input.client_mutation_id })
    }

    /// Lets a case stand still (挂起): by an admin. Its tasks cannot be done, its clocks do not run,
    /// messages to it are kept for as long as messages are. A case that it called runs on.
    async fn suspend_instance(
        &self,
        ctx: &Context<'_>,
        input: SuspendInstanceInput,
    ) -> Result<SuspendInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let command = Command::Suspend { reason: input.reason };
        to_instance(reader, instance, command, named!(input)).await.map(SuspendInstancePayload)
    }

    /// Counts deadlines anew that were counted by weekends alone (`provisional`), by the calendar of
    /// the newest version of the process: by an admin. Each is counted from when it ran, with its
    /// extensions; one that has passed stays.
    async fn recount_deadlines(
        &self,
        ctx: &Context<'_>,
        input: RecountDeadlinesInput,
    ) -> Result<RecountDeadlinesPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let command = Command::Recount { reason: input.reason };
        to_instance(reader, instance, command, named!(input)).await.map(RecountDeadlinesPayload)
    }

    /// Lets a case that stands still go on (恢复): by an admin. Each clock has what it had left.
    async fn resume_instance(
        &self,
        ctx: &Context<'_>,
        input: ResumeInstanceInput,
    ) -> Result<ResumeInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let command = Command::Resume;
        to_instance(reader, instance, command, named!(input)).await.map(ResumeInstancePayload)
    }
}
