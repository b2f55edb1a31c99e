//! Camunda 8: extension elements of the namespace `zeebe`, expressions in FEEL, forms as JSON.

use serde_json::Value as Json;

use super::http;
use crate::bpmn::form::FieldText;
use crate::bpmn::import::{Reading, clean};
use crate::bpmn::keys::{Keys, set};
use crate::bpmn::model::Process;
use crate::bpmn::names::{BPMN, ZEEBE};
use crate::bpmn::time;
use crate::bpmn::xml::{Id, Tree};

/// Fields of one form.
const FIELDS_MAX: usize = 500;

/// Fields of forms.
pub(super) fn gather<'m>(reading: &mut Reading<'m>, process: &Process<'m>) {
    for node in &process.nodes {
        let many = reading.tree.child(node.element, BPMN, "multiInstanceLoopCharacteristics");
        let many = many.and_then(|many| reading.extension(many, ZEEBE, "loopCharacteristics"));
        let item = many.and_then(|many| reading.take(many, "", "inputElement"));
        reading.items.extend(item);
        for (name, field) in fields(reading, process.element, node.element) {
            super::field(reading, node.element, &name, field);
        }
    }
}

/// The fields of the form that a task refers to, where it is in the file.
fn fields(reading: &mut Reading<'_>, process: Id, element: Id) -> Vec<(String, Keys)> {
    let tree = reading.tree;
    let Some(definition) = reading.extension(element, ZEEBE, "formDefinition") else {
        return Vec::new();
    };
    let Some(form) = form(tree, process, definition) else { return Vec::new() };
    for (element, attribute) in [(definition, "formKey"), (form, "id")] {
        reading.take_element(element);
        reading.take(element, "", attribute);
    }
    let Ok(json) = serde_json::from_str::<Json>(tree.text(form)) else {
        reading.not_mapped(form, "", "expected a form as JSON".to_owned());
        return Vec::new();
    };
    let components = json.get("components").and_then(Json::as_array);
    let mut found = Vec::new();
    for component in components.into_iter().flatten().take(FIELDS_MAX) {
        let Some(field) = field(component) else { continue };
        let name = component.get("key").and_then(Json::as_str).unwrap_or_default();
        reading.identifier(name, form, "");
        found.push(field);
    }
    found
}

/// `camunda-forms:bpmn:UserTaskForm_1` refers to a form of the process.
fn form(tree: &Tree, process: Id, definition: Id) -> Option<Id> {
    let key = tree.attribute(definition, "formKey")?;
    let id = key.strip_prefix("camunda-forms:bpmn:")?;
    let extensions = tree.child(process, BPMN, "extensionElements")?;
    let mut forms = tree.children(extensions, ZEEBE, "userTaskForm");
    forms.find(|form| tree.attribute(*form, "id") == Some(id))
}

fn field(component: &Json) -> Option<(String, Keys)> {
    let text = |key: &str| component.get(key).and_then(Json::as_str);
    let mut field = FieldText::new(text("key"), text("type"));
    field.label = text("label");
    let validate = component.get("validate");
    field.required =
        validate.and_then(|one| one.get("required")).and_then(Json::as_bool) == Some(true);
    let values = component.get("values").and_then(Json::as_array);
    for value in values.into_iter().flatten().take(FIELDS_MAX) {
        let id = value.get("value").and_then(Json::as_str).unwrap_or_default();
        field.options.push((id, value.get("label").and_then(Json::as_str).unwrap_or(id)));
    }
    field.field()
}

/// What is said of a node.
pub(super) fn node(reading: &mut Reading<'_>, process: Id, element: Id, keys: &mut Keys) {
    let tree = reading.tree;
    match tree.local(element) {
        "userTask" => user_task(reading, process, element, keys),
        "callActivity" => {
            if let Some(called) = reading.take_extension(element, ZEEBE, "calledElement")
                && let Some(id) = reading.take(called, "", "processId")
            {
                match id.starts_with('=') {
                    true => {
                        let message = "expected a process, found an expression".to_owned();
                        reading.not_mapped(called, "processId", message);
                    }

                    false => drop(keys.insert("process".into(), clean(id).into())),
                }
            }
        }
        "businessRuleTask" => {
            if let Some(called) = reading.take_extension(element, ZEEBE, "calledDecision") {
                let decision = reading.take(called, "", "decisionId").unwrap_or_default();
                keys.insert("decision".into(), clean(decision).into());
                let into = reading.take(called, "", "resultVariable").unwrap_or("decisionResult");
                let into = reading.variable(into, called, "resultVariable");
                keys.insert("into".into(), into.into());
            }
        }
        "scriptTask" => {
            if let Some(script) = reading.take_extension(element, ZEEBE, "script") {
                let text = reading.take(script, "", "expression").unwrap_or_default();
                let name = reading.take(script, "", "resultVariable").unwrap_or("result");
                let name = reading.variable(name, script, "resultVariable");
                if let Some(text) = reading.expression(text, script, "expression") {
                    set(keys, &["set", &name], text.into());
                }
            }
        }
        "sendTask" | "intermediateThrowEvent" | "endEvent" if keys.contains_key("message") => {
            publish(reading, element, keys);
        }
        "serviceTask" | "sendTask" => {
            keys.insert("type".into(), "serviceTask".into());
            job(reading, element, keys);
        }
        _ => {}
    }
}

fn user_task(reading: &mut Reading<'_>, process: Id, element: Id, keys: &mut Keys) {
    reading.take_extension(element, ZEEBE, "userTask");
    if let Some(assignment) = reading.take_extension(element, ZEEBE, "assignmentDefinition") {
        if let Some(assignee) = reading.take(assignment, "", "assignee")
            && let Some(text) = reading.dynamic(assignee, assignment, "assignee")
        {
            keys.insert("assign".into(), text.into());
        }
        if let Some(groups) = reading.take(assignment, "", "candidateGroups") {
            super::groups(reading, assignment, "candidateGroups", groups, keys);
        }
        if let Some(users) = reading.take(assignment, "", "candidateUsers") {
            super::candidate_users(reading, assignment, "candidateUsers", users, keys);
        }
    }
    if let Some(schedule) = reading.take_extension(element, ZEEBE, "taskSchedule") {
        if let Some(due) = reading.take(schedule, "", "dueDate") {
            super::due(reading, schedule, "dueDate", due, keys);
        }
        if reading.take(schedule, "", "followUpDate").is_some() {
            let message = "`followUpDate` has no counterpart; it stays in the XML file".to_owned();
            reading.not_mapped(schedule, "followUpDate", message);
        }
    }
    let fields = fields(reading, process, element);
    let own: Vec<String> = fields.into_iter().map(|(name, _)| name).collect();
    if !own.is_empty() {
        keys.insert("edit".into(), reading.forms.edit(&own));
    }
}

fn job(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    let tree = reading.tree;
    let is_call = http::zeebe(reading, element, keys);
    if let Some(definition) = reading.take_extension(element, ZEEBE, "taskDefinition") {
        let topic = reading.take(definition, "", "type").unwrap_or_default();
        if topic.starts_with('=') {
            reading.not_mapped(definition, "type", "expected the topic itself".to_owned());
        }
        if !is_call {
            keys.insert("topic".into(), topic.trim_start_matches('=').into());
        }
        if let Some(retries) = reading.take(definition, "", "retries") {
            match retries.parse::<u32>() {
                Ok(retries) => drop(keys.insert("retries".into(), retries.into())),
                Err(_) => reading.not_mapped(definition, "retries", "expected a number".to_owned()),
            }
        }
    }
    if is_call {
        return;
    }
    let Some(mapping) = reading.take_extension(element, ZEEBE, "ioMapping") else { return };
    let inputs: Vec<Id> = tree.children(mapping, ZEEBE, "input").collect();
    for input in inputs {
        reading.take_element(input);
        let source = reading.take(input, "", "source").unwrap_or_default();
        let target = reading.take(input, "", "target").unwrap_or_default();
        if let Some(value) = reading.dynamic(source, input, "source") {
            set(keys, &["input", target], value.into());
        }
    }
    let outputs: Vec<Id> = tree.children(mapping, ZEEBE, "output").collect();
    if let [output] = outputs.as_slice() {
        reading.take_element(*output);
        let target = reading.take(*output, "", "target").unwrap_or("result");
        if let Some(source) = reading.take(*output, "", "source") {
            let message = format!("`{target}` is all that the worker answers, not only `{source}`");
            reading.in_part(*output, "source", message);
        }
        let into = reading.variable(target, *output, "target");
        keys.insert("into".into(), into.into());
    }
}

/// The list of a multi-instance activity.
pub(super) fn many(reading: &mut Reading<'_>, element: Id, each: &mut Keys) {
    let Some(many) = reading.take_extension(element, ZEEBE, "loopCharacteristics") else { return };
    let list = reading.take(many, "", "inputCollection").unwrap_or_default();
    if let Some(text) = reading.expression(list, many, "inputCollection") {
        each.insert("in".into(), text.into());
        let item = reading.take(many, "", "inputElement").unwrap_or("item");
        let item = reading.identifier(item, many, "inputElement");
        each.insert("as".into(), item.into());
    }
    if let Some(collection) = reading.take(many, "", "outputCollection") {
        let given = reading.take(many, "", "outputElement").unwrap_or_default();
        if let Some(result) = reading.expression(given, many, "outputElement") {
            each.insert("result".into(), result.into());
            let into = reading.variable(collection, many, "outputCollection");
            each.insert("into".into(), into.into());
        }
    }
}

/// How a message is sent: with which key, and how long it is kept for whoever waits for it.
fn publish(reading: &mut Reading<'_>, element: Id, keys: &mut Keys) {
    let Some(sent) = reading.take_extension(element, ZEEBE, "publishMessage") else { return };
    if let Some(key) = reading.take(sent, "", "correlationKey")
        && let Some(text) = reading.dynamic(key, sent, "correlationKey")
    {
        keys.insert("key".into(), text.into());
    }
    if reading.take(sent, "", "messageId").is_some() {
        let message = "a message is sent once by its case and node, without an id".to_owned();
        reading.not_mapped(sent, "messageId", message);
    }
    let Some(text) = reading.take(sent, "", "timeToLive") else { return };
    match time::kept(text) {
        Some((keep, is_exact)) => {
            if !is_exact {
                let message = format!("`{text}` is kept for {keep}: whole minutes are counted");
                reading.in_part(sent, "timeToLive", message);
            }
            let name = keys.get("message").and_then(|name| name.as_str()).unwrap_or_default();
            reading.keep(name, &keep, sent);
        }
        None => {
            let message = format!("expected a period such as `PT1H`, found `{text}`");
            reading.not_mapped(sent, "timeToLive", message);
        }
    }
}

/// The correlation key of a message.
pub(super) fn message(reading: &mut Reading<'_>, message: Id, keys: &mut Keys) {
    if let Some(subscription) = reading.take_extension(message, ZEEBE, "subscription")
        && let Some(key) = reading.take(subscription, "", "correlationKey")
        && let Some(text) = reading.expression(key, subscription, "correlationKey")
    {
        keys.insert("key".into(), text.into());
    }
}
