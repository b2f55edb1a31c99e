//! Which argument of a mutation a refusal is about, as `input.…`: by the command that the mutation
//! gave. Codes and sentences are in `error`.

use engine::command::Command;
use engine::rejection::Rejection;

/// The arguments that a mutation's command was made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arguments {
    /// What it is about: a task, a case, an intake.
    pub(crate) subject: &'static str,
    /// Whom it names.
    person: &'static str,
    /// The submission that it names.
    submission: &'static str,
}

impl Arguments {
    /// Those of a command that a mutation gives.
    pub(crate) const fn of(command: &Command) -> Self {
        let subject = match command {
            Command::ClaimTask { .. }
            | Command::ReleaseTask { .. }
            | Command::CompleteTask { .. }
            | Command::ReturnTask { .. }
            | Command::TakeBack { .. }
            | Command::TransferTask { .. }
            | Command::DelegateTask { .. }
            | Command::AddSigners { .. }
            | Command::RemoveSigner { .. }
            | Command::HandBack { .. }
            | Command::ReplaceDrawn { .. }
            | Command::ExtendTask { .. }
            | Command::UrgeTask { .. }
            | Command::Terminate { task: Some(_), .. }
            | Command::Copy { task: Some(_), .. } => "input.task",
            Command::Submit { .. } | Command::WithdrawSubmission { .. } => "input.intake",
            Command::CompleteJob { .. } | Command::FailJob { .. } => "input.job",
            Command::Start { .. } | Command::Begin { .. } => "input.process",
            Command::BeginActivity { .. } | Command::Retry { .. } => "input.key",
            Command::Withdraw { .. }
            | Command::Void { .. }
            | Command::Terminate { task: None, .. }
            | Command::Copy { task: None, .. }
            | Command::Reopen { .. }
            | Command::HandOver { .. }
            | Command::FireTimer { .. }
            | Command::DeliverMessage { .. }
            | Command::DeliverSignal { .. }
            | Command::ReceiveEscalation { .. }
            | Command::EndCall { .. }
            | Command::Comment { .. }
            | Command::Correct { .. }
            | Command::Modify { .. }
            | Command::Migrate { .. }
            | Command::Suspend { .. }
            | Command::Resume
            | Command::Recount { .. }
            | Command::Cancel { .. } => "input.instance",
        };
        let person = match command {
            Command::AddSigners { .. } | Command::Copy { .. } => "input.people",
            Command::RemoveSigner { .. } => "input.person",
            _ => "input.to",
        };
        let submission = match command {
            Command::Submit { .. } => "input.replaces",
            _ => "input.submission",
        };
        Self { subject, person, submission }
    }

    /// The same for a command that is about something else by this name.
    pub(crate) fn about(self, subject: &'static str) -> Self {
        Self { subject, ..self }
    }

    /// The argument for the case itself: of a task, the task.
    pub(crate) fn case(self) -> &'static str {
        if self.subject == "input.key" { "input.instance" } else { self.subject }
    }

    /// The argument that a refusal is about; none where that is a field of a form, or nothing that was
    /// given.
    pub(crate) fn refused(self, rejection: &Rejection) -> Option<String> {
        let argument = match rejection {
            Rejection::InstanceClosed
            | Rejection::InstanceSuspended
            | Rejection::NotSuspended
            | Rejection::StillRunning
            | Rejection::CalledCase
            | Rejection::Voided
            | Rejection::Compensating { .. }
            | Rejection::NotInside
            | Rejection::NotInitiator => self.case(),
            Rejection::NotOpen { .. }
            | Rejection::AtIncident { .. }
            | Rejection::WrongKind { .. }
            | Rejection::ClaimedByAnother { .. }
            | Rejection::NotYourTurn { .. }
            | Rejection::NotClaimed
            | Rejection::NotCandidate { .. }
            | Rejection::SamePerson { .. }
            | Rejection::IntakeClosed { .. }
            | Rejection::SubmissionRefused { .. }
            | Rejection::OperationNotAllowed { .. }
            | Rejection::NothingBefore { .. }
            | Rejection::SomethingFollowed { .. }
            | Rejection::NothingToTakeBack { .. }
            | Rejection::Delegated { .. }
            | Rejection::NotDelegated
            | Rejection::SignersPending { .. }
            | Rejection::NotExtendable
            | Rejection::DeadlinePassed { .. }
            | Rejection::NothingToRecount
            | Rejection::UrgedAlready { .. }
            | Rejection::NoIncident
            | Rejection::NoReserve
            | Rejection::NotStarter { .. } => self.subject,
            Rejection::UnknownOutcome { .. } | Rejection::OutcomeRefused { .. } => "input.outcome",
            Rejection::CommentRequired { .. } => "input.comment",
            Rejection::SubmissionUnknown { .. } => self.submission,
            Rejection::OneAtATime { .. } => "input.activity",
            Rejection::ExtensionTooLong { .. } => "input.by",
            Rejection::CannotReturn { .. } => "input.to",
            Rejection::CannotMigrate { .. } => "input.plan",
            Rejection::NothingToHandOver { .. } => "input.from",
            Rejection::StaleDocument { .. } => "input.seen",
            Rejection::AlreadySigner { .. }
            | Rejection::NoAddedSigner
            | Rejection::UnknownSigner { .. }
            | Rejection::UnknownPerson { .. }
            | Rejection::NotReceiver { .. }
            | Rejection::SteppedAside { .. }
            | Rejection::AlreadyCopied => self.person,
            Rejection::BadArgument { field, .. } | Rejection::TooLong { field, .. } => {
                return Some(self.named(field));
            }
            Rejection::DocumentNotEditable { .. }
            | Rejection::DocumentMissing { .. }
            | Rejection::InvalidDocument { .. }
            | Rejection::TimerNotArmed { .. }
            | Rejection::TimerNotDue { .. } => return None,
        };
        Some(argument.to_owned())
    }

    /// The argument of what the engine calls so.
    fn named(self, field: &str) -> String {
        match field {
            // Of a step as a whole: what it is about.
            "command" => self.subject.to_owned(),
            "node" => "input.activity".to_owned(),
            field => format!("input.{field}"),
        }
    }
}
