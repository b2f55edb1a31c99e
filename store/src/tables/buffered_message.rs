//! Messages that nobody has received yet. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "buffered_message" Replace
    keys {
        id: String,
    }
    columns {
        message: String,
        correlation: String,
        payload: Option<String>,
        source_id: Option<i64>,
        at: i64,
        expires_at: i64,
        hops: i64,
    }
}
