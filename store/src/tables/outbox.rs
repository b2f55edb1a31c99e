//! Notices to people, until they are sent, and after. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "outbox" Append
    keys {
        id: String,
    }
    columns {
        event: String,
        instance_id: i64,
        key: i64,
        notice: String,
        recipient: String,
        status: String,
        attempts: i64,
        next_try_at: i64,
        created_at: i64,
        sent_at: Option<i64>,
        last_error: Option<String>,
        submission: Option<String>,
        extension: Option<String>,
        stopped: Option<String>,
    }
}
