//! The names that a process's expressions may use, with their types.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Flat, written};
use crate::definition::source::{ProcessSource, VariableType};
use crate::definition::{Library, Register};
use crate::elements::Element;
use crate::expression::{Environment, Field, Options, Type};
use crate::ids::RegisterName;
use crate::register::OF_EVERY_ENTRY;

/// The type a variable has in expressions.
pub(crate) fn type_of(kind: VariableType) -> Type {
    match kind {
        VariableType::Text => Type::Text,
        VariableType::Integer => Type::Int,
        VariableType::Decimal => Type::Double,
        VariableType::Boolean => Type::Bool,
        VariableType::Date => Type::Date,
        VariableType::DateTime => Type::Timestamp,
        VariableType::Texts => Type::Text.list(),
        VariableType::Any => Type::Any,
    }
}

/// `loop.index`, inside a multi-instance activity.
pub(super) fn loop_type() -> Type {
    Type::object("loop", [("index".to_owned(), Field::required(Type::Int))])
}

/// What entries of each register are like.
fn registers(library: &Library) -> BTreeMap<RegisterName, Type> {
    let of_every =
        OF_EVERY_ENTRY.into_iter().zip([Type::Text, Type::Int, Type::Timestamp, Type::Timestamp]);
    let of_every = of_every.map(|(name, ty)| (name.to_owned(), Field::required(ty)));
    let row = |(name, register): (&RegisterName, &Register)| {
        let columns = register.columns.keys().map(|column| {
            let kind = register.types.get(column).copied().unwrap_or(VariableType::Any);
            (column.clone(), Field::optional(type_of(kind)))
        });
        let fields = of_every.clone().chain(columns);
        (name.clone(), Type::object(format!("entry of {name}"), fields))
    };
    library.registers.iter().map(row).collect()
}

/// Documents, variables and what the case knows of itself.
pub(super) fn of_process(
    source: &ProcessSource,
    library: &Library,
    flat: &[Flat<'_>],
) -> Environment {
    let text = || Field::optional(Type::Text);
    let id = || Field::optional(Type::Id);
    let mut environment = library
        .environment(source.calendar.as_ref())
        .with_registers(registers(library))
        .with_directory()
        .with("now", Type::Timestamp)
        .with(
            "instance",
            Type::object(
                "instance",
                [
                    ("id".to_owned(), Field::required(Type::Text)),
                    ("number".to_owned(), text()),
                    ("title".to_owned(), text()),
                    ("startedAt".to_owned(), Field::required(Type::Timestamp)),
                    ("process".to_owned(), Field::required(Type::Text)),
                ],
            ),
        )
        .with_optional(
            "initiator",
            Type::object(
                "initiator",
                [
                    ("id".to_owned(), Field::required(Type::Id)),
                    ("unit".to_owned(), id()),
                    ("name".to_owned(), text()),
                    ("manager".to_owned(), id()),
                    ("fields".to_owned(), Field::required(initiator_fields(library))),
                ],
            ),
        )
        .with(
            "outcomes",
            Type::object("outcomes", per_node(flat, |element| outcome_field(element, library))),
        )
        .with("tally", Type::object("tally", per_node(flat, tally_field)))
        .with("rounds", Type::object("rounds", per_node(flat, |_| Field::required(Type::Int))))
        .with("who", Type::object("who", per_node(flat, |_| Field::optional(Type::Id))));
    for name in source.variables.keys() {
        let ty = written::variable(source, library, flat, name).unwrap_or(Type::Any);
        environment.insert(name.clone(), Field::optional(ty));
    }
    for (name, document) in &source.documents {
        let form = library.forms.get(&document.form);
        let one = form.map_or(Type::Any, |form| form.object_type());
        let field = if document.list { Field::required(one.list()) } else { Field::optional(one) };
        environment.insert(name.as_str(), field);
    }
    environment
}

/// What the directory knows of whoever began the case: where the pack names people, what it says of
/// any of them.
fn initiator_fields(library: &Library) -> Type {
    let known: BTreeSet<&String> = library.people_fields.values().flatten().collect();
    if known.is_empty() || library.as_written {
        return Type::Map(Box::new(Type::Any));
    }
    let fields = known.into_iter().map(|name| (name.clone(), Field::optional(Type::Any)));
    Type::object("initiator.fields", fields)
}

fn per_node(
    flat: &[Flat<'_>],
    field: impl Fn(&Element) -> Field,
) -> impl Iterator<Item = (String, Field)> {
    let fields: Vec<(String, Field)> =
        flat.iter().map(|node| (node.name.as_str().to_owned(), field(node.element))).collect();
    fields.into_iter()
}

fn outcome_field(element: &Element, library: &Library) -> Field {
    match element {
        Element::CallActivity(call) if !library.as_written => {
            match library.endings.get(&call.process).filter(|endings| !endings.is_empty()) {
                Some(endings) => Field::optional(Type::choice(
                    endings.iter().map(crate::ids::OutcomeName::as_str),
                )),
                None => Field::optional(Type::Text),
            }
        }
        Element::UserTask(task) if !task.outcomes.is_empty() => {
            let outcomes = task.outcomes.iter();
            let labelled = outcomes.map(|(name, it)| (name.to_string(), it.full().label));
            Field::optional(Type::Choice(Arc::new(Options::labelled(labelled))))
        }
        _ => Field::optional(Type::Text),
    }
}

fn tally_field(element: &Element) -> Field {
    if matches!(element, Element::CallActivity(_)) {
        // How the called case ends is its own definition's business.
        return Field::required(Type::Map(Box::new(Type::Int)));
    }
    let total = [("total".to_owned(), Field::required(Type::Int))];
    let outcomes = match element {
        Element::UserTask(task) => task
            .outcomes
            .keys()
            .map(|outcome| (outcome.as_str().to_owned(), Field::required(Type::Int)))
            .collect(),
        _ => Vec::new(),
    };
    Field::required(Type::object("tally", outcomes.into_iter().chain(total)))
}
