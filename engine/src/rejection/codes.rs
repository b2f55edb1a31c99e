//! The code of each refusal, and every code, so that who names one can be told that it is none.

use super::Rejection;

/// Every code, in the order of the refusals.
pub const CODES: &[&str] = &[
    "INSTANCE_CLOSED",
    "INSTANCE_SUSPENDED",
    "NOT_SUSPENDED",
    "NOT_OPEN",
    "AT_INCIDENT",
    "WRONG_KIND",
    "CLAIMED_BY_ANOTHER",
    "NOT_YOUR_TURN",
    "NOT_CLAIMED",
    "NOT_CANDIDATE",
    "NOT_RECEIVER",
    "STEPPED_ASIDE",
    "SAME_PERSON",
    "UNKNOWN_OUTCOME",
    "OUTCOME_REFUSED",
    "COMMENT_REQUIRED",
    "DOCUMENT_NOT_EDITABLE",
    "DOCUMENT_MISSING",
    "STALE_DOCUMENT",
    "INVALID_DOCUMENT",
    "INTAKE_CLOSED",
    "SUBMISSION_REFUSED",
    "SUBMISSION_UNKNOWN",
    "TIMER_NOT_ARMED",
    "TIMER_NOT_DUE",
    "ONE_AT_A_TIME",
    "NO_INCIDENT",
    "OPERATION_NOT_ALLOWED",
    "CANNOT_RETURN",
    "CANNOT_MIGRATE",
    "NOTHING_BEFORE",
    "SOMETHING_FOLLOWED",
    "NOTHING_TO_TAKE_BACK",
    "DELEGATED",
    "NOT_DELEGATED",
    "SIGNERS_PENDING",
    "ALREADY_SIGNER",
    "NO_ADDED_SIGNER",
    "UNKNOWN_SIGNER",
    "UNKNOWN_PERSON",
    "ALREADY_COPIED",
    "URGED_ALREADY",
    "NOT_INSIDE",
    "STILL_RUNNING",
    "CALLED_CASE",
    "VOIDED",
    "COMPENSATING",
    "NO_RESERVE",
    "NOTHING_TO_HAND_OVER",
    "NOT_EXTENDABLE",
    "DEADLINE_PASSED",
    "NOTHING_TO_RECOUNT",
    "EXTENSION_TOO_LONG",
    "NOT_STARTER",
    "NOT_INITIATOR",
    "BAD_ARGUMENT",
    "TOO_LONG",
];

impl Rejection {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InstanceClosed => "INSTANCE_CLOSED",
            Self::InstanceSuspended => "INSTANCE_SUSPENDED",
            Self::NotSuspended => "NOT_SUSPENDED",
            Self::NotOpen { .. } => "NOT_OPEN",
            Self::AtIncident { .. } => "AT_INCIDENT",
            Self::WrongKind { .. } => "WRONG_KIND",
            Self::ClaimedByAnother { .. } => "CLAIMED_BY_ANOTHER",
            Self::NotYourTurn { .. } => "NOT_YOUR_TURN",
            Self::NotClaimed => "NOT_CLAIMED",
            Self::NotCandidate { .. } => "NOT_CANDIDATE",
            Self::NotReceiver { .. } => "NOT_RECEIVER",
            Self::SteppedAside { .. } => "STEPPED_ASIDE",
            Self::SamePerson { .. } => "SAME_PERSON",
            Self::UnknownOutcome { .. } => "UNKNOWN_OUTCOME",
            Self::OutcomeRefused { .. } => "OUTCOME_REFUSED",
            Self::CommentRequired { .. } => "COMMENT_REQUIRED",
            Self::DocumentNotEditable { .. } => "DOCUMENT_NOT_EDITABLE",
            Self::DocumentMissing { .. } => "DOCUMENT_MISSING",
            Self::StaleDocument { .. } => "STALE_DOCUMENT",
            Self::InvalidDocument { .. } => "INVALID_DOCUMENT",
            Self::IntakeClosed { .. } => "INTAKE_CLOSED",
            Self::SubmissionRefused { .. } => "SUBMISSION_REFUSED",
            Self::SubmissionUnknown { .. } => "SUBMISSION_UNKNOWN",
            Self::TimerNotArmed { .. } => "TIMER_NOT_ARMED",
            Self::TimerNotDue { .. } => "TIMER_NOT_DUE",
            Self::OneAtATime { .. } => "ONE_AT_A_TIME",
            Self::NoIncident => "NO_INCIDENT",
            Self::OperationNotAllowed { .. } => "OPERATION_NOT_ALLOWED",
            Self::CannotReturn { .. } => "CANNOT_RETURN",
            Self::CannotMigrate { .. } => "CANNOT_MIGRATE",
            Self::NothingBefore { .. } => "NOTHING_BEFORE",
            Self::SomethingFollowed { .. } => "SOMETHING_FOLLOWED",
            Self::NothingToTakeBack { .. } => "NOTHING_TO_TAKE_BACK",
            Self::Delegated { .. } => "DELEGATED",
            Self::NotDelegated => "NOT_DELEGATED",
            Self::SignersPending { .. } => "SIGNERS_PENDING",
            Self::AlreadySigner { .. } => "ALREADY_SIGNER",
            Self::NoAddedSigner => "NO_ADDED_SIGNER",
            Self::UnknownSigner { .. } => "UNKNOWN_SIGNER",
            Self::UnknownPerson { .. } => "UNKNOWN_PERSON",
            Self::AlreadyCopied => "ALREADY_COPIED",
            Self::UrgedAlready { .. } => "URGED_ALREADY",
            Self::NotInside => "NOT_INSIDE",
            Self::StillRunning => "STILL_RUNNING",
            Self::CalledCase => "CALLED_CASE",
            Self::Voided => "VOIDED",
            Self::Compensating { .. } => "COMPENSATING",
            Self::NoReserve => "NO_RESERVE",
            Self::NothingToHandOver { .. } => "NOTHING_TO_HAND_OVER",
            Self::NotExtendable => "NOT_EXTENDABLE",
            Self::DeadlinePassed { .. } => "DEADLINE_PASSED",
            Self::NothingToRecount => "NOTHING_TO_RECOUNT",
            Self::ExtensionTooLong { .. } => "EXTENSION_TOO_LONG",
            Self::NotStarter { .. } => "NOT_STARTER",
            Self::NotInitiator => "NOT_INITIATOR",
            Self::BadArgument { .. } => "BAD_ARGUMENT",
            Self::TooLong { .. } => "TOO_LONG",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn every_refusal_has_its_code_here() {
        let source = include_str!("codes.rs");
        let words = source.split("=> \"").skip(1).filter_map(|rest| rest.split_once('"'));
        let codes: Vec<&str> = words.map(|(code, _)| code).collect();
        assert_eq!(CODES, codes);
    }
}
