//! BPMN 2.0 XML, in and out. [`import`] reads a file of any tool; what cannot be said in our
//! language is reported where it stands. [`export`] writes a process with a diagram, and
//! [`export_all`] writes processes that came in as XML into the file that they came from, so that
//! what did not change goes out as it came.
//!
//! The parts: `xml` (a tree with places), `model` (processes, nodes, flows), `rules` (what BPMN
//! forbids), `schema` (what may stand where), `table` (which element is which), `import` and `tools` (from there to YAML), `export`
//! and `layout` (from YAML to there), `over` (into the original file).

mod export;
mod expression;
mod form;
mod import;
mod keys;
mod layout;
mod model;
mod names;
mod over;
mod rules;
mod schema;
mod table;
mod time;
mod tools;
mod xml;

#[cfg(test)]
mod field_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod mapping_tests;
#[cfg(test)]
mod round_tests;
#[cfg(test)]
mod rules_tests;
#[cfg(test)]
mod sample_tests;
#[cfg(test)]
mod schema_tests;

use crate::definition::source::ProcessSource;
use crate::diagnostic::Diagnostic;

pub use tools::Tool;
pub use xml::FILE_BYTES_MAX;

/// What came of a file.
#[derive(Debug)]
pub struct Imported {
    /// The tool that wrote it.
    pub tool: Tool,
    /// Its processes; none where it breaks a rule of BPMN.
    pub processes: Vec<ImportedProcess>,
    /// Everything to be said about it, in the order of the file: errors are what breaks a rule or
    /// what our language does not have, warnings what was not or only partly mapped.
    pub problems: Vec<Diagnostic>,
}

/// A process of a file.
#[derive(Debug)]
pub struct ImportedProcess {
    /// Its name, which is also that of its file.
    pub name: String,
    /// The text of `processes/….yaml`.
    pub yaml: String,
    /// The same, read; none where the language cannot say all of it.
    pub source: Option<ProcessSource>,
    /// Name and text of `forms/….yaml`, where the tool's forms have fields.
    pub form: Option<(String, String)>,
    /// Roles that it uses, with their names for people.
    pub roles: Vec<(String, String)>,
}

/// Reads a file.
pub fn import(file: &str, bytes: &[u8]) -> Imported {
    let mut report = model::Report::default();
    let mut tool = Tool::Other;
    let mut processes = Vec::new();
    match xml::read(file, bytes) {
        Ok(tree) => {
            tool = tools::detect(&tree);
            let model = model::build(&tree, &mut report);
            if let Some(model) = &model {
                rules::check(model, &mut report);
            }
            if let Some(model) = model.filter(|_| !report.has_errors()) {
                let written = import::files(import::Reading::new(&model, &mut report));
                processes = written.into_iter().map(ImportedProcess::from).collect();
            }
            if let Some(rest) = report.rest() {
                report.problems.push(tree.warning_at_end("moreProblems", rest));
            }
        }
        Err(problem) => report.push(*problem),
    }
    let mut problems = report.problems;
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    problems.dedup();
    Imported { tool, processes, problems }
}

/// A file of BPMN that processes came from.
#[derive(Debug, Clone)]
pub struct Original {
    /// Its name.
    pub file: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A file of BPMN to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Its name.
    pub name: String,
    /// Its content.
    pub text: String,
    /// Whether it came from an original whose nodes or flows are no longer those of the process, so
    /// that it was written anew, with a new diagram and without other tools' extensions.
    pub anew: bool,
}

/// Processes as files of BPMN 2.0. Those that came in as XML go into the file that they came from.
pub fn export_all(processes: &[&ProcessSource], originals: &[Original]) -> Vec<Exported> {
    over::export_all(processes, originals)
}

/// A file of BPMN whose processes are in YAML still as its import wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untouched {
    /// The names of its processes.
    pub processes: Vec<String>,
    /// The file as it came.
    pub file: Exported,
}

/// The originals that nobody touched since they were imported; `yaml` gives the text of a process by
/// its name. They go out as they came, though our language cannot say all that is in them.
pub fn untouched<'y>(
    originals: &[Original],
    yaml: impl Fn(&str) -> Option<&'y [u8]>,
) -> Vec<Untouched> {
    originals.iter().filter_map(|original| over::untouched(original, &yaml)).collect()
}

/// A value as YAML for people.
pub fn yaml_text(value: &serde_json::Value) -> String {
    serde_yaml::to_string(value).expect("JSON can be said in YAML")
}

/// A process as a file of BPMN 2.0, with a diagram.
pub fn export(process: &ProcessSource) -> String {
    export::file(&[process])
}

impl From<import::Written> for ImportedProcess {
    fn from(written: import::Written) -> Self {
        let import::Written { name, yaml, source, form, roles } = written;
        Self { name, yaml, source, form, roles }
    }
}
