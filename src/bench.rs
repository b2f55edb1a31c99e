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

#[cfg(test)]
mod tests {
    use async_graphql::{Executor as _, Request};

    use super::scratch::Scratch;
    use super::{graphql, start};
    use crate::config::Config;
    use crate::serve;

    #[tokio::test]
    async fn what_the_benchmarks_ask_is_in_the_schema() {
        let database = format!("sqlite://{}", std::env::temp_dir().join("bench.db").display());
        let scratch = Scratch::make(&database, "schema").await.unwrap();
        let config = scratch.config(&Config::default());
        let store = serve::open(&config).await.unwrap();
        let schema = ::graphql::schema(&store, crate::notices::problems);
        for query in [start::QUERY, graphql::START, graphql::CLAIM, graphql::COMPLETE] {
            // Nobody is signed in, so nothing is answered; what is asked is checked before that.
            let answer = schema.execute(Request::new(query)).await;
            let codes: Vec<_> = answer
                .errors
                .iter()
                .filter_map(|error| error.extensions.as_ref()?.get("code").cloned())
                .collect();
            assert!(!codes.is_empty(), "{query}: {answer:?}");
            let invalid = async_graphql::Value::from("GRAPHQL_VALIDATION_FAILED");
            assert!(!codes.contains(&invalid), "{query}: {:?}", answer.errors);
        }
        store.close().await;
        scratch.remove().await.unwrap();
    }
}
