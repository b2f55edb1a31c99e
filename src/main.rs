//! The `mandate` binary.
fn main() {}
