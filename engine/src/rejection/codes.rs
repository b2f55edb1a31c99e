//! Every code of a refusal, so that who names one can be told that it is none.

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
    "SAME_PERSON",
    "UNKNOWN_OUTCOME",
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

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn every_refusal_has_its_code_here() {
        let source = include_str!("../rejection.rs");
        let words = source.split("=> \"").skip(1).filter_map(|rest| rest.split_once('"'));
        let codes: Vec<&str> = words.map(|(code, _)| code).collect();
        assert_eq!(CODES, codes);
    }
}
