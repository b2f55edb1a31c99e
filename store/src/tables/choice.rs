//! One row for each open ad-hoc sub-process and principal that may begin something in it, the oldest first. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "choice" Replace
    keys {
        principal: String,
        since: i64,
        instance_id: i64,
        key: i64,
    }
    columns {}
}
