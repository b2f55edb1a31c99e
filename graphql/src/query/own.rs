//! What concerns whoever asks: who they are, and their lists 待办, 已办, 我发起, 抄送我.

use std::sync::Arc;

use access::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};
use store::read::{CaseFilter, OwnSubmission, Slice};
use store::tables::{copied, task};

use super::instances::cases;
use crate::context::{Told as _, reader};
use crate::demonstration::ServerClock;
use crate::paging::{Name, Place, connection, cost, page, placed};
use crate::types::choice::{self, AdHocSubProcess};
use crate::types::instance::Instance;
use crate::types::person::Person;
use crate::types::submission::Submission;
use crate::types::task::Task;

/// Lists of whoever asks.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OwnQuery;

#[Object]
impl OwnQuery {
    /// Whoever asks; none where nobody is signed in.
    async fn me(&self, ctx: &Context<'_>) -> Option<Person> {
        reader(ctx).viewing.person.clone().map(Person)
    }

    /// What time it is for the procedures.
    async fn clock(&self, ctx: &Context<'_>) -> ServerClock {
        ServerClock::of(reader(ctx).store)
    }

    /// Everybody in the directory, by handle; for those who are signed in.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Name, Person>> {
        let reader = reader(ctx);
        reader.allow_all(Action::SeePeople)?;
        let page = page::<Name>(reader.language(), after.as_ref(), first)?;
        let people = reader.store.people_after(placed(&page, |name| name.0.clone())).await;
        let node = |person: store::directory::Person| (Name(person.id.clone()), Person(person));
        Ok(connection(&page, people.told(reader)?, node))
    }

    /// Open tasks for me, by due date (待办); what is offered to those for whom I stand in now (代理) among
    /// them.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn inbox(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Task>> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let (principals, lent) =
            (person.principals(), reader.store.lent(&person.id).await.told(reader)?);
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1, place.2));
        let slice = reader.store.inbox_of(&principals, &lent, rows).await.told(reader)?;
        let node = |row: task::Model| (Place(row.due_at, row.instance_id, row.key), Task(row));
        Ok(connection(&page, slice, node))
    }

    /// How many open tasks there are for me; counted up to 100, which means "more than 99".
    async fn inbox_count(&self, ctx: &Context<'_>) -> Result<u32> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let lent = reader.store.lent(&person.id).await.told(reader)?;
        reader.store.inbox_count_of(&person.principals(), &lent).await.told(reader)
    }

    /// Ad-hoc sub-processes in which I may begin activities by myself (自由流程), the one that has been open
    /// longest first: they are no tasks, and are not in `inbox`.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn choices(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, AdHocSubProcess>> {
        let reader = reader(ctx);
        let principals = reader.person()?.principals();
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1, place.2));
        let slice = reader.store.choices(&principals, rows).await.told(reader)?;
        let rows = choice::of_rows(reader, &slice.rows).await?;
        let slice = Slice { rows, more: slice.more };
        Ok(connection(&page, slice, |(row, choice)| {
            (Place(row.since, row.instance_id, row.key), choice)
        }))
    }

    /// Tasks that I decided, returned, or ended the case from, and those of mine that ended since their round was decided without me, as
    /// `closed` says; the last one first (已办).
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn done(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Task>> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1, place.2));
        let slice = reader.store.done(&person.id, rows).await.told(reader)?;
        let node = |row: task::Model| {
            (Place(row.completed_at.unwrap_or_default(), row.instance_id, row.key), Task(row))
        };
        Ok(connection(&page, slice, node))
    }

    /// Cases that I began, the newest first (我发起).
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn started(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Instance>> {
        let reader = reader(ctx);
        let starter = Some(reader.person()?.id.clone());
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        cases(reader, &CaseFilter { starter, ..CaseFilter::default() }, page).await
    }

    /// What I handed in to intakes, the last first: also where I may not see the case.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn my_submissions(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Submission>> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1, place.2));
        let slice = reader.store.submissions_of(&person.id, rows).await.told(reader)?;
        let node =
            |one: OwnSubmission| (Place(one.place.0, one.place.1, one.place.2), Submission(one));
        Ok(connection(&page, slice, node))
    }

    /// Cases that something of was copied to me, the last first (抄送我).
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn copied(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Place, Instance>> {
        let reader = reader(ctx);
        let person = reader.person()?;
        let page = page::<Place>(reader.language(), after.as_ref(), first)?;
        let rows = placed(&page, |place| (place.0, place.1, place.2));
        let slice = reader.store.copied_to(&person.id, rows).await.told(reader)?;
        let wanted = slice.rows.iter().map(|row| row.instance_id);
        let states = reader.loaders.states.load_many(wanted).await.told(reader)?;
        let seen = slice.rows.into_iter().filter_map(|row: copied::Model| {
            states.get(&row.instance_id).map(|state| (row, Arc::clone(state)))
        });
        let seen = seen.map(|(row, state)| async move {
            Ok::<_, async_graphql::Error>((row, Instance::seen(reader, state).await?))
        });
        let rows = futures_util::future::try_join_all(seen).await?;
        let slice = Slice { rows, more: slice.more };
        Ok(connection(&page, slice, |(row, instance)| {
            (Place(row.at, row.instance_id, row.key), instance)
        }))
    }
}
