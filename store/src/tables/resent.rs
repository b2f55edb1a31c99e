//! Who had a notice sent again after it had been given up. Only the table's shape: what fills and reads it is `notices`.

crate::row::table! {
    "resent" Once
    keys {
        notice_id: String,
        failed_at: i64,
    }
    columns {
        resent_at: i64,
        instance_id: i64,
        person: String,
        error: Option<String>,
    }
}
