//! Reads a parsed tree against the types of its environment: finds every problem, and makes the
//! tree that runs. The typing of operators is `operators.rs`.

use std::collections::BTreeMap;

use cel::common::ast::{
    ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, MapExpr, SelectExpr,
    operators as names,
};

use super::node::{Each, Literal, Node};
use super::parse::LOOP_NAME;
use super::types::{Environment, Type};
use super::{IN_DIRECTORY, LOOPS_MAX};
use crate::problem::{Problem, did_you_mean};

/// What a check collects.
pub(super) struct Checker<'e> {
    pub(super) environment: &'e Environment,
    offsets: &'e BTreeMap<u64, usize>,
    locals: Vec<(String, Type)>,
    pub(super) roots: Vec<(String, Type)>,
    pub(super) problems: Vec<Problem>,
}

/// Whether a name is whoever began the case, of whom the directory knows more than the case.
fn is_listed(name: &str, ty: &Type) -> bool {
    let Type::Object(object) = ty else { return false };
    name == "initiator" && ["fields", "manager"].iter().all(|own| object.fields.contains_key(*own))
}

/// A node and its type.
pub(super) type Checked = (Node, Type);

/// What stands for a part that could not be understood: it fits everywhere, so that one mistake is
/// one problem.
pub(super) fn unknown() -> Checked {
    (Node::nothing(), Type::Any)
}

impl<'e> Checker<'e> {
    pub(super) fn new(environment: &'e Environment, offsets: &'e BTreeMap<u64, usize>) -> Self {
        Self { environment, offsets, locals: Vec::new(), roots: Vec::new(), problems: Vec::new() }
    }

    /// Records a problem at a node.
    pub(super) fn report(&mut self, id: u64, problem: Problem) {
        let mut problem = problem;
        problem.offset = self.offsets.get(&id).copied();
        self.problems.push(problem);
    }

    /// Checks one node.
    pub(super) fn check(&mut self, expr: &IdedExpr) -> Checked {
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr.id, literal),
            Expr::Ident(name) if name == LOOP_NAME => self.name(expr.id, "loop"),
            Expr::Ident(name) => self.whole(expr.id, name),
            Expr::Select(select) => self.select(expr.id, select),
            Expr::Call(call) => self.call(expr.id, call),
            Expr::List(list) => {
                let mut joined = Type::Null;
                let mut nodes = Vec::with_capacity(list.elements.len());
                for element in &list.elements {
                    let (node, ty) = self.check(element);
                    joined = joined.join(&ty);
                    nodes.push(node);
                }
                let element = if nodes.is_empty() { Type::Any } else { joined };
                (Node::List(nodes), element.list())
            }
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(each) => self.each(expr.id, each),
            Expr::Struct(_) => self.unsupported(expr.id, "objects with a type name"),
            Expr::Unspecified => self.unsupported(expr.id, "an empty part"),
        }
    }

    fn unsupported(&mut self, id: u64, what: &str) -> Checked {
        self.report(
            id,
            Problem::error("unsupportedExpression", format!("{what} cannot be used here")),
        );
        unknown()
    }

    fn literal(&mut self, id: u64, literal: &LiteralValue) -> Checked {
        match literal {
            LiteralValue::Boolean(value) => {
                (Node::Literal(Literal::Bool(value.into_inner())), Type::Bool)
            }
            LiteralValue::Int(value) => (Node::Literal(Literal::Int(*value.inner())), Type::Int),
            LiteralValue::Double(value) => (Node::Literal(Literal::Double(**value)), Type::Double),
            LiteralValue::String(text) => {
                (Node::Literal(Literal::Text(text.inner().to_owned())), Type::Text)
            }
            LiteralValue::Null => (Node::nothing(), Type::Null),
            LiteralValue::UInt(_) => self.unsupported(id, "unsigned numbers such as `1u`"),
            LiteralValue::Bytes(_) => self.unsupported(id, "bytes such as b'…'"),
        }
    }

    /// A name by itself: of who began the case, all that the directory has is asked for.
    fn whole(&mut self, id: u64, name: &str) -> Checked {
        let checked = self.name(id, name);
        match checked {
            (Node::Root(_), ty) if is_listed(name, &ty) => self.in_directory(ty),
            checked => checked,
        }
    }

    /// The same name, as the directory has it when it is read.
    fn in_directory(&mut self, ty: Type) -> Checked {
        (Node::Root(self.root(IN_DIRECTORY, &ty)), ty)
    }

    fn root(&mut self, name: &str, ty: &Type) -> usize {
        self.roots.iter().position(|(root, _)| root == name).unwrap_or_else(|| {
            self.roots.push((name.to_owned(), ty.clone()));
            self.roots.len() - 1
        })
    }

    fn name(&mut self, id: u64, name: &str) -> Checked {
        if let Some(slot) = self.locals.iter().rposition(|(local, _)| local == name) {
            return (Node::Local(slot), self.locals[slot].1.clone());
        }
        let Some(field) = self.environment.get(name) else {
            let hint = match name {
                "yes" | "Yes" | "on" | "On" => "write `true`".to_owned(),
                "no" | "No" | "off" | "Off" => "write `false`".to_owned(),
                _ => self.resembling(name).unwrap_or_else(|| self.known_names()),
            };
            self.report(
                id,
                Problem::error("unknownName", format!("there is nothing called `{name}` here"))
                    .hint(hint),
            );
            return unknown();
        };
        let ty = field.ty.clone();
        (Node::Root(self.root(name, &ty)), ty)
    }

    fn resembling(&self, name: &str) -> Option<String> {
        let locals = self.locals.iter().map(|(local, _)| local.as_str());
        did_you_mean(name, self.environment.names().chain(locals))
    }

    fn known_names(&self) -> String {
        const SHOWN: usize = 12;
        let names: Vec<&str> = self.environment.names().take(SHOWN + 1).collect();
        match names.len() {
            0 => "no names can be used here".to_owned(),
            count if count > SHOWN => format!("it may use {}, …", names[..SHOWN].join(", ")),
            _ => format!("it may use {}", names.join(", ")),
        }
    }

    fn select(&mut self, id: u64, select: &SelectExpr) -> Checked {
        let (of, ty) = match &select.operand.expr {
            // These are written down with the case.
            Expr::Ident(name) if matches!(select.field.as_str(), "id" | "unit") => {
                self.name(select.operand.id, name)
            }
            _ => self.check(&select.operand),
        };
        let field = self.field(id, &ty, &select.field);
        let node = Node::Field { of: Box::new(of), name: select.field.clone(), ty: field.clone() };
        if select.test { (Node::Has(Box::new(node)), Type::Bool) } else { (node, field) }
    }

    /// The type of a field.
    pub(super) fn field(&mut self, id: u64, ty: &Type, name: &str) -> Type {
        match ty {
            Type::Object(object) => {
                if let Some(field) = object.fields.get(name) {
                    return field.ty.clone();
                }
                let known = object.fields.keys().map(String::as_str);
                let hint = did_you_mean(name, known.clone()).unwrap_or_else(|| {
                    format!("it has {}", known.take(12).collect::<Vec<_>>().join(", "))
                });
                let message = format!("{ty} has no field `{name}`");
                self.report(id, Problem::error("unknownField", message).hint(hint));
                Type::Any
            }
            Type::Map(value) => value.as_ref().clone(),
            Type::Any | Type::Null => Type::Any,
            Type::List(element) => {
                let message = format!("a {ty} has no field `{name}`; its elements may have");
                let hint = match element.as_ref() {
                    Type::Object(_) => {
                        format!("write `.map(x, x.{name})`, or `[0].{name}` for the first")
                    }
                    _ => format!("to count them, write size(…), not `.{name}`"),
                };
                self.report(id, Problem::error("unknownField", message).hint(hint));
                Type::Any
            }
            _ => {
                self.report(
                    id,
                    Problem::error("unknownField", format!("{ty} has no field `{name}`")),
                );
                Type::Any
            }
        }
    }

    fn map(&mut self, map: &MapExpr) -> Checked {
        let mut joined = Type::Null;
        let mut entries = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            let EntryExpr::MapEntry(pair) = &entry.expr else { continue };
            let (key, key_ty) = self.check(&pair.key);
            if !key_ty.fits(&Type::Text) {
                self.report(
                    pair.key.id,
                    Problem::error("wrongType", format!("expected text as a key, found {key_ty}")),
                );
            }
            let (value, ty) = self.check(&pair.value);
            joined = joined.join(&ty);
            entries.push((key, value));
        }
        let value = if entries.is_empty() { Type::Any } else { joined };
        (Node::Map(entries), Type::Map(Box::new(value)))
    }

    /// A loop, as the parser wrote out `all`, `exists`, `exists_one`, `map` and `filter`.
    fn each(&mut self, id: u64, source: &ComprehensionExpr) -> Checked {
        let Some((each, filter, body)) = read_loop(source) else {
            return self.unsupported(id, "this kind of loop");
        };
        if self.locals.len() >= LOOPS_MAX {
            let message = format!("at most {LOOPS_MAX} loops stand in one another");
            self.report(id, Problem::error("nestedLoops", message));
            return unknown();
        }
        let (over, ty) = self.check(&source.iter_range);
        let element = match &ty {
            Type::List(element) => element.as_ref().clone(),
            Type::Map(_) | Type::Object(_) => Type::Text,
            Type::Any | Type::Null => Type::Any,
            other => {
                let message = format!("expected a list to walk, found {other}");
                self.report(source.iter_range.id, Problem::error("wrongType", message));
                Type::Any
            }
        };
        let slot = self.locals.len();
        self.locals.push((source.iter_var.clone(), element.clone()));
        let filter = filter.map(|filter| {
            let (node, ty) = self.check(filter);
            self.expect_bool(filter.id, &ty);
            Box::new(node)
        });
        let (body_node, body_ty) = self.check(body);
        if each != Each::Map {
            self.expect_bool(body.id, &body_ty);
        }
        self.locals.truncate(slot);
        let ty = match each {
            Each::Map => body_ty.list(),
            Each::Filter => element.list(),
            Each::All | Each::Exists | Each::ExistsOne => Type::Bool,
        };
        let node =
            Node::Loop { each, over: Box::new(over), slot, filter, body: Box::new(body_node) };
        (node, ty)
    }

    /// Reports a result of the wrong type.
    pub(super) fn expect(&mut self, id: u64, node: &Node, ty: &Type, expected: &Type) {
        if let (Type::Choice(options), Some(text)) = (expected, node.literal_text()) {
            if !options.iter().any(|option| option == text) {
                let hint = did_you_mean(text, options.iter().map(String::as_str));
                let message = format!("expected {expected}, found `{text}`");
                self.report(id, Problem::error("unknownOption", message).maybe_hint(hint));
            }
        } else if !ty.fits(expected) {
            let message = format!("expected {expected}, but this gives {ty}");
            self.report(id, Problem::error("wrongResult", message));
        }
    }

    /// Reports what is not true or false.
    pub(super) fn expect_bool(&mut self, id: u64, ty: &Type) {
        if !ty.fits(&Type::Bool) {
            let message = format!("expected true/false, found {ty}");
            self.report(id, Problem::error("wrongType", message));
        }
    }
}

/// Which loop it is, its filter and its body.
fn read_loop(source: &ComprehensionExpr) -> Option<(Each, Option<&IdedExpr>, &IdedExpr)> {
    let Expr::Call(step) = &source.loop_step.expr else { return None };
    match (&source.accu_init.expr, step.func_name.as_str(), step.args.as_slice()) {
        (Expr::Literal(LiteralValue::Boolean(_)), names::LOGICAL_AND, [_, body]) => {
            Some((Each::All, None, body))
        }
        (Expr::Literal(LiteralValue::Boolean(_)), names::LOGICAL_OR, [_, body]) => {
            Some((Each::Exists, None, body))
        }
        (Expr::Literal(LiteralValue::Int(_)), names::CONDITIONAL, [body, _, _]) => {
            Some((Each::ExistsOne, None, body))
        }
        (Expr::List(_), names::ADD, [_, item]) => Some((Each::Map, None, single(item)?)),
        (Expr::List(_), names::CONDITIONAL, [condition, then, _]) => {
            let Expr::Call(then) = &then.expr else { return None };
            let item = single(then.args.get(1)?)?;
            let same = matches!(&item.expr, Expr::Ident(name) if *name == source.iter_var);
            Some(if same {
                (Each::Filter, None, condition)
            } else {
                (Each::Map, Some(condition), item)
            })
        }
        _ => None,
    }
}

fn single(list: &IdedExpr) -> Option<&IdedExpr> {
    match &list.expr {
        Expr::List(list) => list.elements.first(),
        _ => None,
    }
}
