//! Cases: what lists need beside the whole state in `body`. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "instance" Versioned
    keys {
        id: i64,
    }
    columns {
        process: String,
        version: i64,
        number: Option<String>,
        title: Option<String>,
        status: String,
        starter: Option<String>,
        starter_unit: Option<String>,
        started_at: i64,
        ended_at: Option<i64>,
        outcome: Option<String>,
        parent_id: Option<i64>,
        parent_key: Option<i64>,
        incidents: i64,
        due_at: i64,
        revision: i64,
        head: String,
        body: String,
    }
    fixed {
        process,
        number,
        starter,
        starter_unit,
        started_at,
        parent_id,
        parent_key,
    }
}
