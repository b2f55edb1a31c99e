//! Writer lanes: each is a chain of the journal that one writer at a time extends. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "lane" Append
    keys {
        id: i64,
    }
    columns {
        created_at: i64,
    }
}
