//! Intakes, open and closed. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "intake" Replace
    keys {
        instance_id: i64,
        key: i64,
    }
    columns {
        process: String,
        node: String,
        document: Option<String>,
        opens_at: i64,
        closes_at: i64,
        sealed: i64,
        submissions: i64,
        closed: i64,
    }
    keep {
        document,
    }
}
