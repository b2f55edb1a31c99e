//! A person decides. Waits until the task is completed.

mod assign;
mod behavior;
mod clock;
mod decide;
mod deputies;
mod extend;
mod offer;
mod operations;
mod outcomes;
mod overdue;
mod people;
mod reserves;
pub mod score;
pub mod sign;
mod skip;
mod source;
mod whose;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Behavior, Source, Way, WayKind};
use crate::definition::source::{DocumentUse, Mode, OneOrMany, Outcome, OutcomeSource, Outcomes, ProcessSource, Time};
use crate::definition::{Compiler, Each, Extension, Listed};
use crate::expression::{Expression, Type};
use crate::ids::{DocumentName, NodeName, NoticeName, OutcomeName, RoleName};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::step::notices::Whom;
use crate::text::{Language, Text};

use assign::Assign;
use behavior::Task;

pub(crate) use assign::manager_levels;
pub use deputies::DeputiesRule;
pub(crate) use skip::Pass;
pub use source::{Dedupe, Nobody, NobodyGets, Overdue, Starter};

/// What expressions call the person of a task that is one of many (`people`).
const PERSON: &str = "person";

super::node! {
    /// A person decides.
    pub struct UserTask {
        /// The role it is offered to: a name, or an expression such as `=level` that gives one. Beside
        /// `assign`, whoever gets it where that comes to nobody who may do it.
        #[serde(default)]
        pub role: Option<OneOrMany<RoleName>>,
        /// The unit the role must be held for: a unit, or an expression such as `=plan.unit`.
        #[serde(default)]
        pub unit: Option<String>,
        /// One task for each of these people: an expression that gives a list.
        #[serde(default)]
        pub people: Option<String>,
        /// Whose it is from the start: `initiator`, `previous` (who did the task before), `manager` or
        /// `manager 2` (whom whoever began the case reports to), or an expression that gives a person.
        #[serde(default)]
        pub assign: Option<String>,
        /// How the decisions of several signers become one; of `people`, `forEach`, or everybody
        /// who holds the role.
        #[serde(default)]
        pub sign: Option<sign::SignSource>,
        /// How the score sheets of several experts are counted (评分); with `people` or `forEach`.
        #[serde(default)]
        pub score: Option<Box<score::ScoreSource>>,
        /// Whether one who agreed before is asked again (去重); as the process says where nothing is
        /// said, and always where that says nothing either. What a process says does not count for a
        /// vote (`rule: vote`) and for scores: those are cast by each member.
        #[serde(default)]
        pub dedupe: Option<Dedupe>,
        /// What happens when it would be whoever began the case; as the process says where nothing
        /// is said.
        #[serde(default)]
        pub starter: Option<Starter>,
        /// What happens when nobody is found: who gets it then, or `skip`, and it is passed.
        #[serde(default)]
        pub nobody: Option<Nobody>,
        /// Never by the same person as these steps.
        #[serde(default)]
        pub separate: Vec<NodeName>,
        /// Documents it shows.
        #[serde(default)]
        pub show: OneOrMany<DocumentUse>,
        /// Documents its form writes.
        #[serde(default)]
        pub edit: OneOrMany<DocumentUse>,
        /// Its deadline.
        #[serde(default)]
        pub due: Option<Time>,
        /// Reminders: `80%`, `at due`, `2 workdays before`, `1 day after`.
        #[serde(default, deserialize_with = "crate::definition::source::reminders")]
        pub remind: OneOrMany<String>,
        /// What happens when the deadline has passed. Never a silent approval.
        #[serde(default)]
        pub overdue: Option<Overdue>,
        /// What may be decided. Without any, completing is all there is.
        #[serde(default)]
        pub outcomes: Outcomes,
        /// What may be done with it beside deciding it; `urge` and `copy` where nothing is said.
        #[serde(default)]
        pub operations: Option<OneOrMany<Operation>>,
        /// Who may be given it by `transfer`, `delegate` and `addSigner`: holders of one of these roles,
        /// for its `unit` where it has one; anybody where nothing is said.
        #[serde(default)]
        pub receivers: OneOrMany<RoleName>,
        /// Nodes it may be returned to; every node before it where nothing is said.
        #[serde(default)]
        pub return_to: OneOrMany<NodeName>,
        /// Whether it goes to the deputy of one who is away (代理): `allowed` or `never`. Where nothing is
        /// said it does, but for a vote (`rule: vote`), a score sheet, and the seat of one who was drawn.
        #[serde(default)]
        pub deputies: Option<DeputiesRule>,
        /// Who is let know when it is created (抄送).
        #[serde(default, deserialize_with = "crate::definition::source::audience")]
        pub copy: super::Audience,
        /// The notice for it, instead of the process's; `none` for no notice.
        #[serde(default)]
        pub notice: Option<NoticeName>,
    }
}

impl Source for UserTask {
    fn compile(&self, compiler: &mut Compiler<'_>) -> Option<Arc<dyn Behavior>> {
        let roles = self.compile_roles(compiler);
        if self.score.is_some() && self.people.is_none() && self.for_each.is_none() {
            let message = "expected several experts to score: `people`, or `forEach`";
            compiler.report(&["score"], Problem::error("scoreOfOne", message));
        }
        if self.people.is_some() && self.assign.is_some() {
            let message = "expected no `assign` beside `people`: each of these people has a task of their own";
            compiler.report(&["assign"], Problem::error("ignoredKey", message));
        }
        if self.role.is_none() && self.people.is_none() && self.assign.is_none() {
            let message = "expected somebody to do it: `role`, `people` or `assign`";
            compiler.report(&[], Problem::error("nobodyCanDoIt", message));
        }
        for (at, node) in self.separate.iter().enumerate() {
            compiler.node_exists(&["separate", &at.to_string()], node);
        }
        self.check_nobody(compiler);
        if let Some(role) = self.overdue.as_ref().and_then(|overdue| overdue.escalate.as_ref()) {
            compiler.role(&["overdue", "escalate"], role);
        }
        let silent = self.notice.as_ref().is_some_and(|notice| notice.as_str() == "none");
        if let (Some(notice), false) = (&self.notice, silent) {
            compiler.notice(&["notice"], notice);
        }
        let due = self.due.as_ref().map(|due| compiler.time(&["due"], due));
        let (dedupe, starter) = self.persons_minded(compiler.source);
        if let Some(Some(due)) = &due
            && due.extension.as_ref().is_some_and(Extension::is_open)
        {
            let message = "expected `by` or `most`: as it is, whoever does the task may extend their \
                           own deadline, by as much as they want";
            let problem = Problem::warning("openExtension", message)
                .hint("`extend: { most: 10 workdays, by: head }`");
            compiler.report(&["due", "extend"], problem);
        }
        let unit = self.unit.as_ref().and_then(|unit| compiler.dynamic(&["unit"], unit, None));
        let assign = self.compile_assign(compiler);
        let (nobody_unit, escalate_unit) = self.compile_units(compiler);
        let edit = compiler.using("edit", &self.edit);
        let drawn = self.compile_drawn(compiler);
        Some(Arc::new(Task {
            drawn,
            deputed: self.compile_deputies(compiler),
            roles,
            unit,
            assign,
            nobody: self.nobody.clone(),
            nobody_unit,
            escalate_unit,
            dedupe,
            any: self.sign.as_ref().is_some_and(|sign| sign.rule() == sign::SignRule::Any),
            starter,
            outcomes: self.compile_outcomes(compiler, &edit),
            edit,
            show: compiler.using("show", &self.show),
            due: due.flatten(),
            remind: compiler.reminders(&self.remind),
            escalate: self.overdue.as_ref().and_then(|overdue| overdue.escalate.clone()),
            tell: self.compile_tell(compiler),
            copy: Whom::compile(compiler, &["copy"], &self.copy),
            notice: self.notice.clone().filter(|_| !silent),
            silent,
            allows: self.compile_operations(compiler),
            receivers: self.compile_receivers(compiler),
            return_to: self.return_to.as_slice().to_vec(),
        }))
    }

    fn rests_on(&self) -> Vec<(&'static str, String)> {
        // A round ends by the rule that it began with.
        let rule = |rule: serde_json::Result<String>| rule.expect("a rule is plain data");
        let sign = self.sign.as_ref().map(|sign| ("sign", rule(serde_json::to_string(sign))));
        let score = self.score.as_ref().map(|score| ("score", rule(serde_json::to_string(score))));
        sign.into_iter().chain(score).collect()
    }

    fn ways(&self) -> Vec<Way> {
        let outcomes = self.outcomes.iter().filter_map(|(name, outcome)| {
            let keys = vec!["outcomes".into(), name.to_string(), "to".into()];
            let kind = WayKind::Outcome(name.clone());
            Some(Way { keys, to: outcome.full().to?, kind })
        });
        let overdue = self.overdue.iter().filter_map(|overdue| {
            let keys = vec!["overdue".into(), "to".into()];
            Some(Way { keys, to: overdue.to.clone()?, kind: WayKind::Overdue })
        });
        outcomes.chain(overdue).collect()
    }

    fn waits(&self) -> bool {
        true
    }

    fn is_activity(&self) -> bool {
        true
    }

    fn goes_on(&self) -> bool {
        self.outcomes.is_empty()
            || self.outcomes.values().any(|outcome| outcome.full().to.is_none())
    }
}

impl UserTask {
    /// Whether one who agreed before is asked again, and what happens where it would be whoever began
    /// the case: by what the task says, or the process.
    fn persons_minded(&self, process: &ProcessSource) -> (Dedupe, Starter) {
        // What the definition gives to whoever began the case by name is nothing that they would approve
        // of their own.
        let is_theirs = matches!(&self.assign, Some(assign) if assign == "initiator");
        let starter = self.starter.or(process.starter.filter(|_| !is_theirs));
        // A vote, or a score, is each member's own: nobody casts it for them unless the task says so.
        let is_vote = self.sign.as_ref().is_some_and(|sign| sign.rule() == sign::SignRule::Vote);
        let is_own = is_vote || self.score.is_some();
        let dedupe = self.dedupe.or(process.dedupe.filter(|_| !is_own));
        (dedupe.unwrap_or_default(), starter.unwrap_or_default())
    }

    /// `people` is a list to run over: one task each.
    pub(crate) fn compile_people(
        &self,
        compiler: &mut Compiler<'_>,
        inside: &mut Vec<(String, Type)>,
    ) -> Option<Each> {
        let rule = self.sign.as_ref().map(sign::SignSource::rule);
        let several = rule.is_some_and(|rule| rule != sign::SignRule::Any);
        let more = self.operations.as_ref().is_some_and(|operations| {
            operations.as_slice().contains(&Operation::AddSigner)
        });
        let list = match &self.people {
            Some(people) => {
                let list = compiler.expression(&["people"], people, None);
                let person = list.as_ref().and_then(|list| person_type(compiler, list));
                let known = person.clone().unwrap_or(Type::Any);
                inside.push((PERSON.to_owned(), known.clone()));
                compiler.environment = compiler.environment.clone().with(PERSON, known);
                let (Some(list), Some(_)) = (list, person) else {
                    self.compile_sign(compiler);
                    self.compile_score(compiler);
                    return None;
                };
                Listed::Given(list)
            }
            None if several && self.assign.is_none() => {
                let roles = self.compile_roles(compiler);
                let unit = match &self.unit {
                    Some(unit) => Some(compiler.dynamic(&["unit"], unit, None)?),
                    None => None,
                };
                inside.push((PERSON.to_owned(), Type::Id));
                compiler.environment = compiler.environment.clone().with(PERSON, Type::Id);
                Listed::Members { roles, unit }
            }
            None if more => Listed::One,
            None => return None,
        };
        let sign = match (&self.sign, &list) {
            (Some(_), _) => self.compile_sign(compiler),
            (None, Listed::One) => Some(sign::Sign::all()),
            (None, _) => None,
        };
        let mode = rule.map_or(Mode::Parallel, crate::step::mode_of);
        let score = self.compile_score(compiler);
        let item = PERSON.to_owned();
        Some(Each { list, item, label: None, mode, until: None, sign, score, results: None })
    }

    /// How score sheets are counted.
    pub(crate) fn compile_score(&self, compiler: &mut Compiler<'_>) -> Option<score::Score> {
        let score = self.score.as_ref()?;
        if self.sign.is_some() {
            let message = "expected either `score` or `sign`: sheets are counted, or votes";
            compiler.report(&["score"], Problem::error("scoreAndSign", message));
        }
        self.check_close(compiler, "score", score.close);
        let edits: Vec<&DocumentName> =
            self.edit.as_slice().iter().map(DocumentUse::document).collect();
        score.compile(compiler, &edits)
    }

    /// The rule of several signers.
    pub(crate) fn compile_sign(&self, compiler: &mut Compiler<'_>) -> Option<sign::Sign> {
        let outcomes: Vec<OutcomeName> = self.outcomes.keys().cloned().collect();
        let sign = self.sign.as_ref()?;
        self.check_close(compiler, "sign", sign.close());
        if sign.is_ballot() && !self.edit.as_slice().is_empty() {
            sign::ballot::refuse(compiler, &["edit"], "edit");
        }
        sign.compile(compiler, &outcomes)
    }

    /// What is counted at the deadline needs one, and goes nowhere else then.
    fn check_close(&self, compiler: &mut Compiler<'_>, key: &str, close: sign::Close) {
        if close == sign::Close::Due && self.due.is_none() {
            let message = "expected `due` as well: it is counted at the deadline";
            compiler.report(&[key, "close"], Problem::error("neverCloses", message));
        }
        if close == sign::Close::Due && self.overdue.as_ref().is_some_and(|it| it.to.is_some()) {
            let message = "expected no `to`: at the deadline it is counted, and goes on by that";
            compiler.report(&["overdue", "to"], Problem::error("closesTwice", message));
        }
    }

    /// Whether a vote adds the outcome `abstain` to it.
    pub(crate) fn adds_abstention(&self) -> bool {
        self.sign.as_ref().is_some_and(sign::SignSource::may_abstain)
            && !self.outcomes.contains_key(sign::ABSTAIN)
    }

    /// Adds the outcome `abstain`.
    pub(crate) fn add_abstention(&mut self) {
        let label = Text::Many(
            [(Language::Zh, "弃权".to_owned()), (Language::En, "Abstain".to_owned())].into(),
        );
        self.outcomes.insert(sign::ABSTAIN.into(), Outcome::Label(label));
    }

    fn compile_operations(&self, compiler: &mut Compiler<'_>) -> BTreeSet<Operation> {
        let Some(operations) = &self.operations else {
            return [Operation::Urge, Operation::Copy].into();
        };
        for (at, operation) in operations.as_slice().iter().enumerate() {
            if matches!(operation, Operation::Withdraw | Operation::Void | Operation::Reopen) {
                let message = format!("expected an operation on a task, found `{operation}`");
                let problem = Problem::error("operationOfCase", message)
                    .hint("it concerns the case: list it in the process's `operations`");
                compiler.report(&["operations", &at.to_string()], problem);
            }
        }
        operations.as_slice().iter().copied().collect()
    }

    fn compile_receivers(&self, compiler: &mut Compiler<'_>) -> Vec<RoleName> {
        let gives = [Operation::Transfer, Operation::Delegate, Operation::AddSigner];
        let operations = self.operations.as_ref().map_or(&[][..], OneOrMany::as_slice);
        if !self.receivers.as_slice().is_empty() && !operations.iter().any(|one| gives.contains(one)) {
            let message = "expected `transfer`, `delegate` or `addSigner` in `operations`: nobody can give \
                           the task to another";
            compiler.report(&["receivers"], Problem::warning("ignoredKey", message));
        }
        for (at, role) in self.receivers.as_slice().iter().enumerate() {
            match &self.receivers {
                OneOrMany::One(_) => compiler.role(&["receivers"], role),
                OneOrMany::Many(_) => compiler.role(&["receivers", &at.to_string()], role),
            }
        }
        self.receivers.as_slice().to_vec()
    }

    /// An outcome with everything that can be said of it.
    pub fn outcome(&self, name: &str) -> Option<OutcomeSource> {
        self.outcomes.get(name).map(Outcome::full)
    }
}

/// The type of one of `people`: an id, or an object that has one.
fn person_type(compiler: &mut Compiler<'_>, list: &Expression) -> Option<Type> {
    let person = match list.ty() {
        Type::List(person) => (**person).clone(),
        other => other.clone(),
    };
    let good = match &person {
        Type::Object(object) => object.fields.get("id").is_some_and(|id| id.ty.fits(&Type::Text)),
        other => other.fits(&Type::Text),
    };
    let is_list = matches!(list.ty(), Type::List(_) | Type::Any);
    if !good || !is_list {
        let message =
            format!("expected a list of people: ids, or objects with an `id`; found {}", list.ty());
        compiler.report(&["people"], Problem::error("wrongType", message));
        return None;
    }
    Some(person)
}
