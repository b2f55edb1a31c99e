//! What packs need of this server for the services that their cases call, and what of it is missing. A
//! host that may not be called and a secret that is not there are incidents of a case otherwise, months
//! after the pack was published.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use connectors::{Need, Needed, Settings, needs};
use engine::diagnostic::Diagnostic;
use engine::pack::Kind;
use engine::problem::Problem;
use store::Store;

/// How often it is looked whether a pack was published that needs something, on this node or another.
const PERIOD: Duration = Duration::from_secs(15);

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Missing {
    process: String,
    node: String,
    why: String,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}: {}", self.process, self.node, self.why)
    }
}

/// All that the newest versions of published processes need and this server does not have.
pub(crate) async fn missing(store: &Store, settings: &Settings) -> BTreeSet<Missing> {
    let mut all = BTreeSet::new();
    for published in store.newest_definitions() {
        for Need { process, node, what } in needs(&published.definition) {
            if let Some(why) = settings.missing(&what).await {
                let (process, node) = (process.to_string(), node.to_string());
                all.insert(Missing { process, node, why });
            }
        }
    }
    all
}

/// Warns of what is missing, once for each, as long as the server runs.
pub(crate) async fn watch(store: Store, settings: Arc<Settings>) {
    let mut told = BTreeSet::new();
    loop {
        let missing = missing(&store, &settings).await;
        for one in missing.difference(&told) {
            let Missing { process, node, why } = one;
            tracing::warn!(process, node, why, "a service cannot be called");
        }
        // What was mended and is missing again is told again.
        told = missing;
        tokio::time::sleep(PERIOD).await;
    }
}

/// Warnings of what a pack needs and the settings do not have, where they say anything of calls.
pub(crate) fn problems(
    files: &[(String, Vec<u8>)],
    needs: &[Need],
    settings: &Settings,
) -> Result<Vec<Diagnostic>> {
    if needs.is_empty() || !settings.say_something() {
        return Ok(Vec::new());
    }
    let (Some(loaded), _) = engine::pack::load(files) else { return Ok(Vec::new()) };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let found = runtime.context("could not start the runtime")?.block_on(async {
        let mut found = Vec::new();
        for need in needs {
            if let Some(why) = settings.missing(&need.what).await {
                found.push((need, why));
            }
        }
        found
    });
    let placed = found.into_iter().map(|(Need { process, node, what }, why)| {
        let (code, keys) = match &what {
            Needed::Host(_) => ("hostNotAllowed", vec!["http", "url"]),
            Needed::Secret { header, .. } => ("secretMissing", vec!["http", "headers", header]),
        };
        let message = format!("expected a server that can call what `{node}` calls, but {why}");
        let path = [&["nodes", node.as_str()][..], &keys].concat();
        let problem = Problem::warning(code, message).under(&path);
        loaded.diagnose(Kind::Process, process.as_str(), &problem)
    });
    Ok(placed.collect())
}
