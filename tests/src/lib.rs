//! Test helpers that cross crates: servers that stand in for the outside world, our own binary.

pub mod api;
pub mod places;
pub mod player;
pub mod server;
pub mod smtp;

/// A client for our own server: plain HTTP.
pub fn client() -> reqwest::Client {
    // The crate is built without a TLS provider of its own; the first one installed stays.
    let _already_there = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
