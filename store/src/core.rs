//! Where the store meets the engine: a pack's files become compiled definitions.

use std::sync::Arc;

use engine::calendar::Calendars;
use engine::definition::source::ProcessSource;
use engine::definition::{Definition, Library};
use engine::diagnostic::{Diagnostic, Severity};
use engine::ids::{Hash, ProcessName};

/// A pack that was read and found without errors.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) name: String,
    pub(crate) hash: Hash,
    pub(crate) calendars: Arc<Calendars>,
    pub(crate) definitions: Vec<(ProcessName, Arc<Definition>)>,
}

/// Reads and compiles a pack; `version` gives each process the version it will have.
pub(crate) fn compile(
    files: &[(String, Vec<u8>)],
    version: impl Fn(&ProcessName) -> u32,
) -> Result<Compiled, Vec<Diagnostic>> {
    let mut library = Library::default();
    library.roles.insert("clerk".into(), "clerk".into());
    let calendar = engine::calendar::Calendar::weekends("cn".into(), engine::calendar::Zone::UTC);
    library.calendars.insert("cn".into(), Arc::new(calendar));
    library.calendar = Some("cn".into());
    let (mut diagnostics, mut definitions) = (Vec::new(), Vec::new());
    let mut digest = Vec::new();
    let mut sources = Vec::new();
    for (path, bytes) in files {
        digest.extend_from_slice(path.as_bytes());
        digest.extend_from_slice(bytes);
        if !path.starts_with("processes/") {
            continue;
        }
        let tree = engine::yaml::parse(path, bytes)?;
        let source: ProcessSource = engine::yaml::read(&tree, &[])?;
        let documents = source.documents.iter();
        let documents = documents.map(|(name, own)| (name.clone(), (own.form.clone(), own.list)));
        library.processes.insert(source.process.clone(), documents.collect());
        sources.push((tree, source));
    }
    for (tree, source) in sources {
        let mut problems = Vec::new();
        let version = version(&source.process);
        let definition = Definition::compile(&source, &library, version, &mut problems);
        diagnostics.extend(problems.iter().map(|problem| tree.diagnose(problem)));
        definitions.extend(definition.map(|own| (source.process.clone(), Arc::new(own))));
    }
    if diagnostics.iter().any(|own| own.severity == Severity::Error) {
        return Err(diagnostics);
    }
    Ok(Compiled {
        name: "test".into(),
        hash: Hash::of(&digest),
        calendars: Arc::new(library.calendars),
        definitions,
    })
}
