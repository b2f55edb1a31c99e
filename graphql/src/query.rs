//! Root fields. Thin: rights are asked, the store is read, rows become objects.

use std::sync::Arc;

use access::{Action, Relation};
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use store::StoreError;
use store::read::{CaseFilter, Page as Rows};

use crate::context::{allow, allow_case, person, store, viewing};
use crate::demonstration::ServerClock;
use crate::paging::{Place, connection};
use crate::repair::CaseAside;
use crate::types::case::Case;
use crate::types::definition::ProcessDefinition;
use crate::types::outward::{Intake, Page, RegisterEntry};
use crate::types::person::Person;
use crate::types::statistic::{OpenWork, StatusCount, Throughput};
use crate::types::task::Task;
use crate::{error, ids, repair};

/// Queries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

/// A case, where whoever asks may see it.
pub(crate) async fn case_by_id(ctx: &Context<'_>, id: i64) -> Result<Case> {
    let language = viewing(ctx).language;
    let states =
        store(ctx)?.states(&[id]).await.map_err(|failed| error::store(&failed, language))?;
    let state = states.get(&id).cloned().ok_or_else(|| error::not_found("case", language))?;
    allow_case(ctx, Action::SeeCase, &state).await?;
    Ok(Case { state })
}

/// A task, where whoever asks may see its case.
pub(crate) async fn task_by_id(ctx: &Context<'_>, instance: i64, key: i64) -> Result<Task> {
    let language = viewing(ctx).language;
    case_by_id(ctx, instance).await?;
    let rows = store(ctx)?
        .tasks(&[(instance, key)])
        .await
        .map_err(|failed| error::store(&failed, language))?;
    rows.into_iter().next().map(Task).ok_or_else(|| error::not_found("task", language))
}

fn place(at: i64, instance: i64, key: i64) -> Place {
    Place(at, instance, key)
}

#[Object]
#[expect(clippy::unused_async, reason = "a resolver is asynchronous by its macro")]
impl Query {
    /// Whoever asks; none where nobody is signed in.
    async fn me(&self, ctx: &Context<'_>) -> Option<Person> {
        viewing(ctx).person.clone().map(Person)
    }

    /// What time it is for the procedures.
    async fn clock(&self, ctx: &Context<'_>) -> Result<ServerClock> {
        Ok(ServerClock::of(store(ctx)?))
    }

    /// Open tasks for me, by due date (待办).
    async fn inbox(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Task>> {
        let principals = person(ctx)?.principals();
        let (store, language) = (store(ctx)?, viewing(ctx).language);
        let read = |page| async move {
            store.inbox(&principals, page).await.map_err(|failed| error::store(&failed, language))
        };
        connection(after, first, read, |row| {
            (place(row.due_at, row.instance_id, row.key), Task(row))
        })
        .await
    }

    /// How many open tasks there are for me; counted up to 1001, which means "more than 1000".
    async fn inbox_count(&self, ctx: &Context<'_>) -> Result<u32> {
        let principals = person(ctx)?.principals();
        let count = store(ctx)?.inbox_count(&principals).await;
        count.map_err(|failed| error::store(&failed, viewing(ctx).language))
    }

    /// Tasks that I decided, the last one first (已办).
    async fn done(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Task>> {
        let person = person(ctx)?;
        let (store, language) = (store(ctx)?, viewing(ctx).language);
        let read = |page| async move {
            store.done(&person.id, page).await.map_err(|failed| error::store(&failed, language))
        };
        let node = |row: store::tables::task::Model| {
            (place(row.completed_at.unwrap_or_default(), row.instance_id, row.key), Task(row))
        };
        connection(after, first, read, node).await
    }

    /// Cases that I began, the newest first (我发起).
    async fn started(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Case>> {
        let filter = CaseFilter { starter: Some(person(ctx)?.id.clone()), ..CaseFilter::default() };
        cases(ctx, filter, after, first).await
    }

    /// Cases that something of was copied to me, the last first (抄送我).
    async fn copied(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Case>> {
        let person = person(ctx)?;
        let (store, language) = (store(ctx)?, viewing(ctx).language);
        let read = |page| async move {
            let failed = |failed: StoreError| error::store(&failed, language);
            let slice = store.copied_to(&person.id, page).await.map_err(failed)?;
            let wanted: Vec<i64> = slice.rows.iter().map(|row| row.instance_id).collect();
            let states = store.states(&wanted).await.map_err(failed)?;
            let rows = slice
                .rows
                .into_iter()
                .filter_map(|row| {
                    states.get(&row.instance_id).map(|state| (row, Arc::clone(state)))
                })
                .collect();
            Ok(store::read::Slice { rows, more: slice.more })
        };
        connection(after, first, read, |(row, state): (store::tables::copied::Model, _)| {
            (place(row.at, row.instance_id, row.key), Case { state })
        })
        .await
    }

    /// One task.
    async fn task(&self, ctx: &Context<'_>, id: ID) -> Result<Task> {
        let (instance, key) = ids::read_part("Task", &id)?;
        task_by_id(ctx, instance.0, i64::from(key.0)).await
    }

    /// One case.
    async fn case(&self, ctx: &Context<'_>, id: ID) -> Result<Case> {
        case_by_id(ctx, ids::read_case(&id)?.0).await
    }

    /// Cases, the newest first; for those who oversee them.
    #[expect(clippy::too_many_arguments, reason = "a filter's fields are the field's arguments")]
    async fn cases(
        &self,
        ctx: &Context<'_>,
        process: Option<String>,
        status: Option<String>,
        number: Option<String>,
        overdue: Option<bool>,
        incident: Option<bool>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Case>> {
        allow(ctx, Action::SeeCase, &Relation::default())?;
        let overdue_at = match overdue {
            Some(true) => Some(store(ctx)?.clock().now().0),
            Some(false) | None => None,
        };
        let incident = incident.unwrap_or_default();
        let filter =
            CaseFilter { process, status, number, overdue_at, incident, ..CaseFilter::default() };
        cases(ctx, filter, after, first).await
    }

    /// Cases that a fault in Mandate stopped, for admins; `liftCase` gives one back to work.
    async fn cases_aside(&self, ctx: &Context<'_>) -> Result<Vec<CaseAside>> {
        repair::all(ctx).await
    }

    /// Published processes, each in its newest version.
    async fn process_definitions(&self, ctx: &Context<'_>) -> Result<Vec<ProcessDefinition>> {
        allow(ctx, Action::SeeDefinitions, &Relation::default())?;
        Ok(store(ctx)?.newest_definitions().into_iter().map(ProcessDefinition).collect())
    }

    /// One process, in its newest version or in another.
    async fn process_definition(
        &self,
        ctx: &Context<'_>,
        process: String,
        version: Option<u32>,
    ) -> Result<Option<ProcessDefinition>> {
        allow(ctx, Action::SeeDefinitions, &Relation::default())?;
        let process = process.as_str().into();
        let store = store(ctx)?;
        let found = match version {
            Some(version) => store
                .definition(&process, version)
                .await
                .map_err(|failed| error::store(&failed, viewing(ctx).language))?,
            None => store.newest_definition(&process),
        };
        Ok(found.map(ProcessDefinition))
    }

    /// Entries of a register, the highest number first. The public reads what is public.
    async fn register_entries(
        &self,
        ctx: &Context<'_>,
        register: String,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, RegisterEntry>> {
        let (store, language) = (store(ctx)?, viewing(ctx).language);
        let public = store.newest_definitions().iter().any(|published| {
            published.definition.registers().get(register.as_str()).is_some_and(|it| it.public)
        });
        if !public {
            allow(ctx, Action::SeeRegisters, &Relation::default())?;
        }
        let read = |page: Rows<(i64, i64, i64)>| async move {
            let page = Rows { after: page.after.map(|(a, b, _)| (a, b)), first: page.first };
            let rows = store.register_entries(&register, page).await;
            rows.map_err(|failed| error::store(&failed, language))
        };
        let node = |row: store::tables::register_entry::Model| {
            (place(row.year, row.serial, 0), RegisterEntry(row))
        };
        connection(after, first, read, node).await
    }

    /// One page of the public portal, while it is public; afterwards for whoever sees all cases.
    async fn page(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Page>> {
        let (instance, key) = ids::read_part("Page", &id)?;
        let store = store(ctx)?;
        let page = store.page((instance.0, i64::from(key.0))).await;
        let page = page.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        let now = store.clock().now().0;
        let is_public = |page: &store::tables::page::Model| {
            page.published_from <= now && now < page.published_until
        };
        let sees_all = allow(ctx, Action::SeeCase, &Relation::default()).is_ok();
        Ok(page.filter(|page| sees_all || is_public(page)).map(Page))
    }

    /// Intakes that are open now: where the public or operators may submit.
    async fn open_intakes(&self, ctx: &Context<'_>) -> Result<Vec<Intake>> {
        let store = store(ctx)?;
        let rows = store.open_intakes(store.clock().now().0).await;
        let rows = rows.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows.into_iter().map(Intake).collect())
    }

    /// Open and overdue tasks by node and role.
    async fn open_work(&self, ctx: &Context<'_>, process: Option<String>) -> Result<Vec<OpenWork>> {
        allow(ctx, Action::SeeFigures, &Relation::default())?;
        let store = store(ctx)?;
        let rows = store.open_work(process.as_deref(), store.clock().now().0).await;
        let rows = rows.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows.into_iter().map(OpenWork::from).collect())
    }

    /// What was decided by node and week, with how long it took. Weeks begin on Monday in UTC+8
    /// unless another offset (in minutes) is given.
    async fn throughput(
        &self,
        ctx: &Context<'_>,
        process: String,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        offset_minutes: Option<i32>,
    ) -> Result<Vec<Throughput>> {
        allow(ctx, Action::SeeFigures, &Relation::default())?;
        let zone_ms = i64::from(offset_minutes.unwrap_or(480)) * 60_000;
        let (from, until) = (from.timestamp_millis(), until.timestamp_millis());
        let rows = store(ctx)?.throughput(&process, from, until, zone_ms).await;
        let rows = rows.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows.into_iter().map(Throughput::from).collect())
    }

    /// Cases of a process by their state.
    async fn case_counts(&self, ctx: &Context<'_>, process: String) -> Result<Vec<StatusCount>> {
        allow(ctx, Action::SeeFigures, &Relation::default())?;
        let rows = store(ctx)?.case_counts(&process).await;
        let rows = rows.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
        Ok(rows.into_iter().map(|(status, count)| StatusCount { status, count }).collect())
    }
}

/// Cases that fit a filter, with their states in one more query.
async fn cases(
    ctx: &Context<'_>,
    filter: CaseFilter,
    after: Option<String>,
    first: Option<i32>,
) -> Result<Connection<Place, Case>> {
    let (store, language) = (store(ctx)?, viewing(ctx).language);
    let read = |page: Rows<(i64, i64, i64)>| async move {
        let failed = |failed: StoreError| error::store(&failed, language);
        let page = Rows { after: page.after.map(|(id, _, _)| id), first: page.first };
        let slice = store.cases(&filter, page).await.map_err(failed)?;
        let wanted: Vec<i64> = slice.rows.iter().map(|row| row.id).collect();
        let states = store.states(&wanted).await.map_err(failed)?;
        let rows = wanted.iter().filter_map(|id| states.get(id).cloned()).collect();
        Ok(store::read::Slice { rows, more: slice.more })
    };
    let node = |state: Arc<engine::instance::Instance>| (place(state.id().0, 0, 0), Case { state });
    connection(after, first, read, node).await
}
