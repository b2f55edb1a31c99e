//! Organisational units: as the directory has them, and as expressions see them.

use engine::actor::Unit as Told;
use engine::ids::UnitId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value as Json};

use super::names::NAME_EN;
use crate::error::StoreError;
use crate::read::bounded;
use crate::row::Value;
use crate::store::Store;
use crate::tables::unit as rows;

/// An organisational unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The unit above it.
    pub parent: Option<String>,
    /// What else is known of it, such as its credit code.
    pub fields: Map<String, Json>,
}

impl Unit {
    /// As the expressions see it.
    pub fn into_told(self) -> Told {
        let Self { id, parent, mut fields, .. } = self;
        fields.remove(NAME_EN);
        let mut word = |name| match fields.remove(name) {
            Some(Json::String(text)) => Some(text),
            Some(_) | None => None,
        };
        let (uscc, kind) = (word("uscc"), word("kind"));
        let (id, parent) = (UnitId::new(id), parent.map(UnitId::new));
        Told { id, parent, uscc, kind, fields }
    }
}

impl Store {
    /// Units by id.
    pub async fn units(&self, ids: &[String]) -> Result<Vec<Unit>, StoreError> {
        let ids = bounded(ids)?.iter().map(String::as_str);
        let rows = rows::Entity::find().filter(rows::Column::Id.is_in(ids)).all(self.reads());
        Ok(rows
            .await?
            .into_iter()
            .map(|row| Unit {
                id: row.id,
                name: row.name,
                parent: row.parent,
                fields: serde_json::from_str(&row.fields).unwrap_or_default(),
            })
            .collect())
    }
}

/// A unit from a row of `lookups::UNITS`.
pub(crate) fn of_row(row: &[Value]) -> Unit {
    Unit {
        id: row[0].text().to_owned(),
        name: row[1].text().to_owned(),
        parent: match &row[2] {
            Value::Text(parent) => Some(parent.clone()),
            Value::Null | Value::Int(_) => None,
        },
        fields: serde_json::from_str(row[3].text()).unwrap_or_default(),
    }
}
