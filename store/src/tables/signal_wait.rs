//! Activations that wait for a signal. Only the table's shape: what fills it is in `project`, what reads it in `workers`.

crate::row::table! {
    "signal_wait" Replace
    keys {
        signal: String,
        instance_id: i64,
        key: i64,
    }
    columns {}
}
