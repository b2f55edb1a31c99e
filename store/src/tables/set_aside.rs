//! Cases that a bug of ours stopped; nothing is done on them until it is repaired. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "set_aside" Once
    keys {
        instance_id: i64,
    }
    columns {
        at: i64,
        message: String,
    }
}
