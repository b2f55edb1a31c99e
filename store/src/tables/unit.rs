//! Organisational units. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "unit" Replace
    keys {
        id: String,
    }
    columns {
        name: String,
        parent: Option<String>,
        fields: String,
    }
}
