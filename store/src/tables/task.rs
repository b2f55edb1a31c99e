//! Tasks, open and done. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "task" Replace
    keys {
        instance_id: i64,
        key: i64,
    }
    columns {
        process: String,
        node: String,
        round: i64,
        state: String,
        role: Option<String>,
        candidates: String,
        assignee: Option<String>,
        created_at: i64,
        claimed_at: Option<i64>,
        due_at: i64,
        completed_at: Option<i64>,
        completed_by: Option<String>,
        outcome: Option<String>,
        comment: Option<String>,
        closed_because: Option<String>,
        closed_outcome: Option<String>,
        item: Option<String>,
        undeputed: Option<i64>,
    }
    keep {
        claimed_at,
        undeputed,
    }
}
