//! What a case asked to be done elsewhere, until it is done. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "follow_up" Replace
    keys {
        id: String,
    }
    columns {
        instance_id: i64,
        request: String,
        created_at: i64,
        attempts: i64,
        next_try_at: i64,
        last_error: Option<String>,
        hops: i64,
    }
}
