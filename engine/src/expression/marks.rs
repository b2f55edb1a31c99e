//! Which values a condition tells apart, where all that it does with a name is to compare it with values
//! that are written out: between them it is the same everywhere.

use serde_json::Value;

use super::Expression;
use super::functions::Function;
use super::node::{Literal, Node, Operator};
use super::value::day;

impl Expression {
    /// The values that it compares a name with, days as text; none where it does anything else, or
    /// reads anything else.
    pub(crate) fn marks(&self, name: &str) -> Option<Vec<Value>> {
        let mut marks = Vec::new();
        let is_only = self.roots.iter().all(|(root, _)| root == name);
        (is_only && collect(&self.node, &mut marks)).then_some(marks)
    }
}

/// Adds the values; whether there is nothing else.
fn collect(node: &Node, marks: &mut Vec<Value>) -> bool {
    match node {
        Node::Root(_) | Node::Literal(Literal::Bool(_)) => true,
        Node::Not(of) => collect(of, marks),
        Node::And(left, right) | Node::Or(left, right) => {
            collect(left, marks) && collect(right, marks)
        }
        Node::Binary(operator, left, right) => {
            let mark = match (&**left, &**right) {
                (Node::Root(_), other) | (other, Node::Root(_)) => written(other),
                _ => None,
            };
            let compares = match operator {
                Operator::Equal | Operator::NotEqual => mark.is_some(),
                // Of texts, only those that are written are looked at.
                Operator::Less
                | Operator::LessEqual
                | Operator::Greater
                | Operator::GreaterEqual => mark.as_ref().is_some_and(is_sortable),
                Operator::Add
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide
                | Operator::Modulo
                | Operator::AddToDate
                | Operator::SubtractFromDate
                | Operator::BetweenDates => false,
            };
            marks.extend(mark);
            compares
        }
        Node::In(item, list) => match (&**item, &**list) {
            (Node::Root(_), Node::List(items)) => items.iter().all(|item| {
                let mark = written(item);
                marks.extend(mark.clone());
                mark.is_some()
            }),
            _ => false,
        },
        _ => false,
    }
}

fn is_sortable(mark: &Value) -> bool {
    match mark {
        Value::Number(_) => true,
        Value::String(text) => day(text).is_some(),
        _ => false,
    }
}

/// A value that is written out.
fn written(node: &Node) -> Option<Value> {
    match node {
        Node::Literal(literal) => Some(literal.value()),
        Node::Negate(of) => match &**of {
            Node::Literal(Literal::Int(value)) => value.checked_neg().map(Value::from),
            Node::Literal(Literal::Double(value)) => Some(Value::from(-value)),
            _ => None,
        },
        Node::Call(Function::Date, arguments) => match &arguments[..] {
            [Node::Literal(Literal::Text(text))] => day(text).map(|_| Value::from(text.as_str())),
            _ => None,
        },
        _ => None,
    }
}
