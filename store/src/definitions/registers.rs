//! Registers as they are read: those of the packs of now, and those that no pack has any more but that have
//! entries, as the last version that had them has them. What was entered is there for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::calendar::{Calendars, Zone};
use engine::ids::RegisterName;
use engine::pack::{PackSource, RegisterSource};
use sea_orm::FromQueryResult;

use super::apart::declares;
use super::files::{compiled, read_files};
use super::{LookedFor, Published};
use crate::error::StoreError;
use crate::store::Store;

/// Versions of packs that no case begins by any more and that name a register somewhere, the last one first.
const FORMER: &str = "SELECT name, version FROM pack WHERE active = 0 AND files LIKE $1 \
                      ORDER BY deployed_at DESC, version DESC, name";
const FILES: &str = "SELECT files FROM pack WHERE name = $1 AND version = $2";
/// Registers that have entries: as many reads of an index as there are registers.
const ENTERED: &str = "WITH RECURSIVE r (register) AS (SELECT min(register) FROM register_entry \
                       UNION ALL SELECT (SELECT min(e.register) FROM register_entry e \
                       WHERE e.register > r.register) FROM r WHERE r.register IS NOT NULL) \
                       SELECT register FROM r WHERE register IS NOT NULL";
/// The same of one.
const IS_ENTERED: &str = "SELECT register FROM register_entry WHERE register = $1 LIMIT 1";

/// A register as its pack has it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// As written.
    pub source: RegisterSource,
    /// The zone of its pack, by which moments in it are told.
    pub zone: Zone,
}

#[derive(Debug, FromQueryResult)]
struct Former {
    name: String,
    version: i64,
}

#[derive(Debug, FromQueryResult)]
struct Files {
    files: String,
}

#[derive(Debug, FromQueryResult)]
struct Entered {
    register: String,
}

fn zone_of(meta: &PackSource, calendars: &Calendars) -> Zone {
    let of_calendar = meta.calendar.as_ref().and_then(|name| calendars.get(name));
    let of_pack = || meta.zone.as_deref().and_then(|zone| zone.parse().ok());
    of_calendar.map(|calendar| calendar.zone()).or_else(of_pack).unwrap_or(Zone::UTC)
}

impl Published {
    fn declared(&self, source: &RegisterSource) -> Declared {
        Declared { source: source.clone(), zone: zone_of(&self.pack.meta, &self.calendars) }
    }
}

impl Store {
    /// A register: of a pack of now, or, where it has entries, as the last version that had it has it.
    pub async fn register(
        &self,
        register: &RegisterName,
    ) -> Result<Option<Arc<Declared>>, StoreError> {
        for own in self.newest_definitions() {
            if let Some(source) = own.pack.registers.get(register) {
                return Ok(Some(Arc::new(own.declared(source))));
            }
        }
        if let Some(LookedFor(found)) = self.inner.shared.definitions.left(register) {
            return Ok(found);
        }
        let asked = self.statement(IS_ENTERED, [register.as_str().into()]);
        if self.rows::<Entered>(asked).await?.is_empty() {
            return Ok(None);
        }
        self.former_register(register).await
    }

    /// Every register of the packs of now, and every other one that has entries, by name.
    pub async fn registers(&self) -> Result<Vec<Arc<Declared>>, StoreError> {
        let mut all = BTreeMap::new();
        for own in self.newest_definitions() {
            for (register, source) in &own.pack.registers {
                let found = || Arc::new(own.declared(source));
                all.entry(register.clone()).or_insert_with(found);
            }
        }
        for Entered { register } in self.rows(self.statement(ENTERED, [])).await? {
            let register = RegisterName::from(register.as_str());
            if !all.contains_key(&register) {
                let found = self.register(&register).await?;
                all.extend(found.map(|found| (register, found)));
            }
        }
        Ok(all.into_values().collect())
    }

    /// A register as the last version has it that had it and can be compiled still.
    async fn former_register(
        &self,
        register: &RegisterName,
    ) -> Result<Option<Arc<Declared>>, StoreError> {
        let definitions = &self.inner.shared.definitions;
        let seen = definitions.published();
        let named = format!("%register:%{register}%");
        let versions: Vec<Former> = self.rows(self.statement(FORMER, [named.into()])).await?;
        for Former { name, version } in versions {
            let statement = self.statement(FILES, [name.as_str().into(), version.into()]);
            let rows: Vec<Files> = self.rows(statement).await?;
            let Some(Files { files }) = rows.first() else { continue };
            let is_named = read_files(files)?.iter().any(|(_, bytes)| {
                let text = std::str::from_utf8(bytes).unwrap_or_default();
                text.lines().any(|line| declares(line, "register:", register.as_str()))
            });
            if !is_named {
                continue;
            }
            let compiled = match compiled(self.reads(), &name, version).await {
                Ok(compiled) => compiled,
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, %register, "an older version has the register, too");
                    continue;
                }
            };
            let pack = compiled.pack;
            if let Some(source) = pack.registers.get(register).cloned() {
                let zone = zone_of(&pack.meta, &pack.calendars);
                let found = Arc::new(Declared { source, zone });
                definitions.keep_left(register.clone(), Some(found.clone()), seen);
                return Ok(Some(found));
            }
        }
        // It is not looked for again for each of its entries.
        definitions.keep_left(register.clone(), None, seen);
        Ok(None)
    }
}
