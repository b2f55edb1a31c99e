//! Cases and tasks by id, and cases by filter.

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, Result};
use store::read::{CaseFilter, Page as Rows, Slice};
use store::tables::instance;

use crate::context::{Reader, Told as _, reader};
use crate::paging::{Place, connection, cost, page, placed};
use crate::repair::{self, InstanceAside, InstanceLifted};
use crate::types::instance::{Instance, InstanceStatus};
use crate::types::task::Task;
use crate::{error, ids};

/// Cases and tasks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct InstanceQuery;

/// Which cases; what is not given is not asked for.
#[derive(Debug, Default, InputObject)]
pub(crate) struct InstanceFilter {
    /// Of this process, by name.
    process: Option<String>,
    /// On this version of its definition.
    version: Option<u32>,
    /// In this state.
    status: Option<InstanceStatus>,
    /// With exactly this case number.
    number: Option<String>,
    /// Begun by this person.
    initiator: Option<ID>,
    /// With an open task that is past its deadline.
    #[graphql(default)]
    overdue: bool,
    /// With an incident.
    #[graphql(default)]
    incident: bool,
}

#[Object]
impl InstanceQuery {
    /// One task, for those who may see its case.
    async fn task(&self, ctx: &Context<'_>, id: ID) -> Result<Task> {
        let (instance, key) = ids::read_task(reader(ctx).language(), "id", &id)?;
        let task = Task::seen(reader(ctx), instance.0, i64::from(key.0)).await;
        task.map_err(|error| error::at("id", error))
    }

    /// One case, for those who began it, take part in it, were told of it, or oversee it.
    async fn instance(&self, ctx: &Context<'_>, id: ID) -> Result<Instance> {
        let instance =
            Instance::by_id(reader(ctx), ids::read_instance(reader(ctx).language(), "id", &id)?.0)
                .await;
        instance.map_err(|error| error::at("id", error))
    }

    /// Cases that a fault of Mandate's own stopped; for admins.
    async fn instances_aside(&self, ctx: &Context<'_>) -> Result<Vec<InstanceAside>> {
        repair::all(reader(ctx)).await
    }

    /// Cases that were given back to work after such a fault, the last ones first: when, by whom, and
    /// what had gone wrong. For admins and auditors.
    async fn instances_lifted(&self, ctx: &Context<'_>) -> Result<Vec<InstanceLifted>> {
        repair::lifted(reader(ctx)).await
    }

    /// Cases, the newest first: all for those who oversee them, and those of their processes for the
    /// `readers` of these.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn instances(
        &self,
        ctx: &Context<'_>,
        filter: Option<InstanceFilter>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Instance>> {
        let reader = reader(ctx);
        let filter = filter.unwrap_or_default();
        let within = match reader.allow_all(Action::SeeCase) {
            Ok(()) => None,
            Err(denied) => {
                // Of a process that one does not read there is nothing; who reads none is told so.
                if reader.scopes(None).is_empty() {
                    return Err(denied);
                }
                Some(reader.scopes(filter.process.as_deref()))
            }
        };
        let starter =
            filter.initiator.map(|id| ids::read_person(reader.language(), "filter.initiator", &id));
        let filter = CaseFilter {
            process: filter.process,
            version: filter.version,
            status: filter.status.map(|status| status.stored().to_owned()),
            number: filter.number,
            starter: starter.transpose()?,
            overdue_at: filter.overdue.then(|| reader.now()),
            incident: filter.incident,
            within,
            ..CaseFilter::default()
        };
        cases(reader, &filter, page::<Place>(reader.language(), after.as_ref(), first)?).await
    }
}

/// Cases that fit a filter, with their states in one more query.
pub(super) async fn cases(
    reader: Reader<'_>,
    filter: &CaseFilter,
    page: Rows<Place>,
) -> Result<Connection<Place, Instance>> {
    let slice =
        reader.store.cases(filter, placed(&page, |place| (place.0, place.1))).await.told(reader)?;
    let states = reader.loaders.states.load_many(slice.rows.iter().map(|row| row.id));
    let states = states.await.told(reader)?;
    let place = |row: &instance::Model| Place(row.started_at, row.id, 0);
    let seen = slice.rows.iter().filter_map(|row| Some((place(row), states.get(&row.id)?.clone())));
    let seen = seen.map(|(place, state)| async move {
        Ok::<_, async_graphql::Error>((place, Instance::seen(reader, state).await?))
    });
    let rows = futures_util::future::try_join_all(seen).await?;
    let slice = Slice { rows, more: slice.more };
    Ok(connection(&page, slice, |placed| placed))
}
