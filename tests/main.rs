//! One binary for what crosses crates.

mod api;
mod calendars;
mod command_line;
mod puer;
mod scenarios;
mod tidy;
