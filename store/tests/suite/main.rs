//! One suite for both databases: every test runs on `SQLite` and on a real `PostgreSQL`.

mod bucket;
mod demonstrating;
mod deputising;
mod exchanging;
mod failing;
mod harness;
mod keeping;
mod listening;
mod migrating;
mod parting;
mod proving;
mod publishing;
mod reading;
mod registering;
mod signals;
mod waiting;
mod writing;
