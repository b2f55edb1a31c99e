//! `mandate serve`: opens the store, starts the workers and the HTTP server, and ends them in the
//! order in which nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::ServeArguments;
use crate::config::Config;
use crate::http::App;
use crate::metrics::Metrics;
use crate::{Outcome, http, log, output};

/// Threads beside the one of the database; the machine has few cores and waits a lot.
const WORKER_THREADS_MAX: usize = 4;

/// Runs until told to end.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<Outcome> {
    let mut config = Config::load(&arguments.settings)?;
    config.development |= arguments.demo;
    log::start(&config)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.min(WORKER_THREADS_MAX))
        .enable_all()
        .build()
        .context("could not start the runtime")?;
    runtime.block_on(run(arguments, config))?;
    Ok(Outcome::Good)
}

async fn run(arguments: &ServeArguments, config: Config) -> Result<()> {
    // Before anything is opened, so that a signal while starting is not lost.
    let asked_to_end = asked_to_end()?;
    let limit = Duration::from_secs(config.shutdown_s);
    let store = open(&config).await?;
    if arguments.demo || arguments.pack.is_some() {
        publish(&store)?;
    }
    let listener = TcpListener::bind(config.listen.clone())
        .into_acceptor()
        .await
        .with_context(|| format!("could not listen on {}", config.listen))?;
    let address = listener.local_addr().into_iter().next().map(|address| address.to_string());
    let address = address.map(|address| address.replace("socket://", "http://"));
    let app = Arc::new(App { store: store.clone(), metrics: Metrics::new()?, config });
    tracing::info!(address, "listening");
    if output::is_watched() {
        output::complain(&format!("Mandate listens on {}", address.unwrap_or_default()));
    }
    let served = poem::Server::new_with_acceptor(listener)
        .run_with_graceful_shutdown(http::routes(&app), asked_to_end, Some(limit))
        .await;
    tracing::info!("no more requests; finishing the writer's queue");
    if tokio::time::timeout(limit, store.close()).await.is_err() {
        bail!("the writer's queue was not finished in {} s", limit.as_secs());
    }
    tracing::info!("ended");
    served.context("the HTTP server failed")
}

async fn open(config: &Config) -> Result<Store> {
    let mut settings = store::Settings::new(config.database.clone());
    settings.lanes = config.lanes;
    settings.readers = config.readers;
    settings.files = store::attachments::Files::Folder(config.blobs.clone().into());
    Store::open(settings).await.context("the store could not be opened")
}

fn publish(_store: &Store) -> Result<()> {
    bail!("--demo and --pack need the store's deploy, which this build does not have yet")
}

/// Ends when the process is told to by SIGTERM or SIGINT.
fn asked_to_end() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to end: finishing what was begun");
    })
}
