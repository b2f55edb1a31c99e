//! One row for each open task and principal that may see it, in the order of an inbox. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "inbox" Replace
    keys {
        principal: String,
        due_at: i64,
        instance_id: i64,
        key: i64,
    }
    columns {}
}
