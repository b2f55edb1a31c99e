//! Cases that a fault of Mandate's own stopped, for admins: which they are, and giving one back to
//! work once the fault is gone.

use access::Action;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::context::{Reader, Told as _, reader};
use crate::ids::{self, GlobalId};
use crate::types::instant;

/// Mutations of admins who repair.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RepairMutation;

/// A case that was set aside.
#[derive(Debug, SimpleObject)]
pub(crate) struct InstanceAside {
    /// The case's global id, for `liftInstance`.
    instance: ID,
    /// Since when nothing is done on it (RFC 3339, UTC).
    at: Option<DateTime<Utc>>,
    /// What went wrong, for whoever reports it.
    message: String,
}

/// Which case goes back to work.
#[derive(Debug, InputObject)]
pub(crate) struct LiftInstanceInput {
    /// The case.
    instance: ID,
    /// Comes back in the payload as it is.
    client_mutation_id: Option<String>,
}

/// The case is worked on again.
#[derive(Debug, SimpleObject)]
pub(crate) struct LiftInstancePayload {
    /// The case's global id.
    instance: ID,
    /// The input's `clientMutationId`.
    client_mutation_id: Option<String>,
}

/// The cases that are set aside.
pub(crate) async fn all(reader: Reader<'_>) -> Result<Vec<InstanceAside>> {
    reader.allow_all(Action::Repair)?;
    let rows = reader.store.cases_aside().await.told(reader)?;
    let aside = |row: store::aside::CaseAside| InstanceAside {
        instance: GlobalId::Instance(row.instance_id).to_id(),
        at: instant(row.at),
        message: row.message,
    };
    Ok(rows.into_iter().map(aside).collect())
}

#[Object]
impl RepairMutation {
    /// Gives a case back to work that was set aside because of a fault in Mandate (`SET_ASIDE`).
    /// Where the fault is still there, the next command sets it aside again. For admins.
    async fn lift_instance(
        &self,
        ctx: &Context<'_>,
        input: LiftInstanceInput,
    ) -> Result<LiftInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let id = ids::read_instance("input.instance", &input.instance)?;
        reader.store.lift(id).await.told(reader)?;
        let client_mutation_id = input.client_mutation_id;
        Ok(LiftInstancePayload { instance: input.instance, client_mutation_id })
    }
}
