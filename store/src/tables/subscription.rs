//! Activations that wait for a message. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "subscription" Replace
    keys {
        message: String,
        correlation: String,
        instance_id: i64,
        key: i64,
    }
    columns {}
}
