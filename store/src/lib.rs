//! Every SQL statement: the writer, its tables and the read queries.
