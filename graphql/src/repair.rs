//! Cases that a fault of Mandate's own stopped, for admins: which they are, and giving one back to
//! work once the fault is gone.

use access::{Action, Relation};
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::context::{allow, store, viewing};
use crate::types::instant;
use crate::{error, ids};

/// Mutations of admins who repair.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RepairMutation;

/// A case that was set aside.
#[derive(Debug, SimpleObject)]
pub(crate) struct CaseAside {
    /// The case, for `liftCase`.
    case: ID,
    /// Since when nothing is done on it.
    at: Option<DateTime<Utc>>,
    /// What went wrong, for whoever reports it.
    message: String,
}

/// The cases that are set aside.
pub(crate) async fn all(ctx: &Context<'_>) -> Result<Vec<CaseAside>> {
    allow(ctx, Action::Repair, &Relation::default())?;
    let rows = store(ctx)?.cases_aside().await;
    let rows = rows.map_err(|failed| error::store(&failed, viewing(ctx).language))?;
    let aside = |row: store::aside::CaseAside| CaseAside {
        case: ids::case(row.instance_id),
        at: instant(row.at),
        message: row.message,
    };
    Ok(rows.into_iter().map(aside).collect())
}

#[Object]
impl RepairMutation {
    /// Gives a case back to work that was set aside because of a fault in Mandate (`SET_ASIDE`).
    /// Where the fault is still there, the next command sets it aside again.
    async fn lift_case(&self, ctx: &Context<'_>, case: ID) -> Result<bool> {
        allow(ctx, Action::Repair, &Relation::default())?;
        let lifted = store(ctx)?.lift(ids::read_case(&case)?).await;
        lifted.map(|()| true).map_err(|failed| error::store(&failed, viewing(ctx).language))
    }
}
