//! Every version and entry of every document, by the hash of its content. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "document" Append
    keys {
        instance_id: i64,
        document: String,
        version: i64,
    }
    columns {
        entry: i64,
        hash: String,
        key: i64,
        at: i64,
        person: Option<String>,
        sealed: i64,
    }
}
