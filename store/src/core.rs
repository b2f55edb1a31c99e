//! Where the store meets the engine: a pack's files become compiled definitions.

use std::sync::Arc;

use engine::calendar::Calendars;
use engine::definition::Definition;
use engine::diagnostic::Diagnostic;
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
    let compiled = engine::pack::compile(files, version)?;
    Ok(Compiled {
        name: compiled.pack.meta.pack.clone(),
        hash: compiled.pack.hash.clone(),
        calendars: Arc::new(compiled.pack.calendars),
        definitions: compiled.definitions.into_iter().collect(),
    })
}
