//! A refusal as it is told to who reads no names in the case: without the people that it is about.

use super::Rejection;
use crate::ids::PersonId;
use crate::text::Language;

impl Rejection {
    /// The same without the names of people; roles stay, and so does who asks, by their own name.
    #[must_use]
    pub fn without_names(self, own: Option<&PersonId>, language: Language) -> Self {
        let word = match language {
            Language::Zh => "他人",
            Language::En => "another person",
        };
        let another = |person: PersonId| if own == Some(&person) { person } else { word.into() };
        match self {
            Self::NotCandidate { expected } => {
                let is_role = |one: &&str| one.starts_with("role:");
                let mut kept: Vec<&str> = expected.split(", ").filter(is_role).collect();
                if kept.len() < expected.split(", ").count() {
                    kept.push(word);
                }
                Self::NotCandidate { expected: kept.join(", ") }
            }
            Self::ClaimedByAnother { person } => Self::ClaimedByAnother { person: another(person) },
            Self::NotYourTurn { person } => Self::NotYourTurn { person: another(person) },
            Self::Delegated { owner } => Self::Delegated { owner: another(owner) },
            Self::AlreadySigner { person } => Self::AlreadySigner { person: another(person) },
            Self::SignersPending { .. } => Self::SignersPending { people: vec![word.into()] },
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Rejection;
    use crate::text::Language;

    #[test]
    fn who_reads_no_names_is_told_of_roles_alone() {
        let told = |rejection: Rejection| {
            rejection.without_names(Some(&"li".into()), Language::En).message(Language::En)
        };
        for (rejection, expected) in [
            (
                Rejection::NotCandidate { expected: "role:clerk, person:wu".into() },
                "expected somebody it is offered to (role:clerk, another person), but you are not",
            ),
            (
                Rejection::NotCandidate { expected: "wu".into() },
                "expected somebody it is offered to (another person), but you are not",
            ),
            (
                Rejection::NotCandidate { expected: "role:clerk".into() },
                "expected somebody it is offered to (role:clerk), but you are not",
            ),
            (
                Rejection::ClaimedByAnother { person: "wu".into() },
                "expected a task of yours, but another person has it",
            ),
            (
                Rejection::ClaimedByAnother { person: "li".into() },
                "expected a task of yours, but li has it",
            ),
            (
                Rejection::SignersPending { people: vec!["wu".into(), "zhao".into()] },
                "expected another person to decide first: they were added before; or take them out again",
            ),
        ] {
            assert_eq!(told(rejection), expected);
        }
    }
}
