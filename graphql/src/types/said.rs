//! What people said on a case: comments, to whom it was copied, why it stands still.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};

use super::instant;
use super::person::Person;
use crate::context::reader;

/// That a case stands still.
#[derive(Debug)]
pub(crate) struct Suspended(pub(super) engine::instance::Suspended);

#[Object]
impl Suspended {
    /// Who said so; none where they are no longer in the directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        let person = self.0.person.as_ref().map(engine::ids::PersonId::as_str);
        Person::load(reader(ctx), person).await
    }

    /// Since when (RFC 3339, UTC).
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at.0)
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
}

/// Something that somebody said.
#[derive(Debug)]
pub(crate) struct Comment(pub(super) store::tables::comment::Model);

#[Object]
impl Comment {
    /// Who said it; none where they are no longer in the directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), Some(&self.0.person)).await
    }

    /// When (RFC 3339, UTC).
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at)
    }

    /// What.
    async fn text(&self) -> &str {
        &self.0.text
    }
}

/// Something that was copied to somebody.
#[derive(Debug)]
pub(crate) struct Copied(pub(super) store::tables::copied::Model);

#[Object]
impl Copied {
    /// To whom; none where they are no longer in the directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), Some(&self.0.person)).await
    }

    /// When (RFC 3339, UTC).
    async fn at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.at)
    }

    /// When they read it (RFC 3339, UTC); none where they have not.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at.and_then(instant)
    }
}
