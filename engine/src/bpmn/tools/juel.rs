//! Camunda 7, Flowable and Activiti: three tools with one ancestor. Their extensions differ in the
//! namespace and in few names.

use serde_yaml::Value;

use super::http;
use crate::bpmn::form::FieldText;
use crate::bpmn::import::{Reading, clean};
use crate::bpmn::keys::{Keys, set};
use crate::bpmn::model::Process;
use crate::bpmn::names::{ACTIVITI, BPMN, CAMUNDA, FLOWABLE};
use crate::bpmn::xml::{Id, Tree};

/// The namespaces of the three.
const SPACES: [&str; 3] = [CAMUNDA, FLOWABLE, ACTIVITI];

/// An attribute in whichever of the namespaces it is.
fn attribute<'m>(reading: &mut Reading<'m>, element: Id, local: &str) -> Option<&'m str> {
    SPACES.into_iter().find_map(|space| reading.take(element, space, local))
}

/// An extension in whichever of the namespaces it is.
fn extension(reading: &mut Reading<'_>, element: Id, local: &str) -> Option<Id> {
    SPACES.into_iter().find_map(|space| reading.take_extension(element, space, local))
}

/// Children of an extension, of its own namespace.
fn children(tree: &Tree, element: Id, local: &str) -> Vec<Id> {
    let space = tree.space(element);
    tree.children(element, space, local).collect()
}

/// Fields of forms, and who began the case.
pub(super) fn gather<'m>(reading: &mut Reading<'m>, process: &Process<'m>) {
    for node in &process.nodes {
        if let Some(initiator) = attribute(reading, node.element, "initiator") {
            reading.set_initiator(initiator);
        }
        for space in SPACES {
            let many = reading.tree.child(node.element, BPMN, "multiInstanceLoopCharacteristics");
            let item = many.and_then(|many| reading.take(many, space, "elementVariable"));
            reading.items.extend(item);
        }
        for (name, field) in fields(reading, node.element) {
            super::field(reading, node.element, &name, field);
        }
    }
}

/// The fields of a task's or start event's form.
fn fields(reading: &mut Reading<'_>, element: Id) -> Vec<(String, Keys)> {
    let tree = reading.tree;
    let mut found = Vec::new();
    if let Some(data) = extension(reading, element, "formData") {
        for field in children(tree, data, "formField") {
            reading.take_element(field);
            let (id, kind) = (reading.take(field, "", "id"), reading.take(field, "", "type"));
            if let Some(id) = id {
                reading.identifier(id, field, "id");
            }
            let mut text = FieldText::new(id, kind);
            text.label = reading.take(field, "", "label");
            text.default = reading.take(field, "", "defaultValue");
            for validation in children(tree, field, "validation") {
                reading.take_element(validation);
                for constraint in children(tree, validation, "constraint") {
                    reading.take_element(constraint);
                    constrain(reading, constraint, &mut text);
                }
            }
            options(reading, field, "value", &mut text);
            found.extend(text.field());
        }
    }
    let extensions = tree.child(element, BPMN, "extensionElements");
    for space in [FLOWABLE, ACTIVITI] {
        let properties = extensions.map(|one| tree.children(one, space, "formProperty"));
        for property in properties.into_iter().flatten() {
            reading.take_element(property);
            let (id, kind) = (reading.take(property, "", "id"), reading.take(property, "", "type"));
            if let Some(id) = id {
                reading.identifier(id, property, "id");
            }
            let mut text = FieldText::new(id, kind);
            text.label = reading.take(property, "", "name");
            text.default = reading.take(property, "", "default");
            text.required = reading.take(property, "", "required") == Some("true");
            options(reading, property, "value", &mut text);
            found.extend(text.field());
        }
    }
    found
}

fn options<'m>(reading: &mut Reading<'m>, field: Id, local: &str, text: &mut FieldText<'m>) {
    let tree = reading.tree;
    for option in children(tree, field, local) {
        reading.take_element(option);
        let id = reading.take(option, "", "id").unwrap_or_default();
        text.options.push((id, reading.take(option, "", "name").unwrap_or(id)));
    }
}

fn constrain<'m>(reading: &mut Reading<'m>, constraint: Id, text: &mut FieldText<'m>) {
    let value = reading.take(constraint, "", "config");
    match reading.take(constraint, "", "name") {
        Some("required") => text.required = value != Some("false"),
        Some("min" | "minlength") => text.min = value,
        Some("max" | "maxlength") => text.max = value,
        name => {
            let message = format!("the constraint `{}` has no counterpart", name.unwrap_or("?"));
            reading.not_mapped(constraint, "name", message);
        }
    }
}

/// What is said of a process.
pub(super) fn process<'m>(reading: &mut Reading<'m>, process: &Process<'m>, keys: &mut Keys) {
    if let Some(groups) = attribute(reading, process.element, "candidateStarterGroups") {
        let roles: Vec<Value> = groups
            .split(',')
            .map(str::trim)
            .filter(|group| !group.is_empty())
            .map(|group| reading.role(group, group).into())
            .collect();
        keys.insert("startedBy".into(), Value::Sequence(roles));
    }
}

/// What is said of a node.
pub(super) fn node(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    match reading.tree.local(element) {
        "userTask" => user_task(reading, element, keys),
        "sendTask" if keys.contains_key("message") => {}
        "serviceTask" | "sendTask" => {
            keys.insert("type".into(), "serviceTask".into());
            service_task(reading, element, keys);
        }
        "businessRuleTask" => {
            if let Some(decision) = attribute(reading, element, "decisionRef") {
                keys.insert("decision".into(), clean(decision).into());
            }
            let into = attribute(reading, element, "resultVariable").unwrap_or("decisionResult");
            let into = reading.variable(into, element, "resultVariable");
            keys.insert("into".into(), into.into());
            if let Some(map) = attribute(reading, element, "mapDecisionResult")
                && !matches!(map, "singleEntry" | "singleResult")
            {
                let message = format!("`{map}`: a decision gives what its own table says");
                reading.not_mapped(element, "mapDecisionResult", message);
            }
        }
        "callActivity" => call(reading, element, keys),
        _ => {}
    }
}

fn user_task(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    if let Some(assignee) = attribute(reading, element, "assignee")
        && let Some(text) = reading.dynamic(assignee, element, "assignee")
    {
        let text = if text == "=initiator.id" { "initiator".to_owned() } else { text };
        keys.insert("assign".into(), text.into());
    }
    if let Some(groups) = attribute(reading, element, "candidateGroups") {
        super::groups(reading, element, "candidateGroups", groups, keys);
    }
    if let Some(users) = attribute(reading, element, "candidateUsers") {
        super::candidate_users(reading, element, "candidateUsers", users, keys);
    }
    if let Some(due) = attribute(reading, element, "dueDate") {
        super::due(reading, element, "dueDate", due, keys);
    }
    let own: Vec<String> = fields(reading, element).into_iter().map(|(name, _)| name).collect();
    if !own.is_empty() {
        keys.insert("edit".into(), reading.forms.edit(&own));
    }
}

/// A machine's work: an external worker keeps its topic, Java becomes one.
fn service_task(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    if http::camunda(reading, element, keys) || http::flowable(reading, element, keys) {
        return retries(reading, element, keys);
    }
    let kind = attribute(reading, element, "type");
    let topic = attribute(reading, element, "topic");
    match (kind, topic) {
        (Some("external" | "external-worker"), Some(topic)) => {
            keys.insert("topic".into(), topic.into());
        }
        (kind, topic) => {
            let java = ["class", "delegateExpression", "expression"]
                .into_iter()
                .find_map(|local| Some((local, attribute(reading, element, local)?)));
            let (local, text) = match java {
                Some(java) => java,
                None => ("type", kind.or(topic).unwrap_or_default()),
            };
            let name = match text {
                "" => "work".to_owned(),
                text => worker(text),
            };
            let why = match text {
                "" => "nothing says what does it".to_owned(),
                text => format!("`{text}` does not run here"),
            };
            reading.in_part(element, local, format!("{why}: a worker takes the topic `{name}`"));
            keys.insert("topic".into(), name.into());
        }
    }
    for local in ["resultVariable", "resultVariableName"] {
        if let Some(into) = attribute(reading, element, local) {
            let into = reading.variable(into, element, local);
            keys.insert("into".into(), into.into());
        }
    }
    retries(reading, element, keys);
    inputs(reading, element, keys);
}

/// What we call what Java does: the last name of a class, a bean or a method.
fn worker(text: &str) -> String {
    let name = text.trim_matches(['$', '#', '{', '}']);
    let name = name.split('(').next().unwrap_or(name);
    clean(name.rsplit('.').next().unwrap_or(name))
}

/// `R3/PT10M`: how often it is tried.
fn retries(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    let cycle = extension(reading, element, "failedJobRetryTimeCycle");
    let Some(cycle) = cycle else { return };
    let text = reading.tree.text(cycle);
    let times = text.strip_prefix('R').and_then(|rest| rest.split_once('/'));
    match times.and_then(|(times, _)| times.parse::<u32>().ok()) {
        Some(times) => {
            keys.insert("retries".into(), times.into());
        }
        None => reading.not_mapped(cycle, "", format!("expected `R3/PT10M`, found `{text}`")),
    }
}

/// What the worker is told.
fn inputs(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    let Some(mapping) = extension(reading, element, "inputOutput") else { return };
    let tree = reading.tree;
    for parameter in children(tree, mapping, "inputParameter") {
        let simple = tree.get(parameter).children.is_empty();
        let Some(name) = reading.take(parameter, "", "name").filter(|_| simple) else { continue };
        reading.take_element(parameter);
        if let Some(value) = reading.dynamic(tree.text(parameter), parameter, "") {
            set(keys, &["input", name], value.into());
        }
    }
}

/// What a called case is given and gives back: here that is documents, there it is variables.
fn call(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    let tree = reading.tree;
    let Some(extensions) = tree.child(element, BPMN, "extensionElements") else {
        return;
    };
    for space in SPACES {
        for local in ["in", "out"] {
            let all: Vec<Id> = tree.children(extensions, space, local).collect();
            for one in all {
                let whole = reading.take(one, "", "variables") == Some("all");
                match reading.forms.document().filter(|_| whole) {
                    Some(document) => {
                        reading.take_element(one);
                        let sign = if local == "in" { "=" } else { "" };
                        set(keys, &[local, document], format!("{sign}{document}").into());
                    }
                    None => {
                        reading.take_element(one);
                        reading.take_attributes(one);
                        let message = "a called case is given documents, not single variables: \
                                       say `in` and `out` by hand";
                        reading.not_mapped(one, "", message.to_owned());
                    }
                }
            }
        }
    }
}

/// The list of a multi-instance activity.
pub(super) fn many(reading: &mut Reading<'_>, element: Id, each: &mut Keys) {
    if let Some(list) = attribute(reading, element, "collection") {
        let text = match list.contains('{') {
            true => list.to_owned(),
            false => format!("${{{list}}}"),
        };
        if let Some(text) = reading.expression(&text, element, "collection") {
            each.insert("in".into(), text.into());
            let item = attribute(reading, element, "elementVariable").unwrap_or("item");
            let item = reading.identifier(item, element, "elementVariable");
            each.insert("as".into(), item.into());
        }
    }
}
