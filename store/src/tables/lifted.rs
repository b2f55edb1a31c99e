//! Who gave which case back to work after a fault of ours. Only the table's shape: what fills and reads it is `aside`.

crate::row::table! {
    "lifted" Once
    keys {
        instance_id: i64,
        aside_at: i64,
        lifted_at: i64,
    }
    columns {
        person: String,
        message: String,
    }
}
