//! Entries of registers as they became: versions from 2. Only the table's shape: what fills it is in
//! `project`, what reads it in `read`.

crate::row::table! {
    "register_version" Append
    keys {
        register: String,
        number: String,
        version: i64,
    }
    columns {
        instance_id: i64,
        key: i64,
        at: i64,
        body: String,
    }
}
