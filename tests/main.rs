//! One binary for what crosses crates.

mod calendars;
mod puer;
mod tidy;
