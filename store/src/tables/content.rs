//! Contents of documents by hash. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "content" Once
    keys {
        hash: String,
    }
    columns {
        body: String,
    }
}
