//! Test helpers that cross crates: servers that stand in for the outside world.

pub mod smtp;
