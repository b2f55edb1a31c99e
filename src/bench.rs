//! `mandate bench`: which measurement was asked for. Each has a file of its own: `throughput` is what
//! is measured when nothing else is named. Where they measure is `scratch`.

use anyhow::{Result, bail};

use crate::Outcome;
use crate::cli::BenchArguments;

mod floor;
mod scratch;
mod throughput;
mod workload;

/// Runs the measurement that was asked for.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<Outcome> {
    match (arguments.inbox, arguments.start, arguments.graphql) {
        (false, false, false) => throughput::run(arguments),
        (true, false, false) => not_yet("bench --inbox"),
        (false, true, false) => not_yet("bench --start"),
        (false, false, true) => not_yet("bench --graphql"),
        _ => bail!("expected at most one of --inbox, --start and --graphql"),
    }
}

fn not_yet(what: &str) -> Result<Outcome> {
    bail!("`mandate {what}` cannot run: this build has no machinery for it yet")
}
