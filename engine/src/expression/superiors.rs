//! `manager(id)` and `managers(id)`: whom a person reports to. Their typing, and what they do. What the
//! directory says is the scope's; an evaluation fetches nothing.

use std::borrow::Cow;
use std::rc::Rc;

use cel::common::ast::IdedExpr;

use super::check::{Checked, Checker, unknown};
use super::evaluate::Machine;
use super::library::wrong;
use super::node::Node;
use super::types::Type;
use super::value::Val;
use crate::problem::Problem;

/// So many levels up a step goes.
pub const SUPERIORS_MAX: u8 = 10;
/// Steps that a look at the directory costs.
const LOOK_STEPS: usize = 500;

/// Which of a person's superiors are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Superiors {
    /// The one so many levels up.
    One,
    /// All up to so many levels, the nearest first.
    All,
}

impl Superiors {
    const fn name(self) -> &'static str {
        match self {
            Self::One => "manager",
            Self::All => "managers",
        }
    }

    const fn usage(self) -> &'static str {
        match self {
            Self::One => "manager(initiator.id), or manager(initiator.id, 2)",
            Self::All => "managers(initiator.id), or managers(initiator.id, 2)",
        }
    }
}

impl Checker<'_> {
    /// A call of one of them.
    pub(super) fn superiors_of(
        &mut self,
        id: u64,
        asked: Superiors,
        given: &[&IdedExpr],
    ) -> Checked {
        let name = asked.name();
        let (of, levels) = match given {
            [of] => (of, None),
            [of, levels] => (of, Some(levels)),
            _ => {
                let message =
                    format!("expected `{name}` of a person, and how many levels up at most");
                let problem = Problem::error("wrongArguments", message);
                self.report(id, problem.hint(format!("write {}", asked.usage())));
                return unknown();
            }
        };
        let (of_id, (of, ty)) = (of.id, self.check(of));
        if !self.environment.knows_names() {
            let message = format!("expected `{name}` in a process: nobody is known here");
            let hint = "a form by itself asks no directory; a rule of it does in a process";
            self.report(id, Problem::error("noDirectory", message).hint(hint));
        } else if !ty.fits(&Type::Id) && !ty.fits(&Type::Text) {
            let message = format!("`{name}` expects the id of a person, found {ty}");
            self.report(of_id, Problem::error("wrongType", message));
        }
        let levels = levels.map(|levels| {
            let (node, ty) = self.check(levels);
            if !ty.fits(&Type::Int) {
                let message = format!("`{name}` expects a number of levels, found {ty}");
                self.report(levels.id, Problem::error("wrongType", message));
            }
            Box::new(node)
        });
        let gives = match asked {
            Superiors::One => Type::Id,
            Superiors::All => Type::Id.list(),
        };
        (Node::Superiors { of: Box::new(of), levels, asked }, gives)
    }
}

impl<'a> Machine<'a> {
    /// Whom a person reports to; nothing where nobody is so far above them.
    pub(super) fn superiors(
        &mut self,
        of: &Val<'a>,
        levels: Option<&Val<'a>>,
        asked: Superiors,
    ) -> Result<Val<'a>, String> {
        let of = match of {
            Val::Null => return Ok(Val::Null),
            Val::Text(id) => id.to_string(),
            other => return Err(wrong("text", other)),
        };
        let levels = match levels {
            None => None,
            Some(Val::Int(levels)) => Some(*levels),
            Some(Val::Null) => return Ok(Val::Null),
            Some(other) => return Err(wrong("a whole number", other)),
        };
        let all = match asked {
            Superiors::One => levels.unwrap_or(1),
            Superiors::All => levels.unwrap_or(i64::from(SUPERIORS_MAX) + 1),
        };
        let mut above: Vec<String> = Vec::new();
        while i64::try_from(above.len()).is_ok_and(|count| count < all) {
            self.charge(LOOK_STEPS)?;
            let at = above.last().unwrap_or(&of);
            let Some(next) = self.scope.manager_of(at) else { break };
            if above.len() == usize::from(SUPERIORS_MAX) {
                return Err(format!("more than {SUPERIORS_MAX} levels are above `{of}`"));
            }
            above.push(next);
        }
        let text = |id: String| Val::Text(Cow::Owned(id));
        Ok(match asked {
            Superiors::All => Val::List(Rc::new(above.into_iter().map(text).collect())),
            Superiors::One if levels.is_some_and(|levels| levels < 1) => Val::Null,
            Superiors::One => {
                let is_there = i64::try_from(above.len()).is_ok_and(|count| count == all);
                above.pop().filter(|_| is_there).map_or(Val::Null, text)
            }
        })
    }
}
