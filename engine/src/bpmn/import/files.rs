//! The files that an import gives: each process as YAML, its form, and the roles it needs.

use std::fmt::Write;

use serde_yaml::Value;

use super::{Raw, Reading, order, validate, ways};
use crate::bpmn::keys::Keys;
use crate::definition::source::ProcessSource;
use crate::yaml;

/// What came of a process.
#[derive(Debug)]
pub(in crate::bpmn) struct Written {
    pub(in crate::bpmn) name: String,
    /// `processes/….yaml`.
    pub(in crate::bpmn) yaml: String,
    /// What the YAML says; none where the language cannot say it (yet).
    pub(in crate::bpmn) source: Option<ProcessSource>,
    /// `forms/….yaml`, where it has fields.
    pub(in crate::bpmn) form: Option<(String, String)>,
    /// Roles with their names for people.
    pub(in crate::bpmn) roles: Vec<(String, String)>,
}

/// Writes every process. What it cannot say is reported.
pub(in crate::bpmn) fn files(mut reading: Reading<'_>) -> Vec<Written> {
    let raws = reading.raws();
    raws.into_iter().map(|raw| write(&mut reading, raw)).collect()
}

fn write(reading: &mut Reading<'_>, mut raw: Raw) -> Written {
    ways::draw(&mut raw, reading.own);
    validate::check(reading, &raw);
    let nodes = order::nodes(&raw, reading.own);
    let mut keys = raw.keys.clone();
    keys.insert("nodes".into(), Value::Mapping(nodes));
    let yaml = text(&keys);
    let source = source(reading, &raw, &yaml);
    let form = raw.forms.source().map(|form| (raw.forms.name().to_owned(), text(&form)));
    let roles = raw.roles.into_iter().collect();
    Written { name: raw.name, yaml, source, form, roles }
}

/// Reads what was written. Where that fails the reason has been reported already, but for what
/// concerns the process as a whole.
fn source(reading: &mut Reading<'_>, raw: &Raw, text: &str) -> Option<ProcessSource> {
    let read = yaml::parse("process.yaml", text.as_bytes())
        .and_then(|tree| yaml::read::<ProcessSource>(&tree, &[]));
    match read {
        Ok(source) => Some(source),
        Err(problems) if !reading.report.has_errors() => {
            let mut why = String::new();
            for problem in problems.iter().take(3) {
                write!(why, " {}", problem.message).expect("writing to a string does not fail");
            }
            reading.unsupported(raw.element, format!("the process cannot be said:{why}"));
            None
        }
        Err(_) => None,
    }
}

/// Keys as YAML, without marks of the byte order, which nobody sees and no YAML of ours may have.
pub(in crate::bpmn) fn text(keys: &Keys) -> String {
    let text = serde_yaml::to_string(keys).expect("keys are texts and depths are bounded");
    text.replace('\u{FEFF}', "")
}
