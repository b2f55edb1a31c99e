//! The typing of operators: what each takes, what it gives, and the traps it refuses.

use cel::common::ast::{CallExpr, IdedExpr, operators as names};

use super::check::{Checked, Checker, unknown};
use super::node::{Node, Operator};
use super::types::Type;
use super::value::day;
use crate::problem::{Problem, did_you_mean};

impl Checker<'_> {
    /// Checks a call if it is an operator.
    pub(super) fn operator(&mut self, id: u64, call: &CallExpr) -> Option<Checked> {
        let operator = match (call.func_name.as_str(), call.args.as_slice()) {
            (names::CONDITIONAL, [condition, then, otherwise]) => {
                return Some(self.conditional(condition, then, otherwise));
            }
            (names::LOGICAL_AND | names::LOGICAL_OR, [left, right]) => {
                return Some(self.logical(call.func_name == names::LOGICAL_AND, left, right));
            }
            (names::LOGICAL_NOT, [of]) => {
                let (node, ty) = self.check(of);
                self.expect_bool(of.id, &ty);
                return Some((Node::Not(Box::new(node)), Type::Bool));
            }
            (names::NEGATE, [of]) => return Some(self.negate(id, of)),
            (names::INDEX, [of, index]) => return Some(self.index(id, of, index)),
            (names::IN, [item, row]) => return Some(self.member(id, item, row)),
            (name, [_, _]) => binary_operator(name)?,
            _ => return None,
        };
        let [left, right] = call.args.as_slice() else { return None };
        Some(self.binary(id, operator, left, right))
    }

    fn conditional(
        &mut self,
        condition: &IdedExpr,
        then: &IdedExpr,
        otherwise: &IdedExpr,
    ) -> Checked {
        let (condition_node, ty) = self.check(condition);
        self.expect_bool(condition.id, &ty);
        let (then, then_ty) = self.check(then);
        let (otherwise, otherwise_ty) = self.check(otherwise);
        let node = Node::Condition(Box::new(condition_node), Box::new(then), Box::new(otherwise));
        (node, then_ty.join(&otherwise_ty))
    }

    fn logical(&mut self, and: bool, left: &IdedExpr, right: &IdedExpr) -> Checked {
        let (left_node, ty) = self.check(left);
        self.expect_bool(left.id, &ty);
        let (right_node, ty) = self.check(right);
        self.expect_bool(right.id, &ty);
        let (left, right) = (Box::new(left_node), Box::new(right_node));
        (if and { Node::And(left, right) } else { Node::Or(left, right) }, Type::Bool)
    }

    fn negate(&mut self, id: u64, of: &IdedExpr) -> Checked {
        let (node, ty) = self.check(of);
        if !matches!(ty, Type::Int | Type::Double | Type::Duration | Type::Any | Type::Null) {
            let message = format!("expected a number after `-`, found {ty}");
            self.report(id, Problem::error("wrongType", message));
        }
        (Node::Negate(Box::new(node)), ty)
    }

    fn index(&mut self, id: u64, of: &IdedExpr, index: &IdedExpr) -> Checked {
        let (node, ty) = self.check(of);
        let (index_node, index_ty) = self.check(index);
        let (expected, result) = match &ty {
            Type::List(element) => (Type::Int, element.as_ref().clone()),
            Type::Map(value) => (Type::Text, value.as_ref().clone()),
            Type::Object(_) => {
                let result = match index_node.literal_text() {
                    Some(name) => {
                        let ty = self.field(index.id, &ty, name);
                        let name = name.to_owned();
                        return (Node::Field { of: Box::new(node), name, ty: ty.clone() }, ty);
                    }
                    None => Type::Any,
                };
                (Type::Text, result)
            }
            Type::Any | Type::Null => (Type::Any, Type::Any),
            other => {
                let message = format!("{other} has no elements by `[…]`");
                self.report(id, Problem::error("wrongType", message));
                return unknown();
            }
        };
        if !index_ty.fits(&expected) {
            let message = format!("expected {expected} in `[…]`, found {index_ty}");
            self.report(index.id, Problem::error("wrongType", message));
        }
        (Node::Index { of: Box::new(node), index: Box::new(index_node) }, result)
    }

    fn member(&mut self, id: u64, item: &IdedExpr, row: &IdedExpr) -> Checked {
        let (item_node, item_ty) = self.check(item);
        let (row_node, row_ty) = self.check(row);
        match &row_ty {
            Type::List(element) => {
                let options = match &row_node {
                    Node::List(nodes) => nodes.as_slice(),
                    _ => &[],
                };
                if options.is_empty() {
                    self.comparable(id, (&item_node, &item_ty), (&Node::nothing(), element));
                }
                for option in options {
                    self.comparable(id, (&item_node, &item_ty), (option, element));
                }
            }
            Type::Map(_) | Type::Object(_) | Type::Any | Type::Null => {}
            other => {
                let hint = match other {
                    text if text.is_text() => {
                        Some("for text, write contains(text, part)".to_owned())
                    }
                    _ => None,
                };
                let message = format!("`in` looks into a list or a map, found {other}");
                self.report(row.id, Problem::error("wrongType", message).maybe_hint(hint));
            }
        }
        (Node::In(Box::new(item_node), Box::new(row_node)), Type::Bool)
    }

    fn binary(
        &mut self,
        id: u64,
        operator: Operator,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Checked {
        let (left_node, left_ty) = self.check(left);
        let (right_node, right_ty) = self.check(right);
        let (operator, ty) = match operator {
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessEqual
            | Operator::Greater
            | Operator::GreaterEqual => {
                self.comparable(id, (&left_node, &left_ty), (&right_node, &right_ty));
                if !matches!(operator, Operator::Equal | Operator::NotEqual) {
                    self.ordered(id, &left_ty);
                    self.ordered(id, &right_ty);
                }
                (operator, Type::Bool)
            }
            _ => {
                let Some(result) = arithmetic(operator, &left_ty, &right_ty) else {
                    self.unfit(id, operator, &left_ty, &right_ty);
                    return unknown();
                };
                result
            }
        };
        (Node::Binary(operator, Box::new(left_node), Box::new(right_node)), ty)
    }

    /// Reports two sides that can never be equal, and options that a choice does not have.
    fn comparable(&mut self, id: u64, left: (&Node, &Type), right: (&Node, &Type)) {
        self.option(id, left.1, right.0);
        self.option(id, right.1, left.0);
        let (left_ty, right_ty) = (left.1, right.1);
        let fits = left_ty.fits(right_ty) || right_ty.fits(left_ty);
        let dates = date_with_text(left, right) || date_with_text(right, left);
        let text_with_date = matches!(
            (left_ty, right_ty),
            (Type::Date, text) | (text, Type::Date) if text.is_text()
        );
        if fits && (!text_with_date || dates) {
            return;
        }
        let hint = match (left_ty, right_ty) {
            (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => {
                Some("a point in time has a date by date(…), such as date(now)")
            }
            (Type::Date, _) | (_, Type::Date) if text_with_date => Some("write date('2026-03-31')"),
            (Type::Timestamp, Type::Text) | (Type::Text, Type::Timestamp) => {
                Some("write timestamp('2026-03-31T09:00:00+08:00')")
            }
            (Type::List(_), Type::Int) | (Type::Int, Type::List(_)) => {
                Some("to count a list, write size(…)")
            }
            _ => None,
        };
        let message = format!("{left_ty} cannot be compared with {right_ty}");
        self.report(id, Problem::error("wrongType", message).maybe_hint(hint.map(str::to_owned)));
    }

    fn option(&mut self, id: u64, ty: &Type, node: &Node) {
        let (Type::Choice(options), Some(text)) = (ty, node.literal_text()) else { return };
        if !options.iter().any(|option| option == text) {
            let known = options.iter().map(String::as_str);
            let hint = did_you_mean(text, known).unwrap_or_else(|| format!("it is {ty}"));
            let message = format!("`{text}` is not one of the options");
            self.report(id, Problem::error("unknownOption", message).hint(hint));
        }
    }

    fn ordered(&mut self, id: u64, ty: &Type) {
        if matches!(ty, Type::List(_) | Type::Map(_) | Type::Object(_)) {
            let message = format!("{ty} has no order, it is neither less nor more");
            self.report(id, Problem::error("wrongType", message));
        }
    }

    fn unfit(&mut self, id: u64, operator: Operator, left: &Type, right: &Type) {
        let sign = sign(operator);
        let problem = match (operator, left, right) {
            (Operator::Divide, Type::Int, Type::Int) => Problem::error(
                "wholeDivision",
                "dividing two whole numbers would drop the remainder (7 / 2 is 3 in CEL)",
            )
            .hint("write double(a) / b for the exact share, quotient(a, b) to drop the remainder"),
            (_, Type::Text, _) | (_, _, Type::Text) if operator == Operator::Add => {
                Problem::error("wrongType", format!("`+` does not join {left} and {right}"))
                    .hint("write string(…) around what is not text")
            }
            (_, Type::Date, Type::Int) => Problem::error(
                "wrongType",
                format!("`{sign}` does not work on a date and a number"),
            )
            .hint("write addDays(date, n) or addMonths(date, n)"),
            (_, Type::Timestamp, Type::Int) => Problem::error(
                "wrongType",
                format!("`{sign}` does not work on a point in time and a number"),
            )
            .hint("write days(n) or hours(n)"),
            _ => {
                Problem::error("wrongType", format!("`{sign}` does not work on {left} and {right}"))
            }
        };
        self.report(id, problem);
    }
}

/// A date beside a text that is written as one.
fn date_with_text(date: (&Node, &Type), text: (&Node, &Type)) -> bool {
    *date.1 == Type::Date && text.0.literal_text().is_some_and(|text| day(text).is_some())
}

/// The variant and the type of an arithmetic operator on two types.
fn arithmetic(operator: Operator, left: &Type, right: &Type) -> Option<(Operator, Type)> {
    use Type::{Any, Choice, Date, Double, Duration, Id, Int, List, Null, Text, Timestamp};
    let ty = match (operator, left, right) {
        (Operator::Divide, Int, Int) => return None,
        (Operator::Divide, Int | Double | Any | Null, Int | Double | Any | Null) => Double,
        (Operator::Modulo, Int | Any | Null, Int | Any | Null) => Int,
        (Operator::Add, Date, Duration) => return Some((Operator::AddToDate, Date)),
        (Operator::Subtract, Date, Duration) => return Some((Operator::SubtractFromDate, Date)),
        (Operator::Subtract, Date, Date) => return Some((Operator::BetweenDates, Duration)),
        (Operator::Divide | Operator::Modulo, _, _) => return None,
        (_, Int, Int) => Int,
        (_, Int | Double, Int | Double) => Double,
        (Operator::Multiply, Any | Null, Int | Double | Any | Null)
        | (Operator::Multiply, Int | Double, Any | Null) => Any,
        (Operator::Multiply, _, _) => return None,
        (Operator::Add, Text | Choice(_) | Id | Date, Text | Choice(_) | Id | Date) => Text,
        (Operator::Add, List(a), List(b)) => a.join(b).list(),
        (Operator::Add, Duration, Timestamp)
        | (Operator::Add | Operator::Subtract, Timestamp, Duration) => Timestamp,
        (Operator::Subtract, Timestamp, Timestamp) | (_, Duration, Duration) => Duration,
        (_, Any | Null, _) | (_, _, Any | Null) => Any,
        _ => return None,
    };
    Some((operator, ty))
}

fn binary_operator(name: &str) -> Option<Operator> {
    Some(match name {
        names::ADD => Operator::Add,
        names::SUBSTRACT => Operator::Subtract,
        names::MULTIPLY => Operator::Multiply,
        names::DIVIDE => Operator::Divide,
        names::MODULO => Operator::Modulo,
        names::LESS => Operator::Less,
        names::LESS_EQUALS => Operator::LessEqual,
        names::GREATER => Operator::Greater,
        names::GREATER_EQUALS => Operator::GreaterEqual,
        names::EQUALS => Operator::Equal,
        names::NOT_EQUALS => Operator::NotEqual,
        _ => return None,
    })
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add | Operator::AddToDate => "+",
        Operator::Subtract | Operator::SubtractFromDate | Operator::BetweenDates => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Modulo => "%",
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterEqual => ">=",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
    }
}
