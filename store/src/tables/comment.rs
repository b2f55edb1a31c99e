//! What people said on a case. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "comment" Append
    keys {
        instance_id: i64,
        revision: i64,
        n: i64,
    }
    columns {
        person: String,
        at: i64,
        text: String,
    }
}
