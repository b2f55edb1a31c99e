//! `mandate serve`: opens the store, starts the workers and the HTTP server, and ends them in the
//! order in which nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use store::directory::Person;
use store::{Clock, Store};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::ServeArguments;
use crate::config::Config;
use crate::http::App;
use crate::metrics::Metrics;
use crate::workers::Workers;
use crate::{Outcome, deploy, http, log, notices, output};

/// Threads beside the one of the database; the machine has few cores and waits a lot.
const WORKER_THREADS_MAX: usize = 4;

/// Runs until told to end.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<Outcome> {
    let mut config = Config::load(&arguments.settings)?;
    config.development |= arguments.demo;
    log::start(&config)?;
    runtime()?.block_on(run(arguments, config))?;
    Ok(Outcome::Good)
}

/// The runtime that every command with a store runs on.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads.min(WORKER_THREADS_MAX))
        .enable_all()
        .build()
        .context("could not start the runtime")
}

async fn run(arguments: &ServeArguments, mut config: Config) -> Result<()> {
    // Before anything is opened, so that a signal while starting is not lost.
    let asked_to_end = asked_to_end()?;
    let limit = Duration::from_secs(config.shutdown_s);
    let store = open_on(&config, clock(arguments)).await?;
    if !arguments.demo && store.was_demonstration().await? {
        bail!(
            "expected a database of real cases, but the clock of this one was moved by hand in a \
             demonstration; begin with an empty database, or serve it with --demo"
        );
    }
    let people = prepare(&store, arguments).await?;
    let listener = TcpListener::bind(config.listen.clone())
        .into_acceptor()
        .await
        .with_context(|| format!("could not listen on {}", config.listen))?;
    let address = listener.local_addr().into_iter().next().map(|address| address.to_string());
    let address = address.unwrap_or_default().replace("socket://", "http://");
    if config.public_url.is_empty() {
        // Nobody opens a page at the address that stands for all of them.
        config.public_url =
            address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
    }
    let workers = Workers::start(&store, &config)?;
    let app = App {
        schema: graphql::schema(&store, notices::problems),
        store: store.clone(),
        metrics: Metrics::new(workers.calls())?,
        services: Arc::new(config.connectors()),
        config,
    };
    let app = Arc::new(app);
    tracing::info!(address, "listening");
    welcome(&address, &people);
    let served = poem::Server::new_with_acceptor(listener)
        .run_with_graceful_shutdown(http::routes(&app), asked_to_end, Some(limit))
        .await;
    tracing::info!("no more requests; finishing the workers' and the writer's queues");
    let finish = async {
        workers.end().await;
        store.close().await;
    };
    if tokio::time::timeout(limit, finish).await.is_err() {
        bail!("what was begun was not finished in {} s", limit.as_secs());
    }
    tracing::info!("ended");
    served.context("the HTTP server failed")
}

/// The real time, but in a demonstration, where an admin may let weeks pass.
fn clock(arguments: &ServeArguments) -> Clock {
    if arguments.demo { Clock::movable() } else { Clock::System }
}

/// Opens the store that the settings name, on the real time.
pub(crate) async fn open(config: &Config) -> Result<Store> {
    open_with(config, |_| {}).await
}

/// Opens a store that is there, and changes nothing in it by that.
pub(crate) async fn open_as_it_is(config: &Config) -> Result<Store> {
    open_with(config, |settings| settings.as_it_is = true).await
}

async fn open_on(config: &Config, clock: Clock) -> Result<Store> {
    open_with(config, |settings| settings.clock = clock).await
}

async fn open_with(config: &Config, set: impl FnOnce(&mut store::Settings)) -> Result<Store> {
    let mut settings = store::Settings::new(config.database.clone());
    set(&mut settings);
    settings.lanes = config.lanes;
    settings.readers = config.readers;
    settings.files = config.files()?;
    settings.attachment_bytes_max = config.attachment_bytes_max;
    settings.attachment_types = config.media_types()?;
    settings.receipts_max = config.receipts_max;
    Store::open(settings).await.context("the store could not be opened")
}

/// Publishes the pack and loads its accounts, as asked for.
async fn prepare(store: &Store, arguments: &ServeArguments) -> Result<Vec<Person>> {
    match (&arguments.pack, arguments.demo) {
        (Some(pack), is_demo) => {
            let deployed = deploy::publish(store, pack).await?;
            match is_demo {
                true => deploy::load_people(store, &deployed.pack).await,
                false => Ok(Vec::new()),
            }
        }
        (None, true) => bail!("--demo needs --pack, whose people.yaml has the accounts"),
        (None, false) => Ok(Vec::new()),
    }
}

/// Says where it listens and, in a demonstration, how to sign in as whom.
fn welcome(address: &str, people: &[Person]) {
    // A log names no people.
    if output::is_logged() || (!output::is_watched() && people.is_empty()) {
        return;
    }
    output::complain(&format!("Mandate listens on {address}"));
    if people.is_empty() {
        return;
    }
    output::complain(&format!(
        "GraphQL at {address}/graphql, to try it {address}/graphiql. Sign in as a person with the header\n  \
         Authorization: Bearer demo-ID\nwhere ID is one of:"
    ));
    for person in people {
        let roles: Vec<_> = person.grants.iter().map(|grant| grant.role.as_str()).collect();
        let unit = person.unit.as_deref().unwrap_or("-");
        output::complain(&format!(
            "  {:<16} {}  ({unit}: {})",
            person.id,
            person.name,
            roles.join(", ")
        ));
    }
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
