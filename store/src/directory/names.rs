//! What people and units are called, by id. The English name is the field `nameEn` of the directory,
//! where there is one.

use std::collections::BTreeMap;

use engine::text::{Language, Text, Texts};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value as Json};

use super::Person;
use crate::error::StoreError;
use crate::read::KEYS_MAX;
use crate::store::Store;
use crate::tables::{person, unit};

/// The field of the directory with the English name.
pub(super) const NAME_EN: &str = "nameEn";

impl Store {
    /// What people and units are called, also those who left; of a person and a unit with one id, the
    /// person. Who is not there is left out.
    pub async fn names(&self, ids: &[String]) -> Result<BTreeMap<String, Text>, StoreError> {
        let mut names = BTreeMap::new();
        for ids in ids.chunks(KEYS_MAX) {
            let ids = || ids.iter().map(String::as_str);
            let units = unit::Entity::find().filter(unit::Column::Id.is_in(ids()));
            let units = units.all(self.reads()).await?;
            let people = person::Entity::find().filter(person::Column::Id.is_in(ids()));
            let people = people.all(self.reads()).await?;
            let units = units.into_iter().map(|row| (row.id, row.name, row.fields));
            let people = people.into_iter().map(|row| (row.id, row.name, row.fields));
            names.extend(units.chain(people).map(|(id, name, own)| (id, called(&name, &own))));
        }
        Ok(names)
    }
}

impl Person {
    /// What they are called in a language.
    pub fn called(&self, language: Language) -> &str {
        let english = self.fields.get(NAME_EN).and_then(Json::as_str);
        english.filter(|_| language == Language::En).unwrap_or(&self.name)
    }
}

/// A name as the directory has it: in both languages where it says so.
pub(crate) fn called(name: &str, fields: &str) -> Text {
    let fields: Map<String, Json> = serde_json::from_str(fields).unwrap_or_default();
    match fields.get(NAME_EN).and_then(Json::as_str) {
        Some(english) => Text::Many(Texts::from([
            (Language::Zh, name.to_owned()),
            (Language::En, english.to_owned()),
        ])),
        None => Text::One(name.to_owned()),
    }
}

/// Keeps an English name that is another among the fields.
pub(super) fn keep_english(name: &Text, fields: &mut Map<String, Json>) {
    let english = name.get(Language::En);
    if english != name.get(Language::Zh) {
        fields.insert(NAME_EN.to_owned(), english.into());
    }
}
