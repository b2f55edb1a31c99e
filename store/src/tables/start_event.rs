//! Start events of the newest definitions, by which cases begin by themselves. Only the table's shape: `definitions::deploy` fills it, `workers` read it.

crate::row::table! {
    "start_event" Replace
    keys {
        process: String,
        node: String,
    }
    columns {
        kind: String,
        name: String,
        next_at: Option<i64>,
        cycle: Option<String>,
    }
}
