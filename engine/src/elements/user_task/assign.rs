//! Whose a task is from the start: what its YAML may say under `assign`.

use super::{Nobody, Pass, UserTask, sign};
use crate::actor::Actor;
use crate::definition::source::{OneOrMany, Outcome, Requirement};
use crate::definition::{Compiler, Dynamic};
use crate::expression::{SUPERIORS_MAX, Type};
use crate::problem::Problem;

/// How many levels up `assign: manager` may go.
const MANAGER_LEVELS_MAX: u8 = SUPERIORS_MAX;

/// The word for whom the one who began the case reports to.
const MANAGER: &str = "manager";

/// How many levels up `manager` or `manager 2` is; none of what is neither, or goes up too far.
pub(crate) fn manager_levels(text: &str) -> Option<u8> {
    let levels = match text.strip_prefix(MANAGER)? {
        "" => 1,
        levels => levels.strip_prefix(' ')?.trim().parse().ok()?,
    };
    (1..=MANAGER_LEVELS_MAX).contains(&levels).then_some(levels)
}

/// Whose a task is from the start, compiled.
#[derive(Debug)]
pub(super) enum Assign {
    Initiator,
    Previous,
    /// The signer that a run is about.
    Listed,
    /// Whom the one who began the case reports to, so many levels up.
    Manager(u8),
    To(Dynamic),
}

impl UserTask {
    pub(super) fn compile_assign(&self, compiler: &mut Compiler<'_>) -> Option<Assign> {
        match self.assign.as_deref() {
            None if self.asks_people() => Some(Assign::Listed),
            None => None,
            Some(text) if text == MANAGER || text.starts_with("manager ") => {
                match manager_levels(text) {
                    Some(levels) => Some(Assign::Manager(levels)),
                    None => {
                        let message = format!(
                            "expected `manager` or `manager 2`, up to {MANAGER_LEVELS_MAX} levels, found `{text}`"
                        );
                        let problem = Problem::error("badLevels", message)
                            .hint("as many levels as data say: `=manager(initiator.id, level)`");
                        compiler.report(&["assign"], problem);
                        None
                    }
                }
            }
            Some("initiator") => Some(Assign::Initiator),
            Some("previous") => Some(Assign::Previous),
            Some(text) => {
                compiler.dynamic(&["assign"], text, Some(&Type::Text)).map(Assign::To)
            }
        }
    }

    /// The roles that it is offered to: names, or expressions that give one.
    pub(super) fn compile_roles(&self, compiler: &mut Compiler<'_>) -> Vec<Dynamic> {
        let roles = self.role.as_ref().map_or(&[][..], OneOrMany::as_slice);
        let mut compiled = Vec::with_capacity(roles.len());
        for role in roles {
            let Some(role) = compiler.dynamic(&["role"], role.as_str(), Some(&Type::Text)) else {
                continue;
            };
            match &role {
                Dynamic::Literal(name) => compiler.role(&["role"], &name.as_str().into()),
                Dynamic::Expression(expression) => {
                    if let Type::Choice(names) = expression.ty() {
                        for name in names.iter() {
                            compiler.role(&["role"], &name.as_str().into());
                        }
                    }
                }
            }
            compiled.push(role);
        }
        compiled
    }

    /// Whether it is whoever began the case's, by name.
    pub(crate) fn is_the_initiators(&self) -> bool {
        self.assign.as_deref() == Some("initiator")
    }

    /// Whether it is a round whose signers see only what is their own until it is decided.
    pub(crate) fn is_secret(&self) -> bool {
        self.score.as_ref().is_some_and(|score| !score.open)
            || self.sign.as_ref().is_some_and(|sign| !sign.is_open())
    }

    /// Whether it is one task each for several people.
    pub(crate) fn asks_people(&self) -> bool {
        self.people.is_some() || self.asks_members()
    }

    /// Whether the task may be one of whoever begins the case, as far as the definition alone tells.
    pub(crate) fn may_be_of(&self, starter: &Actor) -> bool {
        let is_initiators = self.assign.as_deref() == Some("initiator");
        let roles = self.role.iter().flat_map(OneOrMany::as_slice);
        is_initiators || self.assign.is_none() && roles.into_iter().any(|role| starter.holds(role))
    }

    /// Whether everybody who holds the role signs.
    pub(super) fn asks_members(&self) -> bool {
        let rule = self.sign.as_ref().map(sign::SignSource::rule);
        self.people.is_none()
            && self.assign.is_none()
            && self.for_each.is_none()
            && self.again.is_none()
            && rule.is_some_and(|rule| rule != sign::SignRule::Any)
    }

    /// What is said of nobody being found: who gets it then, or that it is passed.
    pub(super) fn check_nobody(&self, compiler: &mut Compiler<'_>) {
        let Some(nobody) = &self.nobody else { return };
        let Some(gets) = nobody.gets() else {
            let rule = self.sign.as_ref().map(sign::SignSource::rule);
            let first = self.outcomes.values().next().map(Outcome::full);
            let asks_opinion = first.is_some_and(|it| it.comment == Requirement::Required);
            let why = if !self.edit.as_slice().is_empty() {
                "its form would be filled in by nobody"
            } else if rule == Some(sign::SignRule::Vote) || self.score.is_some() {
                "a vote, or a score, is cast by somebody"
            } else if asks_opinion {
                "its first outcome needs an opinion"
            } else {
                return;
            };
            let message = format!("expected a task that can be passed without anybody, but {why}");
            let problem = Problem::error("nobodyWho", message)
                .hint("say who gets it then: `nobody: { role: … }`");
            return compiler.report(&["nobody"], problem);
        };
        if gets.role.is_some() == gets.person.is_some() {
            let message = "expected either `role` or `person`: who gets it then";
            compiler.report(&["nobody"], Problem::error("nobodyWho", message));
        }
        if let Some(role) = &gets.role {
            compiler.role(&["nobody", "role"], role);
        }
    }

    /// The units for which those must hold their roles who get it where nobody is found, and to whom it
    /// is escalated.
    pub(super) fn compile_units(
        &self,
        compiler: &mut Compiler<'_>,
    ) -> (Option<Dynamic>, Option<Dynamic>) {
        let gets = self.nobody.as_ref().and_then(Nobody::gets);
        let nobody = gets.and_then(|gets| gets.unit.as_ref());
        let late = self.overdue.as_ref().and_then(|overdue| overdue.unit.as_ref());
        for (key, unit, role) in [
            ("nobody", nobody, gets.and_then(|gets| gets.role.as_ref())),
            ("overdue", late, self.overdue.as_ref().and_then(|overdue| overdue.escalate.as_ref())),
        ] {
            if unit.is_some() && role.is_none() {
                let message = "expected a role that is to be held for this unit";
                compiler.report(&[key, "unit"], Problem::error("ignoredKey", message));
            }
        }
        let mut compiled = |key, unit: Option<&String>| {
            unit.and_then(|unit| compiler.dynamic(&[key, "unit"], unit, None))
        };
        (compiled("nobody", nobody), compiled("overdue", late))
    }

    /// How it is passed where nobody is found; none where it is not passed then.
    pub(crate) fn passed_by_nobody(&self) -> Option<Pass> {
        let is_passed = self.nobody.as_ref().is_some_and(|nobody| nobody.gets().is_none());
        let by_first = || self.outcomes.keys().next().cloned().map_or(Pass::Plainly, Pass::By);
        is_passed.then(by_first)
    }
}
