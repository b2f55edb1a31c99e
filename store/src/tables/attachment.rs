//! Who uploaded which file, under which name. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "attachment" Replace
    keys {
        hash: String,
        uploaded_by: String,
    }
    columns {
        name: String,
        media_type: String,
        size: i64,
        at: i64,
    }
}
