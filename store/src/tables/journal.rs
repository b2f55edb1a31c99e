//! The legal record: one row a command, applied or refused, chained by hash. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "journal" Append
    keys {
        lane: i64,
        pos: i64,
    }
    columns {
        hash: String,
        instance_id: Option<i64>,
        instance_version: Option<i64>,
        case_prev: Option<String>,
        at: i64,
        command: String,
        actor: String,
        dedup: Option<String>,
        refused: Option<String>,
        content: String,
    }
}
