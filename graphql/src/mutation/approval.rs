//! What people do with a task beside deciding it: the approval operations. Which are possible now,
//! `Task.allowedOperations` says.

use async_graphql::{Context, Enum, ID, Object, Result};
use engine::command::Command;
use engine::definition::source::Then;
use engine::event::Placement;

use super::shape::{mutation, named, people, to_task};
use crate::context::reader;
use crate::ids;

/// Approval operations.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ApprovalMutation;

/// How a returned case goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Then")]
pub(crate) enum AfterReturn {
    /// Through every node again.
    RunOn,
    /// Straight back to whoever returned it.
    ComeBack,
}

/// When an added signer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Placement")]
pub(crate) enum SignerPlacement {
    /// Before whoever adds them, who waits for them (前加签).
    Before,
    /// When whoever adds them has decided (后加签).
    After,
    /// At the same time (并加签).
    Alongside,
}

mutation! {
    /// Who signs as well.
    AddSignersInput => AddSignersPayload about task {
        /// The task that they are added to.
        task: ID,
        /// Who: ids of `Person`.
        people: Vec<ID>,
        /// When they decide.
        place: SignerPlacement,
        /// Why.
        reason: Option<String>,
    }
}

mutation! {
    /// Who signs no more.
    RemoveSignerInput => RemoveSignerPayload about task {
        /// A task of the round.
        task: ID,
        /// Who was added and has not decided: the id of a `Person`.
        person: ID,
        /// Why.
        reason: Option<String>,
    }
}

mutation! {
    /// Which task the next reserve takes over.
    ReplaceDrawnInput => ReplaceDrawnPayload about task {
        /// The task of somebody who was drawn.
        task: ID,
        /// Why: the ground.
        reason: String,
    }
}

mutation! {
    /// Where a case goes back to.
    ReturnTaskInput => ReturnTaskPayload about task {
        /// The task that it is returned from.
        task: ID,
        /// The nodes that are done again, by name: some of the operation's `targets`.
        to: Vec<String>,
        /// How it goes on from there; through the nodes again where nothing is said.
        then: Option<AfterReturn>,
        /// Why.
        reason: String,
    }
}

mutation! {
    /// What is taken back.
    TakeBackTaskInput => TakeBackTaskPayload about task {
        /// The task that one decided.
        task: ID,
        /// Why.
        reason: Option<String>,
    }
}

mutation! {
    /// Who does a task instead.
    TransferTaskInput => TransferTaskPayload about task {
        /// The task.
        task: ID,
        /// To whom: the id of a `Person`.
        to: ID,
        /// Why.
        reason: Option<String>,
    }
}

mutation! {
    /// Who prepares a task.
    DelegateTaskInput => DelegateTaskPayload about task {
        /// The task.
        task: ID,
        /// To whom: the id of a `Person`.
        to: ID,
        /// Why.
        reason: Option<String>,
    }
}

mutation! {
    /// Which delegated task goes back to its owner.
    HandBackTaskInput => HandBackTaskPayload about task {
        /// The task.
        task: ID,
        /// What the owner should know.
        comment: Option<String>,
    }
}

#[Object]
impl ApprovalMutation {
    /// Returns the case from a task to something before it (退回).
    async fn return_task(
        &self,
        ctx: &Context<'_>,
        input: ReturnTaskInput,
    ) -> Result<ReturnTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let to = input.to.iter().map(|node| node.as_str().into()).collect();
        let (then, reason) = (input.then.map(Into::into), input.reason);
        let command = Command::ReturnTask { task: place.1, to, then, reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(ReturnTaskPayload)
    }

    /// Takes back what one decided, while nothing followed (拿回).
    async fn take_back_task(
        &self,
        ctx: &Context<'_>,
        input: TakeBackTaskInput,
    ) -> Result<TakeBackTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let reason = input.reason.unwrap_or_default();
        let command = Command::TakeBack { task: place.1, reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(TakeBackTaskPayload)
    }

    /// Hands a task over to another person (转办).
    async fn transfer_task(
        &self,
        ctx: &Context<'_>,
        input: TransferTaskInput,
    ) -> Result<TransferTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let to = ids::read_person(reader(ctx).language(), "input.to", &input.to)?.as_str().into();
        let reason = input.reason.unwrap_or_default();
        let command = Command::TransferTask { task: place.1, to, reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(TransferTaskPayload)
    }

    /// Lets another person prepare a task (委派); it comes back.
    async fn delegate_task(
        &self,
        ctx: &Context<'_>,
        input: DelegateTaskInput,
    ) -> Result<DelegateTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let to = ids::read_person(reader(ctx).language(), "input.to", &input.to)?.as_str().into();
        let reason = input.reason.unwrap_or_default();
        let command = Command::DelegateTask { task: place.1, to, reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(DelegateTaskPayload)
    }

    /// Lets the next reserve of the draw take over a task: as whoever has it, who steps aside (主动回避),
    /// or as an admin (递补). Nobody chooses who: it is the next in the order of the draw who may do it.
    async fn replace_drawn(
        &self,
        ctx: &Context<'_>,
        input: ReplaceDrawnInput,
    ) -> Result<ReplaceDrawnPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let command = Command::ReplaceDrawn { task: place.1, reason: input.reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(ReplaceDrawnPayload)
    }

    /// Gives a delegated task back to its owner, or takes it back as the owner.
    async fn hand_back_task(
        &self,
        ctx: &Context<'_>,
        input: HandBackTaskInput,
    ) -> Result<HandBackTaskPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let command = Command::HandBack { task: place.1, comment: input.comment };
        to_task(reader(ctx), place, command, named!(input)).await.map(HandBackTaskPayload)
    }

    /// Adds signers to a task (加签): before, after or beside oneself.
    async fn add_signers(
        &self,
        ctx: &Context<'_>,
        input: AddSignersInput,
    ) -> Result<AddSignersPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let people = people(reader(ctx).language(), "input.people", &input.people)?;
        let reason = input.reason.unwrap_or_default();
        let command =
            Command::AddSigners { task: place.1, people, place: input.place.into(), reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(AddSignersPayload)
    }

    /// Takes a signer whom one added out again (减签), while they have not decided; an admin anybody
    /// who was added.
    async fn remove_signer(
        &self,
        ctx: &Context<'_>,
        input: RemoveSignerInput,
    ) -> Result<RemoveSignerPayload> {
        let place = ids::read_task(reader(ctx).language(), "input.task", &input.task)?;
        let person = ids::read_person(reader(ctx).language(), "input.person", &input.person)?
            .as_str()
            .into();
        let reason = input.reason.unwrap_or_default();
        let command = Command::RemoveSigner { task: place.1, person, reason };
        to_task(reader(ctx), place, command, named!(input)).await.map(RemoveSignerPayload)
    }
}
