//! Where the store meets the engine: a pack's files become compiled definitions.

use std::sync::Arc;

use engine::calendar::Calendars;
use engine::definition::Definition;
use engine::diagnostic::Diagnostic;
use engine::ids::{Hash, ProcessName};
use engine::pack::Pack;

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
    let loaded = Pack::load(files)?;
    let (built, diagnostics) = loaded.build(version);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    Ok(Compiled {
        name: loaded.pack.meta.pack.clone(),
        hash: loaded.pack.hash.clone(),
        calendars: built.calendars,
        definitions: built.definitions.into_iter().collect(),
    })
}
