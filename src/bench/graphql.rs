//! `mandate bench --graphql`: the same cases as `mandate bench`, through GraphQL over HTTP against
//! this program as a server, and in turns straight through the store: the share that the API adds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::http::Client;
use super::scratch::Scratch;
use super::server::Server;
use super::throughput::{self, Measured};
use super::workload;
use crate::cli::{BenchArguments, Format};
use crate::config::Config;
use crate::{Outcome, output, serve};

/// Turns of each; a figure is the median of them.
const ROUNDS: usize = 3;
const WARM_UP: Duration = Duration::from_millis(500);

pub(super) const START: &str = "mutation($key: String!) { startInstance(input: { process: \"three\", \
    idempotencyKey: $key }) { instance { id tasks { edges { node { id state } } } } } }";
pub(super) const CLAIM: &str = "mutation($task: ID!, $key: String!) { claimTask(input: { task: $task, \
    idempotencyKey: $key }) { instance { id tasks { edges { node { id state } } } } } }";
pub(super) const COMPLETE: &str = "mutation($task: ID!, $key: String!) { completeTask(input: { task: $task, \
    idempotencyKey: $key }) { instance { id tasks { edges { node { id state } } } } } }";

struct Level {
    in_flight: usize,
    /// Commands a second over HTTP and through the store, and their p50 in milliseconds.
    api: (f64, f64),
    store: (f64, f64),
}

/// Measures and prints.
pub(crate) fn run(arguments: &BenchArguments) -> Result<Outcome> {
    let config = Config::load(&arguments.settings)?;
    let levels = throughput::levels(arguments)?;
    let time = Duration::from_secs(arguments.seconds.max(1));
    let levels = serve::runtime()?.block_on(async {
        let api = Scratch::make(&config.database, "api").await?;
        let store = Scratch::make(&config.database, "ours").await?;
        let pack = pack()?;
        let measured = measure(&config, &levels, time, [&api, &store], &pack).await;
        std::fs::remove_dir_all(&pack)?;
        let (api, store) = (api.remove().await, store.remove().await);
        let levels = measured?;
        api.and(store)?;
        anyhow::Ok(levels)
    })?;
    output::say(&match arguments.format {
        Format::Json => serde_json::to_string_pretty(&as_json(&levels))?,
        Format::Text => as_text(&levels),
    });
    Ok(Outcome::Good)
}

/// The measured pack as a folder, with the person who works.
fn pack() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("mandate_bench_pack_{}", std::process::id()));
    let people = "people:\n  li: { name: Li, roles: [clerk] }\n".to_owned().into_bytes();
    for (path, bytes) in workload::files().into_iter().chain([("people.yaml".to_owned(), people)]) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a file in a folder"))?;
        std::fs::write(path, bytes)?;
    }
    Ok(folder)
}

async fn measure(
    config: &Config,
    levels: &[usize],
    time: Duration,
    [api, ours]: [&Scratch; 2],
    pack: &Path,
) -> Result<Vec<Level>> {
    let mut server = Server::start(&api.url(), pack)?;
    drop(server.client("li").await?);
    let store = serve::open(&ours.config(config)).await?;
    workload::deploy(&store).await?;
    let keys = Arc::new(AtomicU64::new(1));
    let mut measured = Vec::with_capacity(levels.len());
    for in_flight in levels.iter().copied() {
        let (mut over, mut under) = (Vec::new(), Vec::new());
        turn(&mut server, &keys, in_flight, WARM_UP).await?;
        throughput::turn(&store, &keys, in_flight, WARM_UP).await?;
        for _ in 0..ROUNDS {
            over.push(turn(&mut server, &keys, in_flight, time).await?);
            under.push(throughput::turn(&store, &keys, in_flight, time).await?);
        }
        let figures = |turns: &mut [Measured]| {
            (
                throughput::median(turns, |turn| turn.rate()),
                throughput::median(turns, |turn| turn.share_ms(50)),
            )
        };
        measured.push(Level { in_flight, api: figures(&mut over), store: figures(&mut under) });
    }
    store.close().await;
    server.end().await?;
    Ok(measured)
}

/// One turn over HTTP: so many connections, each with one request on its way.
async fn turn(
    server: &mut Server,
    keys: &Arc<AtomicU64>,
    in_flight: usize,
    time: Duration,
) -> Result<Measured> {
    let mut flights = Vec::with_capacity(in_flight);
    for _ in 0..in_flight {
        let (mut client, keys) = (server.client("li").await?, keys.clone());
        flights.push(tokio::spawn(async move {
            let mut measured = Measured::begin();
            let mut task = None;
            let mut claimed = false;
            while measured.elapsed() < time {
                let begun = Instant::now();
                let key = workload::key(keys.fetch_add(1, Ordering::Relaxed));
                task = next(&mut client, task, claimed, key).await?;
                claimed = task.is_some() && !claimed;
                measured.add(1, begun.elapsed());
            }
            anyhow::Ok(measured.end())
        }));
    }
    let mut all = Vec::with_capacity(in_flight);
    for flight in flights {
        all.push(flight.await.context("a flight panicked")??);
    }
    Ok(Measured::together(all))
}

/// Carries a case's next command out; answers its open task, if it has one.
async fn next(
    client: &mut Client,
    task: Option<String>,
    claimed: bool,
    key: String,
) -> Result<Option<String>> {
    let (query, name) = match (&task, claimed) {
        (None, _) => (START, "startInstance"),
        (Some(_), false) => (CLAIM, "claimTask"),
        (Some(_), true) => (COMPLETE, "completeTask"),
    };
    let answer = client.ask(query, &json!({ "task": task, "key": key })).await?;
    let tasks = answer[name]["instance"]["tasks"]["edges"].as_array().into_iter().flatten();
    let mut open = tasks.map(|edge| &edge["node"]).filter(|task| task["state"] != "COMPLETED");
    Ok(open.next().and_then(|task| task["id"].as_str()).map(str::to_owned))
}

fn as_json(levels: &[Level]) -> Value {
    let figure = |(api, store): (f64, f64), ratio: f64| {
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        json!({ "api": rounded(api), "store": rounded(store), "ratio": rounded(ratio) })
    };
    let levels = levels.iter().map(|Level { in_flight, api, store }| {
        json!({ "inFlight": in_flight,
                "commandsPerS": figure((api.0, store.0), store.0 / api.0),
                "p50Ms": figure((api.1, store.1), api.1 / store.1) })
    });
    json!({ "levels": levels.collect::<Vec<_>>(), "rounds": ROUNDS })
}

fn as_text(levels: &[Level]) -> String {
    let head = format!(
        "{:>9}  {:<12} {:>10} {:>10} {:>7}",
        "in flight", "", "over HTTP", "store", "ratio"
    );
    let mut lines = vec![head];
    for Level { in_flight, api, store } in levels {
        for (what, api, store, ratio) in [
            ("commands/s", api.0, store.0, store.0 / api.0),
            ("p50 ms", api.1, store.1, api.1 / store.1),
        ] {
            lines
                .push(format!("{in_flight:>9}  {what:<12} {api:>10.2} {store:>10.2} {ratio:>7.2}"));
        }
    }
    lines.push("the client shares this machine's cores with the server".to_owned());
    lines.join("\n")
}
