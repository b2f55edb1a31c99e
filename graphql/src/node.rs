//! Relay's `node` and `nodes`: any object by its global id, where whoever asks may see it.

use access::Action;
use async_graphql::{Context, ID, Interface, Object, Result};

use crate::context::{Reader, Told as _, reader};
use crate::error;
use crate::ids::GlobalId;
use crate::types::attachment::Attachment;
use crate::types::definition::ProcessDefinition;
use crate::types::deputy::Deputy;
use crate::types::document::{self, DocumentVersion};
use crate::types::instance::Instance;
use crate::types::job::Job;
use crate::types::notice::Notice;
use crate::types::outward::{Intake, Page};
use crate::types::person::Person;
use crate::types::register::{Register, RegisterEntry};
use crate::types::task::Task;

/// Ids that `nodes` takes at once.
const NODES_MAX: usize = 200;

/// An object with a global id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its global id."))]
pub(crate) enum Node {
    Instance(Instance),
    Task(Task),
    Intake(Intake),
    Page(Page),
    Job(Job),
    Person(Person),
    ProcessDefinition(ProcessDefinition),
    Register(Register),
    RegisterEntry(RegisterEntry),
    Attachment(Attachment),
    DocumentVersion(DocumentVersion),
    Notice(Notice),
    Deputy(Deputy),
}

/// Objects by their ids.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// An object by its global id. `NOT_FOUND` where there is none, and where it is of a case that
    /// whoever asks may not see; `DENIED` where it is nobody's like theirs.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Node> {
        one(reader(ctx), "id", &id).await.map_err(|error| error::at("id", error))
    }

    /// Objects by their global ids, in the same order; none for what is not there or not for whoever
    /// asks. At most 200 at once.
    #[graphql(complexity = "1 + ids.len() * child_complexity")]
    async fn nodes(&self, ctx: &Context<'_>, ids: Vec<ID>) -> Result<Vec<Option<Node>>> {
        if ids.len() > NODES_MAX {
            let language = reader(ctx).language();
            return Err(error::bad_count(language, "ids", 0, NODES_MAX, ids.len()));
        }
        let reader = reader(ctx);
        let found = ids.iter().enumerate().map(|(place, id)| async move {
            let field = format!("ids.{place}");
            GlobalId::of(reader.language(), &field, id)?;
            Ok::<_, async_graphql::Error>(one(reader, &field, id).await.ok())
        });
        futures_util::future::try_join_all(found).await
    }
}

async fn one(reader: Reader<'_>, field: &str, id: &ID) -> Result<Node> {
    let missing = |kind: error::Thing| error::not_found(kind, reader.language());
    Ok(match GlobalId::of(reader.language(), field, id)? {
        GlobalId::Instance(id) => Instance::by_id(reader, id).await?.into(),
        GlobalId::Task(id, key) => Task::seen(reader, id, key).await?.into(),
        GlobalId::Intake(id, key) => {
            let found = Intake::by_id(reader, (id, key)).await?;
            found.ok_or_else(|| missing(error::Thing::INTAKE))?.into()
        }
        GlobalId::Page(id, key) => {
            let found = Page::by_id(reader, (id, key)).await?;
            found.ok_or_else(|| missing(error::Thing::PAGE))?.into()
        }
        GlobalId::Job(id, key) => {
            reader.allow_all(Action::Work)?;
            let row = reader.loaders.jobs.load((id, key)).await.told(reader)?;
            row.map(Job::from).ok_or_else(|| missing(error::Thing::JOB))?.into()
        }
        GlobalId::Person(person) => {
            reader.allow_all(Action::SeePeople)?;
            let found = Person::load(reader, Some(&person)).await?;
            found.ok_or_else(|| missing(error::Thing::PERSON))?.into()
        }
        GlobalId::ProcessDefinition(process, version) => {
            reader.allow_all(Action::SeeDefinitions)?;
            let process = process.as_str().into();
            let found = reader.store.definition(&process, version).await.told(reader)?;
            found.map(ProcessDefinition).ok_or_else(|| missing(error::Thing::DEFINITION))?.into()
        }
        GlobalId::Register(register) => Register::by_name(reader, &register).await?.into(),
        GlobalId::RegisterEntry(register, id, key, number) => {
            let found = RegisterEntry::by_id(reader, (register, id, key, number)).await?;
            found.ok_or_else(|| missing(error::Thing::ENTRY))?.into()
        }
        GlobalId::Attachment(hash) => {
            let found = Attachment::by_hash(reader, hash).await?;
            found.ok_or_else(|| missing(error::Thing::FILE))?.into()
        }
        GlobalId::AttachmentOfCase(hash, id) => {
            let found = Attachment::by_case(reader, hash, id).await?;
            found.ok_or_else(|| missing(error::Thing::FILE))?.into()
        }
        GlobalId::AttachmentOfPage(hash, id, key) => {
            let found = Attachment::by_page(reader, hash, (id, key)).await?;
            found.ok_or_else(|| missing(error::Thing::FILE))?.into()
        }
        GlobalId::DocumentVersion(id, document, version) => {
            let state = reader.loaders.states.load(id).await.told(reader)?;
            let state = state.ok_or_else(|| missing(error::Thing::VERSION))?;
            let found = document::version(reader, &state, document, version).await?;
            found.ok_or_else(|| missing(error::Thing::VERSION))?.into()
        }
        GlobalId::Deputy(deputy) => {
            let found = Deputy::by_id(reader, &deputy).await?;
            found.ok_or_else(|| missing(error::Thing::DEPUTY))?.into()
        }
        GlobalId::Notice(notice) => {
            let found = Notice::by_id(reader, notice).await?;
            found.ok_or_else(|| missing(error::Thing::NOTICE))?.into()
        }
    })
}
