//! The last number used of each gap-free series, by year. Only the table's shape: what fills it is in `project`, what reads it in `read`.

crate::row::table! {
    "counter" Replace
    keys {
        series: String,
        year: i64,
    }
    columns {
        value: i64,
    }
}
