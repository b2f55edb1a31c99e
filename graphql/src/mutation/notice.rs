//! Sending a notice again that was given up.

use access::Action;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::context::{Told as _, reader};
use crate::types::notice::Notice;
use crate::{error, ids};

/// Mutations of notices.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NoticeMutation;

/// Which notice is sent again.
#[derive(Debug, InputObject)]
pub(crate) struct ResendNoticeInput {
    /// The notice.
    notice: ID,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// The notice is on its way.
#[derive(Debug, SimpleObject)]
pub(crate) struct ResendNoticePayload {
    /// The notice afterwards.
    notice: Notice,
    /// Whether it had not been given up, or was sent again before: then nothing was done.
    repeated: bool,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

#[Object]
impl NoticeMutation {
    /// Has a notice sent again that was given up, to the address that its recipient has now. One that
    /// is on its way or was sent stays as it is, so that the same request twice sends it once. Who
    /// did it is kept (`noticesResent`). For admins.
    async fn resend_notice(
        &self,
        ctx: &Context<'_>,
        input: ResendNoticeInput,
    ) -> Result<ResendNoticePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let id = ids::read_notice(reader.language(), "input.notice", &input.notice)?;
        let by = &reader.person()?.id;
        let resent = reader.store.resend(&id, by).await.told(reader);
        let (notice, repeated) = resent.map_err(|error| error::at("input.notice", error))?;
        let client_mutation_id = input.client_mutation_id;
        Ok(ResendNoticePayload { notice: Notice(notice), repeated, client_mutation_id })
    }
}
