//! Notices as admins see them: to whom by id, never what they say.

use access::Action;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use engine::actor::Principal;
use store::notices;

use super::instant;
use super::person::Person;
use crate::context::{Reader, Told as _, reader};
use crate::ids::GlobalId;

/// Whether a notice was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub(crate) enum NoticeState {
    /// It is on its way, or is tried again.
    Pending,
    /// A mail server has taken it.
    Sent,
    /// It was given up.
    Failed,
    /// It is left out: a receipt to an address that had enough of them.
    Withheld,
    /// It was for a role: each holder has a notice of their own.
    Expanded,
}

/// A notice to one recipient, for admins.
#[derive(Debug)]
pub(crate) struct Notice(pub(crate) notices::Notice);

impl Notice {
    /// A notice by its id, for those who may see it.
    pub(crate) async fn by_id(reader: Reader<'_>, id: String) -> Result<Option<Self>> {
        reader.allow_all(Action::Repair)?;
        Ok(reader.store.notices(&[id]).await.told(reader)?.pop().map(Self))
    }

    fn recipient(&self) -> Option<Principal> {
        self.0.recipient.parse().ok()
    }

    fn has_failed(&self) -> bool {
        self.0.status == notices::FAILED
    }
}

#[Object]
impl Notice {
    /// Its global id, for `resendNotice`.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Notice(self.0.id.clone()).to_id()
    }

    /// Which notice it is: the template, by its name in the pack.
    async fn template(&self) -> &str {
        &self.0.notice
    }

    /// The global id of the case that it is about.
    async fn instance(&self) -> ID {
        GlobalId::Instance(self.0.instance_id).to_id()
    }

    /// Whom it is for; none where that is a role or a plain mail address, or they are no longer in the
    /// directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.recipient() {
            Some(Principal::Person(person)) => {
                Person::load(reader(ctx), Some(person.as_str())).await
            }
            _ => Ok(None),
        }
    }

    /// The role that it is for, `role` or `role@unit`, where nobody holds it or each holder has their own.
    async fn role(&self) -> Option<&str> {
        self.0.recipient.strip_prefix("role:")
    }

    /// Whether it was sent.
    async fn state(&self) -> NoticeState {
        match self.0.status.as_str() {
            "pending" | notices::NEW => NoticeState::Pending,
            store::WITHHELD => NoticeState::Withheld,
            "sent" => NoticeState::Sent,
            "expanded" => NoticeState::Expanded,
            _ => NoticeState::Failed,
        }
    }

    /// When it was asked for (RFC 3339, UTC).
    async fn requested_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.created_at)
    }

    /// When it was given up (RFC 3339, UTC).
    async fn failed_at(&self) -> Option<DateTime<Utc>> {
        self.has_failed().then(|| instant(self.0.next_try_at)).flatten()
    }

    /// When it was sent (RFC 3339, UTC).
    async fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.0.sent_at.and_then(instant)
    }

    /// How often it was tried since it was asked for, or since it was sent again.
    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    /// What went wrong the last time, in the mail server's words, with `…` for addresses.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }
}

/// A notice that an admin had sent again.
#[derive(Debug)]
pub(crate) struct NoticeResent(pub(crate) notices::NoticeResent);

#[Object]
impl NoticeResent {
    /// The notice's global id.
    async fn notice(&self) -> ID {
        GlobalId::Notice(self.0.notice_id.clone()).to_id()
    }

    /// The global id of the case that it is about.
    async fn instance(&self) -> ID {
        GlobalId::Instance(self.0.instance_id).to_id()
    }

    /// When it had been given up (RFC 3339, UTC).
    async fn failed_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.failed_at)
    }

    /// When it was sent again (RFC 3339, UTC).
    async fn resent_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.resent_at)
    }

    /// By whom; none where they are no longer in the directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), Some(&self.0.person)).await
    }

    /// What had gone wrong.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}
