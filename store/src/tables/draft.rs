//! What a person has typed into a task and not yet handed in. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "draft" Replace
    keys {
        instance_id: i64,
        key: i64,
        person: String,
    }
    columns {
        body: String,
        saved_at: i64,
    }
}
