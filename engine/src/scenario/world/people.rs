//! People and units of the pack, as the directory would have them.

use serde_json::Value;

use super::World;
use crate::actor::Member;
use crate::ids::PersonId;
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
    /// What a person or a unit is called.
    pub(super) fn name_of(&self, id: &str) -> Option<Text> {
        let pack = &self.built.pack;
        let person = pack.people.get(id).map(|person| &person.name);
        let unit = || pack.units.get(id).map(|unit| &unit.name);
        person.or_else(unit).cloned()
    }
}
