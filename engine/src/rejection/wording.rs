//! The sentence of each refusal, for people: what was expected, what was found, what to do.

use super::Rejection;
use crate::clock::Span;
use crate::fate::Unfit;
use crate::ids::{NodeName, OutcomeName, PersonId, RoleName};
use crate::text::Language;

impl Rejection {
    /// The sentence for a person: what was expected and what was found.
    pub fn message(&self, language: Language) -> String {
        match language {
            Language::En => self.english(),
            Language::Zh => self.chinese(),
        }
    }

    /// The English sentence, and of a document what is wrong with each field: for whoever repairs it.
    pub(crate) fn with_fields(&self) -> String {
        let Self::InvalidDocument { document, errors } = self else { return self.english() };
        let named = errors.iter().take(NAMED_MAX).map(|one| {
            let message = one.message.get(Language::En).trim_end_matches('.');
            format!("{}: {message}", one.path.join("."))
        });
        format!("`{document}` does not fit: {}", named.collect::<Vec<_>>().join("; "))
    }

    fn english(&self) -> String {
        match self {
            Self::InstanceClosed => "expected a running case, but it has ended".into(),
            Self::InstanceSuspended => {
                "expected a case that runs, but an admin has suspended it; wait for them".into()
            }
            Self::NotSuspended => "expected a suspended case, but it runs".into(),
            Self::NotOpen { key } => format!(
                "expected an open task or event {key}, but it is done, was cancelled, or never was; reload the case"
            ),
            Self::AtIncident { node, incident } => format!(
                "expected `{node}` to be open, but it stands at the incident {incident}; an admin repairs what it is about and tries it again"
            ),
            Self::WrongKind { key, expected } => {
                format!("expected {expected}, but {key} is something else")
            }
            Self::NotCandidate { expected } => {
                format!("expected somebody it is offered to ({expected}), but you are not")
            }
            Self::UnknownOutcome { found: Some(found), expected } if expected.is_empty() => {
                format!("expected no outcome, since the task takes none, found `{found}`")
            }
            Self::UnknownOutcome { found: Some(found), expected } => {
                format!("expected one of {}, found `{found}`", list(expected))
            }
            Self::UnknownOutcome { found: None, expected } => {
                format!("expected an outcome, one of {}, but none was given", list(expected))
            }
            Self::OutcomeRefused { reason, .. } => reason.get(Language::En).to_owned(),
            Self::CommentRequired { outcome } => {
                format!("expected an opinion, since `{outcome}` requires one")
            }
            Self::DocumentNotEditable { .. }
            | Self::StaleDocument { .. }
            | Self::DocumentMissing { .. }
            | Self::InvalidDocument { .. }
            | Self::IntakeClosed { .. }
            | Self::SubmissionRefused { .. }
            | Self::SubmissionUnknown { .. } => self.english_of_documents(),
            #[rustfmt::skip] // A list of names alone.
            Self::OperationNotAllowed { .. } | Self::CannotReturn { .. }
            | Self::CannotMigrate { .. } | Self::NothingBefore { .. }
            | Self::SomethingFollowed { .. } | Self::NothingToTakeBack { .. } | Self::Delegated { .. } | Self::NotDelegated
            | Self::SignersPending { .. } | Self::AlreadySigner { .. } | Self::NoAddedSigner
            | Self::UnknownSigner { .. } | Self::UnknownPerson { .. } | Self::AlreadyCopied
            | Self::NotExtendable | Self::NotStarter { .. } | Self::NotInitiator
            | Self::NoIncident | Self::SamePerson { .. } | Self::ClaimedByAnother { .. }
            | Self::NotYourTurn { .. } | Self::NotReceiver { .. } | Self::SteppedAside { .. }
            | Self::TimerNotArmed { .. } | Self::NotClaimed | Self::TimerNotDue { .. } => self.english_of_task(),
            Self::StillRunning
            | Self::CalledCase
            | Self::Voided
            | Self::Compensating { .. }
            | Self::NoReserve
            | Self::DeadlinePassed { .. }
            | Self::NothingToRecount
            | Self::NothingToHandOver { .. } => self.english_of_case(),
            Self::OneAtATime { active } => format!(
                "expected nothing else to be active, since these run one after the other, but `{active}` is; finish it first"
            ),
            Self::ExtensionTooLong { most, found } => {
                format!("expected an extension by {most} at most, found {found}")
            }
            Self::UrgedAlready { .. } | Self::NotInside => self.english_of_telling(),
            Self::BadArgument { field, message } => format!("`{field}`: {message}"),
            Self::TooLong { field, max } => {
                format!("`{field}`: expected at most {max} characters")
            }
        }
    }

    fn english_of_documents(&self) -> String {
        match self {
            Self::DocumentNotEditable { document } => {
                format!("expected only documents that this step writes, found `{document}`")
            }
            Self::StaleDocument { document, seen, found } => format!(
                "expected `{document}` as it was seen (version {seen}), but it is version {found} now; load it anew, look at it, and decide again"
            ),
            Self::DocumentMissing { document } => {
                format!("expected the document `{document}`, but it was not given")
            }
            Self::InvalidDocument { document, errors } => {
                format!("`{document}` has {} problem(s); see each field", errors.len())
            }
            Self::IntakeClosed { from, until, received } => {
                format!("expected it between {from} and {until}, but it came at {received}")
            }
            Self::SubmissionRefused { reason } => reason.get(Language::En).to_owned(),
            Self::SubmissionUnknown { submission } => {
                format!("expected a submission of yours, but there is no number {submission}")
            }
            other => unreachable!("{} is not about what is handed in", other.code()),
        }
    }

    fn english_of_telling(&self) -> String {
        match self {
            Self::UrgedAlready { until } => format!(
                "expected a task that nobody urged for a day, but this one was; you may urge it again from {until}"
            ),
            Self::NotInside => {
                "expected somebody with a task of their own in the case: who only began it, or was let know of it, lets nobody else know".into()
            }
            other => unreachable!("{} is no refusal to tell somebody", other.code()),
        }
    }

    fn english_of_task(&self) -> String {
        match self {
            Self::OperationNotAllowed { operation, until: Some(node), .. } => format!(
                "expected `{operation}` before the case reached `{node}`: it is too late now"
            ),
            Self::OperationNotAllowed { operation, node, until: None } => format!(
                "expected an operation that `{node}` allows, found `{operation}`; its `operations` in the definition would have to list it"
            ),
            Self::CannotReturn { to, allowed, why } => {
                format!("expected one of {} to return to, found `{to}`: {why}", nodes(allowed))
            }
            Self::CannotMigrate { version, misfits } => cannot_migrate(*version, misfits, Language::En),
            Self::NothingBefore { node } => format!(
                "expected something that was done before `{node}`, but nothing was that can be done again"
            ),
            Self::SomethingFollowed { node } => format!(
                "expected nothing to have followed, but `{node}` was done, or has begun elsewhere; ask whoever has the case to return it"
            ),
            Self::NothingToTakeBack { key } => format!(
                "expected a decision of task {key} that can be taken back; it is not decided, its decision led back, or what it belonged to has ended: a branch, a sub-process, one of a list; ask whoever has the case to return it"
            ),
            Self::Delegated { owner } => format!(
                "expected the owner {owner} to do that, but the task is delegated; give it back first"
            ),
            Self::NotDelegated => "expected a delegated task, but this one is not".into(),
            Self::SignersPending { people } => format!(
                "expected {} to decide first: they were added before; or take them out again",
                people_list(people)
            ),
            Self::AlreadySigner { person } => {
                format!("expected somebody who does not sign in this round, found {person}")
            }
            Self::NoAddedSigner => {
                "expected a signer whom you may take out, one that you added or, as an admin, one of several who have not decided; there is none".into()
            }
            Self::UnknownSigner { person } => format!(
                "expected a signer of this round who has not decided, found {person}"
            ),
            Self::UnknownPerson { person } => {
                format!("expected a person who is there, found `{person}`; check the id")
            }
            Self::AlreadyCopied => {
                "expected somebody who was not let know yet, but all of them were".into()
            }
            Self::NotExtendable => {
                "expected a deadline that may be extended, but it may not, or was already".into()
            }
            Self::NotStarter { expected } => not_starter(expected),
            Self::NotInitiator => "expected whoever began the case, but that was not you".into(),
            Self::NoIncident => "expected an incident, but there is none".into(),
            Self::NotClaimed => "expected a claimed task, but nobody has claimed it".into(),
            Self::NotReceiver { person, expected } => format!(
                "expected somebody who holds one of the roles {} (for the task's unit, where it has one), but {person} holds none; choose one of those who do",
                expected.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")
            ),
            Self::SteppedAside { person } => format!(
                "expected somebody who did not step aside from this, but {person} did; somebody else must take it"
            ),
            Self::SamePerson { node } => format!(
                "expected another person than the one who did `{node}`; somebody else must take it"
            ),
            Self::ClaimedByAnother { person } => format!("expected a task of yours, but {person} has it"),
            Self::NotYourTurn { person } => {
                format!("expected your turn, but {person} decides first; you are asked after them")
            }
            other => other.english_of_clock(),
        }
    }

    fn english_of_clock(&self) -> String {
        match self {
            Self::NothingToRecount => {
                "expected a provisional deadline that the calendar changes, but there is none"
                    .into()
            }
            Self::DeadlinePassed { until } => {
                format!("expected a deadline that is still to come, but it was over at {until}")
            }
            Self::NotExtendable => {
                "expected a deadline that may be extended, but it may not, or was already".into()
            }
            Self::TimerNotArmed { timer } => {
                format!("expected a running timer, but {timer} was stopped or has fired")
            }
            Self::TimerNotDue { at } => format!("expected to be called at {at} or later"),
            other => unreachable!("{} is no refusal of an operation", other.code()),
        }
    }

    fn english_of_case(&self) -> String {
        match self {
            Self::NothingToRecount => {
                "expected a provisional deadline that the calendar changes, but there is none".into()
            }
            Self::DeadlinePassed { until } => {
                format!("expected a deadline that is still to come, but it was over at {until}")
            }
            Self::StillRunning => "expected an ended case, but it still runs".into(),
            Self::CalledCase => {
                "expected a case of its own, but another case called it and has gone on; reopen that one".into()
            }
            Self::Voided => {
                "expected a case that was, but whoever began it ended it as never having been; begin a new one".into()
            }
            Self::Compensating { node } => format!(
                "expected nothing to be undone, but `{node}` undoes what was done; wait until that is finished, or let an admin terminate the case"
            ),
            Self::NoReserve => {
                "expected a reserve of the draw who may do the task, but none is left; an admin can hand it over".into()
            }
            Self::NothingToHandOver { person } => {
                format!("expected something of {person} in this case, but there is nothing")
            }
            other => unreachable!("{} is not about a case as a whole", other.code()),
        }
    }
}

pub(super) fn span(span: Span) -> String {
    format!("{} {}", span.amount, span.unit.chinese())
}

pub(super) fn people_list(people: &[PersonId]) -> String {
    people.iter().map(PersonId::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) fn nodes(names: &[NodeName]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

pub(super) fn list(outcomes: &[OutcomeName]) -> String {
    outcomes.iter().map(OutcomeName::as_str).collect::<Vec<_>>().join(", ")
}

/// Misfits that one sentence names; the others are counted.
const NAMED_MAX: usize = 20;

pub(super) fn cannot_migrate(version: u32, misfits: &[Unfit], language: Language) -> String {
    let named = misfits.iter().take(NAMED_MAX);
    let named = named.map(|one| format!("`{}`: {}", one.name(), one.misfit.message(language)));
    let (count, named) = (misfits.len(), named.collect::<Vec<_>>().join("; "));
    match language {
        Language::En => format!(
            "expected everything that is alive in the case to fit version {version}, found {count} \
             that does not: {named}"
        ),
        Language::Zh => format!("案件中有 {count} 项无法迁移到版本 {version}：{named}"),
    }
}

/// Who may begin a case; of a process that nobody begins by hand, that.
fn not_starter(expected: &[RoleName]) -> String {
    if expected.is_empty() {
        return "expected a process that people begin, but nobody begins this one by hand: other cases \
                call it, or an event begins it"
            .to_owned();
    }
    let roles: Vec<&str> = expected.iter().map(RoleName::as_str).collect();
    format!("expected one of the roles {} to begin this, but you hold none", roles.join(", "))
}
