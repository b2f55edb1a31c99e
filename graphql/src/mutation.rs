//! Mutations: one file a concept. Each makes one `Submit` of its input and answers the state that it
//! wrote. What all of them have in common is in `shape`.

mod approval;
mod case;
mod deploy;
mod deputy;
mod each;
mod files;
mod instance;
mod intake;
mod job;
mod notice;
mod running;
mod shape;
mod task;
mod upload;

use async_graphql::MergedObject;

use crate::demonstration::DemonstrationMutation;
use crate::repair::RepairMutation;
use approval::ApprovalMutation;
use case::CaseMutation;
use deploy::DeployMutation;
use deputy::DeputyMutation;
use instance::InstanceMutation;
use intake::IntakeMutation;
use job::JobMutation;
use notice::NoticeMutation;
use running::RunningMutation;
use task::TaskMutation;
use upload::UploadMutation;

pub(crate) use shape::DocumentInput;

/// What may be changed. Every mutation has one argument `input`; its payload has the state after it.
#[derive(Debug, Clone, Copy, Default, MergedObject)]
pub struct Mutation(
    InstanceMutation,
    TaskMutation,
    ApprovalMutation,
    CaseMutation,
    IntakeMutation,
    DeployMutation,
    UploadMutation,
    JobMutation,
    RunningMutation,
    RepairMutation,
    NoticeMutation,
    DeputyMutation,
    DemonstrationMutation,
);
