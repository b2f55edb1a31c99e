//! The checked tree that runs: names resolved to slots, operators to variants, patterns compiled.
//! How it comes about is `check.rs`, what it does is `evaluate.rs`.

use serde_json::Value;

use super::functions::Function;
use super::superiors::Superiors;
use super::types::Type;
use super::words::Words;
use crate::ids::RegisterName;
use crate::text::Language;

/// A value written in the source.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
}

impl Literal {
    /// What it is as data.
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::from(*value),
            Self::Int(value) => Value::from(*value),
            Self::Double(value) => Value::from(*value),
            Self::Text(text) => Value::from(text.as_str()),
        }
    }
}

/// An operator of two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    /// A date and a duration of whole days.
    AddToDate,
    /// A date less a duration of whole days.
    SubtractFromDate,
    /// The duration between two dates.
    BetweenDates,
}

/// What a loop makes of its elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Each {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

/// One node of a checked expression.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Literal(Literal),
    /// A name of the scope, by its place in the expression's list of them.
    Root(usize),
    /// A loop variable, by its place on the stack.
    Local(usize),
    Field {
        of: Box<Node>,
        name: String,
        ty: Type,
    },
    Index {
        of: Box<Node>,
        index: Box<Node>,
    },
    /// Whether something is filled in.
    Has(Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Condition(Box<Node>, Box<Node>, Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Loop {
        each: Each,
        over: Box<Node>,
        slot: usize,
        filter: Option<Box<Node>>,
        body: Box<Node>,
    },
    Call(Function, Vec<Node>),
    Matches(Box<Node>, regex::Regex),
    /// The entry of a register that has a number.
    Entry {
        register: RegisterName,
        number: Box<Node>,
        ty: Type,
    },
    /// The entries of a register in which a column has a value.
    Entries {
        register: RegisterName,
        column: String,
        value: Box<Node>,
        ty: Type,
    },
    /// Whom a person reports to: so many levels up, or everybody above them.
    Superiors {
        of: Box<Node>,
        levels: Option<Box<Node>>,
        asked: Superiors,
    },
    /// What the directory has of a unit.
    Unit(Box<Node>),
    /// What people call it.
    Words {
        of: Box<Node>,
        words: Words,
        language: Language,
    },
}

impl Node {
    /// The text, if the node is a text written in the source.
    pub(super) fn literal_text(&self) -> Option<&str> {
        match self {
            Self::Literal(Literal::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// What stands for something that could not be understood.
    pub(super) fn nothing() -> Self {
        Self::Literal(Literal::Null)
    }
}
