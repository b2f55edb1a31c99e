//! Clocks that run, the next one first. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "timer" Replace
    keys {
        at: i64,
        instance_id: i64,
        key: i64,
        timer: i64,
    }
    columns {}
}
