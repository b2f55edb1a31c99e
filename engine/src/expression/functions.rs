//! The functions an expression may call: names, parameters, and the type of what they give. What
//! they do is `library.rs`. Each may be called as `f(a, b)` and as `a.f(b)`.

use super::types::Type;

/// A function of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Sum,
    Average,
    Min,
    Max,
    Distinct,
    First,
    Last,
    Join,
    Split,
    Contains,
    StartsWith,
    EndsWith,
    Trim,
    Lower,
    Upper,
    OrElse,
    Text,
    Int,
    Double,
    Round,
    Floor,
    Ceil,
    Abs,
    Quotient,
    Date,
    Timestamp,
    Duration,
    Days,
    Hours,
    Minutes,
    AddDays,
    AddMonths,
    AddYears,
    DaysBetween,
    Year,
    Month,
    Day,
    Weekday,
    IsWorkday,
    AddWorkdays,
    WorkdaysBetween,
}

impl Function {
    /// Whether it counts by a calendar of working days.
    pub(super) const fn is_of_workdays(self) -> bool {
        matches!(self, Self::IsWorkday | Self::AddWorkdays | Self::WorkdaysBetween)
    }
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    Any,
    Text,
    Int,
    Number,
    /// A list or a text.
    Row,
    /// A list, a map or a text.
    Sized,
    List,
    Numbers,
    Texts,
    /// A date or an instant.
    Time,
    /// A date, an instant, or a text that is a date.
    TimeOrText,
    /// A number or a text.
    Convertible,
    /// A text or an instant.
    InstantText,
    /// A text or a duration.
    DurationText,
}

impl Parameter {
    /// What the parameter takes, for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Text => "text",
            Self::Int => "a whole number",
            Self::Number => "a number",
            Self::Row => "a list or text",
            Self::Sized => "a list, a map or text",
            Self::List => "a list",
            Self::Numbers => "a list of numbers",
            Self::Texts => "a list of texts",
            Self::Time => "a date or a point in time",
            Self::TimeOrText => "a date, a point in time or text",
            Self::Convertible => "a number or text",
            Self::InstantText => "text or a point in time",
            Self::DurationText => "text or a duration",
        }
    }

    /// Whether a type can stand here.
    pub(super) fn takes(self, ty: &Type) -> bool {
        let text = ty.is_text() || matches!(ty, Type::Date);
        let number = matches!(ty, Type::Int | Type::Double);
        if matches!(ty, Type::Any | Type::Null) {
            return true;
        }
        match self {
            Self::Any => true,
            Self::Text => text,
            Self::Int => *ty == Type::Int,
            Self::Number => number,
            Self::Row => text || matches!(ty, Type::List(_)),
            Self::Sized => text || matches!(ty, Type::List(_) | Type::Map(_) | Type::Object(_)),
            Self::List => matches!(ty, Type::List(_)),
            Self::Numbers => element_of(ty).is_some_and(|element| Self::Number.takes(element)),
            Self::Texts => element_of(ty).is_some_and(|element| Self::Text.takes(element)),
            Self::Time => matches!(ty, Type::Date | Type::Timestamp),
            Self::Convertible => text || number || matches!(ty, Type::Bool),
            Self::TimeOrText | Self::InstantText => text || *ty == Type::Timestamp,
            Self::DurationText => text || *ty == Type::Duration,
        }
    }
}

fn element_of(ty: &Type) -> Option<&Type> {
    match ty {
        Type::List(element) => Some(element),
        _ => None,
    }
}

/// One line of the table.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) function: Function,
    pub(super) parameters: &'static [Parameter],
    /// How many of the parameters, from the end, may be left out.
    pub(super) optional: usize,
    /// Whether the last parameter may be repeated.
    pub(super) repeats: bool,
    result: Gives,
}

/// How the type of the result follows from those of the arguments.
#[derive(Debug, Clone, Copy)]
enum Gives {
    Bool,
    Int,
    Double,
    Text,
    Texts,
    Date,
    Timestamp,
    Duration,
    /// The same as the first argument.
    Same,
    /// An element of the first argument, or, without a list, what all arguments have in common.
    Element,
    /// What the first and the second have in common.
    Either,
}

impl Signature {
    /// The type of the result.
    pub(super) fn result(&self, arguments: &[Type]) -> Type {
        let first = arguments.first().unwrap_or(&Type::Any);
        match self.result {
            Gives::Bool => Type::Bool,
            Gives::Int => Type::Int,
            Gives::Double => Type::Double,
            Gives::Text => Type::Text,
            Gives::Texts => Type::Text.list(),
            Gives::Date => Type::Date,
            Gives::Timestamp => Type::Timestamp,
            Gives::Duration => Type::Duration,
            Gives::Same => first.clone(),
            Gives::Element => match (first, arguments.len()) {
                (Type::List(element), 1) => element.as_ref().clone(),
                _ => arguments.iter().fold(Type::Null, |joined, next| joined.join(next)),
            },
            Gives::Either => arguments.iter().fold(Type::Null, |joined, next| joined.join(next)),
        }
    }

    /// The call as one would write it: `addDays(a date or a point in time, a whole number)`.
    pub(super) fn usage(&self) -> String {
        let required = self.parameters.len() - self.optional;
        let mut text = format!("{}(", self.name);
        for (index, parameter) in self.parameters.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            text.push_str(separator);
            text.push_str(parameter.name());
            if index >= required {
                text.push_str(" (may be left out)");
            }
        }
        if self.repeats {
            text.push_str(", …");
        }
        text.push(')');
        text
    }

    /// Whether it takes that many arguments.
    pub(super) fn takes(&self, count: usize) -> bool {
        count >= self.parameters.len() - self.optional
            && (self.repeats || count <= self.parameters.len())
    }
}

/// The signature of a name.
pub(super) fn find(name: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.name == name)
}

/// Every name that may be called, macros included.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    SIGNATURES.iter().map(|signature| signature.name).chain([
        "has",
        "all",
        "exists",
        "exists_one",
        "existsOne",
        "map",
        "filter",
        "matches",
        "entry",
        "entries",
        "name",
        "label",
        "manager",
        "managers",
        "unit",
    ])
}

const fn plain(
    name: &'static str,
    function: Function,
    parameters: &'static [Parameter],
    result: Gives,
) -> Signature {
    Signature { name, function, parameters, optional: 0, repeats: false, result }
}

const fn with_optional(
    name: &'static str,
    function: Function,
    parameters: &'static [Parameter],
    result: Gives,
) -> Signature {
    Signature { name, function, parameters, optional: 1, repeats: false, result }
}

const fn repeated(name: &'static str, function: Function) -> Signature {
    Signature {
        name,
        function,
        parameters: &[Parameter::Any],
        optional: 0,
        repeats: true,
        result: Gives::Element,
    }
}

/// The table. To add a function: a line here, a variant, and its doing in `library.rs`.
pub(super) const SIGNATURES: &[Signature] = &[
    plain("size", Function::Size, &[Parameter::Sized], Gives::Int),
    plain("count", Function::Size, &[Parameter::Sized], Gives::Int),
    plain("sum", Function::Sum, &[Parameter::Numbers], Gives::Element),
    plain("average", Function::Average, &[Parameter::Numbers], Gives::Double),
    repeated("min", Function::Min),
    repeated("max", Function::Max),
    plain("distinct", Function::Distinct, &[Parameter::List], Gives::Same),
    plain("first", Function::First, &[Parameter::List], Gives::Element),
    plain("last", Function::Last, &[Parameter::List], Gives::Element),
    with_optional("join", Function::Join, &[Parameter::Texts, Parameter::Text], Gives::Text),
    plain("split", Function::Split, &[Parameter::Text, Parameter::Text], Gives::Texts),
    plain("contains", Function::Contains, &[Parameter::Row, Parameter::Any], Gives::Bool),
    plain("startsWith", Function::StartsWith, &[Parameter::Text, Parameter::Text], Gives::Bool),
    plain("endsWith", Function::EndsWith, &[Parameter::Text, Parameter::Text], Gives::Bool),
    plain("trim", Function::Trim, &[Parameter::Text], Gives::Text),
    plain("lower", Function::Lower, &[Parameter::Text], Gives::Text),
    plain("upper", Function::Upper, &[Parameter::Text], Gives::Text),
    plain("orElse", Function::OrElse, &[Parameter::Any, Parameter::Any], Gives::Either),
    plain("string", Function::Text, &[Parameter::Any], Gives::Text),
    plain("int", Function::Int, &[Parameter::Convertible], Gives::Int),
    plain("double", Function::Double, &[Parameter::Convertible], Gives::Double),
    with_optional("round", Function::Round, &[Parameter::Number, Parameter::Int], Gives::Double),
    plain("floor", Function::Floor, &[Parameter::Number], Gives::Int),
    plain("ceil", Function::Ceil, &[Parameter::Number], Gives::Int),
    plain("abs", Function::Abs, &[Parameter::Number], Gives::Same),
    plain("quotient", Function::Quotient, &[Parameter::Int, Parameter::Int], Gives::Int),
    plain("date", Function::Date, &[Parameter::TimeOrText], Gives::Date),
    plain("timestamp", Function::Timestamp, &[Parameter::InstantText], Gives::Timestamp),
    plain("duration", Function::Duration, &[Parameter::DurationText], Gives::Duration),
    plain("days", Function::Days, &[Parameter::Int], Gives::Duration),
    plain("hours", Function::Hours, &[Parameter::Int], Gives::Duration),
    plain("minutes", Function::Minutes, &[Parameter::Int], Gives::Duration),
    plain("addDays", Function::AddDays, &[Parameter::Time, Parameter::Int], Gives::Same),
    plain("addMonths", Function::AddMonths, &[Parameter::Time, Parameter::Int], Gives::Same),
    plain("addYears", Function::AddYears, &[Parameter::Time, Parameter::Int], Gives::Same),
    plain("daysBetween", Function::DaysBetween, &[Parameter::Time, Parameter::Time], Gives::Int),
    plain("year", Function::Year, &[Parameter::Time], Gives::Int),
    plain("month", Function::Month, &[Parameter::Time], Gives::Int),
    plain("day", Function::Day, &[Parameter::Time], Gives::Int),
    plain("weekday", Function::Weekday, &[Parameter::Time], Gives::Int),
    plain("isWorkday", Function::IsWorkday, &[Parameter::Time], Gives::Bool),
    plain("addWorkdays", Function::AddWorkdays, &[Parameter::Time, Parameter::Int], Gives::Same),
    plain(
        "workdaysBetween",
        Function::WorkdaysBetween,
        &[Parameter::Time, Parameter::Time],
        Gives::Int,
    ),
];
