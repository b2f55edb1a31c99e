//! Entries of registers. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "register_entry" Append
    keys {
        register: String,
        instance_id: i64,
        key: i64,
        number: String,
    }
    columns {
        year: i64,
        serial: i64,
        at: i64,
        body: String,
        texts: Option<String>,
    }
}
