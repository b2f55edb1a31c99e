//! Pages of the public portal. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "page" Replace
    keys {
        instance_id: i64,
        key: i64,
    }
    columns {
        process: String,
        title: String,
        content: String,
        published_from: i64,
        published_until: i64,
    }
    keep {
        process,
        title,
        content,
        published_from,
    }
}
