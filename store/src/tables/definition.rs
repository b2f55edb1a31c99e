//! Published process definitions; a version never changes. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "definition" Append
    keys {
        process: String,
        version: i64,
    }
    columns {
        pack: String,
        pack_version: i64,
        hash: String,
        name: String,
        source: String,
        created_at: i64,
        created_by: String,
    }
}
