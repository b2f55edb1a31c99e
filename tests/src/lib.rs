//! Test helpers that cross crates: servers that stand in for the outside world, our own binary.

pub mod api;
pub mod browser;
pub mod office;
pub mod places;
pub mod player;
pub mod random;
pub mod server;
pub mod service;
pub mod smtp;

/// A client for our own server: plain HTTP.
pub fn client() -> reqwest::Client {
    // The crate is built without a TLS provider of its own; the first one installed stays.
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Whether the long run was asked for: `MANDATE_TEST_LONG=1`, as `cargo xtask test --long` sets it.
pub fn long() -> bool {
    std::env::var_os("MANDATE_TEST_LONG").is_some()
}

/// The one scenario to play, where `MANDATE_TEST_SCENARIO` names a part of its file.
pub fn only_scenario() -> Option<String> {
    std::env::var_os("MANDATE_TEST_SCENARIO")?.into_string().ok()
}
