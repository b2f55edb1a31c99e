//! What is taken as it stands: the values that variables begin with, and what people read on nodes and
//! outcomes.

use serde_json::Value;

use super::Flat;
use crate::definition::source::{ProcessSource, VariableSource};
use crate::elements::Element;
use crate::expression::taken_as_text;
use crate::problem::Problem;
use crate::text::Text;

/// Reports values that no variable of the type can have, and texts that are meant as expressions.
pub(super) fn check(source: &ProcessSource, flat: &[Flat<'_>], problems: &mut Vec<Problem>) {
    for (name, variable) in &source.variables {
        let problem = initial(variable);
        problems.extend(problem.map(|it| it.under(&["variables", name, "initial"])));
    }
    text(&source.name, &["name".to_owned()], problems);
    for node in flat {
        let mut path = node.path.clone();
        path.push("name".to_owned());
        if let Some(name) = node.element.name() {
            text(name, &path, problems);
        }
        let Element::UserTask(task) = node.element else { continue };
        for (outcome, says) in &task.outcomes {
            let mut path = node.path.clone();
            path.extend(["outcomes".to_owned(), outcome.to_string()]);
            if matches!(says, crate::definition::source::Outcome::Full(_)) {
                path.push("label".to_owned());
            }
            text(&says.full().label, &path, problems);
        }
    }
}

fn text(text: &Text, path: &[String], problems: &mut Vec<Problem>) {
    let said: Vec<&str> = match text {
        Text::One(text) => vec![text],
        Text::Many(texts) => texts.iter().map(|(_, text)| text).collect(),
    };
    let problem = said.into_iter().find_map(taken_as_text);
    problems.extend(problem.map(|problem| problem.under(path)));
}

/// What is wrong with the value that a variable begins with.
fn initial(variable: &VariableSource) -> Option<Problem> {
    let value = variable.initial.as_ref()?;
    let hint = "it begins with this value as it stands; a script task works one out: `set: { … }`";
    if let Some(expected) = variable.kind.mismatch(value) {
        let message = format!("expected {expected}, found {}", shown(value));
        let problem = Problem::error("wrongType", message);
        let is_worked_out = matches!(value, Value::String(text) if text.starts_with('='));
        return Some(if is_worked_out { problem.hint(hint) } else { problem });
    }
    let problem = taken_as_text(value.as_str()?)?;
    Some(problem.hint(hint))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) | Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {
            format!("`{value}`")
        }
    }
}
