//! What every mutation that gives a command has in common: its input type with an idempotency key,
//! its payload type with the state afterwards, and how the command is carried out.

use std::collections::BTreeMap;
use std::sync::Arc;

use access::Action;
use async_graphql::{Error, ID, InputObject, Result};
use engine::actor::{Actor, Principal};
use engine::command::{Command, Content};
use engine::event::Event;
use engine::ids::{DocumentName, InstanceId, Key, PersonId};
use engine::instance::Instance as State;
use engine::rejection::Rejection;
use engine::text::Language;
use store::{Committed, Submit, SubmitError, Target};

use crate::argument::Arguments;
use crate::context::{Reader, Told as _, tied};
use crate::error;
use crate::ids;
use crate::sight::told_of;
use crate::types::Json;
use crate::types::attachment::as_documents_hold;
use crate::types::instance::Instance;
use crate::types::task::Task;

/// Longest idempotency key, in bytes.
pub(super) const KEY_BYTES_MAX: usize = 200;

/// A document's content, as a mutation gets it.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DocumentInput {
    /// The document, by its name in the definition.
    pub(crate) document: String,
    /// Its content: the fields of its form.
    pub(crate) content: Json,
}

/// What a command did.
#[derive(Debug)]
pub(super) struct Done {
    /// The case after it.
    pub(super) after: Arc<State>,
    /// The task it was about.
    pub(super) task: Key,
    /// What happened, the first time.
    pub(super) events: Arc<[Event]>,
    /// How many commands changed the case up to this one.
    pub(super) revision: i64,
    /// Whether it had been carried out before under the same key.
    pub(super) repeated: bool,
    /// What the caller named the request by.
    pub(super) client_mutation_id: Option<String>,
}

impl Done {
    fn of(committed: Committed, client_mutation_id: Option<String>) -> Self {
        let Committed { revision, events, after, repeated, .. } = committed;
        Self { after, task: Key(0), events, revision, repeated, client_mutation_id }
    }

    pub(super) async fn instance(&self, reader: Reader<'_>) -> Result<Instance> {
        Instance::seen(reader, Arc::clone(&self.after)).await
    }

    pub(super) async fn task(&self, reader: Reader<'_>) -> Result<Task> {
        Task::seen(reader, self.after.id().0, i64::from(self.task.0)).await
    }
}

/// Declares the input and the payload of a mutation that gives a command: `about task` where the
/// payload has the task, `about instance` where it has only the case.
macro_rules! mutation {
    (
        $(#[$doc:meta])*
        $input:ident => $payload:ident about $about:ident {
            $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, async_graphql::InputObject)]
        pub(crate) struct $input {
            $($(#[$field_doc])* $field: $type,)*
            /// The same command again with the same key, by the same person, answers the first result
            /// again and changes nothing; another command with it is `KEY_REUSED`. At most 200 bytes. A refusal holds no key.
            idempotency_key: Option<String>,
            /// Comes back in the payload as it is.
            client_mutation_id: Option<String>,
        }

        $crate::mutation::shape::mutation!(payload $about $payload);
    };
    (payload task $payload:ident) => {
        $crate::mutation::shape::mutation!(payload $payload {
            /// The task after the command.
            async fn task(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<$crate::types::task::Task> {
                self.0.task($crate::context::reader(ctx)).await
            }
        });
    };
    (payload instance $payload:ident) => {
        $crate::mutation::shape::mutation!(payload $payload {});
    };
    (payload $payload:ident { $($own:tt)* }) => {
        /// The state after the command.
        #[derive(Debug)]
        pub(crate) struct $payload($crate::mutation::shape::Done);

        #[async_graphql::Object]
        impl $payload {
            $($own)*

            /// The case after the command.
            async fn instance(
                &self,
                ctx: &async_graphql::Context<'_>,
            ) -> async_graphql::Result<$crate::types::instance::Instance> {
                self.0.instance($crate::context::reader(ctx)).await
            }

            /// How many commands changed the case up to this one.
            async fn revision(&self) -> i64 {
                self.0.revision
            }

            /// Whether the command had been carried out before under the same `idempotencyKey`;
            /// the state is then the present one.
            async fn repeated(&self) -> bool {
                self.0.repeated
            }

            /// The input's `clientMutationId`.
            async fn client_mutation_id(&self) -> Option<&str> {
                self.0.client_mutation_id.as_deref()
            }
        }
    };
}
pub(super) use mutation;

/// How a mutation is named by its caller: the last two fields of every input.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) idempotency_key: Option<String>,
    pub(super) client_mutation_id: Option<String>,
}

/// The two names in an input.
macro_rules! named {
    ($input:ident) => {
        $crate::mutation::shape::Named {
            idempotency_key: $input.idempotency_key,
            client_mutation_id: $input.client_mutation_id,
        }
    };
}
pub(super) use named;

/// Documents as a command has them; each may be given once.
pub(super) fn contents(
    language: Language,
    given: Option<Vec<DocumentInput>>,
) -> Result<BTreeMap<DocumentName, Content>> {
    let mut contents = BTreeMap::new();
    for (place, one) in given.unwrap_or_default().into_iter().enumerate() {
        let content = Content::new(as_documents_hold(one.content.0));
        if contents.insert(one.document.as_str().into(), content).is_some() {
            let field = format!("input.documents.{place}.document");
            let name = one.document;
            let zh = format!("每份文书只能填写一次,{name} 重复");
            let en = format!("expected each document once, found `{name}` again");
            return Err(error::bad_argument(language, &field, &zh, &en));
        }
    }
    Ok(contents)
}

/// Whoever asks, as the actor of a command.
pub(super) fn actor(reader: Reader<'_>) -> Actor {
    reader.viewing.person.as_ref().map_or(Actor::Public, store::directory::Person::actor)
}

/// Carries a command out. Whoever gives it was asked whether they may.
pub(super) async fn submit(reader: Reader<'_>, submit: Submit, named: Named) -> Result<Done> {
    let (arguments, target) = (Arguments::of(&submit.command), submit.target);
    let submit = keyed(reader, submit, named.idempotency_key)?;
    match reader.store.submit(submit).await {
        Ok(committed) => Ok(Done::of(committed, named.client_mutation_id)),
        Err(error) => {
            let told = error::given(&error, arguments, reader.language());
            match (&error, target) {
                (SubmitError::Rejected(rejection), Target::Case(case)) => {
                    Err(by_local_time(reader, case, rejection, told).await)
                }
                _ => Err(told),
            }
        }
    }
}

/// A refusal that tells of times, in the zone of the case's calendar.
async fn by_local_time(
    reader: Reader<'_>,
    case: InstanceId,
    rejection: &Rejection,
    told: Error,
) -> Error {
    let Rejection::IntakeClosed { from, until, received } = rejection else { return told };
    let Ok(state) = reader.state(case.0).await else { return told };
    let Ok(published) = reader.published(&state).await else { return told };
    let calendar = published.calendars.get(published.definition.calendar());
    let Some(zone) = calendar.map(|calendar| calendar.zone()) else { return told };
    let message = error::intake_closed(zone, [*from, *until, *received], reader.language());
    Error { message, ..told }
}

/// A command with its caller's key.
fn keyed(reader: Reader<'_>, submit: Submit, key: Option<String>) -> Result<Submit> {
    Ok(match key {
        Some(key) if key.is_empty() || key.len() > KEY_BYTES_MAX => {
            return Err(error::bad_key(reader.language(), KEY_BYTES_MAX, key.len()));
        }
        Some(key) => {
            let whose = whose(reader, &submit);
            submit.dedup(format!("{whose}:{key}"))
        }
        None => submit,
    })
}

/// Whose a key is: its giver's, since nobody is answered what another one did. Anonymous senders are
/// not told apart, so theirs counts for what is handed in where.
fn whose(reader: Reader<'_>, submit: &Submit) -> String {
    match (&reader.viewing.person, &submit.command, submit.target) {
        (Some(person), _, _) => person.id.clone(),
        (None, Command::Submit { intake, content, .. }, Target::Case(case)) => {
            format!("public:{case}.{intake}.{}", content.hash)
        }
        (None, _, _) => "public".to_owned(),
    }
}

/// Carries out a command on a case that whoever asks was allowed to give.
pub(super) async fn to_instance(
    reader: Reader<'_>,
    instance: InstanceId,
    command: Command,
    named: Named,
) -> Result<Done> {
    submit(reader, Submit::to(instance, actor(reader), command), named).await
}

/// Carries out a command on a case for whoever takes part in it; whoever may not even see the case
/// learns nothing of it. The writer, which has the case, asks first, so that this reads nothing; only
/// for whom the case alone says no it is looked up whether it was copied to them.
pub(super) async fn of_case(
    reader: Reader<'_>,
    instance: InstanceId,
    command: Command,
    named: Named,
) -> Result<Done> {
    let arguments = Arguments::of(&command);
    of_case_about(reader, instance, command, arguments, named).await
}

/// The same, where the arguments have other names than the command's.
pub(super) async fn of_case_about(
    reader: Reader<'_>,
    instance: InstanceId,
    command: Command,
    arguments: Arguments,
    named: Named,
) -> Result<Done> {
    let (person, viewer) = (reader.person()?.id.clone(), reader.viewing.viewer());
    let submit = Submit::to(instance, actor(reader), command);
    let submit = keyed(reader, submit, named.idempotency_key)?;
    let guarded = submit.clone().only_where(move |state| {
        access::may(&viewer, Action::TakePart, &tied(&person, state)).is_ok()
    });
    let committed = match reader.store.submit(guarded).await {
        Err(SubmitError::NotAllowed(_)) => {
            let may = takes_part(reader, instance).await;
            may.map_err(|error| error::at(arguments.case(), error))?;
            reader.store.submit(submit).await
        }
        committed => committed,
    };
    let committed = match committed {
        Err(SubmitError::Rejected(rejection)) => {
            let state = reader.state(instance.0).await?;
            let rejection = told_of(reader, &state, rejection).await?;
            Err(SubmitError::Rejected(rejection))
        }
        committed => committed,
    };
    let committed =
        committed.map_err(|error| error::given(&error, arguments, reader.language()))?;
    if let Ok(mut given) = reader.loaders.given.lock() {
        given.insert(instance.0);
    }
    Ok(Done::of(committed, named.client_mutation_id))
}

/// Carries out a command on a task.
pub(super) async fn to_task(
    reader: Reader<'_>,
    (instance, task): (InstanceId, Key),
    command: Command,
    named: Named,
) -> Result<Done> {
    let arguments = Arguments::of(&command);
    let is_raced = matches!(command, Command::ClaimTask { .. } | Command::CompleteTask { .. });
    match of_case(reader, instance, command, named).await {
        Ok(done) => Ok(Done { task, ..done }),
        // Another was faster, and the case is none of theirs any more.
        Err(error)
            if is_raced && is_not_found(&error) && was_offered(reader, instance, task).await? =>
        {
            let rejection = SubmitError::Rejected(Rejection::NotOpen { key: task });
            Err(error::given(&rejection, arguments, reader.language()))
        }
        Err(error) => Err(error),
    }
}

/// Whether an error says that there is no such case.
fn is_not_found(error: &Error) -> bool {
    let code = error.extensions.as_ref().and_then(|all| all.get("code"));
    code == Some(&crate::Code::NotFound.as_str().into())
}

/// Whether a task that has ended was offered to whoever asks.
async fn was_offered(reader: Reader<'_>, instance: InstanceId, task: Key) -> Result<bool> {
    let row = reader.loaders.tasks.load((instance.0, i64::from(task.0))).await.told(reader)?;
    let Some(row) = row.filter(|row| row.completed_at.is_some()) else { return Ok(false) };
    let candidates: Vec<Principal> = serde_json::from_str(&row.candidates).unwrap_or_default();
    let actor = actor(reader);
    Ok(candidates.iter().any(|candidate| actor.is(candidate)))
}

/// The people that an argument names.
pub(super) fn people(language: Language, field: &str, given: &[ID]) -> Result<Vec<PersonId>> {
    let people = given.iter().enumerate().map(|(place, person)| {
        let person = ids::read_person(language, &format!("{field}.{place}"), person)?;
        Ok(person.as_str().into())
    });
    people.collect()
}

/// Refuses who has no part in a case.
async fn takes_part(reader: Reader<'_>, instance: InstanceId) -> Result<()> {
    let state = reader.state(instance.0).await?;
    reader.allow_case(Action::TakePart, &state).await
}
