//! Every SQL statement: the writer, its tables and the read queries.

pub mod row;
pub mod tables;
mod session;
