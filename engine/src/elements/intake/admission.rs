//! From whom an intake takes anything, what must hold for it, and what a person reads where it does
//! not. When it takes anything is `intake`'s.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Intake, Window};
use crate::actor::Actor;
use crate::definition::Compiler;
use crate::definition::LATER;
use crate::definition::source::OneOrMany;
use crate::expression::{Expression, Field, Type};
use crate::ids::{DocumentName, Hash, Key, PersonId, RoleName, UnitId};
use crate::instance::Submission;
use crate::problem::Problem;
use crate::rejection::Rejection;
use crate::step::{Before, Halt, Step};
use crate::text::Text;

/// Submissions that one intake takes.
const SUBMISSIONS_MAX: usize = 20_000;
/// Who hands something in, to the expressions.
const SUBMITTER: &str = "submitter";
/// What is handed in, to the expressions.
const SUBMITTED: &str = "submitted";

/// What must hold for something to be handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdmissionSource {
    /// An expression over `submitter` (its `id`, `unit` and `roles`), `submitted` (what is handed in),
    /// the case's documents and its variables; the list that submissions become has those that
    /// count so far (`size(bids) < 10`). What is not clearly true is refused.
    pub check: String,
    /// What a person reads where it does not hold.
    pub message: Text,
    /// The clause it rests on.
    #[serde(default)]
    pub basis: Option<Text>,
}

/// The same, compiled.
#[derive(Debug)]
pub(super) struct Admission {
    check: Expression,
    message: Text,
}

impl Admission {
    /// Compiles what must hold for entries of a list.
    pub(super) fn compile(
        compiler: &mut Compiler<'_>,
        (into, sealed): (&DocumentName, bool),
        sources: &OneOrMany<AdmissionSource>,
    ) -> Vec<Self> {
        if sources.as_slice().is_empty() {
            return Vec::new();
        }
        for name in [SUBMITTER, SUBMITTED] {
            let source = compiler.source;
            let is_document = source.documents.contains_key(&DocumentName::new(name));
            if is_document || source.variables.contains_key(name) {
                let message = format!(
                    "expected no document and no variable `{name}`, which in `where` is of the submission"
                );
                compiler.report(&["where"], Problem::error("nameTaken", message));
            }
        }
        let document = compiler.source.documents.get(into);
        let form = document.and_then(|document| compiler.library.forms.get(&document.form));
        let submitted = form.map_or(Type::Any, |form| form.object_type());
        let environment = compiler.environment.clone();
        let environment = environment.with(SUBMITTER, submitter_type()).with(SUBMITTED, submitted);
        let mut compiled = Vec::new();
        for (place, one) in sources.as_slice().iter().enumerate() {
            let place = place.to_string();
            let keys: Vec<&str> = match sources {
                OneOrMany::One(_) => vec!["where", "check"],
                OneOrMany::Many(_) => vec!["where", &place, "check"],
            };
            let check = compiler.expression_in(&keys, &one.check, Some(&Type::Bool), &environment);
            if sealed && check.as_ref().is_some_and(|it| it.references().contains(into.as_str())) {
                let message = format!(
                    "expected a condition that does not read `{into}` itself: by what it refuses it tells what came, which nobody reads before a sealed intake closes"
                );
                let problem = Problem::warning("tellsWhatIsSecret", message).hint(LATER);
                compiler.report(&keys, problem);
            }
            compiled.extend(check.map(|check| Self { check, message: one.message.clone() }));
        }
        compiled
    }

    /// Refuses a submission by the first that does not hold: of those that read what is handed in, or,
    /// where that is not given, of the others. The list that it becomes an entry of has what came before.
    pub(super) fn ask_all(
        all: &[Self],
        step: &Step<'_>,
        key: Key,
        submitter: &Value,
        submitted: Option<&Value>,
        (into, so_far): (&DocumentName, &[Hash]),
    ) -> Result<(), Halt> {
        let list = match all.iter().any(|one| one.check.references().contains(into.as_str())) {
            true => step.entries_before(into, Before::These(so_far))?,
            false => Value::Null,
        };
        let reads = |one: &Self| one.check.references().iter().any(|name| name == SUBMITTED);
        for one in all.iter().filter(|one| reads(one) == submitted.is_some()) {
            let handed_in = submitted.unwrap_or(&Value::Null);
            let names =
                [(SUBMITTER, submitter), (SUBMITTED, handed_in), (into.as_str(), &list)];
            match step.evaluate_with(&one.check, key, &names) {
                Ok(Value::Bool(true)) => {}
                // What went wrong could tell of documents that whoever submits may not read.
                Ok(_) | Err(Halt::Incident { .. }) => {
                    let reason = one.message.clone();
                    return Err(Rejection::SubmissionRefused { reason }.into());
                }
                Err(halt @ (Halt::Reject(_) | Halt::Needs)) => return Err(halt),
            }
        }
        Ok(())
    }
}

/// Who hands something in.
pub(super) struct Submitter {
    pub(super) person: Option<PersonId>,
    pub(super) unit: Option<UnitId>,
}

impl Window {
    /// The entries that its list would have without what is handed in now.
    pub(super) fn so_far(
        &self,
        step: &Step<'_>,
        key: Key,
        submissions: &[Submission],
        replaces: Option<u32>,
    ) -> Vec<Hash> {
        let valid = submissions.iter().filter(|one| !one.void && Some(one.number) != replaces);
        let mut before = step.kept_entries(key, &self.into);
        before.extend(valid.map(|one| one.hash.clone()));
        before
    }

    /// Who hands something in, if it is open, has room, and is for them.
    pub(super) fn opened_to(&self, step: &Step<'_>, key: Key) -> Result<Submitter, Halt> {
        let submitter = self.submitter(step)?;
        if Self::submissions(step, key)?.len() >= SUBMISSIONS_MAX {
            let message = format!("expected at most {SUBMISSIONS_MAX} submissions");
            return Err(Rejection::BadArgument { field: "intake".into(), message }.into());
        }
        Ok(submitter)
    }

    /// Who it is, if it is one of those whom the intake is for.
    pub(super) fn submitter(&self, step: &Step<'_>) -> Result<Submitter, Halt> {
        let actor = &step.envelope.actor;
        let may = self.public || self.roles.iter().any(|role| actor.holds(role));
        if !may {
            let expected: Vec<&str> = self.roles.iter().map(RoleName::as_str).collect();
            return Err(Rejection::NotCandidate { expected: expected.join(", ") }.into());
        }
        let unit = unit_of(actor, &self.roles).cloned();
        Ok(Submitter { person: actor.person().cloned(), unit })
    }
}

/// For which unit somebody hands in: the one for which they hold a role of the intake's, or their own.
fn unit_of<'a>(actor: &'a Actor, roles: &[RoleName]) -> Option<&'a UnitId> {
    let Actor::Person { unit, grants, .. } = actor else { return None };
    let by_role = grants.iter().find(|grant| roles.contains(&grant.role));
    by_role.and_then(|grant| grant.unit.as_ref()).or(unit.as_ref())
}

impl Intake {
    /// Those of some submissions that somebody may replace or take back.
    pub(crate) fn own<'s>(&self, submissions: &'s [Submission], actor: &Actor) -> Vec<&'s Submission> {
        let roles: Vec<RoleName> = self.from.as_slice().iter().map(RoleName::new).collect();
        let (person, unit) = (actor.person(), unit_of(actor, &roles));
        submissions.iter().filter(|one| self.once.is_own(one, person, unit)).collect()
    }
}

fn submitter_type() -> Type {
    let id = || Field::optional(Type::Id);
    let roles = Field::required(Type::Text.list());
    Type::object(
        SUBMITTER,
        [("id".to_owned(), id()), ("unit".to_owned(), id()), ("roles".to_owned(), roles)],
    )
}

/// Who hands something in, for whose unit: of the public nothing is known.
pub(super) fn submitter(step: &Step<'_>, unit: Option<&UnitId>) -> Value {
    match &step.envelope.actor {
        Actor::Person { id, grants, .. } => {
            let roles: Vec<_> = grants.iter().map(|grant| &grant.role).collect();
            json!({ "id": id, "unit": unit, "roles": roles })
        }
        Actor::Public | Actor::System | Actor::Case { .. } => json!({ "roles": [] }),
    }
}
