//! `mandate bench`: which measurement was asked for. Each has a file of its own: `throughput` is what
//! is measured when nothing else is named. Where they measure is `scratch`.

use anyhow::{Result, bail};

use crate::Outcome;
use crate::cli::BenchArguments;

mod floor;
mod graphql;
mod http;
mod inbox;
mod scratch;
mod server;
mod start;
mod throughput;
mod workload;

/// Runs the measurement that was asked for.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<Outcome> {
    match (arguments.inbox, arguments.start, arguments.graphql) {
        (false, false, false) => throughput::run(arguments),
        (true, false, false) => inbox::run(arguments),
        (false, true, false) => start::start(arguments),
        (false, false, true) => graphql::run(arguments),
        _ => bail!("expected at most one of --inbox, --start and --graphql"),
    }
}
