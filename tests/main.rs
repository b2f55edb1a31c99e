//! One binary for what crosses crates.

mod calendars;
mod command_line;
mod puer;
mod tidy;
