//! Service tasks that wait for a worker. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "job" Replace
    keys {
        instance_id: i64,
        key: i64,
    }
    columns {
        topic: String,
        input: String,
        retries: i64,
        created_at: i64,
        leased_until: i64,
        worker: Option<String>,
    }
    keep {
        topic,
        input,
        retries,
        created_at,
    }
}
