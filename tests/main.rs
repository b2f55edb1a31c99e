//! One binary for what crosses crates.

mod calendars;
