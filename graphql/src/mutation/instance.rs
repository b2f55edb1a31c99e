//! What people do with a case as a whole.

use std::collections::BTreeMap;

use access::Action;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use engine::command::Command;
use store::Submit;

use super::files;
use super::shape::{
    DocumentInput, actor, contents, mutation, named, of_case, people, submit, to_instance,
};
use crate::context::{Told as _, reader};
use crate::types::Json;
use crate::types::instance::Instance;
use crate::{error, ids};

/// Mutations of cases.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct InstanceMutation;

mutation! {
    /// Which case begins.
    StartInstanceInput => StartInstancePayload about instance {
        /// The process, by its name, in its newest version.
        process: String,
        /// Documents that the case begins with.
        documents: Option<Vec<DocumentInput>>,
    }
}

mutation! {
    /// What is said.
    AddCommentInput => AddCommentPayload about instance {
        /// The case.
        instance: ID,
        /// What is said, at most 10,000 characters.
        text: String,
    }
}

mutation! {
    /// Who is let know.
    CopyInstanceInput => CopyInstancePayload about instance {
        /// The case.
        instance: ID,
        /// The people, at most 100: ids of `Person`.
        people: Vec<ID>,
        /// The task that it is about.
        task: Option<ID>,
    }
}

mutation! {
    /// Which case ends, and why.
    CancelInstanceInput => CancelInstancePayload about instance {
        /// The case.
        instance: ID,
        /// Why.
        reason: String,
    }
}

/// What was read.
#[derive(Debug, InputObject)]
pub(crate) struct MarkReadInput {
    /// The case that was copied to whoever asks.
    instance: ID,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// The case with its read mark.
#[derive(Debug, SimpleObject)]
pub(crate) struct MarkReadPayload {
    /// The case; its `copies` say when they were read.
    instance: Instance,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

mutation! {
    /// Which activity begins.
    BeginActivityInput => BeginActivityPayload about instance {
        /// The case.
        instance: ID,
        /// The `key` of the ad-hoc sub-process, from `choices`.
        key: u32,
        /// The activity, by its name in the definition.
        activity: String,
    }
}

mutation! {
    /// What is tried again.
    RetryNodeInput => RetryNodePayload about instance {
        /// The case.
        instance: ID,
        /// The `key` of the active node with the incident.
        key: u32,
    }
}

mutation! {
    /// What is corrected, and why.
    CorrectDataInput => CorrectDataPayload about instance {
        /// The case.
        instance: ID,
        /// Documents anew: a new version each; of a list all entries.
        documents: Option<Vec<DocumentInput>>,
        /// Variables anew: an object with a value for each.
        variables: Option<Json>,
        /// The `key` of the active node whose incident is tried again then.
        retry: Option<u32>,
        /// Why.
        reason: String,
    }
}

#[Object]
impl InstanceMutation {
    /// Begins a case (发起): whoever holds one of the process's `startedBy` roles.
    async fn start_instance(
        &self,
        ctx: &Context<'_>,
        input: StartInstanceInput,
    ) -> Result<StartInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeeDefinitions)?;
        let documents = contents(reader.language(), input.documents)?;
        files::check_documents(reader, None, &documents).await?;
        let command = Command::Start {
            process: input.process.as_str().into(),
            documents,
            parent: None,
            origin: None,
        };
        let begin = Submit::new(actor(reader), command);
        submit(reader, begin, named!(input)).await.map(StartInstancePayload)
    }

    /// Says something on a case, at any time (意见).
    async fn add_comment(
        &self,
        ctx: &Context<'_>,
        input: AddCommentInput,
    ) -> Result<AddCommentPayload> {
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let command = Command::Comment { text: input.text };
        of_case(reader(ctx), instance, command, named!(input)).await.map(AddCommentPayload)
    }

    /// Lets people know of a case (抄送); they may see it from then on.
    async fn copy_instance(
        &self,
        ctx: &Context<'_>,
        input: CopyInstanceInput,
    ) -> Result<CopyInstancePayload> {
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let people = people(reader(ctx).language(), "input.people", &input.people)?;
        let task = input
            .task
            .as_ref()
            .map(|task| ids::read_task(reader(ctx).language(), "input.task", task));
        let task = task.transpose()?.map(|(_, task)| task);
        let command = Command::Copy { people, task };
        of_case(reader(ctx), instance, command, named!(input)).await.map(CopyInstancePayload)
    }

    /// Notes that one has read what was copied to one of a case (已阅); the first time counts.
    async fn mark_read(&self, ctx: &Context<'_>, input: MarkReadInput) -> Result<MarkReadPayload> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let id = ids::read_instance(reader.language(), "input.instance", &input.instance)?.0;
        let instance = Instance::by_id(reader, id).await;
        let instance = instance.map_err(|error| error::at("input.instance", error))?;
        reader.store.mark_read(&person.id, id).await.told(reader)?;
        Ok(MarkReadPayload { instance, client_mutation_id: input.client_mutation_id })
    }

    /// Ends a case before its time (取消): by whoever began it, or by an admin.
    async fn cancel_instance(
        &self,
        ctx: &Context<'_>,
        input: CancelInstanceInput,
    ) -> Result<CancelInstancePayload> {
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let command = Command::Cancel { reason: input.reason };
        of_case(reader(ctx), instance, command, named!(input)).await.map(CancelInstancePayload)
    }

    /// Begins an activity of an ad-hoc sub-process (发起事项): by whom `choices` names.
    async fn begin_activity(
        &self,
        ctx: &Context<'_>,
        input: BeginActivityInput,
    ) -> Result<BeginActivityPayload> {
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let (within, node) = (engine::ids::Key(input.key), input.activity.as_str().into());
        let command = Command::BeginActivity { within, node };
        of_case(reader(ctx), instance, command, named!(input)).await.map(BeginActivityPayload)
    }

    /// Corrects a case's data (更正), and tries again what they stopped: by an admin. Nothing that was
    /// done is done again.
    async fn correct_data(
        &self,
        ctx: &Context<'_>,
        input: CorrectDataInput,
    ) -> Result<CorrectDataPayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let documents = contents(reader.language(), input.documents)?;
        files::check_documents(reader, Some(instance), &documents).await?;
        let variables = match input.variables {
            None => BTreeMap::new(),
            Some(Json(serde_json::Value::Object(variables))) => variables.into_iter().collect(),
            Some(Json(other)) => {
                let zh = "应为对象,每个变量一个值";
                let en = format!("expected an object with a value for each, found {other}");
                return Err(error::bad_argument(reader.language(), "input.variables", zh, &en));
            }
        };
        let (retry, reason) = (input.retry.map(engine::ids::Key), input.reason);
        let command = Command::Correct { documents, variables, retry, reason };
        to_instance(reader, instance, command, named!(input)).await.map(CorrectDataPayload)
    }

    /// Tries again what an incident stopped: by an admin.
    async fn retry_node(
        &self,
        ctx: &Context<'_>,
        input: RetryNodeInput,
    ) -> Result<RetryNodePayload> {
        reader(ctx).allow_all(Action::Repair)?;
        let instance =
            ids::read_instance(reader(ctx).language(), "input.instance", &input.instance)?;
        let command = Command::Retry { key: engine::ids::Key(input.key) };
        to_instance(reader(ctx), instance, command, named!(input)).await.map(RetryNodePayload)
    }
}
