//! What admins do with running cases: tokens moved by hand, cases that stand still and go on.

use access::Action;
use async_graphql::{Context, ID, Object, Result};
use engine::command::Command;

use super::shape::{mutation, named, to_instance};
use crate::context::reader;
use crate::ids;
use crate::types::modification::{TokenChange, changes};

/// Mutations of running cases.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunningMutation;

mutation! {
    /// What is ended and begun, and why.
    ModifyInstanceInput => ModifyInstancePayload about instance {
        /// The case.
        instance: ID,
        /// The changes, made in this order: all of them, or none.
        changes: Vec<TokenChange>,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which case stands still, and why.
    SuspendInstanceInput => SuspendInstancePayload about instance {
        /// The case.
        instance: ID,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// Which case goes on.
    ResumeInstanceInput => ResumeInstancePayload about instance {
        /// The case.
        instance: ID,
    }
}

#[Object]
impl RunningMutation {
    /// Moves tokens of a running case by hand (人工调整): by an admin. What was done stays done, and
    /// nothing of it is done again. `Instance.modified` shows what would come of it.
    async fn modify_instance(
        &self,
        ctx: &Context<'_>,
        input: ModifyInstanceInput,
    ) -> Result<ModifyInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance("input.instance", &input.instance)?;
        let command = Command::Modify { changes: changes(input.changes), reason: input.reason };
        to_instance(reader, instance, command, named!(input)).await.map(ModifyInstancePayload)
    }

    /// Lets a case stand still (挂起): by an admin. Its tasks cannot be done, its clocks do not run,
    /// messages to it are kept for as long as messages are. A case that it called runs on.
    async fn suspend_instance(
        &self,
        ctx: &Context<'_>,
        input: SuspendInstanceInput,
    ) -> Result<SuspendInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance("input.instance", &input.instance)?;
        let command = Command::Suspend { reason: input.reason };
        to_instance(reader, instance, command, named!(input)).await.map(SuspendInstancePayload)
    }

    /// Lets a case that stands still go on (恢复): by an admin. Each clock has what it had left.
    async fn resume_instance(
        &self,
        ctx: &Context<'_>,
        input: ResumeInstanceInput,
    ) -> Result<ResumeInstancePayload> {
        let reader = reader(ctx);
        reader.allow_all(Action::Repair)?;
        let instance = ids::read_instance("input.instance", &input.instance)?;
        let command = Command::Resume;
        to_instance(reader, instance, command, named!(input)).await.map(ResumeInstancePayload)
    }
}
