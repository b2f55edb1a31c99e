//! One binary for what crosses crates.

mod calendars;
mod tidy;
