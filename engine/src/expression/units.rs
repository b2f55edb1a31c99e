//! `unit(id)`: what the directory has of a unit. Its typing, and what it does. What the directory says is
//! the scope's; an evaluation fetches nothing.

use std::rc::Rc;

use cel::common::ast::IdedExpr;

use super::check::{Checked, Checker, unknown};
use super::evaluate::Machine;
use super::library::wrong;
use super::node::Node;
use super::types::{Field, Type};
use super::value::{ANY, Val, own};
use crate::problem::Problem;

/// Steps that a look at the directory costs.
const LOOK_STEPS: usize = 500;

impl Checker<'_> {
    /// A call of it.
    pub(super) fn unit_of(&mut self, id: u64, given: &[&IdedExpr]) -> Checked {
        let [of] = given else {
            let problem = Problem::error("wrongArguments", "expected `unit` of one unit");
            self.report(id, problem.hint("write unit(submitter.unit).uscc"));
            return unknown();
        };
        let (node, ty) = self.check(of);
        if !self.environment.knows_names() {
            let message = "expected `unit` in a process: nobody is known here";
            let hint = "a form by itself asks no directory; a rule of it does in a process";
            self.report(id, Problem::error("noDirectory", message).hint(hint));
        } else if !ty.fits(&Type::Id) && !ty.fits(&Type::Text) {
            let message = format!("`unit` expects the id of a unit, found {ty}");
            self.report(of.id, Problem::error("wrongType", message));
        }
        (Node::Unit(Box::new(node)), unit_type())
    }
}

/// What the directory has of a unit, to the expressions. The fields are the pack's own.
fn unit_type() -> Type {
    let known = [
        ("id", Type::Id),
        ("parent", Type::Id),
        ("uscc", Type::Text),
        ("kind", Type::Text),
        ("fields", Type::Map(Box::new(Type::Any))),
    ];
    let field = |(name, ty): (&str, Type)| (name.to_owned(), Field::optional(ty));
    Type::object("unit", known.map(field))
}

impl<'a> Machine<'a> {
    /// What the directory has of a unit; nothing where there is no such unit.
    pub(super) fn unit(&mut self, of: &'a Node) -> Result<Val<'a>, String> {
        let id = match self.run(of)? {
            Val::Null => return Ok(Val::Null),
            Val::Text(id) => id,
            other => return Err(wrong("text", &other)),
        };
        self.charge(LOOK_STEPS)?;
        let Some(unit) = self.scope.unit_of(&id) else { return Ok(Val::Null) };
        let fields = [
            ("id", Some(unit.id.as_str())),
            ("parent", unit.parent.as_ref().map(crate::ids::UnitId::as_str)),
            ("uscc", unit.uscc.as_deref()),
            ("kind", unit.kind.as_deref()),
        ];
        let text = |text: &str| Val::Text(text.to_owned().into());
        let known = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.map_or(Val::Null, text)));
        let more = own(&serde_json::Value::Object(unit.fields.clone()), &ANY)?;
        let all = known.chain([("fields".to_owned(), more)]);
        Ok(Val::Map(Rc::new(all.collect())))
    }
}
