//! Which role a person holds, for a unit or (empty) everywhere. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "role_grant" Replace
    keys {
        person: String,
        role: String,
        unit: String,
    }
    columns {}
}
