//! People. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "person" Replace
    keys {
        id: String,
    }
    columns {
        name: String,
        unit: Option<String>,
        email: Option<String>,
        language: Option<String>,
        fields: String,
        active: i64,
        pack: Option<String>,
    }
}
