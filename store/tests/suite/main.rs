//! One suite for both databases: every test runs on `SQLite` and on a real `PostgreSQL`.

mod demonstrating;
mod failing;
mod harness;
mod proving;
mod reading;
mod waiting;
mod writing;
