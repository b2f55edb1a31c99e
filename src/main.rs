//! The `mandate` binary: puts the parts together and runs them. No business rule belongs here.

use std::process::ExitCode;

use clap::Parser as _;

mod api;
mod auth;
mod bench;
mod check;
mod cli;
mod config;
mod console;
mod deploy;
mod export;
mod files;
mod graphiql;
mod http;
mod import;
mod journal;
mod log;
mod metrics;
mod notices;
mod output;
mod pack;
mod percent;
mod scenarios;
mod schema;
mod serve;
mod services;
mod workers;

/// A quarter of the writer's time went into the standard allocator.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// What a command found, apart from an error that kept it from running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Good,
    /// It ran, and what it looked at has errors.
    Bad,
}

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::from(1),
        Err(error) => {
            output::complain(&format!("mandate: {error:#}"));
            ExitCode::from(2)
        }
    }
}
