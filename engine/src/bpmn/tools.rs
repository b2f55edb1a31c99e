//! What other tools write into BPMN beyond the standard, as our keys: one file a tool.

mod http;
mod juel;
mod plain;
mod zeebe;

use std::collections::BTreeSet;

use serde_yaml::Value;

use super::expression::{self, Language};
use super::form::Added;
use super::import::{Raw, Reading};
use super::keys::Keys;
use super::model::Process;
use super::names::{
    ACTIVITI, CAMUNDA, EXPORTER, FLOWABLE, MANDATE, MODELER, SIGNAVIO, SIGNAVIO_OLD, ZEEBE,
};
use super::time;
use super::xml::{Element, Id, ROOT, Tree};
use crate::definition::source::Repeat;

/// The tool that wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Mandate itself.
    Mandate,
    /// Camunda 7.
    Camunda,
    /// Camunda 8.
    Zeebe,
    /// Flowable.
    Flowable,
    /// Activiti.
    Activiti,
    /// Signavio.
    Signavio,
    /// Plain BPMN.
    Other,
}

impl Tool {
    /// Its name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mandate => "Mandate",
            Self::Camunda => "Camunda 7",
            Self::Zeebe => "Camunda 8 (Zeebe)",
            Self::Flowable => "Flowable",
            Self::Activiti => "Activiti",
            Self::Signavio => "Signavio",
            Self::Other => "BPMN 2.0",
        }
    }

    /// What its expressions are written in, where a file does not say.
    pub(super) const fn language(self) -> Language {
        match self {
            Self::Mandate => Language::Cel,
            Self::Zeebe => Language::Feel,
            Self::Camunda | Self::Flowable | Self::Activiti | Self::Signavio | Self::Other => {
                Language::Juel
            }
        }
    }
}

/// The tool that a file says it is for, else by the namespaces that it uses or declares.
pub(super) fn detect(tree: &Tree) -> Tool {
    let known = [
        (ZEEBE, Tool::Zeebe),
        (CAMUNDA, Tool::Camunda),
        (FLOWABLE, Tool::Flowable),
        (ACTIVITI, Tool::Activiti),
        (SIGNAVIO, Tool::Signavio),
        (SIGNAVIO_OLD, Tool::Signavio),
    ];
    // Our namespace alone says nothing: what changed is put into files of others.
    if tree.attribute(ROOT, "exporter") == Some(EXPORTER) {
        return Tool::Mandate;
    }
    match tree.attribute_in(ROOT, MODELER, "executionPlatform") {
        Some("Camunda Cloud") => return Tool::Zeebe,
        Some("Camunda Platform") => return Tool::Camunda,
        Some(_) | None => {}
    }
    // A namespace may be declared and not used.
    let used: BTreeSet<u16> = tree.elements.iter().flat_map(Element::spaces).collect();
    let is = |space: &str, at: usize| *tree.spaces[at] == *space;
    let find = |among: &dyn Fn(&str) -> bool| known.iter().find(|(space, _)| among(space));
    find(&|space| used.iter().any(|at| is(space, usize::from(*at))))
        .or_else(|| find(&|space| (0..tree.spaces.len()).any(|at| is(space, at))))
        .map_or(Tool::Other, |(_, tool)| *tool)
}

/// Gathers what expressions need to know before any is read: fields of forms, who began the case.
pub(super) fn gather<'m>(reading: &mut Reading<'m>, process: &Process<'m>) {
    juel::gather(reading, process);
    zeebe::gather(reading, process);
    plain::gather(reading, process);
}

/// What is said of a process.
pub(super) fn process<'m>(reading: &mut Reading<'m>, process: &Process<'m>, keys: &mut Keys) {
    juel::process(reading, process, keys);
}

/// What is said of a node.
pub(super) fn node<'m>(
    reading: &mut Reading<'m>,
    process: &Process<'m>,
    at: usize,
    keys: &mut Keys,
) {
    let element = process.nodes[at].element;
    let setting = reading.extension(element, MANDATE, "node");
    let is_whole = setting.is_some_and(|one| reading.tree.attribute(one, "whole") == Some("true"));
    // A node that we put into another tool's file says all in our extension.
    if reading.own || is_whole {
        return;
    }
    match reading.tool {
        Tool::Camunda | Tool::Flowable | Tool::Activiti => juel::node(reading, element, keys),
        Tool::Zeebe => zeebe::node(reading, process.element, element, keys),
        Tool::Mandate | Tool::Signavio | Tool::Other => {}
    }
    plain::node(reading, process, at, keys);
}

/// What follows from several nodes together.
pub(super) fn whole(reading: &mut Reading<'_>, process: &Process<'_>, raw: &mut Raw) {
    if !reading.own {
        plain::decisions(reading, process, raw);
    }
}

/// What is said of a multi-instance activity.
pub(super) fn many(reading: &mut Reading<'_>, element: Id, each: &mut Keys) {
    juel::many(reading, element, each);
    zeebe::many(reading, element, each);
}

/// What is said of a message, signal or error that an event refers to.
pub(super) fn referred(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    zeebe::message(reading, element, keys);
}

/// Takes a field of an element's form, and says what of it is lost.
fn field(reading: &mut Reading<'_>, element: Id, name: &str, field: Keys) {
    match reading.forms.add(name, field) {
        Added::Whole => {}
        Added::Otherwise => {
            let message = format!(
                "an earlier form describes the field `{name}` otherwise: its type, label and rules hold here too"
            );
            reading.in_part(element, "", message);
        }
        Added::TooMany => {
            let message = format!("the field `{name}` is one too many for a form");
            reading.not_mapped(element, "", message);
        }
    }
}

/// Candidate groups are roles.
fn groups(reading: &mut Reading<'_>, element: Id, attribute: &str, text: &str, keys: &mut Keys) {
    if expression::is_dynamic(text) {
        let message = format!("expected roles by name, found the expression `{text}`");
        reading.not_mapped(element, attribute, message);
        return;
    }
    let mut roles: Vec<Value> = match keys.shift_remove("role") {
        Some(Value::Sequence(roles)) => roles,
        Some(role) => vec![role],
        None => Vec::new(),
    };
    for group in text.split(',').map(str::trim).filter(|group| !group.is_empty()) {
        roles.push(reading.role(group, group).into());
    }
    let value = match roles.len() {
        0 => return,
        1 => roles.remove(0),
        _ => Value::Sequence(roles),
    };
    keys.insert("role".into(), value);
}

/// Candidate users: one alone is whose the task is; several would each have a task with us.
fn candidate_users(
    reading: &mut Reading<'_>,
    element: Id,
    attribute: &str,
    text: &str,
    keys: &mut Keys,
) {
    let several = text.contains(',');
    let taken = keys.contains_key("assign") || keys.contains_key("role");
    match reading.dynamic(text, element, attribute).filter(|_| !several && !taken) {
        Some(user) => drop(keys.insert("assign".into(), user.into())),
        None => {
            let message = format!("candidates by name (`{text}`): give them a role instead");
            reading.not_mapped(element, attribute, message);
        }
    }
}

/// A due date.
fn due(reading: &mut Reading<'_>, element: Id, attribute: &str, text: &str, keys: &mut Keys) {
    let value = match time::read(text, reading.weekdays()) {
        time::Found::Time(value, Repeat::Always(false)) => Some(value),
        time::Found::Near(value, Repeat::Always(false)) => {
            reading.in_part(element, attribute, time::whole_minutes(text, &value));
            Some(value)
        }
        time::Found::Expression if expression::is_dynamic(text) => {
            reading.expression(text, element, attribute).map(|text| {
                let mut on = Keys::new();
                on.insert("on".into(), text.into());
                Value::Mapping(on)
            })
        }
        time::Found::Time(..)
        | time::Found::Near(..)
        | time::Found::Expression
        | time::Found::Unknown(_) => {
            let message = format!("expected a date or a period such as `P5D`, found `{text}`");
            reading.not_mapped(element, attribute, message);
            None
        }
    };
    if let Some(value) = value {
        keys.insert("due".into(), value);
    }
}
