//! Packs as they were deployed: every file, by version. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "pack" Append
    keys {
        name: String,
        version: i64,
    }
    columns {
        hash: String,
        files: String,
        deployed_at: i64,
        deployed_by: String,
        active: i64,
    }
}
