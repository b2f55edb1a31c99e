//! People, units and who holds which role.

use engine::actor::Member;

use crate::row::Value;

/// A member from a row: id, name, unit, fields.
pub(crate) fn member(row: &[Value]) -> Member {
    Member {
        id: row[0].text().into(),
        name: row[1].text().to_owned(),
        unit: match &row[2] {
            Value::Text(unit) if !unit.is_empty() => Some(unit.as_str().into()),
            _ => None,
        },
        fields: serde_json::from_str(row[3].text()).unwrap_or_default(),
    }
}
