//! One suite for both databases: every test runs on `SQLite` and on a real `PostgreSQL`.

mod harness;
mod writing;
