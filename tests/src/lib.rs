//! Test helpers that cross crates.
