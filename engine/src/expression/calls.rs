//! The typing of calls: which function is meant, and whether its arguments fit.

use cel::common::ast::{CallExpr, Expr, IdedExpr};

use super::PATTERN_BYTES_MAX;
use super::check::{Checked, Checker, unknown};
use super::functions::{self, Signature};
use super::node::Node;
use super::parse::HAS_NAME;
use super::registers;
use super::superiors::Superiors;
use super::types::Type;
use crate::problem::{Problem, nearest};

impl Checker<'_> {
    pub(super) fn call(&mut self, id: u64, call: &CallExpr) -> Checked {
        if call.target.is_none()
            && let Some(checked) = self.operator(id, call)
        {
            return checked;
        }
        let given: Vec<&IdedExpr> =
            call.target.iter().map(AsRef::as_ref).chain(&call.args).collect();
        match call.func_name.as_str() {
            HAS_NAME if given.len() == 1 => {
                let (node, _) = self.check(given[0]);
                (Node::Has(Box::new(node)), Type::Bool)
            }
            "matches" => self.matches(id, &given),
            name if registers::NAMES.contains(&name) => self.looking(id, name, &given),
            name @ ("name" | "label") => self.words(id, name, &given),
            "manager" => self.superiors_of(id, Superiors::One, &given),
            "managers" => self.superiors_of(id, Superiors::All, &given),
            "unit" => self.unit_of(id, &given),
            name => match functions::find(name) {
                Some(signature) => self.function(id, signature, &given),
                None => self.unknown_function(id, name, &given),
            },
        }
    }

    fn unknown_function(&mut self, id: u64, name: &str, given: &[&IdedExpr]) -> Checked {
        for argument in given {
            if !matches!(argument.expr, Expr::Ident(_)) {
                self.check(argument);
            }
        }
        let problem = match name {
            "all" | "exists" | "exists_one" | "existsOne" | "map" | "filter" => {
                Problem::error("wrongArguments", format!("`{name}` takes a name and what to do"))
                    .hint(format!("write `list.{name}(x, …)`"))
            }
            "has" => Problem::error("wrongArguments", "`has` takes one field or name")
                .hint("write `has(plan.name)`"),
            _ => {
                let known = functions::function_names();
                let hint = nearest(name, known).map_or_else(
                    || "the functions are listed in the language reference".to_owned(),
                    |near| match functions::find(near) {
                        Some(signature) => format!("did you mean `{}`?", signature.usage()),
                        None => format!("did you mean `{near}`?"),
                    },
                );
                Problem::error("unknownFunction", format!("there is no function `{name}`"))
                    .hint(hint)
            }
        };
        self.report(id, problem);
        unknown()
    }

    fn function(&mut self, id: u64, signature: &Signature, given: &[&IdedExpr]) -> Checked {
        let mut nodes = Vec::with_capacity(given.len());
        let mut types = Vec::with_capacity(given.len());
        for argument in given {
            let (node, ty) = self.check(argument);
            nodes.push(node);
            types.push(ty);
        }
        if !signature.takes(given.len()) {
            let message = format!(
                "`{}` does not take {} argument{}",
                signature.name,
                given.len(),
                if given.len() == 1 { "" } else { "s" }
            );
            self.report(
                id,
                Problem::error("wrongArguments", message)
                    .hint(format!("write {}", signature.usage())),
            );
            return unknown();
        }
        for (index, ty) in types.iter().enumerate() {
            let last = signature.parameters.len() - 1;
            let parameter = signature.parameters[index.min(last)];
            if !parameter.takes(ty) {
                let message =
                    format!("`{}` expects {}, found {ty}", signature.name, parameter.name());
                self.report(given[index].id, Problem::error("wrongType", message));
            }
        }
        if signature.function.is_of_workdays() && !self.environment.may_count_workdays() {
            let message = format!(
                "expected a calendar for `{}` to count working days by, but neither the process \
                 nor pack.yaml names one",
                signature.name
            );
            let hint = "name one of calendars/ as `calendar:` in pack.yaml";
            self.report(id, Problem::error("noCalendar", message).hint(hint));
        }
        self.literals(signature, &nodes, given);
        (Node::Call(signature.function, nodes), signature.result(&types))
    }

    /// Texts written in the source that must be a date, an instant or a duration.
    fn literals(&mut self, signature: &Signature, nodes: &[Node], given: &[&IdedExpr]) {
        let Some(text) = nodes.first().and_then(Node::literal_text) else { return };
        let (valid, example) = match signature.name {
            "date" => (super::value::day(text).is_some(), "date('2026-03-31')"),
            "timestamp" => {
                (super::value::instant(text).is_some(), "timestamp('2026-03-31T09:00:00+08:00')")
            }
            "duration" => (super::value::duration(text).is_some(), "duration('72h')"),
            _ => return,
        };
        if !valid {
            let message = format!("`{text}` is not a {}", signature.name);
            let problem = Problem::error("badLiteral", message).hint(format!("write {example}"));
            self.report(given[0].id, problem);
        }
    }

    fn matches(&mut self, id: u64, given: &[&IdedExpr]) -> Checked {
        let [of, pattern] = given else {
            self.report(
                id,
                Problem::error("wrongArguments", "`matches` takes a text and a pattern")
                    .hint("write matches(plan.code, '^[A-Z]+$')"),
            );
            return unknown();
        };
        let (node, ty) = self.check(of);
        if !ty.fits(&Type::Text) {
            let message = format!("`matches` expects text, found {ty}");
            self.report(of.id, Problem::error("wrongType", message));
        }
        let (pattern_node, _) = self.check(pattern);
        let Some(text) = pattern_node.literal_text() else {
            self.report(
                pattern.id,
                Problem::error("badPattern", "the pattern of `matches` must be written out"),
            );
            return unknown();
        };
        match super::pattern(text) {
            Ok(regex) => (Node::Matches(Box::new(node), regex), Type::Bool),
            Err(message) => {
                let problem = Problem::error("badPattern", message)
                    .hint(format!("a pattern is a regular expression of at most {PATTERN_BYTES_MAX} bytes once compiled"));
                self.report(pattern.id, problem);
                unknown()
            }
        }
    }
}
