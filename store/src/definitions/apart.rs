//! Packs beside each other on one server: what only one of them may have, and who takes whose place.

use engine::diagnostic::{Diagnostic, Place};
use engine::pack::Compiled;
use sea_orm::FromQueryResult;

use super::PackFiles;
use super::deploy::replaced;
use crate::error::StoreError;
use crate::store::Store;

/// A process and the pack that publishes it.
#[derive(Debug, FromQueryResult)]
struct Owned {
    process: String,
    pack: String,
}

impl Store {
    /// What a pack has that another one on this server has as well, and of which it does not say that it
    /// takes its place: processes of the same name, and registers that are not the same. Each with what
    /// to do.
    pub async fn taken(
        &self,
        compiled: &Compiled,
        files: &PackFiles,
    ) -> Result<Vec<Diagnostic>, StoreError> {
        let sql = "SELECT d.process, d.pack FROM definition d \
                   JOIN pack p ON p.name = d.pack AND p.version = d.pack_version \
                   WHERE p.active = 1 ORDER BY d.process, d.pack";
        let published: Vec<Owned> = self.rows(self.statement(sql, [])).await?;
        let meta = &compiled.pack.meta;
        let is_another = |pack: &str| replaced(meta).all(|name| name != pack);
        let mut problems: Vec<Diagnostic> = published
            .iter()
            .filter(|own| is_another(&own.pack))
            .filter(|own| compiled.definitions.contains_key(own.process.as_str()))
            .map(|own| process_taken(&own.process, &own.pack, files))
            .collect();
        self.reload_packs().await?;
        for other in self.newest_packs() {
            if !is_another(&other.meta.pack) {
                continue;
            }
            let differing = other.registers.iter().filter(|(name, register)| {
                compiled.pack.registers.get(*name).is_some_and(|own| own != *register)
            });
            problems.extend(
                differing.map(|(name, _)| register_taken(name.as_str(), &other.meta.pack, files)),
            );
        }
        Ok(problems)
    }
}

fn process_taken(process: &str, pack: &str, files: &PackFiles) -> Diagnostic {
    let message = format!(
        "expected a process that no other pack on this server has, found `{process}`, which the pack \
         `{pack}` publishes"
    );
    let hint = format!(
        "rename it, serve this pack by a server of its own, or say `replaces: [{pack}]` in pack.yaml: \
         then this pack takes the place of that one"
    );
    let place = place("process:", process, files);
    Diagnostic::error("processOfAnotherPack", place, message).hint(hint)
}

fn register_taken(register: &str, pack: &str, files: &PackFiles) -> Diagnostic {
    let message = format!(
        "expected the register `{register}` as the pack `{pack}` on this server has it, found another one"
    );
    let hint = "rename it, or write it in both packs alike: then they enter into one register";
    let place = place("register:", register, files);
    Diagnostic::error("registerOfAnotherPack", place, message).hint(hint)
}

/// The line of a pack that defines a name.
fn place(key: &str, name: &str, files: &PackFiles) -> Place {
    let found = files.iter().find_map(|(path, bytes)| {
        let text = std::str::from_utf8(bytes).ok()?;
        let line = text.lines().position(|line| declares(line, key, name))?;
        let (line, length) =
            (u32::try_from(line + 1).ok()?, u32::try_from(name.chars().count()).ok()?);
        Some(Place { file: path.clone(), line, column: 1, length })
    });
    found.unwrap_or_else(|| Place { file: "pack.yaml".into(), line: 1, column: 1, length: 1 })
}

/// Whether a line of YAML names what its file defines.
pub(super) fn declares(line: &str, key: &str, own: &str) -> bool {
    line.strip_prefix(key).is_some_and(|name| {
        let name = name.split(" #").next().unwrap_or_default();
        name.trim().trim_matches(['"', '\'']) == own
    })
}
