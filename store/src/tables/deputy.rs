//! Who does the tasks of whom while they are away. Only the table's shape: what fills and reads it is in `directory`.

crate::row::table! {
    "deputy" Replace
    keys {
        id: String,
    }
    columns {
        person: String,
        deputy: String,
        from_at: i64,
        until_at: i64,
        processes: String,
        reason: String,
        set_by: String,
        set_at: i64,
        ended_at: Option<i64>,
        ended_by: Option<String>,
    }
}
