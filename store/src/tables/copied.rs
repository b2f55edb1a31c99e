//! Whom a task or case was copied to (抄送). Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "copied" Replace
    keys {
        person: String,
        at: i64,
        instance_id: i64,
        key: i64,
    }
    columns {
        read_at: Option<i64>,
    }
    keep {
        read_at,
    }
}
