//! One binary for what crosses crates.
