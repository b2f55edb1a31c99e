//! People and units of the pack, as the directory would have them.

use std::sync::Arc;

use serde_json::Value;

use super::{Trouble, World};
use crate::actor::{Member, Unit};
use crate::deputy::Deputy;
use crate::ids::{PersonId, UnitId};
use crate::text::{Language, Text};

/// A person as the directory would have them.
pub(super) fn member(id: &PersonId, person: &crate::pack::PersonSource) -> Member {
    let mut fields: serde_json::Map<String, Value> = person.fields.clone().into_iter().collect();
    if let Some(manager) = &person.manager {
        fields.insert("manager".to_owned(), manager.as_str().into());
    }
    Member {
        id: id.clone(),
        name: person.name.get(Language::Zh).to_owned(),
        unit: person.unit.clone(),
        fields,
        held_for: None,
    }
}

impl World<'_> {
    /// Keeps who does whose tasks for a time.
    pub(in crate::scenario) fn set_deputy(&mut self, mut deputy: Deputy) -> Result<(), Trouble> {
        let known = self.built.pack.people.get(&deputy.person);
        deputy.grants = known.map(crate::pack::PersonSource::grants).unwrap_or_default();
        if let Err(wrong) = self.deputies.check(&deputy, self.now) {
            return Err(format!("a deputy that is refused: {}", wrong.get(Language::En)).into());
        }
        Arc::make_mut(&mut self.deputies).add(deputy);
        Ok(())
    }

    /// Whoever was away is back.
    pub(in crate::scenario) fn end_deputies(&mut self, of: &PersonId) -> Result<(), Trouble> {
        if Arc::make_mut(&mut self.deputies).end(of, self.now) {
            return Ok(());
        }
        Err(format!("expected a deputy of `{of}`, found none").into())
    }

    /// What a person or a unit is called.
    pub(super) fn name_of(&self, id: &str) -> Option<Text> {
        let pack = &self.built.pack;
        let person = pack.people.get(id).map(|person| &person.name);
        let unit = || pack.units.get(id).map(|unit| &unit.name);
        person.or_else(unit).cloned()
    }

    /// A unit as the directory would have it.
    pub(super) fn unit_of(&self, id: &UnitId) -> Option<Unit> {
        let unit = self.built.pack.units.get(id)?;
        Some(Unit {
            id: id.clone(),
            parent: unit.parent.clone(),
            uscc: unit.uscc.clone(),
            kind: unit.kind.clone(),
            fields: unit.fields.clone().into_iter().collect(),
        })
    }
}
