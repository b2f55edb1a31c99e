//! Every notice filled once, with something in every field that a case could have: what fails then would
//! fail when it is sent, and nobody would get it.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::definition::source::{ProcessSource, VariableType};
use engine::elements::Element;
use engine::form::{FieldSource, FieldType, FormSource};
use engine::ids::NoticeName;
use engine::pack::Pack;
use engine::problem::Problem;
use engine::text::{Language, Text};
use notifier::template::{
    Case, Context, Extension, Reader, RenderError, Site, Stopped, Submission, Task, Templates,
    Words,
};
use serde_json::{Map, Value, json};

const LANGUAGES: [(Language, &str); 2] = [(Language::Zh, "zh"), (Language::En, "en")];

/// What a notice is sent for, which decides what it is told of beside the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// A task: it is there.
    Task,
    /// A task or an intake that stays open longer.
    Extension,
    /// What somebody handed in.
    Receipt,
    /// What was taken away.
    Stopped,
    /// The case, or something that is no task.
    Case,
}

impl For {
    const fn what(self) -> &'static str {
        match self {
            Self::Task => "a task",
            Self::Extension => "an intake that stays open longer",
            Self::Receipt => "a submission",
            Self::Stopped => "what is taken away",
            Self::Case => "the case",
        }
    }
}

/// Notices that fail, at their texts; a notice is told of once.
pub(super) fn failing(pack: &Pack, templates: &Templates) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for process in pack.processes.values() {
        let documents = documents(pack, process);
        for (sent, name) in uses(process) {
            let Some(notice) = pack.notices.get(&name) else { continue };
            if reads_anything(process, templates, &name) {
                continue;
            }
            let words = Arc::new(Words::default());
            for (language, key) in LANGUAGES {
                let context = context(sent, process, &documents);
                let Err(RenderError::Failed { part, message, .. }) =
                    templates.render(&name, language, &context, &words)
                else {
                    continue;
                };
                let text = if part == "subject" { &notice.subject } else { &notice.body };
                let path = match text {
                    Text::One(_) => vec![name.as_str(), part],
                    Text::Many(_) => vec![name.as_str(), part, key],
                };
                let message = format!(
                    "expected a notice that can be filled, but sent by `{}` for {} it cannot: {message}",
                    process.process,
                    sent.what()
                );
                let hint =
                    "what may not be there is asked for first: `{% if task %} … {% endif %}`";
                let problem = Problem::warning("noticeFails", message).hint(hint).under(&path);
                if problems.iter().all(|other| other.path[0] != problem.path[0]) {
                    problems.push(problem);
                }
            }
        }
    }
    problems
}

/// What a process sends, and for what.
fn uses(process: &ProcessSource) -> Vec<(For, NoticeName)> {
    let own = &process.notices;
    let slots = [
        (For::Task, &own.task),
        (For::Task, &own.reminder),
        (For::Task, &own.overdue),
        (For::Task, &own.outcome),
        (For::Task, &own.urge),
        (For::Extension, &own.extended),
        (For::Receipt, &own.receipt),
        (For::Stopped, &own.stopped),
        (For::Case, &own.ended),
        (For::Case, &own.copy),
    ];
    let mut uses: Vec<(For, NoticeName)> =
        slots.into_iter().filter_map(|(sent, name)| Some((sent, name.clone()?))).collect();
    process.nodes.values().for_each(|element| of_element(element, &mut uses));
    uses
}

fn of_element(element: &Element, uses: &mut Vec<(For, NoticeName)>) {
    match element {
        Element::Notify(notify) => uses.push((For::Case, notify.notice.clone())),
        Element::UserTask(task) => {
            uses.extend(task.notice.iter().map(|name| (For::Task, name.clone())));
        }
        _ => {}
    }
    let inside = element.nodes().into_iter().flat_map(|nodes| nodes.values());
    inside.for_each(|element| of_element(element, uses));
}

/// Whether a notice reads a variable of which nobody knows what it holds.
fn reads_anything(process: &ProcessSource, templates: &Templates, notice: &NoticeName) -> bool {
    let variables = process.variables.iter().filter(|(_, it)| it.kind == VariableType::Any);
    let names: Vec<String> = variables.map(|(name, _)| format!("variables.{name}")).collect();
    templates.own_names().any(|own| {
        own.notice == *notice && names.iter().any(|name| own.name.starts_with(name.as_str()))
    })
}

fn context(sent: For, process: &ProcessSource, documents: &BTreeMap<String, Value>) -> Context {
    let text = || "…".to_owned();
    let some = || Some(text());
    let variables = process.variables.iter();
    Context {
        site: Site { name: text(), url: text() },
        case: Case {
            number: text(),
            title: text(),
            process: text(),
            starter: some(),
            outcome: some(),
            outcome_label: some(),
            url: text(),
        },
        task: (sent == For::Task).then(|| Task {
            name: text(),
            item: some(),
            basis: some(),
            due: some(),
            working: some(),
            assignee: some(),
            absent: some(),
            absent_reason: some(),
            outcome: some(),
            comment: some(),
            url: text(),
        }),
        submission: (sent == For::Receipt).then(|| Submission {
            received_at: text(),
            hash: text(),
            intake: text(),
            by: some(),
            number: Some(1),
        }),
        extension: (sent == For::Extension).then(|| Extension {
            reason: text(),
            until: text(),
            working: text(),
        }),
        stopped: (sent == For::Stopped).then(|| Stopped {
            how: text(),
            reason: some(),
            node: text(),
        }),
        recipient: Reader { name: text() },
        documents: documents.clone(),
        variables: variables.map(|(name, it)| (name.clone(), variable(it.kind))).collect(),
    }
}

fn variable(kind: VariableType) -> Value {
    match kind {
        VariableType::Text | VariableType::DateTime => json!("…"),
        VariableType::Integer => json!(1),
        VariableType::Decimal => json!(1.5),
        VariableType::Boolean => json!(true),
        VariableType::Date => json!("2026-03-31"),
        VariableType::Texts => json!(["…"]),
        // What it holds nobody knows: what reads it is not tried.
        VariableType::Any => Value::Null,
    }
}

fn documents(pack: &Pack, process: &ProcessSource) -> BTreeMap<String, Value> {
    let documents = process.documents.iter().filter_map(|(name, document)| {
        let one = whole(pack.forms.get(&document.form)?);
        Some((name.to_string(), if document.list { json!([one]) } else { one }))
    });
    documents.collect()
}

fn whole(form: &FormSource) -> Value {
    let sections = form.sections.iter().flat_map(|section| &section.fields);
    filled(sections.chain(&form.fields))
}

fn filled<'a>(fields: impl Iterator<Item = (&'a String, &'a FieldSource)>) -> Value {
    let fields = fields.map(|(name, field)| (name.clone(), value(field)));
    Value::Object(fields.collect::<Map<String, Value>>())
}

fn value(field: &FieldSource) -> Value {
    match field.kind {
        FieldType::Text
        | FieldType::LongText
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Uscc
        | FieldType::Url
        | FieldType::Person
        | FieldType::Unit => json!("…"),
        FieldType::Integer | FieldType::Computed => json!(1),
        FieldType::Decimal => json!(1.5),
        FieldType::Boolean | FieldType::Declaration => json!(true),
        FieldType::Choice => field.options.keys().next().map_or(json!("…"), |first| json!(first)),
        FieldType::Choices => json!(field.options.keys().take(1).collect::<Vec<_>>()),
        FieldType::Date => json!("2026-03-31"),
        FieldType::DateTime => json!("2026-03-31T09:00:00+08:00"),
        FieldType::File => {
            let file = json!({ "name": "…", "type": "application/pdf", "size": 1, "hash": "…" });
            if field.many == Some(true) { json!([file]) } else { file }
        }
        FieldType::Table => json!([filled(field.columns.iter())]),
        FieldType::Group => filled(field.fields.iter()),
    }
}
