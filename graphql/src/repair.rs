//! Cases that a fault of Mandate's own stopped, for admins: which they are, and giving one back to
//! work once the fault is gone.

use access::Action;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::context::{Reader, Told as _, reader};
use crate::error;
use crate::ids::{self, GlobalId};
use crate::types::instant;
use crate::types::person::Person;

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

/// A case that was given back to work.
#[derive(Debug)]
pub(crate) struct InstanceLifted(store::aside::CaseLifted);

#[Object]
impl InstanceLifted {
    /// The case's global id.
    async fn instance(&self) -> ID {
        GlobalId::Instance(self.0.instance_id).to_id()
    }

    /// Since when nothing had been done on it (RFC 3339, UTC).
    async fn aside_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.aside_at)
    }

    /// When it was given back (RFC 3339, UTC).
    async fn lifted_at(&self) -> Option<DateTime<Utc>> {
        instant(self.0.lifted_at)
    }

    /// By whom; none where they are no longer in the directory.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        Person::load(reader(ctx), Some(&self.0.person)).await
    }

    /// What had gone wrong.
    async fn message(&self) -> &str {
        &self.0.message
    }
}

/// The case is worked on again.
#[derive(Debug, SimpleObject)]
pub(crate) struct LiftInstancePayload {
    /// The case's global id.
    instance: ID,
    /// What was recorded of it.
    lifted: InstanceLifted,
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

/// The cases that were given back to work: for who repairs, and for auditors.
pub(crate) async fn lifted(reader: Reader<'_>) -> Result<Vec<InstanceLifted>> {
    if reader.allow_all(Action::Repair).is_err() {
        reader.allow_all(Action::SeeJournal)?;
    }
    let rows = reader.store.cases_lifted().await.told(reader)?;
    Ok(rows.into_iter().map(InstanceLifted).collect())
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
        let id = ids::read_instance(reader.language(), "input.instance", &input.instance)?;
        let by = &reader.person()?.id;
        let lifted = reader.store.lift(id, by).await.told(reader);
        let lifted = InstanceLifted(lifted.map_err(|error| error::at("input.instance", error))?);
        let client_mutation_id = input.client_mutation_id;
        Ok(LiftInstancePayload { instance: input.instance, lifted, client_mutation_id })
    }
}
