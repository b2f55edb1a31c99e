//! A pack: the files of a folder as typed parts, with every problem in all of them at once.
//!
//! What stands in one file and between the files of a pack's directory (people, units, roles,
//! registers, calendars) is checked here; what a process refers to is checked by its compiler,
//! whose problems [`Loaded::diagnose`] gives places. Nothing is read from a disk: files come as
//! paths and bytes. A pack that extends another has that pack's files under `parent/`.

mod accept;
mod apart;
mod bounded;
mod calls;
mod check;
mod compile;
mod defaults;
mod doubt;
mod gateways;
mod heard;
mod ignored;
mod kind;
mod load;
mod merge;
mod meta;
mod own_events;
mod people;
mod persons;
mod register;
mod reserved;
mod roles;
mod salvage;
mod thrown;
mod trees;
mod well_known;

#[cfg(test)]
mod apart_tests;
#[cfg(test)]
mod tests;

pub use compile::{Compiled, compile, compile_published};
pub use kind::Kind;
pub use load::load;
pub use merge::{OverrideSource, ProcessOverride};
pub use meta::PackSource;
pub use people::{HeldRole, PeopleSource, PersonSource, UnitSource};
pub use register::RegisterSource;
pub use roles::{RoleEntry, RoleSource, RolesSource};
pub use trees::Loaded;

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use sha2::Digest;

use crate::calendar::Calendars;
use crate::decision::DecisionSource;
use crate::definition::source::ProcessSource;
use crate::diagnostic::Diagnostic;
use crate::form::FormSource;
use crate::ids::{
    DecisionName, FormName, Hash, NoticeName, PersonId, ProcessName, RegisterName, RoleName, UnitId,
};
use crate::notice::NoticeSource;

/// A pack may have so many files.
pub const PACK_FILES_MAX: usize = 2_000;
/// A pack's files may have so many bytes in all.
pub const PACK_BYTES_MAX: usize = 32 << 20;
/// A pack's files may have so many keys and values in all.
pub const PACK_NODES_MAX: usize = 500_000;
/// So many problems are shown at once.
pub const PACK_PROBLEMS_MAX: usize = 500;
/// A pack may extend one that extends another, so many times.
pub const PARENTS_MAX: usize = 4;

/// A pack's parts by name, those of the packs it extends included.
#[derive(Debug, Clone)]
pub struct Pack {
    /// `pack.yaml`.
    pub meta: PackSource,
    /// SHA-256 over all files, see [`hash`].
    pub hash: Hash,
    /// `roles.yaml`.
    pub roles: IndexMap<RoleName, RoleSource>,
    /// Units of `people.yaml`.
    pub units: IndexMap<UnitId, UnitSource>,
    /// People of `people.yaml`: demonstration accounts.
    pub people: IndexMap<PersonId, PersonSource>,
    /// `notices/`.
    pub notices: BTreeMap<NoticeName, NoticeSource>,
    /// `registers/`.
    pub registers: BTreeMap<RegisterName, RegisterSource>,
    /// `calendars/`, ready to count with.
    pub calendars: Calendars,
    /// `forms/`.
    pub forms: BTreeMap<FormName, FormSource>,
    /// `decisions/`.
    pub decisions: BTreeMap<DecisionName, DecisionSource>,
    /// `processes/`.
    pub processes: BTreeMap<ProcessName, Arc<ProcessSource>>,
    /// Paths of `scenarios/`: their trees are in [`Loaded`].
    pub scenarios: Vec<String>,
}

impl Pack {
    /// Reads the files of a pack: all of it, or every problem there is.
    pub fn load<P, B>(files: &[(P, B)]) -> Result<Loaded, Vec<Diagnostic>>
    where
        P: AsRef<str>,
        B: AsRef<[u8]>,
    {
        let (loaded, problems) = load(files);
        match loaded {
            Some(loaded) if !problems.iter().any(Diagnostic::is_error) => Ok(loaded),
            Some(_) | None => Err(problems),
        }
    }
}

/// The hash of a pack: over the number of its files and, sorted by path, the length and bytes of
/// each path and each content.
pub fn hash<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> Hash {
    let mut sorted: Vec<(&str, &[u8])> =
        files.iter().map(|(path, bytes)| (path.as_ref(), bytes.as_ref())).collect();
    sorted.sort_unstable();
    let mut digest = sha2::Sha256::new();
    digest.update((sorted.len() as u64).to_be_bytes());
    for (path, bytes) in sorted {
        for part in [path.as_bytes(), bytes] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    Hash::from_bytes(&digest.finalize())
}

/// The pack that a `pack.yaml` extends: what its files are found by, before anything is loaded.
pub fn extends(pack_yaml: &[u8]) -> Option<String> {
    let tree = crate::yaml::parse_all("pack.yaml", pack_yaml).tree?;
    tree.scalar(&["extends"]).map(str::to_owned)
}
